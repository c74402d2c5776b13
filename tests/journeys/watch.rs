//! Processes and network: asked while they are in sight and never else, and a signal only on a yes.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use crossterm::event::MouseEventKind;
use devtwin::app::keymap::Focus;
use devtwin::app::panes::processes::Part;
use devtwin::app::{Effect, Hit, Msg, Settings, TaskId, Timer};
use devtwin::domain::look::{Answer, Look, Outcome};
use devtwin::domain::process::{
    Details, Env, Limit, Listing, OpenFile, OpenFiles, Owner, Process, Signals, State,
};
use devtwin::domain::sockets::{self, Host, Net, Owners, Protocol, Resolver};

use crate::support::{Driver, engine_error, event, settings};

fn process(pid: u32, parent: u32, command: &str, owner: Owner) -> Process {
    let argv: Vec<String> = command.split(' ').map(str::to_owned).collect();
    let name = argv[0].rsplit('/').next().unwrap_or_default();
    Process {
        pid,
        parent,
        name: name.chars().take(15).collect(),
        state: State::Sleeping,
        threads: 1,
        ticks: 125 * u64::from(pid),
        start: 1000 + u64::from(pid),
        argv,
        uid: Some(if owner == Owner::Twin { 0 } else { 65532 }),
        rss: Some(1_204_224 * u64::from(pid)),
        signals: Signals {
            caught: 1 << 14,
            ..Signals::default()
        },
        owner,
    }
}

/// A server with workers, one of which is a zombie, one of which has a hostile name; and the twin's shell.
pub(crate) fn listing() -> Listing {
    let mut processes = vec![
        process(
            1,
            0,
            "/usr/bin/web --config /etc/app/web.toml",
            Owner::Target,
        ),
        process(7, 1, "web: worker 1", Owner::Target),
        process(8, 1, "web: worker 2", Owner::Target),
        process(12, 8, "sh -c \u{1b}]0;owned\u{7}", Owner::Target),
        process(20, 0, "/bin/bash", Owner::Twin),
    ];
    processes[0].threads = 12;
    processes[1].state = State::Running;
    processes[2].state = State::Zombie;
    processes[2].argv.clear();
    Listing {
        uptime: 500_000,
        processes,
        cut: false,
        words: true,
        users: BTreeMap::from([(65532, "nonroot".to_owned()), (0, "root".to_owned())]),
    }
}

