//! What a devtwin that was killed leaves behind is found and removed; what others use is not.

use crate::person::{Person, WEB, finish, left, run, signal};
use crate::support::{Container, docker};

#[test]
fn what_a_kill_left_is_said_listed_and_removed_and_a_live_session_is_not() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let id = target.id();
    let mut killed = person.attach(&target);
    let leftover = left(&id);
    let mut live = person.attach(&target);
    let twins = left(&id);
    let alive = twins.lines().find(|t| **t != leftover).unwrap();
    let of = |twin: &str| {
        let format = "{{index .Config.Labels \"dev.devtwin.session\"}}";
        docker::ok(&["inspect", "--format", format, twin])
    };
    let session = of(&leftover);
    assert_ne!(session, of(alive));

    signal(&killed, "KILL");
    assert!(!killed.wait_exit().success());
    assert!(
        left(&id).contains(&leftover),
        "nobody was there to remove it"
    );

    let listed = person.says(&["ls"]);
    let word = |twin: &str, word: &str| {
        let row = listed.lines().find(|l| l.contains(twin));
        assert!(row.is_some_and(|r| r.contains(word)), "{word}: {listed}");
    };
    word(&leftover, "left over");
    word(alive, "live");

    let mut next = person.tui(&[]);
    next.wait_for("a twin was left behind");
    next.wait_for("devtwin clean");
    next.send("\x1b");
    assert_eq!(next.wait_exit().exit_code(), 0);
    assert!(left(&id).contains(&leftover), "looking removes nothing");

    // Another person's clean is no danger to it, nor to the live one.
    Person::new().says(&["clean"]);
    assert_eq!(left(&id).lines().count(), 2);

    let cleaned = person.says(&["clean"]);
    assert!(
        cleaned.contains(&leftover) && left(&id) == alive,
        "{cleaned}\n{}",
        left(&id)
    );
    let label = format!("label=dev.devtwin.session={session}");
    for list in [
        &["ps", "-aq"][..],
        &["volume", "ls", "-q"],
        &["network", "ls", "-q"],
    ] {
        let rest = docker::ok(&[list, &["--filter", &label]].concat());
        assert_eq!(rest, "", "{list:?}");
    }
    run(&mut live, "echo alive-$((1 + 1))", "alive-2");
    finish(live, &target);
    assert!(!person.says(&["ls"]).contains("left over"));
}
