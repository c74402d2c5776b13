//! Looking at processes and network through a twin on the real engine: what it tells, what nothing can forge, what
//! a signal does, and that nothing of it stays.

use std::time::{Duration, Instant};

use devtwin::domain::look::{Answer, Look, Outcome, Vantage};
use devtwin::domain::process::{Details, Env, Listing, Owner, Process, SIGNALS, State, among};
use devtwin::domain::sockets::{Net, Owners, Protocol};
use devtwin::engine::Engine as _;
use devtwin::engine::docker::Docker;
use devtwin::ops::lookout::Lookout;

use crate::engine::{PATIENCE, engine, within};
use crate::shells::{processes, twin};
use crate::support::docker::{self, Image, busybox};
use crate::support::{Container, unique};

const WEB: &str = "cgr.dev/chainguard/web:latest";
const WOLFI: &str = "cgr.dev/chainguard/web:latest-dev";
const DEBIAN: &str = "acme/tools:1";
const DISTROLESS: &str = "gcr.io/distroless/web:debug-nonroot";

/// A twin that looks at a target, and what removes it.
struct Scene {
    engine: Docker,
    lookout: Lookout,
    twin: String,
    _guard: Container,
}

impl Scene {
    async fn new(target: &Container, image: &str) -> Self {
        let engine = engine().await;
        let (launched, guard) = twin(&engine, target, image).await;
        let vantage = Vantage::of(&launched.twin.plan, &launched.target);
        let lookout = within(Lookout::open(&engine, &launched.twin, vantage, false)).await;
        Self {
            lookout: lookout.unwrap(),
            twin: launched.twin.plan.name.clone(),
            engine,
            _guard: guard,
        }
    }

    async fn ask(&mut self, look: Look) -> Answer {
        let answer = within(self.lookout.answer(&self.engine, &look)).await;
        answer.unwrap()
    }

    async fn listing(&mut self) -> Listing {
        match self.ask(Look::Processes { all: false }).await {
            Answer::Processes(listing, _) => listing,
            other => panic!("{other:?}"),
        }
    }

    async fn details(&mut self, pid: u32) -> Option<Details> {
        match self.ask(Look::Process { pid }).await {
            Answer::Process(of, details) if of == pid => details.map(|d| *d),
            other => panic!("{other:?}"),
        }
    }

    async fn net(&mut self) -> (Net, Listing) {
        match self.ask(Look::Network).await {
            Answer::Network(net, listing, _) => (net, listing),
            other => panic!("{other:?}"),
        }
    }

