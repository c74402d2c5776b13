//! What `config.toml` says for package managers: repositories and keys of the person's own, and proxies.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::var;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::{Setup, Setups};
use crate::domain::text::bounded;

/// The largest file that may be a public key, in bytes.
const MAX_KEY: u64 = 64 * 1024;

/// The word for "as devtwin's own environment has it".
const FROM_ENVIRONMENT: &str = "env";

/// The table `[packages]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Packages {
    /// Proxy for `http://`: a URL, `env`, or empty for none.
    pub http_proxy: Hidden,
    /// Proxy for `https://`.
    pub https_proxy: Hidden,
    /// Hosts that are reached without a proxy.
    pub no_proxy: Hidden,
    /// Name and password for repositories, as `HTTP_AUTH` takes them: `basic:*:user:password`.
    pub http_auth: Hidden,
    /// For apk.
    pub apk: Manager,
    /// For apt.
    pub apt: Manager,
    /// For dnf and microdnf.
    pub dnf: Manager,
}

/// A table `[packages.MANAGER]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Manager {
    /// Further repositories, as the manager's own files name them.
    pub repositories: Vec<Hidden>,
    /// Files that hold their public keys.
    pub keys: Vec<String>,
}

/// Text that is never printed or logged: it may hold a password.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "" } else { "***" })
    }
}

impl From<&str> for Hidden {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Packages {
    /// What package managers are to be told, by their ids. Reads the files of keys.
    ///
    /// # Errors
    /// `Usage` when a key's file cannot be read, when its name is relative, and when a repository or value
    /// has a control character, which would begin a line of its own in a manager's file.
    pub fn setups(&self) -> Result<Setups> {
        self.setups_from(
            &|name| var(name)?.into_string().ok(),
            dirs::home_dir().as_deref(),
        )
    }

    fn setups_from(
        &self,
        environment: &dyn Fn(&str) -> Option<String>,
        home: Option<&Path>,
    ) -> Result<Setups> {
        let env = self.env(environment)?;
        let mut setups = BTreeMap::new();
        for (id, manager) in [("apk", &self.apk), ("apt", &self.apt), ("dnf", &self.dnf)] {
            let place = format!("config.toml: packages.{id}");
            let mut setup = Setup {
                env: env.clone(),
                ..Setup::default()
            };
            for (at, Hidden(repository)) in manager.repositories.iter().enumerate() {
                plain(
                    &format!("{place}.repositories, entry {}", at + 1),
                    repository,
                )?;
                setup.repositories.push(repository.clone());
            }
            for path in &manager.keys {
                setup.keys.push(key(&format!("{place}.keys"), path, home)?);
            }
            setups.insert(id.to_owned(), setup);
        }
        Ok(setups)
    }

