//! A registry of the test's own on a loopback port: it has no images, only names. It answers what the engine asks to
//! find out whether a tag exists, and counts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// For which platforms every tag exists.
const LIST: &str = r#"{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.list.v2+json", "manifests": [
{"mediaType": "application/vnd.docker.distribution.manifest.v2+json", "size": 500, "digest": "sha256:0000000000000000000000000000000000000000000000000000000000000001", "platform": {"os": "linux", "architecture": "amd64"}},
{"mediaType": "application/vnd.docker.distribution.manifest.v2+json", "size": 500, "digest": "sha256:0000000000000000000000000000000000000000000000000000000000000002", "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}}]}"#;
const LIST_TYPE: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Longer than a request takes; the engine keeps connections open.
const PATIENCE: Duration = Duration::from_secs(30);

type Repositories = BTreeMap<String, BTreeSet<String>>;

/// The registry; its thread ends with the test program.
pub(crate) struct Stub {
    /// `127.0.0.1:port`, as it begins a reference.
    pub(crate) host: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Starts one with these repositories and their tags.
    pub(crate) fn start(repositories: Repositories) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, digest) = (Arc::clone(&asked), digest());
        let repositories = Arc::new(repositories);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (repositories, log) = (Arc::clone(&repositories), Arc::clone(&log));
                let digest = digest.clone();
                std::thread::spawn(move || serve(&stream, &repositories, &digest, &log));
            }
        });
        Self { host, asked }
    }

    /// What was asked for since the last call, each once: tags as `repository:tag`, lists of them as `repository list`.
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.asked.lock().unwrap().drain(..).collect()
    }
}

/// The digest of [`LIST`], which engines check.
fn digest() -> String {
    let mut child = Command::new("sha256sum")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(LIST.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    format!("sha256:{}", text.split_whitespace().next().unwrap())
}

/// Answers the requests of one connection. What is no HTTP, TLS above all, ends it.
fn serve(stream: &TcpStream, repositories: &Repositories, digest: &str, log: &Mutex<Vec<String>>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut lines = BufReader::new(stream);
    let mut out = stream;
    loop {
        let mut request = Vec::new();
        match lines.read_until(b'\n', &mut request) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let request = String::from_utf8_lossy(&request).into_owned();
        let mut words = request.split_whitespace();
        let (Some(method @ ("GET" | "HEAD")), Some(path)) = (words.next(), words.next()) else {
            let _ = out.write_all(
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            );
            return;
        };
        loop {
            let mut header = String::new();
            match lines.read_line(&mut header) {
                Ok(0) | Err(_) => return,
                Ok(_) if header.trim().is_empty() => break,
                Ok(_) => {}
            }
        }
        let (status, kind, body) = answer(path, repositories, digest, log);
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nDocker-Content-Digest: {digest}\r\nDocker-Distribution-Api-Version: registry/2.0\r\n\r\n",
            body.len()
        );
        let mut whole = head.into_bytes();
        if method == "GET" {
            whole.extend_from_slice(body.as_bytes());
        }
        if out.write_all(&whole).is_err() {
            return;
        }
    }
}

/// Lists that no registry should give, by the beginning of the repository's name.
fn hostile(name: &str, query: &str) -> Option<String> {
    match name.split('/').next()? {
        "huge" => Some(format!(r#"{{"tags": ["{}"]}}"#, "x".repeat(20_000_000))),
        "weird" => Some("{\"tags\": [\"3.13-dev\", \"\u{1b}[2J\", \"..\", 7, {}]}".into()),
        "many" => {
            let tags: Vec<String> = (0..30_000).map(|n| format!("{}{n}", query.len())).collect();
            Some(serde_json::json!({ "tags": tags }).to_string())
        }
        "odd" => {
            Some(r#"{"tags": ["3.13-dev-999999999999", "3.13-dev-", "-dev", "3.13-dev"]}"#.into())
        }
        _ => None,
    }
}

fn answer(
    path: &str,
    repositories: &Repositories,
    digest: &str,
    log: &Mutex<Vec<String>>,
) -> (&'static str, &'static str, String) {
    let json = "application/json";
    let unknown = |code: &str| {
        let body = format!(r#"{{"errors": [{{"code": "{code}", "message": "not known"}}]}}"#);
        ("404 Not Found", json, body)
    };
    let Some(rest) = path.strip_prefix("/v2/") else {
        return unknown("UNSUPPORTED");
    };
    if rest.is_empty() {
        return ("200 OK", json, "{}".into());
    }
    let (question, query) = rest.split_once('?').unwrap_or((rest, ""));
    if let Some(name) = question.strip_suffix("/tags/list") {
        log.lock().unwrap().push(format!("{name} list"));
        if let Some(body) = hostile(name, query) {
            return ("200 OK", json, body);
        }
        return match repositories.get(name) {
            Some(tags) => {
                let tags: Vec<&String> = tags.iter().collect();
                let body = serde_json::json!({"name": name, "tags": tags});
                ("200 OK", json, body.to_string())
            }
            None => unknown("NAME_UNKNOWN"),
        };
    }
    let Some((name, tag)) = rest.split_once("/manifests/") else {
        return unknown("UNSUPPORTED");
    };
    let Some(tags) = repositories.get(name) else {
        log.lock().unwrap().push(format!("{name}:{tag}"));
        return unknown("NAME_UNKNOWN");
    };
    if tag == digest {
        return ("200 OK", LIST_TYPE, LIST.into());
    }
    log.lock().unwrap().push(format!("{name}:{tag}"));
    if tags.contains(tag) {
        ("200 OK", LIST_TYPE, LIST.into())
    } else {
        unknown("MANIFEST_UNKNOWN")
    }
}
