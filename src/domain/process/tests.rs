use proptest::prelude::*;

use super::*;

/// What stands behind the state of process 17 whose parent is 1: threads 3, ticks 5 + 7, start 4711.
const FIELDS_OF_17: &str = "1 17 17 0 -1 4194560 1 2 3 4 5 7 0 0 20 0 3 0 4711 3043328 301 18446744073709551615 \
94 95 140 0 0 0 0 4096 17920 1 0 0 17 1 0 0 0 0 0 9 9 9 14 14 14 14 0";

const STATUS: &str = "Umask:\t0022\nState:\tS (sleeping)\nTgid:\t17\nPid:\t17\nPPid:\t1\nUid:\t65532\t65531\t65532\t65532\n\
Gid:\t65532\t65532\t65532\t65532\nVmRSS:\t    1204 kB\nThreads:\t3\nSigBlk:\t0000000000000000\n\
SigIgn:\t0000000000001000\nSigCgt:\t0000000000004002\nnonvoluntary_ctxt_switches:\t1\n";

fn record(name: &str, words: &[u8]) -> Vec<u8> {
    let mut bytes = format!("17 ({name}) S {FIELDS_OF_17}\n").into_bytes();
    bytes.extend(words);
    let escaped = name.replace('\\', "\\\\").replace('\n', "\\n");
    bytes.extend(format!("Name:\t{escaped}\n{STATUS}").bytes());
    bytes
}

fn of(pid: u32, parent: u32) -> Process {
    Process {
        pid,
        parent,
        ..process(&record("x", b"x\0"), Owner::Other).unwrap()
    }
}

#[test]
fn a_process_is_read_whatever_it_is_called() {
    for name in [
        "sh",
        "a b",
        "x) S 1",
        "((",
        "))",
        "a\nb",
        "17 (a) R",
        ") R 1 2\n3 (",
        "Name:\tx",
        "back\\slash",
        "",
        "(sd-pam)",
    ] {
        let found = process(&record(name, b"/bin/sh\0-c\0a b\0"), Owner::Target).unwrap();
        assert_eq!(found.name, name);
        assert_eq!(found.argv, ["/bin/sh", "-c", "a b"], "{name:?}");
        assert_eq!((found.pid, found.parent, found.threads), (17, 1, 3));
        assert_eq!((found.ticks, found.start), (12, 4711));
        assert_eq!(found.state, State::Sleeping);
        assert_eq!((found.uid, found.rss), (Some(65531), Some(1204 * 1024)));
        assert_eq!(found.owner, Owner::Target);
    }
}

#[test]
fn words_that_look_like_files_of_the_kernel_stay_words() {
    let fake = format!(
        "Name:\tsh\nState:\tR\nUid:\t0\t0\t0\t0\n17 (sh) R {FIELDS_OF_17}\nName:\tsh\n{STATUS}x\0"
    );
    let found = process(&record("sh", fake.as_bytes()), Owner::Other).unwrap();
    assert_eq!(found.argv, [fake.trim_end_matches('\0')]);
    assert_eq!(found.state, State::Sleeping);
    assert_eq!(found.uid, Some(65531));
}

#[test]
fn words_are_read_as_they_lie_in_memory() {
    let cases: &[(&[u8], &[&str], &str)] = &[
        (b"", &[], "[nginx]"),
        (
            b"nginx: worker process\0\0\0\0\0",
            &["nginx: worker process"],
            "nginx: worker process",
        ),
        (b"a\0\0b\0", &["a", "", "b"], "a  b"),
        (b"no end", &["no end"], "no end"),
        (b"   \0  ", &[], "[nginx]"),
        (b"\xff\xfe\0", &["\u{fffd}\u{fffd}"], "\u{fffd}\u{fffd}"),
    ];
    for (words, want, command) in cases {
        let found = process(&record("nginx", words), Owner::Other).unwrap();
        assert_eq!(found.argv, *want, "{words:?}");
        assert_eq!(found.command(), *command);
    }
    let long = vec![b'x'; 3_000_000];
    let found = process(&record("x", &long), Owner::Other).unwrap();
    assert_eq!(found.argv.concat().len(), COMMAND);
    assert_eq!(found.uid, Some(65531));
}

