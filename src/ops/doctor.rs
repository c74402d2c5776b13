//! Looks at everything that devtwin stands on.
//!
//! The surroundings (terminal, folders, configuration) are handed in as facts; only the engine is asked.

use std::path::PathBuf;

use crate::domain::Size;
use crate::domain::doctor::{Check, Doctor};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::session::Ask;
use crate::domain::text::clean;
use crate::engine::{Engine, EngineInfo};

use super::clean::found;

/// The oldest API that devtwin speaks: `platform` on create came with it (Engine 20.10).
const OLDEST_API: (u32, u32) = (1, 41);

/// The screen that the panes are laid out for.
const SCREEN: (u16, u16) = (80, 24);

/// Dev images named in the text; the rest are counted.
const NAMED_IMAGES: usize = 3;

/// Facts about the machine on which devtwin runs.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// Colour is switched off.
    pub no_color: bool,
    /// Size of the terminal; none when input or output is not one.
    pub size: Option<Size>,
    /// Where locks and the log are written, or why they cannot be.
    pub state_dir: Result<PathBuf>,
    /// The configuration file that was read (none: defaults), or what is wrong with it.
    pub config: Result<Option<PathBuf>>,
    /// Registries for which docker has a login, each with where that is, or what is wrong there.
    pub logins: Result<Vec<String>>,
}

/// Asks the engine, or takes the reason why there is none, and looks at the surroundings.
/// `is_dev` tells dev images by their reference.
pub async fn examine(
    engine: Result<&dyn Engine>,
    surroundings: &Surroundings,
    ask: Ask<'_>,
    is_dev: &(dyn Fn(&str) -> bool + Sync),
) -> Doctor {
    let mut checks = match engine {
        Ok(engine) => engine_checks(engine, ask, is_dev).await,
        Err(error) => vec![Check::bad("engine", &error)],
    };
    checks.push(credentials(&surroundings.logins));
    checks.push(terminal(surroundings));
    checks.push(state_dir(surroundings));
    checks.push(match &surroundings.config {
        Ok(Some(path)) => Check::ok("config", path.display().to_string()),
        Ok(None) => Check::ok("config", "no file; defaults"),
        Err(error) => Check::bad("config", error),
    });
    Doctor { checks }
}

async fn engine_checks(
    engine: &dyn Engine,
    ask: Ask<'_>,
    is_dev: &(dyn Fn(&str) -> bool + Sync),
) -> Vec<Check> {
    let info = match engine.info().await {
        Ok(info) => info,
        Err(error) => return vec![Check::bad("engine", &error)],
    };
    let mut checks = vec![
        Check::ok(
            "engine",
            format!(
                "{} {} at {} (from {})",
                clean(&info.version),
                clean(&info.platform),
                clean(&info.endpoint),
                clean(&info.endpoint_from),
            ),
        ),
        connection(&info),
        api(&info),
        Check::ok("storage", clean(&info.storage)),
        security(&info.security),
    ];
    checks.push(match engine.containers().await {
        Ok(rows) => Check::ok(
            "permissions",
            format!("containers can be listed: {}", rows.len()),
        ),
        Err(error) => Check::bad("permissions", &error),
    });
    checks.push(match engine.images().await {
        Ok(images) => dev_images(
            images
                .into_iter()
                .flat_map(|i| i.tags)
                .filter(|t| is_dev(t)),
        ),
        Err(error) => Check::bad("dev-images", &error),
    });
    checks.push(match found(engine, ask).await {
        Ok(found) if found.leftovers > 0 => Check::warn(
            "leftovers",
            format!(
                "{} left by sessions that are gone",
                count(found.leftovers, "twin")
            ),
            "devtwin clean",
        ),
        Ok(found) if found.labs > 0 => Check::warn(
            "leftovers",
            format!(
                "{} of lessons left by sessions that are gone",
                count(found.labs, "lab")
            ),
            "devtwin clean",
        ),
        Ok(found) if found.debts > 0 => Check::warn(
            "leftovers",
            format!(
                "{} frozen or paused by sessions that are gone",
                count(found.debts, "container")
            ),
            "devtwin clean",
        ),
        Ok(found) if found.kept > 0 => Check::ok(
            "leftovers",
            format!("none; {} kept for re-attach", count(found.kept, "twin")),
        ),
        Ok(_) => Check::ok("leftovers", "none"),
        Err(error) => Check::bad("leftovers", &error),
    });
    checks
}

/// How the engine is spoken to, and what else was said about where it is.
fn connection(info: &EngineInfo) -> Check {
    let mut found = clean(&info.way).into_owned();
    for other in &info.overruled {
        found.push_str("; ");
        found.push_str(&clean(other));
    }
    match &info.risk {
        Some(fix) => Check::warn("connection", found, fix.clone()),
        None => Check::ok("connection", found),
    }
}

