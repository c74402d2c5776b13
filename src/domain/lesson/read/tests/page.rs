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

fn examples() -> Vec<&'static str> {
    let behind = PAGE.split("\n```toml\n").skip(1);
    behind
        .map(|text| text.split("\n```\n").next().unwrap())
        .collect()
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
            format!("{AROUND}{question}{example}\n")
        } else {
            wholes += 1;
            example.to_owned()
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
        let shown = |example: &&str| shown.iter().any(|shown| example.contains(shown));
        assert!(examples().iter().any(shown), "{}", check.name);
    }
}
