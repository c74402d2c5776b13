//! The same join over TLS and over ssh: streams byte by byte, a terminal, refusals in words, nothing left.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::dockerd::Dockerd;
use crate::support::remote::{Certificates, Sshd, free_port};
use crate::support::{Container, Pty, devtwin_path, docker, stderr, stdout};

const WEB: &str = "acme/web:1.4";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";

/// Variables of devtwin's environment.
type Env<'a> = &'a [(&'a str, &'a str)];

/// How devtwin gets to an engine: what stands before it on the command line, and its environment.
#[derive(Clone, Copy)]
struct Way<'a> {
    before: &'a [String],
    env: Env<'a>,
}

impl<'a> Way<'a> {
    fn new(before: &'a [String], env: Env<'a>) -> Self {
        Self { before, env }
    }

    fn words(self, args: &[&'a str]) -> Vec<&'a str> {
        let before = self.before.iter().map(String::as_str);
        before
            .chain([devtwin_path()])
            .chain(args.iter().copied())
            .collect()
    }
}

fn all<'a>(base: Env<'a>, more: Env<'a>) -> Vec<(&'a str, &'a str)> {
    [base, more].concat()
}

/// Runs devtwin without a terminal on the engine that `way` leads to.
fn devtwin(way: Way<'_>, args: &[&str], input: &[u8]) -> Output {
    let words = way.words(args);
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .env_remove("DOCKER_HOST")
        .envs(way.env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Fed from beside: both pipes may be full at once. It need not be read.
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = feeder.join().unwrap();
    output
}

/// The twin is root, sees the target as PID 1, talks to it on localhost and reads its files; any bytes pass both ways
/// and end one way at a time; the command's status is ours; a terminal is one.
#[track_caller]
fn joins_whole(way: Way<'_>, target: &str) {
    let look = "id -u; tr '\\0' ' ' </proc/1/cmdline; echo; wget -qO- http://127.0.0.1:8080/; cat /target/etc/web/marker; exit 7";
    let out = devtwin(way, &["exec", target, "--", "sh", "-c", look], &[]);
    let said = stdout(&out);
    assert_eq!(out.status.code(), Some(7), "{said}{}", stderr(&out));
    assert!(said.starts_with("0\n/usr/bin/web"), "{said}");
    assert!(
        said.contains("hello from web") && said.contains("only in the target"),
        "{said}"
    );

    let sent: Vec<u8> = (0..=255u8).cycle().take(300_000).collect();
    let out = devtwin(way, &["exec", "-i", target, "--", "cat"], &sent);
    assert!(out.status.success(), "{}", stderr(&out));
    assert!(
        out.stdout == sent,
        "{} bytes of {} came back",
        out.stdout.len(),
        sent.len()
    );

    let mut pty = Pty::spawn(&way.words(&["attach", target]), way.env, 120, 40);
    pty.wait_for("bash-");
    // Bytes that a decoder of frames would take for a header.
    pty.send("printf '\\000\\001\\002'; stty size; echo end-$((40 + 2))\r");
    pty.wait_for("end-42");
    pty.resize(100, 30);
    pty.wait_for("bash-");
    pty.send("echo root-$(id -u)\r");
    pty.wait_for("root-0");
    crate::support::leave(pty);
}

/// What devtwin says on stderr when it has to end with status 5.
#[track_caller]
fn refused(way: Way<'_>) -> String {
    let start = Instant::now();
    let out = devtwin(way, &["ls"], &[]);
    assert_eq!(out.status.code(), Some(5), "{}", stderr(&out));
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    stderr(&out)
}

#[test]
fn a_join_over_tls_by_environment_and_by_context() {
    let certificates = Certificates::make();
    let (server, client) = (certificates.server(), certificates.client());
    let (port, at) = (2376, server.display());
    let engine = Dockerd::with(&format!(
        "-H tcp://127.0.0.1:{port} --tlsverify --tlscacert {at}/ca.pem --tlscert {at}/cert.pem --tlskey {at}/key.pem"
    ));
    engine.load(&[WEB, DEV]);
    let run = engine.docker(&["run", "-d", "--name", "web", "--network", "none", WEB]);
    assert!(run.status.success(), "{}", stderr(&run));
    let state = engine.dir().to_str().unwrap();
    let host = format!("tcp://127.0.0.1:{port}");
    let before = engine.inside();
    let folder = client.to_str().unwrap();
    let empty = tempfile::tempdir().unwrap();
    let base = [
        ("XDG_STATE_HOME", state),
        ("DOCKER_CONFIG", empty.path().to_str().unwrap()),
    ];
    let by_environment = [
        ("DOCKER_HOST", host.as_str()),
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", folder),
    ];
    joins_whole(Way::new(&before, &all(&base, &by_environment)), "web");
    let doctor = stdout(&devtwin(
        Way::new(&before, &all(&base, &by_environment)),
        &["doctor", "--json"],
        &[],
    ));
    assert!(
        doctor.contains("(from DOCKER_HOST)") && doctor.contains("TLS, server checked by"),
        "{doctor}"
    );

    // A context as docker itself makes it.
    let own = tempfile::tempdir().unwrap();
    let own = own.path().to_str().unwrap();
    let material =
        format!("host={host},ca={folder}/ca.pem,cert={folder}/cert.pem,key={folder}/key.pem");
    docker::ok(&[
        "--config", own, "context", "create", "prod", "--docker", &material,
    ]);
    let config = ("DOCKER_CONFIG", own);
    joins_whole(
        Way::new(&before, &[base[0], config, ("DOCKER_CONTEXT", "prod")]),
        "web",
    );
    let flag = devtwin(
        Way::new(&before, &[base[0], config]),
        &["--context", "prod", "doctor"],
        &[],
    );
    assert!(
        stdout(&flag).contains("(from --context prod)"),
        "{}",
        stdout(&flag)
    );
    docker::ok(&["--config", own, "context", "use", "prod"]);
    let current = devtwin(Way::new(&before, &[base[0], config]), &["doctor"], &[]);
    assert!(
        stdout(&current).contains("(from the current context prod)"),
        "{}",
        stdout(&current)
    );
    let left = engine.docker(&["ps", "-aq", "--filter", "label=dev.devtwin.session"]);
    assert_eq!(stdout(&left), "");

    // Refusals, each with what to do.
    let half = tempfile::tempdir().unwrap();
    std::fs::copy(client.join("ca.pem"), half.path().join("ca.pem")).unwrap();
    let stranger = Certificates::make();
    let named = host.replace("127.0.0.1", "localhost");
    let tls = ("DOCKER_TLS_VERIFY", "1");
    for (way, what, hint) in [
        (
            &[("DOCKER_HOST", host.as_str())][..],
            "HTTP request to an HTTPS server",
            "DOCKER_TLS_VERIFY=1",
        ),
        (
            &[
                ("DOCKER_HOST", &host),
                tls,
                ("DOCKER_CERT_PATH", half.path().to_str().unwrap()),
            ],
            "refused our certificate",
            "cert.pem and key.pem",
        ),
        (
            &[
                ("DOCKER_HOST", &host),
                tls,
                ("DOCKER_CERT_PATH", stranger.client().to_str().unwrap()),
            ],
            "authority that is not known",
            "ca.pem",
        ),
        (
            &[("DOCKER_HOST", &named), tls, ("DOCKER_CERT_PATH", folder)],
            "for another name",
            "that the certificate is made for",
        ),
    ] {
        let said = refused(Way::new(&before, &all(&base, way)));
        assert!(said.contains(what) && said.contains(hint), "{said}");
    }
}

/// The socket of the engine that these tests use.
fn socket() -> String {
    let host = docker::ok(&[
        "context",
        "inspect",
        "--format",
        "{{.Endpoints.docker.Host}}",
    ]);
    host.strip_prefix("unix://")
        .expect("an engine here")
        .to_owned()
}

#[test]
fn a_join_over_ssh_to_the_machine_itself() {
    let sshd = Sshd::start();
    let target = Container::run(WEB, &[], &[]);
    let state = tempfile::tempdir().unwrap();
    let (host, path) = (sshd.host(&socket()), sshd.path());
    let state = state.path().to_str().unwrap();
    let way = [
        ("DOCKER_HOST", host.as_str()),
        ("PATH", &path),
        ("XDG_STATE_HOME", state),
    ];
    joins_whole(Way::new(&[], &way), target.name());
    let doctor = stdout(&devtwin(Way::new(&[], &way), &["doctor"], &[]));
    assert!(
        doctor.contains(&host) && doctor.contains("the system's ssh"),
        "{doctor}"
    );
    let filter = format!("label=dev.devtwin.target={}", target.id());
    assert_eq!(docker::ok(&["ps", "-aq", "--filter", &filter]), "");
    assert_eq!(sshd.clients(), 0, "no ssh is left");

    let by_hand = format!("ssh -p {} -- 127.0.0.1 docker version", sshd.port());
    let [unknown, stranger] = sshd.wrong();
    for (config, what, hint) in [
        (unknown, "Host key verification failed", "where ssh can ask"),
        (stranger, "Permission denied", "ssh-add"),
    ] {
        let said = refused(Way::new(
            &[],
            &all(&way, &[("DEVTWIN_TEST_SSH", config.as_str())]),
        ));
        assert!(
            said.contains(what) && said.contains(hint) && said.contains(&by_hand),
            "{said}"
        );
    }
    let nowhere = format!("ssh://127.0.0.1:{}", free_port());
    let said = refused(Way::new(
        &[],
        &[("DOCKER_HOST", nowhere.as_str()), ("PATH", &path)],
    ));
    assert!(
        said.contains("refused") && said.contains("name and port"),
        "{said}"
    );
    let no_engine = sshd.host("/nowhere/docker.sock");
    let said = refused(Way::new(
        &[],
        &[("DOCKER_HOST", no_engine.as_str()), ("PATH", &path)],
    ));
    assert!(said.contains("/nowhere/docker.sock"), "{said}");
}
