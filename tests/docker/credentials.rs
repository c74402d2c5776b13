//! A registry with a password, entered by each of the ways in which docker keeps logins; a wrong one is told, and no
//! secret is ever printed or logged.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::docker::{self, Image};
use crate::support::registry::{Registry, USER};
use crate::support::remote::Certificates;
use crate::support::{Container, devtwin_path, stderr, stdout};

const WEB: &str = "acme/web:1.4";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";

/// In base64 it has characters that are not safe in a URL, which engines would not read.
const PASSWORD: &str = "hush>?~~~hush???";
const WRONG: &str = "loud>?~~~loud???";

/// A folder as docker's, with helpers of its own in `bin`.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.json"), config).unwrap();
        std::fs::create_dir(dir.path().join("bin")).unwrap();
        Self(dir)
    }

    /// A helper that runs `script` with the registry it is asked for in `$server`.
    fn helper(self, name: &str, script: &str) -> Self {
        let path = self
            .0
            .path()
            .join("bin")
            .join(format!("docker-credential-{name}"));
        let text = format!("#!/bin/sh\ntest \"$1\" = get || exit 9\nserver=$(cat)\n{script}\n");
        std::fs::write(&path, text).unwrap();
        let made = Command::new("chmod")
            .arg("755")
            .arg(&path)
            .status()
            .unwrap();
        assert!(made.success());
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// What a helper answers for one registry.
fn answers(host: &str, user: &str, secret: &str) -> String {
    format!(
        "test \"$server\" = '{host}' || {{ echo 'credentials not found in native keychain'; exit 1; }}\n\
         echo '{{\"ServerURL\":\"{host}\",\"Username\":\"{user}\",\"Secret\":\"{secret}\"}}'"
    )
}

fn auths(host: &str, password: &str) -> String {
    let auth = STANDARD.encode(format!("{USER}:{password}"));
    format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"}}}}}}"#)
}

/// Runs a command in a twin of the image, which is always pulled; everything is logged.
fn pull(folder: &Folder, image: &str, target: &Container) -> Output {
    pull_with(
        folder,
        &[
            "exec",
            "--image",
            image,
            "--pull",
            "always",
            target.name(),
            "--",
            "echo",
            "pulled",
        ],
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own programs come before the machine's"
)]
fn pull_with(folder: &Folder, args: &[&str]) -> Output {
    let path = std::env::var("PATH").unwrap();
    let output = Command::new(devtwin_path())
        .args(args)
        .env("DOCKER_CONFIG", folder.path())
        .env(
            "PATH",
            format!("{}:{path}", folder.path().join("bin").display()),
        )
        .env("XDG_STATE_HOME", folder.path().join("state"))
        .env("DEVTWIN_LOG", "trace")
        .output()
        .unwrap();
    tells_no_secret(folder, &output);
    output
}

/// Neither the password nor any form in which it travels stands in the output or the log.
#[track_caller]
fn tells_no_secret(folder: &Folder, output: &Output) {
    let log = folder.path().join("state/devtwin");
    let mut texts = vec![stdout(output), stderr(output)];
    for file in std::fs::read_dir(log).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            texts.push(String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned());
        }
    }
    assert!(
        texts.iter().skip(2).any(|log| !log.is_empty()),
        "something is logged"
    );
    for password in [PASSWORD, WRONG] {
        for secret in [
            password.to_owned(),
            STANDARD.encode(password),
            STANDARD.encode(format!("{USER}:{password}")),
        ] {
            assert!(
                texts.iter().all(|text| !text.contains(&secret)),
                "{secret} in {texts:?}"
            );
        }
    }
}

/// A registry that has the dev image, a reference to it, and a target.
struct Scene {
    registry: Registry,
    image: String,
    target: Container,
    _pulled: Image,
}

fn scene() -> Scene {
    let registry = Registry::start(Some(PASSWORD));
    let image = registry.reference("acme/web:latest-dev");
    let pulled = Image::tag(DEV, &image);
    let own = Folder::new(&auths(&registry.host, PASSWORD));
    docker::ok(&[
        "--config",
        own.path().to_str().unwrap(),
        "push",
        "-q",
        &image,
    ]);
    docker::ok(&["rmi", &image]);
    let target = Container::run(WEB, &[], &[]);
    Scene {
        registry,
        image,
        target,
        _pulled: pulled,
    }
}

