//! The report of `devtwin doctor`: one check a line, each with what to do about it.

use serde::Serialize;

use crate::domain::error::Error;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Works, but something will be missing.
    Warn,
    /// devtwin cannot do its work.
    Bad,
}

impl Health {
    /// The word in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable id, for scripts: `engine`, `api`, `storage`, …
    pub id: &'static str,
    /// How it came out.
    pub status: Health,
    /// What was found, in words.
    pub found: String,
    /// What to do about it.
    pub fix: Option<String>,
}

impl Check {
    /// A check that came out well.
    pub fn ok(id: &'static str, found: impl Into<String>) -> Self {
        Self {
            id,
            status: Health::Ok,
            found: found.into(),
            fix: None,
        }
    }

    /// A check after which something will be missing.
    pub fn warn(id: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            status: Health::Warn,
            fix: Some(fix.into()),
            ..Self::ok(id, found)
        }
    }

    /// A check that failed with `error`; its hint is the fix.
    pub fn bad(id: &'static str, error: &Error) -> Self {
        Self {
            status: Health::Bad,
            fix: error.hint.clone(),
            ..Self::ok(id, error.message.clone())
        }
    }
}

/// Everything that was looked at, in the order in which it matters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Doctor {
    /// The checks.
    pub checks: Vec<Check>,
}

impl Doctor {
    /// The worst outcome among the checks.
    pub fn worst(&self) -> Health {
        self.checks
            .iter()
            .map(|check| check.status)
            .max()
            .unwrap_or(Health::Ok)
    }
}
