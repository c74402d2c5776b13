//! `devtwin explore`: the TUI on the dev image of an image.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::app::Start;
use crate::config::Config;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{Access, FolderWish, Gpus, Mode, PullPolicy, Wishes};

use super::attach;
use super::context::Context;
use super::flags;

/// Open a root shell in the dev image of an image, without a container
///
/// Finds the image's dev image, pulls it if it is not here, and starts it alone: a place to try build steps by hand,
/// with a shell and a package manager. --mount brings a folder of yours along; what is written over it goes with the
/// twin, unless --write says otherwise. The twin is removed when you quit, unless you say --keep; then `devtwin ls`
/// shows it, and `devtwin attach TWIN` opens it again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin explore cgr.dev/chainguard/python:latest
  devtwin explore --mount . acme/web:1.4
  devtwin explore --mount .:/src:rw --user 1000:1000 acme/web:1.4
  devtwin explore --merged acme/web:1.4
  devtwin plan --mount . acme/web:1.4")]
pub(crate) struct Args {
    #[arg(help = "Image, by any reference or id; it need not be here", value_parser = flags::image)]
    image: String,
    /// Dev image to use, instead of the one that devtwin finds
    #[arg(long = "image", value_name = "REF", value_parser = flags::image)]
    dev: Option<String>,
    /// User in the twin, by name or number [default: root]
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[arg(help = "Capabilities to add, such as SYS_PTRACE,NET_ADMIN; may be repeated")]
    #[arg(long, value_name = "CAP", value_delimiter = ',', value_parser = flags::capability)]
    grant: Vec<String>,
    #[command(flatten)]
    place: PlaceFlags,
    /// Leave the twin for re-attach
    #[arg(long)]
    keep: bool,
    /// When to ask the registry for the dev image [default: missing, or what the configuration says]
    #[arg(long, value_name = "WHEN", value_parser = flags::pull())]
    pull: Option<PullPolicy>,
    /// Do not keep what package managers and build tools download in volumes for later twins
    #[arg(long)]
    no_caches: bool,
}

/// The flags that only an explorer takes, which `plan` has, too.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct PlaceFlags {
    #[arg(
        help = "Folder of yours to work in, at /work unless PATH says where; may be repeated. \
                rw writes into it, copy copies it; else what is written goes with the twin"
    )]
    #[arg(long, value_name = "DIR[:PATH][:rw|:copy]")]
    mount: Vec<String>,
    /// Write into the folders that --mount names
    #[arg(long, requires = "mount")]
    write: bool,
    /// Graphics processors for the twin: all, or a number
    #[arg(long, value_name = "all|N", value_parser = gpus)]
    gpus: Option<Gpus>,
    /// Lay the image's own files over its dev image: the build environment of an app that is built on another image
    #[arg(long)]
    merged: bool,
}

impl PlaceFlags {
    /// The first flag that was given, for a refusal.
    pub(super) fn given(&self) -> Option<&'static str> {
        let flags = [
            ("--mount", !self.mount.is_empty()),
            ("--gpus", self.gpus.is_some()),
            ("--merged", self.merged),
        ];
        let given = flags.into_iter().find(|(_, given)| *given);
        given.map(|(name, _)| name)
    }

    /// Adds them to the wishes. A folder must be here, and an engine on another machine must not be asked to bind it;
    /// `endpoint` is where the engine is reached.
    pub(super) fn add_to(&self, wishes: &mut Wishes, endpoint: &str) -> Result<()> {
        wishes.gpus = self.gpus;
        wishes.merged = self.merged;
        for text in &self.mount {
            let mut folder = folder(text)?;
            if self.write && folder.access == Access::Scratch {
                folder.access = Access::Write;
            }
            if folder.access != Access::Copy && !endpoint.starts_with("unix:") {
                let message = format!(
                    "{} is on this machine, and the engine is on another ({endpoint})",
                    folder.source
                );
                return Err(Error::new(ErrorKind::Usage, message)
                    .hint(format!("--mount {text}:copy copies it there")));
            }
            wishes.folders.push(folder);
        }
        Ok(())
    }
}

