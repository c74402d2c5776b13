use super::*;
use crate::domain::replica::Limit;
use crate::domain::replica::tests::{image, target};

const LIMIT: u64 = 10_000;
const FAILED: Ending = Ending::Exited { status: 3 };

fn careful() -> Consent {
    Consent {
        network: false,
        mounts: Mounts::ReadOnly,
        base: Base::Image,
    }
}

fn search(target: &Target, consent: Consent) -> Bisect {
    let image = image();
    let facts = Facts {
        target,
        image: Some(&image),
        dev_image: true,
    };
    Bisect::new(&facts, Some(FAILED), consent, Some(40), LIMIT)
}

/// Runs a search to its end; `ends` says how a run ends.
fn run(bisect: &mut Bisect, mut ends: impl FnMut(&Next) -> Ending) {
    for _ in 0..bisect.most() {
        let Some(next) = bisect.next() else { break };
        bisect.told(ends(&next), 40);
    }
    assert!(
        bisect.verdict().is_some(),
        "it takes no more runs than it says"
    );
    assert_eq!(bisect.next(), None);
}

#[test]
fn each_setting_in_which_the_target_differs_is_tried_once() {
    let target = target();
    assert_eq!(
        search(&target, careful()).intended(),
        [
            "as it is, without a network",
            "user 1000 instead of 65532",
            "user 0 instead of 65532",
            "a root that can be written to",
            "default capabilities instead of -ALL",
            "MODE as the image sets it",
            "DB_PASSWORD not set",
            "no mount at /data",
            "no mount at /etc/app",
            "no mount at /scratch",
            "no mount at /run",
            "no memory limit instead of 64m",
            "the image's command /app",
            "on the dev image, its own files over it",
        ]
    );
    let none = Consent {
        mounts: Mounts::None,
        network: true,
        ..careful()
    };
    let intended = search(&target, none).intended();
    assert!(
        !intended.iter().any(|l| l.contains("/data")),
        "{intended:?}"
    );
    assert_eq!(intended[1], "as it is, with its networks");
}

/// Whether a replica lacks what makes the target fail.
type Cause = fn(&Edits) -> bool;

#[test]
fn each_cause_is_found_and_nothing_is_changed_beside_it() {
    let target = target();
    let causes: [(Cause, &str); 9] = [
        (|e| e.user.as_deref() == Some("1000"), "The user"),
        (|e| e.user.as_deref() == Some("0"), "The user"),
        (|e| e.writable_root, "The read-only root"),
        (|e| e.default_caps, "A dropped or added capability"),
        (
            |e| e.env == [("MODE".to_owned(), Some("test".to_owned()))],
            "The variable MODE",
        ),
        (|e| e.without_mounts == ["/data"], "The mount at /data"),
        (|e| e.memory == Limit::None, "The memory limit"),
        (|e| e.argv.is_some(), "The command"),
        (
            |e| e.base == Base::DevImage,
            "Something that the dev image has",
        ),
    ];
    for (is_it, what) in causes {
        let mut bisect = search(&target, careful());
        run(&mut bisect, |next| {
            assert!(!next.networked, "nobody allowed it");
            assert_eq!(next.edits.mounts, Mounts::ReadOnly);
            if is_it(&next.edits) {
                Ending::Lives
            } else {
                FAILED
            }
        });
        let report = bisect.report(&target);
        assert!(report.is_found(), "{what}: {report:?}");
        assert!(report.words[0].starts_with(what), "{:?}", report.words);
        let (last, before) = bisect.trials().split_last().unwrap();
        assert_eq!(last.what, "as it is, once more");
        let differ = before.iter().filter(|t| t.differs).count();
        assert_eq!(differ, 1, "it ends with the first");
    }
}

