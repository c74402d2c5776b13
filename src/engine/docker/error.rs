//! The engine's and the registries' refusals in our words. Pure, but for reading bollard's enum.
//!
//! The texts are those of Engine 20.10 and newer; status codes alone do not tell enough (an
//! ambiguous prefix is a 500 there and a 400 later, a wrong password a 500 or a 401).

use std::time::Duration;

use bollard::errors::Error as Bollard;

use crate::domain::error::{Error, ErrorKind};
use crate::domain::image::trouble::trouble;
use crate::domain::text::bounded;

/// Longest text of the engine that is taken, in characters.
const LONGEST: usize = 500;

/// One harmless line: an engine's text may quote what an image or container says.
pub(super) fn plain(text: &str) -> String {
    bounded(text.trim(), LONGEST)
}

/// The error of `doing` (a phrase like "cannot start web") on the engine at `url`.
pub(super) fn from_bollard(doing: &str, url: &str, err: Bollard) -> Error {
    match err {
        Bollard::DockerResponseServerError {
            status_code,
            message,
        } => answer(doing, status_code, &message),
        Bollard::DockerStreamError { error } => answer(doing, 500, &error),
        Bollard::RequestTimeoutError => timed_out(doing, url),
        other => lost(doing, url, &cause(&other)),
    }
}

/// The status code of a refusal.
pub(super) fn status(err: &Bollard) -> Option<u16> {
    match err {
        Bollard::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// The words of a refusal; `None` when the engine did not answer at all.
pub(super) fn words(err: &Bollard) -> Option<(u16, &str)> {
    match err {
        Bollard::DockerResponseServerError {
            status_code,
            message,
        } => Some((*status_code, message)),
        Bollard::DockerStreamError { error } => Some((500, error)),
        _ => None,
    }
}

/// The innermost cause, which is the one that says something ("connection refused").
pub(super) fn cause(err: &Bollard) -> String {
    let mut deepest: &dyn std::error::Error = err;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    plain(&deepest.to_string())
}

/// A refusal by its text: HTTP status and message, the message as JSON text or bare.
pub(super) fn answer(doing: &str, status: u16, text: &str) -> Error {
    let text = plain(&without_options(text));
    let lower = text.to_lowercase();
    if let Some(name) = after(&text, "No such container: ") {
        return no_container(name);
    }
    if lower.contains("multiple ids found with provided prefix") {
        let prefix = text.rsplit(": ").next().unwrap_or_default();
        let message = format!("{prefix} is the beginning of more than one container id");
        return Error::new(ErrorKind::NoTarget, message)
            .hint("give more digits or the name; `docker ps -a` lists them");
    }
    if let Some(reference) = after(&text, "No such image: ") {
        let message = format!("image {reference} is not among the engine's images");
        return Error::new(ErrorKind::NoDevImage, message)
            .hint("pull it first: `docker pull`, or --pull missing");
    }
    if lower.contains("does not match the specified platform") {
        return Error::new(ErrorKind::NoDevImage, format!("{doing}: {text}"))
            .hint("pull the image for the target's platform: --pull always");
    }
    let text = if text.is_empty() {
        format!("the engine answered with status {status}")
    } else {
        text
    };
    let error = Error::new(ErrorKind::Engine, format!("{doing}: {text}"));
    let hint = if lower.contains("http request to an https server") {
        "the endpoint wants TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use a docker context that has its certificates"
    } else if lower.contains("is paused") {
        "unpause it first: `docker unpause`"
    } else if lower.contains("is restarting") || lower.contains("is not running") {
        "it must be running for this; `docker ps -a` shows what it does"
    } else if lower.contains("non-shareable ipc") {
        "the target keeps its ipc namespace private; go on without sharing ipc"
    } else if lower.contains("does not support reading") {
        "its log driver keeps nothing that can be read here: `docker inspect -f '{{.HostConfig.LogConfig.Type}}'` names it"
    } else if lower.contains("no space left on device") {
        "make room on the engine's disk: `docker system df` shows what takes it"
    } else {
        return error;
    };
    error.hint(hint)
}

/// A refused mount of a volume without its options, which are longer than all that is kept of a text: the name of the
/// volume, and the kernel's reason, which stands last.
fn without_options(text: &str) -> String {
    match text.split_once(", data: ") {
        Some((start, rest)) if start.contains("failed to mount local volume") => {
            let reason = rest.rsplit(": ").next().unwrap_or_default();
            format!("{start}: {reason}")
        }
        _ => text.to_owned(),
    }
}

fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let at = text.find(start)?;
    text.get(at + start.len()..)?.split_whitespace().next()
}

/// There is no container of that name.
pub(super) fn no_container(name: &str) -> Error {
    let message = format!("no container is named {}", plain(name));
    Error::new(ErrorKind::NoTarget, message)
        .hint("`docker ps -a` lists containers by name and id; so does devtwin without arguments")
}

/// The connection failed or broke.
pub(super) fn lost(doing: &str, url: &str, why: &str) -> Error {
    let message = format!("{doing}: lost the engine at {url}: {}", plain(why));
    Error::new(ErrorKind::Engine, message).hint("is the engine still running? `docker version`")
}

/// The engine took too long.
pub(super) fn timed_out(doing: &str, url: &str) -> Error {
    let message = format!("{doing}: the engine at {url} did not answer in time");
    Error::new(ErrorKind::Engine, message).hint("is the engine busy or stuck? `docker version`")
}

/// Something accepted the connection and said nothing.
pub(super) fn silent(url: &str, waited: Duration) -> Error {
    let seconds = waited.as_secs();
    let message =
        format!("{url} accepted the connection but said nothing within {seconds} seconds");
    Error::new(ErrorKind::Engine, message)
        .hint("is that a Docker engine? check --host or DOCKER_HOST")
}

/// The first question was not answered as an engine answers.
pub(super) fn not_docker(url: &str, err: Bollard) -> Error {
    let error = from_bollard(&format!("no engine answers at {url}"), url, err);
    if error.hint.is_some() {
        return error;
    }
    error.hint("is that a Docker engine? check --host or DOCKER_HOST")
}

/// What a registry's refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No such repository or tag.
    Missing,
    /// The tag exists, for other platforms.
    OtherPlatform,
    /// A login is wanted, or is not enough.
    Denied,
    /// The registry could not be asked.
    Unreachable,
    /// Not the registry's doing.
    Other,
}