/// The logins that pulls and questions to registries are sent with.
fn credentials(logins: &Result<Vec<String>>) -> Check {
    match logins {
        Ok(none) if none.is_empty() => {
            Check::ok("credentials", "no logins; registries are asked as anybody")
        }
        Ok(logins) => Check::ok("credentials", clean(&logins.join(", "))),
        Err(error) => Check::warn(
            "credentials",
            clean(&error.message),
            error.hint.clone().unwrap_or_default(),
        ),
    }
}

fn api(info: &EngineInfo) -> Check {
    let (major, minor) = OLDEST_API;
    match version(&info.api_version) {
        Some(found) if found >= OLDEST_API => Check::ok("api", clean(&info.api_version)),
        _ => Check::bad(
            "api",
            &Error::new(
                ErrorKind::Engine,
                format!(
                    "the engine speaks API {}; devtwin needs {major}.{minor} or newer",
                    clean(&info.api_version)
                ),
            )
            .hint("update the engine to 20.10 or newer"),
        ),
    }
}

/// Reads `1.41` as numbers: as text, 1.9 would be newer than 1.41.
fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// What the engine's security options mean for a twin, which needs `SYS_PTRACE` to see the target's
/// files (design: "Four ways in").
fn security(options: &[String]) -> Check {
    let has = |name: &str| {
        options.iter().any(|option| {
            let word = option.strip_prefix("name=").unwrap_or(option);
            word.split(',').next() == Some(name)
        })
    };
    let meanings = [
        (
            "selinux",
            "SELinux may refuse the twin a look into the target's files even with SYS_PTRACE",
        ),
        (
            "apparmor",
            "AppArmor lets the twin look into the target's files only if both run under the same \
             profile, as they do by default",
        ),
        (
            "userns",
            "user namespaces are remapped: root in a twin is not root on the engine's machine",
        ),
        (
            "rootless",
            "rootless: root in a twin is the engine's user outside",
        ),
    ];
    let found: Vec<_> = meanings
        .into_iter()
        .filter(|(name, _)| has(name))
        .map(|(_, meaning)| meaning)
        .collect();
    if found.is_empty() {
        return Check::ok("security", "nothing that hinders a twin");
    }
    let text = found.join("; ");
    if has("selinux") {
        Check::warn(
            "security",
            text,
            "if files are refused, look for `avc: denied` in the audit log of the engine's machine",
        )
    } else {
        Check::ok("security", text)
    }
}

fn dev_images(tags: impl Iterator<Item = String>) -> Check {
    let tags: Vec<_> = tags.collect();
    let named: Vec<_> = tags.iter().take(NAMED_IMAGES).map(|t| clean(t)).collect();
    let rest = match tags.len().saturating_sub(NAMED_IMAGES) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    if tags.is_empty() {
        Check::ok("dev-images", "none here; they are pulled when needed")
    } else {
        Check::ok("dev-images", format!("{}{rest}", named.join(", ")))
    }
}

fn terminal(around: &Surroundings) -> Check {
    let term = around.term.as_deref().unwrap_or("not set");
    let colour = match around.colorterm.as_deref() {
        _ if around.no_color => "no colour wanted",
        Some("truecolor" | "24bit") => "16 million colours",
        _ if term.contains("256color") => "256 colours",
        _ => "16 colours",
    };
    let Some(size) = around.size else {
        return Check::warn(
            "terminal",
            "input or output is not a terminal",
            "attach needs one; exec, resolve, plan, ls and clean do not",
        );
    };
    let found = format!("{}, {colour}, {}×{}", clean(term), size.cols, size.rows);
    if matches!(term, "dumb" | "not set") {
        Check::warn("terminal", found, "set TERM to what your terminal is")
    } else if size.cols.get() < SCREEN.0 || size.rows.get() < SCREEN.1 {
        let (cols, rows) = SCREEN;
        Check::warn(
            "terminal",
            found,
            format!("make it {cols}×{rows} or larger"),
        )
    } else {
        Check::ok("terminal", found)
    }
}

