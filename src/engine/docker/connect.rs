//! Where the engine is: the choice of an endpoint, and the one place that opens connections to it.
//!
//! TLS and ssh are not spoken yet. They would become variants of [`Address`], and arms of
//! [`Endpoint::dial`] and [`Endpoint::client`].

use std::io;
use std::time::Duration;

use bollard::ClientVersion;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::domain::error::{Error, ErrorKind, Result};

use super::error::plain;

/// The socket of a Docker engine on Linux and macOS.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// The port of an engine's plain tcp endpoint, where none is given.
const DEFAULT_PORT: &str = "2375";

/// How long a connection may take to open.
const DIAL: Duration = Duration::from_secs(5);

/// The lowest API version that has what we need (`platform` on create): Docker Engine 20.10.
const OLDEST: (usize, usize) = (1, 41);

/// The newest API version that bollard speaks.
pub(super) const NEWEST: &ClientVersion = bollard::API_DEFAULT_VERSION;

/// A connection to the engine.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// The engine that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// In one form: `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2375`.
    pub(super) url: String,
    /// Which setting named it.
    pub(super) from: &'static str,
    address: Address,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    /// Path of a unix socket.
    Unix(String),
    /// `host:port`.
    Tcp(String),
}

/// Chooses the endpoint: `--host`, then `DOCKER_HOST`, then the default socket; empty means not given.
pub(super) fn choose(host: Option<&str>, docker_host: Option<&str>) -> Result<Endpoint> {
    let (text, from) = match (given(host), given(docker_host)) {
        (Some(host), _) => (host.to_owned(), "--host"),
        (None, Some(host)) => (host.to_owned(), "DOCKER_HOST"),
        (None, None) => (format!("unix://{DEFAULT_SOCKET}"), "the default socket"),
    };
    let address = parse(&text).map_err(|e| {
        let message = format!(
            "cannot use the engine {} from {from}: {}",
            plain(&text),
            e.0
        );
        Error::new(ErrorKind::Usage, message).hint(e.1)
    })?;
    let url = match &address {
        Address::Unix(path) => format!("unix://{path}"),
        Address::Tcp(host) => format!("tcp://{host}"),
    };
    Ok(Endpoint { url, from, address })
}

fn given(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|v| !v.is_empty())
}

/// Reads an endpoint in docker's forms; a bare path is a socket and a bare `host:port` tcp. The
/// error is a reason and a hint.
fn parse(text: &str) -> Result<Address, (&'static str, &'static str)> {
    const FORMS: &str = "give it as unix:///path/to.sock or tcp://host:port";
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None if text.starts_with('/') => ("unix", text),
        None if text.contains(':') => ("tcp", text),
        None => return Err(("it is neither a socket path nor host:port", FORMS)),
    };
    match scheme {
        "unix" if rest.is_empty() => Ok(Address::Unix(DEFAULT_SOCKET.into())),
        "unix" if rest.starts_with('/') => Ok(Address::Unix(rest.into())),
        "unix" => Err(("the socket's path is not absolute", FORMS)),
        "tcp" | "http" => tcp(rest).ok_or(("the host or port is malformed", FORMS)),
        "ssh" => Err((
            "this version of devtwin speaks unix and tcp only, not ssh",
            "forward the socket, `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`, and use --host unix:///tmp/docker.sock",
        )),
        "https" => Err((
            "this version of devtwin speaks unix and plain tcp only, not TLS",
            "run devtwin on the engine's machine, or forward its socket over ssh",
        )),
        _ => Err(("this version of devtwin speaks unix and tcp only", FORMS)),
    }
}

fn tcp(rest: &str) -> Option<Address> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        // The last colon of a bare IPv6 address in brackets is not before a port.
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (rest, DEFAULT_PORT),
    };
    let host = if host.is_empty() { "127.0.0.1" } else { host };
    let bare = host
        .strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .unwrap_or(host);
    let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let known = bare.bytes().all(named) || bare.parse::<std::net::Ipv6Addr>().is_ok();
    let port: u16 = port.parse().ok().filter(|p| *p != 0)?;
    known.then(|| Address::Tcp(format!("{host}:{port}")))
}

