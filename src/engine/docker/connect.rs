//! The engine's address, and the one place that opens connections to it.

use std::io;
use std::time::Duration;

use bollard::ClientVersion;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;

use crate::domain::call::Call;
use crate::domain::error::{Error, ErrorKind, Result};

use super::choose::DEFAULT_SOCKET;
use super::error::plain;
use super::ssh::{self, Machine};
use super::tls::{self, Tls};

/// The ports of an engine's tcp endpoint, plain and with TLS, where none is given.
const DEFAULT_PORT: &str = "2375";
const DEFAULT_TLS_PORT: &str = "2376";

/// How long a connection may take to open.
const DIAL: Duration = Duration::from_secs(5);

/// How long the engine may take to answer the first question.
const HELLO: Duration = Duration::from_secs(5);

/// A tcp connection that stalls is given up after about 20 seconds: so many of silence, then so many questions,
/// one every so many seconds.
const IDLE: Duration = Duration::from_secs(5);
const PROBES: u32 = 3;

/// The lowest API version that has what we need (`platform` on create): Docker Engine 20.10.
const OLDEST: (usize, usize) = (1, 41);

/// The newest API version that bollard speaks.
pub(super) const NEWEST: &ClientVersion = bollard::API_DEFAULT_VERSION;

/// A connection to the engine.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

pub(super) type Socket = Box<dyn Io>;

/// The engine that was chosen.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    /// In one form: `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2375`, `ssh://ada@box`.
    pub(super) url: String,
    /// Which setting named it.
    pub(super) from: String,
    /// Settings that name another one and do not count.
    pub(super) overruled: Vec<String>,
    /// How docker is called to reach the same engine.
    pub(super) call: Call,
    address: Address,
}

/// The ways to an engine.
#[derive(Debug, Clone)]
pub(super) enum Address {
    /// Path of a unix socket.
    Unix(String),
    /// `host:port`.
    Tcp(String),
    /// `host:port`, with TLS.
    Tls(String, Tls),
    /// Another machine's own socket.
    Ssh(Machine),
}

/// Reads an endpoint in docker's forms; a bare path is a socket and a bare `host:port` tcp, whose usual port
/// depends on whether it is to speak `tls`. The error is a reason and a hint.
pub(super) fn parse(text: &str, tls: bool) -> Result<Address, (&'static str, &'static str)> {
    const FORMS: &str = "give it as unix:///path/to.sock, tcp://host:port or ssh://user@host, or name a docker context";
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
        "tcp" | "http" | "https" => tcp(rest, tls).ok_or(("the host or port is malformed", FORMS)),
        "ssh" => Machine::parse(rest)
            .map(Address::Ssh)
            .map_err(|why| (why, FORMS)),
        _ => Err(("devtwin speaks unix, tcp and ssh only", FORMS)),
    }
}

