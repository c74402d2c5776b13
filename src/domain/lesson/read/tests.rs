use super::*;

/// A lesson without fault; faults are put in by replacing a part of it.
const GOOD: &str = r#"title = "A fine lesson"
goal = "You can tell a good file from a bad one."
minutes = 5
tokens = ["word"]

[lab]
volumes = ["data"]

[[lab.image]]
name = "shop:1"
dockerfile = '''
FROM {lab}/web:latest
COPY notes.txt /srv/
'''
files."notes.txt" = "the word: {token:word}"

[[lab.container]]
name = "shop"
image = "shop:1"
mounts = ["data:/data"]
env = ["A=b"]
restart = "on-failure:3"

[lab.files]
"src/Dockerfile" = "FROM {lab}/shop:1"

[[step]]
title = "Look"
text = '''
Look at **{lab}-shop**.

There is a word in it.'''
hint = "Open a twin."
answer = "`docker run --name {lab}-fixed {lab}/shop:1`"
question = "Which word?"
done = "That was it."
check.all = [
  { twin = { of = "shop" } },
  { answer = { is = ["{token:word}"] } },
]

[[step.mistake]]
when.exec = { container = "shop", matches = '^sh$', status = [126, 127] }
say = "There is no shell."

[[step]]
title = "Fix"
text = "Run it again."
hint = "Another name."
answer = "See above."
check.container = { name = "fixed", state = "running", volume = "data" }
"#;

/// What `from` → `to` does to the good lesson: `line: what` of each fault.
fn faults(from: &str, to: &str) -> Vec<String> {
    assert_eq!(GOOD.matches(from).count(), 1, "in the good lesson: {from}");
    told(&GOOD.replace(from, to))
}

fn told(text: &str) -> Vec<String> {
    match Lesson::read("fine", text) {
        Ok(_) => Vec::new(),
        Err(faults) => faults
            .iter()
            .map(|fault| match &fault.hint {
                Some(hint) => format!("{}: {} ({hint})", fault.line, fault.what),
                None => format!("{}: {}", fault.line, fault.what),
            })
            .collect(),
    }
}

#[test]
fn a_good_lesson_has_no_fault() {
    assert_eq!(told(GOOD), Vec::<String>::new());
    let lesson = Lesson::read("fine", GOOD).unwrap();
    assert_eq!(lesson.id, "fine");
    assert_eq!(lesson.steps.len(), 2);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = GOOD
        .replace("minutes = 5", "minutes = 0")
        .replace("COPY notes.txt", "COPY nodes.txt")
        .replace("of = \"shop\"", "of = \"shpo\"");
    assert_eq!(told(&text).len(), 3, "{:?}", told(&text));
    let text = GOOD
        .replace("minutes = 5", "minutes = \"5\"")
        .replace("hint = \"Open", "hnit = \"Open");
    assert_eq!(told(&text).len(), 3, "{:?}", told(&text));
    let text = "title = \"a\ngoal = b\nminutes = 3\n";
    assert_eq!(told(text).len(), 2, "{:?}", told(text));
}