/// The version that we speak with an engine whose newest one is `theirs`.
pub(super) fn common(theirs: (usize, usize)) -> ClientVersion {
    let ours = (NEWEST.major_version, NEWEST.minor_version);
    let (major_version, minor_version) = theirs.min(ours);
    ClientVersion {
        major_version,
        minor_version,
    }
}

/// Refuses an engine whose API is older than 1.41.
pub(super) fn check_version(version: (usize, usize), url: &str) -> Result<()> {
    if version >= OLDEST {
        return Ok(());
    }
    let message = format!(
        "the engine at {url} speaks API {}.{}; devtwin needs {}.{} or newer",
        version.0, version.1, OLDEST.0, OLDEST.1
    );
    Err(Error::new(ErrorKind::Engine, message).hint("update it to Docker Engine 20.10 or newer"))
}

impl Endpoint {
    /// Opens a connection; gives up after five seconds.
    pub(super) async fn dial(&self) -> io::Result<Box<dyn Io>> {
        let dialled = async {
            Ok(match &self.address {
                Address::Unix(path) => Box::new(UnixStream::connect(path).await?) as Box<dyn Io>,
                Address::Tcp(host) => {
                    let stream = TcpStream::connect(host).await?;
                    // A key press is one small packet; it must not wait for the next one.
                    stream.set_nodelay(true)?;
                    Box::new(stream)
                }
            })
        };
        match tokio::time::timeout(DIAL, dialled).await {
            Ok(result) => result,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// bollard's client for this endpoint; connects when it is first used.
    pub(super) fn client(
        &self,
        seconds: u64,
        version: &ClientVersion,
    ) -> Result<bollard::Docker, bollard::errors::Error> {
        match &self.address {
            Address::Unix(path) => bollard::Docker::connect_with_unix(path, seconds, version),
            Address::Tcp(host) => bollard::Docker::connect_with_http(host, seconds, version),
        }
    }

    /// The value of a `Host` header.
    pub(super) fn host(&self) -> &str {
        match &self.address {
            Address::Unix(_) => "docker",
            Address::Tcp(host) => host,
        }
    }

    /// Why a connection could not be opened, in words.
    pub(super) fn unreachable(&self, err: &io::Error) -> Error {
        let unix = matches!(self.address, Address::Unix(_));
        let (why, hint) = match (err.kind(), unix) {
            (io::ErrorKind::NotFound, true) => (
                "there is no such socket".to_owned(),
                "is the engine running? `systemctl start docker`, or name another with --host",
            ),
            (io::ErrorKind::PermissionDenied, true) => (
                "permission denied".to_owned(),
                "join the docker group (`sudo usermod -aG docker $USER`, then log in again), or use sudo",
            ),
            (io::ErrorKind::ConnectionRefused, true) => (
                "nothing listens on the socket".to_owned(),
                "is the engine running? `systemctl start docker`, or name another with --host",
            ),
            (io::ErrorKind::ConnectionRefused, false) => (
                "connection refused".to_owned(),
                "is the engine running there, and listening on that port?",
            ),
            (io::ErrorKind::TimedOut, _) => (
                format!("no answer within {} seconds", DIAL.as_secs()),
                "check the address, and that no firewall is in between",
            ),
            _ => (
                plain(&err.to_string()),
                "check the address given by --host or DOCKER_HOST",
            ),
        };
        let message = format!(
            "cannot reach the engine at {} (from {}): {why}",
            self.url, self.from
        );
        Error::new(ErrorKind::Engine, message).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_the_variable_and_both_over_the_default() {
        let pick = |flag, variable| {
            let e = choose(flag, variable).unwrap();
            (e.url, e.from)
        };
        let flag = Some("tcp://10.0.0.1:2375");
        let variable = Some("unix:///run/user/1000/docker.sock");
        assert_eq!(
            pick(flag, variable),
            ("tcp://10.0.0.1:2375".into(), "--host")
        );
        assert_eq!(
            pick(None, variable),
            ("unix:///run/user/1000/docker.sock".into(), "DOCKER_HOST")
        );
        for empty in [None, Some(""), Some("  ")] {
            assert_eq!(
                pick(empty, empty),
                ("unix:///var/run/docker.sock".into(), "the default socket")
            );
        }
    }

    #[test]
    fn endpoints_are_read_in_dockers_forms() {
        for (text, url) in [
            ("unix:///x.sock", "unix:///x.sock"),
            ("/x.sock", "unix:///x.sock"),
            ("unix://", "unix:///var/run/docker.sock"),
            ("tcp://h:1", "tcp://h:1"),
            ("tcp://h:1/", "tcp://h:1"),
            ("http://h:1", "tcp://h:1"),
            ("h:1", "tcp://h:1"),
            ("tcp://h", "tcp://h:2375"),
            ("tcp://", "tcp://127.0.0.1:2375"),
            (":2375", "tcp://127.0.0.1:2375"),
            ("tcp://[::1]:99", "tcp://[::1]:99"),
            ("tcp://[::1]", "tcp://[::1]:2375"),
        ] {
            assert_eq!(choose(Some(text), None).unwrap().url, url, "{text}");
        }
    }

    #[test]
    fn endpoints_that_are_not_spoken_are_refused_with_a_way_out() {
        for (text, word) in [
            ("ssh://me@host", "ssh"),
            ("https://h:2376", "TLS"),
            ("npipe:////./pipe/docker_engine", "unix and tcp only"),
            ("fd://", "unix and tcp only"),
            ("unix://x.sock", "not absolute"),
            ("docker", "neither"),
            ("tcp://h:0", "malformed"),
            ("tcp://h:99999", "malformed"),
            ("tcp://h:1/path", "malformed"),
            ("tcp://a b:1", "malformed"),
            ("tcp://\u{1b}[31m:1", "malformed"),
        ] {
            let err = choose(None, Some(text)).unwrap_err();
            assert_eq!(err.kind, ErrorKind::Usage, "{text}");
            assert!(err.message.contains(word), "{text}: {}", err.message);
            assert!(err.message.contains("DOCKER_HOST"), "{}", err.message);
            assert!(!err.message.contains('\u{1b}'), "{:?}", err.message);
            assert!(err.hint.is_some());
        }
    }

    #[test]
    fn the_older_of_both_newest_versions_is_spoken() {
        let version = |theirs| {
            let common = common(theirs);
            (common.major_version, common.minor_version)
        };
        assert_eq!(version((1, 41)), (1, 41));
        assert_eq!(
            version((9, 0)),
            (NEWEST.major_version, NEWEST.minor_version)
        );
    }

    #[test]
    fn an_engine_before_20_10_is_refused_with_both_versions() {
        assert_eq!(check_version((1, 41), "u"), Ok(()));
        assert_eq!(check_version((2, 0), "u"), Ok(()));
        let err = check_version((1, 40), "unix:///x").unwrap_err();
        assert_eq!(
            err.message,
            "the engine at unix:///x speaks API 1.40; devtwin needs 1.41 or newer"
        );
    }

    #[test]
    fn what_the_system_refuses_gets_a_hint_that_fits() {
        let unix = choose(Some("/x.sock"), None).unwrap();
        let tcp = choose(Some("h:1"), None).unwrap();
        let hint = |e: &Endpoint, kind: io::ErrorKind| {
            let err = e.unreachable(&kind.into());
            assert_eq!(err.kind, ErrorKind::Engine);
            err.hint.unwrap()
        };
        assert!(hint(&unix, io::ErrorKind::NotFound).contains("systemctl start docker"));
        assert!(hint(&unix, io::ErrorKind::PermissionDenied).contains("docker group"));
        assert!(hint(&unix, io::ErrorKind::ConnectionRefused).contains("running"));
        assert!(hint(&tcp, io::ErrorKind::ConnectionRefused).contains("port"));
        assert!(hint(&tcp, io::ErrorKind::TimedOut).contains("firewall"));
    }
}
