use std::collections::BTreeMap;

use super::*;

/// Reads a recorded answer; what it told, and how it ended.
fn read(recorded: &str) -> (Vec<BuildNews>, Result<String, BuildError>) {
    let mut reader = Reader::default();
    let mut news = Vec::new();
    for line in recorded.lines() {
        let line = serde_json::from_str(line).unwrap();
        take(&mut reader, line, &mut |n| news.push(n));
    }
    let end = reader.end(&mut |n| news.push(n));
    (news, end)
}

#[test]
fn a_recorded_failure_of_buildkit_names_the_step_and_its_last_lines() {
    let (news, end) = read(include_str!(
        "../../../../tests/fixtures/builds/buildkit-20.10-fails.jsonl"
    ));
    let steps: Vec<_> = news
        .iter()
        .filter_map(|n| match n {
            BuildNews::Step(step) => Some((step.stage.as_deref(), step.number, step.total)),
            _ => None,
        })
        .collect();
    assert_eq!(
        steps,
        [
            (Some("base"), 1, 2),
            (Some("base"), 2, 2),
            (Some("two"), 1, 2),
            (Some("two"), 2, 2)
        ]
    );
    assert!(news.contains(&BuildNews::Line {
        text: "err".into(),
        stderr: true
    }));
    let Err(BuildError::Failed(failure)) = end else {
        panic!("it failed");
    };
    assert_eq!(failure.code, Some(7));
    assert_eq!(failure.lines, ["there"]);
    let step = failure.step.unwrap();
    assert_eq!(step.instruction, "RUN echo there && exit 7");
}

#[test]
fn an_image_is_told_by_both_builders() {
    let id = format!("sha256:{}", "6e".repeat(32));
    for aux in [
        format!(r#"{{"aux":{{"ID":"{id}"}}}}"#),
        format!(r#"{{"id":"moby.image.id","aux":{{"ID":"{id}"}}}}"#),
    ] {
        let (news, end) = read(&aux);
        assert_eq!(end, Ok(id.clone()));
        assert_eq!(news, [BuildNews::Done(id.clone())]);
    }
}

#[test]
fn an_error_without_detail_is_one_too() {
    let (_, end) = read(r#"{"error":"no space left on device"}"#);
    let error = end.unwrap_err().into_error();
    assert!(error.hint.unwrap().contains("docker system df"));
}

#[test]
fn everything_asked_for_is_in_the_query_and_nothing_else() {
    let map = |k: &str, v: &str| BTreeMap::from([(k.to_owned(), v.to_owned())]);
    let build = Build {
        dockerfile: "a dir/Dockerfile".into(),
        target: Some("build".into()),
        tags: vec!["r.io:5/a:1".into(), "b".into()],
        args: map("X", "a&b=\"c\""),
        platform: Some("linux/arm64".into()),
        labels: map("l", "é"),
        no_cache: true,
        network: Some("none".into()),
        builder: Builder::BuildKit,
    };
    assert_eq!(
        query(&build),
        "dockerfile=a+dir%2FDockerfile&t=r.io%3A5%2Fa%3A1&t=b&buildargs=%7B%22X%22%3A%22a%26b%3D%5C%22c%5C%22%22%7D\
         &labels=%7B%22l%22%3A%22%C3%A9%22%7D&target=build&platform=linux%2Farm64&networkmode=none&nocache=1&rm=1&forcerm=1&version=2"
    );
    let plain = Build {
        dockerfile: "Dockerfile".into(),
        ..Build::default()
    };
    assert_eq!(
        query(&plain),
        "dockerfile=Dockerfile&rm=1&forcerm=1&version=1"
    );
}