#[test]
fn one_that_ended_meanwhile_is_none_or_has_less() {
    assert_eq!(process(b"", Owner::Other), None);
    assert_eq!(process(b"17 (sh) S 1 17\n", Owner::Other), None);
    assert_eq!(process(b"17 sh\n", Owner::Other), None);
    let only_stat = format!("17 (sh) Z {FIELDS_OF_17}\n");
    let found = process(only_stat.as_bytes(), Owner::Other).unwrap();
    assert_eq!(
        (found.state, found.uid, found.command()),
        (State::Zombie, None, "[sh]".into())
    );
}

#[test]
fn the_share_of_a_processor_is_told_between_two_looks() {
    let mut before = Listing {
        uptime: 1000,
        processes: vec![of(17, 1)],
        ..Listing::default()
    };
    let mut now = before.clone();
    now.uptime = 1200;
    now.processes[0].ticks += 50;
    assert_eq!(now.share(&before, &now.processes[0]), Some(250));
    before.processes[0].start += 1;
    assert_eq!(
        now.share(&before, &now.processes[0]),
        None,
        "another process of that number"
    );
    assert_eq!(
        before.share(&before, &before.processes[0]),
        None,
        "no time has passed"
    );
    assert_eq!(uptime(b"12345.67 4.5\n"), Some(1_234_567));
    assert_eq!(uptime(b"x"), None);
}

fn drawn(processes: &[Process]) -> Vec<String> {
    let all: Vec<&Process> = processes.iter().collect();
    let rows = tree(&all).into_iter();
    rows.map(|row| format!("{}{}", row.lead, row.pid)).collect()
}

#[test]
fn children_stand_below_their_parents() {
    let all = [
        of(1, 0),
        of(9, 1),
        of(7, 1),
        of(8, 7),
        of(30, 8),
        of(20, 0),
        of(5, 99),
    ];
    assert_eq!(
        drawn(&all),
        ["1", "├ 7", "│ └ 8", "│   └ 30", "└ 9", "5", "20"]
    );
    // Rings, and one that is its own parent.
    assert_eq!(
        drawn(&[of(2, 3), of(3, 2), of(4, 4), of(6, 3)]),
        ["4", "2", "└ 3", "  └ 6"]
    );
    assert_eq!(drawn(&[]), [""; 0]);
}

#[test]
fn the_twins_own_are_told_apart() {
    let owned = |pid, parent, owner| Process {
        owner,
        ..of(pid, parent)
    };
    let all = [
        owned(1, 0, Owner::Target),
        owned(2, 0, Owner::Twin),
        owned(3, 2, Owner::Twin),
        owned(4, 1, Owner::Other),
        owned(40, 5, Owner::Other),
        owned(5, 4, Owner::Other),
        owned(6, 0, Owner::Other),
    ];
    let pids = |found: Vec<&Process>| found.iter().map(|p| p.pid).collect::<Vec<_>>();
    assert_eq!(pids(among(&all, false)), [1, 4, 40, 5, 6]);
    assert_eq!(pids(among(&all, true)), [1, 4, 40, 5]);
}

#[test]
fn what_becomes_of_a_signal_is_known() {
    let named = |name| SIGNALS.into_iter().find(|s| s.name == name).unwrap();
    let signals = process(&record("x", b""), Owner::Other).unwrap().signals;
    for (pid, name, fate) in [
        (1, "TERM", Fate::Caught),
        (1, "INT", Fate::Caught),
        (1, "HUP", Fate::Dropped),
        (7, "HUP", Fate::Default),
        (1, "KILL", Fate::Default),
        (1, "STOP", Fate::Default),
        (1, "CONT", Fate::Default),
    ] {
        assert_eq!(signals.fate(pid, named(name)), fate, "{pid} {name}");
    }
    let deaf = Signals {
        ignored: 1,
        blocked: 2,
        ..Signals::default()
    };
    assert_eq!(deaf.fate(1, named("HUP")), Fate::Ignored);
    assert_eq!(deaf.fate(9, named("INT")), Fate::Blocked);
}

