//! From an image to a Dockerfile that holds, the whole way: explored with a folder, a compiler installed, a program
//! compiled and run, the recipe verified, saved, built and run by docker itself.

use std::fs;

use crate::person::{PROMPT, Person, QUIT, run};
use crate::support::{Pty, docker, unique};

const PROD: &str = "cgr.dev/chainguard/glibc-dynamic:latest";
const SOURCE: &str = r#"#include <stdio.h>
int main(int count, char **words) {
    printf("hello from %s\n", count > 1 ? words[1] : words[0]);
    return 0;
}
"#;

fn leave(mut pty: Pty, answer: &str) {
    pty.send(QUIT);
    pty.wait_for("What is to become of it?");
    pty.send(answer);
    assert_eq!(pty.wait_exit().exit_code(), 0);
}

/// The only twin of that person, and its session.
fn twin(person: &Person) -> (String, String) {
    let listed: serde_json::Value = serde_json::from_str(&person.says(&["ls", "--json"])).unwrap();
    let twins = listed["twins"].as_array().unwrap().iter();
    let mut own = twins.filter(|twin| matches!(twin["liveness"].as_str(), Some("live" | "kept")));
    let twin = own.next().unwrap();
    let text = |key: &str| twin[key].as_str().unwrap().to_owned();
    (text("name"), text("session"))
}

#[test]
fn a_session_ends_as_a_dockerfile_that_builds_what_it_made() {
    let (person, place) = (Person::new(), tempfile::tempdir().unwrap());
    fs::write(place.path().join("hello.c"), SOURCE).unwrap();
    let folder = place.path().to_str().unwrap();
    let mut pty = person.tui(&["explore", "--mount", folder, "--no-caches", PROD]);
    pty.wait_for(PROMPT);
    run(&mut pty, "apk add cc", "OK: ");
    run(
        &mut pty,
        "cc -static -o hello hello.c && echo compiled-$?",
        "compiled-0",
    );
    run(
        &mut pty,
        "./hello session-$((20 + 3))",
        "hello from session-23",
    );
    run(&mut pty, "./hello you", "hello from you");
    pty.send("\x1b9"); // Alt-9
    pty.wait_for("RUN apk add --no-cache cc");
    pty.wait_for("ENTRYPOINT [\"/build/hello\"]");
    pty.send("v");
    pty.wait_for("It holds");
    let screen = pty.screen();
    for point in [
        "prints what the session printed",
        "it has no shell",
        "it runs as 65532",
        "byte by byte",
    ] {
        assert!(screen.contains(point), "{point}\n{screen}");
    }
    pty.send("s");
    pty.wait_for("Save the Dockerfile");
    let file = place.path().join("Dockerfile");
    pty.send(format!("\x15{}\r", file.display()));
    pty.wait_for("saved to");
    let (name, session) = twin(&person);
    leave(pty, "k");

    // Another process, after the detach: the same text.
    let text = person.says(&["recipe", "--dockerfile", &name]);
    assert_eq!(text, fs::read_to_string(&file).unwrap());
    assert_eq!(person.says(&["recipe", "--apk", &name]), "apk add cc\n");
    let document: serde_json::Value =
        serde_json::from_str(&person.says(&["recipe", "--json", &name])).unwrap();
    assert_eq!(document["schema"], "devtwin.recipe/1");
    assert_eq!(document["artifacts"][0]["path"], "/build/hello");

    // And docker itself agrees.
    let image = format!("{}:1", unique("image"));
    docker::ok(&["build", "-q", "-t", &image, folder]);
    assert_eq!(docker::ok(&["run", "--rm", &image]), "hello from you");
    assert_eq!(
        docker::ok(&["image", "inspect", "-f", "{{.Config.User}}", &image]).trim(),
        "65532"
    );
    let shell = docker::run(&["run", "--rm", "--entrypoint", "/bin/sh", &image]);
    assert!(!shell.status.success(), "it has no shell");
    docker::ok(&["rmi", "-f", &image]);

    // Not `clean --all`: that would take what the tests beside this one are at.
    let mut again = person.tui(&["attach", &name]);
    again.wait_for("9 Recipe");
    leave(again, "r");
    let filter = format!("label=dev.devtwin.session={session}");
    for what in ["ps -aq", "volume ls -q", "images -q"] {
        let words: Vec<&str> = what.split(' ').collect();
        assert_eq!(
            docker::ok(&[&words[..], &["--filter", &filter]].concat()),
            "",
            "{what}"
        );
    }
    assert!(
        !place.path().join("hello").exists(),
        "what was written went into a layer"
    );
}
