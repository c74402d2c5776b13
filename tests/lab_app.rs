//! The lab app, as it was compiled with devtwin: what its arguments do. Run on this machine, without an engine.

#![expect(
    clippy::unwrap_used,
    reason = "a test program: it stops at the first thing that is not as expected"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const WEB: &str = concat!(env!("OUT_DIR"), "/web");
const PATIENCE: Duration = Duration::from_secs(20);

/// SIGTERM in a set of signals of proc(5).
const TERM: u64 = 1 << 14;

fn run(args: &[&str]) -> Output {
    Command::new(WEB)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn status(args: &[&str]) -> Option<i32> {
    run(args).status.code()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server that is killed with the value.
struct Server {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    port: u16,
}

impl Server {
    fn start(args: &[&str]) -> Self {
        let own = ["--listen", "127.0.0.1", "--port", "0"];
        let mut child = Command::new(WEB)
            .args([&own, args].concat())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let port = first
            .trim_end()
            .strip_prefix("web: listening on 127.0.0.1:");
        let port = port.unwrap().parse().unwrap();
        Self { child, lines, port }
    }

    /// All of an answer.
    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        text(&answer)
    }

    fn get(&self, path: &str) -> (String, String) {
        let answer = self.ask(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let code = head.split(' ').nth(1).unwrap();
        (code.to_owned(), body.to_owned())
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Which signals it catches, `SigCgt` of proc(5).
    fn caught(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        u64::from_str_radix(line.unwrap().trim(), 16).unwrap()
    }

    fn ended(mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_greets_and_logs_a_line_for_each_request() {
    let mut server = Server::start(&["--greeting", "good morning"]);
    assert_eq!(server.get("/"), ("200".into(), "good morning\n".into()));
    assert_eq!(server.line(), "127.0.0.1 GET / 200");
    assert_eq!(server.get("/no?x").0, "404");
    assert_eq!(server.line(), "127.0.0.1 GET /no?x 404");
    assert!(
        server
            .ask("POST / HTTP/1.1\r\n\r\n")
            .starts_with("HTTP/1.0 405 ")
    );
    assert_eq!(server.line(), "127.0.0.1 POST / 405");
    let head = server.ask("HEAD / HTTP/1.1\r\n\r\n");
    assert!(head.contains("Content-Length: 13\r\n") && head.ends_with("\r\n\r\n"));
    // Nothing that a client sends reaches a terminal as it is.
    assert_eq!(server.line(), "127.0.0.1 HEAD / 200");
    server.get("/\u{1b}[31m");
    assert_eq!(server.line(), "127.0.0.1 GET /?[31m 404");
}

#[test]
fn it_serves_the_files_of_a_folder_and_none_above_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret"), "no").unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("a")).unwrap();
    fs::write(root.join("a/page"), "a page").unwrap();
    let server = Server::start(&["--root", root.to_str().unwrap()]);
    assert_eq!(server.get("/a/page"), ("200".into(), "a page".into()));
    assert_eq!(server.get("/"), ("200".into(), "hello from web\n".into()));
    fs::write(root.join("index.html"), "front").unwrap();
    assert_eq!(server.get("/").1, "front");
    for path in ["/../secret", "/a/../../secret", "/a", "/nothing"] {
        assert_eq!(server.get(path).0, "404", "{path}");
    }
}

#[test]
fn a_client_that_says_nothing_holds_up_no_other() {
    let server = Server::start(&[]);
    let silent = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    assert_eq!(server.get("/").0, "200");
    drop(silent);
}

#[test]
fn term_and_int_end_it_at_once_and_with_ignore_term_only_int_is_caught() {
    for signal in ["TERM", "INT"] {
        let server = Server::start(&[]);
        server.signal(signal);
        assert_eq!(server.ended(), Some(0), "{signal}");
    }
    assert_ne!(Server::start(&[]).caught() & TERM, 0);
    assert_eq!(Server::start(&["--ignore-term"]).caught() & TERM, 0);
}

#[test]
fn the_probe_tells_healthy_from_not() {
    let server = Server::start(&[]);
    let port = server.port.to_string();
    assert_eq!(status(&["--health", "--port", &port]), Some(0));
    server.signal("TERM");
    assert_eq!(server.ended(), Some(0));
    let sick = run(&["--health", "--port", &port]);
    assert_eq!(sick.status.code(), Some(1));
    assert!(text(&sick.stdout).starts_with("unhealthy: "));
}

#[test]
fn it_writes_a_line_to_each_file_and_ends_with_4_when_it_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (one, two) = (file("one"), file("two"));
    for _ in 0..2 {
        assert_eq!(
            status(&["--write", &one, "--write", &two, "--exit", "0"]),
            Some(0)
        );
    }
    for written in [one, two] {
        assert_eq!(
            fs::read_to_string(written).unwrap(),
            "written by web\nwritten by web\n"
        );
    }
    let denied = run(&["--write", &file("no/such")]);
    assert_eq!(denied.status.code(), Some(4));
    assert!(text(&denied.stderr).contains("no/such: No such file or directory"));
}

#[test]
fn it_exits_as_it_is_told_and_not_before() {
    assert_eq!(status(&["--exit", "3"]), Some(3));
    let begun = Instant::now();
    assert_eq!(status(&["--exit", "7", "--after", "300"]), Some(7));
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[test]
fn it_prints_all_of_its_words_whatever_they_are() {
    let said = run(&["--print-args", "/bin/sh", "-c", "a b", "--port"]);
    assert_eq!(said.status.code(), Some(0));
    assert_eq!(
        text(&said.stdout),
        format!("{WEB}\n--print-args\n/bin/sh\n-c\na b\n--port\n")
    );
}

#[test]
fn a_wrong_word_is_named_above_the_usage() {
    for (args, named) in [
        (&["--bogus"][..], "unknown argument \"--bogus\""),
        (&["/bin/sh", "-c"], "unknown argument \"/bin/sh\""),
        (&["--port", "x"], "--port needs a number, not \"x\""),
        (&["--port"], "--port needs a value"),
        (&["--listen", "here"], "--listen needs an address"),
    ] {
        let said = run(args);
        assert_eq!(said.status.code(), Some(2), "{args:?}");
        let stderr = text(&said.stderr);
        assert!(
            stderr.contains(named) && stderr.contains("usage: web "),
            "{stderr}"
        );
    }
}

#[test]
fn a_port_that_is_taken_is_said_with_status_1() {
    let server = Server::start(&[]);
    let said = run(&["--listen", "127.0.0.1", "--port", &server.port.to_string()]);
    assert_eq!(said.status.code(), Some(1));
    assert!(text(&said.stderr).contains("cannot listen on 127.0.0.1:"));
}
