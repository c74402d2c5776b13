use std::collections::HashSet;
use std::time::Duration;

use super::artifact::{Kind, apk_files, drop_mount_points, from_changes, is_noise, suggested};
use super::*;
use crate::domain::command::Ran;

const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000001";

fn facts() -> Facts {
    Facts {
        twin: "devtwin-1".into(),
        dev: Base {
            reference: "cgr.dev/x/cc:latest-dev".into(),
            digest: Some(DIGEST.into()),
            user: "65532".into(),
            ..Base::default()
        },
        production: Some(Base {
            reference: "cgr.dev/x/cc:latest".into(),
            user: "65532".into(),
            entrypoint: vec!["/usr/bin/web".into()],
            cmd: vec!["--port".into(), "80".into()],
            ..Base::default()
        }),
        manager: Some("apk".into()),
        sources: vec![Source {
            path: "/work".into(),
            host: Some("/home/me/app".into()),
        }],
        workdir: "/work".into(),
        shell: "/bin/bash".into(),
    }
}

fn record(lines: &[(&str, &str)]) -> Record {
    let mut record = Record::default();
    for (cwd, text) in lines {
        record.ran(&Ran {
            text: (*text).into(),
            status: Some(0),
            cwd: Some((*cwd).into()),
            took: Some(Duration::from_millis(3)),
            printed: Some("hello".into()),
        });
    }
    record
}

fn program(path: &str) -> Artifact {
    Artifact {
        executable: true,
        mode: 0o755,
        size: Some(9),
        ..Artifact::new(path, Kind::File, 0, true)
    }
}

