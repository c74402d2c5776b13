use super::super::tests::{Root, dynamic_elf, image, static_elf};
use super::super::{Facts, Program, ProgramKind};

fn program(root: Root, entrypoint: &str, env: &[(&str, &str)]) -> Program {
    let mut image = image(entrypoint, "");
    let env = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    image.config.env = env.collect();
    let facts = Facts {
        image: Some(image),
        ..Facts::default()
    };
    root.inspect(&facts).0.program.expect("a program")
}

/// `wanted → path kind` of each step.
fn chain(program: &Program) -> Vec<String> {
    let step = |step: &super::Step| {
        let kind = match &step.kind {
            ProgramKind::Missing => format!("missing {:?}", step.sought),
            ProgramKind::Directory => "directory".into(),
            ProgramKind::Special => "special".into(),
            ProgramKind::Loader => "loader".into(),
            ProgramKind::Static { .. } => "static".into(),
            ProgramKind::Dynamic { .. } => "dynamic".into(),
            ProgramKind::Script { shebang } => format!("script {shebang}"),
            ProgramKind::Unknown { begins } => format!("unknown {begins}"),
            ProgramKind::Unreadable { why } => format!("unreadable {why}"),
        };
        let path = step.path.as_deref().unwrap_or("-");
        format!("{} → {path} {kind}", step.wanted)
    };
    program.steps.iter().map(step).collect()
}

/// `name → path by rule` of each library.
fn libraries(program: &Program) -> Vec<String> {
    let link = |link: &super::super::Link| {
        let path = link.path.as_deref().unwrap_or("-");
        format!(
            "{} → {path} {}",
            link.name,
            link.by.as_deref().unwrap_or("-")
        )
    };
    program.libraries.iter().map(link).collect()
}

const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

