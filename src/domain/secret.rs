//! Which variables and words of commands are secrets, so that no screen, report or log shows their values.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serializer;

use super::recorder::secrets;
use super::text::quote;

/// What stands for a secret's value.
pub const MASK: &str = "***";

static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i-u)(passw|passphrase|secret|token|credential|private|api_?key|access_?key|_key$|^key$|auth|dsn$|cookie|session_?id)")
        .ok()
});
// A URL that carries a password: scheme://user:password@host
static VALUE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@").ok());
// The name and the password of a URL, or a token alone; up to the last `@` before its path, for a password may hold one.
static LOGIN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"://[^/\s]+@").ok());

/// Whether a variable's value must not be shown, by its name or by a password inside its value.
pub fn is_secret(name: &str, value: &str) -> bool {
    let hit =
        |re: &LazyLock<Option<Regex>>, text: &str| re.as_ref().is_none_or(|re| re.is_match(text));
    // The one word with `auth` that is none: the label of who made an image.
    let name = name.strip_suffix("authors").unwrap_or(name);
    !value.is_empty() && (hit(&NAME, name) || hit(&VALUE, value))
}

/// The value as it may be shown.
pub fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    if is_secret(name, value) { MASK } else { value }
}

/// A text with the names and passwords of its URLs masked: `https://***@host/path`.
pub fn without_logins(text: &str) -> Cow<'_, str> {
    match LOGIN.as_ref() {
        Some(login) => login.replace_all(text, "://***@"),
        None => Cow::Borrowed(MASK),
    }
}

/// A word of a command, in which a secret may be hidden. Displayed with a mask in the secret's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What is shown of it.
    text: String,
    /// The variable that would hold what follows, when that is a secret.
    hidden: Option<String>,
}

