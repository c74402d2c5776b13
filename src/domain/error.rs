//! The one typed error: what failed, on what, and what to try next.

use serde::Serialize;

/// The result of everything that can fail below the edge.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it is; decides the exit status (design: "The command line").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The words of the call are wrong, or the call needs a terminal that is not there.
    Usage,
    /// No container, image or twin of that name, or more than one.
    NoTarget,
    /// No dev image could be found or pulled.
    NoDevImage,
    /// The engine cannot be reached, or refused what was asked.
    Engine,
    /// The person cancelled.
    Cancelled,
    /// Our own fault.
    Internal,
}

impl ErrorKind {
    /// The process exit status for this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::NoTarget => 3,
            Self::NoDevImage => 4,
            Self::Engine => 5,
            Self::Cancelled => 6,
            Self::Internal => 125,
        }
    }
}

/// A failure in words for a person: message (what, on what) and hint (what to try next).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The sort of failure.
    pub kind: ErrorKind,
    /// What failed, on what; one line, no capital, no full stop.
    pub message: String,
    /// What to try next, if anything is known.
    pub hint: Option<String>,
}

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// Adds what to try next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds one more thing to try, after the hint that is there.
    #[must_use]
    pub fn and_hint(mut self, hint: &str) -> Self {
        self.hint = Some(match self.hint {
            Some(first) => format!("{first}\n{hint}"),
            None => hint.to_owned(),
        });
        self
    }

    /// The error of an operation that the person gave up.
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "cancelled")
    }
}
