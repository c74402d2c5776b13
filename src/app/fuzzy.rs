//! Fuzzy matching for the picker and the palette.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// A query: words in any order, each found as letters in a row with gaps. Capitals make it exact in case.
#[derive(Debug)]
pub struct Fuzzy {
    matcher: Matcher,
    pattern: Pattern,
    buffer: Vec<char>,
}

impl Fuzzy {
    /// A matcher for `query`; none when it is blank, because then everything matches.
    pub fn new(query: &str) -> Option<Self> {
        if query.trim().is_empty() {
            return None;
        }
        Some(Self {
            matcher: Matcher::new(Config::DEFAULT),
            pattern: Pattern::new(
                query,
                CaseMatching::Smart,
                Normalization::Smart,
                AtomKind::Fuzzy,
            ),
            buffer: Vec::new(),
        })
    }

    /// How well `text` matches, more is better; none when it does not.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        let text = Utf32Str::new(text, &mut self.buffer);
        self.pattern.score(text, &mut self.matcher)
    }

    /// Which characters of `text` matched, by number. Only for ASCII: elsewhere the matcher counts
    /// grapheme clusters, and a highlight is not worth a second counting.
    pub fn matched(&mut self, text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        if text.is_ascii() {
            let text = Utf32Str::new(text, &mut self.buffer);
            self.pattern.indices(text, &mut self.matcher, &mut found);
        }
        found.into_iter().map(|at| at as usize).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_letters_with_gaps_and_words_in_any_order() {
        let mut fuzzy = Fuzzy::new("web acm").unwrap();
        assert!(fuzzy.score("acme/web:1.4").is_some());
        assert!(fuzzy.score("redis:7").is_none());
        assert_eq!(Fuzzy::new("wb").unwrap().matched("web"), [0, 2]);
        assert!(Fuzzy::new("  ").is_none());
    }
}
