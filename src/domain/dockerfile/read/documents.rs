//! Here-documents anywhere in a `RUN`: the parser knows those that stand right behind the keyword. The others are
//! taken out before it reads, byte for byte, so that all places stay what they are.

use std::collections::BTreeMap;

/// The here-documents of a `RUN`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Documents {
    /// Line of the last one's end, from 1.
    pub(super) last: usize,
    /// What they hold, in order.
    pub(super) texts: Vec<String>,
}

/// The text with those here-documents as comments of the same length, and what they held by the first line of their
/// instruction.
pub(super) fn taken_out(text: &str, escape: char) -> (String, BTreeMap<usize, Documents>) {
    let mut found = BTreeMap::new();
    if !text.contains("<<") {
        return (text.to_owned(), found);
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let first = at;
        let comment = line.trim_start().starts_with('#');
        let (mut marks, mut logical) = (Vec::new(), String::new());
        // The lines of one instruction.
        while let Some(line) = lines.get(at) {
            out.push_str(line);
            at += 1;
            let inner = first + 1 < at && line.trim_start().starts_with('#');
            if !inner {
                marks.extend(words(line));
                logical.push_str(line);
            }
            let goes_on = line.trim_end().ends_with(escape) && !comment;
            if !(goes_on || (inner && !comment)) {
                break;
            }
        }
        let Some(body) = body_of_run(&logical) else {
            // The parser knows the documents of others; their lines are no instructions.
            continue;
        };
        if comment || marks.is_empty() || (body.starts_with("<<") && marks.len() == 1) {
            continue;
        }
        let Some((end, texts)) = ends(&lines, at, &marks) else {
            continue;
        };
        // The one right behind the keyword is the parser's own.
        let own = match marks.get(..1) {
            Some(first) if body.starts_with("<<") => {
                ends(&lines, at, first).map_or(at, |own| own.0)
            }
            Some(_) | None => at,
        };
        for (n, line) in lines.iter().enumerate().take(end).skip(at) {
            if n < own {
                out.push_str(line);
            } else {
                out.push_str(&blank(line));
            }
        }
        at = end;
        found.insert(first + 1, Documents { last: end, texts });
    }
    (out, found)
}

/// What stands behind `RUN` and its options; none for another instruction.
fn body_of_run(logical: &str) -> Option<&str> {
    let (keyword, mut body) = logical.trim_start().split_once(char::is_whitespace)?;
    if !keyword.eq_ignore_ascii_case("RUN") {
        return None;
    }
    loop {
        body = body.trim_start_matches(|c: char| c.is_whitespace() || c == '\\' || c == '`');
        if !body.starts_with("--") {
            return Some(body);
        }
        body = body
            .split_once(char::is_whitespace)
            .map_or("", |(_, rest)| rest);
    }
}

/// Words that end the here-documents which a line begins, each with whether tabs before it are left out.
fn words(line: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    let mut rest = line;
    while let Some((_, behind)) = rest.split_once("<<") {
        if let Some(text) = behind.strip_prefix('<') {
            rest = text.trim_start_matches('<');
            continue;
        }
        let (dash, word) = match behind.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, behind),
        };
        let word = word.trim_start_matches(['"', '\'']);
        let name: String = word
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            words.push((name, dash));
        }
        rest = behind;
    }
    words
}

/// Where the last of the documents ends, and what they hold; none when one has no end.
fn ends(lines: &[&str], start: usize, marks: &[(String, bool)]) -> Option<(usize, Vec<String>)> {
    let mut at = start;
    let mut texts = Vec::new();
    for (word, dash) in marks {
        let mut text = String::new();
        loop {
            let line = lines.get(at)?;
            at += 1;
            let plain = line.trim_end_matches(['\n', '\r']);
            let plain = if *dash {
                plain.trim_start_matches('\t')
            } else {
                plain
            };
            if plain == word {
                break;
            }
            text.push_str(line);
        }
        texts.push(text);
    }
    Some((at, texts))
}

/// A line as a comment of the same length; an empty one stays.
fn blank(line: &str) -> String {
    let plain = line.trim_end_matches(['\n', '\r']);
    let end = line.get(plain.len()..).unwrap_or_default();
    match plain.len() {
        0 => end.to_owned(),
        length => format!("#{}{end}", " ".repeat(length - 1)),
    }
}
