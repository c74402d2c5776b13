//! What an engine on another machine needs, made by the test for this one: certificates, and an ssh server on loopback.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A loopback port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[track_caller]
fn run(program: &str, args: &[&str], dir: &Path) {
    let output = Command::new(program).args(args).current_dir(dir).output();
    let output = output.unwrap_or_else(|e| panic!("these tests need {program}: {e}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {said}");
}

/// Certificates of one authority: `server/` and `client/` have `ca.pem`, `cert.pem` and `key.pem` each.
pub struct Certificates {
    dir: tempfile::TempDir,
}

impl Certificates {
    /// Makes them, the server's for 127.0.0.1 alone.
    #[track_caller]
    pub fn make() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path();
        let curve = [
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ];
        let authority = [
            "-x509",
            "-days",
            "2",
            "-subj",
            "/CN=test authority",
            "-keyout",
            "ca-key.pem",
            "-out",
            "ca.pem",
        ];
        run("openssl", &[&["req"][..], &curve, &authority].concat(), at);
        for (name, usage) in [
            ("server", "serverAuth\nsubjectAltName=IP:127.0.0.1"),
            ("client", "clientAuth"),
        ] {
            let own = at.join(name);
            std::fs::create_dir(&own).unwrap();
            std::fs::write(
                own.join("extensions"),
                format!("extendedKeyUsage={usage}\n"),
            )
            .unwrap();
            std::fs::copy(at.join("ca.pem"), own.join("ca.pem")).unwrap();
            let subject = format!("/CN=test {name}");
            let request = [
                "-subj",
                &subject,
                "-keyout",
                "key.pem",
                "-out",
                "request.pem",
            ];
            run("openssl", &[&["req"][..], &curve, &request].concat(), &own);
            let sign = "x509 -req -days 2 -in request.pem -CA ../ca.pem -CAkey ../ca-key.pem -CAcreateserial -extfile extensions -out cert.pem";
            run("openssl", &sign.split(' ').collect::<Vec<_>>(), &own);
        }
        Self { dir }
    }

    /// The folder of the server's.
    pub fn server(&self) -> PathBuf {
        self.dir.path().join("server")
    }

    /// The folder of ours.
    pub fn client(&self) -> PathBuf {
        self.dir.path().join("client")
    }
}

/// An ssh server on loopback that lets in whoever has the test's key, and a folder with an `ssh` that uses it.
pub struct Sshd {
    child: Child,
    dir: tempfile::TempDir,
    port: u16,
}

impl Sshd {
    /// Starts it for the user that runs the tests.
    #[track_caller]
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path();
        for key in ["host", "person"] {
            run(
                "ssh-keygen",
                &["-q", "-t", "ed25519", "-N", "", "-f", key],
                at,
            );
        }
        let here = at.display();
        let port = free_port();
        let public = std::fs::read_to_string(at.join("host.pub")).unwrap();
        std::fs::copy(at.join("person.pub"), at.join("authorized")).unwrap();
        std::fs::write(at.join("known"), format!("[127.0.0.1]:{port} {public}")).unwrap();
        let server = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {here}/host\nPidFile none\nAuthorizedKeysFile {here}/authorized\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n\
             MaxStartups 100\n"
        );
        std::fs::write(at.join("sshd_config"), server).unwrap();
        let own = Self::config(at, "known", "person");
        std::fs::write(at.join("config"), own).unwrap();
        let ssh = format!(
            "#!/bin/sh\nexec /usr/bin/ssh -F \"${{DEVTWIN_TEST_SSH:-{here}/config}}\" \"$@\"\n"
        );
        let program = at.join("bin/ssh");
        std::fs::create_dir(at.join("bin")).unwrap();
        std::fs::write(&program, ssh).unwrap();
        run("chmod", &["755", "bin/ssh"], at);
        // Where the server lets go of its rights.
        std::fs::create_dir_all("/run/sshd").unwrap();
        let file = at.join("sshd_config");
        let mut child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("these tests need sshd: the Debian package openssh-server");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let up = lines.by_ref().map_while(Result::ok).any(|line| {
            let up = line.contains("Server listening");
            said.push(line);
            up
        });
        assert!(up, "the ssh server does not start: {said:?}");
        // Else it blocks when its pipe is full.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, dir, port }
    }

    fn config(at: &Path, known: &str, key: &str) -> String {
        let at = at.display();
        format!(
            "Host *\n UserKnownHostsFile {at}/{known}\n GlobalKnownHostsFile /dev/null\n IdentityFile {at}/{key}\n \
             IdentitiesOnly yes\n IdentityAgent none\n"
        )
    }

    /// Its address, with the socket of the engine that is meant.
    pub fn host(&self, socket: &str) -> String {
        format!("ssh://127.0.0.1:{}{socket}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// PATH with our `ssh` first.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's own programs come before the machine's"
    )]
    pub fn path(&self) -> String {
        let path = std::env::var("PATH").unwrap();
        format!("{}:{path}", self.dir.path().join("bin").display())
    }

    /// A configuration of ssh that knows no host, and one whose key the server does not know.
    #[track_caller]
    pub fn wrong(&self) -> [String; 2] {
        let at = self.dir.path();
        run(
            "ssh-keygen",
            &["-q", "-t", "ed25519", "-N", "", "-f", "stranger"],
            at,
        );
        [("none", "nobody", "person"), ("key", "known", "stranger")].map(|(name, known, key)| {
            let file = at.join(format!("config-{name}"));
            std::fs::write(&file, Self::config(at, known, key)).unwrap();
            file.display().to_string()
        })
    }

    /// How many ssh clients of ours run.
    pub fn clients(&self) -> usize {
        let mark = format!("{}/config", self.dir.path().display());
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let lines = processes.filter_map(|p| std::fs::read(p.path().join("cmdline")).ok());
        lines
            .filter(|line| String::from_utf8_lossy(line).contains(&mark))
            .count()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
