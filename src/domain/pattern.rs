//! What a person looks for in text: a regular expression, bounded, and what is wrong with it in words.

use regex::{Regex, RegexBuilder};

use super::text;

/// Characters of a pattern.
const PATTERN_LIMIT: usize = 1000;
/// Bytes that a compiled pattern takes, and those that matching it may.
const PROGRAM_LIMIT: usize = 1 << 20;

/// Compiles a pattern: case counts when it has a capital that is not part of an escape.
///
/// # Errors
/// What is wrong with it, in words, on one line.
pub fn compiled(pattern: &str) -> Result<Regex, String> {
    if pattern.chars().count() > PATTERN_LIMIT {
        return Err("the pattern is too long".into());
    }
    let mut escaped = false;
    let capital = pattern.chars().any(|c| {
        let counts = !escaped && c.is_uppercase();
        escaped = !escaped && c == '\\';
        counts
    });
    RegexBuilder::new(pattern)
        .case_insensitive(!capital)
        .size_limit(PROGRAM_LIMIT)
        .dfa_size_limit(PROGRAM_LIMIT)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".into(),
            error => {
                // The last line says what is wrong; those before it draw the place.
                let words = error.to_string();
                let last = words.lines().last().unwrap_or_default();
                let last = last.strip_prefix("error: ").unwrap_or(last);
                text::bounded(last, 200)
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_counts_when_the_pattern_has_a_capital() {
        assert!(compiled("error").unwrap().is_match("ERROR"));
        assert!(!compiled("Error").unwrap().is_match("ERROR"));
        assert!(compiled(r"\S+d").unwrap().is_match("aD"));
    }

    #[test]
    fn a_bad_pattern_is_told_on_one_line() {
        for bad in ["(", "[", "*", "(?P<", &"x".repeat(1001), "(a{1000}){1000}"] {
            let told = compiled(bad).unwrap_err();
            assert!(!told.is_empty() && !told.contains('\n'), "{told}");
        }
    }
}
