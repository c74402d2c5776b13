//! `devtwin recipe`: what a session learnt, as text to keep.

use std::fs::OpenOptions;
use std::io::{ErrorKind as Io, Write as _};
use std::path::PathBuf;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::recipe::artifact::{Artifact, Kind, is_nameable, suggested};
use crate::domain::recipe::verify::{News, Order, Verdict, Verified};
use crate::domain::recipe::{Found, Recipe, Wishes, write};
use crate::domain::recorder::Record;
use crate::domain::session::Liveness;
use crate::domain::target::Target;
use crate::domain::text::clean;
use crate::domain::twin::{TwinSummary, label, session_of};
use crate::engine::Engine;
use crate::ops::recipe::{commit, look, verify};

use super::BAD_NEWS;
use super::context::Context;
use super::output::{Printer, print};
use super::signals::{swept_after, until_signalled};

/// Print what a twin's session learnt: the package line, and a Dockerfile
///
/// devtwin records the commands of a twin's shells and the packages that were installed. From what succeeded it writes a
/// Dockerfile of two stages: the dev image builds, the production image gets the files that you pick. Edit, reorder and pick
/// in the pane Recipe (Alt-9). Secrets are left out. The record lives as long as its session: leave the twin with --keep
/// to have it later.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin recipe devtwin-web-1f2e3d4c
  devtwin recipe --apk web
  devtwin recipe --artifact /build/hello --pin --output Dockerfile web
  devtwin recipe --verify web
  devtwin recipe --commit acme/web-tools:1 web")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    #[arg(help = "Twin, by name or id; or a container, for its newest twin")]
    twin: String,
    /// Only the line that installs the packages
    #[arg(long, visible_alias = "line", conflicts_with_all = ["dockerfile", "output"])]
    apk: bool,
    /// Only the Dockerfile
    #[arg(long)]
    dockerfile: bool,
    /// File or directory of the twin that production needs; may be repeated [default: those picked in the pane, else the
    /// programs that the session made]
    #[arg(long, value_name = "PATH", value_parser = path)]
    artifact: Vec<String>,
    /// Name both images by their digests
    #[arg(long)]
    pin: bool,
    /// Write the Dockerfile to a new file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Build it, run it and compare it with the session; exit 1 when it does not hold
    #[arg(long)]
    verify: bool,
    /// With --verify: keep the image under this name
    #[arg(long, value_name = "NAME", requires = "verify")]
    keep: Option<String>,
    /// Make an image of the twin as it is
    #[arg(long, value_name = "NAME")]
    commit: Option<String>,
}

fn path(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    if is_nameable(text) {
        Ok(text.to_owned())
    } else {
        Err("an absolute path in the twin, such as /build/app".into())
    }
}

/// The document.
#[derive(Debug, Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    recipe: &'a Recipe,
    /// Files that were found and are not in the recipe.
    others: Vec<&'a Artifact>,
    /// What came of `--verify`.
    verified: Option<&'a Verified>,
    /// The image of `--commit`.
    committed: Option<&'a str>,
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let engine = context.engine().await?;
    let engine = engine.as_ref();
    let printer = context.printer;
    let cancel = CancellationToken::new();
    let (twin, record) = recorded(context, engine, &args.twin).await?;
    let work = Box::pin(async {
        let mut found = look(engine, &twin.id.0, &record, &cancel).await?;
        let record = picked(engine, &twin, record, &mut found, &args.artifact).await?;
        let chosen = found.picked(&record);
        let recipe = write(&record, &found.facts, &chosen, Wishes { pin: args.pin });
        Ok((found, recipe))
    });
    let (found, recipe) = until_signalled(work, &cancel).await?;
    for note in found.notes.iter().chain(&recipe.notes) {
        printer.note(note);
    }
    let verified = if args.verify {
        Some(verified(context, engine, &found, &recipe, args.keep.clone()).await?)
    } else {
        None
    };
    if let Some(name) = &args.commit {
        commit(engine, &twin.id.0, name).await?;
        printer.note(&format!("the twin is kept as the image {name}"));
    }
    if let Some(file) = &args.output {
        save(file, &recipe.dockerfile)?;
        printer.note(&format!("the Dockerfile is in {}", file.display()));
    }
    let report = Report {
        others: found
            .artifacts
            .iter()
            .filter(|a| !recipe.artifacts.contains(a))
            .collect(),
        recipe: &recipe,
        verified: verified.as_ref(),
        committed: args.commit.as_deref(),
    };
    if printer.is_json() {
        printer.answer("recipe", &report, |_| String::new())?;
    } else if args.output.is_none() {
        print(&text(&recipe, &args))?;
    }
    if let Some(verified) = &verified {
        say(printer, verified);
    }
    Ok(if verified.is_none_or(|verified| verified.holds()) {
        0
    } else {
        BAD_NEWS
    })
}

