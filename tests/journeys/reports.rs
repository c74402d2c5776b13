//! Reports of targets, as the inspector would make them.

use devtwin::domain::entrypoint::{
    Difference, Ended, Finding, Identity, Link, Origin, Part, Place, Program, ProgramKind, Report,
    Severity, Step, Variable,
};
use devtwin::domain::target::Service;

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_owned()).collect()
}

fn step(wanted: &str, path: Option<&str>, kind: ProgramKind) -> Step {
    Step {
        wanted: wanted.into(),
        path: path.map(str::to_owned),
        sought: Vec::new(),
        mode: path.map(|_| 0o755),
        owner: path.map(|_| (0, 0)),
        size: path.map(|_| 812_304),
        kind,
        arguments: Vec::new(),
    }
}

fn amd64() -> String {
    "amd64".into()
}

/// A static program that is well.
pub(crate) fn healthy() -> Report {
    Report {
        subject: "web".into(),
        image: "acme/web:1.4".into(),
        platform: "linux/amd64".into(),
        state: Some("running".into()),
        argv: words(&["/usr/bin/web", "--config", "/etc/app/web.toml"]),
        line: "/usr/bin/web --config /etc/app/web.toml".into(),
        parts: vec![
            Part {
                origin: Origin::ImageEntrypoint,
                words: words(&["/usr/bin/web"]),
                shell_form: false,
            },
            Part {
                origin: Origin::ImageCmd,
                words: words(&["--config", "/etc/app/web.toml"]),
                shell_form: false,
            },
        ],
        user: Identity {
            given: "65532".into(),
            uid: Some(65532),
            name: Some("nonroot".into()),
            gid: Some(65532),
            groups: vec![65532],
            home: "/home/nonroot".into(),
            in_passwd: true,
        },
        workdir: Place {
            path: "/".into(),
            exists: true,
            mode: Some(0o755),
            owner: Some((0, 0)),
            writable: Some(false),
        },
        env: vec![
            Variable::new(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                false,
            ),
            Variable::new("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt", false),
        ],
        stop_signal: "SIGTERM".into(),
        exposed: words(&["8080/tcp"]),
        service: Some(Service {
            restart: "unless-stopped".into(),
            published: words(&["127.0.0.1:80->8080/tcp"]),
            memory: Some(64_000_000),
            ..Service::default()
        }),
        program: Some(Program {
            name: "/usr/bin/web".into(),
            steps: vec![step(
                "/usr/bin/web",
                Some("/usr/bin/web"),
                ProgramKind::Static {
                    architecture: amd64(),
                },
            )],
            libraries: Vec::new(),
            hints: words(&["C, musl"]),
        }),
        dev_image: Some("acme/web:1.4-dev".into()),
        ..Report::default()
    }
}

/// A script whose interpreter's library is missing; secrets, differences, and a crash.
pub(crate) fn broken() -> Report {
    let mut env = healthy().env;
    env.push(Variable::new("DB_PASSWORD", "correct horse battery", true));
    env.push(Variable::new("GREETING", "two\nlines \u{1b}[2J", true));
    Report {
        state: Some("program not found (127)".into()),
        argv: words(&["/app/run.sh", "--port", "8080", "--name", "the web"]),
        line: "/app/run.sh --port 8080 --name 'the web'".into(),
        parts: vec![
            Part {
                origin: Origin::ImageEntrypoint,
                words: words(&["/app/run.sh"]),
                shell_form: false,
            },
            Part {
                origin: Origin::ContainerCmd,
                words: words(&["--port", "8080", "--name", "the web"]),
                shell_form: false,
            },
        ],
        env,
        healthcheck: Some(words(&[
            "CMD-SHELL",
            "curl -f http://localhost:8080/healthz || exit 1",
        ])),
        program: Some(chain()),
        ended: Some(Ended {
            exit_code: 127,
            words: "program not found (127)".into(),
            oom_killed: false,
            error: None,
            log: words(&[
                "python3: error while loading shared libraries: libssl.so.3: cannot open shared object file: No such file or directory",
            ]),
        }),
        differences: vec![
            Difference {
                what: "user".into(),
                target: "65532".into(),
                dev: "0".into(),
            },
            Difference {
                what: "env PATH".into(),
                target: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into(),
                dev: String::new(),
            },
        ],
        findings: findings(),
        notes: words(&["/etc/ld.so.cache: larger than 4 MB"]),
        ..healthy()
    }
}

fn chain() -> Program {
    let mut script = step(
        "/app/run.sh",
        Some("/app/run.sh"),
        ProgramKind::Script {
            shebang: "/usr/bin/env -S python3 -u".into(),
        },
    );
    script.arguments = words(&["-S", "python3 -u"]);
    let dynamic = ProgramKind::Dynamic {
        architecture: amd64(),
        interpreter: "/lib64/ld-linux-x86-64.so.2".into(),
    };
    let mut shell = step("bash", None, ProgramKind::Missing);
    shell.sought = words(&["/usr/local/bin", "/usr/bin", "/bin"]);
    let link = |name: &str, path: Option<&str>, by: Option<&str>| Link {
        name: name.into(),
        needed_by: "/usr/bin/python3.13".into(),
        path: path.map(str::to_owned),
        by: by.map(str::to_owned),
    };
    Program {
        name: "/app/run.sh".into(),
        steps: vec![
            script,
            step("/usr/bin/env", Some("/usr/bin/coreutils"), dynamic.clone()),
            step("python3", Some("/usr/bin/python3.13"), dynamic),
            step(
                "/lib64/ld-linux-x86-64.so.2",
                Some("/usr/lib/ld-linux-x86-64.so.2"),
                ProgramKind::Static {
                    architecture: amd64(),
                },
            ),
            shell,
        ],
        libraries: vec![
            link(
                "libc.so.6",
                Some("/usr/lib/libc.so.6"),
                Some("default directory"),
            ),
            link("libssl.so.3", None, None),
        ],
        hints: words(&["Python 3.13 virtual environment"]),
    }
}

fn findings() -> Vec<Finding> {
    vec![
        Finding {
            id: "MISSING_LIB",
            severity: Severity::Error,
            evidence: words(&[
                "/usr/bin/python3.13 needs libssl.so.3",
                "sought in /lib, /usr/lib, /usr/lib64",
            ]),
            meaning:
                "A library that the program needs is in none of the places where its loader looks."
                    .into(),
            advice: words(&[
                "apk add so:libssl.so.3 in the build stage",
                "copy the library together with the program",
            ]),
            package: Some("libssl3".into()),
        },
        Finding {
            id: "HEALTH_NO_SHELL",
            severity: Severity::Error,
            evidence: words(&["Healthcheck.Test[0] = CMD-SHELL", "/bin/sh: nothing there"]),
            meaning: "The health check needs a shell, and the image has none: it can only fail."
                .into(),
            advice: words(&["give the health check as an array that begins with CMD"]),
            package: None,
        },
        Finding {
            id: "WORKDIR_ROOT",
            severity: Severity::Warning,
            evidence: words(&["/ is 0755 0:0", "the program runs as 65532"]),
            meaning: "The program cannot write to its working directory.".into(),
            advice: words(&["COPY --chown=65532:65532, or write elsewhere"]),
            package: None,
        },
        Finding {
            id: "UID_NO_PASSWD",
            severity: Severity::Note,
            evidence: words(&["no line of /etc/passwd has 1000"]),
            meaning: "Programs that look their user up find nothing.".into(),
            advice: Vec::new(),
            package: None,
        },
    ]
}
