//! web: the application of the lessons' labs. It serves HTTP, writes files, obeys or ignores signals, as its arguments
//! say. One file and no crates, so that build.rs makes it by one call of the compiler; `USAGE` lists what it takes.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::exit;
use std::time::Duration;

const USAGE: &str = "\
usage: web [--port N] [--listen ADDRESS] [--greeting TEXT] [--root DIR] [--write FILE]… [--ignore-term]
       web --health [--port N]
       web --exit N [--after MS]
       web --print-args …";

const BIND: i32 = 1;
const BAD_USAGE: i32 = 2;
const NO_WRITE: i32 = 4;

/// How long a client may say nothing, and the probe waits for its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest line of a request, and of all its lines.
const LONGEST: u64 = 16 * 1024;

const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

// The standard library has no signals, and a crate for them would be the program's only one. Both are of every C library.
unsafe extern "C" {
    safe fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
    safe fn _exit(status: i32) -> !;
}

/// The kernel drops a signal that process 1 has no handler for: without this one a stop would take its full time.
extern "C" fn stop(_number: i32) {
    _exit(0)
}

struct Options {
    port: u16,
    listen: SocketAddr,
    greeting: String,
    root: Option<PathBuf>,
    write: Vec<PathBuf>,
    ignore_term: bool,
    health: bool,
    exit: Option<u8>,
    after: Duration,
}

fn main() {
    let words: Vec<OsString> = std::env::args_os().collect();
    if words.iter().skip(1).any(|word| word == "--print-args") {
        let lines = words.iter().flat_map(|word| [word.as_bytes(), b"\n"]);
        say(&lines.collect::<Vec<_>>().concat());
        exit(0);
    }
    let words = words
        .into_iter()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned());
    let options = parse(words);
    if options.health {
        exit(i32::from(!is_healthy(options.port)));
    }
    signal(SIGINT, stop);
    if !options.ignore_term {
        signal(SIGTERM, stop);
    }
    for file in &options.write {
        let opened = OpenOptions::new().create(true).append(true).open(file);
        if let Err(error) = opened.and_then(|mut file| file.write_all(b"written by web\n")) {
            fail(
                NO_WRITE,
                &format!("cannot write {}: {error}", file.display()),
            );
        }
    }
    if let Some(status) = options.exit {
        std::thread::sleep(options.after);
        exit(status.into());
    }
    serve(&options);
}

fn parse(words: impl Iterator<Item = String>) -> Options {
    let mut words = words;
    let mut options = Options {
        port: 8080,
        listen: (Ipv4Addr::UNSPECIFIED, 0).into(),
        greeting: "hello from web".into(),
        root: None,
        write: Vec::new(),
        ignore_term: false,
        health: false,
        exit: None,
        after: Duration::ZERO,
    };
    while let Some(word) = words.next() {
        let name = word.as_str();
        let mut value = || {
            let value = words.next();
            value.unwrap_or_else(|| misused(&format!("{name} needs a value")))
        };
        match name {
            "--port" => options.port = number(name, &value()),
            "--listen" => {
                let given = value();
                let address = given
                    .parse()
                    .map(|address: std::net::IpAddr| (address, 0).into());
                options.listen = address.unwrap_or_else(|_| {
                    misused(&format!("--listen needs an address, not {given:?}"))
                });
            }
            "--greeting" => options.greeting = value(),
            "--root" => options.root = Some(value().into()),
            "--write" => options.write.push(value().into()),
            "--ignore-term" => options.ignore_term = true,
            "--health" => options.health = true,
            "--exit" => options.exit = Some(number(name, &value())),
            "--after" => {
                options.after = Duration::from_millis(number::<u32>(name, &value()).into())
            }
            other => misused(&format!("unknown argument {other:?}")),
        }
    }
    options
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> T {
    text.parse()
        .unwrap_or_else(|_| misused(&format!("{name} needs a number, not {text:?}")))
}

fn misused(why: &str) -> ! {
    fail(BAD_USAGE, &format!("{why}\n{USAGE}"))
}

fn fail(status: i32, why: &str) -> ! {
    // Nobody may be reading, and that must not change the status.
    let _ = writeln!(io::stderr(), "web: {why}");
    exit(status)
}

fn say(text: &[u8]) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text).and_then(|()| out.flush());
}