#[test]
fn a_login_is_found_in_the_file_in_the_store_and_by_a_helper_of_its_own() {
    let scene = scene();
    let host = scene.registry.host.as_str();
    let of_one = format!(r#"{{"credsStore":"none-such","credHelpers":{{"{host}":"one"}}}}"#);
    for folder in [
        Folder::new(&auths(host, PASSWORD)),
        Folder::new(r#"{"credsStore":"all"}"#).helper("all", &answers(host, USER, PASSWORD)),
        Folder::new(&of_one).helper("one", &answers(host, USER, PASSWORD)),
        // A store that does not have it, and the file that does.
        Folder::new(&auths(host, PASSWORD).replacen('{', r#"{"credsStore":"all","#, 1))
            .helper("all", &answers("other", "", "")),
    ] {
        let out = pull(&folder, &scene.image, &scene.target);
        assert_eq!(
            (stdout(&out).as_str(), out.status.code()),
            ("pulled\n", Some(0)),
            "{}",
            stderr(&out)
        );
        docker::ok(&["rmi", &scene.image]);
    }
}

#[test]
fn a_wrong_password_is_status_five_with_what_to_do_and_no_login_is_status_four() {
    let scene = scene();
    let host = scene.registry.host.as_str();
    let again = format!("docker login {host}");
    for folder in [
        Folder::new(&auths(host, WRONG)),
        Folder::new(r#"{"credsStore":"all"}"#).helper("all", &answers(host, USER, WRONG)),
    ] {
        let out = pull(&folder, &scene.image, &scene.target);
        let said = stderr(&out);
        assert_eq!(out.status.code(), Some(5), "{said}");
        assert!(
            said.contains("was refused") && said.contains(&again),
            "{said}"
        );
        assert!(
            said.contains("auths in") || said.contains("docker-credential-all"),
            "{said}"
        );
    }
    // Also where nothing is pulled yet: the dev image is only looked for.
    let production = scene.registry.reference("acme/web:latest");
    let named = Image::tag("acme/bare:1", &production);
    let of_it = Container::create(named.name(), &[], &[]);
    let out = pull_with(
        &Folder::new(&auths(host, WRONG)),
        &["resolve", of_it.name()],
    );
    let said = stderr(&out);
    assert_eq!(out.status.code(), Some(5), "{said}");
    assert!(
        said.contains("was refused") && said.contains(&again),
        "{said}"
    );
    let out = pull(&Folder::new("{}"), &scene.image, &scene.target);
    assert_eq!(out.status.code(), Some(4), "{}", stderr(&out));
    assert!(stderr(&out).contains(&again), "{}", stderr(&out));
    let filter = format!("label=dev.devtwin.target={}", scene.target.id());
    assert_eq!(docker::ok(&["ps", "-aq", "--filter", &filter]), "");
}

#[test]
fn a_helper_that_is_missing_hangs_or_fails_is_told_and_doctor_knows_it() {
    let scene = scene();
    let failing = "echo '{\"Secret\":\"hush>?~~~hush???\"}'; exit 3";
    for (folder, what) in [
        (
            Folder::new(r#"{"credsStore":"none-such"}"#),
            "is not installed, or not in PATH",
        ),
        (
            Folder::new(r#"{"credsStore":"slow"}"#).helper("slow", "exec sleep 1000"),
            "did not answer within 10 seconds",
        ),
        (
            Folder::new(r#"{"credsStore":"bad"}"#).helper("bad", failing),
            "docker-credential-bad failed",
        ),
        (
            Folder::new(r#"{"credsStore":"odd"}"#).helper("odd", "echo hush"),
            "gave an answer that is no login",
        ),
    ] {
        let start = Instant::now();
        let out = pull(&folder, &scene.image, &scene.target);
        let said = stderr(&out);
        assert!(
            start.elapsed() < Duration::from_secs(40),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(out.status.code(), Some(5), "{said}");
        assert!(
            said.contains(what) && said.contains("try by hand: `echo "),
            "{said}"
        );
    }
    let folder = Folder::new(r#"{"credsStore":"none-such"}"#);
    let doctor = stdout(&pull_with(&folder, &["doctor"]));
    assert!(
        doctor.contains("docker-credential-none-such is named in"),
        "{doctor}"
    );
}

/// A registry whose every dev tag is one of a single build: only its list leads to it.
fn with_builds(registry: &Registry, owner: &Folder) -> Container {
    let config = owner.path().to_str().unwrap();
    for tag in ["3.13-dev-202508221500", "3.13-dev-202508221545"] {
        let image = Image::tag(DEV, &registry.reference(&format!("chainguard/web:{tag}")));
        docker::ok(&["--config", config, "push", "-q", image.name()]);
    }
    let production = registry.reference("chainguard/web:3.13-202508221530");
    let named = Image::tag("acme/bare:1", &production);
    Container::create(named.name(), &[], &[])
}

/// The same helper, which notes that it was asked.
fn noting(folder: &Path, host: &str, secret: &str) -> String {
    let count = folder.join("asked");
    format!(
        "echo x >> {}\n{}",
        count.display(),
        answers(host, USER, secret)
    )
}

#[test]
fn a_list_of_tags_is_read_by_every_login_and_helpers_are_asked_once() {
    let registry = Registry::start(Some(PASSWORD));
    let host = registry.host.as_str();
    let target = with_builds(&registry, &Folder::new(&auths(host, PASSWORD)));
    let of_one = format!(r#"{{"credHelpers":{{"{host}":"one"}}}}"#);
    let counted = tempfile::tempdir().unwrap();
    for folder in [
        Folder::new(&auths(host, PASSWORD)),
        Folder::new(r#"{"credsStore":"all"}"#)
            .helper("all", &noting(counted.path(), host, PASSWORD)),
        Folder::new(&of_one).helper("one", &noting(counted.path(), host, PASSWORD)),
    ] {
        let out = pull_with(&folder, &["resolve", target.name()]);
        let said = stdout(&out);
        assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
        assert!(
            said.starts_with(&registry.reference("chainguard/web:3.13-dev-202508221545\n")),
            "{said}"
        );
        assert!(said.contains("tag list: 2 tags"), "{said}");
    }
    let asked = std::fs::read_to_string(counted.path().join("asked")).unwrap();
    assert_eq!(asked, "x\nx\n", "once in each run");
    // A login that is refused is told as before, and without one the list is only a line of what was tried.
    let out = pull_with(
        &Folder::new(&auths(host, WRONG)),
        &["resolve", target.name()],
    );
    assert_eq!(out.status.code(), Some(5), "{}", stderr(&out));
    let out = pull_with(&Folder::new("{}"), &["resolve", target.name()]);
    assert!(
        stdout(&out).contains("tag list not known: it wants a login"),
        "{}",
        stdout(&out)
    );
}

#[test]
fn a_list_of_tags_is_read_over_tls_by_an_authority_of_dockers_folder() {
    let certificates = Certificates::make();
    let registry = Registry::start_tls(PASSWORD, &certificates.server());
    let host = registry.host.as_str();
    let folder = Folder::new(&auths(host, PASSWORD));
    let target = with_builds(&registry, &folder);
    let trusted = folder.path().join(".config/docker/certs.d").join(host);
    for known in [false, true] {
        if known {
            std::fs::create_dir_all(&trusted).unwrap();
            std::fs::copy(certificates.server().join("ca.pem"), trusted.join("ca.crt")).unwrap();
        }
        let out = Command::new(devtwin_path())
            .args(["resolve", target.name()])
            .env("HOME", folder.path())
            .env("DOCKER_CONFIG", folder.path())
            .env("XDG_STATE_HOME", folder.path().join("state"))
            .output()
            .unwrap();
        let said = stdout(&out);
        assert_eq!(said.contains("tag list: 2 tags"), known, "{said}");
        if !known {
            // The first answer, to plain http, is what is told: a registry there usually speaks it.
            assert!(said.contains("tag list not known: status 400"), "{said}");
        }
    }
}
