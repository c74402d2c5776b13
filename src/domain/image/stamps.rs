//! Tags of single builds: the same tag with the time of the build in it, `3.13-202508221530` (domain.md §1.2). A dev image
//! has a time of its own, so that only a list of tags leads to it.

use super::candidates::Candidate;
use super::reference::Reference;
use crate::domain::log::Moment;

impl Candidate {
    /// Of `tags`, the one that was built first at or after what this candidate's tag says: both are equal but for
    /// a time in digits (`YYYYMMDDHHMM[SS]`) at their end, or before a last word. None when it names no time.
    pub fn nearest_of<'t>(&self, tags: impl IntoIterator<Item = &'t str>) -> Option<Reference> {
        let wanted = Stamped::read(self.reference.tag()?).filter(|_| self.nearest)?;
        let tag = first_from(tags, wanted.time, |tag| {
            (tag.before, tag.after) == (wanted.before, wanted.after)
        })?;
        self.reference.with_tag(tag).ok()
    }

    /// Of the tags of its repository, the one that this candidate leads to: its own, or where the family has tags of
    /// single builds, its own with a time: the first build at or after `built` (as in tags; none: not known), else the
    /// newest one.
    pub fn among(&self, tags: &[String], built: Option<u64>) -> Option<Self> {
        let own = self.reference.tag()?;
        let names = || tags.iter().map(String::as_str);
        let mut found = self.clone();
        let mut say = |tag: &str, what: &str| {
            found.reference = self.reference.with_tag(tag).ok()?;
            found
                .evidence
                .push(format!("{} is {what}", found.reference));
            Some(())
        };
        if self.nearest {
            let nearest = self.nearest_of(names())?;
            say(nearest.tag()?, "the first that was built at or after it")?;
            return Some(found);
        }
        if names().any(|tag| tag == own) {
            return Some(found);
        }
        // `3.13-dev` → `3.13-dev-202508221530`, or `3.13-202508221530-dev`.
        let split = own.rfind('-').and_then(|at| own.split_at_checked(at));
        let of_it = |tag: &Stamped<'_>| {
            let (before, after) = (tag.before.trim_end_matches('-'), tag.after);
            (before, after) == (own, "") || Some((before, after)) == split
        };
        let later = built.and_then(|built| first_from(names(), built, of_it));
        if let Some(tag) = later {
            say(tag, "the first build of that tag at or after the target's")?;
        } else {
            let all =
                names().filter_map(|tag| Stamped::read(tag).filter(&of_it).map(|s| (s.time, tag)));
            say(all.max()?.1, "the newest build of that tag")?;
        }
        Some(found).filter(|_| self.stamped)
    }
}

/// The tag with the earliest time from `from` on, of those that `fits` takes.
fn first_from<'t>(
    tags: impl IntoIterator<Item = &'t str>,
    from: u64,
    fits: impl Fn(&Stamped<'t>) -> bool,
) -> Option<&'t str> {
    let of_time = tags.into_iter().filter_map(|tag| {
        let read = Stamped::read(tag).filter(|read| read.time >= from && fits(read))?;
        Some((read.time, tag))
    });
    of_time.min().map(|(_, tag)| tag)
}

/// A tag with a time in it.
struct Stamped<'t> {
    /// What stands before the time.
    before: &'t str,
    /// What stands behind it, with its `-`.
    after: &'t str,
    /// Down to the second: `20250822153059`.
    time: u64,
}

impl<'t> Stamped<'t> {
    fn read(tag: &'t str) -> Option<Self> {
        let mut words = tag.split_inclusive('-').scan(0, |at, word| {
            let start = *at;
            *at += word.len();
            Some((start, word.trim_end_matches('-')))
        });
        words.find_map(|(start, word)| {
            let all_digits = word.bytes().all(|b| b.is_ascii_digit());
            let time: u64 = word.parse().ok().filter(|_| all_digits && start > 0)?;
            let time = match word.len() {
                12 => time * 100,
                14 => time,
                _ => return None,
            };
            let (before, rest) = tag.split_at_checked(start)?;
            let after = rest.get(word.len()..)?;
            Some(Self {
                before,
                after,
                time,
            })
        })
    }
}

