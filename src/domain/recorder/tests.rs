use std::time::Duration;

use super::*;
use crate::domain::packages::Change;

fn ran(text: &str, status: i32) -> Ran {
    Ran {
        text: text.into(),
        status: Some(status),
        cwd: Some("/work".into()),
        took: Some(Duration::from_millis(1500)),
        printed: None,
    }
}

fn record(lines: &[&str]) -> Record {
    let mut record = Record::default();
    for line in lines {
        record.ran(&ran(line, 0));
    }
    record
}

fn texts(record: &Record) -> Vec<String> {
    record.steps().iter().map(Step::text).collect()
}

#[test]
fn what_builds_is_marked_and_what_only_looks_is_not() {
    for builds in [
        "make",
        "cd src && make -j4",
        "cc -static -o hello hello.c",
        "apk add curl",
        "echo x > conf",
        "printf '%s' a >> conf",
        "export A=b",
        "A=b",
        "sudo make install",
        "CGO_ENABLED=0 go build ./...",
        "pip install -r requirements.txt 2>&1",
        "cat a | tee b",
        "curl -fsSL https://example.org/x -o x",
        "git clone https://example.org/x",
    ] {
        assert!(words::builds(builds), "{builds}");
    }
    for looks in [
        "ls -la",
        "cd /work",
        "cat hello.c",
        "cat hello.c | grep main",
        "less x",
        "vim hello.c",
        "man cc",
        "history",
        "exit",
        "clear",
        "apk search curl",
        "apt-get update",
        "git status",
        "echo $?",
        "echo '>' ",
        "ls 2>/dev/null",
        "cc --version",
        "env FOO",
        "/usr/bin/less x",
        "which cc; type ls",
        "# a note",
    ] {
        assert!(!words::builds(looks), "{looks}");
    }
    let mut record = record(&["make"]);
    record.ran(&ran("make", 2));
    assert_eq!(record.steps()[0].mark, Mark::Build);
    assert_eq!(record.steps()[1].mark, Mark::No, "it failed");
}

#[test]
fn packages_are_known_by_their_lines() {
    let typed = |text: &str| words::package_change(text).map(|t| (t.manager, t.names));
    let is = |manager: &str, names: &[&str]| {
        let names = names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>();
        Some((manager.to_owned(), names))
    };
    assert_eq!(typed("apk add curl jq"), is("apk", &["curl", "jq"]));
    assert_eq!(typed("sudo apt-get install -y gcc"), is("apt", &["gcc"]));
    assert_eq!(typed("microdnf install -y gcc"), is("dnf", &["gcc"]));
    assert_eq!(typed("apk del curl"), is("apk", &["curl"]));
    for other in [
        "apk add -X /repo curl",
        "apk add --virtual .build gcc",
        "apk add $PKGS",
        "apk add curl && make",
        "apk info curl",
        "apk add",
        "apk add 'a b'",
    ] {
        assert_eq!(typed(other), None, "{other}");
    }
}

#[test]
fn exports_are_plain_or_computed() {
    let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
    let plain = |all: &[(String, String)]| Some(words::Exports::Plain(all.to_vec()));
    assert_eq!(words::exports("export A=b"), plain(&[pair("A", "b")]));
    assert_eq!(
        words::exports("export A='b c' D=e"),
        plain(&[pair("A", "b c"), pair("D", "e")])
    );
    assert_eq!(words::exports("export A='$x'"), plain(&[pair("A", "$x")]));
    assert_eq!(
        words::exports("export PATH=$PATH:/x"),
        Some(words::Exports::Computed)
    );
    assert_eq!(
        words::exports("export A=$(date)"),
        Some(words::Exports::Computed)
    );
    for other in [
        "export A",
        "export A=b && make",
        "export -f x",
        "A=b",
        "export 1=2",
    ] {
        assert_eq!(words::exports(other), None, "{other}");
    }
}

#[test]
fn edits_can_be_taken_back_one_by_one() {
    let mut record = record(&["one", "two", "three"]);
    assert!(record.edit(1, "2 two"));
    assert_eq!(record.steps()[1].status, None, "it is not what ran");
    assert_eq!(record.shift(0, true), Some(1));
    assert_eq!(texts(&record), ["2 two", "one", "three"]);
    assert!(record.drop_step(2));
    assert!(record.mark_next(0));
    assert_eq!(record.steps()[0].mark, Mark::No);
    record.ran(&ran("four", 0));
    assert_eq!(texts(&record), ["2 two", "one", "four"]);
    for _ in 0..4 {
        assert!(record.undo());
    }
    assert_eq!(texts(&record), ["one", "two", "three", "four"]);
    assert_eq!(record.steps()[1].status, Some(0));
    assert!(!record.undo());
}

#[test]
fn what_cannot_be_done_changes_nothing() {
    let mut record = record(&["one"]);
    let before = record.clone();
    assert!(!record.edit(7, "x") && !record.edit(0, " one ") && !record.drop_step(1));
    assert_eq!(
        (record.shift(0, true), record.shift(0, false)),
        (None, None)
    );
    assert!(!record.mark_next(9));
    assert_eq!(record, before);
    assert!(record.edit(0, "  "), "nothing as its text drops it");
    assert!(record.steps().is_empty());
}

#[test]
fn packages_can_be_for_runtime_and_commands_cannot() {
    let mut record = record(&["apk add curl", "make"]);
    let marks = |record: &mut Record, at| {
        record.mark_next(at);
        record.steps()[at].mark
    };
    assert_eq!(marks(&mut record, 0), Mark::Runtime);
    assert_eq!(marks(&mut record, 0), Mark::No);
    assert_eq!(marks(&mut record, 1), Mark::No);
    assert_eq!(marks(&mut record, 1), Mark::Build);
}

