mod whole;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Check, Counted, Place, ShellPlace};
use crate::domain::lesson::facts::{Answer, Command, Facts, FileFacts, Happened, Question};
use crate::domain::lesson::lab::Names;
use crate::domain::lesson::{Mistake, Step};

#[derive(Deserialize)]
struct One {
    check: Check,
}

fn check(toml: &str) -> Check {
    let read: Result<One, _> = toml::from_str(&format!("check.{toml}"));
    read.unwrap_or_else(|e| panic!("{toml}: {e}")).check
}

fn names() -> Names {
    Names {
        lab: "lab2".into(),
        tokens: BTreeMap::from([("word".into(), "a+b".into())]),
    }
}

/// Each check with whether it holds; none: it is not known, so that neither it nor its contrary holds.
fn table(facts: &Facts, rows: &[(&str, Option<bool>)]) {
    for (toml, want) in rows {
        let check = check(toml);
        let names = names();
        assert_eq!(check.holds(facts, &names), *want == Some(true), "{toml}");
        let contrary = Check::Not(Box::new(check));
        let held = contrary.holds(facts, &names);
        assert_eq!(held, *want == Some(false), "not {toml}");
    }
}

fn strings(of: &[&str]) -> Vec<String> {
    of.iter().map(ToString::to_string).collect()
}

fn answered(question: Question, answer: Answer) -> Facts {
    Facts {
        answers: BTreeMap::from([(question, answer)]),
        ..Facts::default()
    }
}

#[test]
fn all_any_and_not_know_what_is_not_known() {
    let facts = answered(
        Question::Twins("web".into()),
        Answer::Twins(strings(&["root"])),
    );
    let yes = r#"{twin={of="web"}}"#;
    let no = r#"{twin={of="web",there=false}}"#;
    let unknown = r#"{twin={of="other"}}"#;
    for (kind, of, want) in [
        ("all", vec![yes, yes], Some(true)),
        ("all", vec![yes, no], Some(false)),
        ("all", vec![yes, unknown], None),
        ("all", vec![unknown, no], Some(false)),
        ("any", vec![no, no], Some(false)),
        ("any", vec![no, yes], Some(true)),
        ("any", vec![no, unknown], None),
        ("any", vec![unknown, yes], Some(true)),
    ] {
        table(&facts, &[(&format!("{kind}=[{}]", of.join(",")), want)]);
    }
    table(&facts, &[(&format!("not={unknown}"), None)]);
    table(&facts, &[(&format!("not={no}"), Some(true))]);
}

