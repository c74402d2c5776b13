//! Secrets in commands: what stands in for them wherever a command is kept, shown or printed.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::secret::{MASK, is_secret, without_logins};

/// What is said to be hidden when it is a name and password in an address.
pub const LOGIN: &str = "the login of an address";

/// `NAME=value`, as an assignment or a flag; the value up to the end of the word, quotes included.
static ASSIGNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let text =
        r#"(^|[\s;&|(])(--?)?([A-Za-z_][A-Za-z0-9_-]*)=("(?:[^"\\]|\\.)*"|'[^']*'|[^\s;&|)"']+)"#;
    Regex::new(text).ok()
});
/// `--password value`.
static FLAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let text =
        r#"(^|\s)--([A-Za-z][A-Za-z0-9-]*)\s+("(?:[^"\\]|\\.)*"|'[^']*'|[^\s;&|)"'-][^\s;&|)"']*)"#;
    Regex::new(text).ok()
});
/// `Authorization: Bearer …` and its like, up to the quote that ends it.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let text =
        r#"(?i)\b(authorization|proxy-authorization|x-api-key|x-auth-token|cookie):\s*[^"']+"#;
    Regex::new(text).ok()
});

/// A command with a variable in each secret's place, and the names of those: `TOKEN=abc make` is `TOKEN="$TOKEN" make`.
/// A name and password in an address, and a header, are masked.
pub fn without(text: &str) -> (String, Vec<String>) {
    let (Some(assigned), Some(flag), Some(header)) =
        (ASSIGNED.as_ref(), FLAG.as_ref(), HEADER.as_ref())
    else {
        return (MASK.into(), Vec::new());
    };
    let mut names: Vec<String> = Vec::new();
    let text = assigned.replace_all(text, |found: &Captures<'_>| {
        let (before, dashes, name, value) = (
            part(found, 1),
            part(found, 2),
            part(found, 3),
            part(found, 4),
        );
        let by_name = is_secret(&name.replace('-', "_"), "x");
        if is_variable(value) {
            return part(found, 0).to_owned();
        }
        if !by_name {
            // Only what the value holds can be secret: an address with a password.
            let shown = without_logins(value);
            if shown != value {
                note(&mut names, LOGIN);
            }
            return format!("{before}{dashes}{name}={shown}");
        }
        // An assignment keeps its name: no program reads it under another one.
        let variable = if dashes.is_empty() {
            name.to_owned()
        } else {
            variable(name)
        };
        note(&mut names, &variable);
        format!("{before}{dashes}{name}=\"${variable}\"")
    });
    let text = flag.replace_all(&text, |found: &Captures<'_>| {
        let (before, name, value) = (part(found, 1), part(found, 2), part(found, 3));
        if is_variable(value) || !is_secret(&name.replace('-', "_"), "x") {
            return part(found, 0).to_owned();
        }
        let variable = variable(name);
        note(&mut names, &variable);
        format!("{before}--{name} \"${variable}\"")
    });
    let text = header.replace_all(&text, |found: &Captures<'_>| {
        // No variable would be read between single quotes: a mask says that something is missing.
        if part(found, 0).contains('$') {
            return part(found, 0).to_owned();
        }
        note(
            &mut names,
            &format!("the header {}", part(found, 1).to_ascii_lowercase()),
        );
        format!("{}: {MASK}", part(found, 1))
    });
    let shown = without_logins(&text).into_owned();
    if shown != text {
        note(&mut names, LOGIN);
    }
    (shown, names)
}

/// Whether what is hidden under that name is a variable, and no mere mask.
pub fn is_variable_name(name: &str) -> bool {
    !name.contains(' ')
}

fn part<'a>(found: &'a Captures<'_>, n: usize) -> &'a str {
    found.get(n).map_or("", |part| part.as_str())
}

/// Whether a value is a variable already, and so holds no secret.
fn is_variable(value: &str) -> bool {
    value.trim_matches('"').starts_with('$')
}

fn variable(flag: &str) -> String {
    flag.replace('-', "_").to_ascii_uppercase()
}

fn note(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}