fn state_dir(around: &Surroundings) -> Check {
    match &around.state_dir {
        Ok(dir) => Check::ok("state-dir", dir.display().to_string()),
        Err(error) => Check::warn(
            "state-dir",
            error.message.clone(),
            error.hint.clone().unwrap_or_default(),
        ),
    }
}

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::doctor::Health;
    use crate::domain::session::Liveness;

    fn around() -> Surroundings {
        Surroundings {
            term: Some("xterm-256color".into()),
            colorterm: None,
            no_color: false,
            size: Some(Size::clamped(80, 24)),
            state_dir: Ok("/state".into()),
            config: Ok(None),
            logins: Ok(Vec::new()),
        }
    }

    #[test]
    fn api_versions_are_compared_as_numbers() {
        for (found, health) in [
            ("1.41", Health::Ok),
            ("1.52", Health::Ok),
            ("2.0", Health::Ok),
            ("1.40", Health::Bad),
            ("1.9", Health::Bad),
            ("", Health::Bad),
        ] {
            let info = EngineInfo {
                api_version: found.into(),
                ..EngineInfo::default()
            };
            assert_eq!(api(&info).status, health, "{found}");
        }
    }

    #[test]
    fn the_way_to_the_engine_is_told_with_what_is_overruled_and_what_is_risky() {
        let mut info = EngineInfo {
            way: "a unix socket".into(),
            overruled: vec!["DOCKER_CONTEXT=prod is overruled".into()],
            ..EngineInfo::default()
        };
        let check = connection(&info);
        assert_eq!(check.status, Health::Ok);
        assert_eq!(
            check.found,
            "a unix socket; DOCKER_CONTEXT=prod is overruled"
        );
        info.risk = Some("use TLS".into());
        let check = connection(&info);
        assert_eq!(
            (check.status, check.fix.as_deref()),
            (Health::Warn, Some("use TLS"))
        );
    }

    #[test]
    fn logins_are_named_and_a_missing_helper_is_a_warning() {
        assert!(credentials(&Ok(Vec::new())).found.starts_with("no logins"));
        let found = credentials(&Ok(vec!["a in auths".into(), "b by x".into()])).found;
        assert_eq!(found, "a in auths, b by x");
        let missing = Error::new(ErrorKind::Engine, "x is missing").hint("install it");
        let check = credentials(&Err(missing));
        assert_eq!(
            (check.status, check.fix.as_deref()),
            (Health::Warn, Some("install it"))
        );
    }

    #[test]
    fn security_options_are_read_in_both_spellings() {
        let told = |options: &[&str]| {
            let options: Vec<_> = options.iter().map(|&o| o.to_owned()).collect();
            security(&options)
        };
        assert_eq!(told(&["name=seccomp,profile=default"]).status, Health::Ok);
        assert!(
            told(&["name=seccomp,profile=rootless"])
                .found
                .starts_with("nothing")
        );
        for options in [["name=apparmor"], ["apparmor"]] {
            let check = told(&options);
            assert_eq!(check.status, Health::Ok);
            assert!(check.found.contains("same profile"));
        }
        assert!(told(&["name=userns", "name=rootless"]).found.contains("; "));
        let check = told(&["name=selinux"]);
        assert_eq!((check.status, check.fix.is_some()), (Health::Warn, true));
    }

    #[test]
    fn a_terminal_that_will_not_do_is_told_with_a_fix() {
        assert_eq!(
            terminal(&around()).found,
            "xterm-256color, 256 colours, 80×24"
        );
        let warned = |change: &dyn Fn(&mut Surroundings)| {
            let mut around = around();
            change(&mut around);
            let check = terminal(&around);
            assert_eq!(check.status, Health::Warn);
            check.fix.unwrap()
        };
        assert!(warned(&|a| a.size = None).contains("exec"));
        assert!(warned(&|a| a.term = None).contains("TERM"));
        assert!(warned(&|a| a.size = Some(Size::clamped(79, 24))).contains("80×24"));
    }

    #[test]
    fn dev_images_beyond_a_few_are_counted() {
        let tags = |n: usize| (0..n).map(|i| format!("i{i}:latest-dev"));
        assert!(dev_images(tags(0)).found.starts_with("none here"));
        assert_eq!(
            dev_images(tags(5)).found,
            "i0:latest-dev, i1:latest-dev, i2:latest-dev and 2 more"
        );
    }

    #[tokio::test]
    async fn a_missing_engine_is_one_bad_check_and_the_rest_is_told() {
        let error = Error::new(ErrorKind::Engine, "no engine at unix:///x").hint("start it");
        let ask = |_: &str, _: &str| Liveness::Gone;
        let doctor = examine(Err(error), &around(), &ask, &|_| false).await;
        let ids: Vec<_> = doctor.checks.iter().map(|c| c.id).collect();
        assert_eq!(
            ids,
            ["engine", "credentials", "terminal", "state-dir", "config"]
        );
        assert_eq!(doctor.worst(), Health::Bad);
        assert_eq!(doctor.checks[0].fix.as_deref(), Some("start it"));
    }
}
