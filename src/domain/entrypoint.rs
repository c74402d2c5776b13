//! The entrypoint inspector: what runs when a container starts, and why it may not.
//!
//! [`inspect`] is pure: it goes over what the engine says ([`Facts`]) and what is known of the files
//! ([`Tree`]) and asks for what it still needs. One [`Report`] serves pane, text, `--json` and SARIF.
//! The findings come from [`rules`], one per row of the symptom catalogue (domain.md §5.4).

mod argv;
mod beside;
mod case;
mod chain;
mod facts;
mod identity;
mod report;
pub mod rules;

pub use case::Case;
pub use facts::{Dev, Facts};
pub use report::{
    Difference, Ended, Finding, Identity, Link, Origin, Part, Place, Program, ProgramKind, Report,
    Severity, Step, Variable,
};

use std::collections::BTreeSet;

use super::fs::{Look, Tree, Want};

/// Inspects as far as `tree` goes. When nothing is wanted any more, the report is whole.
pub fn inspect(facts: &Facts, tree: &Tree) -> (Report, BTreeSet<Want>) {
    let look = Look::new(tree);
    let case = Case::new(facts, &look);
    let mut report = report::of(&case);
    report.findings = rules::all(&case);
    drop(case);
    (report, look.into_wants())
}

#[cfg(test)]
mod tests;
