//! Parts of a Dockerfile: the text up to a step, and a step replaced by another. All other bytes stay as they are.

use super::{Dockerfile, Stage, Step, What, read};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::text::bounded;

/// The text in front of a step of a stage, as a Dockerfile of its own whose last stage is that one: whatever stands
/// behind it is gone, so that a build of it ends there.
pub fn up_to<'a>(text: &'a str, step: &Step) -> &'a str {
    let start = text.get(..step.span.start).unwrap_or(text);
    // What stands before the keyword on its line is blank.
    let line = start.rfind('\n').map_or(0, |at| at + 1);
    start.get(..line).unwrap_or(start)
}

/// The command of a `RUN` as a person edits it: without the keyword and its options, the lines as they stand there.
pub fn command_of(text: &str, step: &Step) -> String {
    let whole = text.get(step.span.clone()).unwrap_or_default();
    let body = whole.get(body_at(whole)..).unwrap_or_default();
    body.replace("\r\n", "\n")
}

/// Where the command of an instruction begins: behind its keyword and its `--options`.
fn body_at(whole: &str) -> usize {
    let mut at = whole.find(char::is_whitespace).unwrap_or(whole.len());
    loop {
        let rest = whole.get(at..).unwrap_or_default();
        let trimmed = skip_blank(rest);
        at += rest.len() - trimmed.len();
        if !trimmed.starts_with("--") {
            return at;
        }
        at += trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
    }
}

/// Without blanks and continuations at the beginning.
fn skip_blank(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(behind) = rest.strip_prefix(['\\', '`']) {
        if !behind
            .trim_start_matches([' ', '\t'])
            .starts_with(['\r', '\n'])
        {
            break;
        }
        rest = behind.trim_start();
    }
    rest
}

/// The text with the command of a `RUN` replaced. Lines end as that step's lines do; a line that needs it gets its
/// continuation.
///
/// # Errors
/// `Usage` when the outcome does not read as one `RUN` in that place, the rest as it was.
pub fn with_command(text: &str, step: &Step, command: &str) -> Result<String> {
    let whole = text.get(step.span.clone()).unwrap_or_default();
    let start = step.span.start + body_at(whole);
    let (Some(before), Some(behind)) = (text.get(..start), text.get(step.span.end..)) else {
        return Err(refused("the step is not there any more"));
    };
    let escape = super::read::escape(text);
    let end = if line_end(text, step) { "\r\n" } else { "\n" };
    let body = continued(command, escape).replace('\n', end);
    if body.trim().is_empty() {
        return Err(refused("there is no command").hint("delete the line in your editor instead"));
    }
    let edited = format!("{before}{body}{behind}");
    same_but_one(text, &edited, step)?;
    Ok(edited)
}

/// Whether the lines of a step end as Windows has it; of one line, those of the file do.
fn line_end(text: &str, step: &Step) -> bool {
    let own = text.get(step.span.clone()).unwrap_or_default();
    let from = if own.contains('\n') { own } else { text };
    from.find('\n')
        .is_some_and(|at| at > 0 && from.as_bytes().get(at - 1) == Some(&b'\r'))
}

/// A command of several lines as one instruction: each line but the last ends with the escape. Here-documents keep
/// their lines.
fn continued(command: &str, escape: char) -> String {
    let command = command.replace("\r\n", "\n");
    let command = command.trim_end();
    if command.contains("<<") {
        return command.to_owned();
    }
    let mut lines: Vec<String> = command
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.trim_end().to_owned())
        .collect();
    let last = lines.len().saturating_sub(1);
    for line in lines.iter_mut().take(last) {
        let comment = line.trim_start().starts_with('#');
        if !line.ends_with(escape) && !comment {
            line.push(' ');
            line.push(escape);
        }
    }
    // A continuation on the last line would take in what follows.
    if let Some(line) = lines.last_mut() {
        while line.ends_with(escape) {
            line.pop();
            line.truncate(line.trim_end().len());
        }
    }
    lines.join("\n")
}

/// Whether `edited` reads as `text` does, but for that step.
fn same_but_one(text: &str, edited: &str, step: &Step) -> Result<()> {
    let none = std::collections::BTreeMap::new();
    let (old, new) = (read(text, &none), read(edited, &none));
    if let Some(broken) = new.broken.as_ref().filter(|_| old.broken.is_none()) {
        let message = format!("the line does not read as a RUN: {}", broken.message);
        return Err(refused(&bounded(&message, 200)).hint(
            "a line that goes on ends with \\; a here-document ends with its word alone on a line",
        ));
    }
    let keywords = |file: &Dockerfile| -> Vec<_> {
        let steps = file.steps();
        steps.map(|s| (s.number, s.keyword)).collect()
    };
    if keywords(&new) == keywords(&old) && is_run(&new, step.number) {
        return Ok(());
    }
    Err(refused("the line reads as more than one instruction")
        .hint("join commands with && on one line, or end a line that goes on with \\"))
}

fn is_run(file: &Dockerfile, number: usize) -> bool {
    let found: Option<(&Stage, &Step)> = file.at_number(number);
    found.is_some_and(|(_, step)| matches!(step.what, What::Run(_)))
}

fn refused(why: &str) -> Error {
    Error::new(
        ErrorKind::Usage,
        format!("cannot put it into the Dockerfile: {why}"),
    )
}
