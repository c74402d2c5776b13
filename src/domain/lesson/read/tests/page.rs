//! The page for those who write lessons: its examples are read, and it leaves no key out.

use super::super::shape;
use super::told;

const PAGE: &str = include_str!("../../../../../docs/guide/lessons.md");

/// A lesson in which an example stands as the only check.
const AROUND: &str = r#"title = "T"
goal = "G"
minutes = 1
tokens = ["word"]

[lab]
volumes = ["data"]
files.word = "{token:word}"

[[lab.image]]
name = "shop:1"
dockerfile = "FROM {lab}/web:latest"

[[lab.container]]
name = "web"
image = "web:latest"

[[lab.container]]
name = "job"
image = "shop:1"

[[step]]
title = "T"
text = "T"
hint = "H"
answer = "`docker build -t {lab}/shop:fixed .`"
"#;

/// The blocks of TOML. A lesson has blocks of its own, so that a longer fence stands around it.
fn examples() -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<(String, &str)> = None;
    for line in PAGE.lines() {
        match &mut open {
            None => {
                let fence = line.strip_suffix("toml");
                let fence = fence.filter(|fence| fence.starts_with("```"));
                open = fence.map(|fence| (String::new(), fence));
            }
            Some((_, fence)) if line == *fence => {
                found.extend(open.take().map(|(text, _)| text));
            }
            Some((text, _)) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    found
}

#[test]
fn the_examples_of_the_page_are_sound() {
    let (mut wholes, mut checks) = (0, 0);
    for example in examples() {
        let text = if example.starts_with("check.") {
            checks += 1;
            let question = if example.contains("answer =") {
                "question = \"Q\"\n"
            } else {
                ""
            };
            format!("{AROUND}{question}{example}")
        } else {
            wholes += 1;
            example.clone()
        };
        let faults = told(&text);
        assert!(faults.is_empty(), "{example}\n{faults:#?}");
    }
    assert_eq!(wholes, 1);
    assert!(checks > 20, "{checks}");
}

#[test]
fn the_page_names_every_key_and_shows_every_check() {
    for form in shape::ALL {
        for key in form.keys {
            let name = key.name;
            let told = [format!("`{name}"), format!("{name} = "), format!("{name}=")];
            let told = told.iter().any(|told| PAGE.contains(told));
            assert!(told, "{}: {name}", form.what);
        }
    }
    for check in shape::CHECK.keys {
        let shown = [
            format!("check.{} =", check.name),
            format!("{{ {} =", check.name),
        ];
        let shown = |example: &String| shown.iter().any(|shown| example.contains(shown));
        assert!(examples().iter().any(shown), "{}", check.name);
    }
}