/// The twin that is meant, and what was recorded of it.
async fn recorded(
    context: &Context<'_>,
    engine: &dyn Engine,
    name: &str,
) -> Result<(Target, Record)> {
    let sessions = context.sessions();
    let mut twin = engine.inspect(name).await?;
    if session_of(&twin.name, &twin.config.labels).is_none() {
        let rows = engine
            .labelled(&format!("{}={}", label::TARGET, twin.id))
            .await?;
        let twins = rows.iter().filter_map(TwinSummary::from_summary);
        let newest = twins
            .filter(|twin| !twin.is_replica())
            .max_by_key(|twin| twin.created);
        let newest = newest.ok_or_else(|| {
            let message = format!("{} is no twin, and has none", twin.name);
            Error::new(ErrorKind::NoTarget, message).hint("devtwin ls lists the twins")
        })?;
        twin = engine.inspect(&newest.id.0).await?;
    }
    let label = |key: &str| twin.config.labels.get(key).map_or("", String::as_str);
    let session = label(label::SESSION);
    let record = sessions.records().load(session, &twin.id);
    if record.is_empty() {
        let foreign = sessions.liveness(session, label(label::OWNER)) == Liveness::Foreign;
        let text = if foreign {
            format!(
                "{} is another user's, machine's or state folder's: its record is there",
                twin.name
            )
        } else {
            format!(
                "no step of {} was recorded: no command ended in a shell that marks its prompts",
                twin.name
            )
        };
        context.printer.note(&text);
    }
    Ok((twin, record))
}

/// The record with the files of `--artifact` picked, and no others.
async fn picked(
    engine: &dyn Engine,
    twin: &Target,
    record: Record,
    found: &mut Found,
    paths: &[String],
) -> Result<Record> {
    let mut record = record;
    if paths.is_empty() {
        return Ok(record);
    }
    for before in record.picks().clone() {
        record.pick(&before, &[]);
    }
    for path in paths {
        if !found.artifacts.iter().any(|a| a.path == *path) {
            let stat = engine.peek(&twin.id, path).await?.ok_or_else(|| {
                let message = format!("there is no {} in {}", clean(path), twin.name);
                let programs = suggested(&found.artifacts).join(", ");
                let error = Error::new(ErrorKind::Usage, message);
                if programs.is_empty() {
                    error
                } else {
                    error.hint(format!("programs that the session made: {programs}"))
                }
            })?;
            let kind = if stat.is_dir {
                Kind::Folder
            } else {
                Kind::File
            };
            found.artifacts.push(Artifact {
                size: (!stat.is_dir).then_some(stat.size),
                mode: stat.mode,
                executable: !stat.is_dir && stat.mode & 0o111 != 0,
                ..Artifact::new(path, kind, 0, found.facts.source_of(path).is_some())
            });
        }
        record.pick(path, &[]);
    }
    Ok(record)
}

async fn verified(
    context: &Context<'_>,
    engine: &dyn Engine,
    found: &Found,
    recipe: &Recipe,
    keep: Option<String>,
) -> Result<Verified> {
    let printer = context.printer;
    let (lock, warning) = context.sessions().begin();
    if let Some(warning) = warning {
        printer.note(&warning);
    }
    let order = Order {
        facts: found.facts.clone(),
        dockerfile: recipe.dockerfile.clone(),
        check: recipe.check.clone(),
        artifacts: recipe.artifacts.clone(),
        keep,
    };
    let tell = |news: News| match news {
        News::Doing(what) => printer.note(&what),
        News::Step(step) => printer.note(&format!(
            "{}/{} {}",
            step.number, step.total, step.instruction
        )),
        News::Line(line) => tracing::info!(line, "build"),
    };
    let cancel = CancellationToken::new();
    let work = Box::pin(verify::verify(
        engine,
        lock.session(),
        &order,
        &tell,
        &cancel,
    ));
    match until_signalled(work, &cancel).await {
        Ok(verified) => Ok(verified),
        Err(error) => Err(swept_after(engine, lock.session(), error).await),
    }
}

fn text(recipe: &Recipe, args: &Args) -> String {
    if args.apk {
        return match recipe.line.as_str() {
            "" => String::new(),
            line => format!("{line}\n"),
        };
    }
    if args.dockerfile || recipe.line.is_empty() {
        return recipe.dockerfile.clone();
    }
    format!("# By hand: {}\n{}", recipe.line, recipe.dockerfile)
}

/// Says how each point came out.
fn say(printer: &Printer, verified: &Verified) {
    for point in &verified.points {
        let sign = match point.verdict {
            Verdict::Good => "✓",
            Verdict::Bad => "✗",
            Verdict::Note => "!",
        };
        printer.note(&format!("{sign} {}", point.text));
        if point.verdict != Verdict::Good {
            for line in &point.evidence {
                printer.note(&format!("    {line}"));
            }
        }
    }
    if let Some(name) = &verified.kept {
        printer.note(&format!("kept as {name}"));
    }
}

/// Writes a new file: none is overwritten.
fn save(file: &PathBuf, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    let written = options
        .write(true)
        .create_new(true)
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let hint = if error.kind() == Io::AlreadyExists {
            "choose another name; devtwin overwrites no file"
        } else {
            "choose another place"
        };
        Error::new(
            ErrorKind::Usage,
            format!("cannot write {}: {error}", file.display()),
        )
        .hint(hint)
    })
}
