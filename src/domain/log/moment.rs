//! A point in time as engines write it.

use std::fmt;

/// Nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

impl Moment {
    /// Of so many seconds since the epoch.
    pub fn of_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Reads `2026-11-27T00:44:41.730718810Z`, of which the fraction, the seconds, and the time may be missing; a blank
    /// may stand for the `T`, and `+01:00` for the `Z`. Without a zone it is UTC. None for anything else, and for the
    /// engine's own "never", the year 1.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, time),
            None => (text, "00:00"),
        };
        let mut parts = date.splitn(3, '-');
        let year = number(parts.next()?, 4)?;
        let (month, day) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
        let whole = (1970..=2200).contains(&year) && (1..=12).contains(&month);
        if !whole || !(1..=31).contains(&day) {
            return None;
        }
        let (clock, zone) = match time.find(['Z', '+', '-']) {
            Some(at) => time.split_at_checked(at)?,
            None => (time, "Z"),
        };
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let mut parts = clock.splitn(3, ':');
        let (hours, minutes) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
        let seconds = parts.next().map_or(Some(0), |s| number(s, 2))?;
        if hours > 23 || minutes > 59 || seconds > 60 {
            return None;
        }
        let seconds = days(year, month, day) * DAY + hours * 3600 + minutes * 60 + seconds;
        let seconds = seconds.checked_sub(offset(zone)?)?;
        Some(Self(
            seconds.checked_mul(SECOND)?.checked_add(nanos(fraction)?)?,
        ))
    }

    /// Whole seconds since the epoch.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// `2026-11-27T00:44:41Z`, as questions over the web take it.
    pub fn rfc3339(self) -> String {
        let text: String = self.to_string().chars().take(19).collect();
        format!("{}Z", text.replace(' ', "T"))
    }

    /// The moment right behind it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Seconds and nanoseconds since the epoch, as the engine's queries take them: `1795740281.730718810`.
    pub fn query(self) -> String {
        let (seconds, nanos) = (self.0.div_euclid(SECOND), self.0.rem_euclid(SECOND));
        format!("{seconds}.{nanos:09}")
    }

    /// `00:44:41.730`, UTC.
    pub fn clock(self) -> String {
        let millis = self.0.div_euclid(SECOND / 1000);
        let seconds = millis.div_euclid(1000);
        let of_day = seconds.rem_euclid(DAY);
        format!(
            "{:02}:{:02}:{:02}.{:03}",
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60,
            millis.rem_euclid(1000)
        )
    }
}

/// `2026-11-27 00:44:41.730`, UTC.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0.div_euclid(SECOND).div_euclid(DAY));
        write!(f, "{year:04}-{month:02}-{day:02} {}", self.clock())
    }
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

fn nanos(fraction: &str) -> Option<i64> {
    if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<9}").parse().ok()
}

/// Seconds east of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        (_, rest) => (-1, rest),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days since the epoch of a date of the Gregorian calendar, counted from 1 March so that a leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since the epoch.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_of_engines_are_read_and_written() {
        for (text, nanos, shown) in [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01 00:00:00.000"),
            (
                "2026-11-27T00:44:41.730718810Z",
                1_795_740_281_730_718_810,
                "2026-11-27 00:44:41.730",
            ),
            (
                "2026-11-27T01:44:41.73+01:00",
                1_795_740_281_730_000_000,
                "2026-11-27 00:44:41.730",
            ),
            (
                "2024-02-29 23:59",
                1_709_251_140_000_000_000,
                "2024-02-29 23:59:00.000",
            ),
            (
                "2000-03-01",
                951_868_800_000_000_000,
                "2000-03-01 00:00:00.000",
            ),
        ] {
            let moment = Moment::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(moment, Moment(nanos), "{text}");
            assert_eq!(moment.to_string(), shown);
        }
        assert_eq!(Moment(1_500_000_000).query(), "1.500000000");
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "GET",
            "0001-01-01T00:00:00Z",
            "2026-13-01",
            "2026-11-32",
            "2026-11-27T25:00",
            "2026-11-27T00:44:41.7307188101Z",
            "2026-11-27T00:44:41.7xZ",
            "2026-11-27T00:44:41+1",
            "2026-11-27Té",
            "20261127",
            "٢٠٢٦-11-27",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(millis in 0i64..7_000_000_000_000) {
            let moment = Moment(millis * 1_000_000);
            prop_assert_eq!(Moment::parse(&moment.to_string()), Some(moment));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = Moment::parse(&text);
        }
    }
}
