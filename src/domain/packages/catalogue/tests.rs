mod random;

use super::*;
use crate::domain::packages::Here;

fn package(name: &str, description: &str, provides: &[&str]) -> Package {
    Package {
        name: name.into(),
        version: "1.0-r0".into(),
        description: description.into(),
        license: "MIT".into(),
        download: 1_000,
        size: 10_000,
        depends: vec!["so:libc.so.6".into()],
        provides: provides.iter().map(|&p| p.into()).collect(),
    }
}

/// What tests/fixtures/mkrepo.py puts into its index.
fn fixture() -> Catalogue {
    let packages = [
        package(
            "strace",
            "Diagnostic, debugging and instructional userspace tracer",
            &["cmd:strace"],
        ),
        package(
            "ltrace",
            "Tracks runtime library calls in dynamically linked programs",
            &["cmd:ltrace"],
        ),
        package("curl", "URL retrieval utility and library", &["cmd:curl"]),
        package(
            "libcurl-openssl4",
            "The multiprotocol file transfer library",
            &["so:libcurl.so.4"],
        ),
        package(
            "ca-certificates-bundle",
            "Pre generated bundle of Mozilla certificates",
            &[],
        ),
        package("htop", "Interactive process viewer", &["cmd:htop"]),
        package(
            "ncurses",
            "Console display library",
            &["so:libncursesw.so.6"],
        ),
        package(
            "tcpdump",
            "Tool for network monitoring and data acquisition",
            &["cmd:tcpdump"],
        ),
        package(
            "libpcap",
            "A system-independent interface for user-level packet capture",
            &["so:libpcap.so.1"],
        ),
        package(
            "bind-tools",
            "DNS tools: dig, host, nslookup",
            &["cmd:dig", "cmd:host"],
        ),
        package("gdb", "GNU project debugger", &["cmd:gdb"]),
        package(
            "python-3.13",
            "The Python programming language",
            &["cmd:python3"],
        ),
        package(
            "jq",
            "A lightweight and flexible command-line JSON processor",
            &["cmd:jq"],
        ),
        package("vim", "Improved vi-style text editor", &["cmd:vim"]),
        package(
            "vim-common",
            "Improved vi-style text editor (common files)",
            &[],
        ),
        package(
            "broken-dep",
            "A package whose dependency no repository has",
            &[],
        ),
        package(
            "trigger-fail",
            "A package whose post-install script fails",
            &[],
        ),
    ];
    Catalogue::new(packages, &str::cmp)
}

fn names(catalogue: &Catalogue, typed: &str) -> Vec<String> {
    let found = catalogue
        .find("apk", typed, &Installed::default(), 100)
        .matches;
    found.into_iter().map(|m| m.package.name).collect()
}

fn first(catalogue: &Catalogue, typed: &str) -> (String, Why) {
    let found = catalogue
        .find("apk", typed, &Installed::default(), 1)
        .matches;
    let found = found
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("{typed}: nothing"));
    (found.package.name, found.why)
}

fn installed(names: &[(&str, u64)]) -> Installed {
    let packages = names.iter().map(|&(name, size)| {
        let here = Here {
            size,
            ..Here::default()
        };
        (name.to_owned(), here)
    });
    Installed {
        packages: packages.collect(),
    }
}

#[test]
fn usual_words_find_the_packages_of_the_fixture() {
    let catalogue = fixture();
    let cases = [
        ("dig", "bind-tools"),
        ("cmd:dig", "bind-tools"),
        ("/usr/bin/dig", "bind-tools"),
        ("DIG", "bind-tools"),
        ("dnsutils", "bind-tools"),
        ("dnsu", "bind-tools"),
        ("nslookup", "bind-tools"),
        ("bind-utils", "bind-tools"),
        ("host", "bind-tools"),
        ("curl", "curl"),
        ("libcurl.so.4", "libcurl-openssl4"),
        ("so:libcurl.so.4", "libcurl-openssl4"),
        ("libcurl.so", "libcurl-openssl4"),
        ("/usr/lib/libcurl.so.4", "libcurl-openssl4"),
        ("gcore", "gdb"),
        ("vi", "vim"),
        ("vim-tiny", "vim"),
        ("xxd", "vim"),
        ("python", "python-3.13"),
        ("python3", "python-3.13"),
        ("process viewer", "htop"),
        ("json", "jq"),
        ("vi-style", "vim"),
        ("tracer userspace", "strace"),
        ("tcpdmp", "tcpdump"),
        ("bndtools", "bind-tools"),
        ("sniff tcp", ""),
    ];
    for (typed, name) in cases {
        let found = names(&catalogue, typed);
        assert_eq!(
            found.first().map_or("", String::as_str),
            name,
            "{typed}: {found:?}"
        );
    }
}

