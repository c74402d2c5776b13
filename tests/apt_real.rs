//! The commands of apt's manager in the Debian-like dev image, by the real apt: from no index to a package, and in a
//! second container from the cache alone.
//!
//! Needs an engine and `make fixtures`; without either the test fails and says so. The only traffic is over loopback.

#![expect(
    clippy::unwrap_used,
    reason = "a test program: it stops at the first thing that is not as expected"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use devtwin::domain::packages::apt::Apt;
use devtwin::domain::packages::{
    Change, Doing, Installed, Invocation, PackageManager as _, Setup, Stream, Told, Verb,
};

const IMAGE: &str = "dhi.io/web:1.4-debian12-dev";

fn docker(argv: &[&str]) -> Output {
    Command::new("docker").args(argv).output().unwrap()
}

fn docker_ok(argv: &[&str]) -> String {
    let out = docker(argv);
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "docker {argv:?}: {err}");
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// A volume that is removed with the value.
struct Volume(String);

impl Volume {
    fn new() -> Self {
        Self(docker_ok(&[
            "volume",
            "create",
            "--label",
            "dev.devtwin.test=apt_real",
        ]))
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        docker(&["volume", "rm", "-f", &self.0]);
    }
}

/// A container that is removed with the value; `--rm` and a bounded sleep see to it when the test is killed.
struct Twin(String, Setup);

impl Twin {
    /// A container with the cache, set up as `setup` says and without the image's own repositories.
    fn new(network: &str, cache: &Volume, setup: &Setup) -> Self {
        let mount = format!("{}:{}", cache.0, Apt.cache().unwrap());
        let id = docker_ok(&[
            "run",
            "-d",
            "--rm",
            "--label",
            "dev.devtwin.test=apt_real",
            "--network",
            network,
            "-v",
            &mount,
            "--entrypoint",
            "/bin/sleep",
            IMAGE,
            "300",
        ]);
        let twin = Self(id, setup.clone());
        twin.sh("rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*");
        for file in Apt.files(setup) {
            let write = r#"mkdir -p "$(dirname "$1")" && cat >"$1""#;
            let argv = ["/bin/sh", "-c", write, "sh", &file.path].map(ToOwned::to_owned);
            let out = twin.exec(
                &Invocation {
                    argv: argv.to_vec(),
                    env: Vec::new(),
                },
                &file.content,
            );
            assert!(out.status.success(), "{}", file.path);
        }
        twin
    }

    fn exec(&self, invocation: &Invocation, stdin: &[u8]) -> Output {
        let mut command = Command::new("docker");
        command.args(["exec", "-i", "-u", "0"]);
        for (name, value) in &invocation.env {
            command.args(["-e", &format!("{name}={value}")]);
        }
        command.arg(&self.0).args(&invocation.argv);
        let pipes = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that has to succeed, and gives what it printed.
    fn ok(&self, invocation: &Invocation) -> Output {
        let out = self.exec(invocation, b"");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&out.stdout), text(&out.stderr));
        assert!(
            out.status.success(),
            "{:?}\n{stdout}\n{stderr}",
            invocation.argv
        );
        out
    }

    fn sh(&self, script: &str) -> String {
        let argv = ["/bin/sh", "-c", script].map(ToOwned::to_owned).to_vec();
        let out = self.ok(&Invocation {
            argv,
            env: Vec::new(),
        });
        String::from_utf8(out.stdout).unwrap()
    }

    fn installed(&self) -> Installed {
        Apt.read_installed(&self.ok(&Apt.installed(&self.1)).stdout)
    }

    /// Makes a change, and tells how far the gauge came.
    fn change(&self, verb: Verb, name: &str) -> u64 {
        let change = Change::new(verb, &[name.to_owned()]).unwrap();
        let out = self.ok(&Apt.commit(&change, &self.1));
        let mut reader = Apt.reader();
        let lines = String::from_utf8(out.stderr).unwrap();
        let told = lines
            .lines()
            .filter_map(|line| reader.line(Stream::Stderr, line));
        told.fold(0, |far, told| match told {
            Told::Part { done, .. } => done,
            _ => far,
        })
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        docker(&["rm", "-f", &self.0]);
    }
}

/// Serves a folder on loopback until the test ends; gives the URL.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            std::thread::spawn(move || answer(&stream, &folder));
        }
    });
    url
}

/// Answers the requests of one connection, until it is closed.
fn answer(stream: &TcpStream, folder: &Path) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    while let Some(request) = lines.next() {
        lines
            .by_ref()
            .take_while(|line| !line.is_empty())
            .for_each(drop);
        let path = request
            .split(' ')
            .nth(1)
            .unwrap_or_default()
            .replace("/./", "/");
        let (status, body) = match std::fs::read(folder.join(path.trim_start_matches('/'))) {
            Ok(body) => ("200 OK", body),
            Err(_) => ("404 Not Found", Vec::new()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = stream;
        if stream
            .write_all(&[head.into_bytes(), body].concat())
            .is_err()
        {
            return;
        }
    }
}

#[test]
fn a_package_comes_and_goes_and_a_second_twin_needs_no_network() {
    let work = tempfile::tempdir().unwrap();
    let maker = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mkdeb.py");
    let made = Command::new("python3").arg(maker).arg(work.path()).status();
    assert!(made.unwrap().success());
    let setup = Setup {
        program: Apt.programs()[0].to_owned(),
        repositories: vec![format!(
            "deb [trusted=yes] {} ./",
            serve(work.path().into())
        )],
        ..Setup::default()
    };
    let cache = Volume::new();
    let twin = Twin::new("host", &cache, &setup);
    let none = twin.exec(&Apt.index(&setup), b"");
    assert!(!none.status.success() && none.stdout.is_empty());

    twin.ok(&Apt.refresh(&setup));
    let mut names = Vec::new();
    let index = twin.ok(&Apt.index(&setup)).stdout;
    Apt.read_index(&mut index.as_slice(), &mut |package| {
        names.push(package.name);
    })
    .unwrap();
    for name in ["greet", "libgreet", "badscript"] {
        assert!(names.iter().any(|n| n == name), "{name}");
    }

    let change = Change::new(Verb::Install, &["greet".to_owned()]).unwrap();
    let plan = twin.ok(&Apt.simulate(&change, &setup)).stdout;
    let mut reader = Apt.reader();
    let plan = String::from_utf8(plan).unwrap();
    let steps = plan
        .lines()
        .filter_map(|line| match reader.line(Stream::Stdout, line) {
            Some(Told::Step(step)) => Some((step.doing, step.name)),
            _ => None,
        });
    assert_eq!(
        steps.collect::<Vec<_>>(),
        [
            (Doing::Install, "libgreet".into()),
            (Doing::Install, "greet".into())
        ]
    );
    assert!(!twin.installed().packages.contains_key("greet"));

    assert!(twin.change(Verb::Install, "greet") > 9000);
    let here = twin.installed();
    assert!(here.packages["greet"].explicit && !here.packages["libgreet"].explicit);
    assert_eq!(twin.sh("greet"), "hello from greet 1.0, words 1.0\n");

    // Nothing but the volume is shared, and nothing is reachable.
    let second = Twin::new("none", &cache, &setup);
    second.ok(&Apt.index(&setup));
    second.change(Verb::Install, "greet");
    assert_eq!(second.sh("greet"), "hello from greet 1.0, words 1.0\n");

    twin.change(Verb::Remove, "greet");
    let here = twin.installed();
    assert!(!here.packages.contains_key("greet") && !here.packages.contains_key("libgreet"));
}
