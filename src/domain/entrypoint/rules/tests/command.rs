use super::super::super::tests::static_elf;
use super::super::testing::Scene;
use crate::domain::entrypoint::Severity;
use crate::domain::fs::{Content, Found};

const LINE: &[&str] = &["/bin/sh", "-c", "web --port 8081"];

#[test]
fn a_shell_line_as_arguments() {
    let found = Scene::image(&["/app/web"], LINE).warns("SHELL_CMD_TO_APP");
    assert_eq!(found.evidence[0], r#"ENTRYPOINT ["/app/web"]"#);
    Scene::image(&["/app/web"], LINE)
        .ended(2, &["web: unknown option /bin/sh"])
        .errs("SHELL_CMD_TO_APP");
    Scene::image(&["/app/web"], LINE)
        .runs()
        .notes("SHELL_CMD_TO_APP");
    let python = Scene::image(&["/usr/bin/python3"], LINE);
    let python = python.root(|root| root.elf("/usr/bin/python3", static_elf()));
    python.errs("SHELL_CMD_TO_APP");
}

#[test]
fn a_shell_line_for_one_who_runs_it() {
    for entrypoint in [
        &["/usr/bin/tini", "--"][..],
        &["/usr/bin/dumb-init"],
        &["uv", "run"],
        &["/bin/sh"],
    ] {
        let path = if entrypoint[0].starts_with('/') {
            entrypoint[0].to_owned()
        } else {
            "/usr/bin/uv".into()
        };
        let scene = Scene::image(entrypoint, LINE).shell();
        let scene = scene.root(|root| root.elf(&path, static_elf()));
        scene.lacks("SHELL_CMD_TO_APP");
    }
    let script = |text: &str| {
        let text = format!("#!/bin/sh\n{text}\n");
        Scene::image(&["/app/entry.sh"], LINE)
            .shell()
            .root(|root| root.file("/app/entry.sh", 0o755, &text))
    };
    script("exec \"$@\"").lacks("SHELL_CMD_TO_APP");
    script("exec /app/web").warns("SHELL_CMD_TO_APP");
    Scene::image(&["/app/web"], &["-c", "/bin/sh"]).lacks("SHELL_CMD_TO_APP");
}

fn python(cmd: &[&str]) -> Scene {
    let elf = static_elf();
    Scene::image(&["/usr/bin/python"], cmd).root(|root| {
        root.elf("/usr/bin/python", elf)
            .file("/app/main.py", 0o644, "")
    })
}

#[test]
fn a_command_that_an_interpreter_takes_for_a_file() {
    let given = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        python(&["/app/main.py"])
            .ended(2, &["/usr/bin/python: can't open file '//echo': [Errno 2]"])
            .container(|target| target.config.cmd = words)
    };
    let found = given(&["echo", "hello"]).errs("CMD_TO_INTERPRETER");
    assert!(
        found
            .evidence
            .contains(&"/echo is not a file that python could read".into()),
        "{found:?}"
    );
    assert!(found.advice[0].contains("--entrypoint echo"));
    given(&["/app/main.py"]).lacks("CMD_TO_INTERPRETER");
    given(&["--version"]).lacks("CMD_TO_INTERPRETER");
    given(&["-m", "http.server"]).lacks("CMD_TO_INTERPRETER");
    given(&[]).lacks("CMD_TO_INTERPRETER");
    python(&["/app/gone.py"]).warns("CMD_TO_INTERPRETER");
    python(&["app/main.py"]).lacks("CMD_TO_INTERPRETER");
    python(&["/app/gone.py"]).runs().lacks("CMD_TO_INTERPRETER");
}

#[test]
fn node_finds_files_without_their_ending() {
    let node = |word: &str| {
        let elf = static_elf();
        Scene::image(&["/usr/bin/node"], &[word])
            .root(|root| root.elf("/usr/bin/node", elf).file("/server.js", 0o644, ""))
    };
    node("server").lacks("CMD_TO_INTERPRETER");
    node("servre").warns("CMD_TO_INTERPRETER");
}

#[test]
fn a_command_that_a_program_takes_for_arguments() {
    let given = |cmd: &str, status: i64| {
        let cmd = vec![cmd.to_owned()];
        Scene::web()
            .ended(status, &["usage: web [flags]"])
            .container(|target| target.config.cmd = cmd)
    };
    given("bash", 2).warns("CMD_TO_INTERPRETER");
    given("serve", 2).lacks("CMD_TO_INTERPRETER");
    given("bash", 0).lacks("CMD_TO_INTERPRETER");
}

const SERVE: &str = "/bin/sh -c #(nop)  CMD [\"serve\"]";

#[test]
fn a_dropped_cmd() {
    let found = Scene::web()
        .history(&[SERVE, "ENTRYPOINT [\"/app/web\"]"])
        .warns("CMD_RESET");
    assert_eq!(found.evidence[0], format!("history: {SERVE}"));
    let nothing = Scene::image(&[], &[]);
    nothing.history(&[SERVE, "ENTRYPOINT []"]).errs("CMD_RESET");
    Scene::image(&[], &[]).notes("CMD_RESET");
    Scene::image(&[], &[])
        .refused(125, "No command specified")
        .errs("CMD_RESET");
}

