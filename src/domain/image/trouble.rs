//! Why a registry could not be asked, or refused: what an engine's words mean, and what to try.
//!
//! The words are those of Engine 20.10 to 28.5 and of containerd, as they quote registries and Go's network errors.

/// What went wrong on the way to a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Too many pulls in a time (429).
    RateLimit,
    /// No login where one is wanted (401).
    NoLogin,
    /// A login that does not do.
    WrongLogin,
    /// A login that may not (403).
    Forbidden,
    /// No such repository, or no such tag (404).
    NotFound,
    /// The name of the registry's host is not known.
    Dns,
    /// The registry's certificate is not trusted, or not for that name.
    Certificate,
    /// The registry speaks plain HTTP and the engine wants TLS.
    PlainHttp,
    /// Nothing listens, or the host is not reached.
    Refused,
    /// A proxy that the engine is to use does not do.
    Proxy,
    /// No answer in time.
    Timeout,
    /// The registry's own fault (5xx).
    Registry,
    /// Something else.
    Other,
}

/// Words, in lower case, and what they mean; the first line that fits decides.
const WORDS: &[(&[&str], Trouble)] = &[
    (
        &["toomanyrequests", "too many requests", "rate limit", "429"],
        Trouble::RateLimit,
    ),
    (
        &["proxyconnect", "proxy authentication required"],
        Trouble::Proxy,
    ),
    (
        &[
            "no such host",
            "server misbehaving",
            "temporary failure in name resolution",
            "name or service not known",
        ],
        Trouble::Dns,
    ),
    (&["gave http response to https client"], Trouble::PlainHttp),
    (&["x509", "certificate", "tls: "], Trouble::Certificate),
    (
        &[
            "timeout",
            "deadline exceeded",
            "request canceled while waiting",
            "timed out",
        ],
        Trouble::Timeout,
    ),
    (
        &[
            "connection refused",
            "connection reset",
            "network is unreachable",
            "no route to host",
            "dial tcp",
            ": eof",
        ],
        Trouble::Refused,
    ),
    (
        &[
            "incorrect username or password",
            "invalid username/password",
            "login attempt",
            "bad credentials",
        ],
        Trouble::WrongLogin,
    ),
    (
        &[
            "unauthorized",
            "authentication required",
            "no basic auth credentials",
            "401",
            "pull access denied",
        ],
        Trouble::NoLogin,
    ),
    (&["denied", "forbidden", "403"], Trouble::Forbidden),
    (
        &[
            "manifest unknown",
            "name unknown",
            "not found",
            "repository does not exist",
            "404",
        ],
        Trouble::NotFound,
    ),
    (
        &[
            "service unavailable",
            "bad gateway",
            "internal server error",
            "500",
            "502",
            "503",
            "504",
        ],
        Trouble::Registry,
    ),
];

/// Reads an engine's words.
pub fn trouble(words: &str) -> Trouble {
    let lower = words.to_lowercase();
    let fits = |(texts, _): &&(&[&str], Trouble)| texts.iter().any(|text| has(&lower, text));
    WORDS
        .iter()
        .find(fits)
        .map_or(Trouble::Other, |(_, trouble)| *trouble)
}

/// Whether a text has a word; a number only where it stands alone: a port or a digest may have its digits.
fn has(text: &str, word: &str) -> bool {
    if !word.bytes().all(|b| b.is_ascii_digit()) {
        return text.contains(word);
    }
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != ':' && c != '.')
        .any(|part| part == word)
}