/// A point in time as tags have it, down to the second.
pub fn stamp_of(moment: Moment) -> Option<u64> {
    let digits = moment.to_string();
    let digits: String = digits
        .chars()
        .filter(char::is_ascii_digit)
        .take(14)
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::candidates::read;
    use super::*;

    /// Which of `tags` the first candidate of `image` that leads to one leads to.
    fn led(image: &str, tags: &[&str], built: Option<u64>) -> Option<String> {
        let tags: Vec<String> = tags.iter().map(|t| (*t).to_owned()).collect();
        let reading = read(&Reference::parse(image).unwrap()).unwrap();
        let mut candidates = reading.candidates.iter();
        let found = candidates.find_map(|c| c.among(&tags, built))?;
        found.reference.tag().map(str::to_owned)
    }

    #[test]
    fn a_list_leads_to_the_build_beside_the_targets() {
        const UNIQUE: &str = "cgr.dev/acme/python:3.13-202508221530";
        const PLAIN: &str = "cgr.dev/acme/python:3.13";
        for (image, tags, want) in [
            // At or after, by seconds and minutes alike, both positions of -dev.
            (
                UNIQUE,
                "3.13-dev-202508221529 3.13-dev-20250822153001 3.13-dev-202508221531",
                Some("3.13-dev-20250822153001"),
            ),
            (
                UNIQUE,
                "3.13-202508221545-dev 3.13-202508221540-dev 3.13-202508221529-dev",
                Some("3.13-202508221540-dev"),
            ),
            // Of other tags, or not of a time.
            (
                UNIQUE,
                "3.14-dev-202508221540 3.13-dev-2025082215 3.13-dev-x202508221540 3.13-202508221540",
                None,
            ),
            // None after it: the plain one, and the newest of the builds.
            (UNIQUE, "3.13-dev-202508221500 3.13-dev", Some("3.13-dev")),
            (
                UNIQUE,
                "3.13-dev-202508221500 3.13-dev-202508221400",
                Some("3.13-dev-202508221500"),
            ),
            // Plain tags where there are only builds.
            (
                PLAIN,
                "3.13-dev-202508221529 3.13-dev-202508221531 3.13-dev-202508221532",
                Some("3.13-dev-202508221531"),
            ),
            (
                PLAIN,
                "latest-dev-202508221529 3.13-202508221529-dev",
                Some("3.13-202508221529-dev"),
            ),
            // Only where the family has such tags.
            ("acme/python:3.13", "3.13-dev-202508221531", None),
            ("acme/python:3.13", "3.13-dev", Some("3.13-dev")),
        ] {
            let list: Vec<&str> = tags.split(' ').collect();
            let built = Some(20_250_822_153_000);
            assert_eq!(led(image, &list, built).as_deref(), want, "{image} {tags}");
        }
        // When it was built is not known: the newest.
        let tags = ["latest-dev-202508221529", "latest-dev-202508221531"];
        let newest = led("cgr.dev/acme/python", &tags, None);
        assert_eq!(newest.as_deref(), Some("latest-dev-202508221531"));
    }

    #[test]
    fn hostile_tags_are_no_builds() {
        let digits = "9".repeat(128);
        let tags = [
            "",
            "-",
            "--",
            "-202508221530",
            "202508221530",
            "a-999999999999",
            &digits,
        ];
        assert_eq!(led("cgr.dev/acme/python:3.13", &tags, None), None);
    }

    #[test]
    fn a_time_is_written_as_in_tags() {
        let at = Moment::parse("2025-08-22T15:30:59.9Z").unwrap();
        assert_eq!(stamp_of(at), Some(20_250_822_153_059));
    }
}
