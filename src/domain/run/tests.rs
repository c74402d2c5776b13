use super::*;

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_owned()).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    all.iter().map(own).collect()
}

fn original() -> Run {
    Run {
        argv: words(&["/usr/bin/web", "--port", "8080"]),
        user: "65532:65532".into(),
        workdir: "/app".into(),
        env: pairs(&[
            ("PATH", "/usr/bin"),
            ("DB_PASSWORD", "hunter2"),
            ("MODE", "a b"),
        ]),
    }
}

#[test]
fn what_is_shown_of_a_command_reads_back_as_the_same() {
    for argv in [
        words(&["/usr/bin/web", "--port", "8080"]),
        words(&["sh", "-c", "echo 'a  b' && true"]),
        words(&[
            "x",
            "",
            "two\nlines",
            "\u{202e}\u{1b}[2J",
            "tab\t",
            "q\"\\",
            "#no comment",
            "~",
        ]),
        words(&["🐳", "\u{e0041}\n"]),
    ] {
        assert_eq!(read_argv(&argv_text(&argv)), Ok(argv.clone()));
        assert_eq!(read_argv(&exec_array(&argv)), Ok(argv.clone()));
        for text in [argv_text(&argv), exec_array(&argv)] {
            assert!(!text.contains(crate::domain::text::is_harmful), "{text:?}");
        }
    }
}

#[test]
fn a_command_may_stand_in_several_lines() {
    assert_eq!(
        read_argv(" web\n  --port 80 \n"),
        Ok(words(&["web", "--port", "80"]))
    );
    assert_eq!(read_argv("[\"a b\",\n \"c\"]"), Ok(words(&["a b", "c"])));
}

#[test]
fn what_is_wrong_with_a_command_is_said() {
    for (text, what) in [
        ("", "nothing to run"),
        ("web 'x", "a quote is not closed"),
        ("web \"x", "a quote is not closed"),
        ("'' x", "the program has no name"),
        ("[]", "nothing to run"),
        ("[\"web\", 8080]", "no array of strings"),
        ("[\"web\"", "no array of strings"),
        ("[\"web\\u0000\"]", "a NUL in it"),
    ] {
        let said = read_argv(text).unwrap_err();
        assert!(said.contains(what), "{text:?}: {said}");
    }
}

#[test]
fn a_secret_is_kept_without_being_shown() {
    let original = original();
    let text = env_text(&original.env);
    assert_eq!(text, "PATH=/usr/bin\nDB_PASSWORD=***\nMODE=a b");
    assert_eq!(read_env(&text, &original), Ok(original.env.clone()));
    let new = read_env("DB_PASSWORD=other\n\nNEW=a\nMODE=a=b", &original);
    let wanted = [("DB_PASSWORD", "other"), ("NEW", "a"), ("MODE", "a=b")];
    assert_eq!(new, Ok(pairs(&wanted)));
    let renamed = read_env("PATH=/usr/bin\nDB_PASS=***", &original);
    assert!(renamed.unwrap_err().starts_with("line 2: ***"));
}

#[test]
fn values_and_names_that_fit_on_no_line_stay() {
    let env = pairs(&[
        ("KEYS", "a\nb"),
        ("BASH_FUNC_x%%", "() { :\n}"),
        ("A\nB", "c"),
        ("L", &"x".repeat(9000)),
    ]);
    let original = Run {
        env: env.clone(),
        ..Run::default()
    };
    let text = env_text(&env);
    assert_eq!(text, "KEYS=***\nBASH_FUNC_x%%=***\nL=***");
    let mut back = read_env(&text, &original).unwrap();
    back.sort();
    let mut wanted = env;
    wanted.sort();
    assert_eq!(back, wanted);
}

#[test]
fn what_is_wrong_with_variables_is_said_with_the_line() {
    for (text, what) in [
        ("A=1\nB", "line 2: NAME=value"),
        ("=x", "line 1: a name"),
        ("A B=x", "line 1: a name"),
    ] {
        let said = read_env(text, &original()).unwrap_err();
        assert!(said.starts_with(what), "{text:?}: {said}");
    }
}

#[test]
fn users_and_directories_are_looked_at() {
    for good in ["", "0", "65532:65532", "nonroot", "nonroot:app"] {
        assert_eq!(read_user(good), Ok(good.to_owned()));
    }
    for bad in ["a b", "1:", ":1", "1:2:3"] {
        assert!(read_user(bad).is_err(), "{bad}");
    }
    assert!(read_workdir("app").is_err());
    assert_eq!(read_workdir("/a b"), Ok("/a b".into()));
}

#[test]
fn changes_are_told_by_name() {
    let mut run = original();
    assert_eq!(run.changes(&original()), []);
    run.argv = words(&["/usr/bin/web", "--exit", "7"]);
    run.user = String::new();
    run.env = pairs(&[("PATH", "/usr/bin"), ("MODE", "c"), ("NEW", "1")]);
    let changes = run.changes(&original());
    let told: Vec<_> = changes
        .iter()
        .map(|c| (c.what.as_str(), c.before.as_deref(), c.after.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "command",
                Some("/usr/bin/web --port 8080"),
                Some("/usr/bin/web --exit 7")
            ),
            ("user", Some("65532:65532"), None),
            ("DB_PASSWORD", Some("hunter2"), None),
            ("MODE", Some("a b"), Some("c")),
            ("NEW", None, Some("1")),
        ]
    );
}

#[test]
fn in_the_twin_all_is_given() {
    let how = How {
        home: "/home/web".into(),
        ..How::default()
    };
    let order = Order::new(&original(), &original(), &how);
    assert_eq!(
        order.docker_exec("twin"),
        "docker exec -it -u 65532:65532 -w /app -e PATH=/usr/bin -e DB_PASSWORD -e 'MODE=a b' \
         -e HOME=/home/web twin /usr/bin/web --port 8080"
    );
}

#[test]
fn in_the_twin_it_may_be_traced_and_come_from_the_target() {
    let mut run = original();
    run.env.retain(|(name, _)| name != "MODE");
    let how = How {
        strace: Some("/usr/bin/strace".into()),
        only_in_target: Some("/usr/bin/web".into()),
        ..How::default()
    };
    let order = Order::new(&run, &original(), &how);
    let wanted = [
        "/usr/bin/env",
        "-u",
        "MODE",
        "/usr/bin/strace",
        "-f",
        "-s",
        "256",
        "/target/usr/bin/web",
        "--port",
        "8080",
    ];
    assert_eq!(order.argv, words(&wanted));
    run.argv = words(&["/bin/ls"]);
    let order = Order::new(
        &run,
        &original(),
        &How {
            strace: None,
            ..how
        },
    );
    assert_eq!(
        order.argv,
        words(&["/usr/bin/env", "-u", "MODE", "/bin/ls"])
    );
}

#[test]
fn in_the_target_only_what_differs_is_said() {
    let mut run = original();
    let how = How {
        place: Place::Target,
        strace: Some("/s".into()),
        only_in_target: Some("/x".into()),
        home: "/h".into(),
    };
    let order = Order::new(&run, &original(), &how);
    assert_eq!(
        order.docker_exec("web"),
        "docker exec -it web /usr/bin/web --port 8080"
    );
    run.env.push(("MODE".into(), "c".into()));
    run.user = "0".into();
    let order = Order::new(&run, &original(), &how);
    assert_eq!(
        order.docker_exec("web"),
        "docker exec -it -u 0 -e MODE=c web /usr/bin/web --port 8080"
    );
}