impl Trouble {
    /// What to try, in one line: `host` is the registry, `image` the reference that was asked for.
    pub fn hint(self, host: &str, image: &str) -> String {
        match self {
            Self::RateLimit => format!(
                "{host} limits how often it is asked: wait, docker login {host} for a higher limit, or name a local image with --image"
            ),
            Self::NoLogin => {
                format!("docker login {host}, then try again; or name another image with --image")
            }
            Self::WrongLogin => format!(
                "{host} does not take the login that is kept for it: docker logout {host} && docker login {host}"
            ),
            Self::Forbidden => format!(
                "the login for {host} may not read {image}: ask for the right to pull it, or name another image with --image"
            ),
            Self::NotFound => {
                format!(
                    "{host} has no {image}: name another image with --image; devtwin resolve shows what was tried"
                )
            }
            Self::Dns => format!(
                "the engine's machine does not find the host {host}: check its network and DNS, or name a local image with --image"
            ),
            Self::Certificate => format!(
                "the engine does not trust the certificate of {host}: put the authority's certificate into /etc/docker/certs.d/{host}/ca.crt on the engine's machine"
            ),
            Self::PlainHttp => format!(
                "{host} speaks no TLS: only if you trust the way to it, add it to insecure-registries in the engine's daemon.json"
            ),
            Self::Refused => format!(
                "nothing answers at {host}: check that it runs and that the engine's machine reaches it, or name a local image with --image"
            ),
            Self::Proxy => format!(
                "the engine's proxy does not let it to {host}: check HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the engine's service"
            ),
            Self::Timeout => format!(
                "{host} did not answer in time: check the network and proxy of the engine's machine, or name a local image with --image"
            ),
            Self::Registry => format!(
                "{host} has a fault of its own: try again later, or name a local image with --image"
            ),
            Self::Other => format!(
                "check the network and proxy of the engine's machine, docker pull {image}, or name a local image with --image"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts as engines and registries gave them.
    #[test]
    fn words_of_engines_lead_to_what_to_try() {
        use Trouble as T;
        for (words, want, hint) in [
            (
                "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating",
                T::RateLimit,
                "docker login r.io",
            ),
            (
                "Head \"https://r.io/v2/a/manifests/1\": received unexpected HTTP status: 429 Too Many Requests",
                T::RateLimit,
                "wait",
            ),
            (
                "Head \"http://127.0.0.1:1/v2/a/manifests/1\": no basic auth credentials",
                T::NoLogin,
                "docker login r.io",
            ),
            (
                "unauthorized: authentication required",
                T::NoLogin,
                "docker login r.io",
            ),
            (
                "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
                T::NoLogin,
                "docker login",
            ),
            (
                "failed to resolve reference: unexpected status from HEAD request to https://r.io/v2/a/manifests/1: 401 Unauthorized",
                T::NoLogin,
                "docker login",
            ),
            (
                "Get \"https://r.io/v2/\": unauthorized: incorrect username or password",
                T::WrongLogin,
                "docker logout r.io",
            ),
            (
                "denied: requested access to the resource is denied",
                T::Forbidden,
                "right to pull",
            ),
            (
                "unexpected status from HEAD request to https://r.io/v2/a/manifests/1: 403 Forbidden",
                T::Forbidden,
                "right to pull",
            ),
            ("manifest unknown: manifest unknown", T::NotFound, "--image"),
            (
                "manifest for 127.0.0.1:1/a:2 not found: manifest unknown: manifest unknown",
                T::NotFound,
                "resolve",
            ),
            (
                "name unknown: repository name not known to registry",
                T::NotFound,
                "r.io has no r.io/a:1",
            ),
            (
                "Get \"https://r.io/v2/\": dial tcp: lookup r.io on 10.0.0.1:53: no such host",
                T::Dns,
                "DNS",
            ),
            (
                "Get \"https://r.io/v2/\": dial tcp: lookup r.io on 127.0.0.11:53: server misbehaving",
                T::Dns,
                "DNS",
            ),
            (
                "dial tcp: lookup r.io: Temporary failure in name resolution",
                T::Dns,
                "DNS",
            ),
            (
                "Get \"https://r.io/v2/\": x509: certificate signed by unknown authority",
                T::Certificate,
                "certs.d/r.io",
            ),
            (
                "Get \"https://r.io/v2/\": tls: failed to verify certificate: x509: certificate is valid for a, not r.io",
                T::Certificate,
                "certs.d",
            ),
            (
                "remote error: tls: handshake failure",
                T::Certificate,
                "certs.d",
            ),
            (
                "Get \"https://r.io/v2/\": http: server gave HTTP response to HTTPS client",
                T::PlainHttp,
                "insecure-registries",
            ),
            (
                "Get \"http://127.0.0.1:9/v2/\": dial tcp 127.0.0.1:9: connect: connection refused",
                T::Refused,
                "nothing answers",
            ),
            (
                "Get \"https://r.io/v2/\": dial tcp 1.2.3.4:443: connect: network is unreachable",
                T::Refused,
                "reaches",
            ),
            (
                "read tcp 1.2.3.4:5->6.7.8.9:443: read: connection reset by peer",
                T::Refused,
                "reaches",
            ),
            (
                "Head \"https://r.io/v2/a/manifests/1\": EOF",
                T::Refused,
                "reaches",
            ),
            (
                "proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused",
                T::Proxy,
                "HTTPS_PROXY",
            ),
            ("Proxy Authentication Required", T::Proxy, "HTTPS_PROXY"),
            (
                "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
                T::Timeout,
                "in time",
            ),
            ("dial tcp 1.2.3.4:443: i/o timeout", T::Timeout, "in time"),
            ("context deadline exceeded", T::Timeout, "in time"),
            (
                "received unexpected HTTP status: 503 Service Unavailable",
                T::Registry,
                "later",
            ),
            (
                "received unexpected HTTP status: 502 Bad Gateway",
                T::Registry,
                "later",
            ),
            (
                "error parsing HTTP response",
                T::Other,
                "docker pull r.io/a:1",
            ),
            // Numbers of ports and digests mean nothing.
            (
                "something about r.io:429 and sha256:401",
                T::Other,
                "docker pull",
            ),
            ("", T::Other, "docker pull"),
        ] {
            let got = trouble(words);
            assert_eq!(got, want, "{words}");
            let said = got.hint("r.io", "r.io/a:1");
            assert!(said.contains(hint), "{words}: {said}");
        }
    }
}
