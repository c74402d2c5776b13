//! Reading a lesson's file, and saying what is wrong with it: all of it at once where that is possible.
//!
//! First the form (TOML, keys, what stands behind them), then, of a file whose form is right, the sense (`lint`).

pub(super) mod at;
mod form;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Lesson, lint};
use crate::domain::text;
use at::At;

/// Bytes of a file that are read.
pub const LONGEST: usize = 1 << 20;
/// Faults of a file that are told.
const MOST: usize = 100;
/// Characters of what a fault says.
const WORDS: usize = 300;

/// Something that is wrong with a lesson's file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, on one line; no capital, no full stop.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Fault {
    /// One of a line.
    pub fn new(line: usize, what: impl AsRef<str>) -> Self {
        Self {
            line,
            what: text::bounded(what.as_ref(), WORDS),
            hint: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl AsRef<str>) -> Self {
        self.hint = Some(text::bounded(hint.as_ref(), WORDS));
        self
    }
}

impl Lesson {
    /// Reads a lesson from its file's text; `id` is the file's name without `.toml`.
    ///
    /// # Errors
    /// All that is wrong with it, by line: never empty.
    pub fn read(id: &str, text: &str) -> Result<Self, Vec<Fault>> {
        read(id, text).map(|(lesson, _)| lesson)
    }
}

/// Reads the files of a set of lessons, id and text each, and looks at what they say of each other: a lesson that is to
/// be done before must be among them, and no lesson before itself. What came of each stands in their order.
pub fn read_all(files: &[(&str, &str)]) -> Vec<Result<Lesson, Vec<Fault>>> {
    let mut all: Vec<Result<Placed, Vec<Fault>>> =
        files.iter().map(|(id, text)| read(id, text)).collect();
    let good = |read: &Result<Placed, _>| {
        let (lesson, _) = read.as_ref().ok()?;
        Some((lesson.id.clone(), lesson.after.clone()))
    };
    let before: BTreeMap<String, Vec<String>> = all.iter().filter_map(good).collect();
    for (index, (id, _)) in files.iter().enumerate() {
        let Some(slot) = all.get_mut(index) else {
            continue;
        };
        let mut faults = Vec::new();
        if files.iter().take(index).any(|(other, _)| other == id) {
            faults.push(Fault::new(1, format!("there are two lessons `{id}`")));
        }
        if let Ok((lesson, lines)) = slot {
            for (other, line) in lesson.after.iter().zip(lines.iter()) {
                faults.extend(lint::after(id, other, *line, files, &before));
            }
        }
        if !faults.is_empty() {
            match slot {
                Ok(_) => *slot = Err(faults),
                Err(others) => others.splice(0..0, faults).for_each(drop),
            }
        }
    }
    all.into_iter()
        .map(|read| read.map(|(lesson, _)| lesson))
        .collect()
}

/// A lesson, and the lines of the lessons that should be done before it.
type Placed = (Lesson, Vec<usize>);

fn read(id: &str, text: &str) -> Result<Placed, Vec<Fault>> {
    if text.len() > LONGEST {
        let fault = Fault::new(1, "longer than 1 MiB: that is no lesson");
        return Err(vec![fault]);
    }
    let (table, broken) = DeTable::parse_recoverable(text);
    if !broken.is_empty() {
        return told(broken.iter().map(|error| syntax(text, error)).collect());
    }
    let span = table.span();
    let whole = Spanned::new(span, DeValue::Table(table.into_inner()));
    let at = At::whole(text, &whole);
    let mut faults = Vec::new();
    form::table(&at, &shape::LESSON, &mut faults);
    if !faults.is_empty() {
        return told(faults);
    }
    let mut lesson: Lesson = match toml::from_str(text) {
        Ok(lesson) => lesson,
        Err(error) => return told(vec![syntax(text, &error)]),
    };
    id.clone_into(&mut lesson.id);
    lint::lesson(&lesson, &at, &mut faults);
    if !faults.is_empty() {
        return told(faults);
    }
    let after = at.key("after");
    let lines = (0..lesson.after.len()).map(|index| after.index(index).line());
    let lines = lines.collect();
    Ok((lesson, lines))
}

/// Faults in the order of the file, each once.
fn told<T>(mut faults: Vec<Fault>) -> Result<T, Vec<Fault>> {
    faults.sort();
    faults.dedup();
    faults.truncate(MOST);
    Err(faults)
}

fn syntax(text: &str, error: &toml::de::Error) -> Fault {
    let start = error.span().map_or(0, |span| span.start);
    let words = error.message().lines().collect::<Vec<_>>().join(", ");
    Fault::new(at::line(text, start), words)
}
