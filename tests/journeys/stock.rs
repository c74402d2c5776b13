//! What a package manager knows and tells, made by hand: its parsers have tests of their own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use devtwin::domain::packages::apk::Apk;
use devtwin::domain::packages::{
    Catalogue, Change, Changed, Doing, Finished, Here, Installed, News, Outcome, Package,
    PackageManager as _, Printed, Setup, Step, Stock, Stream, Told, Transaction, Trouble,
    TroubleId, Verb,
};

fn package(name: &str, version: &str, size: u64, about: &str, provides: &[&str]) -> Package {
    Package {
        name: name.into(),
        version: version.into(),
        description: about.into(),
        license: "MPL-2.0".into(),
        download: size / 3,
        size,
        depends: vec!["so:libc.musl-x86_64.so.1".into()],
        provides: provides.iter().map(|p| (*p).to_owned()).collect(),
    }
}

/// Some of Wolfi.
fn packages() -> Vec<Package> {
    let mut bind = package(
        "bind-tools",
        "9.20.4-r0",
        4_100_000,
        "The ISC DNS tools",
        &["cmd:dig", "cmd:host", "cmd:nslookup"],
    );
    bind.depends = vec!["bind-libs=9.20.4-r0".into(), "so:libuv.so.1".into()];
    vec![
        package(
            "bash",
            "5.2.37-r1",
            1_300_000,
            "The GNU Bourne Again shell",
            &["cmd:bash"],
        ),
        package(
            "bind-libs",
            "9.20.4-r0",
            2_300_000,
            "Libraries of the ISC DNS tools",
            &["so:libdns-9.20.4.so"],
        ),
        bind,
        package(
            "busybox",
            "1.38.0-r1",
            1_000_000,
            "Many small programs in one",
            &["cmd:sh", "cmd:ls"],
        ),
        package(
            "curl",
            "8.10.1-r0",
            300_000,
            "URL retrieval utility and library",
            &["cmd:curl"],
        ),
        package(
            "gdb",
            "15.2-r0",
            21_000_000,
            "The GNU Debugger",
            &["cmd:gdb"],
        ),
        package(
            "jq",
            "1.7.1-r1",
            700_000,
            "A lightweight and flexible JSON processor",
            &["cmd:jq"],
        ),
        package(
            "libuv",
            "1.49.2-r0",
            250_000,
            "Asynchronous I/O",
            &["so:libuv.so.1"],
        ),
        package(
            "ltrace",
            "0.7.91-r0",
            400_000,
            "Traces calls of libraries",
            &["cmd:ltrace"],
        ),
        package(
            "strace",
            "6.12-r0",
            1_700_000,
            "Traces system calls and signals",
            &["cmd:strace"],
        ),
    ]
}

fn here(version: &str, explicit: bool, broken: Option<&str>) -> Here {
    Here {
        version: version.into(),
        size: 1_000_000,
        explicit,
        broken: broken.map(str::to_owned),
    }
}

/// What is installed at first.
pub(crate) fn installed() -> Installed {
    let all = [
        ("bash", here("5.2.37-r0", true, None)),
        ("busybox", here("1.38.0-r1", true, None)),
        ("ltrace", here("0.7.91-r0", true, Some("its script failed"))),
    ];
    Installed {
        packages: all.map(|(n, h)| (n.to_owned(), h)).into(),
    }
}

pub(crate) fn stock_of(packages: Vec<Package>, installed: Installed) -> Stock {
    Stock {
        manager: &Apk,
        catalogue: Arc::new(Catalogue::new(packages, &|a, b| Apk.compare(a, b))),
        installed,
        troubles: Vec::new(),
    }
}

pub(crate) fn stock() -> Stock {
    stock_of(packages(), installed())
}

pub(crate) fn change(verb: Verb, names: &[&str]) -> Change {
    let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    Change::new(verb, &names).unwrap()
}

