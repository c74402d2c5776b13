//! `ARG` and `ENV`: how they are written, and what `$NAME` becomes.

use std::collections::BTreeMap;

use super::{Dockerfile, What};
use crate::domain::text::bounded;

/// Braces within braces that are worked out.
const DEPTH: usize = 32;
/// Bytes of a value.
const LONGEST: usize = 64 << 10;
/// Characters of what cannot be worked out, in its place.
const NAMED: usize = 40;

/// The values of `ARG` that hold before the first `FROM`: given from outside, else their defaults.
pub fn of_globals(file: &Dockerfile) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for step in &file.globals {
        let What::Arg(args) = &step.what else {
            continue;
        };
        for (name, default) in args {
            let given = file.args.get(name).cloned();
            let default = default.as_ref().and_then(|text| expand(text, &known).ok());
            if let Some(value) = given.or(default) {
                known.insert(name.clone(), value);
            }
        }
    }
    known
}

/// `A`, `A=b C="d e"` of an `ARG`.
pub(super) fn args(text: &str) -> Vec<(String, Option<String>)> {
    let words = words(text);
    let arg = |word: String| match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word, None),
    };
    words.into_iter().map(arg).collect()
}

/// `A=b C="d e"`, or the old `A b c`, of an `ENV`.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') {
        let (name, value) = text
            .trim()
            .split_once(char::is_whitespace)
            .unwrap_or((first, ""));
        return vec![(name.to_owned(), value.trim().to_owned())];
    }
    let pair = |word: String| {
        let (name, value) = word.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    words(text).into_iter().filter_map(pair).collect()
}

fn words(text: &str) -> Vec<String> {
    let split = shell_words::split(text);
    split.unwrap_or_else(|_| text.split_whitespace().map(str::to_owned).collect())
}

/// `text` with its variables replaced.
///
/// # Errors
/// The name of a variable without a value.
pub fn expand(text: &str, known: &BTreeMap<String, String>) -> Result<String, String> {
    expanded(text, known, 0)
}

/// [`expand`] within `depth` braces. Bounded: a value can be made of itself twice over, and again.
fn expanded(text: &str, known: &BTreeMap<String, String>, depth: usize) -> Result<String, String> {
    if depth > DEPTH {
        return Err(bounded(text, NAMED));
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\', '"', '\'']) {
        out.push_str(rest.get(..at).unwrap_or_default());
        let (mark, behind) = rest.get(at..).unwrap_or_default().split_at(1);
        rest = behind;
        match mark {
            "\\" => {
                let mut chars = rest.chars();
                out.extend(chars.next());
                rest = chars.as_str();
            }
            "$" => {
                let (value, behind) = variable(rest, known, depth)?;
                if out.len() + value.len() > LONGEST {
                    return Err(bounded(rest, NAMED));
                }
                out.push_str(&value);
                rest = behind;
            }
            // Quotes go; what is in them is a plain name in all places that are looked at.
            _ => {}
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What the `$` before `text` stands for, and what follows it.
fn variable<'a>(
    text: &'a str,
    known: &BTreeMap<String, String>,
    depth: usize,
) -> Result<(String, &'a str), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (inside, rest) = match text.strip_prefix('{') {
        Some(open) => match closing(open) {
            Some(at) => (
                open.get(..at).unwrap_or_default(),
                open.get(at + 1..).unwrap_or_default(),
            ),
            None => return Err(open.to_owned()),
        },
        None => text.split_at(text.find(|c| !plain(c)).unwrap_or(text.len())),
    };
    if inside.is_empty() {
        return Ok(("$".into(), rest));
    }
    let (name, word) = inside.split_at(inside.find(|c| !plain(c)).unwrap_or(inside.len()));
    let value = known.get(name);
    let set = value.filter(|value| !value.is_empty() || !word.starts_with(':'));
    let word = word.strip_prefix(':').unwrap_or(word);
    let value = if let Some(other) = word.strip_prefix('-') {
        match set {
            Some(value) => value.clone(),
            None => expanded(other, known, depth + 1)?,
        }
    } else if let Some(other) = word.strip_prefix('+') {
        match set {
            Some(_) => expanded(other, known, depth + 1)?,
            None => String::new(),
        }
    } else if word.is_empty() {
        value.ok_or_else(|| name.to_owned())?.clone()
    } else {
        // `${NAME#pattern}` and its like: not worked out here.
        return Err(name.to_owned());
    };
    Ok((value, rest))
}

/// Where the brace closes that was opened before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}
