//! Triage: what happened to a container, in words, and which way in is offered. Pure.
//!
//! A restart loop is told from status, `Restarting` and PID, never from the engine's `Running`, which is true in
//! its pauses. What exit statuses mean is domain.md §5.2.

mod meaning;
mod pace;

pub use meaning::{meaning, told_of};
pub use pace::Pace;

use serde::Serialize;

use super::plan::Mode;
use super::target::{State, Status, Target, exit_words};
use super::text::bounded;

/// Runs of the health check that are told, at most: the newest.
const CHECKS: usize = 3;
/// Characters of a health check's output, and of the engine's own error.
const WORDS: usize = 300;

/// What happened, and what can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Triage {
    /// In one line: "web exits with 3 again and again".
    pub headline: String,
    /// What is known beside that, one sentence each, the most telling first.
    pub facts: Vec<String>,
    /// The last runs of its health check, the newest first; empty without one.
    pub health: Vec<String>,
    /// The last lines of both its streams, clean, in order.
    pub log: Vec<String>,
    /// Which way in is offered; none for a container that is being removed.
    pub offer: Option<Offer>,
}

/// A way in, and why this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// Which.
    pub mode: Mode,
    /// One sentence.
    pub reason: String,
}

/// Whether the container is in a restart loop: it waits for its next start, or was just started again and may not
/// last (`pace` then knows of starts that followed each other).
pub fn loops(state: &State, pace: &Pace) -> bool {
    state.restarting
        || state.status == Status::Restarting
        || (state.status == Status::Running && (state.pid.is_none() || pace.is_quick()))
}

/// Judges a container. `log` are the last lines of both its streams, clean; `pace` what events told of its starts.
pub fn triage(target: &Target, log: &[String], pace: &Pace) -> Triage {
    let state = &target.state;
    let looping = loops(state, pace);
    Triage {
        headline: headline(target, looping),
        facts: facts(target, looping, pace),
        health: health(target),
        log: log.to_vec(),
        offer: offer(state, looping),
    }
}

fn headline(target: &Target, looping: bool) -> String {
    let state = &target.state;
    let name = bounded(&target.name, WORDS);
    let ended = exit_words(state.exit_code, state.oom_killed);
    let never = state.started_at.is_none() && state.error.is_some();
    match state.status {
        _ if looping && ended == "exited" => format!("{name} ends in good order, again and again"),
        _ if looping => format!("{name} {ended}, again and again"),
        Status::Running if state.health.as_deref() == Some("unhealthy") => {
            format!("{name} runs, but its health check fails")
        }
        Status::Running => format!("{name} runs"),
        Status::Paused => format!("{name} is paused: its processes stand still"),
        Status::Removing => format!("{name} is being removed"),
        Status::Created | Status::Exited | Status::Dead if never => {
            format!("{name} never ran: the engine could not start it")
        }
        Status::Created => format!("{name} was created, and never started"),
        Status::Restarting | Status::Exited | Status::Dead if ended == "exited" => {
            format!("{name} ended in good order (status 0)")
        }
        Status::Restarting | Status::Exited | Status::Dead => format!("{name} {ended}"),
    }
}

fn facts(target: &Target, looping: bool, pace: &Pace) -> Vec<String> {
    let state = &target.state;
    let mut facts = Vec::new();
    if let Some(error) = &state.error {
        facts.push(format!(
            "the engine says: {}",
            bounded(told_of(error), WORDS)
        ));
    }
    let stopped = matches!(state.status, Status::Exited | Status::Dead);
    if looping || stopped {
        let limit = target.service.memory;
        facts.extend(meaning(state.exit_code, state.oom_killed, limit));
    }
    facts.extend(restarts(target, looping, pace));
    if (looping || stopped)
        && let Some(lasted) = target.runtime.last_run_ms
        && state.started_at.is_some()
    {
        facts.push(format!("its last run lasted {}", duration(lasted)));
    }
    if stopped && state.restart_count == 0 && target.service.restart.is_empty() {
        facts.push("it has no restart policy: it stays stopped".into());
    }
    facts
}

/// How often the policy started it again, and how fast.
fn restarts(target: &Target, looping: bool, pace: &Pace) -> Option<String> {
    let (count, policy) = (target.state.restart_count, &target.service.restart);
    if count == 0 && !looping {
        return None;
    }
    let times = match count {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    };
    let most = policy
        .strip_prefix("on-failure:")
        .and_then(|n| n.parse().ok());
    if !looping && most == Some(count) {
        return Some(format!(
            "its policy {policy} gave up: it was restarted {times}"
        ));
    }
    let gap = pace.gap_ms();
    let gap = gap.map_or_else(String::new, |gap| format!(", every {}", duration(gap)));
    let by = if policy.is_empty() {
        String::new()
    } else {
        format!(", by its policy {policy}")
    };
    Some(format!("restarted {times}{gap}{by}"))
}

/// Milliseconds in words: `0.2 s`, `12 s`, `3 min`, `5 h`.
pub fn duration(millis: u64) -> String {
    match millis {
        0..=9 => format!("{millis} ms"),
        10..=9_949 => {
            let tenths = (millis + 50) / 100;
            match tenths {
                0 => format!("{millis} ms"),
                _ => format!("{}.{} s", tenths / 10, tenths % 10),
            }
        }
        _ => match (millis + 500) / 1000 {
            seconds @ 0..=119 => format!("{seconds} s"),
            seconds @ 120..=7_199 => format!("{} min", seconds / 60),
            seconds => format!("{} h", seconds / 3_600),
        },
    }
}

fn health(target: &Target) -> Vec<String> {
    let newest = target.service.health_log.iter().rev().take(CHECKS);
    newest
        .map(|run| {
            let said = run.output.trim();
            let said = bounded(said.lines().next_back().unwrap_or_default(), WORDS);
            let ended = match run.exit_code {
                0 => "passed".to_owned(),
                -1 => "could not run".to_owned(),
                code => format!("failed with {code}"),
            };
            if said.is_empty() {
                ended
            } else {
                format!("{ended}: {said}")
            }
        })
        .collect()
}

fn offer(state: &State, looping: bool) -> Option<Offer> {
    let (mode, reason) = match state.status {
        Status::Removing => return None,
        _ if looping => (
            Mode::Arena,
            "it dies too fast to be joined; the arena holds a shell beside its files (catch waits for its next start)",
        ),
        Status::Running | Status::Paused => {
            (Mode::Join, "its process is there: a twin can join it")
        }
        Status::Created => (
            Mode::Arena,
            "nothing ran yet: the arena has its files, and can run its command",
        ),
        Status::Restarting | Status::Exited | Status::Dead => (
            Mode::Arena,
            "nothing runs that could be joined: the arena has its files as it left them",
        ),
    };
    Some(Offer {
        mode,
        reason: reason.into(),
    })
}

#[cfg(test)]
mod tests;
