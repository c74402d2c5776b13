use super::super::super::tests::{dynamic_elf, static_elf};
use super::super::testing::{APP, Scene};
use crate::domain::elf::Elf;
use crate::domain::fs::{Content, Found};
use crate::domain::target::Status;

fn script(first: &str) -> Scene {
    let text = format!("{first}\necho\n");
    Scene::image(&["/app/start.sh"], &[]).root(|root| root.file("/app/start.sh", 0o755, &text))
}

#[test]
fn a_file_that_the_user_may_not_run() {
    let mode = |mode| {
        Scene::image(&["/app/x"], &[]).root(|root| root.file("/app/x", mode, "#!/app/web\n"))
    };
    let found = mode(0o644).errs("NOT_EXEC");
    assert_eq!(
        found.evidence[0],
        "/app/x: mode 0644, owner 0:0; the user is 65532:65532"
    );
    assert_eq!(found.advice[0], "COPY --chmod=755 x /app/x");
    // Engine 28 starts it all the same; what the engine at hand does is only known once it tried.
    mode(0o700).warns("NOT_EXEC");
    let refused = "exec: \"/app/x\": permission denied: unknown";
    mode(0o700).refused(126, refused).errs("NOT_EXEC");
    let without = |drop: &str| {
        let drop = vec![drop.to_owned()];
        mode(0o700).container(|target| {
            target.state.status = Status::Created;
            target.isolation.cap_drop = drop;
        })
    };
    without("DAC_OVERRIDE").errs("NOT_EXEC");
    without("NET_RAW").warns("NOT_EXEC");
    mode(0o700).owned("/app/x", APP).lacks("NOT_EXEC");
    mode(0o700).user("0").lacks("NOT_EXEC");
    mode(0o644).user("0").errs("NOT_EXEC");
    mode(0o755).lacks("NOT_EXEC");
    mode(0o700).runs().notes("NOT_EXEC");
}

#[test]
fn root_without_its_power() {
    let scene = |drop: &str| {
        let scene = Scene::image(&["/app/x"], &[])
            .user("0")
            .root(|root| root.dir("/app", 0o700).elf("/app/x", static_elf()));
        let drop = vec![drop.to_owned()];
        scene
            .owned("/app", APP)
            .ended(126, &[])
            .container(|target| target.isolation.cap_drop = drop)
    };
    scene("ALL").errs("NOT_EXEC");
    scene("CAP_DAC_OVERRIDE").errs("NOT_EXEC");
    scene("NET_RAW").lacks("NOT_EXEC");
}

#[test]
fn a_directory_above_that_is_closed() {
    let scene = Scene::image(&["/app/bin/x"], &[]).root(|root| {
        root.dir("/app", 0o700)
            .dir("/app/bin", 0o755)
            .elf("/app/bin/x", static_elf())
    });
    let found = scene.warns("NOT_EXEC");
    assert!(
        found.evidence[0].starts_with("/app: mode 0700"),
        "{found:?}"
    );
    assert!(found.advice[0].ends_with("chmod 755 /app"), "{found:?}");
}

#[test]
fn a_file_in_path_without_the_bit() {
    let scene = |mode| Scene::image(&["x"], &[]).root(|root| root.file("/usr/bin/x", mode, ""));
    scene(0o644).errs("NOT_EXEC");
}

#[test]
fn a_directory() {
    let found = Scene::image(&["/app"], &[])
        .root(|root| root.elf("/app/app", static_elf()))
        .errs("IS_DIR");
    assert_eq!(
        found.advice[0],
        "name the program in it: ENTRYPOINT [\"/app/app\"]"
    );
    Scene::image(&["/app"], &[]).errs("IS_DIR");
}

#[test]
fn another_machine() {
    let arm = || Elf {
        machine: 183,
        ..static_elf()
    };
    let scene = || Scene::image(&["/app/x"], &[]).root(|root| root.elf("/app/x", arm()));
    let found = scene().errs("WRONG_ARCH");
    assert!(
        found
            .evidence
            .contains(&"the engine's machine is amd64".into()),
        "{found:?}"
    );
    scene()
        .ended(1, &["exec /app/x: exec format error"])
        .errs("WRONG_ARCH");
    scene().runs().notes("WRONG_ARCH");
}

