//! Looking for text in the log: which lines match, and at which of them the search stands.

use std::collections::VecDeque;
use std::ops::Range;

use regex::Regex;

use crate::app::line::Line as Edited;
use crate::domain::log::Log;
use crate::domain::pattern::compiled;

/// A search.
#[derive(Debug, Default)]
pub struct Find {
    line: Edited,
    regex: Option<Regex>,
    trouble: Option<String>,
    /// Numbers of the lines that match, the oldest first.
    matches: VecDeque<u64>,
    current: Option<u64>,
    /// Where the search began, while its line is edited.
    origin: Option<u64>,
    shown: bool,
}

impl Find {
    /// The line under edit.
    pub fn line(&self) -> &Edited {
        &self.line
    }

    /// What is wrong with the pattern.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Whether something is looked for.
    pub fn is_shown(&self) -> bool {
        self.shown
    }

    /// The line at which it stands.
    pub fn current(&self) -> Option<u64> {
        self.current
    }

    /// Which of how many lines that match, from 1 for the newest; none when no line does.
    pub fn count(&self) -> Option<(usize, usize)> {
        let current = self.current?;
        let at = self.matches.partition_point(|line| *line < current);
        Some((self.matches.len().saturating_sub(at), self.matches.len()))
    }

    /// The stretches of a text that match, in bytes.
    pub fn stretches(&self, text: &str) -> Vec<Range<usize>> {
        let Some(regex) = self.regex.as_ref().filter(|_| self.shown) else {
            return Vec::new();
        };
        let found = regex.find_iter(text).map(|m| m.range());
        found.filter(|range| !range.is_empty()).collect()
    }

    /// Opens the search; what was looked for before stands in its line.
    pub(super) fn open(&mut self) {
        self.shown = true;
        self.origin = self.current;
    }

    /// The line is done, and the search goes on.
    pub(super) fn rest(&mut self) {
        self.shown = !self.line.is_empty();
        self.origin = None;
    }

    /// Ends the search.
    pub(super) fn close(&mut self) {
        *self = Self::default();
    }

    /// Changes the line; `last` is the last line in sight, from which on the search goes back.
    pub(super) fn edit(
        &mut self,
        log: &Log,
        last: u64,
        change: impl FnOnce(&mut Edited) -> bool,
    ) -> bool {
        if !change(&mut self.line) {
            return false;
        }
        let origin = *self.origin.get_or_insert(last);
        self.matches.clear();
        self.current = None;
        self.regex = None;
        self.trouble = None;
        match compiled(self.line.text()) {
            _ if self.line.is_empty() => {}
            Ok(regex) => {
                self.regex = Some(regex);
                self.added(log, log.first());
                self.current = self
                    .before(origin.saturating_add(1))
                    .or(self.matches.back().copied());
            }
            Err(trouble) => self.trouble = Some(trouble),
        }
        true
    }

    /// Lines from that number on are new, and old ones may be gone.
    pub(super) fn added(&mut self, log: &Log, from: u64) {
        let Some(regex) = &self.regex else { return };
        let first = log.first();
        while self.matches.front().is_some_and(|line| *line < first) {
            self.matches.pop_front();
        }
        let new = (from.max(first)..log.end()).filter_map(|number| {
            let line = log.get(number)?;
            matches(regex, &line.text).then_some(number)
        });
        self.matches.extend(new);
        self.current = self.current.filter(|line| *line >= first);
    }

    /// All lines are new.
    pub(super) fn forget(&mut self) {
        self.matches.clear();
        self.current = None;
        self.origin = None;
    }

    /// To the next match; from one end on at the other. False when nothing is looked for.
    pub(super) fn again(&mut self, older: bool, last: u64) -> bool {
        if self.regex.is_none() {
            return false;
        }
        let from = self.current.unwrap_or(last.saturating_add(1));
        let next = if older {
            self.before(from).or(self.matches.back().copied())
        } else {
            let at = self.matches.partition_point(|line| *line <= from);
            self.matches.get(at).or(self.matches.front()).copied()
        };
        self.current = next;
        true
    }

    fn before(&self, line: u64) -> Option<u64> {
        let at = self.matches.partition_point(|found| *found < line);
        self.matches.get(at.checked_sub(1)?).copied()
    }
}

/// A match of nothing is none.
fn matches(regex: &Regex, text: &str) -> bool {
    regex.find_iter(text).any(|m| !m.is_empty())
}
