use super::*;

mod form;
mod lab;
mod page;
mod sense;

/// A fault put into the good lesson: what is replaced, by what, and what is told.
type Row = (&'static str, &'static str, &'static [&'static str]);

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
fn each_fault_is_told_with_line_and_reason() {
    let mut wrong = Vec::new();
    let rows = form::ROWS.iter().chain(lab::ROWS).chain(sense::ROWS);
    for (from, to, want) in rows {
        let found = faults(from, to);
        if found != *want {
            wrong.push(format!("{to}\n    {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_lesson_has_steps() {
    let at = GOOD.find("[[step]]").unwrap();
    assert_eq!(
        told(GOOD.get(..at).unwrap()),
        ["1: the lesson has no steps: add a [[step]]"]
    );
}

#[test]
fn images_stand_on_earlier_ones() {
    let two = |first: &str, second: &str| {
        let image = |name: &str, from: &str| {
            format!(
                "[[lab.image]]\nname = \"{name}\"\ndockerfile = '''\nFROM {{lab}}/{from}\n'''\n"
            )
        };
        let images = image("a:1", first) + &image("b:1", second);
        told(&GOOD.replacen("[[lab.image]]", &format!("{images}[[lab.image]]"), 1))
    };
    let none: [&str; 0] = [];
    assert_eq!(two("web:latest-dev", "a:1"), none);
    assert_eq!(
        two("b:1", "web:latest"),
        ["12: `b:1` is made after `a:1` (move `b:1` above it)"]
    );
}

#[test]
fn images_in_a_circle_are_told() {
    let circle = "[[lab.image]]\nname = \"a:1\"\ndockerfile = \"FROM {lab}/b:1\"\n\
                  [[lab.image]]\nname = \"b:1\"\ndockerfile = \"FROM {lab}/a:1\"\n";
    let text = GOOD.replacen("[[lab.image]]", &format!("{circle}[[lab.image]]"), 1);
    assert_eq!(
        told(&text),
        ["11: images in a circle: a:1 on b:1 on a:1 (one of them must stand on something else)"]
    );
}

#[test]
fn a_name_of_a_file_is_a_name_of_a_lesson() {
    for (id, good) in [
        ("two-doors", true),
        ("2", true),
        ("Two", false),
        ("", false),
        ("a b", false),
        ("-a", false),
    ] {
        assert_eq!(Lesson::read(id, GOOD).is_ok(), good, "{id}");
    }
}

fn told_of_all(files: &[(&str, &str)]) -> Vec<String> {
    let read = read_all(files).into_iter().zip(files);
    read.flat_map(|(read, (id, _))| {
        let faults = read.err().unwrap_or_default();
        faults
            .into_iter()
            .map(move |fault| format!("{id}:{}: {}", fault.line, fault.what))
    })
    .collect()
}

fn after(others: &str) -> String {
    GOOD.replace("minutes = 5", &format!("minutes = 5\nafter = [{others}]"))
}

#[test]
fn lessons_after_one_another_are_known() {
    let (a, b) = (after("\"b\""), after("\"c\""));
    let none: [&str; 0] = [];
    assert_eq!(told_of_all(&[("a", &a), ("b", &b), ("c", GOOD)]), none);
    // One with faults is there all the same.
    let told = told_of_all(&[("a", &a), ("b", "title = 1")]);
    assert!(told.iter().all(|told| told.starts_with("b:")), "{told:?}");
    assert_eq!(
        told_of_all(&[("a", &a), ("b", &b)]),
        ["b:4: there is no lesson `c`"]
    );
}

#[test]
fn lessons_are_in_no_circle_and_no_two_have_one_name() {
    let (a, b, c) = (after("\"b\""), after("\"c\""), after("\n  \"a\",\n"));
    assert_eq!(
        told_of_all(&[("a", GOOD), ("a", GOOD)]),
        ["a:1: there are two lessons `a`"]
    );
    assert_eq!(
        told_of_all(&[("a", &a), ("b", &b), ("c", &c)]),
        [
            "a:4: lessons in a circle: a after b after c after a",
            "b:4: lessons in a circle: b after c after a after b",
            "c:5: lessons in a circle: c after a after b after c"
        ]
    );
}

#[test]
fn hostile_files_end_in_a_fault() {
    let deep = format!(
        "{}twin = {{ of = \"shop\" }}{}",
        "not = { ".repeat(40),
        " }".repeat(40)
    );
    let text = GOOD.replace(sense::TWIN, &format!("{{ {deep} }}"));
    assert!(!told(&"[".repeat(100_000)).is_empty());
    assert!(!told(&"a = ".repeat(10_000)).is_empty());
    let many: Vec<String> = (0..1000).map(|n| format!("key{n} = 1\n")).collect();
    let many = many.concat();
    assert_eq!(told(&format!("{many}{GOOD}")).len(), MOST);
    let bell = GOOD.replace(
        "title = \"A fine lesson\"",
        "\"ti\\u001b[2Jtle\" = 1\ntitle = \"x\"",
    );
    assert!(!told(&bell).is_empty() && !told(&bell).concat().contains('\u{1b}'));
    assert_eq!(
        told(&"#".repeat(LONGEST + 1)),
        ["1: longer than 1 MiB: that is no lesson"]
    );
    assert_eq!(
        told(&text),
        ["38: checks stand in one another more than 8 deep"]
    );
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