/// The probe of a health check that needs no shell and no curl.
fn is_healthy(port: u16) -> bool {
    let ask = || {
        let mut server = TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), PATIENCE)?;
        server.set_read_timeout(Some(PATIENCE))?;
        server.write_all(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut status = String::new();
        BufReader::new(server)
            .take(LONGEST)
            .read_line(&mut status)?;
        Ok::<_, io::Error>(status)
    };
    match ask() {
        Ok(status) if status.split(' ').nth(1) == Some("200") => {
            say(b"healthy\n");
            true
        }
        Ok(status) => {
            say(format!("unhealthy: {}\n", status.trim_end()).as_bytes());
            false
        }
        Err(error) => {
            say(format!("unhealthy: port {port}: {error}\n").as_bytes());
            false
        }
    }
}

fn serve(options: &Options) -> ! {
    let address = SocketAddr::new(options.listen.ip(), options.port);
    let listener = TcpListener::bind(address)
        .unwrap_or_else(|error| fail(BIND, &format!("cannot listen on {address}: {error}")));
    let address = listener.local_addr().unwrap_or(address);
    say(format!("web: listening on {address}\n").as_bytes());
    std::thread::scope(|threads| {
        loop {
            // A client that is slow, or gone, is no reason to end, and holds up no other.
            if let Ok((client, peer)) = listener.accept() {
                let begun = std::thread::Builder::new()
                    .stack_size(256 * 1024)
                    .spawn_scoped(threads, move || answer(options, &client, peer));
                drop(begun);
            }
        }
    })
}

fn answer(options: &Options, client: &TcpStream, peer: SocketAddr) {
    let _ = client.set_read_timeout(Some(PATIENCE));
    let _ = client.set_write_timeout(Some(PATIENCE));
    let mut lines = BufReader::new(client.take(LONGEST));
    let mut request = String::new();
    if lines.read_line(&mut request).is_err() || request.is_empty() {
        return;
    }
    let mut line = String::new();
    while lines.read_line(&mut line).is_ok_and(|read| read > 2) {
        line.clear();
    }
    let mut words = request.split_whitespace();
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let path = target.split('?').next().unwrap_or_default();
    let (status, body) = match method {
        "GET" | "HEAD" => found(options, path),
        _ => ("405 Method Not Allowed", b"only GET and HEAD\n".to_vec()),
    };
    let head = format!(
        "HTTP/1.0 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut client = client;
    let sent = client.write_all(head.as_bytes());
    if method != "HEAD" && sent.is_ok() {
        let _ = client.write_all(&body);
    }
    let code = status.split(' ').next().unwrap_or_default();
    // What a client sends must not drive the reader's terminal.
    let shown: String = target
        .chars()
        .take(200)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    let method: String = method
        .chars()
        .take(20)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    say(format!("{} {method} {shown} {code}\n", peer.ip()).as_bytes());
}

fn found(options: &Options, path: &str) -> (&'static str, Vec<u8>) {
    let greeting = || ("200 OK", format!("{}\n", options.greeting).into_bytes());
    let missing = || ("404 Not Found", b"no such page\n".to_vec());
    let below = Path::new(path.trim_start_matches('/'));
    let Some(root) = &options.root else {
        return if path == "/" { greeting() } else { missing() };
    };
    // Nothing above the root: no `..`, and no second root.
    if !below
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return missing();
    }
    let mut file = root.join(below);
    if path.ends_with('/') {
        file.push("index.html");
    }
    match fs::read(file) {
        Ok(body) => ("200 OK", body),
        Err(_) if path == "/" => greeting(),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            ("403 Forbidden", b"may not be read\n".to_vec())
        }
        Err(_) => missing(),
    }
}
