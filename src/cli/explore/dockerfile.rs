//! `devtwin explore --dockerfile`: the TUI on the steps of a Dockerfile.

use std::collections::BTreeMap;
use std::path::Path;

use crate::app::Start;
use crate::app::steps::Opening;
use crate::cli::context::Context;
use crate::cli::{attach, lint};
use crate::domain::dockerfile::order::Source;
use crate::domain::dockerfile::read;
use crate::domain::error::{Error, ErrorKind, Result};

/// The flags of a Dockerfile.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "For a Dockerfile")]
pub(crate) struct Flags {
    #[arg(help = "Show the steps of a Dockerfile, and open a shell before any of them")]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dev", "merged"])]
    dockerfile: Option<String>,
    #[arg(
        help = "Build everything before the step of that number at once, and open a shell there"
    )]
    #[arg(long, value_name = "N", requires = "dockerfile")]
    step: Option<usize>,
    /// The same by the number of a line
    #[arg(
        long,
        value_name = "N",
        requires = "dockerfile",
        conflicts_with = "step"
    )]
    line: Option<usize>,
    /// Stage with which the build ends [default: the last]
    #[arg(long, value_name = "STAGE", requires = "dockerfile")]
    target: Option<String>,
    #[arg(help = "Value of an ARG; may be repeated")]
    #[arg(long, value_name = "NAME=VALUE", value_parser = lint::argument, requires = "dockerfile")]
    build_arg: Vec<(String, String)>,
}

impl Flags {
    /// Whether it is about a Dockerfile.
    pub(super) fn is_given(&self) -> bool {
        self.dockerfile.is_some()
    }
}

pub(super) async fn run(context: &Context<'_>, args: super::Args) -> Result<u8> {
    let engine = context.engine().await?;
    let (directory, mut args) = (args.image.clone(), args);
    let flags = std::mem::take(&mut args.dockerfile);
    let wishes = args.wishes(&context.config()?, engine.endpoint().0)?;
    let name = flags.dockerfile.unwrap_or_default();
    let (path, text) = lint::text_of(&name).await?;
    let given: BTreeMap<String, String> = flags.build_arg.into_iter().collect();
    lint::check_target(&text, &given, flags.target.as_deref())?;
    let number = number(&text, &given, flags.step, flags.line)?;
    let path = absolute(&path)?;
    let directory = match &directory {
        Some(directory) => absolute(Path::new(directory))?,
        // Where nothing is said, the Dockerfile's own folder: its paths are meant from there, as a rule.
        None => Path::new(&path)
            .parent()
            .map(|dir| dir.to_string_lossy().into_owned())
            .unwrap_or_default(),
    };
    if !Path::new(&directory).is_dir() {
        let message = format!("{directory} is no folder");
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("the build context is a folder: devtwin explore --dockerfile FILE FOLDER"));
    }
    let inside = Path::new(&path).strip_prefix(&directory).ok();
    let source = Source {
        inside: inside.map(|path| path.to_string_lossy().into_owned()),
        path,
        name,
        dir: directory,
        args: given,
        target: flags.target,
    };
    let opening = Opening {
        source,
        text,
        wishes,
        number,
    };
    let start = Start::Dockerfile(Box::new(opening));
    Box::pin(attach::open(context, start)).await
}

fn absolute(path: &Path) -> Result<String> {
    let found = std::fs::canonicalize(path);
    let found = found.map_err(|e| {
        let message = format!("{}: {e}", path.display());
        Error::new(ErrorKind::Usage, message).hint("is the path right?")
    })?;
    match found.into_os_string().into_string() {
        Ok(path) => Ok(path),
        Err(path) => Err(Error::new(
            ErrorKind::Usage,
            format!("{} is no text", path.display()),
        )),
    }
}

/// The step that was asked for by its number or its line.
fn number(
    text: &str,
    args: &BTreeMap<String, String>,
    step: Option<usize>,
    line: Option<usize>,
) -> Result<Option<usize>> {
    let file = read(text, args);
    let (what, found) = match (step, line) {
        (Some(number), _) => (format!("step {number}"), file.at_number(number)),
        (None, Some(line)) => (format!("step at line {line}"), file.at_line(line)),
        (None, None) => return Ok(None),
    };
    match found {
        Some((_, step)) => Ok(Some(step.number)),
        None => Err(
            Error::new(ErrorKind::Usage, format!("there is no {what} in a stage"))
                .hint("devtwin lint FILE --json has the numbers and lines of all steps"),
        ),
    }
}
