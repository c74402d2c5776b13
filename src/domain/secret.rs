//! Which variables are secrets, so that no screen, report or log shows their values.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serializer;

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
