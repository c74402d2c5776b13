//! Lines of troubles that were not recorded, of both apks.

use super::{Apk, ids, of_errors, of_lines};
use crate::domain::packages::{PackageManager as _, Stream, TroubleId};

#[test]
fn every_trouble_is_recognised() {
    use TroubleId as Id;
    let rows: &[(&[&str], &[Id], &str)] = &[
        (
            &[
                "ERROR: Unable to lock database: temporary error (try again later)",
                "ERROR: Failed to open apk database: temporary error (try again later)",
            ],
            &[Id::Locked],
            "another apk",
        ),
        (
            &["ERROR: Unable to lock database: Resource temporarily unavailable"],
            &[Id::Locked],
            "another apk",
        ),
        (
            &[
                "ERROR: Unable to lock database: Interrupted system call",
                "ERROR: Failed to open apk database: Interrupted system call",
            ],
            &[Id::Locked],
            "in time",
        ),
        (
            &[
                "ERROR: Unable to lock database: No such file or directory",
                "ERROR: Failed to open apk database: No such file or directory",
            ],
            &[Id::NoDatabase],
            "no database",
        ),
        (
            &["ERROR: Unable to open log: Read-only file system"],
            &[Id::ReadOnly],
            "read-only",
        ),
        (
            &[
                "ERROR: jq-1.7.1-r4: failed to extract usr/bin/jq: No space left on device",
                "ERROR: System state may be inconsistent: failed to write database: No space left on device",
            ],
            &[Id::DiskFull],
            "no room",
        ),
        (
            &["ERROR: System state may be inconsistent: failed to write database: I/O error"],
            &[Id::Interrupted],
            "could not write",
        ),
        (
            &[
                "WARNING: updating and opening https://r.example/x: DNS lookup error",
                "ERROR: unable to select packages:",
                "  curl (no such package):",
                "    required by: world[curl]",
            ],
            &[Id::Unreachable, Id::UnknownName],
            "https://r.example/x could not be read: DNS lookup error",
        ),
        (
            &[
                "WARNING: updating and opening https://me:hunter2@r.example/x/x86_64/APKINDEX.tar.gz: HTTP 401: Unauthorized",
            ],
            &[Id::Denied],
            "https://***@r.example/x wants a name",
        ),
        (
            &["WARNING: updating and opening https://r.example/x: Permission denied"],
            &[Id::Denied],
            "wants a name",
        ),
        (
            &[
                "28CB6691847F0000:error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed:ssl/statem/statem_clnt.c:2091:",
                "WARNING: fetching https://r.example/x: Permission denied",
                "WARNING: fetching https://r.example/y: Permission denied",
            ],
            &[Id::Denied, Id::Certificate],
            "https://r.example/y wants",
        ),
        (
            &[
                "WARNING: updating and opening https://r.example/x/x86_64/APKINDEX.tar.gz: TLS: server certificate not trusted",
            ],
            &[Id::Certificate],
            "certificate of https://r.example/x",
        ),
        (
            &["WARNING: opening /srv/r: No such file or directory"],
            &[Id::Unreachable],
            "/srv/r has no index",
        ),
        (
            &["WARNING: opening /srv/r: BAD signature"],
            &[Id::UntrustedKey],
            "/srv/r",
        ),
        (
            &["ERROR: bash-5.2.37-r0: package mentioned in index not found (try 'apk update')"],
            &[Id::StaleIndex],
            "bash-5.2.37-r0",
        ),
        (
            &["ERROR: bash-5.2.37-r0: HTTP 404: Not Found"],
            &[Id::StaleIndex],
            "bash-5.2.37-r0",
        ),
        (
            &["ERROR: bash-5.2.37-r0: HTTP 403: Forbidden"],
            &[Id::Denied],
            "bash-5.2.37-r0",
        ),
        (
            &["ERROR: bash-5.2.37-r0: operation timed out"],
            &[Id::Unreachable],
            "bash-5.2.37-r0",
        ),
        (
            &["ERROR: bash-5.2.37-r0: UNTRUSTED signature"],
            &[Id::UntrustedKey],
            "bash-5.2.37-r0",
        ),
        (
            &["ERROR: clash-1.0-r0: trying to overwrite bin/bash owned by bash-5.2.37-r0."],
            &[Id::FileConflict],
            "clash-1.0-r0 brings bin/bash, which bash-5.2.37-r0 has already",
        ),
        (
            &["ERROR: busybox-1.38.0-r1.trigger: script exited with error 127"],
            &[Id::Script],
            "no /bin/sh",
        ),
        (
            &[
                "  * execve: No such file or directory",
                "ERROR: lib/apk/exec/busybox-1.38.0-r1.trigger: exited with error 127",
            ],
            &[Id::Script],
            "busybox-1.38.0-r1 could not run",
        ),
        (
            &["ERROR: lib/apk/exec/slow-1.0-r0.post-install: killed by signal 15"],
            &[Id::Script],
            "killed by signal 15",
        ),
        (
            &[
                "ERROR: unable to select packages:",
                "  bash-5.2.37-r0:",
                "    breaks: conflicter-1.0-r0[!bash]",
                "    satisfies: world[bash=5.2.37-r0]",
            ],
            &[Id::Conflict],
            "bash-5.2.37-r0 does not go with the rest: it breaks conflicter-1.0-r0[!bash]",
        ),
        (
            &[
                "ERROR: unable to select packages:",
                "  jq-1.7.1-r4:",
                "    breaks: world[jq=9.9-r9]",
            ],
            &[Id::Conflict],
            "jq-1.7.1-r4 is what there is, and jq=9.9-r9 is asked for",
        ),
        (
            &[
                "ERROR: unable to select packages:",
                "  mail (virtual):",
                "    note: please select one of the 'provided by'",
                "          packages explicitly",
                "    provided by: exim postfix",
                "                 opensmtpd",
                "    required by: world[mail]",
            ],
            &[Id::Conflict],
            "mail is not a package; it is provided by exim postfix opensmtpd",
        ),
        (
            &[
                "ERROR: unable to select packages:",
                "  jq-1.7.1-r4:",
                "    masked in: --no-network",
                "    satisfies: world[jq]",
            ],
            &[Id::Conflict],
            "only to be had from --no-network",
        ),
        (
            &[
                "WARNING: The repository tag for world dependency 'jq@edge' does not exist",
                "ERROR: Not committing changes due to missing repository tags. Use --force-broken-world to override.",
            ],
            &[Id::Other],
            "'jq@edge'",
        ),
        (
            &["ERROR: Package 'nope' not found"],
            &[Id::UnknownName],
            "nope",
        ),
        (
            &[
                "ERROR: Not continuing due to stale/unavailable repositories. Use --force-missing-repositories to continue.",
            ],
            &[Id::Unreachable],
            "goes no further",
        ),
        (
            &["ERROR: something new: \x1b[2Jhappened"],
            &[Id::Other],
            "something new: \u{fffd}[2Jhappened",
        ),
    ];
    for (lines, want, meaning) in rows {
        let troubles = Apk.troubles(&of_errors(lines));
        let mut got = ids(&troubles);
        got.dedup();
        assert_eq!(got, *want, "{lines:?}");
        assert!(
            troubles[0].meaning.contains(meaning),
            "{}",
            troubles[0].meaning
        );
        assert!(troubles.iter().all(|t| !t.evidence.is_empty()));
    }
}

