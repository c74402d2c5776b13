//! Which engine is meant, and why: what the person said, in docker's own order.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use crate::domain::call::Call;
use crate::domain::error::{Error, ErrorKind, Result};

use super::connect::{Address, Endpoint, parse};
use super::error::plain;
use super::settings::{Settings, context};
use super::tls::Material;

/// The socket of a Docker engine on Linux and macOS.
pub(super) const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Why an endpoint that nobody named: docker itself does not look there.
const SOCKET_OF: &str = "the socket of";

/// The context that stands for `DOCKER_HOST` and the default socket.
const DEFAULT_CONTEXT: &str = "default";

/// What the person and the environment say about the engine to use; empty texts count as not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `--host`.
    pub host: Option<String>,
    /// `--context`.
    pub context: Option<String>,
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub docker_context: Option<String>,
    /// `DOCKER_TLS_VERIFY` is set: tcp means TLS.
    pub tls_verify: bool,
    /// `DOCKER_CERT_PATH`: folder of `ca.pem`, `cert.pem` and `key.pem`; without it docker's own folder.
    pub cert_path: Option<PathBuf>,
    /// docker's folder: `DOCKER_CONFIG`, or `.docker` in the home folder.
    pub folder: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`, where rootless engines have their sockets.
    pub runtime_dir: Option<PathBuf>,
    /// The home folder, where desktop engines have their sockets.
    pub home: Option<PathBuf>,
}

impl Wanted {
    /// The engine at `host`, or the default one, whatever docker's configuration says.
    pub fn host(host: Option<&str>) -> Self {
        Self {
            docker_host: host.map(str::to_owned),
            ..Self::default()
        }
    }

    /// Where docker keeps the authorities of registries: the system's folder, and a rootless engine's.
    pub(super) fn certs(&self) -> Vec<PathBuf> {
        let own = self
            .home
            .as_ref()
            .map(|home| home.join(".config/docker/certs.d"));
        [PathBuf::from("/etc/docker/certs.d")]
            .into_iter()
            .chain(own)
            .collect()
    }
}

/// What was named, before its parts are understood.
enum Named {
    Host(String),
    Context(String),
    Nothing,
}

/// Chooses: `--host`, `--context`, `DOCKER_HOST`, `DOCKER_CONTEXT`, the current context of `config.json`, the default
/// socket, and where that does not exist the first of the known sockets that answers.
///
/// Fails with `Usage` when what was named cannot be used.
pub(super) fn choose(wanted: &Wanted) -> Result<Endpoint> {
    let (named, from) = named(wanted)?;
    let mut endpoint = match named {
        Named::Host(host) => at_host(&host, from, &Tls::Environment(wanted))?,
        Named::Context(name) => {
            let folder = wanted.folder.as_deref().unwrap_or(Path::new(""));
            let context = context(folder, &name).map_err(|e| Error {
                message: format!("{} (from {from})", e.message),
                ..e
            })?;
            let from = format!("{from} {}", plain(&name));
            at_host(
                &context.host,
                from,
                &Tls::Context(context.material, context.skip_verify),
            )?
        }
        Named::Nothing => default(wanted, DEFAULT_SOCKET),
    };
    endpoint.overruled = overruled(wanted, &endpoint.from);
    endpoint.call = call(wanted, &endpoint);
    Ok(endpoint)
}

/// How docker is called to reach the same engine, where it would not come there by itself: a flag is not in the next
/// shell's environment, nor need the variable be that chose a context.
fn call(wanted: &Wanted, endpoint: &Endpoint) -> Call {
    let context = given(wanted.docker_context.as_deref());
    let by_variable = given(wanted.docker_host.as_deref()).is_none();
    match (
        given(wanted.host.as_deref()),
        given(wanted.context.as_deref()),
    ) {
        (Some(host), _) => Call::host(host),
        (None, Some(name)) => Call::context(name),
        (None, None) => match context.filter(|_| by_variable) {
            Some(name) => Call::context(name),
            None if endpoint.from.starts_with(SOCKET_OF) => Call::host(&endpoint.url),
            None => Call::default(),
        },
    }
}

fn given(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|v| !v.is_empty())
}

/// The first that was given, and the setting that gave it.
fn named(wanted: &Wanted) -> Result<(Named, String)> {
    let docker_host = || {
        given(wanted.docker_host.as_deref())
            .map(|host| (Named::Host(host.to_owned()), "DOCKER_HOST".to_owned()))
    };
    let by_context = |name: &str, from: &str| {
        if name == DEFAULT_CONTEXT {
            // As docker has it: this one is not stored anywhere.
            return docker_host().unwrap_or((Named::Nothing, String::new()));
        }
        (Named::Context(name.to_owned()), from.to_owned())
    };
    if let Some(host) = given(wanted.host.as_deref()) {
        return Ok((Named::Host(host.to_owned()), "--host".into()));
    }
    if let Some(name) = given(wanted.context.as_deref()) {
        return Ok(by_context(name, "--context"));
    }
    if let Some(named) = docker_host() {
        return Ok(named);
    }
    if let Some(name) = given(wanted.docker_context.as_deref()) {
        return Ok(by_context(name, "DOCKER_CONTEXT"));
    }
    if let Some(folder) = &wanted.folder {
        let current = Settings::read(folder)?.current_context;
        if let Some(name) = given(Some(&current)) {
            return Ok(by_context(name, "the current context"));
        }
    }
    Ok((Named::Nothing, String::new()))
}

/// What was said as well and does not count: a person who wonders why this engine should see it.
fn overruled(wanted: &Wanted, from: &str) -> Vec<String> {
    let mut overruled = Vec::new();
    let mut note = |name: &str, value: Option<&str>| {
        if let Some(value) = given(value)
            && !from.starts_with(name)
        {
            overruled.push(format!("{name}={} is overruled", plain(value)));
        }
    };
    if from.starts_with("--") {
        note("DOCKER_HOST", wanted.docker_host.as_deref());
    }
    if from.starts_with("--") || from == "DOCKER_HOST" {
        note("DOCKER_CONTEXT", wanted.docker_context.as_deref());
    }
    overruled
}

/// Where TLS material comes from.
enum Tls<'a> {
    Environment(&'a Wanted),
    Context(PathBuf, bool),
}

impl Tls<'_> {
    /// The material for a tcp endpoint; none when it is to be plain. `https` asks for TLS by itself.
    fn material(&self, https: bool) -> Option<Material> {
        match self {
            Self::Environment(wanted) if wanted.tls_verify || https => {
                let folder = wanted.cert_path.as_deref().or(wanted.folder.as_deref());
                Some(Material::of(folder.unwrap_or(Path::new("")), true))
            }
            Self::Environment(_) => None,
            Self::Context(folder, skip_verify) => {
                let material = Material::of(folder, !skip_verify);
                (https || *skip_verify || !material.is_empty()).then_some(material)
            }
        }
    }
}

fn at_host(text: &str, from: String, tls: &Tls<'_>) -> Result<Endpoint> {
    let refused = |why: &str, hint: &str| {
        let message = format!("cannot use the engine {} from {from}: {why}", plain(text));
        Error::new(ErrorKind::Usage, message).hint(hint)
    };
    let https = text.starts_with("https://");
    let material = tls.material(https);
    let address = parse(text, material.is_some()).map_err(|(why, hint)| refused(why, hint))?;
    let address = match (address, material) {
        (Address::Tcp(host), Some(material)) => {
            let tls = material
                .load(&host)
                .map_err(|(why, hint)| refused(&why, &hint))?;
            Address::Tls(host, tls)
        }
        (
            address @ (Address::Unix(_) | Address::Tcp(_) | Address::Ssh(_) | Address::Tls(..)),
            _,
        ) => address,
    };
    Ok(Endpoint::new(address, from))
}

/// A socket that some engine is known to use.
struct Known {
    path: PathBuf,
    of: &'static str,
}

/// Sockets of engines that do not use the default one, the likeliest first.
fn known(wanted: &Wanted) -> Vec<Known> {
    let runtime = wanted.runtime_dir.as_deref();
    let home = wanted.home.as_deref();
    let mut known = Vec::new();
    let mut add = |base: Option<&Path>, rest: &str, of| {
        if let Some(base) = base {
            known.push(Known {
                path: base.join(rest),
                of,
            });
        }
    };
    add(runtime, "docker.sock", "rootless Docker");
    add(home, ".docker/run/docker.sock", "Docker Desktop");
    add(home, ".docker/desktop/docker.sock", "Docker Desktop");
    add(home, ".orbstack/run/docker.sock", "OrbStack");
    add(home, ".colima/default/docker.sock", "colima");
    add(home, ".config/colima/default/docker.sock", "colima");
    add(home, ".rd/docker.sock", "Rancher Desktop");
    add(runtime, "podman/podman.sock", "Podman");
    add(Some(Path::new("/run")), "podman/podman.sock", "Podman");
    known
}

/// The default socket, or where there is none the first known socket that something listens on.
fn default(wanted: &Wanted, usual: &str) -> Endpoint {
    let socket = |path: &str, from: String| Endpoint::new(Address::Unix(path.to_owned()), from);
    if !Path::new(usual).exists() {
        let listens = |known: &Known| UnixStream::connect(&known.path).is_ok();
        if let Some(found) = known(wanted).into_iter().find(listens)
            && let Some(path) = found.path.to_str()
        {
            return socket(path, format!("{SOCKET_OF} {}", found.of));
        }
    }
    socket(usual, "the default socket".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn docker_is_called_so_that_it_comes_to_the_same_engine() {
        let dir = folder();
        let text = |text: &str| Some(text.to_owned());
        let base = || Wanted {
            folder: Some(dir.path().to_owned()),
            ..Wanted::default()
        };
        let host = || Wanted {
            host: text("tcp://h:1"),
            context: text("prod"),
            ..base()
        };
        let context = || Wanted {
            context: text("prod"),
            docker_host: text("unix:///x.sock"),
            ..base()
        };
        let by_default = || Wanted {
            context: text("default"),
            docker_context: text("prod"),
            ..base()
        };
        let variable = || Wanted {
            docker_context: text("prod"),
            ..base()
        };
        let address = || Wanted {
            docker_host: text("unix:///x.sock"),
            docker_context: text("prod"),
            ..base()
        };
        for (wanted, line) in [
            (host(), "docker -H tcp://h:1 ps"),
            (context(), "docker --context prod ps"),
            (by_default(), "docker --context default ps"),
            (variable(), "docker --context prod ps"),
            (address(), "docker ps"),
            (Wanted::default(), "docker ps"),
        ] {
            let endpoint = choose(&wanted).unwrap();
            assert_eq!(endpoint.call.line("docker ps"), line, "{wanted:?}");
        }
        let known = Endpoint::new(
            Address::Unix("/run/podman/podman.sock".into()),
            format!("{SOCKET_OF} Podman"),
        );
        let line = call(&Wanted::default(), &known).line("docker ps");
        assert_eq!(line, "docker -H unix:///run/podman/podman.sock ps");
    }

    /// A folder of docker's with the contexts `prod` (tcp) and `near` (unix), of which `near` is current.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, host) in [
            ("prod", "tcp://10.0.0.9:2375"),
            ("near", "unix:///near.sock"),
        ] {
            let meta = dir.path().join("contexts/meta").join(name);
            std::fs::create_dir_all(&meta).unwrap();
            let json =
                format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
            std::fs::write(meta.join("meta.json"), json).unwrap();
        }
        std::fs::write(
            dir.path().join("config.json"),
            r#"{"currentContext":"near"}"#,
        )
        .unwrap();
        dir
    }

    fn pick(wanted: &Wanted) -> (String, String) {
        let endpoint = choose(wanted).unwrap();
        (endpoint.url, endpoint.from)
    }

    #[test]
    fn the_nearest_word_wins_and_what_it_overrules_is_told() {
        let dir = folder();
        let mut wanted = Wanted {
            host: Some("tcp://10.0.0.1:2375".into()),
            context: Some("prod".into()),
            docker_host: Some("unix:///run/user/1000/docker.sock".into()),
            docker_context: Some("prod".into()),
            folder: Some(dir.path().to_owned()),
            ..Wanted::default()
        };
        let is = |wanted: &Wanted, url: &str, from: &str| {
            assert_eq!(pick(wanted), (url.into(), from.into()));
        };
        is(&wanted, "tcp://10.0.0.1:2375", "--host");
        assert_eq!(
            choose(&wanted).unwrap().overruled,
            [
                "DOCKER_HOST=unix:///run/user/1000/docker.sock is overruled",
                "DOCKER_CONTEXT=prod is overruled"
            ]
        );
        wanted.host = Some(" ".into());
        is(&wanted, "tcp://10.0.0.9:2375", "--context prod");
        wanted.context = None;
        is(&wanted, "unix:///run/user/1000/docker.sock", "DOCKER_HOST");
        wanted.docker_host = Some(String::new());
        is(&wanted, "tcp://10.0.0.9:2375", "DOCKER_CONTEXT prod");
        wanted.docker_context = None;
        is(&wanted, "unix:///near.sock", "the current context near");
        wanted.folder = None;
        is(&wanted, "unix:///var/run/docker.sock", "the default socket");
    }

    #[test]
    fn the_context_default_is_the_variable_or_the_default_socket() {
        let dir = folder();
        let mut wanted = Wanted {
            context: Some("default".into()),
            docker_host: Some("unix:///x.sock".into()),
            folder: Some(dir.path().to_owned()),
            ..Wanted::default()
        };
        assert_eq!(
            pick(&wanted),
            ("unix:///x.sock".into(), "DOCKER_HOST".into())
        );
        wanted.docker_host = None;
        assert_eq!(pick(&wanted).1, "the default socket");
    }

    #[test]
    fn a_context_that_is_not_there_is_told_with_those_that_are() {
        let dir = folder();
        let wanted = Wanted {
            docker_context: Some("nope".into()),
            folder: Some(dir.path().to_owned()),
            ..Wanted::default()
        };
        let error = choose(&wanted).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(
            error.message.contains("no docker context nope")
                && error.message.contains("DOCKER_CONTEXT")
        );
        assert!(error.hint.unwrap().contains("near, prod"));
    }

    #[test]
    fn tls_is_spoken_when_it_is_asked_for_and_not_otherwise() {
        let wanted = |tls_verify, host: &str| Wanted {
            docker_host: Some(host.into()),
            tls_verify,
            ..Wanted::default()
        };
        let way = |wanted: &Wanted| choose(wanted).unwrap().way();
        assert!(way(&wanted(false, "tcp://h")).starts_with("plain tcp"));
        let asked = choose(&wanted(true, "tcp://h")).unwrap();
        assert_eq!(asked.url, "tcp://h:2376");
        assert!(asked.way().starts_with("TLS"), "{}", asked.way());
        assert!(way(&wanted(false, "https://h:1")).starts_with("TLS"));
        assert!(way(&wanted(true, "unix:///x")).starts_with("a unix socket"));
    }

    #[test]
    fn a_known_socket_is_taken_only_without_the_default_one_and_if_it_answers() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let wanted = Wanted {
            runtime_dir: Some(dir.path().to_owned()),
            home: Some(path("home")),
            ..Wanted::default()
        };
        let usual = path("usual.sock");
        let usual = usual.to_str().unwrap();
        let from = || default(&wanted, usual).from;
        // Whatever the machine has: Podman's system-wide socket may be there.
        assert!(["the default socket", "the socket of Podman"].contains(&from().as_str()));
        // What is left of an engine that is gone.
        drop(UnixListener::bind(path("docker.sock")).unwrap());
        assert_ne!(from(), "the socket of rootless Docker");
        std::fs::create_dir_all(path("home/.colima/default")).unwrap();
        let _colima = UnixListener::bind(path("home/.colima/default/docker.sock")).unwrap();
        assert_eq!(from(), "the socket of colima");
        let _usual = UnixListener::bind(usual).unwrap();
        assert_eq!(from(), "the default socket");
    }
}
