//! A real registry on a loopback port of its own, open or with a password.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::docker::{self, Image};

/// The one user of a registry with a password.
pub const USER: &str = "ada";

/// A registry that ends on drop, with all that it holds.
pub struct Registry {
    child: Child,
    /// `127.0.0.1:port`, as it begins a reference.
    pub host: String,
    _dir: tempfile::TempDir,
}

impl Registry {
    /// Starts one; with a password, it knows [`USER`] and refuses everyone else.
    #[track_caller]
    pub fn start(password: Option<&str>) -> Self {
        Self::with(password, "")
    }

    /// One with a password that speaks TLS alone, by `cert.pem` and `key.pem` of a folder.
    #[track_caller]
    pub fn start_tls(password: &str, certificates: &Path) -> Self {
        let at = certificates.display();
        let tls = format!(", tls: {{certificate: '{at}/cert.pem', key: '{at}/key.pem'}}");
        Self::with(Some(password), &tls)
    }

    #[track_caller]
    fn with(password: Option<&str>, tls: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().display();
        let mut config = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: '{root}/data'}}}}\nhttp: {{addr: '127.0.0.1:0'{tls}}}\n"
        );
        if let Some(password) = password {
            let hash = Command::new("htpasswd")
                .args(["-Bbn", USER, password])
                .output()
                .expect("these tests need htpasswd: the Debian package apache2-utils");
            std::fs::write(dir.path().join("htpasswd"), hash.stdout).unwrap();
            let _ = writeln!(
                config,
                "auth: {{htpasswd: {{realm: test, path: '{root}/htpasswd'}}}}"
            );
        }
        let file = dir.path().join("config.yml");
        std::fs::write(&file, config).unwrap();
        let mut child = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("these tests need docker-registry: the Debian package of that name");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut host = None;
        for line in lines.by_ref().map_while(Result::ok) {
            if let Some((_, rest)) = line.split_once("listening on ") {
                host = rest.split(['"', ',']).next().map(str::to_owned);
                break;
            }
        }
        // Else the registry blocks when its pipe is full.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let registry = Self {
            child,
            host: host.unwrap_or_default(),
            _dir: dir,
        };
        assert!(!registry.host.is_empty(), "the registry did not start");
        registry
    }

    /// A reference in this registry.
    pub fn reference(&self, name: &str) -> String {
        format!("{}/{name}", self.host)
    }

    /// Pushes `image` as `name` to an open registry, and leaves no local name of it.
    #[track_caller]
    pub fn push(&self, image: &str, name: &str) {
        let pushed = Image::tag(image, &self.reference(name));
        docker::ok(&["push", "-q", pushed.name()]);
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        forget(&self.host);
    }
}

/// Removes what twins of images of that registry, which ends, kept of downloads: no other one's would use it.
pub fn forget(host: &str) {
    let name = format!("name=-{}..", host.replace(':', "_"));
    let caches = docker::run(&["volume", "ls", "--quiet", "--filter", &name]);
    let caches = String::from_utf8_lossy(&caches.stdout).into_owned();
    for cache in caches.lines().filter(|c| c.starts_with("devtwin-cache-")) {
        docker::run(&["volume", "rm", cache]);
    }
}
