//! The user that it runs as: whether it exists, has a name, and may listen on low ports.

use super::Rule;
use super::kit::{
    Draft, FINE, Findings, engine_error, error_line, log_severity, runs_well, start_severity,
};
use super::lines;
use super::who::{has_capability, who};
use crate::domain::accounts::{self, Unknown};
use crate::domain::entrypoint::{Case, Severity};
use crate::domain::fs::Found;
use crate::domain::target::NamespaceMode;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "NO_USER",
        title: "The user or group does not exist",
        how: "USER is a name that the image's own /etc/passwd does not have, or a group that /etc/group does not; or the engine says so.",
        check: no_user,
    },
    Rule {
        id: "UID_NO_PASSWD",
        title: "The user has a number and no name",
        how: "USER is a number without an entry in /etc/passwd (note); a log line of a program that asked for the name.",
        check: uid_no_passwd,
    },
    Rule {
        id: "LOW_PORT",
        title: "A port below 1024, and the user is not root",
        how: "EXPOSE below 1024 with the host's network or a sysctl that forbids it; a log line of a refused bind.",
        check: low_port,
    },
];

fn no_user(case: &Case<'_, '_>) -> Findings {
    let told = engine_error(case).filter(|error| {
        lines::says(
            error,
            &[
                &["unable to find user"],
                &["unable to find group"],
                &["no matching entries in passwd"],
                &["no matching entries in group"],
            ],
        )
    });
    let identity = case.identity.as_ref()?;
    let unknown = if identity.uid.is_none() && accounts_are_known(case) {
        let (passwd, group) = (
            case.look.text("/etc/passwd")?,
            case.look.text("/etc/group")?,
        );
        accounts::resolve(&identity.given, &passwd, &group).err()
    } else {
        None
    };
    if unknown.is_none() && told.is_none() {
        return FINE;
    }
    let unknown = match unknown {
        Some(range @ Unknown::Range(_)) => {
            let meaning = "The number of the user or group is one that the engine refuses.";
            return Draft::new("NO_USER", start_severity(case), meaning)
                .see(format!("User is `{}`: {range}", identity.given))
                .advise("USER 65532:65532")
                .done();
        }
        Some(Unknown::User(_)) => Some(("user", "/etc/passwd")),
        Some(Unknown::Group(_)) => Some(("group", "/etc/group")),
        None => None,
    };
    let by_engine = match told {
        Some(error) if lines::says(error, &[&["find group"], &["entries in group"]]) => {
            ("group", "/etc/group")
        }
        Some(_) | None => ("user", "/etc/passwd"),
    };
    let (what, file) = unknown.unwrap_or(by_engine);
    let meaning =
        format!("The engine looks the {what} up in the image's own {file}, and it is not there.");
    let draft = Draft::new("NO_USER", start_severity(case), &meaning)
        .see_all(unknown.map(|_| {
            format!(
                "User is `{}`, and {file} has no such {what}",
                identity.given
            )
        }))
        .see_all(error_line(case).filter(|_| told.is_some()))
        .advise("name it by number: USER 65532:65532, which needs no entry");
    match what {
        "group" => draft.advise("or make the group in the build stage, and copy its /etc/group"),
        _ => draft.advise("or make the user in the build stage (adduser), and COPY --from=build /etc/passwd /etc/group /etc/"),
    }
    .done()
}

/// Whether the files that name users could be read: what could not be read lacks nobody.
fn accounts_are_known(case: &Case<'_, '_>) -> bool {
    let files = ["/etc/passwd", "/etc/group"].map(|file| case.look.content(file));
    !files
        .iter()
        .any(|file| matches!(file, Some(Found::Unreadable(_))))
}

/// What programs say that ask for the name of a number.
const NAMELESS: &[&[&str]] = &[
    &["getpwuid"],
    &["i have no name!"],
    &["cannot find name for user id"],
    &["no user exists for uid"],
    &["unknown userid"],
    &["could not look up effective user id"],
    &["current user", "not found in passwd"],
];