fn body(lines: &[(&str, &str)], artifacts: &[Artifact]) -> String {
    let recipe = write(&record(lines), &facts(), artifacts, Wishes::default());
    let lines = recipe
        .dockerfile
        .lines()
        .skip_while(|line| !line.starts_with("FROM"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_session_becomes_two_stages() {
    let steps = [
        ("/work", "apk add gcc"),
        ("/work", "ls"),
        ("/work", "apk add make"),
        ("/work", "cc -static -o hello hello.c"),
        ("/work", "cc -static -o hello hello.c"),
        ("/work", "./hello $(id -u)"),
        ("/work", "./hello you"),
    ];
    assert_eq!(
        body(&steps, &[program("/work/hello")]),
        "FROM cgr.dev/x/cc:latest-dev AS build\n\
         USER root\n\
         RUN apk add --no-cache gcc make\n\
         COPY --chown=65532:65532 . /work\n\
         USER 65532\n\
         WORKDIR /work\n\
         RUN cc -static -o hello hello.c\n\
         \n\
         FROM cgr.dev/x/cc:latest\n\
         COPY --from=build --chown=65532:65532 /work/hello /work/hello\n\
         USER 65532\n\
         WORKDIR /work\n\
         ENTRYPOINT [\"/work/hello\"]\n\
         CMD [\"you\"]"
    );
    let recipe = write(
        &record(&steps),
        &facts(),
        &[program("/work/hello")],
        Wishes::default(),
    );
    assert_eq!(recipe.line, "apk add gcc make");
    let check = recipe.check.unwrap();
    assert_eq!(check.argv, ["/work/hello", "you"]);
    assert_eq!(check.printed.as_deref(), Some("hello"));
    let checks: Vec<_> = recipe.steps.iter().map(|row| row.check).collect();
    assert_eq!(checks, [false, false, false, false, false, true, true]);
}

#[test]
fn root_is_only_where_it_is_needed() {
    let text = body(
        &[
            ("/work", "make"),
            ("/work", "make install"),
            ("/work", "cp out /usr/local/bin/out"),
            ("/work", "cp /etc/passwd ."),
            ("/opt/x", "make all"),
        ],
        &[],
    );
    let users: Vec<_> = text
        .lines()
        .filter(|l| l.starts_with("USER") || l.starts_with("RUN"))
        .collect();
    assert_eq!(
        users,
        [
            "RUN make",
            "USER root",
            "RUN make install",
            "RUN cp out /usr/local/bin/out",
            "USER 65532",
            "RUN cp /etc/passwd .",
            "USER root",
            "RUN make all",
            "USER 65532"
        ]
    );
}

#[test]
fn variables_become_env_or_go_before_what_follows() {
    let text = body(
        &[
            ("/work", "export CGO_ENABLED=0 NAME='a \"b\" $c'"),
            ("/work", "export PATH=$PATH:/opt"),
            ("/work", "export TOKEN=hunter2"),
            ("/work", "make"),
        ],
        &[],
    );
    assert!(
        text.contains("ENV CGO_ENABLED=0\nENV NAME=\"a \\\"b\\\" \\$c\"\nARG TOKEN\n"),
        "{text}"
    );
    assert!(
        text.contains("RUN export PATH=$PATH:/opt && make"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn every_command_reads_back_as_it_was() {
    for (text, want) in [
        ("make", "RUN make"),
        ("a\nb", r#"RUN ["/bin/sh", "-c", "a\nb"]"#),
        ("[ -f x ] && y", r#"RUN ["/bin/sh", "-c", "[ -f x ] && y"]"#),
        ("cat <<EOF >x", r#"RUN ["/bin/sh", "-c", "cat <<EOF >x"]"#),
        ("echo a \\", r#"RUN ["/bin/sh", "-c", "echo a \\"]"#),
        ("--mount x", r#"RUN ["/bin/sh", "-c", "--mount x"]"#),
        ("echo \"a\" '$b' \\\"", "RUN echo \"a\" '$b' \\\""),
        ("[[ -f x ]]", r#"RUN ["/bin/bash", "-c", "[[ -f x ]]"]"#),
        ("cp {a,b} c", r#"RUN ["/bin/bash", "-c", "cp {a,b} c"]"#),
        ("echo ${a,b}", "RUN echo ${a,b}"),
    ] {
        assert_eq!(run(text, true), want);
    }
}

#[test]
fn every_path_is_copied_as_it_is() {
    for (path, want) in [
        ("/a/b", "COPY /a/b /a/b"),
        ("/a b", r#"COPY ["/a b", "/a b"]"#),
        ("/it's", r"COPY /it\'s /it\'s"),
        ("/$x", r"COPY /\$x /\$x"),
        ("/a[1]*", "COPY /a[[]1][*] /a[1]*"),
        ("/a \"b\"", r#"COPY ["/a \\\"b\\\"", "/a \\\"b\\\""]"#),
    ] {
        assert_eq!(copy(&[], path, path), want);
    }
}

#[test]
fn runtime_packages_are_put_into_the_production_image() {
    let mut record = record(&[("/work", "apk add curl"), ("/work", "apk add gcc")]);
    record.mark_next(0);
    let recipe = write(&record, &facts(), &[], Wishes::default());
    let text = &recipe.dockerfile;
    assert_eq!(recipe.packages.runtime, ["curl"]);
    assert_eq!(recipe.packages.build, ["gcc"]);
    for want in [
        "FROM cgr.dev/x/cc:latest AS base\n\nFROM cgr.dev/x/cc:latest-dev AS build\n",
        "COPY --from=base / /base-chroot\nRUN apk add --no-cache --no-scripts --root /base-chroot \\\n",
        " --keys-dir /etc/apk/keys curl \\\n && ",
        "FROM cgr.dev/x/cc:latest\nCOPY --from=build /base-chroot /\n",
    ] {
        assert!(text.contains(want), "{text}");
    }
    record.mark_next(0);
    assert!(
        !write(&record, &facts(), &[], Wishes::default())
            .dockerfile
            .contains("chroot")
    );
}

#[test]
fn what_was_removed_again_is_not_in_the_line() {
    let record = record(&[("/", "apk add curl jq"), ("/", "apk del jq")]);
    let recipe = write(&record, &facts(), &[], Wishes::default());
    assert_eq!(recipe.line, "apk add curl");
    assert!(
        recipe.dockerfile.contains("RUN apk del jq"),
        "{}",
        recipe.dockerfile
    );
}

#[test]
fn digests_are_pinned_where_there_are_any() {
    let recipe = write(
        &record(&[("/work", "make")]),
        &facts(),
        &[],
        Wishes { pin: true },
    );
    assert!(
        recipe
            .dockerfile
            .contains(&format!("FROM cgr.dev/x/cc:latest-dev@{DIGEST} AS build"))
    );
    assert!(recipe.dockerfile.contains("FROM cgr.dev/x/cc:latest\n"));
    assert!(
        recipe
            .notes
            .iter()
            .any(|note| note.contains("cc:latest has no digest")),
        "{:?}",
        recipe.notes
    );
}

#[test]
fn a_root_image_needs_no_users_and_is_told_of() {
    let mut facts = facts();
    facts.dev.user = String::new();
    facts.production.as_mut().unwrap().user = "0".into();
    let recipe = write(
        &record(&[("/work", "apk add gcc"), ("/work", "make")]),
        &facts,
        &[program("/work/a")],
        Wishes::default(),
    );
    assert!(
        !recipe.dockerfile.contains("USER") && !recipe.dockerfile.contains("--chown"),
        "{}",
        recipe.dockerfile
    );
    assert!(recipe.dockerfile.ends_with("ENTRYPOINT [\"/work/a\"]\n"));
    assert!(
        recipe
            .notes
            .iter()
            .any(|note| note.contains("runs as root"))
    );
}

#[test]
fn without_a_program_that_was_made_the_image_runs_what_it_ran() {
    let text = body(&[("/work", "make")], &[]);
    assert!(
        text.ends_with(
            "# It runs what the production image runs: [\"/usr/bin/web\", \"--port\", \"80\"]"
        ),
        "{text}"
    );
}

#[test]
fn a_target_that_is_gone_leaves_the_last_stage_open() {
    let mut facts = facts();
    facts.production = None;
    let recipe = write(
        &record(&[("/work", "make")]),
        &facts,
        &[program("/work/a")],
        Wishes::default(),
    );
    assert!(
        recipe
            .dockerfile
            .contains("# COPY --from=build /work/a /work/a"),
        "{}",
        recipe.dockerfile
    );
    assert!(recipe.notes[0].contains("is not known"));
}

#[test]
fn hostile_names_stay_in_their_comment() {
    let mut facts = facts();
    facts.twin = "x\nRUN rm -rf /".into();
    facts.sources[0].host = Some("/home/\u{1b}[2J\nUSER root".into());
    let recipe = write(
        &record(&[("/a\nUSER root", "make")]),
        &facts,
        &[],
        Wishes::default(),
    );
    let lines: Vec<_> = recipe
        .dockerfile
        .lines()
        .filter(|line| line.contains("rm -rf") || line.contains("USER root"))
        .collect();
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with('#') || *line == "USER root"),
        "{lines:?}"
    );
    assert!(!recipe.dockerfile.contains('\u{1b}'));
}

#[test]
fn what_nobody_made_is_no_artifact() {
    let owned = apk_files("P:curl\nF:usr/bin\nR:curl\nF:lib\nR:libc.so.6\nF:sbin\nR:x\n");
    for noise in [
        "/usr/bin/curl",
        "/bin/curl",
        "/usr/lib/libc.so.6",
        "/usr/bin/x",
        "/tmp/a",
        "/root/.ash_history",
        "/lib/apk/db/lock",
        "/etc/apk/world",
        "/var/cache/x",
        "/a/__pycache__/b.pyc",
        "/target",
        "/home/nonroot/.cache/pip/x",
    ] {
        assert!(is_noise(noise, &owned), "{noise}");
    }
    for made in [
        "/usr/local/bin/tool",
        "/srv/app",
        "/usr/bin/other",
        "/targets",
        "/etc/app.conf",
    ] {
        assert!(!is_noise(made, &owned), "{made}");
    }
}

#[test]
fn new_directories_are_one_artifact() {
    let mut changes = vec![
        ("/srv".to_owned(), 'C'),
        ("/srv/app".into(), 'A'),
        ("/srv/app/run".into(), 'A'),
        ("/srv/app/lib".into(), 'A'),
        ("/srv/app/lib/a".into(), 'A'),
        ("/etc/app.conf".into(), 'C'),
        ("/etc".into(), 'C'),
        ("/gone".into(), 'D'),
        ("/work/x".into(), 'A'),
        ("/od\nd".into(), 'A'),
        ("/opt/one".into(), 'A'),
        ("/opt/one/two".into(), 'A'),
        ("/opt/one/two/a".into(), 'A'),
        ("/opt/one/two/b".into(), 'A'),
        ("/venv".into(), 'A'),
    ];
    changes.extend((0..40).map(|n| (format!("/venv/{n}"), 'A')));
    let (found, more) = from_changes(&changes, &HashSet::<String>::new(), &facts());
    let found: Vec<_> = found
        .iter()
        .map(|a| (a.path.as_str(), a.kind, a.files))
        .collect();
    assert_eq!(
        found,
        [
            ("/etc/app.conf", Kind::File, 0),
            ("/opt/one/two", Kind::Folder, 2),
            ("/opt/one/two/a", Kind::File, 0),
            ("/opt/one/two/b", Kind::File, 0),
            ("/srv/app", Kind::Folder, 2),
            ("/srv/app/lib/a", Kind::File, 0),
            ("/srv/app/run", Kind::File, 0),
            ("/venv", Kind::Folder, 40),
        ]
    );
    assert_eq!(more, 0);
}

#[test]
fn programs_in_the_persons_directory_are_suggested_first() {
    let other = Artifact {
        mounted: false,
        ..program("/usr/local/bin/x")
    };
    let plain = Artifact::new("/work/notes", Kind::File, 0, true);
    let mut all = vec![plain, other.clone(), program("/work/b")];
    artifact::sort(&mut all);
    let paths: Vec<_> = all.iter().map(|a| a.path.as_str()).collect();
    assert_eq!(paths, ["/work/b", "/usr/local/bin/x", "/work/notes"]);
    assert_eq!(suggested(&all), ["/work/b"]);
    assert_eq!(suggested(&[other]), ["/usr/local/bin/x"]);
}

#[test]
fn what_an_image_says_begins_no_instruction() {
    let mut facts = facts();
    facts.dev.user = "65532\nRUN evil".into();
    facts.production.as_mut().unwrap().user = "1 --from=evil / /".into();
    let steps = [("/work\nRUN evil", "/work/hello you"), ("/work", "make")];
    let picked = [program("/work/hello")];
    let recipe = write(&record(&steps), &facts, &picked, Wishes::default());
    let text = &recipe.dockerfile;
    assert!(
        !text.contains("\nRUN evil") && !text.contains("--from=evil"),
        "{text}"
    );
    assert!(
        !text.contains("USER") && !text.contains("--chown"),
        "{text}"
    );
    let told = recipe.notes.iter().filter(|n| n.contains("left out"));
    assert_eq!(told.count(), 2, "{:?}", recipe.notes);
}

#[test]
fn a_run_with_a_secret_is_no_program_of_an_image() {
    let steps = [("/work", "/work/hello --token hunter2")];
    let picked = [program("/work/hello")];
    let recipe = write(&record(&steps), &facts(), &picked, Wishes::default());
    assert!(recipe.check.is_none());
    assert!(
        !recipe.dockerfile.contains("hunter2"),
        "{}",
        recipe.dockerfile
    );
}

#[test]
fn directories_made_for_mounts_are_nobodys_work() {
    let mut changes: Vec<_> = [
        ("/root", 'C'),
        ("/root/go", 'A'),
        ("/root/go/pkg", 'A'),
        ("/root/go/pkg/mod", 'A'),
        ("/root/go/bin", 'A'),
        ("/root/go/bin/tool", 'A'),
    ]
    .map(|(path, kind)| (path.to_owned(), kind))
    .to_vec();
    drop_mount_points(&mut changes, &["/root/go/pkg/mod", "/build"]);
    let kept: Vec<_> = changes.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(kept, ["/root/go/bin", "/root/go/bin/tool"]);
}