#[test]
fn details_are_read() {
    let env = environ(b"PATH=/bin\0EMPTY=\0A=b=c\0odd\0\0two\nlines=x\ny\0");
    let want = [
        ("PATH", "/bin"),
        ("EMPTY", ""),
        ("A", "b=c"),
        ("odd", ""),
        ("two\nlines", "x\ny"),
    ];
    let want = want.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(env, want);

    let found = limits(
        b"Limit                     Soft Limit           Hard Limit           Units     \n\
Max cpu time              unlimited            unlimited            seconds   \n\
Max open files            1024                 1048576              files     \n\
Max nice priority         0                    0                    \n\
nonsense\n",
    );
    let limit = |name: &str, soft, hard| Limit {
        name: name.into(),
        soft,
        hard,
    };
    assert_eq!(
        found,
        [
            limit("Max cpu time", None, None),
            limit("Max open files", Some(1024), Some(1_048_576)),
            limit("Max nice priority", Some(0), Some(0)),
        ]
    );

    let found = files(
        b"total 0\nlrwx------    1 65532    65532           64 Nov 27 00:40 10 -> socket:[4711]\n\
lr-x------    1 65532    65532           64 Nov 27 00:40 3 -> /data/a -> b\nl-wx------ 1 0 0 64 Nov 27 00:40 x -> /y\n",
    );
    let file = |fd, what: &str| OpenFile {
        fd,
        what: what.into(),
    };
    assert_eq!(
        found.list,
        [file(3, "/data/a -> b"), file(10, "socket:[4711]")]
    );
    assert_eq!(found.count, 2);

    let links = b"lrwxrwxrwx 1 0 0 0 Nov 27 00:40 /proc/7/cwd -> /app\nlrwxrwxrwx 1 0 0 0 Nov 27 00:40 /proc/7/exe -> /app/web (deleted)\n";
    assert_eq!(link(links, "/proc/7/cwd").as_deref(), Some("/app"));
    assert_eq!(
        link(links, "/proc/7/exe").as_deref(),
        Some("/app/web (deleted)")
    );
    assert_eq!(link(links, "/proc/7/root"), None);
}

proptest! {
    #[test]
    fn every_name_and_every_word_comes_back(
        name in "[ -~\n]{0,15}", words in prop::collection::vec("[!-~\n][ -~\n]{0,40}", 1..5),
    ) {
        let words: Vec<String> = words.into_iter().map(|w| w.trim_end_matches(' ').to_owned()).collect();
        let line = words.join("\0") + "\0";
        let found = process(&record(&name, line.as_bytes()), Owner::Other).unwrap();
        prop_assert_eq!(found.name, name);
        prop_assert_eq!(found.argv, words);
        prop_assert_eq!(found.uid, Some(65531));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[0-9() SR\n:a-z\t-]{0,200}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            let _ = process(bytes, Owner::Other);
            let _ = (environ(bytes), limits(bytes), files(bytes), link(bytes, "/proc/1/cwd"), uptime(bytes));
        }
    }

    #[test]
    fn every_process_has_its_place_once(parents in prop::collection::vec(0_u32..40, 0..40)) {
        let all: Vec<Process> = (1..).zip(&parents).map(|(pid, parent)| of(pid, *parent)).collect();
        let refs: Vec<&Process> = all.iter().collect();
        let mut pids: Vec<u32> = tree(&refs).into_iter().map(|row| row.pid).collect();
        pids.sort_unstable();
        prop_assert_eq!(pids, all.iter().map(|p| p.pid).collect::<Vec<_>>());
    }
}