#[test]
fn the_first_choice_among_files_keeps_the_suggestions() {
    let mut record = Record::default();
    assert!(record.pick("/work/b", &["/work/a".into()]));
    let picks: Vec<_> = record.picks().iter().map(String::as_str).collect();
    assert_eq!(picks, ["/work/a", "/work/b"]);
    assert!(record.pick("/work/a", &[]) && record.undo());
    assert_eq!(record.picks().len(), 2);
}

#[test]
fn a_shell_that_tells_its_past_again_adds_nothing() {
    let mut told = record(&["a", "b", "a", "c"]);
    told.drop_step(0);
    let text = serde_json::to_string(&told.sound()).unwrap();
    let mut again: Record = serde_json::from_str(&text).unwrap();
    again.attached_again();
    // The log has lost its beginning.
    for old in ["b", "a", "c"] {
        assert!(!again.ran(&ran(old, 0)), "{old}");
    }
    assert!(again.ran(&ran("d", 0)));
    assert!(again.ran(&ran("a", 0)), "from here on all is new");
    assert_eq!(texts(&again), ["b", "a", "c", "d", "a"]);
}

#[test]
fn a_change_of_packages_is_a_step_unless_it_changed_nothing() {
    let changed = |outcome| Changed {
        manager: "apk".into(),
        change: Change::new(Verb::Install, &["curl".into()]).unwrap(),
        outcome,
        steps: Vec::new(),
        missed: Vec::new(),
        troubles: Vec::new(),
        status: Some(0),
        line: String::new(),
        dockerfile: String::new(),
    };
    let mut record = Record::default();
    assert!(record.changed(&changed(Outcome::Done)));
    assert!(!record.changed(&changed(Outcome::Nothing)));
    assert!(record.changed(&changed(Outcome::Failed)));
    let marks: Vec<_> = record.steps().iter().map(|s| s.mark).collect();
    assert_eq!(marks, [Mark::Build, Mark::No]);
    assert_eq!(texts(&record), ["apk add curl", "apk add curl"]);
}

#[test]
fn secrets_are_taken_out_of_commands() {
    let masked = |text: &str| secrets::without(text);
    for (text, want, names) in [
        ("TOKEN=abc make", "TOKEN=\"$TOKEN\" make", &["TOKEN"][..]),
        (
            "export API_KEY='a b'",
            "export API_KEY=\"$API_KEY\"",
            &["API_KEY"],
        ),
        (
            "tool --password hunter2 x",
            "tool --password \"$PASSWORD\" x",
            &["PASSWORD"],
        ),
        (
            "tool --auth-token=hunter2",
            "tool --auth-token=\"$AUTH_TOKEN\"",
            &["AUTH_TOKEN"],
        ),
        (
            "curl -H 'Authorization: Bearer hunter2' x",
            "curl -H 'Authorization: ***' x",
            &["the header authorization"],
        ),
        (
            "git clone https://me:hunter2@host/x",
            "git clone https://***@host/x",
            &[secrets::LOGIN],
        ),
        (
            "TOKEN=$TOKEN make --password \"$P\"",
            "TOKEN=$TOKEN make --password \"$P\"",
            &[],
        ),
        ("make PREFIX=/usr CC=gcc", "make PREFIX=/usr CC=gcc", &[]),
        // A value is the whole word, however it is quoted.
        (
            "TOKEN=a\"hunter2\"'b'\\ c make",
            "TOKEN=\"$TOKEN\" make",
            &["TOKEN"],
        ),
        (
            "PASSWORD=$'hunter2' make",
            "PASSWORD=\"$PASSWORD\" make",
            &["PASSWORD"],
        ),
        (
            "TOKEN=\"$USER:hunter2\" make",
            "TOKEN=\"$TOKEN\" make",
            &["TOKEN"],
        ),
        (
            "tool --quiet --password a\"hunter2\" x",
            "tool --quiet --password \"$PASSWORD\" x",
            &["PASSWORD"],
        ),
        (
            "sh -c 'TOKEN=hunter2 make'",
            "sh -c 'TOKEN=$TOKEN make'",
            &["TOKEN"],
        ),
        ("TOKEN=$(cat t) make", "TOKEN=$(cat t) make", &[]),
        (
            "curl -sSu me:hunter2 -o x http://h",
            "curl -sSu *** -o x http://h",
            &[secrets::LOGIN],
        ),
        (
            "curl -s -u 'me:hunter2' http://h",
            "curl -s -u *** http://h",
            &[secrets::LOGIN],
        ),
        ("curl -u me http://h", "curl -u me http://h", &[]),
        (
            "DATABASE_URL=postgres://a:hunter2@db/x run",
            "DATABASE_URL=postgres://***@db/x run",
            &[secrets::LOGIN],
        ),
    ] {
        let (shown, hidden) = masked(text);
        assert_eq!(
            (shown.as_str(), hidden),
            (want, names.iter().map(|n| (*n).to_owned()).collect()),
            "{text}"
        );
        assert!(!shown.contains("hunter2"));
    }
    let mut record = record(&["TOKEN=hunter2 make"]);
    record.steps[0].printed = Some("hunter2".into());
    let text = serde_json::to_string(&record.sound()).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn it_keeps_its_bounds() {
    let mut record = Record::default();
    for n in 0..MOST + 5 {
        record.ran(&ran(&format!("make {n} {}", "x".repeat(2 * LONGEST)), 0));
    }
    assert_eq!(record.steps().len(), MOST);
    assert!(texts(&record).iter().all(|text| text.len() <= LONGEST));
    assert!(texts(&record)[0].starts_with("make 5 "));
}