pub(crate) fn step(at: u32, of: u32, doing: Doing, name: &str, version: &str) -> Step {
    Step {
        at,
        of,
        doing,
        name: name.into(),
        version: version.into(),
        old: None,
    }
}

/// The steps of `apk add bind-tools`.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        step(1, 3, Doing::Install, "libuv", "1.49.2-r0"),
        step(2, 3, Doing::Install, "bind-libs", "9.20.4-r0"),
        step(3, 3, Doing::Install, "bind-tools", "9.20.4-r0"),
    ]
}

pub(crate) fn transaction(change: Change, steps: Vec<Step>) -> Transaction {
    let setup = Setup::default();
    Transaction {
        line: Apk.line(&change, &setup),
        dockerfile: Apk.dockerfile(&change, &setup),
        change,
        steps,
        download: Some(2_216_666),
        disk: Some(6_650_000),
        troubles: Vec::new(),
    }
}

pub(crate) fn unreachable_trouble() -> Trouble {
    Trouble {
        id: TroubleId::Unreachable,
        meaning: "The repository https://packages.example.org/os could not be reached.".into(),
        advice: vec![
            "look whether the twin's network leads there: curl -I https://packages.example.org"
                .into(),
            "behind a proxy: http_proxy in [packages] of the configuration".into(),
        ],
        evidence: vec![
            "WARNING: updating and opening https://packages.example.org/os: DNS lookup error"
                .into(),
        ],
    }
}

pub(crate) fn line(text: &str) -> News {
    News::Line(Stream::Stdout, text.into())
}

/// The news of the first two steps of three.
pub(crate) fn news() -> Vec<News> {
    let mut news = vec![News::Told(Told::Fetching("libuv".into()))];
    for step in steps().into_iter().take(2) {
        let text = format!(
            "({}/{}) Installing {} ({})",
            step.at, step.of, step.name, step.version
        );
        news.push(line(&text));
        news.push(News::Told(Told::Step(step)));
    }
    news.push(News::Told(Told::Part {
        done: 40,
        total: 100,
    }));
    news
}

/// The end of `apk add bind-tools`.
pub(crate) fn finished(outcome: Outcome) -> Finished {
    let asked = change(Verb::Install, &["bind-tools"]);
    let mut now = installed();
    let (steps, troubles) = match outcome {
        Outcome::Done => {
            for step in steps() {
                let explicit = step.name == "bind-tools";
                now.packages
                    .insert(step.name, here(&step.version, explicit, None));
            }
            (steps(), Vec::new())
        }
        Outcome::Cancelled => {
            now.packages
                .insert("libuv".into(), here("1.49.2-r0", false, None));
            (steps().into_iter().take(1).collect(), Vec::new())
        }
        Outcome::Nothing => (Vec::new(), Vec::new()),
        Outcome::Partly | Outcome::Failed => (Vec::new(), vec![unreachable_trouble()]),
    };
    let done = !steps.is_empty();
    let missed = match outcome {
        Outcome::Done | Outcome::Nothing => Vec::new(),
        Outcome::Cancelled | Outcome::Partly | Outcome::Failed => asked.names.clone(),
    };
    let text = |text: String| if done { text } else { String::new() };
    let printed = steps.iter().map(|s| {
        let text = format!("({}/{}) Installing {} ({})", s.at, s.of, s.name, s.version);
        (Stream::Stdout, text)
    });
    let errors = troubles
        .iter()
        .flat_map(|t: &Trouble| t.evidence.clone())
        .map(|text| (Stream::Stderr, text));
    Finished {
        printed: Printed {
            lines: printed.chain(errors).collect(),
            status: Some(i64::from(outcome != Outcome::Done)),
        },
        changed: Changed {
            manager: "apk".into(),
            line: text(Apk.line(&asked, &Setup::default())),
            dockerfile: text(Apk.dockerfile(&asked, &Setup::default())),
            change: asked,
            outcome,
            steps,
            missed,
            troubles,
            status: Some(i64::from(outcome != Outcome::Done)),
        },
        installed: now,
    }
}
