//! How far a person has come in the lessons: kept in the data directory, and printed as a certificate.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::Lesson;
use crate::domain::log::Moment;
use crate::domain::text::clean;

/// What is kept from run to run: lesson id → how it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// By lesson.
    pub lessons: BTreeMap<String, Standing>,
}

/// How a lesson stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// Steps that are done: the first so many.
    pub done: usize,
    /// Hints that were looked at; counted on over a reset, since the certificate tells of them.
    pub hints: usize,
    /// Answers that were looked at; counted on over a reset, too.
    pub answers: usize,
    /// When its first step was done, in seconds since the epoch.
    pub begun: Option<i64>,
    /// When its last step was done, the first time; kept over a reset.
    pub finished: Option<i64>,
}

/// Something that changes how a lesson stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// So many steps are done; whether that is all.
    Done(usize, bool),
    /// A hint was looked at.
    Hint,
    /// An answer was looked at.
    Answer,
    /// The person begins anew.
    Reset,
}

impl Progress {
    /// Takes it in; `now` in seconds since the epoch.
    pub fn note(&mut self, lesson: &str, noted: Noted, now: i64) {
        let standing = self.lessons.entry(lesson.to_owned()).or_default();
        match noted {
            Noted::Done(done, all) => {
                standing.done = done;
                standing.begun.get_or_insert(now);
                if all {
                    standing.finished.get_or_insert(now);
                }
            }
            Noted::Hint => standing.hints += 1,
            Noted::Answer => standing.answers += 1,
            Noted::Reset => {
                standing.done = 0;
                standing.begun = None;
            }
        }
    }

    /// Forgets a lesson, or with none all of them; whether there was anything to forget.
    pub fn forget(&mut self, lesson: Option<&str>) -> bool {
        match lesson {
            Some(lesson) => self.lessons.remove(lesson).is_some(),
            None => !std::mem::take(&mut self.lessons).is_empty(),
        }
    }

    /// What was done, as a page of markdown: `lessons` are those that there are, `version` is devtwin's, `now` the day
    /// on which it is printed, in seconds since the epoch. It names nobody.
    pub fn certificate(&self, lessons: &[Lesson], version: &str, now: i64) -> String {
        let mut rows: Vec<Row<'_>> = lessons
            .iter()
            .filter_map(|lesson| Row::of(lesson, self.lessons.get(&lesson.id)?))
            .collect();
        let known = |id: &String| lessons.iter().any(|lesson| lesson.id == *id);
        let gone = self.lessons.iter().filter(|(id, _)| !known(id));
        rows.extend(gone.filter_map(|(id, standing)| Row::of_gone(id, standing)));
        let (finished, begun): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.finished.is_some());
        let mut page = format!("# Lessons done with devtwin\n\n{}", sum(&finished, lessons));
        if !finished.is_empty() {
            page.push_str(
                "\n| lesson | finished | steps | hints | answers |\n|---|---|---|---|---|\n",
            );
            for row in &finished {
                let day = row.finished.map(day).unwrap_or_default();
                let _ = writeln!(
                    page,
                    "| {} | {day} | {} | {} | {} |",
                    row.title, row.steps, row.hints, row.answers
                );
            }
            page.push_str(
                "\nHints and answers are those that were looked at, also in earlier tries.\n",
            );
            let goals = finished.iter().filter_map(|row| row.goal);
            for (index, goal) in goals.enumerate() {
                if index == 0 {
                    page.push_str("\n## What was practised\n\n");
                }
                let _ = writeln!(page, "- {}", cell(goal));
            }
        }
        if !begun.is_empty() {
            page.push_str("\n## Begun\n\n");
            for row in &begun {
                let _ = writeln!(page, "- {}: {} steps done", row.title, row.steps);
            }
        }
        let _ = writeln!(page, "\nPrinted by devtwin {version} on {}.", day(now));
        page
    }
}

/// A lesson on the certificate.
struct Row<'a> {
    title: String,
    goal: Option<&'a str>,
    steps: String,
    hints: usize,
    answers: usize,
    finished: Option<i64>,
}

impl<'a> Row<'a> {
    /// None of a lesson in which nothing was done.
    fn of(lesson: &'a Lesson, standing: &Standing) -> Option<Self> {
        let all = lesson.steps.len();
        let title = match lesson.number {
            Some(number) => format!("{number}. {}", cell(&lesson.title)),
            None => cell(&lesson.title),
        };
        let steps = match standing.finished {
            Some(_) => all.to_string(),
            None => format!("{} of {all}", standing.done.min(all)),
        };
        Some(Self {
            title,
            goal: Some(&lesson.goal),
            steps,
            ..Self::of_gone("", standing)?
        })
    }

