//! A Dockerfile in inks: what a line's pieces are, for the eye alone. Nothing depends on it.

use super::super::entrypoint::blocks::Ink;

/// The instructions.
const WORDS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The inks of a text, a line at a time: bytes of the line, and how they look. `continued` tells whether the line before
/// ended in a backslash.
pub fn line(text: &str, continued: bool) -> Vec<(std::ops::Range<usize>, Ink)> {
    let start = text.len() - text.trim_start().len();
    if text.trim_start().starts_with('#') {
        return vec![(0..text.len(), Ink::Muted)];
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    if !continued {
        let end = text
            .get(start..)
            .and_then(|rest| rest.find(char::is_whitespace))
            .map_or(text.len(), |n| start + n);
        let word = text.get(start..end).unwrap_or_default();
        if WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            pieces.push((0..end, Ink::Name));
            at = end;
        }
    }
    let is_from = text
        .get(start..at)
        .is_some_and(|word| word.eq_ignore_ascii_case("FROM"));
    let mut plain = at;
    let mut push = |from: usize, to: usize, ink: Ink, plain: &mut usize| {
        if *plain < from {
            pieces.push((*plain..from, Ink::Strong));
        }
        pieces.push((from..to, ink));
        *plain = to;
    };
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let Some(first) = rest.chars().next() else {
            break;
        };
        let before_blank = at == 0
            || text
                .as_bytes()
                .get(at - 1)
                .is_some_and(u8::is_ascii_whitespace);
        let end = match first {
            '"' | '\'' => at + quoted(rest, first),
            '$' => at + variable(rest),
            '-' if before_blank && rest.starts_with("--") => at + word(rest),
            'A' | 'a'
                if is_from
                    && before_blank
                    && rest.get(..2).is_some_and(|w| w.eq_ignore_ascii_case("as"))
                    && word(rest) == 2 =>
            {
                at + 2
            }
            '\\' if rest.trim_end().len() == 1 => text.len(),
            first => {
                at += first.len_utf8();
                continue;
            }
        };
        let ink = match first {
            '"' | '\'' => Ink::Good,
            '$' => Ink::Waiting,
            'A' | 'a' => Ink::Name,
            _ => Ink::Muted,
        };
        push(at, end, ink, &mut plain);
        at = end;
    }
    if plain < text.len() {
        pieces.push((plain..text.len(), Ink::Strong));
    }
    pieces
}

/// Bytes of a quoted piece, its end included where there is one.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if std::mem::take(&mut escaped) {
            continue;
        }
        if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            return at + 1;
        }
    }
    text.len()
}

/// Bytes of a variable: `$NAME`, `${…}`; at least the sign.
fn variable(text: &str) -> usize {
    if text.starts_with("${") {
        return text.find('}').map_or(text.len(), |at| at + 1);
    }
    let name = text
        .char_indices()
        .skip(1)
        .find(|(_, c)| !c.is_ascii_alphanumeric() && *c != '_');
    name.map_or(text.len(), |(at, _)| at)
}

fn word(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || c == '=')
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inks(text: &str) -> Vec<(&str, Ink)> {
        line(text, false)
            .into_iter()
            .map(|(range, ink)| (&text[range], ink))
            .collect()
    }

    #[test]
    fn each_piece_has_its_ink_and_nothing_is_lost() {
        assert_eq!(inks("# syntax"), [("# syntax", Ink::Muted)]);
        assert_eq!(
            inks("FROM a:b AS build"),
            [
                ("FROM", Ink::Name),
                (" a:b ", Ink::Strong),
                ("AS", Ink::Name),
                (" build", Ink::Strong)
            ]
        );
        assert_eq!(
            inks("COPY --from=x \"a b\" $HOME \\"),
            [
                ("COPY", Ink::Name),
                (" ", Ink::Strong),
                ("--from", Ink::Muted),
                ("=x ", Ink::Strong),
                ("\"a b\"", Ink::Good),
                (" ", Ink::Strong),
                ("$HOME", Ink::Waiting),
                (" ", Ink::Strong),
                ("\\", Ink::Muted)
            ]
        );
        for text in [
            "",
            "RUN",
            "RUN 'open",
            "ENV A=$",
            "run \"a\\",
            "  é --x$é'",
            "$",
            "${",
        ] {
            for continued in [true, false] {
                let mut at = 0;
                for (range, _) in line(text, continued) {
                    assert_eq!(range.start, at, "{text:?}");
                    at = range.end;
                }
                assert_eq!(at, text.len(), "{text:?}");
            }
        }
    }
}