#[test]
fn packages_that_were_broken_before_are_told_from_those_of_this_run() {
    let mut printed = of_errors(&["ERROR: b-1.0-r0.post-install: script exited with error 7"]);
    let summary = |line: &str| (Stream::Stdout, line.to_owned());
    printed.lines.push(summary("1 error; 1 MiB in 12 packages"));
    assert_eq!(ids(&Apk.troubles(&printed)), [TroubleId::Script]);
    printed.lines.pop();
    printed
        .lines
        .push(summary("3 errors; 1 MiB in 12 packages"));
    let troubles = Apk.troubles(&printed);
    assert_eq!(ids(&troubles), [TroubleId::Script, TroubleId::BrokenBefore]);
    assert!(
        troubles[1].meaning.starts_with("2 packages"),
        "{}",
        troubles[1].meaning
    );
    let fine = of_lines(&[
        "OK: 0 MiB in 3 packages",
        "2 unavailable, 0 stale; 11 distinct packages available",
    ]);
    assert!(Apk.troubles(&fine).is_empty());
}

#[test]
fn a_flood_of_errors_is_bounded() {
    let lines: Vec<String> = (0..10_000).map(|n| format!("ERROR: trouble {n}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(Apk.troubles(&of_errors(&lines)).len(), 20);
    let mut block = vec!["ERROR: unable to select packages:"];
    block.extend(["  a-1-r0:", "    breaks: b"].repeat(5000));
    let troubles = Apk.troubles(&of_errors(&block));
    assert!(troubles[0].evidence.len() <= 8);
}