    /// Of a lesson that is no longer there.
    fn of_gone(id: &str, standing: &Standing) -> Option<Self> {
        (standing.done > 0 || standing.finished.is_some()).then(|| Self {
            title: cell(id),
            goal: None,
            steps: standing.done.to_string(),
            hints: standing.hints,
            answers: standing.answers,
            finished: standing.finished,
        })
    }
}

/// How many lessons are finished, and how that is known.
fn sum(finished: &[Row<'_>], lessons: &[Lesson]) -> String {
    if finished.is_empty() {
        return "No lesson is finished yet.\n".to_owned();
    }
    let here = finished.iter().filter(|row| row.goal.is_some()).count();
    format!(
        "{here} of {} lessons are finished. Each step was checked against a container engine by what was there \
         and what had happened, not by a click.\n",
        lessons.len()
    )
}

/// `2026-11-27`, UTC.
fn day(seconds: i64) -> String {
    let text = Moment::of_seconds(seconds).rfc3339();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// A text in a cell of a table, or in a line: whatever it holds, it ends neither.
fn cell(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    clean(&words.join(" ")).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon of 27 November 2026.
    const NOW: i64 = 1_795_780_800;

    fn lesson(id: &str, number: u32, steps: usize) -> Lesson {
        let step =
            "[[step]]\ntitle='t'\ntext='t'\nhint='h'\nanswer='a'\ncheck={answer={is=['x']}}\n";
        let head = format!("number={number}\ntitle='The {id}'\ngoal='Do {id}.'\nminutes=5\n");
        let mut lesson: Lesson = toml::from_str(&(head + &step.repeat(steps))).unwrap();
        lesson.id = id.into();
        lesson
    }

    #[test]
    fn what_was_done_stays_over_a_reset_and_goes_when_it_is_forgotten() {
        let mut progress = Progress::default();
        progress.note("a", Noted::Hint, 1);
        progress.note("a", Noted::Done(1, false), 2);
        progress.note("a", Noted::Answer, 3);
        progress.note("a", Noted::Done(2, true), 4);
        progress.note("a", Noted::Done(2, true), 9);
        let standing = &progress.lessons["a"];
        assert_eq!((standing.begun, standing.finished), (Some(2), Some(4)));
        progress.note("a", Noted::Reset, 10);
        progress.note("a", Noted::Done(1, false), 11);
        let standing = &progress.lessons["a"];
        assert_eq!((standing.begun, standing.finished), (Some(11), Some(4)));
        // A second try without help does not hide the first.
        assert_eq!((standing.done, standing.hints, standing.answers), (1, 1, 1));
        assert!(progress.forget(Some("a")) && !progress.forget(Some("a")));
        progress.note("b", Noted::Hint, 1);
        assert!(progress.forget(None) && !progress.forget(None));
    }

    #[test]
    fn the_certificate_tells_what_was_done_and_with_what_help() {
        let lessons = [
            lesson("one", 1, 2),
            lesson("two", 2, 3),
            lesson("three", 3, 1),
        ];
        let mut progress = Progress::default();
        for (id, noted) in [
            ("one", Noted::Hint),
            ("one", Noted::Answer),
            ("one", Noted::Done(2, true)),
            ("two", Noted::Done(2, false)),
            ("three", Noted::Hint),
            ("old", Noted::Done(4, true)),
        ] {
            progress.note(id, noted, NOW);
        }
        let page = progress.certificate(&lessons, "1.2.3", NOW + 86_400);
        let want = "\
# Lessons done with devtwin

1 of 3 lessons are finished. Each step was checked against a container engine by what was there and what had happened, not by a click.

| lesson | finished | steps | hints | answers |
|---|---|---|---|---|
| 1. The one | 2026-11-27 | 2 | 1 | 1 |
| old | 2026-11-27 | 4 | 0 | 0 |

Hints and answers are those that were looked at, also in earlier tries.

## What was practised

- Do one.

## Begun

- 2. The two: 2 of 3 steps done

Printed by devtwin 1.2.3 on 2026-11-28.
";
        assert_eq!(page, want);
        let none = Progress::default().certificate(&lessons, "1.2.3", NOW);
        assert!(none.contains("No lesson is finished yet.") && !none.contains('|'));
    }

    #[test]
    fn a_title_cannot_break_the_page() {
        let mut odd = lesson("one", 1, 1);
        odd.title = "a|b\n# c\u{1b}[31m".into();
        let mut progress = Progress::default();
        progress.note("one", Noted::Done(1, true), NOW);
        let page = progress.certificate(&[odd], "1", NOW);
        assert!(page.contains("| 1. a\\|b # c"), "{page}");
        assert!(!page.contains('\u{1b}'));
    }
}
