//! The rules: one per row of the symptom catalogue that configuration, files and state can show
//! (domain.md §5.4).
//!
//! A rule that still lacks a file says nothing: `?` on what the [`super::super::fs::Look`] does not know
//! yet ends it, and it runs again when the file is there. No finding without evidence. What keeps a
//! program from starting has one reason, and [`fault`] finds it once for all rules; so one fault never
//! goes by two ids. Whoever needs several files asks for all of them before the first `?`: each round of
//! questions waits for the engine.

mod command;
mod data;
mod end;
mod fault;
mod health;
mod identity;
mod kit;
mod libraries;
mod lines;
mod locale;
mod mounts;
mod program;
mod reset;
mod search;
mod shell;
mod signals;
mod stop;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tools;
mod venv;
mod versions;
mod volumes;
mod who;
mod writing;

use std::cmp::Reverse;

use super::{Case, Finding};

/// A rule of the catalogue.
pub struct Rule {
    /// Its row, `MISSING_LIB`.
    pub id: &'static str,
    /// What it finds, in a few words; the title in SARIF and in the documentation.
    pub title: &'static str,
    /// By what it is found, in a sentence; for the documentation.
    pub how: &'static str,
    /// Its findings; none while a file that it goes by is not known yet.
    pub check: fn(&Case<'_, '_>) -> Option<Vec<Finding>>,
}

/// All rules, by what they look at.
pub static ALL: &[&[Rule]] = &[
    shell::RULES,
    command::RULES,
    reset::RULES,
    search::RULES,
    program::RULES,
    venv::RULES,
    libraries::RULES,
    versions::RULES,
    mounts::RULES,
    identity::RULES,
    writing::RULES,
    volumes::RULES,
    health::RULES,
    signals::RULES,
    stop::RULES,
    data::RULES,
    locale::RULES,
    tools::RULES,
    end::RULES,
];

/// What all rules find, worst first, else in the order of the rules.
pub fn all(case: &Case<'_, '_>) -> Vec<Finding> {
    let rules = ALL.iter().copied().flatten();
    let mut found: Vec<Finding> = rules
        .filter_map(|rule| (rule.check)(case))
        .flatten()
        .collect();
    found.sort_by_key(|finding| Reverse(finding.severity));
    found
}
