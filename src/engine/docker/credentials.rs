//! Logins for registries: where docker keeps them (`config.json`), and the helper programs that hold them.
//!
//! The helpers' protocol is that of docker's own: `docker-credential-NAME get`, the registry on its input,
//! `{"Username": …, "Secret": …}` on its output; the user `<token>` means that the secret is an identity token.
//! Nothing of a login is printed or logged: [`Login`]'s `Debug` is masked, a helper's output is never quoted.

mod helpers;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bollard::auth::DockerCredentials;
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::domain::error::{Error, ErrorKind, Result};

use super::error::plain;
use super::settings::{Entry, Settings};

pub(super) use helpers::Helpers;

/// How long a helper may take: some ask a server, and some would wait for a person for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most that is read of a helper's answer, in bytes; tokens have some kilobytes.
const LONGEST: u64 = 256 * 1024;

/// What docker calls Docker Hub in `config.json`.
const HUB: &str = "https://index.docker.io/v1/";

/// Other names of it that people write there.
const HUB_NAMES: [&str; 3] = ["index.docker.io", "docker.io", "registry-1.docker.io"];

/// The user of an identity token.
const TOKEN_USER: &str = "<token>";

/// A login. Its `Debug` tells no secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Login {
    username: String,
    password: String,
    identity: String,
    registry_token: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(masked)")
    }
}

impl Login {
    /// User and password as an `Authorization` header takes them; none for one without a password.
    pub(super) fn basic(&self) -> Option<String> {
        let text = format!("{}:{}", self.username, self.password);
        let there = !self.username.is_empty() && !self.password.is_empty();
        there.then(|| {
            format!(
                "Basic {}",
                base64::engine::general_purpose::STANDARD.encode(text)
            )
        })
    }

    /// As an entry of `auths` has it.
    #[cfg(test)]
    pub(super) fn of_json(text: &str) -> Self {
        login(&serde_json::from_str(text).unwrap()).unwrap()
    }

    /// What is traded in for a token.
    pub(super) fn identity(&self) -> Option<&str> {
        Some(self.identity.as_str()).filter(|t| !t.is_empty())
    }

    /// A token for the registry itself.
    pub(super) fn registry_token(&self) -> Option<&str> {
        Some(self.registry_token.as_str()).filter(|t| !t.is_empty())
    }
}

/// What there is for one registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The login, if there is one.
    pub(super) login: Option<Login>,
    /// Where it is from, as a person would look for it; also when it could not be had.
    pub(super) from: Option<String>,
    /// Why it could not be had, and what to try.
    pub(super) trouble: Option<(String, String)>,
}

impl Found {
    /// The login in bollard's words; none to ask as anybody.
    pub(super) fn credentials(&self, host: &str) -> Option<DockerCredentials> {
        let login = self.login.as_ref()?;
        let some = |text: &String| Some(text.clone()).filter(|t| !t.is_empty());
        Some(DockerCredentials {
            username: some(&login.username),
            password: some(&login.password),
            auth: None,
            email: None,
            serveraddress: Some(key(host).to_owned()),
            identitytoken: some(&login.identity),
            registrytoken: some(&login.registry_token),
        })
    }
}

/// The registry of a reference, as a login names it; `docker.io` when the reference names none.
pub(super) fn registry(reference: &str) -> &str {
    match reference.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        Some(_) | None => "docker.io",
    }
}

/// The name under which docker keeps a registry's login.
fn key(host: &str) -> &str {
    if HUB_NAMES.contains(&host) { HUB } else { host }
}

/// The names under which a login for `host` may stand, docker's own first.
fn names(host: &str) -> Vec<&str> {
    let mut names = vec![key(host)];
    if key(host) == HUB {
        names.extend(HUB_NAMES);
    }
    names
}

/// Looks for the login for the registry `host` in docker's `folder`: by the helper of that registry, by the helper of
/// all registries, in the file itself. Every failure ends in none and a word about it.
pub(super) async fn find(folder: Option<&Path>, helpers: &Helpers, host: &str) -> Found {
    let Some(folder) = folder else {
        return Found::default();
    };
    let settings = match Settings::read(folder) {
        Ok(settings) => settings,
        Err(error) => {
            return Found {
                trouble: Some((error.message, error.hint.unwrap_or_default())),
                ..Found::default()
            };
        }
    };
    let mut found = match helper(&settings, host) {
        Some(name) => helpers.ask(folder, name, key(host)).await,
        None => Found::default(),
    };
    if found.login.is_none()
        && let Some(login) = stored(&settings, host)
    {
        found = Found {
            login: Some(login),
            from: Some(format!("auths in {}", folder.join("config.json").display())),
            trouble: None,
        };
    }
    if let Some((why, _)) = &found.trouble {
        tracing::warn!(registry = plain(host), why, "no login");
    }
    found
}

/// The helper that holds the login of `host`.
fn helper<'a>(settings: &'a Settings, host: &str) -> Option<&'a str> {
    let own = names(host)
        .into_iter()
        .find_map(|name| settings.cred_helpers.get(name));
    own.or(Some(&settings.creds_store))
        .map(String::as_str)
        .filter(|name| !name.is_empty())
}