#[test]
fn commands_are_known_by_line_status_and_shell() {
    let command = |place, line: &str, status| Command {
        place,
        line: line.into(),
        status,
    };
    let facts = Facts {
        commands: vec![
            command(ShellPlace::Here, "docker exec -it lab2-web sh", Some(126)),
            command(ShellPlace::Twin, "cat /target/etc/word-a+b", None),
        ],
        ..Facts::default()
    };
    table(
        &facts,
        &[
            (r"command={matches='exec.*\bsh\b'}", Some(true)),
            ("command={matches='exec {lab}'}", Some(false)),
            ("command={matches='{lab}-web'}", Some(true)),
            (
                r#"command={matches='sh$',status=[126,127],in="here"}"#,
                Some(true),
            ),
            ("command={matches='sh$',status=[0]}", Some(false)),
            (r#"command={matches='sh$',in="twin"}"#, Some(false)),
            // It still runs: its status is not known.
            ("command={matches='^cat',status=[0]}", None),
            ("command={matches='^cat'}", Some(true)),
            // A word that is drawn is no pattern.
            ("command={matches='word-{token:word}$'}", Some(true)),
            ("command={matches='word-{token:other}$'}", None),
            ("command={matches='('}", None),
        ],
    );
    table(&Facts::default(), &[("command={matches='x'}", Some(false))]);
}

#[test]
fn programs_run_in_a_container_are_known_by_words_and_status() {
    let exec = |command: &str, status| Happened::Exec {
        container: "web".into(),
        command: command.into(),
        status,
    };
    let facts = Facts {
        happened: vec![exec("sh", Some(127)), exec("/usr/bin/web --health", None)],
        ..Facts::default()
    };
    table(
        &facts,
        &[
            (r#"exec={container="web"}"#, Some(true)),
            (r#"exec={container="db"}"#, Some(false)),
            (
                r#"exec={container="web",matches='^sh$',status=[126,127]}"#,
                Some(true),
            ),
            (
                r#"exec={container="web",matches='^sh$',status=[0]}"#,
                Some(false),
            ),
            (
                r#"exec={container="web",matches='health',status=[0]}"#,
                None,
            ),
            (r#"exec={container="web",matches='bash'}"#, Some(false)),
        ],
    );
}

#[test]
fn an_end_is_a_stop_only_after_a_signal() {
    let ended = |container: &str, image: &str, status, after_ms| Happened::Ended {
        container: container.into(),
        image: image.into(),
        status,
        after_ms,
    };
    let facts = Facts {
        happened: vec![
            ended("web", "web:latest", 0, Some(400)),
            ended("brave_bell", "shop:1", 2, None),
            ended("slow", "web:latest", 137, Some(10_050)),
        ],
        ..Facts::default()
    };
    table(
        &facts,
        &[
            (r#"ended={name="web"}"#, Some(true)),
            ("ended={image='^shop:',status=[2]}", Some(true)),
            ("ended={image='^shop:',status=[0]}", Some(false)),
            (r#"ended={name="db"}"#, Some(false)),
            (
                r#"stopped={name="web",within_ms=2000,status=[0,143]}"#,
                Some(true),
            ),
            (r#"stopped={name="web",within_ms=400}"#, Some(false)),
            (r#"stopped={name="web",least_ms=400}"#, Some(true)),
            ("stopped={least_ms=9000,status=[137]}", Some(true)),
            (r#"stopped={name="slow",within_ms=2000}"#, Some(false)),
            // It ended by itself.
            ("stopped={image='^shop:'}", Some(false)),
            ("stopped={image='('}", None),
        ],
    );
}

#[test]
fn a_twin_is_there_or_not_and_root_has_two_names() {
    let asked = || Question::Twins("web".into());
    let root = answered(asked(), Answer::Twins(strings(&["0:0"])));
    let other = answered(asked(), Answer::Twins(strings(&["65532"])));
    let none = answered(asked(), Answer::Twins(Vec::new()));
    table(
        &root,
        &[
            (r#"twin={of="web"}"#, Some(true)),
            (r#"twin={of="web",user="^root$"}"#, Some(true)),
            (r#"twin={of="web",user="^0$"}"#, Some(true)),
            (r#"twin={of="web",user="65532"}"#, Some(false)),
            (r#"twin={of="web",there=false}"#, Some(false)),
            (r#"twin={of="db"}"#, None),
        ],
    );
    table(
        &other,
        &[
            (r#"twin={of="web",user="^65532"}"#, Some(true)),
            (r#"twin={of="web",user="^root$"}"#, Some(false)),
            (r#"twin={of="web",user="^root$",there=false}"#, Some(true)),
        ],
    );
    table(
        &none,
        &[
            (r#"twin={of="web"}"#, Some(false)),
            (r#"twin={of="web",there=false}"#, Some(true)),
        ],
    );
}

#[test]
fn packages_are_looked_up_where_the_check_says() {
    let twin = Place::TwinOf("web".into());
    let packages = BTreeSet::from(["curl".to_owned()]);
    let facts = answered(Question::Packages(twin), Answer::Packages(packages));
    table(
        &facts,
        &[
            (r#"package={name="curl",in={twin-of="web"}}"#, Some(true)),
            (r#"package={name="cur",in={twin-of="web"}}"#, Some(false)),
            (
                r#"package={name="curl",in={twin-of="web"},installed=false}"#,
                Some(false),
            ),
            (r#"package={name="curl",in={container="web"}}"#, None),
        ],
    );
}

#[test]
fn a_file_is_there_with_text_and_owner_or_not_there() {
    let place = Place::Container("web".into());
    let file = FileFacts {
        owner: 65532,
        text: "first\nthe word: a+b\n".into(),
    };
    let asked = Question::File(place, "/data/log".into());
    let facts = answered(asked.clone(), Answer::File(Some(file)));
    let at = r#"path="/data/log",in={container="web"}"#;
    let row = |more: &str| format!("file={{{at}{more}}}");
    for (more, want) in [
        ("", Some(true)),
        (",there=false", Some(false)),
        (",owner=65532", Some(true)),
        (",owner=0", Some(false)),
        (",holds='word: {token:word}'", Some(true)),
        (",holds='other'", Some(false)),
        (",holds='(?m)^the word'", Some(true)),
        (",holds='word',owner=0", Some(false)),
        (",holds='('", None),
    ] {
        table(&facts, &[(&row(more), want)]);
    }
    let none = answered(asked, Answer::File(None));
    table(&none, &[(&row(""), Some(false))]);
    table(&none, &[(&row(",there=false"), Some(true))]);
    table(&none, &[(&row(",holds='('"), Some(false))]);
    table(&Facts::default(), &[(&row(",there=false"), None)]);
    let here = Question::File(check_place(r"work=true"), "notes.txt".into());
    let facts = answered(here, Answer::File(Some(FileFacts::default())));
    table(
        &facts,
        &[(r#"file={path="notes.txt",in={work=true}}"#, Some(true))],
    );
}

fn check_place(toml: &str) -> Place {
    toml::from_str(toml).unwrap()
}

#[test]
fn nothing_was_changed_but_for_what_is_excepted() {
    let asked = || Question::Changes("web".into());
    let facts = answered(
        asked(),
        Answer::Changes(strings(&["/var", "/var/log", "/var/log/web/a"])),
    );
    table(
        &facts,
        &[
            (r#"unchanged={container="web"}"#, Some(false)),
            (
                r#"unchanged={container="web",except=["/var/log"]}"#,
                Some(true),
            ),
            (
                r#"unchanged={container="web",except=["/var/log/web/"]}"#,
                Some(true),
            ),
            (
                r#"unchanged={container="web",except=["/var/lo"]}"#,
                Some(false),
            ),
            (
                r#"unchanged={container="web",except=["/etc","/var/log/web/b"]}"#,
                Some(false),
            ),
            (r#"unchanged={container="db"}"#, None),
        ],
    );
    let clean = answered(asked(), Answer::Changes(Vec::new()));
    table(&clean, &[(r#"unchanged={container="web"}"#, Some(true))]);
}

#[test]
fn an_answer_is_right_by_words_by_figure_or_by_pattern() {
    let counted = || Counted::PackagesOnlyIn("web:latest".into(), "web:latest-dev".into());
    let mut facts = answered(Question::Counted(counted()), Answer::Counted("42".into()));
    let rows = |is: Option<bool>, figure, pattern, token| {
        [
            (r#"answer={is=["No_Loader","b"]}"#, is),
            (
                r#"answer={counted={packages-only-in=["web:latest","web:latest-dev"]}}"#,
                figure,
            ),
            (r"answer={matches='^4\D'}", pattern),
            (r#"answer={is=["{token:word}"]}"#, token),
        ]
    };
    table(&facts, &rows(None, None, None, None));
    let no = Some(false);
    for (given, want) in [
        ("  no_loader. ", rows(Some(true), no, no, no)),
        ("B", rows(Some(true), no, no, no)),
        ("42.", rows(no, Some(true), no, no)),
        ("4x", rows(no, no, Some(true), no)),
        ("A+B", rows(no, no, no, Some(true))),
        ("", rows(no, no, no, no)),
    ] {
        facts.answer = Some(given.into());
        table(&facts, &want);
    }
    facts.answer = Some("Root".into());
    table(&facts, &[("answer={matches='^Root$'}", Some(true))]);
    table(
        &facts,
        &[(r#"answer={counted={packages="web:latest"}}"#, None)],
    );
}

#[test]
fn the_first_mistake_that_holds_is_told() {
    let mistake = |when: &str, say: &str| Mistake {
        when: check(when),
        say: say.into(),
    };
    let step = Step {
        title: "t".into(),
        text: "t".into(),
        hint: "h".into(),
        answer: "a".into(),
        question: None,
        check: check(r#"exec={container="web",status=[126,127]}"#),
        mistakes: vec![
            mistake("command={matches='attach'}", "one"),
            mistake("command={matches='run'}", "two"),
            mistake("command={matches='docker'}", "three"),
        ],
        done: None,
    };
    let mut facts = Facts::default();
    assert_eq!(step.mistake(&facts, &names()), None);
    facts.commands.push(Command {
        place: ShellPlace::Here,
        line: "docker run web".into(),
        status: None,
    });
    let told = step.mistake(&facts, &names()).map(|m| m.say.as_str());
    assert_eq!(told, Some("two"));
}

#[test]
fn what_must_be_asked_is_known_of_every_kind_of_check() {
    let work = check_place("work=true");
    for (toml, want) in [
        (r#"command={matches="x"}"#, vec![]),
        (r#"exec={container="web"}"#, vec![]),
        ("ended={}", vec![]),
        ("stopped={}", vec![]),
        (r#"answer={is=["x"]}"#, vec![]),
        (r#"container={name="web"}"#, vec![Question::Containers]),
        (
            r#"not={twin={of="web"}}"#,
            vec![Question::Twins("web".into())],
        ),
        (
            r#"package={name="a",in={image="web:latest"}}"#,
            vec![Question::Packages(Place::Image("web:latest".into()))],
        ),
        (
            r#"all=[{file={path="a",in={work=true}}},{any=[{file={path="a",in={work=true}}},{unchanged={container="web"}}]}]"#,
            vec![
                Question::File(work, "a".into()),
                Question::Changes("web".into()),
            ],
        ),
        (
            r#"image={name="x",has=["/b"],lacks=["/a"]}"#,
            vec![Question::Images(BTreeSet::from([
                "/a".to_owned(),
                "/b".to_owned(),
            ]))],
        ),
        (
            r#"answer={counted={owner-of=["web:latest","/bin/a"]}}"#,
            vec![Question::Counted(Counted::OwnerOf(
                "web:latest".into(),
                "/bin/a".into(),
            ))],
        ),
    ] {
        let want: BTreeSet<Question> = want.into_iter().collect();
        assert_eq!(check(toml).questions(), want, "{toml}");
    }
}
