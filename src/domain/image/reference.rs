//! Image references: `[registry/]repository[:tag][@digest]`, read by the distribution grammar
//! (domain.md §1.1), so that one image has one spelling.

use std::fmt;
use std::str::FromStr;

use super::plain;
use crate::domain::error::{Error, ErrorKind, Result};

/// The registry of a name that names none.
const DEFAULT_REGISTRY: &str = "docker.io";
/// Other host names under which the same registry is known.
const DEFAULT_REGISTRY_ALIASES: [&str; 2] = ["index.docker.io", "registry-1.docker.io"];
/// Where the default registry keeps names of one component.
const OFFICIAL: &str = "library/";
/// The tag of a name with neither tag nor digest.
const DEFAULT_TAG: &str = "latest";
/// Longest `registry/repository`, in bytes (distribution grammar).
const NAME_MAX: usize = 255;
/// Longest tag, in bytes (distribution grammar).
const TAG_MAX: usize = 128;
/// A good reference, for hints.
const EXAMPLE: &str = "an image is written like cgr.dev/chainguard/nginx:latest";

/// An image reference, normalised: registry and tag are filled in, so that two spellings of one image
/// are equal. With a digest and no tag, there is no tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Reference {
    /// Reads a reference as a person types it.
    ///
    /// # Errors
    /// `Usage`, saying which part is wrong; also for a bare image id, which is no reference.
    pub fn parse(text: &str) -> Result<Self> {
        read(text).map_err(|fault| {
            let error = Error::new(
                ErrorKind::Usage,
                format!("image reference `{}`: {}", plain(text), fault.what),
            );
            error.hint(fault.hint.unwrap_or_else(|| EXAMPLE.into()))
        })
    }

    /// Host (and port) of the registry, `docker.io` when none was written.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Path in the registry, `library/nginx` for `nginx`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag; none only when the reference is by digest alone.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, `sha256:…`, when the reference is pinned.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// `registry/repository` without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The full form, with registry and tag: the one to compare and to hash.
    pub fn canonical(&self) -> String {
        format!("{}{}", self.name(), self.suffix())
    }

    /// The same repository at another tag, without a digest.
    ///
    /// # Errors
    /// `Usage` when `tag` is not a tag.
    pub fn with_tag(&self, tag: &str) -> Result<Self> {
        Self::parse(&format!("{}:{tag}", self.name()))
    }

    /// The same repository at a digest, without a tag.
    ///
    /// # Errors
    /// `Usage` when `digest` is not a digest.
    pub fn with_digest(&self, digest: &str) -> Result<Self> {
        Self::parse(&format!("{}@{digest}", self.name()))
    }

    fn suffix(&self) -> String {
        let tag = self.tag.as_ref().map(|t| format!(":{t}"));
        let digest = self.digest.as_ref().map(|d| format!("@{d}"));
        format!("{}{}", tag.unwrap_or_default(), digest.unwrap_or_default())
    }

    /// The name as people write it: without the default registry and `library/`, as long as that
    /// still reads as the same name.
    fn familiar(&self) -> String {
        if self.registry != DEFAULT_REGISTRY {
            return self.name();
        }
        let short = match self.repository.strip_prefix(OFFICIAL) {
            Some(rest) if !rest.contains('/') => rest,
            _ => self.repository.as_str(),
        };
        let (host, _) = split_registry(short);
        if host.is_some() || is_image_id(short) {
            return self.name();
        }
        short.to_owned()
    }
}

impl fmt::Display for Reference {
    /// The form that people write and `docker images` prints, always with its tag.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.familiar(), self.suffix())
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// Whether the text is an image id, `sha256:…` or the 64 hexadecimal digits alone, as a container's
/// configuration may hold instead of a reference (domain.md §1.1).
pub fn is_image_id(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    digits.len() == 64 && digits.bytes().all(is_lower_hex)
}

/// What is wrong with a reference, and a better one when it can be guessed.
struct Fault {
    what: String,
    hint: Option<String>,
}

fn fault<T>(what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault {
        what: what.into(),
        hint: None,
    })
}

fn read(text: &str) -> Result<Reference, Fault> {
    if text.is_empty() {
        return fault("it is empty");
    }
    if is_image_id(text) {
        return fault("this is an image id, no reference");
    }
    if let Some(at) = text.find("://") {
        return Err(Fault {
            what: format!("it begins with a scheme, `{}`", plain(&text[..at + 3])),
            hint: Some("leave out the scheme: an image is written host/repository:tag".into()),
        });
    }
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(read_digest(digest)?)),
        None => (text, None),
    };
    // A colon before the last slash belongs to the registry's port.
    let name_end = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match rest[name_end..].find(':') {
        Some(colon) => {
            let colon = name_end + colon;
            (&rest[..colon], Some(read_tag(&rest[colon + 1..])?))
        }
        None => (rest, None),
    };
    let (host, path) = split_registry(name);
    let registry = match host {
        None => DEFAULT_REGISTRY,
        Some(host) if DEFAULT_REGISTRY_ALIASES.contains(&host) => DEFAULT_REGISTRY,
        Some(host) => read_registry(host)?,
    };
    check_path(path, text)?;
    let repository = if registry == DEFAULT_REGISTRY && !path.contains('/') {
        format!("{OFFICIAL}{path}")
    } else {
        path.to_owned()
    };
    let length = registry.len() + 1 + repository.len();
    if length > NAME_MAX {
        return fault(format!(
            "its name is {length} characters long, more than {NAME_MAX}"
        ));
    }
    let tag = match (tag, &digest) {
        (None, None) => Some(DEFAULT_TAG.to_owned()),
        (tag, _) => tag,
    };
    Ok(Reference {
        registry: registry.to_owned(),
        repository,
        tag,
        digest,
    })
}