/// Reads a refusal of `/distribution/…` or of a pull from the engine's status and text.
pub(super) fn refusal(status: u16, text: &str) -> Refusal {
    const DENIED: &[&str] = &[
        "unauthorized",
        "authentication required",
        "no basic auth credentials",
        "denied",
        "incorrect username or password",
        "forbidden",
    ];
    const MISSING: &[&str] = &[
        "manifest unknown",
        "name unknown",
        "not found",
        "repository does not exist",
    ];
    const UNREACHABLE: &[&str] = &[
        "dial tcp",
        "no such host",
        "connection refused",
        "connection reset",
        "network is unreachable",
        "i/o timeout",
        "timeout exceeded",
        "deadline exceeded",
        "tls:",
        "x509:",
        "server gave http response to https client",
        "request canceled while waiting for connection",
        "toomanyrequests",
        "service unavailable",
        "bad gateway",
        ": eof",
    ];
    let lower = text.to_lowercase();
    let has = |list: &[&str]| list.iter().any(|word| lower.contains(word));
    if lower.contains("no matching manifest for") {
        Refusal::OtherPlatform
    } else if has(UNREACHABLE) {
        // Before the others: "lookup cgr.dev: … not found" is no missing tag.
        Refusal::Unreachable
    } else if has(DENIED) || matches!(status, 401 | 403) {
        Refusal::Denied
    } else if has(MISSING) || status == 404 {
        Refusal::Missing
    } else {
        Refusal::Other
    }
}

/// The error of a pull that was refused.
pub(super) fn pull_refused(reference: &str, status: u16, text: &str) -> Error {
    let words = plain(text);
    let no_image = |message: String| Error::new(ErrorKind::NoDevImage, message);
    match refusal(status, text) {
        Refusal::Missing => no_image(format!("image {reference} not found: {words}"))
            .hint("name another with --image; `devtwin resolve` shows what was tried"),
        Refusal::OtherPlatform => no_image(format!(
            "image {reference} is not made for the platform: {words}"
        ))
        .hint("name another with --image"),
        Refusal::Denied => {
            let login = match registry_host(reference) {
                Some(host) => format!("docker login {host}"),
                None => "docker login".to_owned(),
            };
            no_image(format!("image {reference} denied: {words}"))
                .hint(format!("log in and pull it: `{login} && docker pull {reference}`; or name another with --image"))
        }
        Refusal::Unreachable => no_image(format!("registry not reached for {reference}: {words}"))
            .hint(trouble(text).hint(registry_host(reference).unwrap_or("docker.io"), reference)),
        Refusal::Other => answer(&format!("cannot pull {reference}"), status, text),
    }
}