/// Reads `DIR[:PATH][:rw|:copy]`, and looks at the folder.
fn folder(text: &str) -> Result<FolderWish> {
    let (rest, access) = match text.rsplit_once(':') {
        Some((rest, "rw")) => (rest, Access::Write),
        Some((rest, "copy")) => (rest, Access::Copy),
        Some((rest, "ro")) => (rest, Access::Scratch),
        Some(_) | None => (text, Access::Scratch),
    };
    let (dir, path) = match rest.rsplit_once(":/") {
        Some((dir, path)) => (dir, Some(format!("/{path}"))),
        None => (rest, None),
    };
    let wrong = |why: &str| {
        let message = format!("--mount {text}: {dir} {why}");
        Error::new(ErrorKind::Usage, message)
            .hint("--mount DIR[:PATH][:rw|:copy], such as --mount .:/src")
    };
    let about = std::fs::metadata(Path::new(dir)).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => wrong("is not there"),
        _ => wrong(&format!("cannot be looked at ({e})")),
    })?;
    if !about.is_dir() {
        return Err(wrong("is no folder"));
    }
    let source = std::fs::canonicalize(dir).map_err(|e| wrong(&format!("has no path ({e})")))?;
    let Some(source) = source.to_str().map(str::to_owned) else {
        return Err(wrong("has a name that is no text"));
    };
    Ok(FolderWish {
        source,
        path,
        access,
        owner: (about.uid(), about.gid()),
        mode: about.mode() & 0o7777,
    })
}

fn gpus(text: &str) -> Result<Gpus, String> {
    Gpus::parse(text).ok_or_else(|| "all or a number is wanted".to_owned())
}

impl Args {
    /// The wishes: flags over configuration.
    fn wishes(self, config: &Config, endpoint: &str) -> Result<Wishes> {
        let mut wishes = Wishes {
            mode: Some(Mode::Explore),
            image: self.dev,
            dev_images: config.dev_images.clone(),
            user: self.user,
            grants: self.grant,
            pull: self.pull.unwrap_or(config.pull),
            no_package_cache: self.no_caches || !config.package_cache,
            no_shell_integration: !config.shell_integration,
            keep: self.keep,
            ..Wishes::default()
        };
        self.place.add_to(&mut wishes, endpoint)?;
        Ok(wishes)
    }
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    attach::require_terminal(
        "explore",
        "devtwin plan IMAGE shows the docker run line that starts the same twin",
    )?;
    let image = args.image.clone();
    let engine = context.engine().await?;
    let wishes = args.wishes(&context.config()?, engine.endpoint().0)?;
    let start = Start::Attach {
        target: image,
        wishes,
    };
    Box::pin(attach::open(context, start)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FolderWish> {
        folder(text)
    }

    #[test]
    fn a_folder_is_read_with_where_and_how() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().canonicalize().unwrap();
        let dir = dir.to_str().unwrap();
        for (rest, path, access) in [
            ("", None, Access::Scratch),
            (":rw", None, Access::Write),
            (":/src", Some("/src"), Access::Scratch),
            (":/src:rw", Some("/src"), Access::Write),
            (":/src/a:copy", Some("/src/a"), Access::Copy),
            (":ro", None, Access::Scratch),
        ] {
            let wish = read(&format!("{dir}{rest}")).unwrap();
            assert_eq!(wish.source, dir, "{rest}");
            assert_eq!(
                (wish.path.as_deref(), wish.access),
                (path, access),
                "{rest}"
            );
        }
    }

    #[test]
    fn what_is_no_folder_is_told() {
        let place = tempfile::NamedTempFile::new().unwrap();
        let file = place.path().to_str().unwrap();
        for (text, why) in [
            (file, "is no folder"),
            ("/no/such/folder:/x", "is not there"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Usage);
            assert!(error.message.contains(why), "{}", error.message);
        }
    }

    #[test]
    fn a_folder_of_this_machine_is_not_bound_on_another() {
        let flags = |mount: &str| PlaceFlags {
            mount: vec![mount.into()],
            ..PlaceFlags::default()
        };
        let mut wishes = Wishes::default();
        let error = flags("/tmp").add_to(&mut wishes, "ssh://box").unwrap_err();
        assert!(error.hint.unwrap().contains("/tmp:copy"));
        flags("/tmp:copy").add_to(&mut wishes, "ssh://box").unwrap();
        flags("/tmp")
            .add_to(&mut wishes, "unix:///var/run/docker.sock")
            .unwrap();
        assert_eq!(wishes.folders.len(), 2);
    }
}
