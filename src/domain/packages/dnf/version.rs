//! The order of rpm's versions: `[epoch:]version[-release]` (rpm-version(7)).

use std::cmp::Ordering;

use super::super::read;

/// Which of two versions is newer. A release that is missing in one of them is not compared, as rpm does for
/// what is asked for without one; any text gives an answer.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let ((a_epoch, a_version, a_release), (b_epoch, b_version, b_release)) = (parts(a), parts(b));
    let releases = || match (a_release, b_release) {
        (Some(a), Some(b)) => part(a, b),
        _ => Ordering::Equal,
    };
    part(a_epoch, b_epoch)
        .then_with(|| part(a_version, b_version))
        .then_with(releases)
}

fn parts(version: &str) -> (&str, &str, Option<&str>) {
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    match rest.rsplit_once('-') {
        Some((version, release)) => (epoch, version, Some(release)),
        None => (epoch, rest, None),
    }
}

/// Compares runs of letters and of digits; what stands between them counts for nothing, but for `~`, which
/// comes before everything, and `^`, which comes after the end only.
fn part(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    let separates = |byte: u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'~' | b'^');
    loop {
        read::run(&mut a, separates);
        read::run(&mut b, separates);
        match (a.first(), b.first()) {
            (None, None) => return Ordering::Equal,
            (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => (a, b) = (&a[1..], &b[1..]),
            (Some(b'~'), _) | (None, Some(b'^')) => return Ordering::Less,
            (_, Some(b'~')) | (Some(b'^'), None) => return Ordering::Greater,
            (Some(b'^') | None, _) => return Ordering::Less,
            (_, Some(b'^') | None) => return Ordering::Greater,
            (Some(first), Some(other)) => {
                let digits = first.is_ascii_digit();
                if digits != other.is_ascii_digit() {
                    // Numbers are newer than letters.
                    return digits.cmp(&other.is_ascii_digit());
                }
                let same =
                    |byte: u8| byte.is_ascii_alphanumeric() && byte.is_ascii_digit() == digits;
                let (a, b) = (read::run(&mut a, same), read::run(&mut b, same));
                let order = if digits {
                    read::numbers(a, b)
                } else {
                    a.cmp(b)
                };
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each checked with `rpm --eval '%{lua: print(rpm.vercmp(a, b))}'` (4.18.0), but for those with a release
    /// on one side only.
    const TABLE: &[(&str, Ordering, &str)] = &[
        ("1.0-1", Ordering::Equal, "1.0-1"),
        ("1.0-1", Ordering::Equal, "0:1.0-1"),
        ("1.0", Ordering::Equal, "1.0-5"),
        ("1.0", Ordering::Less, "2.0"),
        ("2.0", Ordering::Less, "2.0.1"),
        ("2.0.1", Ordering::Less, "2.0.1a"),
        ("5.5p1", Ordering::Less, "5.5p10"),
        ("10xyz", Ordering::Less, "10.1xyz"),
        ("xyz.4", Ordering::Less, "8"),
        ("1.0", Ordering::Equal, "1_0"),
        ("1.05", Ordering::Equal, "1.5"),
        ("1.0~rc1", Ordering::Less, "1.0"),
        ("1.0~rc1", Ordering::Less, "1.0~rc2"),
        ("1.0^", Ordering::Greater, "1.0"),
        ("1.0^git1", Ordering::Less, "1.0.1"),
        ("1.0^git1", Ordering::Greater, "1.0~rc1"),
        ("1.0^git1~pre", Ordering::Less, "1.0^git1"),
        ("9.9-1", Ordering::Less, "1:0.1-1"),
        ("7.76.1-26.el9_3.3", Ordering::Greater, "7.76.1-26.el9_3.2"),
        ("7.76.1-26.el9", Ordering::Less, "7.76.1-26.el9_3.2"),
        ("99999999999999999999999999", Ordering::Greater, "9"),
    ];

    #[test]
    fn the_table_holds_both_ways() {
        for &(a, order, b) in TABLE {
            assert_eq!(compare(a, b), order, "{a} {b}");
            assert_eq!(compare(b, a), order.reverse(), "{b} {a}");
        }
    }

    #[test]
    fn any_text_gives_an_answer() {
        for text in ["", "-", ":", "~", "^", "é-ü", "\u{1b}[0m"] {
            assert_eq!(compare(text, text), Ordering::Equal, "{text:?}");
            assert_eq!(compare(text, "1").reverse(), compare("1", text), "{text:?}");
        }
    }
}