#[test]
fn an_image_for_another_machine() {
    let scene = |machine: Option<&str>| {
        let mut scene = Scene::web();
        scene.facts.machine = machine.map(str::to_owned);
        scene
    };
    // The whole image: an engine may emulate it.
    scene(Some("riscv64")).warns("WRONG_ARCH");
    scene(Some("riscv64")).runs().notes("WRONG_ARCH");
    scene(Some("riscv64"))
        .ended(1, &["exec /app/web: exec format error"])
        .errs("WRONG_ARCH");
    scene(Some("riscv64"))
        .ended(3, &[])
        .container(|target| target.state.started_at = Some(1))
        .notes("WRONG_ARCH");
    scene(None).lacks("WRONG_ARCH");
}

#[test]
fn neither_program_nor_script() {
    for text in ["", "echo hello\n", "\u{feff}#!/bin/sh\n", "\0\u{1}\u{2}"] {
        let scene = || {
            Scene::image(&["/app/x"], &[])
                .shell()
                .root(|root| root.file("/app/x", 0o755, text))
        };
        let found = scene().errs("NO_SHEBANG");
        assert_eq!(
            found.advice[0].contains("byte order mark"),
            text.starts_with('\u{feff}'),
            "{found:?}"
        );
        scene()
            .ended(1, &["exec /app/x: exec format error"])
            .errs("NO_SHEBANG");
    }
}

#[test]
fn an_interpreter_that_is_missing() {
    let found = script("#!/usr/bin/python3")
        .provider("cmd:python3", "python-3.13")
        .errs("SHEBANG_MISSING");
    assert_eq!(found.package.as_deref(), Some("python-3.13"));
    assert!(
        found
            .evidence
            .contains(&"/app/start.sh begins: #!/usr/bin/python3".into()),
        "{found:?}"
    );
    let found = script("#!/bin/sh")
        .provider("cmd:sh", "busybox")
        .errs("SHEBANG_MISSING");
    let advice = found.advice.join("\n");
    assert!(
        advice.contains("-dev image") && !advice.contains("apk add"),
        "{found:?}"
    );
    let all = script("#!/bin/sh").findings();
    assert!(
        all.iter().all(|f| f.id != "NO_SHELL"),
        "said twice: {all:?}"
    );
    script("#!/bin/sh").shell().lacks("SHEBANG_MISSING");
    let elsewhere =
        script("#!/usr/local/bin/tool").root(|root| root.elf("/usr/bin/tool", static_elf()));
    assert_eq!(
        elsewhere.errs("SHEBANG_MISSING").advice[0],
        "begin /app/start.sh with #!/usr/bin/tool"
    );
}

#[test]
fn an_interpreter_by_env() {
    let env = |first: &str| {
        script(first).root(|root| {
            root.elf("/usr/bin/env", static_elf())
                .elf("/usr/bin/tool", static_elf())
        })
    };
    let found = env("#!/usr/bin/env node")
        .ended(127, &["/usr/bin/env: 'node': No such file or directory"])
        .errs("SHEBANG_MISSING");
    assert!(
        found.evidence.contains(&"/usr/bin/node is missing".into()),
        "{found:?}"
    );
    env("#!/usr/bin/env tool").lacks("SHEBANG_MISSING");
    script("#!/usr/bin/env tool").errs("SHEBANG_MISSING");
}

#[test]
fn the_line_ends_of_windows() {
    for first in ["#!/bin/sh\r", "#!/bin/sh -e\r", "#!/usr/bin/env sh\r"] {
        let scene = || {
            script(first)
                .shell()
                .root(|root| root.elf("/usr/bin/env", static_elf()))
        };
        scene().errs("SHEBANG_CRLF");
        scene()
            .ended(127, &["exec /app/start.sh: no such file or directory"])
            .errs("SHEBANG_CRLF");
    }
    let late = Scene::image(&["/app/start.sh"], &[])
        .shell()
        .root(|root| root.file("/app/start.sh", 0o755, "#!/bin/sh\nexec web\r\n"));
    late.lacks("SHEBANG_CRLF");
}