fn uid_no_passwd(case: &Case<'_, '_>) -> Findings {
    let identity = case.identity.as_ref()?;
    let Some(uid) = identity
        .uid
        .filter(|uid| *uid != 0 && !identity.in_passwd && accounts_are_known(case))
    else {
        return FINE;
    };
    let said = lines::saying(case, NAMELESS);
    let severity = match said {
        Some(_) => log_severity(case),
        None => Severity::Note,
    };
    let home = &identity.home;
    let meaning = format!(
        "User {uid} has no entry in /etc/passwd: HOME is {home}, and a program that asks for its name gets none."
    );
    Draft::new("UID_NO_PASSWD", severity, &meaning)
        .see(format!(
            "User is `{}`, and /etc/passwd has no entry for {uid}",
            identity.given
        ))
        .see_all(said.map(lines::quoted))
        .advise(format!(
            "add an entry in the build stage: app:x:{uid}:{}:app:/home/app:/sbin/nologin",
            identity.gid.unwrap_or_default()
        ))
        .advise("or set what is asked for: ENV HOME=/home/app USER=app")
        .done()
}

/// What programs say when they may not listen.
const REFUSED: &[&[&str]] = &[
    &["bind", "permission denied"],
    &["listen", "permission denied"],
    &["listen eacces"],
    &["make_sock", "could not bind"],
    &["bind", "operation not permitted"],
];

fn low_port(case: &Case<'_, '_>) -> Findings {
    // Sockets that are files are refused by modes, not by numbers.
    let said = lines::newest(case)
        .find(|line| lines::says(line, REFUSED) && !line.to_lowercase().contains("unix"));
    let Some(who) = who(case) else {
        return FINE;
    };
    if who.uid == 0 && has_capability(case, "NET_BIND_SERVICE") {
        return FINE;
    }
    let low: Vec<(&str, u16)> = case
        .config()
        .exposed
        .iter()
        .filter_map(|port| {
            let number = port.split('/').next()?.parse().ok()?;
            (1..1024)
                .contains(&number)
                .then_some((port.as_str(), number))
        })
        .collect();
    if said.is_none() && low.is_empty() {
        return FINE;
    }
    let lowest = low.iter().map(|(_, number)| *number).min();
    let why = barrier(case, lowest);
    let severity = match (said.is_some(), why.is_some() && !runs_well(case)) {
        (true, _) => log_severity(case),
        (false, true) => Severity::Warning,
        (false, false) => Severity::Note,
    };
    let meaning = match severity {
        Severity::Note => {
            "Docker lets any user listen there in a network of its own; with the host's network it fails, and elsewhere it may."
        }
        Severity::Warning | Severity::Error => {
            "A port below 1024 needs root there. NET_BIND_SERVICE does not help a user that is not root."
        }
    };
    Draft::new("LOW_PORT", severity, meaning)
        .see_all(said.map(lines::quoted))
        .see_all(low.iter().map(|(port, _)| format!("EXPOSE {port}")))
        .see(format!("the user is {}", who.words()))
        .see_all(why)
        .advise("listen on 1024 or above (8080), and publish that: docker run -p 80:8080")
        .advise("or allow it: docker run --sysctl net.ipv4.ip_unprivileged_port_start=0, where the network is the container's own")
        .done()
}

/// What forbids low ports to a user that is not root: the engine allows them in a network of its own.
fn barrier(case: &Case<'_, '_>, lowest: Option<u16>) -> Option<String> {
    const START: &str = "net.ipv4.ip_unprivileged_port_start";
    let target = case.facts.target.as_ref()?;
    if let Some(start) = target.service.sysctls.get(START) {
        let first: u16 = start.trim().parse().ok()?;
        return lowest
            .is_some_and(|port| port < first)
            .then(|| format!("{START}={start}"));
    }
    match &target.isolation.network {
        NamespaceMode::Host => Some("the network is the host's".into()),
        NamespaceMode::Private
        | NamespaceMode::Shareable
        | NamespaceMode::None
        | NamespaceMode::Container(_)
        | NamespaceMode::Named(_) => None,
    }
}
