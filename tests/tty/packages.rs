//! The packages pane on real containers: found, installed, run and removed, with the target left as it was.

use std::time::Instant;

use crate::person::{LEADER, PROMPT, Person, QUIET, WEB, finish, line, prompt, run};
use crate::support::pty::PATIENCE;
use crate::support::{Container, Pty, debian, docker};

/// Alt-1 and Alt-2.
const SHELL: &str = "\x1b1";
const PANE: &str = "\x1b2";
const ESC: &str = "\x1b";
const DELETE: &str = "\x1b[3~";

/// The pane beside `target`, when it is known what can be had.
fn pane(person: &Person, target: &Container) -> Pty {
    let mut pty = person.attach(target);
    open(&mut pty);
    pty
}

fn open(pty: &mut Pty) {
    pty.send(PANE);
    pty.wait_until("the packages", |s| s.contains(" packages, "));
}

/// The pane in which a package is being installed whose script waits for longer than anybody would.
fn slow(person: &Person, target: &Container) -> Pty {
    let mut pty = person.attach(target);
    line(&mut pty, "cp /repo-extra/keys/* /etc/apk/keys/");
    line(&mut pty, "echo /repo-extra >> /etc/apk/repositories");
    prompt(&mut pty);
    open(&mut pty);
    pty.send("slow-post");
    pty.wait_for("▌   slow-post");
    pty.send("\r");
    pty.wait_for("Install slow-post?");
    pty.send("\r");
    pty.wait_for("Esc cancel");
    pty
}

/// Waits until `docker diff` of a container tells nothing; once would not tell what comes late.
#[track_caller]
fn untouched(target: &Container) {
    let until = Instant::now() + QUIET;
    while Instant::now() < until {
        assert_eq!(docker::ok(&["diff", target.name()]).trim(), "");
    }
}

#[test]
fn a_tool_is_found_installed_run_and_removed() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = pane(&person, &target);
    pty.send("dig");
    pty.wait_for("provides cmd:dig");
    // What comes along is told once the choice has rested, before anything is asked for.
    pty.wait_for("nothing comes with");
    pty.send("\r");
    pty.wait_for("Install bind-tools?");
    assert!(pty.screen().contains("docker exec -u 0 devtwin-"));
    pty.send("\r");
    pty.wait_for("✓ bind-tools is installed");
    assert!(pty.screen().contains("RUN apk add --no-cache bind-tools"));
    pty.send("o");
    pty.wait_for("(1/1) Installing bind-tools");
    pty.send(SHELL);
    pty.wait_for(PROMPT);
    run(&mut pty, "dig +short example.org", "DiG 9");
    pty.send(PANE);
    pty.wait_for("raw output");
    pty.send(ESC);
    pty.wait_for("● bind-tools");
    pty.send(DELETE);
    pty.wait_for("Remove bind-tools?");
    pty.send("\r");
    pty.wait_for("✓ bind-tools is removed");
    pty.send(SHELL);
    prompt(&mut pty);
    run(&mut pty, "clear; hash -r; dig", "dig: command not found");
    untouched(&target);
    finish(pty, &target);
}

#[test]
fn the_same_way_with_apt() {
    let image = debian::with_a_repository();
    let settings = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "[packages.apt]\nrepositories = ['{}']\n",
        debian::REPOSITORY
    );
    std::fs::write(settings.path(), text).unwrap();
    let env = [("DEVTWIN_CONFIG", settings.path().to_str().unwrap())];
    let (person, target) = (
        Person::new(),
        Container::run("dhi.io/web:1.4-debian12", &[], &[]),
    );
    let prompt = ":/home/nonroot#";
    let words = ["attach", "--image", image.name(), target.name()];
    let mut pty = person.tui_with(&words, &env);
    pty.wait_for(prompt);
    open(&mut pty);
    pty.send("greet");
    pty.wait_for("says hello");
    pty.send("\r");
    pty.wait_for("Install greet?");
    pty.wait_for("+ libgreet");
    assert!(
        pty.screen().contains("--no-install-recommends greet"),
        "{}",
        pty.screen()
    );
    pty.send("\r");
    pty.wait_for("✓ greet is installed");
    assert!(
        pty.screen().contains("sources.list.d/devtwin.list"),
        "{}",
        pty.screen()
    );
    pty.send(SHELL);
    pty.wait_for(prompt);
    run(&mut pty, "clear; greet", "hello from greet");
    pty.send(PANE);
    pty.wait_for("raw output");
    pty.send(ESC);
    pty.wait_for("● greet");
    pty.send(DELETE);
    pty.wait_for("Remove greet?");
    pty.send("\r");
    pty.wait_for("✓ greet is removed");
    pty.send(SHELL);
    pty.wait_for(prompt);
    run(
        &mut pty,
        "clear; hash -r; greet",
        "greet: command not found",
    );
    untouched(&target);
    // The twin goes before its image, which it uses.
    finish(pty, &target);
}

#[test]
fn a_command_that_is_not_found_is_installed_on_a_key_and_offered_the_next_time() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    line(&mut pty, "jq --version");
    pty.wait_for("jq is in the package jq");
    pty.send(LEADER);
    pty.wait_for("type what you want to do");
    pty.send("\x07");
    pty.wait_for("Install jq?");
    pty.send("\r");
    pty.wait_for("✓ jq is installed");
    pty.send(SHELL);
    prompt(&mut pty);
    run(&mut pty, "clear; jq --version", "jq-1");
    finish(pty, &target);

    let mut pty = pane(&person, &target);
    pty.wait_for("installs again what you had last time: jq");
    pty.send("\x1ba");
    pty.wait_for("Install jq?");
    pty.send(ESC);
    pty.wait_until("no popup", |s| !s.contains("Install jq?"));
    finish(pty, &target);
}

#[test]
fn an_installation_is_cancelled_in_the_middle() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = slow(&person, &target);
    pty.send("o");
    pty.wait_for("Installing slow-post");
    pty.send(ESC);
    pty.wait_for("cancelling …");
    pty.wait_for("raw output");
    pty.send("o");
    pty.wait_for("◌ cancelled:");
    // The manager is free again: nothing of the run is left.
    pty.send(ESC);
    pty.wait_for("❯ slow-post");
    pty.send("\x15jq");
    pty.wait_for("JSON processor");
    pty.send("\r");
    pty.wait_for("Install jq?");
    pty.send("\r");
    pty.wait_for("jq is installed");
    pty.send(SHELL);
    prompt(&mut pty);
    let left = "cat /proc/[0-9]*/cmdline 2>/dev/null | grep -ac slow-pos[t]";
    run(&mut pty, &format!("clear; echo left-$({left})"), "left-0");
    untouched(&target);
    finish(pty, &target);
}

#[test]
fn a_twin_that_is_killed_in_the_middle_is_told() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = slow(&person, &target);
    let start = Instant::now();
    docker::ok(&["kill", target.name()]);
    pty.wait_for("the twin has ended");
    pty.wait_for("✗ could not install slow-post");
    assert!(start.elapsed() < PATIENCE);
}
