//! Secrets in commands: what stands in for them wherever a command is kept, shown or printed.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::secret::{MASK, is_secret, without_logins};

/// What is said to be hidden when it is a name and password in an address.
pub const LOGIN: &str = "the login of an address";

/// A part of a word of the shell: `"b c"`, `'d'`, `\ `, or a letter that means itself.
const PART: &str = r#""(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s;&|)"'\\]"#;

/// `NAME=value`, as an assignment or a flag; the value up to the end of the word, quotes included.
static ASSIGNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let text = format!(r"(^|[\s;&|(])(--?)?([A-Za-z_][A-Za-z0-9_-]*)\+?=((?:{PART})+)");
    Regex::new(&text).ok()
});
/// `"NAME=value…`: a word that begins with a quote, up to its first blank.
static QUOTED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(["'])([A-Za-z_][A-Za-z0-9_]*)=([^\s;&|)"']+)"#).ok());
/// `--password value`.
static FLAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let first = PART.replace(r"'\\]", r"'\\-]");
    let text = format!(r"(^|\s)--([A-Za-z][A-Za-z0-9-]*)\s+((?:{first})(?:{PART})*)");
    Regex::new(&text).ok()
});
/// `curl -u name:password`.
static USER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let text =
        format!(r"(\bcurl\b[^;&|]*?\s(?:-[A-Za-z]*u|--user|--proxy-user)(?:\s+|=)?)((?:{PART})+)");
    Regex::new(&text).ok()
});
/// A value that is a variable, or begins with what a command prints, and nothing beside it.
static VARIABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^"?(?:\$[A-Za-z_]\w*"?$|\$\{[A-Za-z_]\w*\}"?$|\$\(|`)"#).ok());
/// `Authorization: Bearer …` and its like, up to the quote that ends it.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let text =
        r#"(?i)\b(authorization|proxy-authorization|x-api-key|x-auth-token|cookie):\s*[^"']+"#;
    Regex::new(text).ok()
});

/// A command with a variable in each secret's place, and the names of those: `TOKEN=abc make` is `TOKEN="$TOKEN" make`.
/// A name and password in an address, and a header, are masked.
pub fn without(text: &str) -> (String, Vec<String>) {
    let (Some(assigned), Some(quoted), Some(flag), Some(user), Some(header)) = (
        ASSIGNED.as_ref(),
        QUOTED.as_ref(),
        FLAG.as_ref(),
        USER.as_ref(),
        HEADER.as_ref(),
    ) else {
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
    let text = quoted.replace_all(&text, |found: &Captures<'_>| {
        let (quote, name, value) = (part(found, 1), part(found, 2), part(found, 3));
        if is_variable(value) || !is_secret(name, "x") {
            return part(found, 0).to_owned();
        }
        note(&mut names, name);
        format!("{quote}{name}=${name}")
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
    let text = user.replace_all(&text, |found: &Captures<'_>| {
        let (before, value) = (part(found, 1), part(found, 2));
        // A name alone has its password asked for.
        if is_variable(value) || !value.contains(':') {
            return part(found, 0).to_owned();
        }
        note(&mut names, LOGIN);
        format!("{before}{MASK}")
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
    VARIABLE.as_ref().is_some_and(|is| is.is_match(value))
}

fn variable(flag: &str) -> String {
    flag.replace('-', "_").to_ascii_uppercase()
}

fn note(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}
