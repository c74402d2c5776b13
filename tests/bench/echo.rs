//! A key at rest: from typing it to its cell in the output, through the whole program and back.

use std::process::Command;
use std::time::Duration;

use crate::figures::Figures;
use crate::lean::Lean;
use crate::scene::Scene;

const KEYS: usize = 400;
/// Keys after which the line is begun anew, before it wraps.
const LINE: usize = 48;
/// Letters that end no escape sequence which any of the programs writes: one in the output is the echo.
const LETTERS: &[u8] = b"xzwXZYQW";

pub(crate) fn echo() {
    let mut further = Scene::open_further();
    let mut scene = Scene::open();
    let mut docker = scene.docker_exec();
    let mut tmux = Tmux::open(&scene.twin);
    let [mut ours, mut second, mut theirs, mut nested] = [(); 4].map(|()| Figures::default());
    for n in 0..KEYS {
        // In turns, so that a noisy moment of the machine meets all of them.
        ours.push(key(&mut scene.pane, n));
        second.push(key(&mut further.pane, n));
        theirs.push(key(&mut docker, n));
        nested.push(key(&mut tmux.pty, n));
    }
    println!(
        "key at rest, first shell: {}; further shell: {} (budget p99 5 ms); docker exec -it: {}; tmux before it: {} ({KEYS} keys each)",
        ours.spread(),
        second.spread(),
        theirs.spread(),
        nested.spread(),
    );
    for (name, times) in [("first", &ours), ("further", &second)] {
        println!(
            "    median of the {name} shell over docker exec -it {:+.2} ms (budget 0.5), over tmux {:+.2} ms (budget 0)",
            times.median() - theirs.median(),
            times.median() - nested.median()
        );
    }
}

fn key(pty: &mut Lean, n: usize) -> Duration {
    if n.is_multiple_of(LINE) {
        pty.send([0x15]); // Ctrl-U
        pty.pass(Duration::from_millis(100));
    }
    let letter = char::from(LETTERS[n % LETTERS.len()]).to_string();
    let sent = pty.send(&letter);
    let time = pty.wait_for(&letter) - sent;
    pty.pass(Duration::from_micros(12_000 + (n as u64 * 7_919) % 9_000));
    time
}

/// `docker exec -it` in a tmux with a server of its own.
struct Tmux {
    pty: Lean,
    socket: String,
    _folder: tempfile::TempDir,
}

impl Tmux {
    fn open(twin: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("tmux").display().to_string();
        let command = format!("docker exec -it {twin} bash");
        let argv = ["tmux", "-S", &socket, "-f", "/dev/null"];
        let rest = ["new-session", &command, ";", "set", "status", "off"];
        let mut pty = Lean::spawn(&[&argv[..], &rest].concat(), &[]);
        pty.wait_for("bash-");
        Self {
            pty,
            socket,
            _folder: folder,
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let mut tmux = Command::new("tmux");
        let ended = tmux.args(["-S", &self.socket, "kill-server"]).status();
        assert!(ended.is_ok(), "tmux ends");
    }
}
