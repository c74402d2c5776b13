//! Graphics processors, as docker's `--gpus` takes them.

use std::fmt;

use serde::Serialize;

/// How many graphics processors a twin gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gpus {
    /// All that the engine's machine has.
    All,
    /// So many.
    Count(u16),
}

impl Gpus {
    /// Reads `all` or a number above 0; none when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            number => number.parse().ok().filter(|n| *n > 0).map(Self::Count),
        }
    }

    /// The count of a device request: -1 means all.
    pub fn count(self) -> i64 {
        match self {
            Self::All => -1,
            Self::Count(count) => count.into(),
        }
    }
}

impl fmt::Display for Gpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_or_a_number() {
        assert_eq!(Gpus::parse("all").map(Gpus::count), Some(-1));
        assert_eq!(Gpus::parse("2").map(Gpus::count), Some(2));
        for wrong in ["0", "-1", "some", "", "99999"] {
            assert_eq!(Gpus::parse(wrong), None, "{wrong}");
        }
    }
}