/// Takes the first component as a host when it can be nothing else: it has a dot, a colon or an
/// upper-case letter, or is `localhost`.
fn split_registry(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, path))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (Some(first), path)
        }
        _ => (None, name),
    }
}

fn read_registry(host: &str) -> Result<&str, Fault> {
    let (name, port) = match host.strip_prefix('[') {
        Some(v6) => match v6.split_once(']') {
            Some((address, rest))
                if !address.is_empty()
                    && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':') =>
            {
                (
                    None,
                    rest.strip_prefix(':').or((!rest.is_empty()).then_some("")),
                )
            }
            _ => return fault(format!("registry `{}` is no IPv6 address", plain(host))),
        },
        None => match host.split_once(':') {
            Some((name, port)) => (Some(name), Some(port)),
            None => (Some(host), None),
        },
    };
    if let Some(name) = name {
        for part in name.split('.') {
            let bytes = part.as_bytes();
            let edges = bytes.first().zip(bytes.last());
            let good = edges
                .is_some_and(|(a, z)| a.is_ascii_alphanumeric() && z.is_ascii_alphanumeric())
                && bytes
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || *b == b'-');
            if !good {
                return fault(format!("registry `{}` is no host name", plain(host)));
            }
        }
    }
    match port {
        Some(port) if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) => fault(
            format!("registry `{}` has a port that is no number", plain(host)),
        ),
        _ => Ok(host),
    }
}

/// Checks a repository path: lower-case words joined by `/`, and inside by `.`, `_`, `__` or dashes.
fn check_path(path: &str, text: &str) -> Result<(), Fault> {
    if path.is_empty() {
        return fault("it names no repository");
    }
    for component in path.split('/') {
        if component.is_empty() {
            return fault("its repository has an empty component (`//`, or a `/` at an end)");
        }
        if let Some(upper) = component.chars().find(char::is_ascii_uppercase) {
            let lower = text.replacen(path, &path.to_ascii_lowercase(), 1);
            return Err(Fault {
                what: format!("its repository has an upper-case letter, `{upper}`"),
                hint: Some(format!("repositories are lower-case: {}", plain(&lower))),
            });
        }
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if let Some(odd) = component.chars().find(|c| !word(*c) && !"._-".contains(*c)) {
            return fault(format!(
                "its repository has the character `{}`",
                odd.escape_debug()
            ));
        }
        let joined = component
            .split(word)
            .filter(|gap| !gap.is_empty())
            .all(|gap| gap == "." || gap == "_" || gap == "__" || gap.bytes().all(|b| b == b'-'));
        if !(component.starts_with(word) && component.ends_with(word) && joined) {
            return fault(format!(
                "its repository component `{component}` is not made of words joined by `.`, `_`, `__` or `-`"
            ));
        }
    }
    Ok(())
}

fn read_tag(tag: &str) -> Result<String, Fault> {
    if tag.is_empty() {
        return fault("its tag is empty");
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if let Some(odd) = tag.chars().find(|c| !word(*c) && !".-".contains(*c)) {
        return fault(format!(
            "its tag has the character `{}`",
            odd.escape_debug()
        ));
    }
    if !tag.starts_with(word) {
        return fault("its tag begins with `.` or `-`");
    }
    if tag.len() > TAG_MAX {
        return fault(format!(
            "its tag is {} characters long, more than {TAG_MAX}",
            tag.len()
        ));
    }
    Ok(tag.to_owned())
}

fn read_digest(digest: &str) -> Result<String, Fault> {
    let Some((algorithm, digits)) = digest.split_once(':') else {
        return fault("its digest is not written algorithm:hexadecimal");
    };
    let named = algorithm.split(['-', '_', '+', '.']).all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if !named {
        return fault("its digest has no algorithm before the colon");
    }
    if !digits.bytes().all(is_lower_hex) {
        return fault("its digest is not lower-case hexadecimal");
    }
    let (good, want) = match algorithm {
        "sha256" => (digits.len() == 64, "64"),
        "sha384" => (digits.len() == 96, "96"),
        "sha512" => (digits.len() == 128, "128"),
        _ => (digits.len() >= 32, "at least 32"),
    };
    if !good {
        return fault(format!(
            "its {algorithm} digest has {} digits, not {want}",
            digits.len()
        ));
    }
    Ok(digest.to_owned())
}

fn is_lower_hex(b: u8) -> bool {
    matches!(b, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests;
