//! What docker's own configuration folder says: `config.json` and the contexts beside it.
//!
//! Formats as the docker command writes them: `docker context create`, `docker login`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use crate::domain::error::{Error, ErrorKind, Result};

use super::error::plain;

/// The largest file of the folder that is read, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The most contexts that are looked at.
const MOST: usize = 1000;

/// The parts of `config.json` that concern devtwin; absent and null count as empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Settings {
    /// The context that `docker context use` chose.
    #[serde(deserialize_with = "or_default")]
    pub(super) current_context: String,
    /// Logins by registry, as `docker login` wrote them.
    #[serde(deserialize_with = "or_default")]
    pub(super) auths: BTreeMap<String, Entry>,
    /// Helper for all registries: `pass` means the program `docker-credential-pass`.
    #[serde(deserialize_with = "or_default")]
    pub(super) creds_store: String,
    /// Helpers by registry.
    #[serde(deserialize_with = "or_default")]
    pub(super) cred_helpers: BTreeMap<String, String>,
}

/// One login of `auths`. Its `Debug` tells no secret.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    /// `user:password` in base64.
    #[serde(deserialize_with = "or_default")]
    pub(super) auth: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) username: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) password: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) identitytoken: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) registrytoken: String,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entry(masked)")
    }
}

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    d: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(d)?.unwrap_or_default())
}

impl Settings {
    /// Reads `config.json` of `folder`; empty when there is none. Fails with `Usage` on one that cannot be read.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("config.json");
        let Some(text) = contents(&path)? else {
            return Ok(Self::default());
        };
        serde_json::from_str(&text).map_err(|e| {
            // serde quotes what it met, which may be a secret: only the place is told.
            let what = format!(
                "{} is not what docker writes: line {}",
                path.display(),
                e.line()
            );
            Error::new(ErrorKind::Usage, what)
                .hint("mend the file, or name another folder with DOCKER_CONFIG")
        })
    }
}

/// Text of a file; none where it does not exist.
fn contents(path: &Path) -> Result<Option<String>> {
    let read = || {
        let mut text = String::new();
        File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
        Ok::<_, io::Error>(text)
    };
    match read() {
        Ok(text) => Ok(Some(text)),
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(e) => Err(Error::new(
            ErrorKind::Usage,
            format!("{} cannot be read: {e}", path.display()),
        )
        .hint("it is docker's own; DOCKER_CONFIG names another folder")),
    }
}

/// A docker context, as far as it concerns the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    /// Where the engine is, in docker's forms.
    pub(super) host: String,
    /// The server's certificate is not to be checked.
    pub(super) skip_verify: bool,
    /// Folder of `ca.pem`, `cert.pem` and `key.pem`; any of them may be missing.
    pub(super) material: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    name: String,
    #[serde(default)]
    endpoints: BTreeMap<String, MetaEndpoint>,
}

#[derive(Deserialize)]
struct MetaEndpoint {
    #[serde(rename = "Host", default, deserialize_with = "or_default")]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_verify: bool,
}

/// The context of that name in `folder`. docker names a context's folder by a hash of its name; each has
/// its name inside, too, so they are read one by one.
pub(super) fn context(folder: &Path, name: &str) -> Result<Context> {
    let mut known = vec!["default".to_owned()];
    for dir in folders(&folder.join("contexts").join("meta")) {
        let Some(text) = contents(&dir.join("meta.json"))? else {
            continue;
        };
        let Ok(meta) = serde_json::from_str::<Meta>(&text) else {
            tracing::debug!(dir = %dir.display(), "a context that could not be read");
            continue;
        };
        if meta.name != name {
            known.push(plain(&meta.name));
            continue;
        }
        let Some(endpoint) = meta.endpoints.get("docker").filter(|e| !e.host.is_empty()) else {
            let what = format!("the docker context {} names no engine", plain(name));
            return Err(
                Error::new(ErrorKind::Usage, what).hint("`docker context inspect` shows it")
            );
        };
        let material = match dir.file_name() {
            Some(id) => folder.join("contexts").join("tls").join(id).join("docker"),
            None => PathBuf::new(),
        };
        return Ok(Context {
            host: endpoint.host.clone(),
            skip_verify: endpoint.skip_verify,
            material,
        });
    }
    let what = format!(
        "there is no docker context {} in {}",
        plain(name),
        folder.display()
    );
    Err(Error::new(ErrorKind::Usage, what).hint(format!(
        "there are: {}; `docker context ls` tells where they lead",
        known.join(", ")
    )))
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().take(MOST);
    let mut found: Vec<_> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_null_parts_are_empty_and_no_secret_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Settings::read(dir.path()).unwrap().auths.is_empty());
        let write = |text: &str| std::fs::write(dir.path().join("config.json"), text).unwrap();
        write(
            r#"{"auths":null,"credsStore":null,"HttpHeaders":{"a":"b"},"currentContext":"prod"}"#,
        );
        let settings = Settings::read(dir.path()).unwrap();
        assert_eq!(
            (
                settings.current_context.as_str(),
                settings.creds_store.as_str()
            ),
            ("prod", "")
        );
        write(r#"{"auths":{"r.example":{"auth":"c2VjcmV0","password":"hush"}}}"#);
        let shown = format!("{:?}", Settings::read(dir.path()).unwrap());
        assert!(
            !shown.contains("hush") && !shown.contains("c2VjcmV0"),
            "{shown}"
        );
        write(r#"{"auths":{"r.example":"hush"}}"#);
        let error = Settings::read(dir.path()).unwrap_err();
        assert!(
            error.message.contains("line 1") && !error.message.contains("hush"),
            "{error}"
        );
    }

    #[test]
    fn contexts_are_found_by_the_name_inside() {
        let dir = tempfile::tempdir().unwrap();
        let meta = dir.path().join("contexts/meta");
        for (id, text) in [
            (
                "aa",
                r#"{"Name":"prod","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://h:2376","SkipTLSVerify":true}}}"#,
            ),
            (
                "bb",
                r#"{"Name":"kube","Endpoints":{"kubernetes":{"Host":"x"}}}"#,
            ),
            ("cc", "not json"),
        ] {
            std::fs::create_dir_all(meta.join(id)).unwrap();
            std::fs::write(meta.join(id).join("meta.json"), text).unwrap();
        }
        let prod = context(dir.path(), "prod").unwrap();
        assert_eq!(
            (prod.host.as_str(), prod.skip_verify),
            ("tcp://h:2376", true)
        );
        assert_eq!(prod.material, dir.path().join("contexts/tls/aa/docker"));
        assert!(
            context(dir.path(), "kube")
                .unwrap_err()
                .message
                .contains("names no engine")
        );
        let missing = context(dir.path(), "../x").unwrap_err();
        assert_eq!(missing.kind, ErrorKind::Usage);
        assert!(missing.hint.unwrap().contains("default, prod, kube"));
    }
}
