//! `devtwin learn --list`.

use serde::Serialize;

use crate::domain::error::Result;
use crate::domain::lesson::progress::{Progress, Standing};
use crate::lessons::Listed;

use super::super::context::Context;
use super::super::output::{Meaning, Printer};
use super::super::table::{Cell, plain, table_cut};
use super::first_fault;

/// All lessons, and how far the person has come.
#[derive(Debug, Serialize)]
struct Report {
    lessons: Vec<Row>,
}

/// A lesson. Of one that is broken only what does not need its text is known.
#[derive(Debug, Serialize)]
struct Row {
    number: Option<u32>,
    id: String,
    title: Option<String>,
    goal: Option<String>,
    minutes: Option<u32>,
    steps: usize,
    done: usize,
    hints: usize,
    answers: usize,
    begun: Option<i64>,
    finished: Option<i64>,
    /// The file, of one that devtwin does not bring along.
    file: Option<String>,
    /// It stands in the place of one that devtwin brings along.
    replaces: bool,
    /// The first thing that is wrong with it.
    fault: Option<String>,
}

impl Row {
    fn of(listed: &Listed, progress: &Progress) -> Self {
        let standing = progress.lessons.get(&listed.id);
        let standing = standing.cloned().unwrap_or_default();
        let Standing {
            done,
            hints,
            answers,
            begun,
            finished,
        } = standing;
        let lesson = listed.lesson.as_ref().ok();
        let steps = lesson.map_or(0, |lesson| lesson.steps.len());
        Self {
            number: lesson.and_then(|lesson| lesson.number),
            id: listed.id.clone(),
            title: lesson.map(|lesson| lesson.title.clone()),
            goal: lesson.map(|lesson| lesson.goal.clone()),
            minutes: lesson.map(|lesson| lesson.minutes),
            steps,
            done: done.min(steps),
            hints,
            answers,
            begun,
            finished,
            file: listed.file.as_ref().map(|file| file.display().to_string()),
            replaces: listed.replaces,
            fault: lesson.is_none().then(|| first_fault(listed)),
        }
    }

    /// How it stands, in words.
    fn state(&self) -> Cell {
        let (done, steps) = (self.done, self.steps);
        match (&self.fault, self.finished) {
            (Some(_), _) => (Meaning::Danger, "broken".to_owned()),
            (None, Some(_)) if done > 0 && done < steps => {
                (Meaning::Good, format!("done, again {done} of {steps}"))
            }
            (None, Some(_)) => (Meaning::Good, "done".to_owned()),
            (None, None) if done > 0 => plain(format!("{done} of {steps}")),
            (None, None) => (Meaning::Muted, format!("{steps} steps")),
        }
    }

    /// Where it is from, and what is wrong with it.
    fn note(&self) -> Cell {
        match (&self.fault, &self.file) {
            (Some(fault), _) => (Meaning::Danger, fault.clone()),
            (None, Some(file)) if self.replaces => {
                (Meaning::Muted, format!("in place of devtwin's: {file}"))
            }
            (None, Some(file)) => (Meaning::Muted, file.clone()),
            (None, None) => plain(""),
        }
    }
}

pub(super) fn run(context: &Context<'_>, all: &[Listed], progress: &Progress) -> Result<u8> {
    let lessons = all.iter().map(|listed| Row::of(listed, progress));
    let report = Report {
        lessons: lessons.collect(),
    };
    context
        .printer
        .answer("lessons", &report, |printer| text(printer, &report))?;
    Ok(0)
}

fn text(printer: &Printer, report: &Report) -> String {
    let number = |row: &Row| row.number.map_or_else(String::new, |n| n.to_string());
    let minutes = |row: &Row| row.minutes.map_or_else(String::new, |n| format!("{n} min"));
    let rows = report.lessons.iter().map(|row| {
        [
            plain(number(row)),
            plain(&row.id),
            plain(row.title.as_deref().unwrap_or_default()),
            plain(minutes(row)),
            row.state(),
            row.note(),
        ]
    });
    let heading = ["#", "LESSON", "TITLE", "TIME", "DONE", ""];
    table_cut(printer, heading, rows.collect(), 40..=200)
}