    async fn send(&mut self, pid: u32, start: u64, name: &str) -> Outcome {
        let signal = SIGNALS.into_iter().find(|s| s.name == name).unwrap();
        match self.ask(Look::Send { pid, start, signal }).await {
            Answer::Sent(of, outcome) if of == pid => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// Waits for a process with these words.
    async fn process(&mut self, words: &str) -> Process {
        let start = Instant::now();
        loop {
            let listing = self.listing().await;
            let mut all = listing.processes.into_iter();
            if let Some(found) = all.find(|p| p.command() == words) {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "no process is {words}");
        }
    }

    /// Ends the look; nothing of it is left in the twin.
    async fn end(self) {
        within(self.lookout.close(&self.engine)).await;
        processes(&self.twin, "the end of the look", |said| {
            !said.contains("devtwin-look")
        })
        .await;
    }
}

/// Commands of a container's processes, as the engine tells them.
fn top(target: &Container) -> Vec<String> {
    let said = docker::ok(&["top", target.name(), "-eo", "pid,args"]);
    let lines = said.lines().skip(1);
    let mut words: Vec<String> = lines
        .map(|line| line.trim().split_once(' ').unwrap().1.trim().to_owned())
        .collect();
    words.sort();
    words
}

fn commands(listing: &Listing) -> Vec<String> {
    let theirs = among(&listing.processes, false);
    let mut words: Vec<String> = theirs.iter().map(|p| p.command()).collect();
    words.sort();
    words
}

/// A busy target of four processes, which the twin of `image` tells of as the engine does.
async fn agrees(image: &str) {
    let small = busybox();
    let busy = "sleep 7101 & sh -c 'sleep 7102 & wait' & wait";
    let flags = [
        "-e",
        "API_TOKEN=hunter2",
        "-e",
        "MODE=a b",
        "--workdir",
        "/share",
        "--ulimit",
        "nofile=77:99",
    ];
    let target = Container::run(small.name(), &flags, &["sh", "-c", busy]);
    let mut scene = Scene::new(&target, image).await;
    let last = scene.process("sleep 7102").await;
    let listing = scene.listing().await;
    assert_eq!(commands(&listing), top(&target));
    assert_eq!(
        listing.processes.len() - among(&listing.processes, false).len(),
        1,
        "the twin's shell"
    );
    let parent = listing.get(last.parent).unwrap();
    assert_eq!(parent.command(), "sh -c sleep 7102 & wait");
    assert_eq!(parent.parent, 1);
    assert_eq!(last.owner, Owner::Target);
    assert_eq!(
        (last.uid, last.threads, last.state),
        (Some(0), 1, State::Sleeping)
    );
    assert_eq!(listing.users.get(&0).map(String::as_str), Some("root"));
    assert!(last.rss.unwrap() > 0);
    assert!(listing.uptime > last.start);

    let details = scene.details(last.pid).await.unwrap();
    assert_eq!(details.cwd.as_deref(), Some("/share"));
    assert_eq!(details.exe.as_deref(), Some("/bin/busybox"));
    let Env::Known(env) = &details.env else {
        panic!("no variables: {details:?}");
    };
    for pair in [("API_TOKEN", "hunter2"), ("MODE", "a b")] {
        let pair = (pair.0.to_owned(), pair.1.to_owned());
        assert!(env.contains(&pair), "{pair:?} in {env:?}");
    }
    let limit = details
        .limits
        .iter()
        .find(|l| l.name == "Max open files")
        .unwrap();
    assert_eq!((limit.soft, limit.hard), (Some(77), Some(99)));
    let files = details.files.unwrap();
    assert_eq!(files.count, 3, "{files:?}");
    assert_eq!(files.list[1].fd, 1);
    assert_eq!(scene.details(4_000_000).await, None, "no such process");
    scene.end().await;
}

#[tokio::test]
async fn a_wolfi_like_twin_tells_of_processes_as_the_engine_does() {
    Box::pin(agrees(WOLFI)).await;
}

#[tokio::test]
async fn a_debian_like_twin_tells_of_processes_as_the_engine_does() {
    Box::pin(agrees(DEBIAN)).await;
}

#[tokio::test]
async fn a_distroless_like_twin_tells_of_processes_as_the_engine_does() {
    Box::pin(agrees(DISTROLESS)).await;
}

#[tokio::test]
async fn a_process_can_be_taken_for_no_other_one() {
    let small = busybox();
    // A script's name is that of its file; its words hold what the kernel's files look like.
    let hostile = r#"
printf '#!/bin/sh\nread line </proc/self/fd/9\n' >"/share/a) S 1
7 (b"
chmod +x /share/*
"/share/a) S 1
7 (b" "Name:	sh
Umask:	0022
State:	R (running)
Uid:	0	0	0	0
" "of t999" 9<>/share/pipe &
wait
"#;
    let hostile = format!("busybox mkfifo /share/pipe; {hostile}");
    let target = Container::run(
        small.name(),
        &["--network", "none"],
        &["sh", "-c", &hostile],
    );
    let mut scene = Scene::new(&target, WOLFI).await;
    let start = Instant::now();
    let found = loop {
        let listing = scene.listing().await;
        let theirs = among(&listing.processes, false);
        let found = theirs.iter().find(|p| p.name == "a) S 1\n7 (b");
        if let Some(found) = found {
            break (*found).clone();
        }
        assert!(start.elapsed() < PATIENCE, "{theirs:?}");
    };
    assert_eq!(found.parent, 1);
    assert_eq!(found.argv.last().map(String::as_str), Some("of t999"));
    assert!(
        found
            .argv
            .iter()
            .any(|word| word.starts_with("Name:\tsh\nUmask"))
    );
    let listing = scene.listing().await;
    assert!(listing.get(999).is_none() && listing.get(7).is_none_or(|p| p.name != "b"));
    scene.end().await;
}

#[tokio::test]
async fn the_network_is_told_as_netstat_tells_it() {
    let target = Container::run(
        WEB,
        &["-p", "127.0.0.1::8080", "--dns-search", "corp.example"],
        &[],
    );
    let mut scene = Scene::new(&target, WOLFI).await;
    let port = docker::ok(&["port", target.name(), "8080/tcp"]);
    // The server answers one after the other: the second one waits, connected.
    let port = port.lines().next().unwrap().to_owned();
    let open: Vec<_> = (0..2)
        .map(|_| std::net::TcpStream::connect(&port).unwrap())
        .collect();
    let start = Instant::now();
    let (net, listing) = loop {
        let (net, listing) = scene.net().await;
        if net.sockets.iter().filter(|s| !s.state.is_open()).count() >= 2 {
            break (net, listing);
        }
        assert!(start.elapsed() < PATIENCE, "{net:?}");
    };
    let shared = format!("container:{}", target.name());
    let said = docker::ok(&[
        "run",
        "--rm",
        "--label",
        docker::LABEL,
        "--network",
        &shared,
        "--entrypoint",
        "busybox",
        DEBIAN,
        "netstat",
        "-tuan",
    ]);
    let mut theirs: Vec<(String, String)> = Vec::new();
    for line in said
        .lines()
        .filter(|l| l.starts_with("tcp") || l.starts_with("udp"))
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        theirs.push((words[3].to_owned(), words[4].to_owned()));
    }
    let tell = |s: &devtwin::domain::sockets::Socket| {
        let remote = s
            .remote
            .as_ref()
            .map_or("0.0.0.0:*".into(), devtwin::domain::sockets::End::text);
        (s.local.text(), remote)
    };
    let of_net = net.sockets.iter().filter(|s| s.protocol != Protocol::Unix);
    let mut ours: Vec<(String, String)> = of_net.map(tell).collect();
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs, "{said}");

    let listening = net.sockets.iter().find(|s| s.state.is_open()).unwrap();
    assert_eq!(listening.local.text(), "0.0.0.0:8080");
    assert_eq!(net.owners(listening), [1]);
    assert_eq!(listing.get(1).unwrap().command(), "/usr/bin/web");
    assert_eq!(
        listing.users.get(&65532).map(String::as_str),
        Some("nonroot")
    );
    assert!(
        net.routes
            .iter()
            .any(|r| r.text().starts_with("default via ")),
        "{net:?}"
    );
    assert_eq!(net.resolver.as_ref().unwrap().search, ["corp.example"]);
    let own = docker::ok(&["inspect", "--format", "{{slice .Id 0 12}}", target.name()]);
    assert!(
        net.hosts.iter().any(|host| host.names.contains(&own)),
        "{:?}",
        net.hosts
    );
    drop(open);
    scene.end().await;
}

/// An image that holds a shell and nothing else.
fn bash_alone() -> Image {
    let program = std::fs::read("/bin/bash-static")
        .expect("these tests need /bin/bash-static: the Debian package bash-static");
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o755);
    header.set_size(program.len() as u64);
    tar.append_data(&mut header, "bin/bash", program.as_slice())
        .unwrap();
    let image = Image::adopt(unique("bash"));
    let label = format!("LABEL {}=1", docker::LABEL);
    let args = [
        "import",
        "--change",
        &label,
        "--change",
        "ENV PATH=/bin",
        "-",
        image.name(),
    ];
    let made = docker::fed(&args, &tar.into_inner().unwrap());
    assert!(made.status.success(), "{made:?}");
    image
}

#[tokio::test]
async fn without_any_tools_names_and_sockets_are_told_and_what_is_missing() {
    let image = bash_alone();
    let target = Container::run(WEB, &[], &[]);
    let mut scene = Scene::new(&target, image.name()).await;
    let listing = scene.listing().await;
    assert!(!listing.words && listing.uptime > 0);
    let main = listing.get(1).unwrap();
    assert_eq!((main.command().as_str(), main.uid), ("[web]", Some(65532)));
    assert_eq!(
        listing.users.get(&65532).map(String::as_str),
        Some("nonroot")
    );
    let details = scene.details(1).await.unwrap();
    assert_eq!((details.env, details.files), (Env::Denied, None));
    assert!(details.limits.iter().any(|l| l.name == "Max open files"));
    let (net, _) = scene.net().await;
    let Owners::Unknown(why) = &net.owners else {
        panic!("it has no stat: {:?}", net.owners);
    };
    assert!(why.contains("no stat program"), "{why}");
    let open: Vec<_> = net.sockets.iter().filter(|s| s.state.is_open()).collect();
    assert_eq!(open.len(), 1, "{net:?}");
    assert_eq!(open[0].local.text(), "0.0.0.0:8080");
    scene.end().await;
}

#[tokio::test]
async fn signals_reach_whom_they_are_for_and_what_came_of_them_is_told() {
    let small = busybox();
    let script = "trap 'echo woken' USR1; sleep 7201 & sleep 7202 & while :; do wait; done";
    let target = Container::run(small.name(), &["--network", "none"], &["sh", "-c", script]);
    let mut scene = Scene::new(&target, WOLFI).await;
    let (one, two) = (
        scene.process("sleep 7201").await,
        scene.process("sleep 7202").await,
    );
    assert_eq!(
        scene.send(one.pid, one.start + 1, "KILL").await,
        Outcome::Gone,
        "another one of that number"
    );
    assert_eq!(
        scene.send(one.pid, one.start, "STOP").await,
        Outcome::Stopped
    );
    assert_eq!(scene.process("sleep 7201").await.state, State::Stopped);
    assert_eq!(scene.send(one.pid, one.start, "CONT").await, Outcome::Runs);
    assert_eq!(scene.send(one.pid, one.start, "TERM").await, Outcome::Ended);
    assert_eq!(
        scene.process("sleep 7202").await.pid,
        two.pid,
        "nobody else was meant"
    );
    // The first process: from within its ids it would be deaf.
    let main = scene.listing().await.get(1).unwrap().clone();
    assert_eq!(scene.send(1, main.start, "USR1").await, Outcome::Runs);
    assert_eq!(
        scene.send(1, main.start, "HUP").await,
        Outcome::Runs,
        "the kernel drops it"
    );
    assert_eq!(scene.send(1, main.start, "KILL").await, Outcome::Ended);
    assert!(docker::ok(&["logs", target.name()]).contains("woken"));
    let code = docker::ok(&["inspect", "--format", "{{.State.ExitCode}}", target.name()]);
    assert_eq!(code, "137");
}

#[tokio::test]
async fn a_target_in_the_hosts_process_ids_is_told_apart() {
    let small = busybox();
    let script = "sleep 7301 & wait";
    let target = Container::run(
        small.name(),
        &["--pid", "host", "--network", "none"],
        &["sh", "-c", script],
    );
    let mut scene = Scene::new(&target, WOLFI).await;
    let found = scene.process("sleep 7301").await;
    let listing = scene.listing().await;
    let mut words: Vec<String> = listing.processes.iter().map(Process::command).collect();
    words.sort();
    assert_eq!(words, ["sh -c sleep 7301 & wait", "sleep 7301"]);
    assert_eq!(found.owner, Owner::Target);
    let all = scene.ask(Look::Processes { all: true }).await;
    let Answer::Processes(all, _) = all else {
        panic!("{all:?}");
    };
    assert!(
        all.processes.len() > 2 && all.get(1).is_some(),
        "the host's own are there, too"
    );
    assert_eq!(
        scene.send(found.pid, found.start, "KILL").await,
        Outcome::Ended
    );
    scene.end().await;
}

#[tokio::test]
async fn a_shell_that_does_not_answer_is_given_up_and_ended() {
    let (small, image) = (busybox(), WOLFI);
    let target = Container::run(small.name(), &["--network", "none"], &["sleep", "600"]);
    let Scene {
        engine,
        mut lookout,
        twin,
        _guard,
    } = Scene::new(&target, image).await;
    let stop = r#"for p in /proc/[0-9]*; do [ "$p" = "/proc/$$" ] ||
case $(tr '\0' ' ' <$p/cmdline) in *"devtwin-look "*) kill -STOP ${p#/proc/};; esac; done"#;
    docker::ok(&["exec", "-u", "0", &twin, "sh", "-c", stop]);
    let start = Instant::now();
    let answer = within(lookout.answer(&engine, &Look::Network)).await;
    let error = answer.unwrap_err();
    assert!(
        error.message.contains("did not answer within 15 s"),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(25));
    within(lookout.close(&engine)).await;
    processes(&twin, "the end of the look", |said| {
        !said.contains("devtwin-look")
    })
    .await;
    assert!(
        within(engine.inspect(target.name()))
            .await
            .unwrap()
            .state
            .is_joinable()
    );
}
