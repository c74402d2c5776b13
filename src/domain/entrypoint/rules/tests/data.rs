use super::super::super::tests::{dynamic_elf, static_elf};
use super::super::testing::Scene;

const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

#[test]
fn certificates_that_are_missing() {
    let found = Scene::web()
        .env("SSL_CERT_FILE", "/etc/pki/company.pem")
        .warns("NO_CA");
    assert_eq!(
        found.evidence,
        ["SSL_CERT_FILE=/etc/pki/company.pem, which is missing"]
    );
    Scene::web().env("SSL_CERT_FILE", BUNDLE).lacks("NO_CA");
    Scene::web().lacks("NO_CA");
    Scene::web().without(BUNDLE).notes("NO_CA");
    let elsewhere = Scene::web()
        .without(BUNDLE)
        .root(|root| root.file("/etc/pki/tls/certs/ca-bundle.crt", 0o644, ""));
    elsewhere.lacks("NO_CA");
}

#[test]
fn certificates_that_were_refused() {
    let line = "Get \"https://api/\": x509: certificate signed by unknown authority";
    let found = Scene::web().without(BUNDLE).ended(1, &[line]).errs("NO_CA");
    assert!(found.meaning.contains("no certificates"), "{found:?}");
    assert!(
        Scene::web()
            .ended(1, &[line])
            .errs("NO_CA")
            .meaning
            .contains("private authority")
    );
    Scene::web().runs().said(&[line]).warns("NO_CA");
    // Somebody else does not trust ours.
    let other = "remote error: tls: certificate signed by unknown authority";
    Scene::web().runs().said(&[other]).lacks("NO_CA");
}

#[test]
fn a_zone_without_data() {
    let found = Scene::web().env("TZ", "Europe/Berlin").warns("NO_TZDATA");
    assert_eq!(
        found.evidence,
        [
            "TZ=Europe/Berlin",
            "/usr/share/zoneinfo/Europe/Berlin is missing"
        ]
    );
    let there = Scene::web()
        .env("TZ", "Europe/Berlin")
        .root(|root| root.file("/usr/share/zoneinfo/Europe/Berlin", 0o644, ""));
    there.lacks("NO_TZDATA");
    for zone in [
        "UTC",
        "Etc/UTC",
        "",
        "GMT",
        "CET-1CEST",
        "<+03>-3",
        "/etc/localtime",
    ] {
        Scene::web().env("TZ", zone).lacks("NO_TZDATA");
    }
    let node = Scene::image(&["/usr/bin/node", "/app/x.js"], &[])
        .root(|root| root.elf("/usr/bin/node", static_elf()));
    node.env("TZ", "Europe/Berlin").notes("NO_TZDATA");
    Scene::web()
        .ended(1, &["unknown time zone Europe/Berlin"])
        .errs("NO_TZDATA");
}

fn glibc() -> Scene {
    let loader = "/lib64/ld-linux-x86-64.so.2";
    Scene::image(&["/app/x"], &[]).root(|root| {
        root.elf("/app/x", dynamic_elf(Some(loader), &[]))
            .elf(loader, static_elf())
    })
}

#[test]
fn a_locale_without_data() {
    glibc().env("LC_ALL", "en_US.UTF-8").warns("NO_LOCALE");
    for safe in ["C.UTF-8", "C", "POSIX", "C.utf8"] {
        glibc().env("LANG", safe).lacks("NO_LOCALE");
    }
    for path in [
        "/usr/lib/locale/locale-archive",
        "/usr/lib/locale/en_US.utf8",
    ] {
        glibc()
            .env("LANG", "en_US.UTF-8")
            .root(|root| root.dir(path, 0o755))
            .lacks("NO_LOCALE");
    }
    // Static programs and musl need none.
    Scene::web().env("LANG", "en_US.UTF-8").lacks("NO_LOCALE");
    let line = "bash: warning: setlocale: LC_ALL: cannot change locale (en_US.UTF-8)";
    glibc().runs().said(&[line]).warns("NO_LOCALE");
    glibc()
        .ended(1, &["locale.Error: unsupported locale setting"])
        .errs("NO_LOCALE");
}

#[test]
fn no_place_for_temporary_files() {
    let without = || Scene::web().without("/tmp");
    without().notes("NO_TMP");
    Scene::web().lacks("NO_TMP");
    without().env("TMPDIR", "/tmp").warns("NO_TMP");
    Scene::web().env("TMPDIR", "/scratch").warns("NO_TMP");
    without()
        .config(|config| config.cmd = vec!["--upload=/tmp/x".into()])
        .warns("NO_TMP");
    let line = "open /tmp/upload-1: no such file or directory";
    without().ended(1, &[line]).errs("NO_TMP");
    Scene::web().ended(1, &[line]).lacks("NO_TMP");
    without()
        .runs()
        .container(|target| target.tmpfs.push("/tmp".into()))
        .lacks("NO_TMP");
    Scene::web()
        .root(|root| root.dir("/tmp", 0o755))
        .warns("NO_TMP");
    Scene::web()
        .root(|root| root.dir("/tmp", 0o755))
        .user("0")
        .lacks("NO_TMP");
    let closed = Scene::web()
        .root(|root| root.dir("/tmp", 0o755))
        .ended(1, &["open /tmp/x: permission denied"]);
    closed.errs("NO_TMP");
}