fn venv(home: &str, version: &str, leads_to: &str) -> Scene {
    let settings = format!("home = {home}\nversion = {version}\n");
    Scene::image(&["/app/venv/bin/serve"], &[]).root(|root| {
        root.dir("/app/venv", 0o755)
            .dir("/app/venv/bin", 0o755)
            .link("/app/venv/bin/python", leads_to)
            .file("/app/venv/bin/serve", 0o755, "#!/app/venv/bin/python\n")
            .file("/app/venv/pyvenv.cfg", 0o644, &settings)
            .elf("/usr/bin/python3.13", static_elf())
            .link("/usr/bin/python3", "/usr/bin/python3.13")
    })
}

#[test]
fn a_virtual_environment_of_another_place() {
    let found = venv("/usr/local/bin", "3.13.2", "/usr/local/bin/python3.13").errs("DANGLING_VENV");
    assert_eq!(
        found.evidence[1],
        "/app/venv/bin/python is a link to /usr/local/bin/python3.13, which is missing"
    );
    assert!(found.advice[0].contains("/usr/bin/python3.13"), "{found:?}");
    let direct = venv("/usr/local/bin", "3.13.2", "/usr/local/bin/python3.13")
        .config(|config| config.entrypoint = vec!["/app/venv/bin/python".into()]);
    direct.errs("DANGLING_VENV");
    venv("/usr/bin", "3.13.2", "/usr/bin/python3.13").lacks("DANGLING_VENV");
    let none = venv("/usr/local/bin", "3.13.2", "/usr/local/bin/python3.13")
        .without("/app/venv/pyvenv.cfg");
    none.errs("SHEBANG_MISSING");
}

#[test]
fn the_python_that_is_here_is_named_wherever_it_stands() {
    let broken = || {
        venv("/usr/local/bin", "3.12.1", "/usr/local/bin/python3.12")
            .without("/usr/bin/python3")
            .without("/usr/bin/python3.13")
    };
    let none = broken().errs("DANGLING_VENV");
    let none = none.evidence.last().unwrap();
    assert_eq!(none, "no python is in PATH or at the usual places");
    let elsewhere = broken()
        .config(|config| {
            let path = "/app/venv/bin:/opt/python/bin:/usr/bin";
            config.env = vec![("PATH".into(), path.into())];
        })
        .root(|root| {
            root.link("/app/venv/bin/python3", "/usr/local/bin/python3.12")
                .link("/opt/python/bin/python3", "/opt/python/bin/python3.13")
                .elf("/opt/python/bin/python3.13", static_elf())
        })
        .errs("DANGLING_VENV");
    assert_eq!(
        elsewhere.evidence.last().unwrap(),
        "the python that is here is /opt/python/bin/python3, which is /opt/python/bin/python3.13"
    );
}

#[test]
fn a_virtual_environment_of_another_version() {
    venv("/usr/bin", "3.12.1", "/usr/bin/python3.13").warns("DANGLING_VENV");
    venv("/usr/bin", "3.12.1", "/usr/bin/python3.13")
        .runs()
        .lacks("DANGLING_VENV");
    let home = || venv("/opt/python/bin", "3.13.1", "/usr/bin/python3.13");
    home().warns("DANGLING_VENV");
    home()
        .ended(1, &["ModuleNotFoundError: No module named 'encodings'"])
        .errs("DANGLING_VENV");
}

#[test]
fn a_loader_of_the_other_libc_is_no_shebang() {
    let scene = script("#!/app/tool").root(|root| {
        root.elf(
            "/app/tool",
            dynamic_elf(Some("/lib/ld-musl-x86_64.so.1"), &[]),
        )
    });
    scene.errs("NO_LOADER");
}

#[test]
fn a_program_that_could_not_be_read_has_its_mode_still() {
    let torn = |mode| {
        let scene = Scene::image(&["/app/x"], &[]).root(|root| root.elf("/app/x", static_elf()));
        scene.tree(|tree| {
            let why = Content::Elf(Err("torn".into()));
            tree.contents.insert("/app/x".into(), Found::Is(why));
            let node = tree.nodes.get_mut("/app/x").unwrap();
            if let Found::Is(node) = node {
                node.mode = mode;
            }
        })
    };
    torn(0o644).errs("NOT_EXEC");
    torn(0o755).lacks("NOT_EXEC");
}