/// The registry's host in a reference, when it names one; none means Docker Hub.
fn registry_host(reference: &str) -> Option<&str> {
    let (host, _) = reference.split_once('/')?;
    (host.contains(['.', ':']) || host == "localhost").then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts as Engine 20.10.24 and 28.5 gave them.
    #[test]
    fn refusals_get_their_kind_by_text() {
        use ErrorKind::{Engine, NoDevImage, NoTarget};
        for (status, text, kind, message) in [
            (
                404,
                "No such container: nope",
                NoTarget,
                "no container is named nope",
            ),
            (
                404,
                "Error response from daemon: No such container: nope",
                NoTarget,
                "no container is named nope",
            ),
            (
                500,
                "Multiple IDs found with provided prefix: 1",
                NoTarget,
                "1 is the beginning of more than one container id",
            ),
            (
                400,
                "multiple IDs found with provided prefix: 3f",
                NoTarget,
                "3f is the beginning of more than one container id",
            ),
            (
                404,
                "No such image: web:latest-dev",
                NoDevImage,
                "image web:latest-dev is not among the engine's images",
            ),
            (
                409,
                "Container 3f is not running",
                Engine,
                "cannot x: Container 3f is not running",
            ),
            (
                409,
                "Container 3f is paused, unpause the container before exec",
                Engine,
                "cannot x: Container 3f is paused, unpause the container before exec",
            ),
            (
                400,
                "Client sent an HTTP request to an HTTPS server.\n",
                Engine,
                "cannot x: Client sent an HTTP request to an HTTPS server.",
            ),
            (
                500,
                "",
                Engine,
                "cannot x: the engine answered with status 500",
            ),
            (
                500,
                "bad \u{1b}[31m\u{7}\nname",
                Engine,
                "cannot x: bad \u{fffd}[31m\u{fffd} name",
            ),
        ] {
            let err = answer("cannot x", status, text);
            assert_eq!((err.kind, err.message.as_str()), (kind, message), "{text}");
        }
        assert!(answer("x", 409, "Container 3f is paused").hint.is_some());
        assert!(
            answer("x", 400, "client sent an HTTP request to an HTTPS server.")
                .hint
                .is_some_and(|h| h.contains("TLS"))
        );
    }

    /// Texts as Engine 20.10.24 gave them for its own registry and loopback ones; those of Docker Hub,
    /// GHCR and containerd as their projects' issue trackers quote them.
    #[test]
    fn refusals_of_registries_are_told_apart() {
        use Refusal::{Denied, Missing, Other, OtherPlatform, Unreachable};
        for (status, text, want) in [
            (404, "manifest unknown: manifest unknown", Missing),
            (
                404,
                "manifest for 127.0.0.1:1/a:2 not found: manifest unknown: manifest unknown",
                Missing,
            ),
            (
                500,
                "Head \"http://127.0.0.1:1/v2/a/manifests/1\": no basic auth credentials",
                Denied,
            ),
            (
                403,
                "errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n",
                Denied,
            ),
            (
                404,
                "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
                Denied,
            ),
            (
                500,
                "Get \"https://cgr.dev/v2/\": dial tcp: lookup cgr.dev on 10.0.0.1:53: no such host",
                Unreachable,
            ),
            (
                500,
                "Get \"http://127.0.0.1:9/v2/\": dial tcp 127.0.0.1:9: connect: connection refused",
                Unreachable,
            ),
            (
                500,
                "Get \"https://r/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
                Unreachable,
            ),
            (
                500,
                "Get \"https://r/v2/\": http: server gave HTTP response to HTTPS client",
                Unreachable,
            ),
            (
                500,
                "toomanyrequests: You have reached your pull rate limit",
                Unreachable,
            ),
            (
                404,
                "no matching manifest for linux/arm64/v8 in the manifest list entries",
                OtherPlatform,
            ),
            (
                400,
                "invalid reference format: repository name must be lowercase",
                Other,
            ),
            (
                500,
                "failed to register layer: write /x: no space left on device",
                Other,
            ),
        ] {
            assert_eq!(refusal(status, text), want, "{text}");
        }
    }

    #[test]
    fn a_denied_pull_names_the_registry_to_log_in_to() {
        let hint = |reference| {
            pull_refused(reference, 500, "unauthorized: x")
                .hint
                .unwrap()
        };
        assert!(hint("cgr.dev/acme/web:1-dev").contains("`docker login cgr.dev && "));
        assert!(hint("localhost/web").contains("docker login localhost &&"));
        assert!(hint("acme/web").contains("`docker login && "));
        assert_eq!(
            pull_refused("a", 404, "x not found").kind,
            ErrorKind::NoDevImage
        );
        assert_eq!(
            pull_refused("a", 500, "no space left on device").kind,
            ErrorKind::Engine
        );
    }
}
