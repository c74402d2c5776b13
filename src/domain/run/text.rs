//! A command as text: what a form shows of it, and what a person wrote there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Run;
use crate::domain::secret::{self, MASK};
use crate::domain::text::{is_harmful, quote};

/// What stands for a value that is not shown and stays as it is: a secret, or one that fits on no line.
pub const KEPT: &str = MASK;
/// Longest value that is shown for editing, in characters.
const LONGEST: usize = 2048;

/// `argv` as a person edits it: as shell words, or as a JSON array where words could not be read back.
pub fn argv_text(argv: &[String]) -> String {
    let hidden = |word: &String| word.contains(is_harmful);
    if argv.iter().any(hidden) {
        return exec_array(argv);
    }
    let words: Vec<String> = argv.iter().map(|word| quote(word)).collect();
    words.join(" ")
}

/// `argv` as the exec array of a Dockerfile. Characters that a terminal would obey are written as `\u…`.
pub fn exec_array(argv: &[String]) -> String {
    let words: Vec<String> = argv.iter().map(|word| json(word)).collect();
    format!("[{}]", words.join(", "))
}

fn json(word: &str) -> String {
    let mut out = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_harmful(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Reads shell words, or a JSON array of strings. Nothing is expanded: there is no shell behind it.
///
/// # Errors
/// What is wrong, in a few words.
pub fn read_argv(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim();
    let argv = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|e| format!("no array of strings: {e}"))?
    } else {
        shell_words::split(text).map_err(|_| "a quote is not closed".to_owned())?
    };
    match argv.first() {
        None => Err("nothing to run".into()),
        Some(program) if program.is_empty() => Err("the program has no name".into()),
        Some(_) if argv.iter().any(|word| word.contains('\0')) => Err("a NUL in it".into()),
        Some(_) => Ok(argv),
    }
}

/// Variables as a person edits them, `NAME=value` in a line each; secrets stand as [`KEPT`].
pub fn env_text(env: &[(String, String)]) -> String {
    let lines: Vec<String> = env
        .iter()
        .filter(|(name, _)| is_name(name))
        .map(|(name, value)| format!("{name}={}", shown(name, value)))
        .collect();
    lines.join("\n")
}

fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    let fits = value.chars().take(LONGEST + 1).count() <= LONGEST && !value.contains(is_harmful);
    if fits {
        secret::shown(name, value)
    } else {
        KEPT
    }
}

/// Whether a variable of that name can stand on a line.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0']) && !name.contains(is_harmful)
}

/// Reads `NAME=value` lines; empty ones count for nothing. [`KEPT`] as a value stands for the value that the
/// original has, and those of its variables that could not be shown are kept.
///
/// # Errors
/// What is wrong, in a few words, with the number of the line.
pub fn read_env(text: &str, original: &Run) -> Result<Vec<(String, String)>, String> {
    let hidden = original.env.iter().filter(|(name, _)| !is_name(name));
    let mut env: Vec<(String, String)> = hidden.cloned().collect();
    let known = original.vars();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |what: &str| format!("line {}: {what}", n + 1);
        let (name, value) = line
            .split_once('=')
            .ok_or_else(|| wrong("NAME=value is wanted"))?;
        if !is_name(name) || name.contains(char::is_whitespace) {
            return Err(wrong("a name without blanks is wanted before ="));
        }
        if value.contains('\0') {
            return Err(wrong("a NUL in it"));
        }
        let value = match known.get(name) {
            Some(kept) if value == KEPT => kept,
            // Under another name nobody knows what it stands for.
            None if value == KEPT => return Err(wrong("*** is no value; write it out")),
            Some(_) | None => value,
        };
        // The last line of a name counts, in the first one's place.
        let at = *places.entry(name).or_insert(env.len());
        let var = (name.to_owned(), value.to_owned());
        match env.get_mut(at) {
            Some(before) => *before = var,
            None => env.push(var),
        }
    }
    Ok(env)
}

/// Reads a user: a name or number, perhaps with a group; empty for the container's own.
///
/// # Errors
/// What is wrong, in a few words.
pub fn read_user(text: &str) -> Result<String, String> {
    let text = text.trim();
    let parts = text.split(':').count();
    let odd = |c: char| c.is_whitespace() || c == '\0';
    if text.contains(odd) || parts > 2 || (parts == 2 && text.split(':').any(str::is_empty)) {
        return Err("name, number or user:group is wanted".into());
    }
    Ok(text.to_owned())
}

/// Reads a working directory; empty for the container's own.
///
/// # Errors
/// What is wrong, in a few words.
pub fn read_workdir(text: &str) -> Result<String, String> {
    match text {
        "" => Ok(String::new()),
        path if !path.starts_with('/') => Err("a path that begins with / is wanted".into()),
        path if path.contains('\0') => Err("a NUL in it".into()),
        path => Ok(path.to_owned()),
    }
}