impl Word {
    /// For a shell, quoted where it must be, with the variable in the secret's place.
    pub fn quoted(&self) -> String {
        match (self.text.as_str(), &self.hidden) {
            (text, None) => quote(text),
            ("", Some(variable)) => format!("\"${variable}\""),
            (text, Some(variable)) => format!("{}\"${variable}\"", quote(text)),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mask = self.hidden.as_ref().map_or("", |_| MASK);
        write!(f, "{}{mask}", self.text)
    }
}

/// The words of a command as they may be shown: what a flag or an assignment gives to a secret's name is hidden, and so
/// are logins in addresses, headers, and what [`secrets::without`] finds in a script for a shell.
pub fn words(argv: &[String]) -> Vec<Word> {
    let program = argv.first().and_then(|word| word.rsplit('/').next());
    let before = std::iter::once("").chain(argv.iter().map(String::as_str));
    let word = |(before, word): (&str, &String)| {
        let (text, hidden) = match (before, word.split_once('=')) {
            ("-u" | "--user" | "--proxy-user", _) if program == Some("curl") => {
                (String::new(), word.contains(':').then(|| "LOGIN".into()))
            }
            (flag, _) if gives(flag, "x") && !word.starts_with('-') => {
                (String::new(), Some(variable(flag)))
            }
            (flag, Some((name, value))) if !is_script(flag) && gives_to(name, value) => {
                (format!("{name}="), Some(variable(name)))
            }
            _ => (String::new(), None),
        };
        match hidden {
            Some(_) => Word { text, hidden },
            None => Word {
                text: secrets::without(word).0,
                hidden,
            },
        }
    };
    before.zip(argv).map(word).collect()
}

/// Whether the word behind a flag is a secret.
fn gives(flag: &str, value: &str) -> bool {
    flag.starts_with('-') && gives_to(flag, value)
}

/// Whether what a flag or a variable of that name holds is a secret.
fn gives_to(name: &str, value: &str) -> bool {
    let plain = name.trim_start_matches('-').replace('-', "_");
    let sound = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !plain.is_empty() && plain.chars().all(sound) && is_secret(&plain, value)
}

/// Whether a script follows: `sh -c`, `bash -lc`.
fn is_script(flag: &str) -> bool {
    flag.starts_with('-') && !flag.starts_with("--") && flag.ends_with('c')
}

/// A variable keeps its name; a flag's is in capitals.
fn variable(name: &str) -> String {
    match name.strip_prefix('-') {
        Some(flag) => {
            let flag = flag.trim_start_matches('-');
            flag.replace('-', "_").to_ascii_uppercase()
        }
        None => name.replace('-', "_"),
    }
}

/// Serializes the words of a command, secrets masked.
pub(super) fn masked_words<S: Serializer>(argv: &[String], s: S) -> Result<S::Ok, S::Error> {
    s.collect_seq(words(argv).iter().map(ToString::to_string))
}

/// Serializes variables as `NAME=value`, secrets masked.
pub(super) fn masked<S: Serializer>(env: &[(String, String)], s: S) -> Result<S::Ok, S::Error> {
    s.collect_seq(
        env.iter()
            .map(|(name, value)| format!("{name}={}", shown(name, value))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_urls_with_passwords_are_secret() {
        for (name, value) in [
            ("DB_PASSWORD", "x"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("GITHUB_TOKEN", "x"),
            ("STRIPE_API_KEY", "x"),
            ("HTTP_AUTH", "basic:host:user:token"),
            ("AUTHORIZATION", "Bearer x"),
            ("oauth2", "x"),
            ("DATABASE_URL", "postgres://app:hunter2@db/app"),
        ] {
            assert!(is_secret(name, value), "{name}={value}");
        }
    }

    #[test]
    fn urls_are_shown_without_their_logins() {
        for (text, want) in [
            (
                "fetch https://me:hunter2@host/x and https://token@b",
                "fetch https://***@host/x and https://***@b",
            ),
            ("https://me:hunter2@x@host/a", "https://***@host/a"),
            (
                "'https://me:a@b' 'https://me:c@d'",
                "'https://***@b' 'https://***@d'",
            ),
            ("https://host/a@b", "https://host/a@b"),
            ("curl@edge", "curl@edge"),
        ] {
            assert_eq!(without_logins(text), want);
        }
    }

    #[test]
    fn words_of_commands_are_shown_without_their_secrets() {
        for (argv, shown, quoted) in [
            (&["/app", "--serve"][..], "/app --serve", "/app --serve"),
            (
                &["/app", "--api-key=s3cret", "-v"],
                "/app --api-key=*** -v",
                "/app --api-key=\"$API_KEY\" -v",
            ),
            (
                &["/app", "--password", "s3cret two"],
                "/app --password ***",
                "/app --password \"$PASSWORD\"",
            ),
            (
                &["/app", "--password", "--verbose"],
                "/app --password --verbose",
                "/app --password --verbose",
            ),
            (
                &["env", "DB_PASSWORD=s3cret two", "/app"],
                "env DB_PASSWORD=*** /app",
                "env DB_PASSWORD=\"$DB_PASSWORD\" /app",
            ),
            (
                &["/bin/curl", "-u", "me:s3cret", "https://me:s3cret@host/"],
                "/bin/curl -u *** https://***@host/",
                "/bin/curl -u \"$LOGIN\" 'https://***@host/'",
            ),
            (
                &["/app", "--db=postgres://app:s3cret@db/app"],
                "/app --db=***",
                "/app --db=\"$DB\"",
            ),
            (
                &["/app", "-H", "Authorization: Bearer s3cret"],
                "/app -H Authorization: ***",
                "/app -H 'Authorization: ***'",
            ),
            (
                &["sh", "-ec", "TOKEN=s3cret make a=b"],
                "sh -ec TOKEN=\"$TOKEN\" make a=b",
                "sh -ec 'TOKEN=\"$TOKEN\" make a=b'",
            ),
        ] {
            let argv: Vec<String> = argv.iter().map(|&word| word.to_owned()).collect();
            let words = words(&argv);
            let join = |words: Vec<String>| words.join(" ");
            assert_eq!(join(words.iter().map(Word::to_string).collect()), shown);
            assert_eq!(join(words.iter().map(Word::quoted).collect()), quoted);
        }
    }

    #[test]
    fn plain_settings_are_not() {
        for (name, value) in [
            ("PATH", "/usr/bin"),
            ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
            ("URL", "https://example.org:8443/x"),
            ("KEYBOARD", "de"),
            ("org.opencontainers.image.authors", "me"),
            ("DB_PASSWORD", ""),
        ] {
            assert!(!is_secret(name, value), "{name}={value}");
        }
    }
}
