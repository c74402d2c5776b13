//! The rules: one per row of the symptom catalogue that configuration, files and state can show
//! (domain.md §5.4).
//!
//! A rule that still lacks a file says nothing: `?` on what the [`super::super::fs::Look`] does not know
//! yet ends it, and it runs again when the file is there. No finding without evidence.

use std::cmp::Reverse;

use super::{Case, Finding};

/// A rule of the catalogue.
pub struct Rule {
    /// Its row, `MISSING_LIB`.
    pub id: &'static str,
    /// What it finds, in a few words; the title in SARIF and in the documentation.
    pub title: &'static str,
    /// Its findings; none while a file that it goes by is not known yet.
    pub check: fn(&Case<'_, '_>) -> Option<Vec<Finding>>,
}

/// All rules, by what they look at.
pub static ALL: &[&[Rule]] = &[];

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