fn tcp(rest: &str, tls: bool) -> Option<Address> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        // The last colon of a bare IPv6 address in brackets is not before a port.
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (rest, if tls { DEFAULT_TLS_PORT } else { DEFAULT_PORT }),
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
    pub(super) fn new(address: Address, from: String) -> Self {
        let url = match &address {
            Address::Unix(path) => format!("unix://{path}"),
            Address::Tcp(host) | Address::Tls(host, _) => format!("tcp://{host}"),
            Address::Ssh(machine) => format!("ssh://{}", machine.place()),
        };
        Self {
            // For eyes alone: the address itself is what is dialled.
            url: plain(&url),
            from,
            overruled: Vec::new(),
            call: Call::default(),
            address,
        }
    }

    /// Opens a connection; gives up after five seconds. By ssh, that it failed is known at the first byte.
    pub(super) async fn dial(&self) -> io::Result<Socket> {
        let dialled = async {
            Ok(match &self.address {
                Address::Unix(path) => Box::new(UnixStream::connect(path).await?) as Socket,
                Address::Tcp(host) => Box::new(connect(host).await?),
                Address::Tls(host, tls) => Box::new(tls.connect(connect(host).await?).await?),
                Address::Ssh(machine) => Box::new(machine.dial()?),
            })
        };
        match tokio::time::timeout(DIAL, dialled).await {
            Ok(result) => result,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// How long the first answer may take: ssh has to reach the machine first.
    pub(super) fn patience(&self) -> Duration {
        match &self.address {
            Address::Unix(_) | Address::Tcp(_) | Address::Tls(..) => HELLO,
            Address::Ssh(_) => HELLO + Duration::from_secs(ssh::CONNECT_SECONDS),
        }
    }

    /// Whether a network may be in between: it can stall without a word.
    pub(super) fn is_remote(&self) -> bool {
        match &self.address {
            Address::Unix(_) => false,
            Address::Tcp(_) | Address::Tls(..) | Address::Ssh(_) => true,
        }
    }

    /// Whether its loopback is ours.
    pub(super) fn is_here(&self) -> bool {
        match &self.address {
            Address::Unix(_) => true,
            Address::Tcp(host) | Address::Tls(host, _) => is_loopback(host),
            Address::Ssh(_) => false,
        }
    }

    /// How many requests may wait for the beginning of an answer at one time. By ssh each that finds no open connection
    /// starts a process on both sides, and a server drops some of more than ten that come together (`MaxStartups`).
    pub(super) fn at_once(&self) -> usize {
        match &self.address {
            Address::Unix(_) | Address::Tcp(_) | Address::Tls(..) => Semaphore::MAX_PERMITS,
            Address::Ssh(_) => 3,
        }
    }

    /// Whether a connection costs too much to be opened for one question alone.
    pub(super) fn is_costly(&self) -> bool {
        matches!(self.address, Address::Ssh(_))
    }

    /// How it is spoken to, in words.
    pub(super) fn way(&self) -> String {
        match &self.address {
            Address::Unix(_) => "a unix socket".into(),
            Address::Tcp(_) => "plain tcp, neither encrypted nor protected".into(),
            Address::Tls(_, tls) => tls.words.clone(),
            Address::Ssh(machine) => format!("the system's ssh, as `{}`", machine.by_hand()),
        }
    }

    /// What is to be mended about that way: whoever reaches an open port is root on the engine's machine.
    pub(super) fn risk(&self) -> Option<&'static str> {
        match &self.address {
            Address::Tcp(host) if !is_loopback(host) => {
                Some("use TLS or ssh: whoever reaches that port is root on the engine's machine")
            }
            Address::Tls(_, tls) if !tls.verified => Some(
                "docker context update without skip-tls-verify: anybody in between can pretend to be the engine",
            ),
            Address::Unix(_) | Address::Tcp(_) | Address::Tls(..) | Address::Ssh(_) => None,
        }
    }

    /// The value of a `Host` header.
    pub(super) fn host(&self) -> &str {
        match &self.address {
            Address::Unix(_) | Address::Ssh(_) => "docker",
            Address::Tcp(host) | Address::Tls(host, _) => host,
        }
    }

    /// Why a connection could not be opened, or gave nothing, in words.
    pub(super) fn unreachable(&self, err: &(dyn std::error::Error + 'static)) -> Error {
        let (why, hint) = self.reason(err);
        let message = format!(
            "cannot reach the engine at {} (from {}): {why}",
            self.url, self.from
        );
        Error::new(ErrorKind::Engine, message).hint(hint)
    }

    /// What went wrong, and what to try.
    fn reason(&self, err: &(dyn std::error::Error + 'static)) -> (String, String) {
        let io = innermost(err);
        if let Some((why, hint)) = io.and_then(tls::trouble) {
            return (why, hint.into());
        }
        let kind = io.map(io::Error::kind);
        let (why, hint) = match (&self.address, kind) {
            (Address::Ssh(_), Some(io::ErrorKind::NotFound)) => (
                "there is no ssh program".to_owned(),
                "install an ssh client (the package openssh-client)".to_owned(),
            ),
            (Address::Ssh(machine), _) => {
                let failed = io.and_then(|io| io.get_ref()?.downcast_ref::<ssh::Failed>());
                let words = failed.map_or_else(|| cause(err), |failed| failed.0.clone());
                let hint = ssh::hint(machine, &words);
                (words, hint)
            }
            (Address::Unix(_), Some(io::ErrorKind::NotFound)) => (
                "there is no such socket".into(),
                "is the engine running? `systemctl start docker`, or name another with --host or --context".into(),
            ),
            (Address::Unix(_), Some(io::ErrorKind::PermissionDenied)) => (
                "permission denied".into(),
                "join the docker group (`sudo usermod -aG docker $USER`, then log in again), or use sudo".into(),
            ),
            (Address::Unix(_), Some(io::ErrorKind::ConnectionRefused)) => (
                "nothing listens on the socket".into(),
                "is the engine running? `systemctl start docker`, or name another with --host or --context".into(),
            ),
            (Address::Tcp(_) | Address::Tls(..), Some(io::ErrorKind::ConnectionRefused)) => (
                "connection refused".into(),
                "is the engine running there, and listening on that port?".into(),
            ),
            (_, Some(io::ErrorKind::TimedOut)) => (
                format!("no answer within {} seconds", DIAL.as_secs()),
                "check the address, and that no firewall is in between".into(),
            ),
            (Address::Unix(_) | Address::Tcp(_) | Address::Tls(..), _) => (
                cause(err),
                "check the address given by --host, DOCKER_HOST or the docker context".into(),
            ),
        };
        (why, hint)
    }
}

/// Whether `host[:port]` is the machine of whoever dials it.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        // The last colon of an IPv6 address in brackets is not before a port.
        Some((name, port)) if !port.ends_with(']') => name,
        Some(_) | None => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Opens a tcp connection that sends each key press at once and does not stall for ever.
async fn connect(host: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(host).await?;
    // A key press is one small packet; it must not wait for the next one.
    stream.set_nodelay(true)?;
    if let Err(error) = end_when_silent(&stream) {
        tracing::debug!(%error, "a stalled connection will be seen late");
    }
    Ok(stream)
}

fn end_when_silent(stream: &TcpStream) -> io::Result<()> {
    use rustix::net::sockopt;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, IDLE)?;
    sockopt::set_tcp_keepintvl(stream, IDLE)?;
    sockopt::set_tcp_keepcnt(stream, PROBES)?;
    // What was sent and is not confirmed is no silence to the questions above.
    #[cfg(target_os = "linux")]
    sockopt::set_tcp_user_timeout(stream, 20_000)?;
    Ok(())
}

/// The system's error at the bottom of another one.
fn innermost<'a>(err: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    let mut found = None;
    let mut at = Some(err);
    while let Some(err) = at {
        found = err.downcast_ref::<io::Error>().or(found);
        at = err.source();
    }
    found
}