#[test]
fn the_first_that_can_be_run_in_path_wins() {
    let root = || {
        Root::default()
            .dir("/a/web", 0o755)
            .file("/b/web", 0o644, "")
            .link("/c/web", "/opt/web")
            .elf("/opt/web", static_elf())
    };
    let path = [("PATH", "/x"), ("PATH", ":/a:/b::/c")];
    assert_eq!(
        chain(&program(root(), "web", &path)),
        ["web → /opt/web static"]
    );
    let missing = chain(&program(root(), "web", &[("PATH", "/a:/b")]));
    assert_eq!(missing, [r#"web → - missing ["/a/web", "/b/web"]"#]);
    assert_eq!(
        chain(&program(root(), "/a/web", &[])),
        ["/a/web → /a/web directory"]
    );
    assert_eq!(
        chain(&program(root(), "b/web", &[])),
        ["b/web → /b/web unknown empty"]
    );
}

#[test]
fn a_dynamic_program_ends_at_its_loader() {
    let root = Root::default()
        .elf("/app", dynamic_elf(Some(LOADER), &[]))
        .elf(LOADER, static_elf());
    let found = program(root, "/app", &[]);
    assert_eq!(
        chain(&found),
        [
            "/app → /app dynamic",
            "/lib64/ld-linux-x86-64.so.2 → /lib64/ld-linux-x86-64.so.2 loader"
        ]
    );
    let root = Root::default().elf("/app", dynamic_elf(Some(LOADER), &[]));
    let found = chain(&program(root, "/app", &[]));
    assert!(found[1].contains("missing"), "{found:?}");
}

#[test]
fn a_script_is_followed_to_its_end() {
    let root = Root::default()
        .file("/run.sh", 0o755, "#!/bin/sh -e\nexec app\n")
        .link("/bin/sh", "/bin/busybox")
        .elf("/bin/busybox", static_elf());
    let found = program(root, "/run.sh", &[]);
    assert_eq!(
        chain(&found),
        [
            "/run.sh → /run.sh script /bin/sh -e",
            "/bin/sh → /bin/busybox static"
        ]
    );
    assert_eq!(found.steps[0].arguments, ["-e"]);
}

#[test]
fn env_is_followed_to_what_it_runs() {
    let root = || {
        Root::default()
            .file("/app.py", 0o755, "#!/usr/bin/env -S python3 -u\n")
            .elf("/usr/bin/env", dynamic_elf(Some(LOADER), &[]))
    };
    let with = root().elf("/usr/bin/python3", static_elf());
    let found = program(with, "/app.py", &[("PATH", "/usr/bin")]);
    assert_eq!(
        chain(&found)[1..],
        [
            "/usr/bin/env → /usr/bin/env dynamic",
            "python3 → /usr/bin/python3 static"
        ]
    );
    assert_eq!(found.hints, ["Python"]);
    let found = program(root(), "/app.py", &[("PATH", "/usr/bin")]);
    assert_eq!(
        chain(&found)[2..],
        [r#"python3 → - missing ["/usr/bin/python3"]"#]
    );
}

#[test]
fn a_carriage_return_belongs_to_the_name() {
    let root = Root::default().file("/run.sh", 0o755, "#!/bin/sh\r\n");
    let found = chain(&program(root, "/run.sh", &[]));
    assert_eq!(found[1], "/bin/sh\r → - missing [\"/bin/sh\\r\"]");
}

#[test]
fn interpreters_that_lead_in_a_circle_end() {
    let root = Root::default().file("/a", 0o755, "#!/a\n");
    let found = chain(&program(root, "/a", &[]));
    assert!(found.last().unwrap().contains("unreadable"), "{found:?}");
}

#[test]
fn a_dangling_virtual_environment_says_where_it_led() {
    let root = Root::default()
        .link("/app/venv/bin/python", "/usr/bin/python3.12")
        .file("/app/venv/pyvenv.cfg", 0o644, "home = /usr/bin\n");
    let found = program(root, "/app/venv/bin/python", &[]);
    assert_eq!(
        found.steps[0].sought,
        ["/app/venv/bin/python", "/usr/bin/python3.12"]
    );
    assert_eq!(
        found.hints,
        ["Python", "Python virtual environment /app/venv"]
    );
}

#[test]
fn libraries_are_found_as_the_loader_finds_them() {
    let mut app = dynamic_elf(
        Some(LOADER),
        &["liba.so.1", "libb.so.1", "libc.so.6", "libx.so.9"],
    );
    app.runpath = vec!["$ORIGIN/../lib".into()];
    let mut a = dynamic_elf(None, &["libc.so.6", "libd.so.1"]);
    a.rpath = vec!["/opt/d".into()];
    let root = Root::default()
        .dir("/usr/lib", 0o755)
        .link("/lib", "/usr/lib")
        .elf("/app/bin/web", app)
        .elf("/app/lib/liba.so.1", a)
        .elf("/over/libb.so.1", dynamic_elf(None, &[]))
        .elf(
            "/usr/lib/libc.so.6",
            dynamic_elf(None, &["ld-linux-x86-64.so.2"]),
        )
        .elf("/opt/d/libd.so.1", dynamic_elf(None, &["liba.so.1"]))
        .elf(LOADER, static_elf());
    let found = program(root, "/app/bin/web", &[("LD_LIBRARY_PATH", "/over")]);
    assert_eq!(
        libraries(&found),
        [
            "liba.so.1 → /app/lib/liba.so.1 runpath",
            "libb.so.1 → /over/libb.so.1 LD_LIBRARY_PATH",
            "libc.so.6 → /usr/lib/libc.so.6 default directory",
            "libx.so.9 → - -",
            "libd.so.1 → /opt/d/libd.so.1 rpath",
        ]
    );
}

#[test]
fn musl_looks_elsewhere_and_is_its_own_c_library() {
    let loader = "/lib/ld-musl-x86_64.so.1";
    let root = Root::default()
        .elf(
            "/app",
            dynamic_elf(Some(loader), &["libc.musl-x86_64.so.1", "libz.so.1"]),
        )
        .elf(loader, static_elf())
        .file("/etc/ld-musl-x86_64.path", 0o644, "/opt/lib\n/lib\n")
        .elf("/opt/lib/libz.so.1", dynamic_elf(None, &[]));
    let found = program(root, "/app", &[]);
    assert_eq!(
        libraries(&found),
        ["libz.so.1 → /opt/lib/libz.so.1 default directory"]
    );
}
