//! Text as a Dockerfile takes it: every instruction here reads back as what was meant, by the classic builder and by
//! `BuildKit` alike.

/// The shell that runs what the default one would read otherwise.
const BASH: &str = "/bin/bash";

/// A `RUN` of a command line. What the shell form would read otherwise (further lines, heredocs, flags, a JSON array)
/// takes the exec form, which says the same to the same shell.
pub fn run(text: &str, bash: bool) -> String {
    let for_bash = bash && needs_bash(text);
    if for_bash || !fits_shell_form(text) {
        let shell = if for_bash { BASH } else { "/bin/sh" };
        let words = [shell.to_owned(), "-c".to_owned(), text.to_owned()];
        return format!("RUN {}", self::words(&words));
    }
    format!("RUN {text}")
}

fn fits_shell_form(text: &str) -> bool {
    let first = text.trim_start();
    !text.contains(['\n', '\r'])
        && !text.trim_end().ends_with(['\\', '`'])
        && !first.starts_with(['[', '#'])
        && !first.starts_with("--")
        && !text.contains("<<")
        && !text.chars().any(char::is_control)
}

/// Whether only bash reads a command as it was typed.
fn needs_bash(text: &str) -> bool {
    [
        "[[ ",
        "<(",
        ">(",
        "&>",
        "$'",
        "<<<",
        "pushd ",
        "shopt ",
        "function ",
        "declare ",
    ]
    .iter()
    .any(|sign| text.contains(sign))
        || text.starts_with("source ")
        || text.contains(" source ")
        || has_braces(text)
}

/// Whether bash would expand braces: `{a,b}`, `{1..3}`.
fn has_braces(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let inner = rest.get(at + 1..).unwrap_or_default();
        let Some(end) = inner.find('}') else {
            return false;
        };
        let within = inner.get(..end).unwrap_or_default();
        let before = rest.get(..at).and_then(|text| text.chars().next_back());
        if before != Some('$')
            && !within.contains(' ')
            && (within.contains(',') || within.contains(".."))
        {
            return true;
        }
        rest = inner.get(end..).unwrap_or_default();
    }
    false
}

/// Words as a JSON array, the exec form: `["/app", "a b"]`.
pub fn words(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| json(word)).collect();
    format!("[{}]", quoted.join(", "))
}

fn json(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}

/// A path or value as the builder's own expansion leaves it: it takes off quotes and backslashes, and puts in variables.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '\'' | '"' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A source of a `COPY`: its signs of a pattern are taken as they are.
fn pattern(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '[' => out.push_str("[[]"),
            '*' => out.push_str("[*]"),
            '?' => out.push_str("[?]"),
            c => out.push(c),
        }
    }
    out
}

/// A `COPY` with its flags.
pub fn copy(flags: &[String], source: &str, to: &str) -> String {
    let flags: String = flags.iter().flat_map(|flag| [flag, " "]).collect();
    let (source, to) = (literal(&pattern(source)), literal(to));
    let plain = |text: &str| {
        !text.contains(char::is_whitespace)
            && !text.starts_with(['[', '"', '-'])
            && !text.contains("<<")
    };
    if plain(&source) && plain(&to) {
        format!("COPY {flags}{source} {to}")
    } else {
        format!("COPY {flags}{}", words(&[source, to]))
    }
}

/// An `ENV`; none for a value that no instruction can hold.
pub(super) fn env(name: &str, value: &str) -> Option<String> {
    if value.chars().any(char::is_control) {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return Some(format!("ENV {name}={value}"));
    }
    let mut quoted = String::new();
    for c in value.chars() {
        if matches!(c, '\\' | '"' | '$') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    Some(format!("ENV {name}=\"{quoted}\""))
}
