//! What is run, and the lines for people that do the same.

use super::Apk;
use crate::domain::packages::{Change, PackageManager as _, Setup, Verb};

fn setup() -> Setup {
    Setup {
        program: "/sbin/apk".into(),
        ..Setup::default()
    }
}

fn change(verb: Verb, names: &[&str]) -> Change {
    let names: Vec<String> = names.iter().map(|name| (*name).into()).collect();
    Change::new(verb, &names).unwrap()
}

#[test]
fn commands_are_what_both_apks_take() {
    let add = change(Verb::Install, &["curl", "bind-tools"]);
    let line = |argv: &[String]| argv.join(" ");
    assert_eq!(
        line(&Apk.commit(&add, &setup()).argv),
        "/sbin/apk add --no-progress --no-interactive --progress-fd 1 --wait 30 curl bind-tools"
    );
    assert_eq!(
        line(
            &Apk.simulate(&change(Verb::Remove, &["curl"]), &setup())
                .argv
        ),
        "/sbin/apk del --simulate --no-progress --no-interactive curl"
    );
    assert_eq!(
        line(&Apk.refresh(&setup()).argv),
        "/sbin/apk update --no-progress --no-interactive --wait 30"
    );
    let own = Setup {
        repositories: vec!["https://me:hunter2@r.example/x".into(), "/srv/r".into()],
        keys: vec![
            ("acme.rsa.pub".into(), b"key".into()),
            ("../x/evil".into(), Vec::new()),
            ("..".into(), Vec::new()),
        ],
        env: vec![("HTTP_AUTH".into(), "basic:*:me:hunter2".into())],
        root: Some("/target".into()),
        ..setup()
    };
    let commit = Apk.commit(&change(Verb::Upgrade, &[]), &own);
    assert_eq!(commit.argv[..2], ["/bin/sh", "-c"]);
    assert_eq!(
        line(&commit.argv[3..]),
        "apk /sbin/apk upgrade --no-progress --no-interactive --progress-fd 1 --wait 30 \
         -X https://me:hunter2@r.example/x -X /srv/r \
         --root /target --no-scripts --keys-dir /etc/apk/keys --repositories-file /etc/apk/repositories"
    );
    let env = |wanted: &str| {
        let mut env = commit.env.iter();
        env.find_map(|(name, value)| (name == wanted).then_some(value.as_str()))
    };
    assert_eq!(env("LC_ALL"), Some("C"));
    assert_eq!(env("HTTP_AUTH"), Some("basic:*:me:hunter2"));
    // The target's own may begin with a folder that it writes to, or lead elsewhere.
    assert!(env("PATH").unwrap().ends_with(":/sbin:/bin"));
    assert_eq!(env("PYTHONPATH"), Some(""));
    let files: Vec<String> = Apk.files(&own).into_iter().map(|file| file.path).collect();
    let want = [
        "/etc/apk/keys/acme.rsa.pub",
        "/etc/apk/keys/evil",
        "/etc/apk/repositories.d/devtwin.list",
    ];
    assert_eq!(files, want);
    // In the twin a password is among the words of no command.
    let own = Setup { root: None, ..own };
    let text = Apk.files(&own).pop().map(|file| file.content);
    assert_eq!(
        text.as_deref(),
        Some(&b"https://me:hunter2@r.example/x\n/srv/r\n"[..])
    );
    let add = change(Verb::Install, &["curl"]);
    for run in [
        Apk.refresh(&own),
        Apk.index(&own),
        Apk.installed(&own),
        Apk.simulate(&add, &own),
        Apk.commit(&add, &own),
    ] {
        assert!(!line(&run.argv).contains("hunter2"), "{run:?}");
    }
}

#[test]
fn lines_for_people_make_the_same_change() {
    let add = change(Verb::Install, &["curl", "jq>1"]);
    assert_eq!(Apk.line(&add, &setup()), "apk add curl 'jq>1'");
    assert_eq!(
        Apk.dockerfile(&add, &setup()),
        "RUN apk add --no-cache curl 'jq>1'"
    );
    let all = change(Verb::Upgrade, &[]);
    assert_eq!(Apk.line(&all, &setup()), "apk upgrade");
    assert_eq!(Apk.dockerfile(&all, &setup()), "RUN apk upgrade --no-cache");
    let del = change(Verb::Remove, &["curl"]);
    assert_eq!(Apk.dockerfile(&del, &setup()), "RUN apk del curl");
    let own = Setup {
        repositories: vec!["https://me:hunter2@r.example/x".into()],
        keys: vec![("acme.rsa.pub".into(), b"key".into())],
        ..setup()
    };
    assert_eq!(
        Apk.line(&add, &own),
        "apk add -X 'https://***@r.example/x' curl 'jq>1'"
    );
    assert_eq!(
        Apk.dockerfile(&add, &own),
        "COPY acme.rsa.pub /etc/apk/keys/\n\
         RUN apk add --no-cache -X 'https://***@r.example/x' curl 'jq>1'"
    );
    // What is removed comes from nowhere.
    assert_eq!(Apk.line(&del, &own), "apk del curl");
    assert_eq!(Apk.dockerfile(&del, &own), "RUN apk del curl");
}
