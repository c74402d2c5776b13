//! Processes and network of a busy target in a terminal: they agree with the engine and with other programs, a signal
//! is sent on a yes alone, and nothing looks when nobody does.

use std::net::TcpStream;
use std::time::Instant;

use crate::person::{PROMPT, Person, finish};
use crate::support::pty::PATIENCE;
use crate::support::{Container, Pty, docker};

const WEB: &str = "cgr.dev/chainguard/web:latest";
const TOOLS: &str = "acme/tools:1";
/// Alt-1, Alt-5, Alt-6.
const SHELL: &str = "\x1b1";
const PROCESSES: &str = "\x1b5";
const NETWORK: &str = "\x1b6";

/// The commands of a container's processes, as the engine tells them.
fn top(name: &str) -> String {
    docker::ok(&["top", name, "-eo", "pid,args"])
}

/// The container of the twin that stands beside `target`.
fn twin(target: &Container) -> String {
    let label = format!("label=dev.devtwin.target={}", target.id());
    docker::ok(&["ps", "--filter", &label, "--format", "{{.Names}}"])
}

/// Waits until the twin has a shell that looks, or has none.
#[track_caller]
fn wait_looking(twin: &str, wanted: bool) {
    let start = Instant::now();
    loop {
        let said = top(twin);
        if said.contains("devtwin-look") == wanted {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "looking: {wanted}?\n{said}");
    }
}

#[test]
fn processes_of_a_busy_target_are_those_of_docker_top() {
    let busy = "sleep 7401 & sh -c 'sleep 7402 & sleep 7403 & wait' & wait";
    let flags = ["-e", "API_TOKEN=hunter2", "--entrypoint", "sh"];
    let (person, target) = (Person::new(), Container::run(TOOLS, &flags, &["-c", busy]));
    let mut pty = person.attach(&target);
    let twin = twin(&target);
    wait_looking(&twin, false);
    pty.send(PROCESSES);
    pty.wait_for("sleep 7403");
    wait_looking(&twin, true);
    let screen = pty.screen();
    let lines = top(target.name());
    for line in lines.lines().skip(1) {
        let (_, words) = line.trim().split_once(' ').unwrap();
        let start: String = words.trim().chars().take(30).collect();
        assert!(screen.contains(&start), "{start}\n{screen}");
    }
    assert!(screen.contains("Processes 5 "), "{screen}");
    assert!(
        screen.contains("├ sleep 7401") && screen.contains("└ sleep 7403"),
        "{screen}"
    );
    pty.wait_for("API_TOKEN=***");
    // What is started by somebody else comes by itself.
    docker::ok(&["exec", "-d", target.name(), "sleep", "7404"]);
    pty.wait_for("sleep 7404");
    pty.send(SHELL);
    pty.wait_for(PROMPT);
    wait_looking(&twin, false);
    finish(pty, &target);
}

/// Opens the choice of a signal for the chosen process, and chooses the first one: TERM.
fn choose_term(pty: &mut Pty) {
    pty.send("s");
    pty.wait_for("A signal for process 1");
    pty.send("\r");
    pty.wait_for("Send SIGTERM to process 1?");
}

#[test]
fn a_signal_reaches_the_target_on_a_yes_alone() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    pty.send(PROCESSES);
    pty.wait_for("program    /usr/bin/web");
    choose_term(&mut pty);
    let command = format!("docker kill --signal TERM {}", target.name());
    pty.wait_for(&command);
    // Other keys, Enter among them, send nothing.
    for key in ["y", "t", "k", "\r"] {
        pty.send(key);
    }
    pty.wait_until("the question to go", |screen| {
        !screen.contains("Send SIGTERM")
    });
    let running = docker::ok(&["inspect", "--format", "{{.State.Running}}", target.name()]);
    assert_eq!(running, "true");
    assert!(!docker::ok(&["logs", target.name()]).contains("stopping"));
    choose_term(&mut pty);
    pty.send("s");
    pty.wait_for("process 1 has ended");
    let said = docker::run(&["logs", target.name()]);
    let said = [said.stdout, said.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("stopping"), "{said}");
    pty.send("\x1d\x11");
    pty.wait_exit();
    assert_eq!(crate::person::left(&target.id()), "");
}

#[test]
fn the_network_of_a_busy_target_is_that_of_netstat() {
    let flags = ["-p", "127.0.0.1::8080", "-p", "127.0.0.1::9999"];
    let (person, target) = (Person::new(), Container::run(WEB, &flags, &[]));
    let mut pty = person.attach(&target);
    let port = docker::ok(&["port", target.name(), "8080/tcp"]);
    let port = port.lines().next().unwrap();
    let open: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(port).unwrap()).collect();
    pty.send(NETWORK);
    pty.wait_for("0.0.0.0:8080");
    let shared = format!("container:{}", target.name());
    let said = docker::ok(&[
        "run",
        "--rm",
        "--label",
        docker::LABEL,
        "--network",
        &shared,
        "--entrypoint",
        "busybox",
        TOOLS,
        "netstat",
        "-tan",
    ]);
    let lines = said.lines().filter(|line| line.starts_with("tcp"));
    let ends: Vec<(String, String)> = lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words[3].to_owned(), words[4].to_owned())
        })
        .collect();
    assert_eq!(ends.len(), 4, "{said}");
    pty.wait_until("every socket of netstat", |screen| {
        let there = |(here, there): &(String, String)| {
            let there = there.strip_suffix(":*").map_or(there.as_str(), |_| "");
            screen
                .lines()
                .any(|line| line.contains(here.as_str()) && line.contains(there))
        };
        ends.iter().all(there)
    });
    let screen = pty.screen();
    assert!(screen.contains("web 1"), "whose it is:\n{screen}");
    assert!(screen.contains("nothing listens on 9999"), "{screen}");
    assert!(screen.contains("default via"), "{screen}");
    drop(open);
    finish(pty, &target);
}
