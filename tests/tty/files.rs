//! Files and the comparison in a terminal, on the real engine: what is shown is what `docker cp` brings, copies arrive, odd
//! files do no harm, and nothing looks when nobody does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use crate::person::{PROMPT, Person, finish, run};
use crate::support::pty::PATIENCE;
use crate::support::{Container, Pty, docker};

const WEB: &str = "cgr.dev/chainguard/web:latest";
const TOOLS: &str = "acme/tools:1";
/// Alt-1, Alt-7, Alt-8.
const SHELL: &str = "\x1b1";
const FILES: &str = "\x1b7";
const COMPARE: &str = "\x1b8";

/// The container of the twin that stands beside `target`.
fn twin(target: &Container) -> String {
    let label = format!("label=dev.devtwin.target={}", target.id());
    docker::ok(&["ps", "--filter", &label, "--format", "{{.Names}}"])
}

/// Waits until the twin has a shell that looks at files, or has none.
#[track_caller]
fn wait_looking(twin: &str, wanted: bool) {
    let start = Instant::now();
    loop {
        let said = docker::ok(&["top", twin, "-eo", "pid,args"]);
        if said.contains("devtwin-files") == wanted {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "looking: {wanted}?\n{said}");
    }
}

/// Filters for `name` and opens it.
fn open(pty: &mut Pty, name: &str, wanted: &str) {
    pty.send(name);
    pty.wait_for(&format!("❯ {name}"));
    pty.send("\r");
    pty.wait_for(wanted);
}

#[test]
fn files_are_browsed_viewed_and_copied() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    let twin = twin(&target);
    wait_looking(&twin, false);
    pty.send(FILES);
    pty.wait_for("[Target]");
    pty.wait_for("usr/");
    wait_looking(&twin, true);
    // A link within the root: /bin leads to /usr/bin of the target, which has no shell.
    open(&mut pty, "bin", "/usr/bin ❯");
    pty.wait_for("web*");
    let screen = pty.screen();
    assert!(
        !screen.contains("busybox"),
        "the target's own files:\n{screen}"
    );
    pty.wait_for("package web");
    pty.send("\r");
    pty.wait_for("static program");
    // Its bytes are those that docker brings.
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("web");
    pty.send("s");
    pty.wait_for("./web");
    pty.send("\x15");
    pty.send(there.to_str().unwrap());
    pty.send("\r");
    pty.wait_for("copied to");
    let theirs = folder.path().join("theirs");
    let from = format!("{}:/usr/bin/web", target.name());
    docker::ok(&["cp", &from, theirs.to_str().unwrap()]);
    assert_eq!(fs::read(&there).unwrap(), fs::read(&theirs).unwrap());
    let mode = fs::metadata(&there).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    // Nothing is overwritten.
    pty.send("s");
    pty.wait_for("./web");
    pty.send("\x15");
    pty.send(there.to_str().unwrap());
    pty.send("\r");
    pty.wait_for("overwrites no file");
    assert_eq!(fs::read(&there).unwrap(), fs::read(&theirs).unwrap());
    pty.send("\x1b");
    pty.wait_until("the message to go", |screen| !screen.contains("overwrites"));
    pty.send("q");
    // Into the twin alone, and on a yes alone.
    let own = folder.path().join("own.conf");
    fs::write(&own, "from-here\n").unwrap();
    pty.send("\t");
    pty.wait_for("[Twin]");
    pty.wait_for("root:root");
    for (answer, arrives) in [("\r", false), ("y", true)] {
        pty.send("\x1bu");
        pty.wait_for("Which file of this machine");
        pty.send("\x15");
        pty.send(own.to_str().unwrap());
        pty.send("\r");
        pty.wait_for("docker cp");
        pty.send(answer);
        if arrives {
            pty.wait_for("/own.conf is in the twin");
            pty.wait_for("own.conf ");
        }
        let said = docker::run(&["exec", &twin, "cat", "/own.conf"]);
        assert_eq!(said.status.success(), arrives);
    }
    assert!(!docker::ok(&["diff", target.name()]).contains("own.conf"));
    // An image, which streams by.
    pty.send("\t");
    pty.wait_for("[Prod image]");
    pty.wait_for("15 entries");
    open(&mut pty, "etc", "/etc ❯");
    open(&mut pty, "passwd", "nonroot:x:65532");
    pty.send(SHELL);
    pty.wait_for(PROMPT);
    wait_looking(&twin, false);
    run(&mut pty, "cat /own.co*", "from-here");
    finish(pty, &target);
}

#[test]
fn odd_files_do_no_harm() {
    let odd = "mkdir /odd && cd /odd && mkfifo pipe && ln -s loop loop && ln -s /etc/passwd out \
               && printf x > $'new\\nline\\033[2J' && printf raw > $'\\xff' && mkdir shut && chmod 0 shut \
               && truncate -s 3G large && printf 'last line' >> large \
               && cd /many && touch f{1..50000} && touch /ready && exec sleep 7701";
    let person = Person::new();
    let target = Container::run(
        TOOLS,
        &["--entrypoint", "bash", "--tmpfs", "/many"],
        &["-c", odd],
    );
    let mut pty = person.attach(&target);
    let start = Instant::now();
    while !docker::run(&["exec", target.name(), "test", "-e", "/ready"])
        .status
        .success()
    {
        assert!(start.elapsed() < PATIENCE, "the files were not made");
    }
    pty.send(FILES);
    pty.wait_for("[Target]");
    pty.wait_for("many/");
    open(&mut pty, "many", "50000 entries");
    open(&mut pty, "f49999", "An empty file");
    pty.send("q");
    pty.send("\x1b");
    pty.wait_for("50000 entries");
    pty.send("\x7f");
    pty.wait_for("odd/");
    open(&mut pty, "odd", "/odd ❯");
    pty.wait_for("7 entries");
    let screen = pty.screen();
    assert!(
        screen.contains("\\xff") && screen.contains("new line\u{fffd}[2J"),
        "{screen}"
    );
    open(&mut pty, "pipe", "is a pipe");
    pty.send("\x1b\x1b");
    pty.wait_for("7 entries");
    open(&mut pty, "loop", "lead in a circle");
    pty.send("\x1b");
    pty.wait_until("the message to go", |screen| !screen.contains("circle"));
    pty.send("\x15");
    // A name that is not UTF-8 is opened all the same.
    open(&mut pty, "xff", "raw");
    pty.send("q");
    pty.send("\x15");
    // A link that is absolute leads to the target's file.
    open(&mut pty, "out", "nobody:x");
    pty.wait_for("/etc/passwd");
    pty.send("q");
    // The end of a huge file is there at once.
    open(&mut pty, "large", "00000000");
    pty.send("G");
    pty.wait_for("last line");
    finish(pty, &target);
}

#[test]
fn the_target_is_compared_with_its_dev_image() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    pty.send(COMPARE);
    pty.wait_for("+ apk-tools");
    let screen = pty.screen();
    assert!(screen.contains("[Packages "), "{screen}");
    pty.send("\t\t");
    pty.wait_for("[Files ");
    pty.wait_for("▸ usr/");
    pty.send("\t\t");
    pty.wait_for("only in dev");
    pty.send("bash");
    pty.wait_for("prod  no bash there");
    pty.wait_for("dev   yes, bash is /");
    // Nothing stays behind: neither of the comparison, nor of the session.
    finish(pty, &target);
}
