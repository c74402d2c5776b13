//! Searching the history and the screen, and what is marked in a row of the view.

use std::ops::RangeInclusive;

use super::Terminal;

/// Which of how many matches is the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The number of the current match, from 1 for the newest.
    pub at: usize,
    /// How many there are.
    pub of: usize,
    /// Whether counting was cut at a limit.
    pub more: bool,
}

/// What a stretch of a row is marked as; the first one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Highlight {
    /// It is selected.
    Selected,
    /// It is the match that was moved to.
    CurrentMatch,
    /// It matches.
    Match,
}

impl Terminal {
    /// Searches for a regular expression, case-insensitively unless it has a capital: the nearest
    /// match in or before the view's last row becomes the current one and is brought into view.
    /// Whether there is one. An empty pattern ends the search.
    ///
    /// # Errors
    /// What is wrong with the pattern, in words, on one line.
    pub fn find(&mut self, _pattern: &str) -> Result<bool, String> {
        Ok(false)
    }

    /// Moves to the next older match (`back`) or newer one, around the ends; whether there is one.
    pub fn find_again(&mut self, _back: bool) -> bool {
        false
    }

    /// Ends the search.
    pub fn find_none(&mut self) {}

    /// The number of the current match; none when nothing matches.
    pub fn found(&self) -> Option<Found> {
        None
    }

    /// What is to be marked in a row of the view, as first and last column: sorted, without overlap.
    pub fn highlights(&self, _row: u16) -> Vec<(RangeInclusive<u16>, Highlight)> {
        Vec::new()
    }
}
