//! What went wrong in a run, in a person's words.

use super::Desk;
use super::run::{Ended, Why};
use crate::domain::packages::{Printed, Stream, Trouble, TroubleId};

/// Lines that are shown of what is not understood.
const EVIDENCE: usize = 6;

/// What went wrong in a run that failed: what the manager's own words mean, or those words.
pub(super) fn troubles(desk: &Desk, printed: &Printed) -> Vec<Trouble> {
    let known = desk.manager.troubles(printed);
    if !known.is_empty() {
        return known;
    }
    let id = desk.manager.id();
    let meaning = match printed.status {
        Some(0) => format!("{id} says that all went well, and it did not"),
        Some(status) => format!("{id} failed with status {status}"),
        None => return Vec::new(),
    };
    vec![other(meaning, "look at its raw output", printed)]
}

/// A run that was ended because it printed nothing any more, and one of which something is left.
pub(super) fn silence(desk: &Desk, ended: &Ended) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    if ended.why == Why::Silent {
        let (id, limit) = (desk.manager.id(), desk.silence.as_secs());
        let meaning = format!("{id} printed nothing for {limit} s, and was ended");
        let advice = "try again; a repository or a script that hangs shows in its raw output";
        troubles.push(other(meaning, advice, &Printed::default()));
    }
    if let Some(error) = &ended.left {
        let advice = error.hint.as_deref().unwrap_or("it ends with the twin");
        troubles.push(other(error.message.clone(), advice, &Printed::default()));
    }
    troubles
}

/// A trouble of no known sort; its evidence is what was printed last, errors before all else.
pub(super) fn other(meaning: String, advice: &str, printed: &Printed) -> Trouble {
    let of = |stream| {
        let lines = printed.lines.iter();
        lines.filter(move |(of, line)| *of == stream && !line.trim().is_empty())
    };
    let errors: Vec<_> = of(Stream::Stderr).collect();
    let lines = if errors.is_empty() {
        of(Stream::Stdout).collect()
    } else {
        errors
    };
    let from = lines.len().saturating_sub(EVIDENCE);
    Trouble {
        id: TroubleId::Other,
        meaning,
        advice: vec![advice.to_owned()],
        evidence: lines[from..].iter().map(|(_, line)| line.clone()).collect(),
    }
}
