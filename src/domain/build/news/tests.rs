use super::*;

/// A reader fed with the `stream` texts of a classic builder; what it told.
fn fed(texts: &[&str]) -> (Reader, Vec<BuildNews>) {
    let mut reader = Reader::default();
    let mut news = Vec::new();
    for text in texts {
        reader.stream(text, &mut |n| news.push(n));
    }
    (reader, news)
}

fn step(number: usize, total: usize, instruction: &str) -> BuildNews {
    BuildNews::Step(BuildStep {
        stage: None,
        number,
        total,
        instruction: instruction.into(),
    })
}

fn line(text: &str, stderr: bool) -> BuildNews {
    BuildNews::Line {
        text: text.into(),
        stderr,
    }
}

/// As Engine 20.10.24 printed them.
const CLASSIC: &[&str] = &[
    "Step 1/4 : FROM base AS two",
    "\n",
    " ---> 6d7221bd6638\n",
    "Step 2/4 : ENV A=1",
    "\n",
    " ---> Using cache\n",
    " ---> ed8d0902cc86\n",
    "Step 3/4 : COPY f /f",
    "\n",
    " ---> a1c1b9299ede\n",
    "Step 4/4 : RUN echo there; echo err >&2; exit 7",
    "\n",
    " ---> Running in 4d85737e1496\n",
    "\u{1b}[91merr\n\u{1b}[0m",
    "there\n",
    "\u{1b}[91mmore\n\u{1b}[0m",
    "Removing intermediate container 4d85737e1496\n",
];

#[test]
fn the_classic_builder_is_read_line_by_line() {
    let (mut reader, news) = fed(CLASSIC);
    assert_eq!(
        news,
        [
            step(1, 4, "FROM base AS two"),
            step(2, 4, "ENV A=1"),
            BuildNews::Cached,
            step(3, 4, "COPY f /f"),
            BuildNews::Made("a1c1b9299ede".into()),
            step(4, 4, "RUN echo there; echo err >&2; exit 7"),
            line("err", true),
            line("there", false),
            line("more", true),
        ]
    );
    let words = "The command '/bin/sh -c echo there' returned a non-zero code: 7";
    reader.failed(words, Some(7), &mut |_| {});
    let Err(BuildError::Failed(failure)) = reader.end(&mut |_| {}) else {
        panic!("a failed build has no image");
    };
    assert_eq!(failure.code, Some(7));
    assert_eq!(failure.step.as_ref().map(|s| s.number), Some(4));
    assert_eq!(failure.lines, ["err", "there", "more"]);
    assert_eq!(
        failure.words(),
        "step 4 of 4 ended with status 7: RUN echo there; echo err >&2; exit 7"
    );
}

#[test]
fn the_same_lines_cut_anywhere_say_the_same() {
    let whole = fed(CLASSIC).1;
    let text = CLASSIC.concat();
    for at in 1..text.len() {
        if let (Some(a), Some(b)) = (text.get(..at), text.get(at..)) {
            assert_eq!(fed(&[a, b]).1, whole, "cut at {at}");
        }
    }
}

#[test]
fn a_line_without_an_end_is_not_kept_for_ever_and_not_lost_at_a_failure() {
    let (_, news) = fed(&[&"x".repeat(LONGEST * 5)]);
    assert_eq!(news.len(), 1);
    let (mut reader, _) = fed(&["Step 1/1 : RUN x", "\n", "no newline"]);
    let mut told = Vec::new();
    reader.failed("returned a non-zero code: 1", None, &mut |n| told.push(n));
    assert_eq!(told, [line("no newline", false)]);
}

#[test]
fn the_builders_own_words_are_no_output_in_any_version() {
    for words in [
        " ---> Running in 4d85737e1496\n",
        " ---> Removed intermediate container 4d85737e1496\n",
        "Removing intermediate container 4d85737e1496\n",
    ] {
        let (_, news) = fed(&["Step 1/1 : RUN x\n", "there\n", words]);
        assert_eq!(news.last(), Some(&line("there", false)), "{words}");
    }
}

#[test]
fn what_a_step_prints_cannot_pass_for_an_image_of_ours_or_a_control() {
    let (_, news) = fed(&[
        "Step 1/1 : RUN x\n",
        " ---> not an id\n",
        "\u{1b}]0;title\u{7}hi\n",
    ]);
    let texts: Vec<_> = news
        .iter()
        .filter_map(|n| match n {
            BuildNews::Line { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(texts.len(), 2);
    assert!(texts.iter().all(|t| !t.contains(['\u{1b}', '\u{7}'])));
    assert!(!news.iter().any(|n| matches!(n, BuildNews::Made(_))));
}

#[test]
fn names_of_buildkits_steps_are_read() {
    for (name, want) in [
        ("[2/2] RUN exit 3", Some((None, 2, 2, "RUN exit 3"))),
        (
            "[two 2/3] COPY f /f",
            Some((Some("two"), 2, 3, "COPY f /f")),
        ),
        (
            "[linux/arm64 stage-1 1/3] FROM x",
            Some((Some("stage-1"), 1, 3, "FROM x")),
        ),
        ("[base  2/12] RUN a", Some((Some("base"), 2, 12, "RUN a"))),
        ("[internal] load remote build context", None),
        ("[auth] library/x:pull token for r", None),
        ("exporting to image", None),
        ("copy /context /", None),
    ] {
        let got = buildkit_step(name);
        let got = got.as_ref().map(|s| {
            let stage = s.stage.as_deref();
            (stage, s.number, s.total, s.instruction.as_str())
        });
        assert_eq!(got, want, "{name}");
    }
}

#[test]
fn exit_codes_are_found_in_the_words_of_both_builders() {
    for (words, code) in [
        (
            "The command '/bin/sh -c exit 7' returned a non-zero code: 7",
            Some(7),
        ),
        (
            "executor failed running [/bin/sh -c exit 3]: exit code: 3",
            Some(3),
        ),
        (
            "process \"/bin/sh -c false\" did not complete successfully: exit code: 1",
            Some(1),
        ),
        ("failed to compute cache key: \"/nofile\" not found", None),
    ] {
        assert_eq!(exit_code(words), code, "{words}");
    }
}

#[test]
fn a_mistake_in_the_file_is_no_fault_of_a_step() {
    let mut reader = Reader::default();
    let state = VertexState {
        started: true,
        ..VertexState::default()
    };
    reader.vertex("sha256:1", "[internal] load context", state, &mut |_| {});
    let words = "failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 2: unknown instruction: FOO";
    reader.failed(words, None, &mut |_| {});
    let Err(BuildError::Failed(failure)) = reader.end(&mut |_| {}) else {
        panic!("it failed");
    };
    assert_eq!(failure.step, None);
    assert_eq!(
        failure.message,
        "dockerfile parse error line 2: unknown instruction: FOO"
    );
}

#[test]
fn an_answer_that_just_ends_is_a_failure() {
    let (reader, _) = fed(&["Step 1/1 : RUN x\n"]);
    assert!(matches!(
        reader.end(&mut |_| {}),
        Err(BuildError::Engine(_))
    ));
}