/// The innermost cause, in one line.
fn cause(err: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = err;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    plain(&deepest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Result<Endpoint, (&'static str, &'static str)> {
        Ok(Endpoint::new(parse(text, false)?, "DOCKER_HOST".into()))
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
            ("ssh://ada@box:22", "ssh://ada@box:22"),
            ("ssh://box/x.sock", "ssh://box/x.sock"),
        ] {
            assert_eq!(at(text).unwrap().url, url, "{text}");
        }
    }

    #[test]
    fn endpoints_that_are_not_spoken_are_refused_with_a_way_out() {
        for (text, word) in [
            ("npipe:////./pipe/docker_engine", "unix, tcp and ssh only"),
            ("fd://", "unix, tcp and ssh only"),
            ("unix://x.sock", "not absolute"),
            ("docker", "neither"),
            ("tcp://h:0", "malformed"),
            ("tcp://h:99999", "malformed"),
            ("tcp://h:1/path", "malformed"),
            ("tcp://a b:1", "malformed"),
            ("tcp://\u{1b}[31m:1", "malformed"),
            ("ssh://", "malformed"),
            ("ssh://-oProxyCommand=x", "malformed"),
            ("ssh://me:secret@box", "password"),
        ] {
            let (why, hint) = at(text).map(|e| e.url).unwrap_err();
            assert!(why.contains(word), "{text}: {why}");
            assert!(hint.contains("ssh://user@host"));
        }
    }

    #[test]
    fn a_way_that_is_open_to_others_is_told() {
        for (text, risky) in [
            ("unix:///x", false),
            ("tcp://127.0.0.1:1", false),
            ("tcp://[::1]:1", false),
            ("tcp://localhost:1", false),
            ("tcp://10.0.0.1:1", true),
            ("ssh://box", false),
        ] {
            assert_eq!(at(text).unwrap().risk().is_some(), risky, "{text}");
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
        let (unix, tcp, ssh) = (at("/x.sock"), at("h:1"), at("ssh://box"));
        let (unix, tcp, ssh) = (unix.unwrap(), tcp.unwrap(), ssh.unwrap());
        let hint = |e: &Endpoint, kind: io::ErrorKind| {
            let err = e.unreachable(&io::Error::from(kind));
            assert_eq!(err.kind, ErrorKind::Engine);
            err.hint.unwrap()
        };
        assert!(hint(&unix, io::ErrorKind::NotFound).contains("systemctl start docker"));
        assert!(hint(&unix, io::ErrorKind::PermissionDenied).contains("docker group"));
        assert!(hint(&unix, io::ErrorKind::ConnectionRefused).contains("running"));
        assert!(hint(&tcp, io::ErrorKind::ConnectionRefused).contains("port"));
        assert!(hint(&tcp, io::ErrorKind::TimedOut).contains("firewall"));
        assert!(hint(&ssh, io::ErrorKind::NotFound).contains("openssh-client"));
        assert!(hint(&ssh, io::ErrorKind::Other).contains("ssh -- box docker version"));
    }
}