#[test]
fn a_cmd_that_was_replaced_on_purpose() {
    // One program for another, as in most images that are built from Debian or from a language's image.
    Scene::web()
        .history(&["CMD [\"bash\"]", "ENTRYPOINT [\"/app/web\"]"])
        .lacks("CMD_RESET");
    Scene::web()
        .history(&["CMD [\"python3\"]", "ENTRYPOINT [\"/app/web\"]"])
        .lacks("CMD_RESET");
    Scene::web()
        .history(&["CMD [\"/app/web\" \"-x\"]", "ENTRYPOINT [\"/app/web\"]"])
        .lacks("CMD_RESET");
    Scene::web()
        .history(&["ENTRYPOINT [\"/app/web\"]", SERVE, "CMD []"])
        .lacks("CMD_RESET");
    Scene::image(&["/app/web"], &["serve"])
        .history(&[SERVE, "ENTRYPOINT [\"/app/web\"]", SERVE])
        .lacks("CMD_RESET");
    // With its arguments in the new ENTRYPOINT.
    Scene::image(&["/app/web", "--flag"], &[])
        .history(&[SERVE, "ENTRYPOINT [\"/app/web\", \"--flag\"]"])
        .notes("CMD_RESET");
    Scene::web()
        .runs()
        .history(&[SERVE, "ENTRYPOINT [\"/app/web\"]"])
        .notes("CMD_RESET");
}

#[test]
fn a_program_that_is_nowhere() {
    let found = Scene::image(&["/app/wbe"], &[])
        .history(&[
            "COPY web /app/ # buildkit",
            "/bin/sh -c #(nop) COPY file:0123 in /etc/x ",
            "CMD [\"x\"]",
        ])
        .errs("NOT_FOUND");
    assert_eq!(found.advice[0], "did you mean /app/web?");
    assert!(
        found.evidence.contains(&"history: COPY web /app/".into()),
        "{found:?}"
    );
    assert!(
        !found.evidence.iter().any(|line| line.contains("/etc/x")),
        "{found:?}"
    );
    let found = Scene::image(&["webb"], &[])
        .root(|root| {
            root.file("/usr/bin/web", 0o755, "")
                .file("/usr/bin/other", 0o755, "")
        })
        .provider("cmd:webb", "webb-tools")
        .errs("NOT_FOUND");
    assert_eq!(found.advice[0], "did you mean /usr/bin/web?");
    assert_eq!(found.package.as_deref(), Some("webb-tools"));
}

#[test]
fn lists_are_asked_for_only_when_something_is_missing() {
    let (_, asked) = Scene::web().study();
    assert_eq!(asked.lists, 0, "{asked:?}");
    let (_, asked) = Scene::image(&["webb"], &[]).study();
    assert!((1..=4).contains(&asked.lists), "{asked:?}");
}

#[test]
fn a_link_that_leads_nowhere() {
    let found = Scene::image(&["/app/run"], &[])
        .root(|root| root.link("/app/run", "/opt/run"))
        .errs("NOT_FOUND");
    assert!(
        found
            .evidence
            .contains(&"/app/run is a link to /opt/run, which is missing".into())
    );
}

#[test]
fn a_whole_line_as_one_word() {
    let found = Scene::image(&["/app/web --port 8080"], &["-v"]).errs("ARGV_AS_STRING");
    assert_eq!(
        found.advice[0],
        r#"ENTRYPOINT ["/app/web", "--port", "8080"]"#
    );
    let found = Scene::image(&[], &["web -x"])
        .root(|root| root.file("/usr/bin/web", 0o755, ""))
        .errs("ARGV_AS_STRING");
    assert_eq!(found.advice[0], r#"CMD ["web", "-x"]"#);
    Scene::image(&["/app/gone --port"], &[]).errs("NOT_FOUND");
}

#[test]
fn only_the_engine_knows() {
    let dark = |words: &[&str], error: &str| {
        let scene = Scene::image(words, &[]).refused(127, error);
        scene.tree(|tree| {
            for path in ["/app/x", "/app/web"] {
                tree.nodes
                    .insert(path.into(), Found::Unreadable("refused".into()));
            }
        })
    };
    dark(
        &["/app/x"],
        "exec: \"/app/x\": stat /app/x: no such file or directory",
    )
    .errs("NOT_FOUND");
    dark(&["/app/x"], "exec: \"/app/x\": permission denied: unknown").errs("NOT_EXEC");
    dark(&["/app/x"], "exec: \"/app/x\": is a directory: unknown").errs("IS_DIR");
    dark(&["/app/x"], "exec /app/x: exec format error").errs("WRONG_ARCH");
    let text = Content::Bytes(b"echo".to_vec(), true);
    let bare = Scene::image(&["/app/t"], &[]).root(|root| root.file("/app/t", 0o755, ""));
    let bare = bare.tree(|tree| drop(tree.contents.insert("/app/t".into(), Found::Is(text))));
    assert_eq!(bare.errs("NO_SHEBANG").severity, Severity::Error);
}
