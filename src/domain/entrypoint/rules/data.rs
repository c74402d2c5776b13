//! Files that programs expect beside themselves: certificates, time zones, locales, a place for scratch.

use super::Rule;
use super::kit::{Draft, FINE, Findings, base, env, follow_all, log_severity, mount_of, runs_well};
use super::lines;
use super::who::{Access, access, scratch, who};
use crate::domain::entrypoint::{Case, ProgramKind, Severity};
use crate::domain::fs::{self, Found};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "NO_CA",
        title: "No certificates to trust",
        how: "SSL_CERT_FILE or its like names a file that is missing or empty; no bundle at the usual places (note); log lines of refused certificates.",
        check: no_ca,
    },
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
    Rule {
        id: "NO_TMP",
        title: "No place for temporary files",
        how: "/tmp is missing, or closed to the user, and TMPDIR, an argument or a log line wants it; else a note.",
        check: no_tmp,
    },
];

/// Where the bundle stands in the families of images; Go and OpenSSL look there by themselves.
const BUNDLES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];
/// Variables that name a bundle.
const NAMING: [&str; 5] = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
];
/// What programs say of a certificate that they do not trust.
const UNTRUSTED: &[&[&str]] = &[
    &["certificate signed by unknown authority"],
    &["unable to get local issuer certificate"],
    &["certificate_verify_failed"],
    &["ssl certificate problem"],
    &["pkix path building failed"],
    &["self-signed certificate in certificate chain"],
    &["self signed certificate in certificate chain"],
    &["error setting certificate verify locations"],
    &["error setting certificate file"],
    &["failed to load system roots"],
];

fn no_ca(case: &Case<'_, '_>) -> Findings {
    // What the other side does not trust is not of this image.
    let said = lines::newest(case)
        .find(|line| lines::says(line, UNTRUSTED) && !line.contains("remote error"));
    let named: Vec<(&str, &str)> = NAMING
        .into_iter()
        .filter_map(|name| Some((name, env(case, name)?)))
        .filter(|(_, path)| path.starts_with('/'))
        .collect();
    let led = follow_all(
        case,
        &named
            .iter()
            .map(|(_, path)| (*path).to_owned())
            .collect::<Vec<_>>(),
    )?;
    let lacking: Vec<String> = named
        .iter()
        .zip(&led)
        .filter_map(|((name, path), led)| match &led.node {
            Found::Missing => Some(format!("{name}={path}, which is missing")),
            Found::Is(node) if node.size == 0 => Some(format!("{name}={path}, which is empty")),
            Found::Is(_) | Found::Unreadable(_) => None,
        })
        .collect();
    let bundle = match named.iter().any(|(name, _)| *name == "SSL_CERT_FILE") && lacking.is_empty()
    {
        true => Some(()),
        false => bundle(case)?,
    };
    let severity = match (said, lacking.is_empty(), bundle) {
        (Some(_), _, _) => log_severity(case),
        (None, false, _) if runs_well(case) => Severity::Note,
        (None, false, _) => Severity::Warning,
        (None, true, None) => Severity::Note,
        (None, true, Some(())) => return FINE,
    };
    let meaning = match (lacking.is_empty(), bundle) {
        (false, _) => {
            "A variable names the certificates to trust, and they are not there: TLS connections to others fail."
        }
        (true, None) => {
            "There are no certificates to trust: TLS connections to others fail. Fine for a program that makes none."
        }
        (true, Some(())) => {
            "A certificate was refused although there is a bundle: one of a private authority that is not in it."
        }
    };
    let draft = Draft::new("NO_CA", severity, meaning)
        .see_all(said.map(lines::quoted))
        .see_all(&lacking);
    let draft = match bundle {
        None => draft.see_all(BUNDLES.iter().map(|path| format!("{path} is missing"))),
        Some(()) => draft,
    };
    match (lacking.is_empty(), bundle) {
        (true, Some(())) => draft.advise("add the authority: COPY --from=build the bundle that has it, and name it in SSL_CERT_FILE"),
        (_, None) => draft.advise("COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ (package ca-certificates-bundle)"),
        (false, Some(())) => draft.advise("bring the file, or leave the variable out: there is a bundle at the usual place"),
    }
    .done()
}

/// Whether a bundle stands at a usual place. The first decides in nearly all images, so it is asked alone.
fn bundle(case: &Case<'_, '_>) -> Option<Option<()>> {
    let [first, rest @ ..] = BUNDLES;
    if case.look.follow(first)?.file().is_some() {
        return Some(Some(()));
    }
    let led = follow_all(case, &rest.map(String::from))?;
    Some(
        led.iter()
            .any(|led| led.node != Found::Missing)
            .then_some(()),
    )
}

/// Whether the program brings its own data of zones and locales, or needs none.
fn brings_own(case: &Case<'_, '_>) -> bool {
    let first = case.argv.first().map(|word| base(word)).unwrap_or_default();
    ["node", "nodejs", "java"].contains(&first)
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
        None if brings_own(case) || runs_well(case) => Severity::Note,
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
        None if brings_own(case) || runs_well(case) => Severity::Note,
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

fn no_tmp(case: &Case<'_, '_>) -> Findings {
    let (named, dir) = scratch(case);
    let wish = named.map(|name| format!("{name}={dir}"));
    if mount_of(case, &dir).is_some() {
        return FINE;
    }
    let below = format!("{dir}/");
    let led = case.look.follow(&dir)?;
    let who = who(case);
    let proof = match (&led.node, &who) {
        (Found::Missing, _) => format!("{dir} is missing"),
        (Found::Is(_), Some(who)) => match access(case, who, &dir)? {
            Access::Denied(proof) => proof,
            Access::Granted | Access::Missing => return FINE,
        },
        (Found::Is(_) | Found::Unreadable(_), _) => return FINE,
    };
    let missing = led.node == Found::Missing;
    let refusals: &[&[&str]] = &[
        &["no such file"],
        &["permission denied"],
        &["not found"],
        &["no usable temporary"],
    ];
    let said = lines::newest(case).find(|line| {
        lines::says(line, refusals)
            && (line.contains(&below) || line.contains("temporary directory"))
    });
    let argument = case
        .argv
        .iter()
        .skip(1)
        .find(|word| word.starts_with(&below) || word.contains(&format!("={below}")));
    let severity = match (said, wish.is_some() || argument.is_some() || !missing) {
        (Some(_), _) => log_severity(case),
        (None, true) if !runs_well(case) => Severity::Warning,
        (None, _) => Severity::Note,
    };
    let meaning = match missing {
        true => format!(
            "{dir} is missing: a program that makes temporary files fails. Fine for one that makes none."
        ),
        false => format!(
            "{dir} is there, but closed to the user: a program that makes temporary files fails."
        ),
    };
    Draft::new("NO_TMP", severity, &meaning)
        .see_all(said.map(lines::quoted))
        .see(proof)
        .see_all(wish)
        .see_all(argument.map(|word| format!("an argument is {word}")))
        .advise(format!("docker run --tmpfs {dir}"))
        .advise(format!(
            "or bring it: COPY --chmod=1777 an empty directory to {dir}"
        ))
        .done()
}

#[cfg(test)]
mod tests;
