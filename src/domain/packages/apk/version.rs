//! Which of two versions is newer, as apk has it: `{digits}{.digits}…{letter}{_suffix{digits}}…{~hash}{-r{digits}}`.
//!
//! Where apk 2.14 and 3 differ (a suffix behind a part with a leading zero: 2.14 takes `1.0_alpha` for newer than
//! `1.0`), this is apk 3. Any two texts have an order, and it is a total one: what is no version is compared as text
//! from there on.

use std::cmp::Ordering;

/// Compares two versions.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    Tokens::new(a).cmp(Tokens::new(b))
}

/// A piece of a version. Where two versions differ first, the order of these decides: a version that ends there
/// is older than one that goes on, unless that goes on with a suffix of what came before a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Token<'a> {
    /// `_alpha`, `_beta`, `_pre`, `_rc`.
    Before(usize),
    /// Nothing that apk knows, up to the end.
    Invalid(&'a str),
    /// The end.
    End,
    /// `-r1`.
    Revision(Number<'a>),
    /// `~` and a commit.
    Hash(&'a str),
    /// The digits of a suffix.
    SuffixNumber(Number<'a>),
    /// `_cvs`, `_svn`, `_git`, `_hg`, `_p`.
    After(usize),
    /// `b` in `1.0b`.
    Letter(char),
    /// Digits behind a point that begin with a zero: as text, and before all others.
    ZeroLed(&'a str),
    /// Other digits: by value.
    Digits(Number<'a>),
}

/// Digits without leading zeros, by value: the longer number is the greater one. Of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Number<'a> {
    length: usize,
    digits: &'a str,
}

impl<'a> Number<'a> {
    fn new(digits: &'a str) -> Self {
        let digits = digits.trim_start_matches('0');
        Self {
            length: digits.len(),
            digits,
        }
    }
}

const BEFORE: [&str; 4] = ["alpha", "beta", "pre", "rc"];
const AFTER: [&str; 5] = ["cvs", "svn", "git", "hg", "p"];

/// How far a version has been read: what may follow depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Start,
    Digits,
    Letter,
    Suffix,
    SuffixNumber,
    Hash,
    Revision,
    Over,
}

struct Tokens<'a> {
    rest: &'a str,
    stage: Stage,
}

impl<'a> Tokens<'a> {
    fn new(version: &'a str) -> Self {
        Self {
            rest: version,
            stage: Stage::Start,
        }
    }

    /// The next piece, when it is one that may stand here.
    fn token(&mut self) -> Option<Token<'a>> {
        let first = self.rest.chars().next()?;
        let (stage, token, rest) = match (self.stage, first) {
            (Stage::Start, '0'..='9') => {
                let (digits, rest) = digits(self.rest);
                (Stage::Digits, Token::Digits(Number::new(digits)), rest)
            }
            (Stage::Digits, '.') => {
                let (digits, rest) = digits(self.rest.get(1..)?);
                let token = match digits.chars().next()? {
                    '0' => Token::ZeroLed(digits),
                    _ => Token::Digits(Number::new(digits)),
                };
                (Stage::Digits, token, rest)
            }
            (Stage::Digits, 'a'..='z') => {
                (Stage::Letter, Token::Letter(first), self.rest.get(1..)?)
            }
            (Stage::Digits | Stage::Letter | Stage::Suffix | Stage::SuffixNumber, '_') => {
                let rest = self.rest.get(1..)?;
                let word = rest.len()
                    - rest
                        .trim_start_matches(|c: char| c.is_ascii_lowercase())
                        .len();
                let (word, rest) = rest.split_at(word);
                let known = |list: &[&str]| list.iter().position(|suffix| *suffix == word);
                let token = known(&BEFORE).map(Token::Before);
                (
                    Stage::Suffix,
                    token.or(known(&AFTER).map(Token::After))?,
                    rest,
                )
            }
            (Stage::Suffix, '0'..='9') => {
                let (digits, rest) = digits(self.rest);
                (
                    Stage::SuffixNumber,
                    Token::SuffixNumber(Number::new(digits)),
                    rest,
                )
            }
            (stage, '~') if stage > Stage::Start && stage < Stage::Hash => {
                let rest = self.rest.get(1..)?;
                let hash = rest.len()
                    - rest
                        .trim_start_matches(|c: char| c.is_ascii_hexdigit())
                        .len();
                let (hash, rest) = rest.split_at(hash);
                (Stage::Hash, Token::Hash(hash), rest)
            }
            (stage, '-') if stage > Stage::Start && stage < Stage::Revision => {
                let (digits, rest) = digits(self.rest.strip_prefix("-r")?);
                (Stage::Revision, Token::Revision(Number::new(digits)), rest)
            }
            _ => return None,
        };
        (self.stage, self.rest) = (stage, rest);
        Some(token)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if self.stage == Stage::Over {
            return None;
        }
        let token = self.token();
        if token.is_none() {
            self.stage = Stage::Over;
        }
        Some(token.unwrap_or(match self.rest {
            "" => Token::End,
            rest => Token::Invalid(rest),
        }))
    }
}

/// The digits that a text begins with, and the rest.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_are_ordered_as_apk_orders_them() {
        // Each older than the next.
        let chains: [&[&str]; 16] = [
            &[
                "0.9.8c-r1",
                "0.9.8d",
                "1.0",
                "1.0-r1",
                "1.0.1",
                "1.1",
                "1.2",
                "1.10",
                "2",
                "10-r1",
            ],
            &[
                "1.1_alpha",
                "1.1_alpha1",
                "1.1_alpha2",
                "1.1_beta",
                "1.1_pre3",
                "1.1_rc1",
                "1.1_rc1-r1",
                "1.1",
                "1.1-r0",
                "1.1-r1",
            ],
            &[
                "1.0",
                "1.0_cvs1",
                "1.0_svn1",
                "1.0_git20240101",
                "1.0_hg1",
                "1.0_p1",
                "1.0_p9-r0",
                "1.0_p10-r0",
            ],
            &[
                "0.1.0_alpha_pre2",
                "0.1.0_alpha",
                "0.1.0_alpha2",
                "0.1.3_alpha",
            ],
            &["1.3.5-r8", "1.3.5-r9", "1.3.5-r10"],
            &["1.0_rc3-r1", "1.0", "1.0_p1"],
            &["1.06-r6", "1.1.2", "006", "20050718-r1", "20050718-r2"],
            &["2.01.01_alpha10", "2.01.01", "2.1"],
            &["1.7", "1.7b", "1.8.4-r3", "1.8.5", "1.8.5_p2"],
            &["6b-r7", "6.3", "7.0.17", "7.0.174"],
            &["0.1_pre20060810", "0.1_pre20060817", "0.1", "1.0.3"],
            &["3.0.20060720", "20060720"],
            &["1.0.0_pre20191002222144-r0", "1.0.0_pre20210530193627-r0"],
            &["1.0", "1.0bc"],
            &["4_beta", "23_foo"],
            &[
                "",
                "1",
                "1.99999999999999999999998",
                "1.99999999999999999999999",
                "99999999999999999999999",
            ],
        ];
        for chain in chains {
            for (at, older) in chain.iter().enumerate() {
                assert_eq!(compare(older, older), Ordering::Equal, "{older}");
                for newer in &chain[at + 1..] {
                    assert_eq!(compare(older, newer), Ordering::Less, "{older} {newer}");
                    assert_eq!(compare(newer, older), Ordering::Greater, "{newer} {older}");
                }
            }
        }
        assert_eq!(compare("007", "7"), Ordering::Equal);
    }

    proptest! {
        #[test]
        fn any_texts_have_a_total_order(texts in prop::collection::vec("[0-9a-z_.~-]{0,9}|\\PC{0,9}", 3)) {
            let (a, b, c) = (&texts[0], &texts[1], &texts[2]);
            prop_assert_eq!(compare(a, b), compare(b, a).reverse());
            if compare(a, b) != Ordering::Greater && compare(b, c) != Ordering::Greater {
                prop_assert_ne!(compare(a, c), Ordering::Greater);
            }
        }
    }
}
