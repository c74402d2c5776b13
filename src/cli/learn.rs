//! `devtwin learn`: the lessons, on the screen and for scripts.

mod check;
mod list;

use std::path::PathBuf;

use crate::app::Start;
use crate::app::learn::Opening;
use crate::config::{data_dir, state_dir};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::lesson::lab::Base;
use crate::domain::lesson::progress::Progress;
use crate::domain::lesson::{Lesson, whose};
use crate::domain::text::bounded;
use crate::lessons::{Listed, ProgressFile, WorkFolders, load};
use crate::runtime;

use super::attach;
use super::context::{Context, now};
use super::flags;
use super::output;

/// How alike two names are that one may be meant by the other, from 0 to 1.
const LIKE: f64 = 0.75;

/// What stands for every lesson behind `--reset`.
const ALL: &str = "all";

/// Learn to work with images that have no shell, by lessons that are checked on the engine
///
/// Opens a lesson, or the list of them, beside a shell of your own machine in which you type what you would type at
/// work. For each lesson devtwin makes a lab on the engine, a few small images and containers, and looks there whether a
/// step is done; everything is removed at the end. What is done is kept, so that you go on where you left off. Lessons of
/// your own come from the folder that the configuration names (`lessons` of its table learn).
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin learn                        the list of lessons
  devtwin learn missing-shell          one of them; its number does, too
  devtwin learn --list
  devtwin learn --list --json | jq -r '.lessons[] | select(.finished == null).id'
  devtwin learn --certificate > done.md
  devtwin learn --check lessons/*.toml
  devtwin learn --reset missing-shell
  devtwin learn --reset all")]
pub(crate) struct Args {
    /// Lesson, by name or number
    #[arg(value_name = "LESSON", conflicts_with_all = ["list", "check", "certificate"])]
    lesson: Option<String>,
    /// List the lessons, and how far you have come
    #[arg(long, group = "form")]
    list: bool,
    #[arg(
        help = "Say what is wrong with lesson files, or with those of a folder; exit status 1 with faults"
    )]
    #[arg(long, group = "form", value_name = "FILE", num_args = 1..)]
    check: Vec<PathBuf>,
    /// Print what you have done, as Markdown
    #[arg(long, group = "form")]
    certificate: bool,
    /// Forget what you have done in LESSON, or in `all` of them
    #[arg(long, group = "form")]
    reset: bool,
    #[arg(
        help = "Name of the lab, with which the names of its images and containers begin [default: lab]"
    )]
    #[arg(long, value_name = "NAME", value_parser = lab, conflicts_with = "form")]
    lab: Option<String>,
    #[arg(
        help = "What the lab's dev image is made from: an image with a shell and apk, or own for nothing \
                but this machine's busybox [default: you are asked]"
    )]
    #[arg(long, value_name = "own|IMAGE", value_parser = base, conflicts_with = "form")]
    base: Option<Base>,
}

impl Args {
    /// Refuses `--json` where there is no document.
    pub(super) fn has_document(&self) -> Result<()> {
        if self.list || !self.check.is_empty() {
            return Ok(());
        }
        let (name, hint) = if self.certificate {
            (
                "learn --certificate",
                "it prints Markdown; `devtwin learn --list --json` has the same figures",
            )
        } else if self.reset {
            ("learn --reset", "leave --json out")
        } else {
            ("learn", "`devtwin learn --list --json` lists the lessons")
        };
        let message = format!("{name} has no JSON document");
        Err(Error::new(ErrorKind::Usage, message).hint(hint))
    }
}

/// Reads the name of a lab: with it begin names of images, containers and volumes.
fn lab(text: &str) -> Result<String, String> {
    if whose::is_lab_name(text) {
        return Ok(text.to_owned());
    }
    Err("a lab is called by small letters, digits and single hyphens, and not devtwin".to_owned())
}

fn base(text: &str) -> Result<Base, String> {
    match text {
        "own" => Ok(Base::Own),
        image => flags::image(image).map(Base::Image),
    }
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let own = context.config()?.learn.folder();
    if !args.check.is_empty() {
        return check::run(context, &args.check, own.as_deref());
    }
    let file = ProgressFile::new(data_dir().as_deref());
    let all = load(own.as_deref())?;
    if args.reset {
        return reset(context, &file, &all, args.lesson.as_deref());
    }
    if !args.list && !args.certificate {
        return Box::pin(open(context, args, file, all)).await;
    }
    let (progress, warning) = file.load();
    if let Some(warning) = warning {
        context.printer.note(&warning);
    }
    if args.list {
        return list::run(context, &all, &progress);
    }
    let lessons: Vec<_> = sound(&all).cloned().collect();
    output::print(&progress.certificate(&lessons, env!("CARGO_PKG_VERSION"), now()))?;
    Ok(0)
}

/// The screen.
async fn open(
    context: &Context<'_>,
    args: Args,
    file: ProgressFile,
    all: Vec<Listed>,
) -> Result<u8> {
    let chosen = match &args.lesson {
        Some(word) => Some(chosen(&all, word)?),
        None => None,
    };
    attach::require_terminal(
        "learn",
        "devtwin learn --list lists the lessons without one",
    )?;
    let (progress, warning) = file.load();
    let broken = all.iter().filter(|listed| listed.lesson.is_err());
    let notices = warning
        .into_iter()
        .chain(broken.map(|listed| {
            format!(
                "the lesson {} is left out: {}",
                listed.id,
                first_fault(listed)
            )
        }))
        .chain(all.iter().filter(|listed| listed.replaces).map(replaced));
    let learn = runtime::LearnPlace {
        notices: notices.collect(),
        progress: file,
        work: WorkFolders::new(state_dir().as_deref()),
        path: context.environment.path.clone(),
        own: own_folder(),
        lab: args.lab,
    };
    let opening = Opening {
        lessons: sound(&all).cloned().collect(),
        progress,
        chosen,
        base: args.base,
    };
    attach::open_learning(context, Start::Learn(Box::new(opening)), Some(learn)).await
}

/// The folder of our own executable, so that the person's shell finds this devtwin and no other.
fn own_folder() -> Option<PathBuf> {
    let file = std::env::current_exe();
    let file = file.inspect_err(|error| tracing::debug!(%error, "where devtwin is is not known"));
    file.ok()?.parent().map(PathBuf::from)
}

fn sound(all: &[Listed]) -> impl Iterator<Item = &Lesson> {
    all.iter().filter_map(|listed| listed.lesson.as_ref().ok())
}

/// What is said of a lesson of the person's that hides one that devtwin brings along.
fn replaced(listed: &Listed) -> String {
    let file = listed.file.as_deref().unwrap_or(std::path::Path::new(""));
    format!("the lesson {} is yours, of {}", listed.id, file.display())
}

/// `FILE:LINE: what is wrong`.
fn first_fault(listed: &Listed) -> String {
    let file = listed
        .file
        .as_deref()
        .unwrap_or(std::path::Path::new(&listed.id));
    let faults = listed.lesson.as_ref().err();
    faults
        .and_then(|faults| faults.first())
        .map_or_else(String::new, |fault| {
            format!("{}:{}: {}", file.display(), fault.line, fault.what)
        })
}

/// The id of the lesson that a person names, by its id or its number.
fn chosen(all: &[Listed], word: &str) -> Result<String> {
    let number = word.parse::<u32>().ok();
    let is_meant = |listed: &&Listed| {
        let lesson = listed.lesson.as_ref().ok();
        listed.id == word || (number.is_some() && lesson.and_then(|l| l.number) == number)
    };
    let Some(found) = all.iter().find(is_meant) else {
        let message = format!("there is no lesson {}", bounded(word, 60));
        let ids = all.iter().map(|listed| listed.id.as_str());
        let near = nearest(word, ids);
        let hint = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
        return Err(Error::new(ErrorKind::Usage, message)
            .hint(format!("{hint}devtwin learn --list lists them")));
    };
    if found.lesson.is_err() {
        let message = format!(
            "the lesson {} cannot be opened: {}",
            found.id,
            first_fault(found)
        );
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("devtwin learn --check FILE says all that is wrong with it"));
    }
    Ok(found.id.clone())
}

/// The most alike of these names, if any is.
fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let like = |name: &str| strsim::jaro_winkler(word, name);
    let best = names.max_by(|a, b| like(a).total_cmp(&like(b)))?;
    (like(best) > LIKE).then_some(best)
}

fn reset(
    context: &Context<'_>,
    file: &ProgressFile,
    all: &[Listed],
    lesson: Option<&str>,
) -> Result<u8> {
    let id = match lesson {
        Some(ALL) => None,
        // Of a lesson that is no longer there something may be kept, too.
        Some(word) if knows(&file.load().0, word) => Some(word.to_owned()),
        Some(word) => Some(chosen(all, word)?),
        None => {
            let error = Error::new(
                ErrorKind::Usage,
                "--reset forgets what was done in a lesson: which?",
            );
            return Err(error.hint(
                "devtwin learn --reset LESSON; devtwin learn --reset all forgets everything",
            ));
        }
    };
    let was_there = file.forget(id.as_deref())?;
    let what = id.map_or_else(|| "all lessons".to_owned(), |id| format!("the lesson {id}"));
    context.printer.note(&if was_there {
        format!("what was done in {what} is forgotten")
    } else {
        format!("nothing was done in {what} yet")
    });
    Ok(0)
}

fn knows(progress: &Progress, lesson: &str) -> bool {
    progress.lessons.contains_key(lesson)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_labs_name_can_begin_the_name_of_an_image() {
        for good in ["lab", "lab2", "t-1"] {
            assert_eq!(lab(good).as_deref(), Ok(good));
        }
        for bad in ["", "Lab", "a/b", "a_b", "-a", "a-", "a--b", "ä", "devtwin"] {
            assert!(lab(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_base_is_an_image_or_this_machine() {
        assert_eq!(base("own"), Ok(Base::Own));
        assert_eq!(base("alpine"), Ok(Base::Image("alpine".into())));
        assert!(base("Not A Ref").is_err());
    }

    fn listed(id: &str, number: u32) -> Listed {
        let text = format!("number = {number}\ntitle = 't'\ngoal = 'g'\nminutes = 1\n");
        Listed {
            id: id.into(),
            file: None,
            replaces: false,
            lesson: Ok(toml::from_str(&text).unwrap()),
        }
    }

    #[test]
    fn a_lesson_is_named_by_its_name_or_its_number() {
        let all = [listed("missing-shell", 1), listed("two-doors", 2)];
        for word in ["two-doors", "2"] {
            assert_eq!(chosen(&all, word).unwrap(), "two-doors");
        }
        let error = chosen(&all, "mising-shel").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        let hint = error.hint.unwrap();
        assert!(hint.contains("did you mean missing-shell?"), "{hint}");
        let hint = chosen(&all, "99").unwrap_err().hint.unwrap();
        assert_eq!(hint, "devtwin learn --list lists them");
    }
}