#[test]
fn what_is_not_reproduced_says_what_was_held_back() {
    let target = target();
    let mut bisect = search(&target, careful());
    run(&mut bisect, |_| Ending::Lives);
    let report = bisect.report(&target);
    let words = report.words.join("\n");
    for part in [
        "Not reproduced",
        "--network same",
        "shop",
        "--volumes same",
        "--state died",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(!words.contains("--timeout"), "it ended early");
    assert_eq!(report.trials.len(), 1);
    let image = image();
    let facts = Facts {
        target: &target,
        image: Some(&image),
        dev_image: false,
    };
    let mut long = Bisect::new(&facts, Some(FAILED), careful(), Some(65_000), LIMIT);
    run(&mut long, |_| Ending::Lives);
    assert!(
        long.report(&target)
            .words
            .join(" ")
            .contains("It ran for 1 min 5 s")
    );
}

#[test]
fn the_network_is_named_only_when_it_was_allowed() {
    let target = target();
    let consent = Consent {
        network: true,
        ..careful()
    };
    let mut bisect = search(&target, consent);
    run(&mut bisect, |next| {
        if next.networked {
            FAILED
        } else {
            Ending::Lives
        }
    });
    assert_eq!(
        bisect.verdict(),
        Some(&Verdict::Found {
            change: Change::Network,
            heals: true
        })
    );
    // What fails without one, too, is sought without one.
    let mut bisect = search(&target, consent);
    run(&mut bisect, |next| {
        assert!(!next.networked);
        if next.edits.writable_root {
            Ending::Lives
        } else {
            FAILED
        }
    });
    assert_eq!(
        bisect.verdict(),
        Some(&Verdict::Found {
            change: Change::WritableRoot,
            heals: true
        })
    );
}

#[test]
fn chance_is_told_from_a_cause() {
    let target = target();
    let mut runs = 0;
    let mut bisect = search(&target, careful());
    run(&mut bisect, |_| {
        runs += 1;
        match runs {
            1 => FAILED,
            _ => Ending::Lives,
        }
    });
    assert_eq!(bisect.verdict(), Some(&Verdict::Unsteady));
}

#[test]
fn what_makes_it_run_counts_before_what_makes_it_fail_otherwise() {
    let target = target();
    let fails_otherwise = |next: &Next| match &next.edits {
        edits if edits.user.is_some() => Ending::Exited { status: 4 },
        _ => FAILED,
    };
    let mut heals = search(&target, careful());
    run(&mut heals, |next| {
        if next.edits.default_caps {
            Ending::Exited { status: 0 }
        } else {
            fails_otherwise(next)
        }
    });
    let report = heals.report(&target);
    assert!(
        report.words[0].starts_with("A dropped or added capability makes the difference: as it is, exited with 3; default capabilities instead of -ALL, exited with 0."),
        "{:?}",
        report.words
    );
    let mut never = search(&target, careful());
    run(&mut never, fails_otherwise);
    let report = never.report(&target);
    assert!(report.is_found());
    assert_eq!(
        report.words[0],
        "The user changes how it fails, though no setting makes it run: as it is, exited with 3; user 1000 instead of 65532, exited with 4."
    );
}

#[test]
fn nothing_that_makes_a_difference_is_said_to_be_none() {
    let target = target();
    let mut bisect = search(&target, careful());
    run(&mut bisect, |_| FAILED);
    assert_eq!(bisect.verdict(), Some(&Verdict::Nothing));
    assert_eq!(bisect.trials().len(), 14);
}

#[test]
fn a_target_that_was_never_started_is_measured_by_its_first_replica() {
    let target = target();
    let image = image();
    let facts = Facts {
        target: &target,
        image: Some(&image),
        dev_image: false,
    };
    let fresh = || Bisect::new(&facts, None, careful(), None, LIMIT);
    let mut runs = fresh();
    run(&mut runs, |_| Ending::Lives);
    assert_eq!(runs.verdict(), Some(&Verdict::Runs));
    let missing = Ending::refused("no such file or directory", 127);
    let mut fails = fresh();
    run(&mut fails, |next| {
        if next.edits.without_mounts == ["/data"] {
            Ending::Lives
        } else {
            missing.clone()
        }
    });
    assert!(fails.report(&target).is_found());
}

#[test]
fn the_table_is_text_without_secrets() {
    let target = target();
    let mut bisect = search(&target, careful());
    run(&mut bisect, |next| {
        if next.edits.env.is_empty() {
            FAILED
        } else {
            Ending::Lives
        }
    });
    let report = bisect.report(&target);
    let text = report.to_text();
    assert!(
        text.contains("= user 0 instead of 65532               exited with 3, 40 ms"),
        "{text}"
    );
    assert!(text.contains("≠ MODE as the image sets it"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let json = serde_json::to_string(&report).unwrap();
    assert!(
        !json.contains("hunter2") && json.contains("\"kind\":\"found\""),
        "{json}"
    );
}