pub(crate) fn details(pid: u32) -> Details {
    let process = listing().get(pid).expect("one of them").clone();
    let limit = |name: &str, soft, hard| Limit {
        name: name.into(),
        soft,
        hard,
    };
    let file = |fd, what: &str| OpenFile {
        fd,
        what: what.into(),
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Details {
        process,
        cwd: Some("/srv/app".into()),
        exe: Some("/usr/bin/web (deleted)".into()),
        env: Env::Known(vec![
            pair("PATH", "/usr/local/bin:/usr/bin"),
            pair("DB_PASSWORD", "hunter2"),
            pair("DATABASE_URL", "postgres://app:hunter2@db/app"),
            pair("TITLE", "two\nlines \u{1b}[2J"),
        ]),
        limits: vec![
            limit("Max open files", Some(8), Some(1_048_576)),
            limit("Max processes", None, None),
            limit("Max core file size", Some(0), None),
            limit("Max locked memory", Some(65_536), Some(65_536)),
        ],
        files: Some(OpenFiles {
            count: 8,
            list: vec![
                file(0, "/dev/null"),
                file(1, "pipe:[4710]"),
                file(3, "socket:[4711]"),
                file(4, "/data/app.db"),
            ],
        }),
    }
}

pub(crate) fn net() -> Net {
    let table = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 65532 0 4711 1 0 100 0 0 10 0
   1: 0100007F:2328 00000000:0000 0A 00000000:00000003 00:00000000 00000000 65532 0 4712 1 0 100 0 0 10 0
   2: 030011AC:1F90 010011AC:CA8E 01 00000010:00000020 00:00000000 00000000 65532 0 4713 1 0 20 4 30 10 -1
   3: 030011AC:1F90 010011AC:CA8F 06 00000000:00000000 03:00000F2A 00000000     0 0 0 3 0
   4: 0B00007F:A001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0 0 4799 1 0 100 0 0 10 0
";
    let unix = "Num RefCount Protocol Flags Type St Inode Path\n\
0000000000000000: 00000002 00000000 00010000 0001 01 4720 /run/app.sock\n";
    let mut all = sockets::inet(table, Protocol::Tcp);
    all.extend(sockets::unix(unix));
    let (sockets, cut) = sockets::sorted(all);
    let routes = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n\
eth0 00000000 010011AC 0003 0 0 0 00000000 0 0 0\neth0 000011AC 00000000 0001 0 0 0 0000FFFF 0 0 0\n";
    Net {
        sockets,
        cut,
        owners: Owners::Known(BTreeMap::from([
            (4711, vec![1, 7, 8, 12]),
            (4712, vec![7]),
            (4713, vec![7, 8]),
            (4720, vec![1]),
        ])),
        routes: sockets::routes(routes),
        resolver: Some(Resolver {
            servers: vec!["127.0.0.11".into()],
            search: vec!["corp.example".into()],
            options: vec!["ndots:0".into()],
        }),
        hosts: vec![Host {
            address: "172.17.0.3".into(),
            names: vec!["2b3575c7a3d7".into()],
        }],
    }
}

/// The watch that was begun, and what was asked first.
fn begun(effects: &[Effect]) -> (TaskId, Look) {
    let task = effects.iter().find_map(|effect| match effect {
        Effect::Watch { task, twin, .. } => {
            assert_eq!(twin.plan.name, "devtwin-web-1");
            Some(*task)
        }
        _ => None,
    });
    let task = task.unwrap_or_else(|| panic!("no watch among {effects:?}"));
    let looks = looks(effects);
    assert_eq!(looks.len(), 1, "{effects:?}");
    assert_eq!(looks[0].0, task);
    (task, looks[0].1.clone())
}

fn looks(effects: &[Effect]) -> Vec<(TaskId, Look)> {
    let look = |effect: &Effect| match effect {
        Effect::Look(task, look) => Some((*task, look.clone())),
        _ => None,
    };
    effects.iter().filter_map(look).collect()
}

fn timers(effects: &[Effect]) -> Vec<Duration> {
    let pause = |effect: &Effect| match effect {
        Effect::After(Timer::Look(_), pause) => Some(*pause),
        _ => None,
    };
    effects.iter().filter_map(pause).collect()
}

const LIST: Look = Look::Processes { all: false };

fn listed(driver: &mut Driver, task: TaskId, listing: Listing) -> Vec<Effect> {
    let answer = Answer::Processes(listing, Duration::from_millis(9));
    driver.send(Msg::Looked(task, LIST, Ok(Box::new(answer))))
}

fn detailed(driver: &mut Driver, task: TaskId, pid: u32) -> Vec<Effect> {
    let answer = Answer::Process(pid, Some(Box::new(details(pid))));
    driver.send(Msg::Looked(
        task,
        Look::Process { pid },
        Ok(Box::new(answer)),
    ))
}

/// The processes pane with its first answers, and its watch.
pub(crate) fn processes_with(settings: Settings, size: (u16, u16)) -> (Driver, TaskId) {
    let mut driver = Driver::shell_with(settings, size);
    let (task, look) = begun(&driver.press("alt-5"));
    assert_eq!(look, LIST);
    let effects = listed(&mut driver, task, listing());
    assert_eq!(looks(&effects), [(task, Look::Process { pid: 1 })]);
    detailed(&mut driver, task, 1);
    (driver, task)
}

pub(crate) fn processes(size: (u16, u16)) -> (Driver, TaskId) {
    processes_with(settings(), size)
}

/// The network pane beside a target with these published ports, and its watch.
pub(crate) fn network(size: (u16, u16)) -> (Driver, TaskId) {
    let mut driver = Driver::shell_with(settings(), size);
    let published = [
        "0.0.0.0:80->8080/tcp",
        "127.0.0.1:9000->9000/tcp",
        "0.0.0.0:81->8081/tcp",
    ];
    if let Some(joined) = &mut driver.model.joined {
        joined.attached.target.service.published = published.map(str::to_owned).into();
    }
    let (task, look) = begun(&driver.press("alt-6"));
    assert_eq!(look, Look::Network);
    told(&mut driver, task, Duration::from_millis(9));
    (driver, task)
}

fn told(driver: &mut Driver, task: TaskId, took: Duration) -> Vec<Effect> {
    let answer = Answer::Network(net(), listing(), took);
    driver.send(Msg::Looked(task, Look::Network, Ok(Box::new(answer))))
}

const SMALL: (u16, u16) = (80, 24);

#[test]
fn it_is_asked_while_it_is_in_sight_and_never_else() {
    let mut driver = Driver::shell();
    let (task, _) = begun(&driver.press("alt-5"));
    assert!(driver.text().contains("looking at the processes of web"));
    let effects = listed(&mut driver, task, listing());
    assert_eq!(timers(&effects), [Duration::from_secs(2)]);
    detailed(&mut driver, task, 1);
    assert_eq!(
        looks(&driver.send(Msg::Elapsed(Timer::Look(task)))),
        [(task, LIST)]
    );
    assert_eq!(
        driver.send(Msg::Elapsed(Timer::Look(task))),
        [],
        "it is on its way"
    );
    let effects = listed(&mut driver, task, listing());
    assert_eq!(timers(&effects).len(), 1);
    detailed(&mut driver, task, 1);

    let effects = driver.press("alt-1");
    assert!(effects.contains(&Effect::Cancel(task)), "{effects:?}");
    driver.dirty();
    assert_eq!(
        driver.send(Msg::Elapsed(Timer::Look(task))),
        [],
        "no timer while it is hidden"
    );
    assert_eq!(listed(&mut driver, task, listing()), [], "late");
    assert!(!driver.dirty());

    let (again, _) = begun(&driver.press("alt-5"));
    assert_ne!(again, task);
    assert!(
        driver.text().contains("/usr/bin/web"),
        "what was known stands meanwhile"
    );
    let effects = driver.press("alt-6");
    assert!(effects.contains(&Effect::Cancel(again)), "{effects:?}");
    let (network, look) = begun(&effects);
    assert_eq!(look, Look::Network);
    let effects = driver.press("alt-1");
    assert!(effects.contains(&Effect::Cancel(network)));
}

#[test]
fn where_looking_takes_long_it_is_done_rarely() {
    let mut driver = Driver::shell();
    let (task, _) = begun(&driver.press("alt-6"));
    for (took, pause) in [(10, 2), (100, 5), (5000, 30)] {
        let effects = told(&mut driver, task, Duration::from_millis(took));
        assert_eq!(timers(&effects), [Duration::from_secs(pause)], "{took} ms");
        driver.send(Msg::Elapsed(Timer::Look(task)));
    }
}

#[test]
fn what_has_not_changed_is_not_drawn_again() {
    let (mut driver, task) = network(SMALL);
    driver.dirty();
    driver.send(Msg::Elapsed(Timer::Look(task)));
    told(&mut driver, task, Duration::from_millis(9));
    assert!(!driver.dirty());
}

#[test]
fn the_targets_events_ask_at_once_and_the_engines_execs_do_not() {
    let (mut driver, task) = processes(SMALL);
    assert_eq!(looks(&driver.send(event("w", "exec_start: sh", None))), []);
    assert_eq!(
        looks(&driver.send(event("x", "start", None))),
        [],
        "another container"
    );
    assert_eq!(
        looks(&driver.send(event("w", "start", None))),
        [(task, LIST)]
    );
    assert_eq!(looks(&driver.press("r")), [], "it is on its way");
}

#[test]
fn a_failure_is_told_and_tried_again_after_a_while() {
    let mut driver = Driver::shell();
    let (task, look) = begun(&driver.press("alt-5"));
    let effects = driver.send(Msg::Looked(task, look, Err(engine_error())));
    assert_eq!(timers(&effects), [Duration::from_secs(10)]);
    let screen = driver.text();
    assert!(screen.contains("could not be looked at"), "{screen}");
    assert!(screen.contains("r looks again"), "{screen}");
    assert_eq!(looks(&driver.press("r")), [(task, LIST)]);
    listed(&mut driver, task, listing());
    detailed(&mut driver, task, 1);
    driver.send(Msg::Elapsed(Timer::Look(task)));
    driver.send(Msg::Looked(task, LIST, Err(engine_error())));
    let screen = driver.text();
    assert!(screen.contains("could not look again: r tries"), "{screen}");
    assert!(screen.contains("cannot reach the engine"), "why: {screen}");
    assert!(
        screen.contains("/usr/bin/web"),
        "what was known stands: {screen}"
    );
}

#[test]
fn the_chosen_process_stays_chosen_and_is_asked_for_one_at_a_time() {
    let (mut driver, task) = processes(SMALL);
    assert_eq!(
        looks(&driver.press("down")),
        [(task, Look::Process { pid: 7 })]
    );
    assert_eq!(looks(&driver.press("down")), [], "of one at a time");
    assert_eq!(
        looks(&detailed(&mut driver, task, 7)),
        [(task, Look::Process { pid: 8 })]
    );
    detailed(&mut driver, task, 8);
    let mut fewer = listing();
    fewer.processes.remove(1);
    listed(&mut driver, task, fewer);
    let chosen = |driver: &Driver| {
        let joined = driver.model.joined.as_ref();
        joined.and_then(|j| Some(j.processes.chosen()?.pid))
    };
    assert_eq!(chosen(&driver), Some(8));
    // It ends: the row below takes its place, and the list is asked for again.
    detailed(&mut driver, task, 8);
    driver.send(Msg::Elapsed(Timer::Look(task)));
    let mut last = listing();
    last.processes.retain(|p| p.pid != 8);
    listed(&mut driver, task, last);
    assert!(chosen(&driver).is_some());
    driver.press("end");
    driver.press("pageup");
    assert_eq!(chosen(&driver), Some(1));
}

#[test]
fn the_twins_own_are_shown_when_they_are_wanted() {
    let (mut driver, task) = processes((120, 40));
    assert!(!driver.text().contains("/bin/bash"));
    let effects = driver.press("a");
    assert_eq!(looks(&effects), [(task, Look::Processes { all: true })]);
    let screen = driver.text();
    assert!(
        screen.contains("20○root") && screen.contains("/bin/bash"),
        "{screen}"
    );
    driver.press("a");
    assert!(!driver.text().contains("/bin/bash"));
}

#[test]
fn what_was_taken_of_a_processor_counts_between_two_looks() {
    let (mut driver, task) = processes((120, 40));
    driver.send(Msg::Elapsed(Timer::Look(task)));
    let mut later = listing();
    later.uptime += 200;
    later.processes[1].ticks += 57;
    listed(&mut driver, task, later);
    let screen = driver.text();
    assert!(
        screen.contains("28.5%") && screen.contains("0.0%"),
        "{screen}"
    );
}

#[test]
fn secrets_are_masked_until_they_are_asked_for_and_again_when_the_pane_is_left() {
    let (mut driver, task) = processes((120, 40));
    let screen = driver.text();
    assert!(
        screen.contains("DB_PASSWORD=***") && screen.contains("DATABASE_URL=***"),
        "{screen}"
    );
    assert!(!screen.contains("hunter2"));
    assert!(
        screen.contains("8 open") && screen.contains("the limit is near"),
        "{screen}"
    );
    driver.press("v");
    assert!(driver.text().contains("DB_PASSWORD=hunter2"));
    driver.press("alt-1");
    driver.press("alt-5");
    assert!(!driver.text().contains("hunter2"));
    let _ = task;
}

#[test]
fn what_processes_call_themselves_does_nothing_to_the_terminal() {
    let (mut driver, task) = processes((120, 40));
    driver.press("end");
    detailed(&mut driver, task, 7);
    detailed(&mut driver, task, 12);
    let (buffer, _) = driver.draw();
    let harmful = |symbol: &str| symbol.contains(devtwin::domain::text::is_harmful);
    assert!(buffer.content.iter().all(|cell| !harmful(cell.symbol())));
    assert!(driver.text().contains("sh -c \u{fffd}]0;owned\u{fffd}"));
}

#[test]
fn details_have_keys_and_mouse_of_their_own() {
    let (mut driver, _) = processes(SMALL);
    let part = |driver: &Driver| driver.model.joined.as_ref().map(|j| j.processes.part());
    driver.press("tab");
    assert_eq!(part(&driver), Some(Part::Details));
    driver.press("end");
    assert!(driver.text().contains("/data/app.db"), "{}", driver.text());
    driver.click(&Hit::Process(1));
    assert_eq!(part(&driver), Some(Part::List));
    let area = driver.model.laid.process;
    driver.mouse(MouseEventKind::ScrollDown, area.x, area.y);
    assert_eq!(part(&driver), Some(Part::List), "the wheel takes no keys");
    driver.click(&Hit::ProcessText);
    assert_eq!(part(&driver), Some(Part::Details));
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Shell);
}

