//! Time zones and locales: data that the runtime looks for when a variable names one.

use super::Rule;
use super::kit::{Draft, FINE, Findings, base, env, follow_all, log_severity};
use super::lines;
use crate::domain::entrypoint::{Case, ProgramKind, Severity};
use crate::domain::fs::{self, Found};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "NO_TZDATA",
        title: "The time zone has no data",
        how: "TZ names a zone that /usr/share/zoneinfo does not have; log lines.",
        check: no_tzdata,
    },
    Rule {
        id: "NO_LOCALE",
        title: "The locale has no data",
        how: "LC_ALL or LANG names a locale that a dynamic glibc program finds no data for; log lines.",
        check: no_locale,
    },
];

/// Whether the program brings its own data of zones and locales, or needs none.
fn brings_own(case: &Case<'_, '_>) -> bool {
    // Also behind an init, a script that runs its arguments, or in the line of a shell.
    let words = case.argv.iter().flat_map(|word| word.split_whitespace());
    words
        .into_iter()
        .any(|word| ["node", "nodejs", "java"].contains(&base(word)))
}

fn no_tzdata(case: &Case<'_, '_>) -> Findings {
    let said = lines::saying(
        case,
        &[
            &["unknown time zone"],
            &["zoneinfonotfounderror"],
            &["no time zone found with key"],
            &["unknown timezone"],
        ],
    );
    let zone = env(case, "TZ")
        .map(|zone| zone.trim_start_matches(':'))
        .filter(|zone| is_zone(zone));
    let dir = env(case, "TZDIR")
        .filter(|dir| dir.starts_with('/'))
        .unwrap_or("/usr/share/zoneinfo");
    let place = zone.map(|zone| fs::joined(dir, zone));
    let missing = match &place {
        Some(place) => case.look.follow(place)?.node == Found::Missing,
        None => false,
    };
    if said.is_none() && !missing {
        return FINE;
    }
    let severity = match said {
        Some(_) => log_severity(case),
        None if brings_own(case) => Severity::Note,
        None => Severity::Warning,
    };
    let meaning =
        "The time zone has no data in the image: programs fail on it, or silently take UTC.";
    Draft::new("NO_TZDATA", severity, meaning)
        .see_all(said.map(lines::quoted))
        .see_all(zone.filter(|_| missing).map(|zone| format!("TZ={zone}")))
        .see_all(
            place
                .filter(|_| missing)
                .map(|place| format!("{place} is missing")),
        )
        .advise(
            "COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo, or add the package tzdata",
        )
        .advise("Go can carry it: import _ \"time/tzdata\"; Python: pip install tzdata")
        .done()
}

/// Whether `TZ` names a file: not UTC in one of its names, not a rule (`CET-1CEST`), not a path.
fn is_zone(zone: &str) -> bool {
    let utc = [
        "UTC",
        "GMT",
        "UCT",
        "Zulu",
        "Universal",
        "Etc/UTC",
        "Etc/GMT",
        "Etc/UCT",
    ]
    .contains(&zone);
    let rule = zone.contains([',', '<'])
        || (!zone.contains('/') && zone.contains(|c: char| c.is_ascii_digit()));
    !zone.is_empty() && !utc && !rule && !zone.starts_with('/')
}

fn no_locale(case: &Case<'_, '_>) -> Findings {
    let said = lines::saying(
        case,
        &[
            &["cannot change locale"],
            &["unsupported locale setting"],
            &["setting locale failed"],
            &["cannot set lc_"],
        ],
    );
    let given = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| Some((name, env(case, name)?)));
    let given =
        given.filter(|(_, locale)| !is_safe(locale) && locale.len() < 64 && !locale.contains('/'));
    let missing = match given {
        Some((_, locale)) if glibc(case)? || said.is_some() => !has_locale(case, locale)?,
        Some(_) | None => false,
    };
    if said.is_none() && !missing {
        return FINE;
    }
    let fatal = said.is_some_and(|line| line.contains("unsupported locale setting"));
    let severity = match said {
        Some(_) if fatal => log_severity(case),
        None if brings_own(case) => Severity::Note,
        Some(_) | None => Severity::Warning,
    };
    let meaning =
        "The locale has no data in the image: programs fall back to C, warn, or refuse to start.";
    Draft::new("NO_LOCALE", severity, meaning)
        .see_all(said.map(lines::quoted))
        .see_all(
            given
                .filter(|_| missing)
                .map(|(name, locale)| format!("{name}={locale}")),
        )
        .see_all(missing.then_some("/usr/lib/locale has no data for it"))
        .advise("ENV LANG=C.UTF-8 LC_ALL=C.UTF-8, which needs no data")
        .advise("or add the data: a package like glibc-locale-en (Debian: locales)")
        .done()
}

/// Locales that need no data.
fn is_safe(locale: &str) -> bool {
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    ["C", "POSIX"].contains(&name)
}

/// Whether the program, or what runs it, asks glibc for locales.
fn glibc(case: &Case<'_, '_>) -> Option<bool> {
    let steps = &case.program.as_ref()?.steps;
    Some(steps.iter().any(|step| {
        matches!(&step.kind, ProgramKind::Dynamic { interpreter, .. } if !interpreter.contains("musl"))
    }))
}

/// Whether glibc finds data for a locale: an archive, or a directory by one of the names that it tries.
fn has_locale(case: &Case<'_, '_>, locale: &str) -> Option<bool> {
    let dir = env(case, "LOCPATH")
        .filter(|dir| dir.starts_with('/'))
        .unwrap_or("/usr/lib/locale");
    let name = locale.split('@').next().unwrap_or_default();
    let (language, codes) = name.split_once('.').unwrap_or((name, ""));
    let plain: String = codes
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase();
    let mut names = vec![
        "locale-archive".to_owned(),
        locale.to_owned(),
        language.to_owned(),
    ];
    if !plain.is_empty() {
        names.push(format!("{language}.{plain}"));
    }
    let places: Vec<String> = names.iter().map(|name| fs::joined(dir, name)).collect();
    let led = follow_all(case, &places)?;
    Some(led.iter().any(|led| led.node != Found::Missing))
}
