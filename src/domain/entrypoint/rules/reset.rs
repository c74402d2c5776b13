//! What was inherited and got lost: the CMD that a new ENTRYPOINT drops.

use super::Rule;
use super::command::is_interpreter;
use super::fault::is_shell;
use super::kit::{Draft, FINE, Findings, array, error_line, failed, runs_well, which};
use crate::domain::entrypoint::{Case, ProgramKind, Severity};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "CMD_RESET",
    title: "A new ENTRYPOINT dropped the inherited CMD",
    how: "There is no CMD, and the image's history has one before its last ENTRYPOINT; or the engine says that no command is there.",
    check: cmd_reset,
}];

/// A step of the image's history that sets ENTRYPOINT or CMD.
#[derive(Debug, PartialEq, Eq)]
enum Set<'a> {
    Entrypoint,
    /// CMD, and its words as they stand there.
    Cmd(&'a str),
}

fn set(step: &str) -> Option<Set<'_>> {
    let step = step.trim();
    let step = step
        .split_once("#(nop)")
        .map_or(step, |(_, rest)| rest)
        .trim();
    let rest = |name| step.strip_prefix(name).map(str::trim);
    if let Some(words) = rest("CMD ") {
        return Some(Set::Cmd(words));
    }
    rest("ENTRYPOINT ").map(|_| Set::Entrypoint)
}

/// The CMD that the image's last ENTRYPOINT dropped: none came after it. One that was empty is none.
fn dropped(history: &[String]) -> Option<(&str, &str)> {
    let (mut valid, mut dropped) = (None, None);
    for step in history {
        match set(step) {
            Some(Set::Cmd(words)) => {
                dropped = None;
                let empty = matches!(words, "[]" | "null" | "");
                valid = (!empty).then_some((step.as_str(), words));
            }
            Some(Set::Entrypoint) => dropped = valid.take().or(dropped),
            None => {}
        }
    }
    dropped
}

/// The first word of a CMD as a history shows it: `["a" "b"]`, `["a", "b"]`, or a shell form.
fn first_word(words: &str) -> &str {
    let words = words.trim_start_matches('[').trim_start();
    match words.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => words.split_whitespace().next().unwrap_or_default(),
    }
}

fn cmd_reset(case: &Case<'_, '_>) -> Findings {
    let draft = |severity, meaning| {
        Draft::new("CMD_RESET", severity, meaning)
            .advise("repeat the CMD after the new ENTRYPOINT in the same Dockerfile")
    };
    let nothing = "There is nothing to run: neither ENTRYPOINT nor CMD is set.";
    let told = error_line(case).filter(|line| line.to_lowercase().contains("no command specified"));
    let Some(image) = &case.facts.image else {
        let Some(line) = told else { return FINE };
        return draft(Severity::Error, nothing).see(line).done();
    };
    if !image.config.cmd.is_empty() || !case.config().cmd.is_empty() {
        return FINE;
    }
    let Some((step, words)) = dropped(case.look.history()?) else {
        if !case.argv.is_empty() {
            return FINE;
        }
        let severity = if told.is_some() {
            Severity::Error
        } else {
            Severity::Note
        };
        return Draft::new("CMD_RESET", severity, nothing)
            .see("Entrypoint and Cmd are empty")
            .see_all(told)
            .advise("name a command after the image: docker run IMAGE program …")
            .done();
    };
    let was = format!("history: {step}");
    if case.argv.is_empty() {
        return draft(
            Severity::Error,
            "There is nothing to run: a later ENTRYPOINT [] dropped the inherited CMD, too.",
        )
        .see("Entrypoint and Cmd are empty")
        .see(was)
        .see_all(told)
        .done();
    }
    if image.config.entrypoint != case.config().entrypoint {
        return FINE;
    }
    let first = first_word(words);
    let plain = is_shell(first) || is_interpreter(first);
    // A command of its own was replaced on purpose; arguments were meant for somebody.
    let arguments = !plain && (first.starts_with('-') || which(case, first)?.is_none());
    if !arguments {
        return FINE;
    }
    // A script knows its arguments itself more often than not.
    let first = case.program.as_ref()?.steps.first();
    let script = first.is_some_and(|step| matches!(step.kind, ProgramKind::Script { .. }));
    let bare = image.config.entrypoint.len() == 1 && !script;
    let severity = if !runs_well(case) && (bare || failed(case)) {
        Severity::Warning
    } else {
        Severity::Note
    };
    draft(severity, "The image once had arguments in CMD; a later ENTRYPOINT dropped them, and the program runs without.")
        .see(was)
        .see(format!("ENTRYPOINT {}, and no CMD", array(&image.config.entrypoint)))
        .advise(format!("for instance: CMD {words}"))
        .done()
}