#[test]
fn a_match_says_why() {
    let catalogue = fixture();
    let provides = |entry: &str| Why::Provides(entry.into());
    assert_eq!(first(&catalogue, "curl").1, Why::Exact);
    assert_eq!(first(&catalogue, "dig").1, provides("cmd:dig"));
    assert_eq!(
        first(&catalogue, "libcurl.so").1,
        provides("so:libcurl.so.4")
    );
    assert_eq!(first(&catalogue, "tcpd").1, Why::Name);
    assert_eq!(first(&catalogue, "debugger").1, Why::Description);
    assert_eq!(first(&catalogue, "tcpdmp").1, Why::Fuzzy);
    // The worst of two words tells more than the better one.
    assert_eq!(first(&catalogue, "gdb project").1, Why::Description);
    let (_, Why::Known(known)) = first(&catalogue, "dnsutil") else {
        panic!("dnsutil is known");
    };
    assert_eq!(
        (known.name.as_str(), known.packages.as_slice()),
        ("dnsutils", &["bind-tools".to_owned()][..])
    );
}

#[test]
fn better_matches_come_first() {
    let mut packages = vec![
        package("net", "", &[]),
        package("provider", "", &["cmd:net"]),
        package("net-snmp", "", &[]),
        package("begin-command", "", &["cmd:netstat-nat"]),
        package("libnet", "", &[]),
        package("described", "for a network", &[]),
        package("neat-ethernut", "", &[]),
    ];
    let order: Vec<String> = packages.iter().map(|p| p.name.clone()).collect();
    for _ in 0..packages.len() {
        packages.rotate_left(1);
        let catalogue = Catalogue::new(packages.clone(), &str::cmp);
        assert_eq!(names(&catalogue, "net"), order);
    }
    // A known name stands between what has that very name and what begins so.
    let catalogue = Catalogue::new(
        [
            package("ss", "", &[]),
            package("iproute2", "", &[]),
            package("sscep", "", &[]),
        ],
        &str::cmp,
    );
    assert_eq!(names(&catalogue, "ss"), ["ss", "iproute2", "sscep"]);
}

#[test]
fn within_a_rank_installed_then_small_then_short_then_in_order() {
    let sized = |name: &str, size| Package {
        size,
        ..package(name, "", &[])
    };
    let packages = [
        sized("lib-zz", 9_000),
        sized("lib-c", 10),
        sized("lib-b", 10),
        sized("lib-aa", 10),
        sized("lib-d", 5),
    ];
    let catalogue = Catalogue::new(packages, &str::cmp);
    let found = catalogue
        .find("apk", "lib", &installed(&[("lib-zz", 9_000)]), 100)
        .matches;
    let found: Vec<&str> = found.iter().map(|m| m.package.name.as_str()).collect();
    assert_eq!(found, ["lib-zz", "lib-d", "lib-b", "lib-c", "lib-aa"]);
}

#[test]
fn only_the_best_are_given_and_all_are_counted() {
    let catalogue = fixture();
    let none = Installed::default();
    let found = catalogue.find("apk", "package", &none, 1);
    assert_eq!((found.matches.len(), found.total), (1, 2));
    let all = catalogue.find("apk", " \t", &none, 3);
    let names: Vec<&str> = all
        .matches
        .iter()
        .map(|m| m.package.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["bind-tools", "broken-dep", "ca-certificates-bundle"]
    );
    assert_eq!(all.total, 17);
    assert_eq!(catalogue.find("apk", "dig", &none, 0).total, 1);
    assert_eq!(
        catalogue.find("apk", "no such thing", &none, 9),
        Found::default()
    );
    assert_eq!(
        Catalogue::default().find("apk", "dig", &none, 9),
        Found::default()
    );
}

#[test]
fn the_newest_version_stays_and_all_its_fields() {
    let version = |version: &str| Package {
        version: version.into(),
        ..package("curl", version, &["cmd:curl"])
    };
    let by_length = |a: &str, b: &str| a.len().cmp(&b.len());
    let catalogue = Catalogue::new(["9", "10", "8"].map(version), &by_length);
    assert_eq!(catalogue.len(), 1);
    assert_eq!(catalogue.get("curl"), Some(version("10")));
    assert_eq!(catalogue.get("Curl"), None);
    // Names that differ in capitals are two packages.
    let catalogue = Catalogue::new([package("R", "", &[]), package("r", "", &[])], &str::cmp);
    assert_eq!(names(&catalogue, "r"), ["R", "r"]);
    assert_eq!(catalogue.get("R").map(|p| p.name), Some("R".into()));
}