/// The login of `host` in the file itself.
fn stored(settings: &Settings, host: &str) -> Option<Login> {
    let exact = names(host)
        .into_iter()
        .find_map(|name| settings.auths.get(name));
    let entry = exact.or_else(|| {
        // Old versions of docker wrote whole addresses.
        let same = |name: &str| names(host).contains(&bare(name));
        settings
            .auths
            .iter()
            .find(|(name, _)| same(name))
            .map(|(_, entry)| entry)
    })?;
    login(entry)
}

/// The host of an address.
fn bare(name: &str) -> &str {
    let rest = name.split_once("://").map_or(name, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn login(entry: &Entry) -> Option<Login> {
    let mut login = Login {
        username: entry.username.clone(),
        password: entry.password.clone(),
        identity: entry.identitytoken.clone(),
        registry_token: entry.registrytoken.clone(),
    };
    if let Some((username, password)) = decode(&entry.auth) {
        (login.username, login.password) = (username, password);
    }
    if !login.identity.is_empty() {
        login.password.clear();
    }
    (login != Login::default()).then_some(login)
}

/// `user:password` of its base64, padded or not.
fn decode(auth: &str) -> Option<(String, String)> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&STANDARD, lenient)
        .decode(auth.trim())
        .ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username", default)]
    username: String,
    #[serde(rename = "Secret", default)]
    secret: String,
}

/// Asks the helper `name` for the login that it keeps under `key`.
async fn by_helper(name: &str, key: &str, patience: Duration) -> Found {
    let shown = plain(name);
    let program = format!("docker-credential-{name}");
    let from = Some(format!("docker-credential-{shown}"));
    let wrong = |why: &str| Found {
        login: None,
        from: from.clone(),
        trouble: Some((
            format!("docker-credential-{shown} {why}"),
            format!(
                "try by hand: `echo {} | docker-credential-{shown} get`",
                plain(key)
            ),
        )),
    };
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if !name.bytes().all(known) {
        return wrong("is no name of a helper");
    }
    let output = match tokio::time::timeout(patience, run(&program, key)).await {
        Ok(Ok(output)) => output,
        Ok(Err(e)) if e.kind() == io::ErrorKind::NotFound => {
            return wrong("is not installed, or not in PATH");
        }
        Ok(Err(e)) => return wrong(&format!("cannot be run: {e}")),
        Err(_) => {
            return wrong(&format!(
                "did not answer within {} seconds",
                patience.as_secs()
            ));
        }
    };
    let text = String::from_utf8_lossy(&output.text);
    if !output.success {
        // The one failure that docker's protocol names.
        if text.to_lowercase().contains("credentials not found") {
            return Found {
                login: None,
                from,
                trouble: None,
            };
        }
        return wrong("failed");
    }
    let Ok(answer) = serde_json::from_str::<Answer>(&text) else {
        return wrong("gave an answer that is no login");
    };
    let login = if answer.username == TOKEN_USER {
        Login {
            identity: answer.secret,
            username: answer.username,
            ..Login::default()
        }
    } else {
        Login {
            username: answer.username,
            password: answer.secret,
            ..Login::default()
        }
    };
    Found {
        login: Some(login).filter(|l| *l != Login::default()),
        from,
        trouble: None,
    }
}

struct Said {
    success: bool,
    text: Vec<u8>,
}

async fn run(program: &str, key: &str) -> io::Result<Said> {
    let mut command = Command::new(program);
    command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    // One that would ask on the terminal is stopped by the system instead, and given up.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let tell = async {
        if let Some(mut input) = input {
            // One that does not read its input may still answer.
            let _ = input.write_all(key.as_bytes()).await;
        }
    };
    let hear = async {
        let mut text = Vec::new();
        if let Some(output) = output {
            output.take(LONGEST).read_to_end(&mut text).await?;
        }
        Ok::<_, io::Error>(text)
    };
    let ((), text) = tokio::join!(tell, hear);
    let text = text?;
    let status = child.wait().await?;
    Ok(Said {
        success: status.success(),
        text,
    })
}

/// The registries for which docker's `folder` has a login, each with where that is; never the login itself. Fails when
/// `config.json` cannot be read, or names a helper that is in no folder of `search` (PATH).
pub fn logins(folder: Option<&Path>, search: &[PathBuf]) -> Result<Vec<String>> {
    let Some(folder) = folder else {
        return Ok(Vec::new());
    };
    let settings = Settings::read(folder)?;
    let mut told = Vec::new();
    let mut missing = Vec::new();
    let mut helper = |name: &str, of: String| {
        let program = format!("docker-credential-{}", plain(name));
        if !search.iter().any(|dir| dir.join(&program).is_file()) {
            missing.push(program.clone());
        }
        told.push(format!("{of} by {program}"));
    };
    for (host, name) in &settings.cred_helpers {
        helper(name, plain(host));
    }
    if !settings.creds_store.is_empty() {
        helper(&settings.creds_store, "all others".into());
    }
    let stored = settings
        .auths
        .iter()
        .filter(|(_, entry)| login(entry).is_some());
    told.extend(stored.map(|(host, _)| format!("{} in auths", plain(host))));
    if missing.is_empty() {
        return Ok(told);
    }
    missing.dedup();
    let what = format!(
        "{} is named in {} and not in PATH",
        missing.join(", "),
        folder.join("config.json").display()
    );
    Err(Error::new(ErrorKind::Engine, what).hint("install it, or take the line out and `docker login` again; until then those registries are asked without a login"))
}
