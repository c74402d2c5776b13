use std::collections::BTreeMap;

use super::graph::{self, How, Origin, Role};
use super::*;

fn plain(text: &str) -> Dockerfile {
    read(text, &BTreeMap::new())
}

const WHOLE: &str = "\
# syntax=docker/dockerfile:1
ARG TAG=latest
FROM cgr.dev/chainguard/go:${TAG}-dev AS Build
WORKDIR /src
# a comment
COPY go.mod ./
RUN --mount=type=bind,from=tools,target=/t \\
    # why
    go build \\
      -o /app && \\

    true
RUN <<EOF
echo hi
EOF

FROM scratch AS unused
FROM cgr.dev/chainguard/static AS base
FROM base
COPY --from=build --chown=65532 /app /app
COPY --from=2 /etc/x /x
ENTRYPOINT [\"/app\"]
";

#[test]
fn stages_steps_and_lines_are_read() {
    let file = plain(WHOLE);
    assert_eq!(file.broken, None);
    assert_eq!(file.syntax.as_deref(), Some("docker/dockerfile:1"));
    let names: Vec<_> = file.stages.iter().map(Stage::label).collect();
    assert_eq!(names, ["Build", "unused", "base", "stage 3"]);
    let build = &file.stages[0];
    assert_eq!(
        build.base,
        Base::Image("cgr.dev/chainguard/go:latest-dev".into())
    );
    assert_eq!(file.stages[1].base, Base::Scratch);
    assert_eq!(file.stages[3].base, Base::Stage(2));
    let steps: Vec<_> = file
        .steps()
        .map(|s| (s.number, s.keyword, s.lines))
        .collect();
    assert_eq!(
        steps,
        [
            (1, "ARG", (2, 2)),
            (2, "FROM", (3, 3)),
            (3, "WORKDIR", (4, 4)),
            (4, "COPY", (6, 6)),
            (5, "RUN", (7, 12)),
            (6, "RUN", (13, 15)),
            (7, "FROM", (17, 17)),
            (8, "FROM", (18, 18)),
            (9, "FROM", (19, 19)),
            (10, "COPY", (20, 20)),
            (11, "COPY", (21, 21)),
            (12, "ENTRYPOINT", (22, 22)),
        ]
    );
    let run = &build.steps[2];
    let What::Run(command) = &run.what else {
        panic!("a RUN");
    };
    assert_eq!(command.script(), "go build -o /app && true");
    assert_eq!(
        command.mounts[0].get("from").map(String::as_str),
        Some("tools")
    );
    assert!(WHOLE[run.span.clone()].starts_with("RUN --mount"));
    assert!(WHOLE[run.span.clone()].ends_with("true"));
    let What::Run(document) = &build.steps[3].what else {
        panic!("a RUN");
    };
    assert_eq!(document.script(), "echo hi\n");
    assert!(WHOLE[build.steps[3].span.clone()].ends_with("EOF"));
}

#[test]
fn edges_roles_and_what_is_needed() {
    let file = plain(WHOLE);
    let edges: Vec<_> = graph::edges(&file)
        .into_iter()
        .map(|e| (e.from, e.to, e.how))
        .collect();
    let image = |name: &str| Origin::Image(name.into());
    assert_eq!(
        edges,
        [
            (image("cgr.dev/chainguard/go:latest-dev"), 0, How::From),
            (image("tools"), 0, How::Mount),
            (image("cgr.dev/chainguard/static"), 2, How::From),
            (Origin::Stage(2), 3, How::From),
            (Origin::Stage(0), 3, How::Copy),
            (Origin::Stage(2), 3, How::Copy),
        ]
    );
    let needed: Vec<_> = graph::needed(&file, 3).into_iter().collect();
    assert_eq!(needed, [0, 2, 3]);
    let roles: Vec<_> = file
        .stages
        .iter()
        .map(|s| graph::role(&file, s, 3))
        .collect();
    assert_eq!(
        roles,
        [Role::Builder, Role::Scratch, Role::Runtime, Role::Runtime]
    );
    let chroot = plain("FROM a AS base\nFROM b\nCOPY --from=base / /r\nRUN apk add --root /r x\n");
    assert_eq!(graph::role(&chroot, &chroot.stages[1], 1), Role::Assembly);
}

#[test]
fn what_is_needed_of_buildkit_is_named() {
    let needs: Vec<_> = plain(WHOLE)
        .needs
        .iter()
        .map(|n| (n.line, n.what))
        .collect();
    assert_eq!(needs, [(7, "RUN --mount"), (13, "RUN <<EOF")]);
    let file = plain("FROM a\nCOPY --link --chmod=755 a /a\nADD --checksum=x b /b\n");
    let needs: Vec<_> = file.needs.iter().map(|n| n.what).collect();
    assert_eq!(needs, ["COPY --link", "COPY --chmod", "ADD --checksum"]);
}

#[test]
fn what_stands_before_a_mistake_counts() {
    for (text, line, stages) in [
        ("FROM a\nRUN x\nFOO y\nRUN z\n", 3, 1),
        ("RUN x\n", 1, 0),
        ("", 1, 0),
        ("FROM a\nRUN <<EOF\nx\n", 3, 1),
        ("FROM a b c\n", 1, 0),
        ("FROM\n", 1, 0),
        ("# escape=x\nFROM a\n", 1, 0),
    ] {
        let file = plain(text);
        let broken = file
            .broken
            .unwrap_or_else(|| panic!("{text:?} has a mistake"));
        assert_eq!(
            (broken.line, file.stages.len()),
            (line, stages),
            "{text:?}: {}",
            broken.message
        );
    }
}

#[test]
fn here_documents_may_stand_anywhere_in_a_run() {
    for (run, last) in [
        ("RUN cat <<EOF >/x\nUSER é\n\nEOF\n", 5),
        (
            "RUN --mount=type=cache,target=/x \\\n  cat <<'EOF' >/x\nhi\nEOF\n",
            5,
        ),
        ("RUN cat <<A >/a && cat <<-\"B\" >/b\na\nA\n\tb\n\tB\n", 6),
        ("RUN <<EOF\nUSER 1\nEOF\n", 4),
        ("RUN <<A cat >/a && cat <<-B >/b\na\nA\n\tb\n\tB\n", 6),
        ("RUN echo $((1<<2)) <<<x\n", 2),
        ("RUN cat <<EOF\r\nhi\r\nEOF\r\n", 4),
    ] {
        let text = format!("FROM a\n{run}USER 1\n");
        let file = plain(&text);
        assert_eq!(file.broken, None, "{run:?}");
        let steps: Vec<_> = file.steps().map(|s| (s.keyword, s.lines)).collect();
        assert_eq!(
            steps,
            [
                ("FROM", (1, 1)),
                ("RUN", (2, last)),
                ("USER", (last + 1, last + 1))
            ],
            "{run:?}"
        );
        let step = &file.stages[0].steps[0];
        assert_eq!(&text[step.span.clone()], run.trim_end(), "{run:?}");
        assert_eq!(
            file.needs.iter().any(|n| n.what == "RUN <<EOF"),
            last > 2,
            "{run:?}"
        );
    }
    let file = plain("FROM a\nRUN cat <<EOF >/x\nhi\n");
    assert_eq!(file.broken.map(|b| b.line), Some(3));
}

#[test]
fn variables_of_a_from_are_replaced() {
    for (args, from, given, want) in [
        ("ARG A=x", "$A", None, Base::Image("x".into())),
        ("ARG A=x", "r/${A}:1", None, Base::Image("r/x:1".into())),
        ("ARG A=x", "$A", Some("y"), Base::Image("y".into())),
        ("ARG A", "$A", Some("y"), Base::Image("y".into())),
        ("ARG A", "$A", None, Base::Unknown("A".into())),
        ("", "$A", None, Base::Unknown("A".into())),
        ("ARG A", "${A:-z}", None, Base::Image("z".into())),
        ("ARG A=x", "i${A:+-dev}", None, Base::Image("i-dev".into())),
        ("ARG A", "i${A:+-dev}", None, Base::Image("i".into())),
        ("ARG B=q\nARG A=${B}r", "$A", None, Base::Image("qr".into())),
        ("ARG A=scratch", "$A", None, Base::Scratch),
        ("ARG A=x", "${A#y}", None, Base::Unknown("A".into())),
        ("ARG A=x", "${A", None, Base::Unknown("A".into())),
    ] {
        let given = given.map(|v: &str| ("A".to_owned(), v.to_owned()));
        let file = read(
            &format!("{args}\nFROM {from}\n"),
            &given.into_iter().collect(),
        );
        let base = file.stages.first().map(|stage| stage.base.clone());
        assert_eq!(base, Some(want), "{args} / {from}");
    }
}

#[test]
fn directives_lines_and_marks_of_other_systems() {
    let crlf = plain("FROM a\r\nRUN x \\\r\n  y\r\nUSER 1\r\n");
    let lines: Vec<_> = crlf.steps().map(|s| s.lines).collect();
    assert_eq!(lines, [(1, 1), (2, 3), (4, 4)]);
    let run = &crlf.stages[0].steps[0];
    assert_eq!(run.text, "RUN x y");
    let text = "\u{feff}FROM a\nRUN x\n";
    let bom = plain(text);
    assert_eq!(&text[bom.stages[0].steps[0].span.clone()], "RUN x");
    let windows = plain("# escape=`\nFROM a\nRUN x `\n  y\n");
    assert_eq!(windows.stages[0].steps[0].text, "RUN x y");
    assert_eq!(windows.stages[0].steps[0].lines, (3, 4));
}

#[test]
fn names_of_stages_are_found_without_regard_to_capitals_and_the_last_counts() {
    let file = plain("FROM a AS x\nFROM b AS X\nFROM x\n");
    assert_eq!(file.stages[2].base, Base::Stage(1));
    assert_eq!(file.stage("x").map(|s| s.index), Some(1));
    assert_eq!(file.stage("0").map(|s| s.index), Some(0));
    assert_eq!(file.stage("9"), None);
    // A number behind FROM is an image.
    assert_eq!(
        plain("FROM a\nFROM 0\n").stages[1].base,
        Base::Image("0".into())
    );
}

#[test]
fn settings_follow_the_stages_below() {
    let file = plain(
        "FROM i AS a\nUSER 5\nWORKDIR /w\nCMD [\"x\"]\nENV D=/data\nVOLUME $D\nFROM a\nWORKDIR sub/../b\nENTRYPOINT [\"e\"]\n",
    );
    let end = settings::Settings::at_end(&file, &file.stages[1]);
    assert_eq!(end.user.map(|u| (u.value, u.line)), Some(("5".into(), 2)));
    assert_eq!(end.workdir.map(|w| w.value), Some("/w/b".into()));
    assert_eq!(end.volumes[0].value, "/data");
    assert_eq!((end.cmd, end.lost.map(|c| c.line)), (None, Some(4)));
    let start = settings::Settings::before(&file, &file.stages[0], 3);
    assert_eq!((start.user.is_some(), start.workdir), (true, None));
}

mod edits {
    use super::*;
    use crate::domain::dockerfile::edit::{command_of, up_to, with_command};

    fn step(text: &str, number: usize) -> Step {
        plain(text)
            .at_number(number)
            .map(|(_, s)| s.clone())
            .unwrap()
    }

    #[test]
    fn a_command_is_taken_out_and_put_back_without_a_change() {
        for text in [
            "FROM a\nRUN x && y\nUSER 1\n",
            "FROM a\nRUN x \\\n  && y\n",
            "FROM a\r\nRUN x \\\r\n  && y\r\nUSER 1\r\n",
            "FROM a\n  RUN   x",
            "FROM a\nRUN --mount=type=cache,target=/x --network=none \\\n  x\n",
            "FROM a\nRUN <<EOF\necho a\nEOF\nUSER 1\n",
            "FROM a\nRUN [\"a\", \"b\"]\n",
            "\u{feff}FROM a\nRUN x\n",
            "FROM a\nRUN x \\\n# why\n  y\n",
        ] {
            let step = step(text, 2);
            let command = command_of(text, &step);
            assert!(
                !command.contains('\r') && !command.starts_with("RUN"),
                "{command:?}"
            );
            assert_eq!(with_command(text, &step, &command).as_deref(), Ok(text));
        }
    }

    #[test]
    fn all_other_bytes_stay_as_they_are() {
        for (text, command, want) in [
            ("FROM a\nRUN x\nUSER 1", "z", "FROM a\nRUN z\nUSER 1"),
            (
                "FROM a\nRUN x\n\n# c\n",
                "y\nz",
                "FROM a\nRUN y \\\nz\n\n# c\n",
            ),
            (
                "FROM a\r\nRUN x \\\r\n y\r\nUSER 1\r\n",
                "q\n w",
                "FROM a\r\nRUN q \\\r\n w\r\nUSER 1\r\n",
            ),
            ("FROM a\r\nRUN x\r\n", "q\nw", "FROM a\r\nRUN q \\\r\nw\r\n"),
            (
                "FROM a\nRUN --mount=type=cache,target=/x x\n",
                "y",
                "FROM a\nRUN --mount=type=cache,target=/x y\n",
            ),
            ("FROM a\nRUN x\nUSER 1\n", "y \\", "FROM a\nRUN y\nUSER 1\n"),
            (
                "# escape=`\nFROM a\nRUN x\n",
                "y\nz",
                "# escape=`\nFROM a\nRUN y `\nz\n",
            ),
        ] {
            let step = step(text, 2);
            assert_eq!(
                with_command(text, &step, command).as_deref(),
                Ok(want),
                "{command:?}"
            );
        }
    }

    #[test]
    fn what_would_be_another_file_is_refused() {
        let text = "FROM a\nRUN x\nUSER 1\n";
        let step = step(text, 2);
        for command in ["", "  \n", "<<EOF\nx\n", "cat <<EOF\nx\nEOF\nUSER 2"] {
            let error = with_command(text, &step, command).unwrap_err();
            assert!(error.hint.is_some(), "{command:?}: {error}");
        }
    }

    #[test]
    fn labels_are_one_instruction_where_they_need_no_care() {
        let labels = |value: &str| {
            BTreeMap::from([
                ("a.b".to_owned(), value.to_owned()),
                ("c".to_owned(), "d e".to_owned()),
            ])
        };
        assert_eq!(
            edit::with_labels("FROM a\r\n", &labels("x@y/1")).as_deref(),
            Some("FROM a\nLABEL a.b=\"x@y/1\" c=\"d e\"\n")
        );
        for value in ["a\"b", "$HOME", "a\nb", "a`b", "a\\"] {
            assert_eq!(
                edit::with_labels("FROM a\n", &labels(value)),
                None,
                "{value}"
            );
        }
    }

    #[test]
    fn the_text_before_a_step_ends_with_the_line_before_it() {
        let text = "FROM a AS b\nRUN x\n  RUN y\nFROM c\n";
        assert_eq!(up_to(text, &step(text, 3)), "FROM a AS b\nRUN x\n");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "(FROM|RUN|COPY|ARG|ENV|USER|CMD|#| |\n|\\\\|<<E|E\n|\"|\\[|\\]|,|\\$|\\{|\\}|=|--from=|a|é|\r){0,60}") {
        let report = report("f", &text, &BTreeMap::new(), None);
        let file = plain(&text);
        for step in file.steps() {
            proptest::prop_assert!(text.get(step.span.clone()).is_some());
            let _ = edit::up_to(&text, step);
            let _ = edit::with_command(&text, step, &edit::command_of(&text, step));
        }
        proptest::prop_assert_eq!(report.stages.len(), file.stages.len());
    }
}

#[test]
fn what_no_dockerfile_has_costs_no_more_than_one() {
    let none = BTreeMap::new();
    // Doubled sixty times, a value would have no end.
    let doubled = format!("ARG A=ab\n{}FROM $A\n", "ARG A=$A$A\n".repeat(60));
    let globals = variables::of_globals(&read(&doubled, &none));
    assert!(globals.values().all(|value| value.len() <= 64 << 10));
    let deep = "${A:-".repeat(50_000) + "x" + &"}".repeat(50_000);
    assert!(variables::expand(&deep, &none).is_err());
    let fine = "${A:-".repeat(20) + "x" + &"}".repeat(20);
    assert_eq!(variables::expand(&fine, &none).as_deref(), Ok("x"));
    for (text, line) in [
        (format!("FROM a\n{}", "RUN b\n".repeat(9_000)), 2_001),
        ("FROM a\n".repeat(9_000), 202),
    ] {
        let broken = read(&text, &none).broken.unwrap();
        assert_eq!(broken.line, line, "{}", broken.message);
    }
}
