//! `devtwin learn --check`: the linter of lessons.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::app::text::clean;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::lessons::{Source, folder_of, read, source_of, sources};

use super::super::BAD_NEWS;
use super::super::context::Context;
use super::super::output::{Meaning, Printer};

/// What was found in lesson files.
#[derive(Debug, Serialize)]
struct Report {
    /// Nothing is wrong.
    sound: bool,
    files: Vec<Checked>,
}

/// A lesson's file.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    id: String,
    /// What the lesson is called; none of one with faults.
    title: Option<String>,
    faults: Vec<Told>,
}

/// Something that is wrong.
#[derive(Debug, Serialize)]
struct Told {
    line: usize,
    what: String,
    hint: Option<String>,
}

pub(super) fn run(context: &Context<'_>, paths: &[PathBuf], own: Option<&Path>) -> Result<u8> {
    let report = look(paths, own)?;
    context
        .printer
        .answer("lesson-check", &report, |printer| text(printer, &report))?;
    Ok(if report.sound { 0 } else { BAD_NEWS })
}

/// What is wrong with these files, and with those of these folders.
fn look(paths: &[PathBuf], own: Option<&Path>) -> Result<Report> {
    let mut all: Vec<Source> = Vec::new();
    for path in paths {
        if path.is_dir() {
            all.extend(folder_of(path)?);
        } else {
            all.push(source_of(path)?);
        }
    }
    if all.is_empty() {
        let message = "there is no lesson in what is to be checked";
        return Err(Error::new(ErrorKind::Usage, message).hint("a lesson is a file NAME.toml"));
    }
    let asked = all.len();
    // A lesson may come after others that are not asked about: those beside it, and all that there are.
    let beside: Vec<_> = all
        .iter()
        .filter_map(|s| folder_beside(s.file.as_deref()?))
        .collect();
    for folder in beside {
        // What stands beside a file that was named need not be lessons.
        let others = folder_of(&folder).unwrap_or_default();
        add(&mut all, others);
    }
    let known = sources(own)?;
    add(&mut all, known);
    let read = read(&all);
    let files = all.into_iter().zip(read).take(asked).map(|(source, read)| {
        let file = source.file.as_deref().unwrap_or(Path::new(&source.id));
        let (title, faults) = match read {
            Ok(lesson) => (Some(lesson.title), Vec::new()),
            Err(faults) => (None, faults),
        };
        let faults = faults.into_iter().map(|fault| Told {
            line: fault.line,
            what: fault.what,
            hint: fault.hint,
        });
        Checked {
            file: file.display().to_string(),
            title,
            faults: faults.collect(),
            id: source.id,
        }
    });
    let files: Vec<_> = files.collect();
    Ok(Report {
        sound: files.iter().all(|file| file.faults.is_empty()),
        files,
    })
}

fn folder_beside(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    // Of a bare name it is empty.
    let here = folder.as_os_str().is_empty();
    Some(if here {
        PathBuf::from(".")
    } else {
        folder.to_owned()
    })
}

/// Adds those whose name is not taken.
fn add(all: &mut Vec<Source>, others: Vec<Source>) {
    for other in others {
        if !all.iter().any(|known| known.id == other.id) {
            all.push(other);
        }
    }
}

fn text(printer: &Printer, report: &Report) -> String {
    let mut out = String::new();
    for file in &report.files {
        for fault in &file.faults {
            let word = printer.paint(Meaning::Danger, &fault.what);
            let _ = writeln!(out, "{}:{}: {word}", clean(&file.file), fault.line);
            if let Some(hint) = &fault.hint {
                let _ = writeln!(out, "  → {hint}");
            }
        }
    }
    let faults: usize = report.files.iter().map(|file| file.faults.len()).sum();
    let files = match report.files.len() {
        1 => "1 lesson".to_owned(),
        n => format!("{n} lessons"),
    };
    let (meaning, sum) = match faults {
        0 => (Meaning::Good, format!("{files}: sound")),
        1 => (Meaning::Danger, format!("{files}: 1 fault")),
        n => (Meaning::Danger, format!("{files}: {n} faults")),
    };
    let _ = writeln!(out, "{}", printer.paint(meaning, &sum));
    out
}
