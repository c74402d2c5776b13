//! The only place that prints: data to stdout, talk to stderr.

use std::fmt::Write as _;
use std::io::{self, ErrorKind as IoKind, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::config::Environment;
use crate::domain::Progress;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::text::{clean, is_harmful};

/// What a piece of text means; colour only underlines what the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The answer itself.
    Answer,
    /// As it should be.
    Good,
    /// Look at this.
    Warning,
    /// Wrong.
    Danger,
    /// Less important.
    Muted,
}

/// Prints text or JSON. A closed pipe (`| head`) is no error: nobody wants the rest.
#[derive(Debug)]
pub(crate) struct Printer {
    json: bool,
    out_colour: bool,
    talk: Talk,
}

/// How to talk on stderr.
#[derive(Debug, Clone, Copy)]
struct Talk {
    is_terminal: bool,
    colour: bool,
}

impl Printer {
    pub(crate) fn new(json: bool, no_color: bool, environment: &Environment) -> Self {
        let dumb = environment.term.as_deref() == Some("dumb");
        let colour = !(no_color || environment.no_color || dumb);
        let is_terminal = io::stderr().is_terminal();
        Self {
            json,
            out_colour: colour && io::stdout().is_terminal(),
            talk: Talk {
                is_terminal,
                colour: colour && is_terminal,
            },
        }
    }

    /// Whether the answer is a JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether text on stdout may be coloured.
    pub(crate) fn is_coloured(&self) -> bool {
        self.out_colour
    }

    /// Prints the answer: the report as a document, or what `text` makes of it.
    pub(crate) fn answer<T: Serialize>(
        &self,
        noun: &str,
        report: &T,
        text: impl FnOnce(&Self) -> String,
    ) -> Result<()> {
        if self.json {
            document(noun, report)
        } else {
            print(&text(self))
        }
    }

    /// Says something beside the answer.
    pub(crate) fn note(&self, text: &str) {
        self.talk(&format!("devtwin: {}", clean(text)));
    }

    /// Says what failed and what to try. With `--json` the error is the document, too, so that a
    /// script finds exactly one on stdout whatever happens.
    pub(crate) fn error(&self, error: &Error) {
        self.explain(error);
        if self.json && document("error", error).is_err() {
            tracing::debug!("the error could not be printed either");
        }
    }

    /// Says what failed and what to try, on stderr alone: the document has been printed.
    pub(crate) fn explain(&self, error: &Error) {
        tracing::warn!(kind = ?error.kind, message = error.message, "failed");
        let name = paint(self.talk.colour, Meaning::Danger, "devtwin:");
        self.talk(&format!("{name} {}", clean(&error.message)));
        let hints = error.hint.as_deref().unwrap_or_default();
        for hint in hints.lines() {
            let word = paint(self.talk.colour, Meaning::Muted, "hint:");
            self.talk(&format!("{word} {}", clean(hint)));
        }
    }

    /// Where the progress of a verb goes: one line when a pull begins, and on a terminal one more for
    /// each layer. The steps themselves are logged only; a script's stderr belongs to its command.
    pub(crate) fn progress(&self) -> impl Fn(Progress) + Send + Sync {
        let last = Mutex::new(String::new());
        move |progress| match progress {
            Progress::Step(step) => tracing::info!(step, "progress"),
            Progress::Copied(bytes) => tracing::info!(bytes, "copied"),
            Progress::Notable(line) => self.note(&line),
            Progress::Pull(pull) => {
                let line = match pull.layers_done() {
                    (done, all) if self.talk.is_terminal && all > 0 => {
                        format!("pulling {}: {done} of {all} layers", pull.reference)
                    }
                    _ => format!("pulling {}", pull.reference),
                };
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if *last != line {
                    self.note(&line);
                    *last = line;
                }
            }
            Progress::Awaits { name, .. } => tracing::info!(name, "waits for a start"),
        }
    }