    /// The variables that were set, by the names that managers know them by.
    fn env(&self, environment: &dyn Fn(&str) -> Option<String>) -> Result<Vec<(String, String)>> {
        let mut env = Vec::new();
        for (name, Hidden(value)) in [
            ("http_proxy", &self.http_proxy),
            ("https_proxy", &self.https_proxy),
            ("no_proxy", &self.no_proxy),
            ("HTTP_AUTH", &self.http_auth),
        ] {
            let value = if value == FROM_ENVIRONMENT {
                let other = name.to_ascii_uppercase();
                environment(name).or_else(|| environment(&other))
            } else {
                Some(value.clone())
            };
            // Set to nothing is how a shell switches a proxy off.
            let Some(value) = value.filter(|value| !value.is_empty()) else {
                continue;
            };
            let key = name.to_ascii_lowercase();
            plain(&format!("config.toml: packages.{key}"), &value)?;
            env.push((name.to_owned(), value));
        }
        Ok(env)
    }
}

/// Refuses text that would be more than one line; the text itself is not shown.
fn plain(place: &str, text: &str) -> Result<()> {
    if !text.trim().is_empty() && !text.contains(char::is_control) {
        return Ok(());
    }
    let message = format!("{place} is empty, or has a control character in it");
    Err(Error::new(ErrorKind::Usage, message)
        .hint("write it on one line, as the manager's own file would have it"))
}

/// A public key: file name and content.
fn key(place: &str, path: &str, home: Option<&Path>) -> Result<(String, Vec<u8>)> {
    let wrong = |what: String| {
        let path = bounded(path, 200);
        Error::new(ErrorKind::Usage, format!("{place}: {path} {what}"))
            .hint("keys are files of this machine, by absolute path or from ~/ on")
    };
    let full = match path.strip_prefix("~/") {
        Some(rest) => home.map(|home| home.join(rest)),
        None => Some(PathBuf::from(path)).filter(|path| path.is_absolute()),
    };
    let full = full.ok_or_else(|| wrong("is no absolute path".into()))?;
    let name = full.file_name().and_then(|name| name.to_str());
    let name = name.filter(|name| !name.contains(char::is_control));
    let name =
        name.ok_or_else(|| wrong("has no name that a file in the twin could have".into()))?;
    let mut bytes = Vec::new();
    File::open(&full)
        .and_then(|file| file.take(MAX_KEY + 1).read_to_end(&mut bytes))
        .map_err(|e| wrong(format!("cannot be read: {e}")))?;
    if bytes.is_empty() || bytes.len() as u64 > MAX_KEY {
        return Err(wrong(format!("is no key: {} bytes", bytes.len())));
    }
    Ok((name.to_owned(), bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::Config;
    use crate::domain::packages::ALL;

    fn setups(text: &str) -> Result<Setups> {
        let config = Config::parse(text, "config.toml")?;
        let environment = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://user:pw@proxy:3128".to_owned()),
            "http_proxy" => Some("http://lower".to_owned()),
            "HTTP_PROXY" => Some("http://upper".to_owned()),
            "no_proxy" => Some(String::new()),
            _ => None,
        };
        config.packages.setups_from(&environment, None)
    }

    #[test]
    fn nothing_is_passed_on_unless_it_is_configured() {
        let setups = setups("").unwrap();
        let known: BTreeSet<&str> = ALL.iter().map(|manager| manager.id()).collect();
        let told: BTreeSet<&str> = setups.keys().map(String::as_str).collect();
        assert_eq!(told, known, "each manager has its table");
        assert!(setups.values().all(|setup| *setup == Setup::default()));
    }

    #[test]
    fn values_come_from_the_file_or_on_wish_from_the_environment() {
        let all = setups(
            "[packages]\nhttp_proxy = 'env'\nhttps_proxy = 'env'\nno_proxy = 'localhost,.corp'\n\
             http_auth = 'env'\n[packages.apk]\nrepositories = ['https://apk.corp/os', '/repo']\n",
        )
        .unwrap();
        let env = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        for id in ["apk", "apt", "dnf"] {
            assert_eq!(
                all[id].env,
                [
                    env("http_proxy", "http://lower"),
                    env("https_proxy", "http://user:pw@proxy:3128"),
                    env("no_proxy", "localhost,.corp"),
                ],
                "HTTP_AUTH is not in the environment"
            );
        }
        assert_eq!(all["apk"].repositories, ["https://apk.corp/os", "/repo"]);
        assert!(all["apt"].repositories.is_empty());
        let off = setups("[packages]\nno_proxy = 'env'\n").unwrap();
        assert!(off["apk"].env.is_empty());
    }

    #[test]
    fn keys_are_read_when_they_are_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("corp.rsa.pub");
        std::fs::write(&path, "KEY").unwrap();
        let text = format!("[packages.apk]\nkeys = ['{}']\n", path.display());
        let keys = &setups(&text).unwrap()["apk"].keys;
        assert_eq!(*keys, [("corp.rsa.pub".to_owned(), b"KEY".to_vec())]);

        std::fs::remove_file(&path).unwrap();
        let error = setups(&text).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(error.message.contains("packages.apk.keys: /"), "{error}");
        assert!(
            error.message.contains("corp.rsa.pub cannot be read"),
            "{error}"
        );
        std::fs::write(&path, "").unwrap();
        assert!(setups(&text).unwrap_err().message.contains("no key"));
        let relative = setups("[packages.apt]\nkeys = ['corp.gpg']\n").unwrap_err();
        assert!(relative.message.contains("corp.gpg is no absolute path"));
    }

    #[test]
    fn what_may_be_secret_is_in_no_message_and_no_log() {
        for text in [
            "[packages]\nhttp_auth = \"basic:*:me:hunter2\\nx\"\n",
            "[packages.apt]\nrepositories = [\"deb https://me:hunter2@corp x\\ny\"]\n",
        ] {
            let error = setups(text).unwrap_err();
            assert!(error.message.contains("control character"), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        let text =
            "[packages]\nhttp_auth = 'hunter2'\n[packages.apk]\nrepositories = ['hunter2']\n";
        let config = Config::parse(text, "config.toml").unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        let setups = config.packages.setups_from(&|_| None, None).unwrap();
        assert!(!format!("{setups:?}").contains("hunter2"), "{setups:?}");
    }

    #[test]
    fn an_unknown_manager_is_refused_with_its_line() {
        let error = setups("[packages.zypper]\nkeys = []\n").unwrap_err();
        assert!(
            error.message.contains("line 1: unknown field `zypper`"),
            "{error}"
        );
    }
}
