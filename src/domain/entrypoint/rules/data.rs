//! Files that programs expect beside themselves: certificates, time zones, locales, a place for scratch.

use super::Rule;
use super::kit::{Draft, FINE, Findings, env, follow_all, log_severity, mount_of};
use super::lines;
use super::who::{Access, access, scratch, who};
use crate::domain::entrypoint::{Case, Severity};
use crate::domain::fs::{Found, Known};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "NO_CA",
        title: "No certificates to trust",
        how: "SSL_CERT_FILE or its like names a file that is missing or empty; no bundle at the usual places (note); log lines of refused certificates.",
        check: no_ca,
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

const BRING: &str = "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ (package ca-certificates-bundle)";

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
    let named_there = lacking.is_empty() && named.iter().any(|(name, _)| *name == "SSL_CERT_FILE");
    let bundle = named_there || has_bundle(case)?;
    let severity = match (said, lacking.is_empty(), bundle) {
        (Some(_), _, _) => log_severity(case),
        (None, false, _) => Severity::Warning,
        (None, true, false) => Severity::Note,
        (None, true, true) => return FINE,
    };
    let (meaning, advice) = match (lacking.is_empty(), bundle) {
        (false, true) => (
            "A variable names the certificates to trust, and they are not there: TLS connections to others fail.",
            "bring the file, or leave the variable out: there is a bundle at the usual place",
        ),
        (false, false) => (
            "A variable names the certificates to trust, and they are not there: TLS connections to others fail.",
            BRING,
        ),
        (true, false) => (
            "There are no certificates to trust: TLS connections to others fail. Fine for a program that makes none.",
            BRING,
        ),
        (true, true) => (
            "A certificate was refused although there is a bundle: one of a private authority that is not in it.",
            "add the authority: COPY --from=build the bundle that has it, and name it in SSL_CERT_FILE",
        ),
    };
    let draft = Draft::new("NO_CA", severity, meaning)
        .see_all(said.map(lines::quoted))
        .see_all(&lacking);
    let draft = if bundle {
        draft
    } else {
        draft.see_all(BUNDLES.iter().map(|path| format!("{path} is missing")))
    };
    draft.advise(advice).done()
}

/// Whether a bundle stands at a usual place, as far as can be said. The first decides in nearly all images,
/// so it is asked alone.
fn has_bundle(case: &Case<'_, '_>) -> Known<bool> {
    let [first, rest @ ..] = BUNDLES;
    if case.look.follow(first)?.node != Found::Missing {
        return Some(true);
    }
    let led = follow_all(case, &rest.map(String::from))?;
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
        (None, true) => Severity::Warning,
        (None, false) => Severity::Note,
    };
    let meaning = if missing {
        format!(
            "{dir} is missing: a program that makes temporary files fails. Fine for one that makes none."
        )
    } else {
        format!(
            "{dir} is there, but closed to the user: a program that makes temporary files fails."
        )
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