#[test]
fn a_signal_is_sent_on_an_explicit_yes_alone() {
    let (mut driver, task) = processes(SMALL);
    let sent = |effects: &[Effect]| -> Vec<Look> {
        let all = looks(effects).into_iter().map(|(_, look)| look);
        all.filter(|look| matches!(look, Look::Send { .. }))
            .collect()
    };
    // Enter upon Enter upon Enter sends nothing.
    assert_eq!(sent(&driver.press("s")), []);
    for key in ["enter", "enter", "enter"] {
        assert_eq!(sent(&driver.press(key)), [], "{key}");
    }
    driver.press("s");
    driver.press("enter");
    let screen = driver.text();
    for words in [
        "Send SIGTERM to process 1?",
        "the main process of web",
        "It has a handler for this signal.",
        "When it ends, web stops, and with it this twin.",
        "docker kill --signal TERM web",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    for key in ["x", "y", "t", "1", "tab", "k", "b"] {
        assert_eq!(sent(&driver.press(key)), [], "{key}");
    }
    assert!(driver.model.popups.is_empty(), "b goes back");
    driver.press("s");
    driver.press("down");
    driver.press("enter");
    let screen = driver.text();
    assert!(
        screen.contains("is process 1: the kernel will drop the signal"),
        "{screen}"
    );
    driver.press("esc");
    driver.press("s");
    driver.press("enter");
    let effects = driver.press("s");
    let [
        Look::Send {
            pid: 1,
            start: 1001,
            signal,
        },
    ] = &sent(&effects)[..]
    else {
        panic!("{effects:?}");
    };
    assert_eq!(signal.name, "TERM");
    let look = sent(&effects)[0].clone();
    let answer = Box::new(Answer::Sent(1, Outcome::Ended));
    let effects = driver.send(Msg::Looked(task, look, Ok(answer)));
    assert_eq!(looks(&effects), [(task, LIST)]);
    assert!(
        driver.text().contains("process 1 has ended"),
        "{}",
        driver.text()
    );
}

#[test]
fn a_signal_for_another_process_is_sent_by_the_twin() {
    let (mut driver, task) = processes(SMALL);
    driver.press("down");
    driver.press("s");
    driver.press("enter");
    let screen = driver.text();
    assert!(
        screen.contains("docker exec -u 0 devtwin-web-1 /bin/bash -c 'kill -s TERM 7'"),
        "{screen}"
    );
    assert!(!screen.contains("with it this twin"), "{screen}");
    // It is answered also when the pane has been left.
    let effects = driver.press("s");
    let look = looks(&effects)[0].1.clone();
    driver.press("alt-1");
    let why = "kill: (7) - Operation not permitted\u{1b}[2J";
    let answer = Answer::Sent(7, Outcome::Refused(why.into()));
    driver.send(Msg::Looked(task, look, Ok(Box::new(answer))));
    let screen = driver.text();
    assert!(
        screen.contains("process 7 got no signal: kill: (7) - Operation not"),
        "{screen}"
    );
}

#[test]
fn the_network_says_what_no_published_port_can_reach() {
    let (driver, _) = network((120, 40));
    let screen = driver.text();
    for words in [
        "✓ 0.0.0.0:80->8080/tcp  0.0.0.0:8080 listens",
        "✗ 127.0.0.1:9000->9000/tcp  9000 listens on loopback only: a published port cannot reach it",
        "✗ 0.0.0.0:81->8081/tcp  nothing listens on 8081: the published port leads nowhere",
        "web 1 and 3 more",
        "3 wait to be accepted",
        "the engine, for names",
        "/run/app.sock",
        "ESTAB",
        "TIME-WAIT",
        "no process",
        "default via 172.17.0.1 dev eth0",
        "127.0.0.11",
        "corp.example",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
}

#[test]
fn letters_filter_the_network_and_esc_takes_them_back() {
    let (mut driver, _) = network(SMALL);
    driver.press("/");
    driver.type_text("9000");
    let screen = driver.text();
    assert!(
        screen.contains("127.0.0.1:9000") && !screen.contains("8080"),
        "{screen}"
    );
    driver.type_text("zz");
    assert!(
        driver.text().contains("Nothing here holds that"),
        "{}",
        driver.text()
    );
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Network);
    assert!(driver.text().contains("8080"));
    driver.press("end");
    assert!(driver.text().contains("2b3575c7a3d7"), "{}", driver.text());
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Shell);
}

#[test]
fn a_twin_that_has_ended_looks_at_nothing() {
    let mut driver = Driver::shell();
    let main = driver.model.joined.as_ref().map(|j| j.shells.main().id());
    driver.send(Msg::ShellEnded(main.expect("a shell"), Some(0)));
    let effects = driver.press("alt-5");
    assert!(
        !effects.iter().any(|e| matches!(e, Effect::Watch { .. })),
        "{effects:?}"
    );
    let screen = driver.text();
    assert!(
        screen.contains("the twin has ended: nothing looks any more"),
        "{screen}"
    );
}
