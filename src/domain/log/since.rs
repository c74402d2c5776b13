//! From when on a log is wanted, as a person writes it.

use std::fmt;

use super::Moment;

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So many seconds ago.
    Ago(u64),
    /// A point in time.
    At(Moment),
}

/// Seconds of each unit.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

impl Since {
    /// Reads `10m`, `2h30m`, `90s`, `3d`; `2026-11-27`, `2026-11-27T00:44`, or what [`Moment::parse`] reads; seconds since
    /// the epoch.
    ///
    /// # Errors
    /// What can be written, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(moment) = Moment::parse(text) {
            return Ok(Self::At(moment));
        }
        if let Some(seconds) = span(text) {
            return Ok(Self::Ago(seconds));
        }
        // Fewer digits are more likely a number of something whose unit was forgotten.
        let plain = text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse().ok().filter(|_| plain) {
            Some(seconds) => Ok(Self::At(Moment::of_seconds(seconds))),
            None => Err("write 10m, 2h30m, 3d, or 2026-11-27T14:05 (UTC)".into()),
        }
    }
}

/// As docker's `--since` takes it.
impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // docker knows no days.
            Self::Ago(seconds) if seconds % 3600 == 0 => write!(f, "{}h", seconds / 3600),
            Self::Ago(seconds) if seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
            Self::Ago(seconds) => write!(f, "{seconds}s"),
            Self::At(moment) => write!(f, "{}Z", moment.to_string().replace(' ', "T")),
        }
    }
}

/// Seconds of `2h30m`.
fn span(text: &str) -> Option<u64> {
    let mut all: u64 = 0;
    let mut rest = text;
    while let Some(end) = rest.find(|c: char| !c.is_ascii_digit()) {
        let (count, tail) = rest.split_at_checked(end)?;
        let unit = tail.chars().next()?;
        let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        all = all.checked_add(count.parse::<u64>().ok()?.checked_mul(*seconds)?)?;
        rest = tail.get(1..)?;
    }
    (rest.is_empty() && !text.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_and_times_are_read_and_written_as_docker_takes_them() {
        for (text, since, docker) in [
            ("10m", Since::Ago(600), "10m"),
            ("2h30m", Since::Ago(9000), "150m"),
            (" 90s ", Since::Ago(90), "90s"),
            ("3d", Since::Ago(259_200), "72h"),
            (
                "2026-11-27T00:44",
                Since::At(Moment(1_795_740_240_000_000_000)),
                "2026-11-27T00:44:00.000Z",
            ),
            (
                "1795740240",
                Since::At(Moment(1_795_740_240_000_000_000)),
                "2026-11-27T00:44:00.000Z",
            ),
        ] {
            assert_eq!(Since::parse(text), Ok(since), "{text}");
            assert_eq!(since.to_string(), docker);
        }
    }

    #[test]
    fn anything_else_says_what_can_be_written() {
        for text in [
            "",
            "10",
            "m",
            "10x",
            "10é",
            "yesterday",
            "99999999999999999999d",
        ] {
            assert!(Since::parse(text).unwrap_err().contains("10m"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = Since::parse(&text);
        }
    }
}
