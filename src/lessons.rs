//! The lessons that there are, and how far the person has come in them: those that devtwin brings along, those of a
//! folder of the person's, and one small file in the data folder.

mod work;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::lesson::Lesson;
use crate::domain::lesson::progress::{Noted, Progress};
use crate::domain::lesson::read::{Fault, LONGEST, read_all};
use crate::store;

pub use work::WorkFolders;

/// The lessons that devtwin brings along: id and text. A test compares them with the folder.
const BUILT_IN: &[(&str, &str)] = &[
    (
        "missing-shell",
        include_str!("../assets/lessons/missing-shell.toml"),
    ),
    (
        "two-doors",
        include_str!("../assets/lessons/two-doors.toml"),
    ),
    ("who-am-i", include_str!("../assets/lessons/who-am-i.toml")),
    (
        "throw-away",
        include_str!("../assets/lessons/throw-away.toml"),
    ),
    (
        "entrypoint",
        include_str!("../assets/lessons/entrypoint.toml"),
    ),
    (
        "no-such-file",
        include_str!("../assets/lessons/no-such-file.toml"),
    ),
    (
        "write-permission",
        include_str!("../assets/lessons/write-permission.toml"),
    ),
    (
        "two-stages",
        include_str!("../assets/lessons/two-stages.toml"),
    ),
    (
        "prod-and-dev",
        include_str!("../assets/lessons/prod-and-dev.toml"),
    ),
    (
        "stop-politely",
        include_str!("../assets/lessons/stop-politely.toml"),
    ),
];

/// The ending of a lesson's file.
const ENDING: &str = "toml";

/// The most lessons of a folder that are read.
const MOST: usize = 500;

/// The name of the file of what was done.
const PROGRESS: &str = "learn.json";

/// The largest such file that is read, in bytes.
const LARGEST: u64 = 1_000_000;

/// A lesson that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is called by.
    pub id: String,
    /// The file, of one that devtwin does not bring along.
    pub file: Option<PathBuf>,
    /// It stands in the place of one that devtwin brings along.
    pub replaces: bool,
    /// The lesson, or what is wrong with it.
    pub lesson: Result<Lesson, Vec<Fault>>,
}

/// A lesson's file, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name without the ending.
    pub id: String,
    /// Where it is; none for one that devtwin brings along.
    pub file: Option<PathBuf>,
    /// What it holds.
    pub text: String,
}

/// All lessons, as they are listed: by number, those without one by title, broken ones last. `own` is the person's folder.
///
/// # Errors
/// `Usage`: the folder cannot be read.
pub fn load(own: Option<&Path>) -> Result<Vec<Listed>> {
    let sources = sources(own)?;
    let is_built_in = |id: &str| BUILT_IN.iter().any(|(known, _)| *known == id);
    let mut all: Vec<Listed> = read(&sources)
        .into_iter()
        .zip(sources)
        .map(|(lesson, source)| Listed {
            replaces: source.file.is_some() && is_built_in(&source.id),
            id: source.id,
            file: source.file,
            lesson,
        })
        .collect();
    all.sort_by(|a, b| place(a).cmp(&place(b)));
    Ok(all)
}

fn place(of: &Listed) -> (bool, bool, u32, &str, &str) {
    let lesson = of.lesson.as_ref().ok();
    let number = lesson.and_then(|lesson| lesson.number);
    let title = lesson.map_or("", |lesson| lesson.title.as_str());
    (
        lesson.is_none(),
        number.is_none(),
        number.unwrap_or_default(),
        title,
        &of.id,
    )
}

/// What came of each file, in their order.
pub fn read(sources: &[Source]) -> Vec<Result<Lesson, Vec<Fault>>> {
    let files = sources.iter().map(|s| (s.id.as_str(), s.text.as_str()));
    read_all(&files.collect::<Vec<_>>())
}

/// The files of all lessons; one of the person's takes the place of one of the same id that devtwin brings along.
pub fn sources(own: Option<&Path>) -> Result<Vec<Source>> {
    let mut sources = match own {
        Some(folder) => folder_of(folder)?,
        None => Vec::new(),
    };
    for (id, text) in BUILT_IN {
        if !sources.iter().any(|source| source.id == *id) {
            sources.push(Source {
                id: (*id).to_owned(),
                file: None,
                text: (*text).to_owned(),
            });
        }
    }
    Ok(sources)
}