#[test]
fn hostile_text_is_cleaned_and_nameless_packages_are_left_out() {
    let mut evil = package(
        "evil",
        "a\u{1b}[31mb\tc\nd",
        &["cmd:x\ty\nz", "", "cmd:dig"],
    );
    evil.license = "M\nIT".into();
    let packages = [
        evil,
        package("", "no name", &[]),
        package("two words", "", &[]),
        package("new\nline", "", &[]),
        package(&"x".repeat(1 << 20), "", &[]),
        Package {
            version: String::new(),
            ..package("no-version", "", &[])
        },
    ];
    let catalogue = Catalogue::new(packages, &str::cmp);
    assert_eq!(catalogue.len(), 1);
    let kept = catalogue.get("evil").unwrap();
    assert_eq!(kept.description, "a\u{fffd}[31mb c d");
    assert_eq!(kept.license, "M IT");
    assert_eq!(kept.provides, ["cmd:x y z", "cmd:dig"]);
    assert_eq!(names(&catalogue, "dig"), ["evil"]);
}

#[test]
fn providers_and_parts_are_exact() {
    let catalogue = fixture();
    let none = Installed::default();
    // Of a manager of which no names are known.
    let providers = |word: &str| {
        let found = catalogue.exactly("", word, &none).into_iter();
        found.map(|m| m.package.name).collect::<Vec<_>>()
    };
    assert_eq!(providers("cmd:dig"), ["bind-tools"]);
    assert_eq!(providers("dig"), ["bind-tools"]);
    assert_eq!(providers("so:dig"), [""; 0]);
    assert_eq!(providers("cmd:di"), [""; 0]);
    assert_eq!(providers(""), [""; 0]);
    let found = catalogue.exactly("apk", "nsupdate", &none);
    assert!(
        matches!(&found[..], [Match { why: Why::Known(known), .. }] if known.name == "nsupdate")
    );
    assert_eq!(catalogue.exactly("apk", "nsupdat", &none), []);
    let kit = ["dig", "bind-tools", "curl", "no-such-tool"].map(String::from);
    let parts = catalogue.parts("apk", &kit);
    assert_eq!(parts.present, ["bind-tools", "curl"]);
    assert_eq!(parts.absent, ["no-such-tool"]);
}

#[test]
fn the_first_candidate_that_there_is_is_meant() {
    let of = |names: &[&str]| Catalogue::new(names.iter().map(|n| package(n, "", &[])), &str::cmp);
    assert_eq!(
        names(&of(&["busybox-extras", "inetutils-telnet"]), "telnet")[0],
        "busybox-extras"
    );
    assert_eq!(
        names(&of(&["inetutils-telnet"]), "telnet"),
        ["inetutils-telnet"]
    );
    // A candidate may be what a package provides: Wolfi's packages have versions in their names.
    let wolfi = package(
        "postgresql-18-client",
        "",
        &["postgresql-client", "cmd:psql-18"],
    );
    let wolfi = Catalogue::new([wolfi], &str::cmp);
    let found = first(&wolfi, "psql");
    assert!(
        matches!(found.1, Why::Known(known) if known.name == "psql"),
        "{found:?}"
    );
}

#[test]
fn steps_are_weighed() {
    let catalogue = fixture();
    let step = |doing, name: &str, version: &str| Step {
        at: 0,
        of: 0,
        doing,
        name: name.into(),
        version: version.into(),
        old: None,
    };
    let here = installed(&[("curl", 4_000), ("htop", 500)]);
    let install = step(Doing::Install, "jq", "1.0-r0");
    let upgrade = step(Doing::Upgrade, "curl", "");
    let remove = step(Doing::Remove, "htop", "3.4.0-r1");
    let configure = step(Doing::Configure, "jq", "1.0-r0");
    let unknown = step(Doing::Install, "nope", "1");
    let other = step(Doing::Install, "jq", "0.9");
    let cases = [
        (vec![], (Some(0), Some(0))),
        (vec![install.clone()], (Some(1_000), Some(10_000))),
        (
            vec![install.clone(), configure],
            (Some(1_000), Some(10_000)),
        ),
        (vec![upgrade.clone()], (Some(1_000), Some(6_000))),
        (vec![remove.clone()], (Some(0), Some(-500))),
        (
            vec![install.clone(), upgrade, remove],
            (Some(2_000), Some(15_500)),
        ),
        (vec![install.clone(), unknown], (None, None)),
        (vec![other], (None, None)),
        (
            vec![step(Doing::Reinstall, "jq", "")],
            (Some(1_000), Some(0)),
        ),
        (vec![step(Doing::Remove, "not-here", "")], (Some(0), None)),
    ];
    for (steps, weight) in cases {
        assert_eq!(catalogue.weigh(&steps, &here), weight, "{steps:?}");
    }
    let huge = Package {
        download: u64::MAX,
        size: u64::MAX,
        ..package("jq", "", &[])
    };
    let huge = Catalogue::new([huge], &str::cmp);
    let (download, disk) = huge.weigh(&vec![install; 10_000], &here);
    assert!(download.is_some() && disk.is_some());
}