    /// Shows what is under way on a line of stderr that the next one replaces; an empty one takes it away. Only on a terminal.
    pub(crate) fn passing(&self, line: &str) {
        if !self.talk.is_terminal {
            return;
        }
        let room = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
        let line = crate::app::text::cut(&clean(line), room.saturating_sub(1));
        let mut err = io::stderr().lock();
        let written = err.write_all(
            format!("\r{line}\x1b[K{}", if line.is_empty() { "" } else { "\r" }).as_bytes(),
        );
        if let Err(error) = written.and_then(|()| err.flush()) {
            tracing::debug!(%error, "standard error cannot be written");
        }
    }

    /// `text` in the colour of its meaning, where stdout takes colour.
    pub(crate) fn paint(&self, meaning: Meaning, text: &str) -> String {
        paint(self.out_colour, meaning, text)
    }

    fn talk(&self, line: &str) {
        // A terminal in raw mode (exec -t) does not go back to the first column by itself.
        let end = if self.talk.is_terminal { "\r\n" } else { "\n" };
        let mut err = io::stderr().lock();
        if let Err(error) = err.write_all(format!("{line}{end}").as_bytes()) {
            tracing::debug!(%error, "standard error cannot be written");
        }
    }
}

/// Columns of the terminal that stdout is; none when it is none.
pub(crate) fn columns() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let (columns, _) = crossterm::terminal::size().ok()?;
    Some(columns.into())
}

/// Prints `report` as the JSON document `devtwin.<noun>/1`.
fn document<T: Serialize>(noun: &str, report: &T) -> Result<()> {
    #[derive(Serialize)]
    struct Document<'a, T> {
        schema: String,
        #[serde(flatten)]
        report: &'a T,
    }
    let document = Document {
        schema: format!("devtwin.{noun}/1"),
        report,
    };
    raw_document(&document)
}

/// Prints a document as JSON, harmless on a terminal.
pub(crate) fn raw_document<T: Serialize>(document: &T) -> Result<()> {
    let json = serde_json::to_string_pretty(document)
        .map_err(|e| Error::new(ErrorKind::Internal, format!("the report is no JSON: {e}")))?;
    print(&harmless(&json))
}

/// Prints text to stdout, ending with a newline.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(end.as_bytes()))
        .and_then(|()| out.flush());
    told(written)
}

/// What came of writing to stdout: a reader that has enough is no failure.
pub(crate) fn told(written: io::Result<()>) -> Result<()> {
    match written {
        Err(e) if e.kind() != IoKind::BrokenPipe => Err(Error::new(
            ErrorKind::Internal,
            format!("standard output cannot be written: {e}"),
        )),
        _ => Ok(()),
    }
}

fn paint(colour: bool, meaning: Meaning, text: &str) -> String {
    let code = match meaning {
        Meaning::Answer => "1",
        Meaning::Good => "32",
        Meaning::Warning => "33",
        Meaning::Danger => "31;1",
        Meaning::Muted => "2",
    };
    if colour {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// JSON that no terminal obeys: `serde_json` escapes C0 only. What is left of harmful characters can
/// stand in strings only, where an escape means the same.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_harmful(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_the_same_value_without_harmful_characters() {
        let value = serde_json::json!({"name": "a\u{9b}2J\u{7f}\u{202e}b\u{e0041}\x1b\nü"});
        let text = harmless(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!text.chars().any(|c| c != '\n' && is_harmful(c)), "{text}");
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back, value);
    }

    #[test]
    fn a_reader_that_has_enough_is_no_failure() {
        assert!(told(Err(IoKind::BrokenPipe.into())).is_ok());
        assert!(told(Err(IoKind::StorageFull.into())).is_err());
    }

    #[test]
    fn colour_is_off_unless_asked_for() {
        assert_eq!(paint(false, Meaning::Danger, "x"), "x");
        assert_eq!(paint(true, Meaning::Good, "x"), "\x1b[32mx\x1b[0m");
    }
}