/// The lessons in a folder, by name.
///
/// # Errors
/// `Usage`: it, or a file in it, cannot be read.
pub fn folder_of(folder: &Path) -> Result<Vec<Source>> {
    let failed = |e: io::Error| {
        let message = format!("lessons cannot be read in {}: {e}", folder.display());
        Error::new(ErrorKind::Usage, message)
            .hint("lessons of [learn] in config.toml names the folder; see docs/guide/lessons.md")
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    files.truncate(MOST);
    files.iter().map(|file| source_of(file)).collect()
}

/// A lesson's file.
///
/// # Errors
/// `Usage`: it cannot be read.
pub fn source_of(file: &Path) -> Result<Source> {
    let failed = |why: &dyn std::fmt::Display| {
        let message = format!("{} cannot be read: {why}", file.display());
        Error::new(ErrorKind::Usage, message).hint("a lesson is a file of text, NAME.toml")
    };
    // One byte more than is good, so that a file that is too long is told from one that is not.
    let most = LONGEST as u64 + 1;
    let bytes = store::read(file, most).map_err(|e| failed(&e))?;
    let bytes = bytes.ok_or_else(|| failed(&"there is no such file"))?;
    let text = String::from_utf8(bytes).map_err(|e| failed(&e))?;
    let id = file.file_stem().unwrap_or_default();
    Ok(Source {
        id: id.to_string_lossy().into_owned(),
        file: Some(file.to_owned()),
        text,
    })
}

/// The file of what was done; none where there is no data folder.
#[derive(Debug, Clone)]
pub struct ProgressFile {
    path: Option<PathBuf>,
}

impl ProgressFile {
    /// The file in `data_dir`.
    pub fn new(data_dir: Option<&Path>) -> Self {
        Self {
            path: data_dir.map(|dir| dir.join(PROGRESS)),
        }
    }

    /// How far the person has come, and what they should know about that. A file that is not there holds nothing, one
    /// that is broken neither.
    pub fn load(&self) -> (Progress, Option<String>) {
        let Some(path) = &self.path else {
            let warning = "there is no data folder: what is done in lessons is not kept";
            return (Progress::default(), Some(warning.to_owned()));
        };
        let broken = |why: &dyn std::fmt::Display| {
            let warning = format!(
                "what was done in lessons is not known: {}: {why}",
                path.display()
            );
            (Progress::default(), Some(warning))
        };
        match store::read(path, LARGEST) {
            Ok(None) => (Progress::default(), None),
            Ok(Some(bytes)) => match serde_json::from_slice(&bytes) {
                Ok(progress) => (progress, None),
                Err(error) => broken(&error),
            },
            Err(error) => broken(&error),
        }
    }

    /// Takes something in; `now` in seconds since the epoch.
    pub fn note(&self, lesson: &str, noted: Noted, now: i64) -> Result<()> {
        self.change(|progress| progress.note(lesson, noted, now))
    }

    /// Forgets a lesson, or with none all of them; whether there was anything to forget.
    pub fn forget(&self, lesson: Option<&str>) -> Result<bool> {
        let mut was_there = false;
        self.change(|progress| was_there = progress.forget(lesson))?;
        Ok(was_there)
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) -> Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let (mut progress, broken) = self.load();
        if broken.is_some() {
            // Somebody may want to mend it.
            let aside = path.with_extension("json.broken");
            if let Err(error) = fs::rename(path, aside) {
                tracing::debug!(%error, "the broken file of lessons is written over");
            }
        }
        change(&mut progress);
        let written = serde_json::to_vec_pretty(&progress)
            .map_err(io::Error::from)
            .and_then(|text| store::write(path, &[&text[..], b"\n"].concat()));
        written.map_err(|e| {
            let message = format!(
                "what is done in lessons cannot be kept: {}: {e}",
                path.display()
            );
            Error::new(ErrorKind::Internal, message)
                .hint("the lesson goes on; the next run begins where this one did")
        })
    }
}

#[cfg(test)]
mod tests;
