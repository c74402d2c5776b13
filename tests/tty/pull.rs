//! A dev image that must be pulled first: progress, giving up, a registry that refuses.

use std::hash::{BuildHasher as _, RandomState};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::person::{PROMPT, Person, WEB, finish, left, run};
use crate::support::docker::{self, Image};
use crate::support::registry::{Registry, forget};
use crate::support::{Container, Pty, unique};

const DEV: &str = "cgr.dev/chainguard/web:latest-dev";
/// The layer that must be pulled, and how much of it comes before the gate opens.
const LAYER: usize = 12_000_000;
const BEFORE_THE_GATE: usize = 4_000_000;

/// A way to a registry that is closed after some bytes until someone opens it: so a pull is seen, and
/// given up, in its middle, however fast the machine is.
struct Gate {
    host: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    passed: Mutex<(usize, bool)>,
    opened: Condvar,
}

impl State {
    /// Waits while `count` bytes more are too many; at most as long as a test may take.
    fn pass(&self, count: usize) {
        let mut passed = self.passed.lock().unwrap();
        passed.0 += count;
        let closed = |(bytes, open): &mut (usize, bool)| *bytes > BEFORE_THE_GATE && !*open;
        drop(
            self.opened
                .wait_timeout_while(passed, Duration::from_secs(120), closed)
                .unwrap(),
        );
    }
}

impl Gate {
    fn before(registry: &Registry) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State::default());
        let (behind, shared) = (registry.host.clone(), Arc::clone(&state));
        // Ends with the test program.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&behind).unwrap();
                let (to, from) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || copy(from, to, |_| {}));
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || copy(server, client, |count| shared.pass(count)));
            }
        });
        Self { host, state }
    }

    fn open(&self) {
        self.state.passed.lock().unwrap().1 = true;
        self.state.opened.notify_all();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
        forget(&self.host);
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, passing: impl Fn(usize)) {
    let mut chunk = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        passing(count);
        if to.write_all(&chunk[..count]).is_err() {
            break;
        }
    }
    // Either side may be gone already.
    let _ = to.shutdown(std::net::Shutdown::Write);
}

/// A target whose dev image is only behind a gate: its parts, in the order in which they must go.
struct Remote {
    target: Container,
    gate: Gate,
    pulled: Image,
    _registry: Registry,
}

impl Remote {
    /// A command on a terminal, which prints `up-2`.
    fn exec(&self) -> [&str; 9] {
        let (image, target) = (self.pulled.name(), self.target.name());
        let echo = "echo up-$((1 + 1)); read line";
        [
            "exec", "-it", "--image", image, target, "--", "sh", "-c", echo,
        ]
    }

    fn attach(&self) -> [&str; 4] {
        ["attach", "--image", self.pulled.name(), self.target.name()]
    }
}

fn remote() -> Remote {
    docker::require_docker();
    let registry = Registry::start(None);
    let gate = Gate::before(&registry);
    {
        // A layer of its own, of this test too, that does not compress: else there would be nothing to
        // pull, also when another test's image has the same.
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ballast");
        let mut seed = RandomState::new().hash_one(0) | 1;
        let noise = std::iter::repeat_with(|| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed.to_le_bytes()
        });
        let bytes: Vec<u8> = noise.take(LAYER / 8).flatten().collect();
        std::fs::write(&file, bytes).unwrap();
        let made = Container::create(DEV, &[], &[]);
        let there = format!("{}:/ballast", made.name());
        docker::ok(&["cp", file.to_str().unwrap(), &there]);
        let image = Image::adopt(unique("dev"));
        docker::ok(&["commit", made.name(), image.name()]);
        registry.push(image.name(), "x/web:1-dev");
    }
    let pulled = Image::adopt(format!("{}/x/web:1-dev", gate.host));
    Remote {
        target: Container::run(WEB, &[], &[]),
        gate,
        pulled,
        _registry: registry,
    }
}

#[track_caller]
fn wait_for_the_middle(pty: &mut Pty) {
    pty.wait_until("layers on their way", |s| {
        s.contains("pulling") && s.contains(" layers") && s.contains("downloading")
    });
    let screen = pty.screen();
    assert!(
        screen.contains("12.0 MB") || screen.contains("MB"),
        "{screen}"
    );
}

#[test]
fn the_pull_is_shown_layer_by_layer_and_ends_in_a_shell() {
    let (person, remote) = (Person::new(), remote());
    let mut pty = person.tui(&remote.attach());
    wait_for_the_middle(&mut pty);
    assert_eq!(left(&remote.target.id()), "", "nothing is made before");
    remote.gate.open();
    pty.wait_for(PROMPT);
    run(&mut pty, "wc -c </ballast", &LAYER.to_string());
    finish(pty, &remote.target);
}

#[test]
fn escape_in_the_middle_of_a_pull_leaves_nothing() {
    let (person, remote) = (Person::new(), remote());
    let mut pty = person.tui(&remote.attach());
    wait_for_the_middle(&mut pty);
    pty.send("\x1b");
    assert_eq!(pty.wait_exit().exit_code(), 6);
    assert!(pty.screen().contains("cancelled"), "{}", pty.screen());
    assert_eq!(left(&remote.target.id()), "");
    assert!(
        !docker::run(&["image", "inspect", remote.pulled.name()])
            .status
            .success()
    );
}

#[test]
fn ctrl_c_ends_a_command_in_the_middle_of_its_pull_and_leaves_nothing() {
    let (person, remote) = (Person::new(), remote());
    let mut pty = person.tui(&remote.exec());
    pty.wait_for(" layers");
    pty.send("\x03");
    let (status, settings) = pty.wait_exit_and_stty();
    let said = pty.raw_text();
    assert_eq!(status.exit_code(), 6, "{said}");
    assert!(said.contains("cancelled"), "{said}");
    assert_eq!(settings, pty.stty_at_start());
    assert_eq!(left(&remote.target.id()), "");
    let pulled = docker::run(&["image", "inspect", remote.pulled.name()]);
    assert!(!pulled.status.success());
}

#[test]
fn a_command_has_the_terminal_once_its_image_is_pulled() {
    let (person, remote) = (Person::new(), remote());
    let mut pty = person.tui(&remote.exec());
    pty.wait_for(" layers");
    assert_eq!(pty.stty(), pty.stty_at_start(), "the keys are ours still");
    remote.gate.open();
    pty.wait_for("up-2");
    assert_ne!(
        pty.stty(),
        pty.stty_at_start(),
        "the keys are the command's"
    );
    pty.send("\r");
    let (status, settings) = pty.wait_exit_and_stty();
    assert_eq!(status.exit_code(), 0, "{}", pty.screen());
    assert_eq!(settings, pty.stty_at_start());
    assert_eq!(left(&remote.target.id()), "");
}

#[test]
fn a_registry_that_wants_a_password_is_status_four_with_the_login_command() {
    let (person, registry) = (Person::new(), Registry::start(Some("secret")));
    let target = Container::run(WEB, &[], &[]);
    let dev = registry.reference("x/web:1-dev");
    let mut pty = person.tui(&["attach", "--image", &dev, target.name()]);
    pty.wait_for(&format!("docker login {}", registry.host));
    pty.wait_for("Esc quit");
    pty.send("\x1b");
    assert_eq!(pty.wait_exit().exit_code(), 4);
    assert!(pty.screen().contains("docker login"), "{}", pty.screen());
    assert_eq!(left(&target.id()), "");
}
