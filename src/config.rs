//! What the person set: defaults < `config.toml` < environment < flags.
//!
//! The only place that reads the environment. Flags are laid on top by `cli`; what package managers are told is
//! read by [`packages`].

pub mod packages;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind as IoKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, de};

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::Reference;
use crate::domain::plan::PullPolicy;

/// The most lines of history that a shell may keep; more costs memory for every shell.
pub const MAX_SCROLLBACK: usize = 100_000;

/// What can be set in `config.toml`; docs/guide/config.md explains each key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Chord that opens the palette in a shell, which gets every other key.
    pub leader: String,
    /// Lines of history that a shell keeps.
    #[serde(deserialize_with = "scrollback")]
    pub scrollback: usize,
    /// What becomes of a program's wish to set the clipboard: `ask`, `allow` or `deny`.
    pub clipboard: String,
    /// Whether text that the mouse has marked is copied at once.
    pub copy_on_select: bool,
    /// Name of the theme.
    pub theme: String,
    /// When to ask the registry for the dev image.
    #[serde(deserialize_with = "pull")]
    pub pull: PullPolicy,
    /// Whether shells get shell integration.
    pub shell_integration: bool,
    /// Whether what package managers download is kept in a volume for later twins.
    pub package_cache: bool,
    /// Which dev image to use: an image, with or without its tag → dev image.
    #[serde(deserialize_with = "dev_images")]
    pub dev_images: BTreeMap<String, String>,
    /// How the dev image is found.
    pub resolve: Resolve,
    /// Named sets of packages, laid over those that devtwin knows: name → packages.
    pub toolkits: BTreeMap<String, Vec<String>>,
    /// What package managers are told.
    pub packages: packages::Packages,
    /// The lessons.
    pub learn: Learn,
    /// Key bindings laid over the default ones: focus → chord → action.
    pub keys: BTreeMap<String, BTreeMap<String, String>>,
}

/// How the dev image is found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Resolve {
    /// Whether publishers are asked what a tag named when the target's image was built.
    pub tag_history: bool,
}

/// The lessons of `devtwin learn`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Learn {
    /// Folder of the person's own lessons: an absolute path, or one from `~/` on.
    #[serde(deserialize_with = "folder")]
    pub lessons: Option<String>,
}

impl Learn {
    /// The folder of the person's own lessons.
    pub fn folder(&self) -> Option<PathBuf> {
        let lessons = self.lessons.as_deref()?;
        let below_home = |rest| dirs::home_dir().map(|home| home.join(rest));
        match lessons.strip_prefix("~/") {
            Some(rest) => below_home(rest),
            None => Some(PathBuf::from(lessons)),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            leader: "ctrl-]".into(),
            scrollback: 10_000,
            clipboard: "ask".into(),
            copy_on_select: true,
            theme: "dark".into(),
            pull: PullPolicy::Missing,
            shell_integration: true,
            package_cache: true,
            dev_images: BTreeMap::new(),
            resolve: Resolve::default(),
            toolkits: BTreeMap::new(),
            packages: packages::Packages::default(),
            learn: Learn::default(),
            keys: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads a configuration; `name` is how messages call the file.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| {
            let line = e
                .span()
                .and_then(|span| text.get(..span.start))
                .map(|before| 1 + before.matches('\n').count());
            let place = line.map_or(name.to_owned(), |line| format!("{name} line {line}"));
            let what = e.message().lines().collect::<Vec<_>>().join(" ");
            Error::new(ErrorKind::Usage, format!("{place}: {what}")).hint(
                "keys: leader, scrollback, clipboard, copy_on_select, theme, pull, shell_integration, package_cache, [dev_images], [resolve], [toolkits], [packages], [packages.MANAGER], [learn], [keys.FOCUS]; see docs/guide/config.md",
            )
        })
    }

    /// Reads the file that `place` names; the defaults when the usual file does not exist.
    pub fn load(place: &Place) -> Result<Self> {
        let Some(path) = place.path() else {
            return Ok(Self::default());
        };
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, &path.display().to_string()),
            Err(e) if e.kind() == IoKind::NotFound && matches!(place, Place::Usual(_)) => {
                Ok(Self::default())
            }
            Err(e) => Err(Error::new(
                ErrorKind::Usage,
                format!("{} cannot be read: {e}", path.display()),
            )
            .hint("DEVTWIN_CONFIG names the file; without it the usual place is used")),
        }
    }
}

/// Where the configuration is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Where `DEVTWIN_CONFIG` says: must exist.
    Named(PathBuf),
    /// Below the person's configuration folder: may be absent.
    Usual(Option<PathBuf>),
}

impl Place {
    /// The file, if there is a folder for it.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Named(path) => Some(path),
            Self::Usual(path) => path.as_deref(),
        }
    }
}

/// The words of `pull` and `--pull`.
pub const PULL_WORDS: [&str; 3] = ["always", "missing", "never"];

/// Reads a pull policy; none for any other word.
pub fn pull_policy(word: &str) -> Option<PullPolicy> {
    Some(match word {
        "always" => PullPolicy::Always,
        "missing" => PullPolicy::Missing,
        "never" => PullPolicy::Never,
        _ => return None,
    })
}

fn pull<'de, D: Deserializer<'de>>(d: D) -> Result<PullPolicy, D::Error> {
    let word = String::deserialize(d)?;
    pull_policy(&word).ok_or_else(|| de::Error::unknown_variant(&word, &PULL_WORDS))
}

fn dev_images<'de, D: Deserializer<'de>>(d: D) -> Result<BTreeMap<String, String>, D::Error> {
    let named = BTreeMap::<String, String>::deserialize(d)?;
    let words = named.iter().flat_map(|(image, dev)| [image, dev]);
    for word in words {
        Reference::parse(word).map_err(|error| de::Error::custom(error.message))?;
    }
    Ok(named)
}

fn folder<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    let path = String::deserialize(d)?;
    if path.starts_with('/') || path.starts_with("~/") {
        return Ok(Some(path));
    }
    let why = format_args!("lessons {path:?} is no absolute path, and none from ~/ on");
    Err(de::Error::custom(why))
}

fn scrollback<'de, D: Deserializer<'de>>(d: D) -> Result<usize, D::Error> {
    match usize::deserialize(d)? {
        lines if lines <= MAX_SCROLLBACK => Ok(lines),
        lines => Err(de::Error::custom(format_args!(
            "scrollback {lines} is above the limit of {MAX_SCROLLBACK} lines"
        ))),
    }
}

/// What the environment says. An empty variable counts as not set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub docker_context: Option<String>,
    /// `DOCKER_TLS_VERIFY` is set, to whatever.
    pub docker_tls_verify: bool,
    /// `DOCKER_CERT_PATH`.
    pub docker_cert_path: Option<PathBuf>,
    /// docker's own folder: `DOCKER_CONFIG`, or `.docker` in the home folder.
    pub docker_folder: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// Folders of `PATH`, where docker's credential helpers are.
    pub path: Vec<PathBuf>,
    /// `DEVTWIN_CONFIG`.
    pub config_file: Option<PathBuf>,
    /// `DEVTWIN_LOG`: filter of the log file, in the syntax of tracing's `EnvFilter`.
    pub log: Option<String>,
    /// `NO_COLOR` (<https://no-color.org>).
    pub no_color: bool,
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// Name of the person: `USER`, or `USERNAME` on Windows.
    pub user: Option<String>,
    /// Name of the machine where only the environment has it: `COMPUTERNAME` on Windows.
    pub computer: Option<String>,
}

impl Environment {
    /// Reads the process's environment.
    pub fn read() -> Self {
        let text = |name| var(name).and_then(|value| value.into_string().ok());
        Self {
            docker_host: text("DOCKER_HOST"),
            docker_context: text("DOCKER_CONTEXT"),
            docker_tls_verify: var("DOCKER_TLS_VERIFY").is_some(),
            docker_cert_path: var("DOCKER_CERT_PATH").map(PathBuf::from),
            docker_folder: var("DOCKER_CONFIG")
                .map(PathBuf::from)
                .or_else(|| dirs::home_dir().map(|home| home.join(".docker"))),
            runtime_dir: var("XDG_RUNTIME_DIR").map(PathBuf::from),
            home: dirs::home_dir(),
            path: var("PATH").map_or_else(Vec::new, |path| std::env::split_paths(&path).collect()),
            config_file: var("DEVTWIN_CONFIG").map(PathBuf::from),
            log: text("DEVTWIN_LOG"),
            no_color: var("NO_COLOR").is_some(),
            term: text("TERM"),
            colorterm: text("COLORTERM"),
            user: text("USER").or_else(|| text("USERNAME")),
            computer: text("COMPUTERNAME"),
        }
    }

    /// Where the configuration is read from.
    pub fn config_place(&self) -> Place {
        match &self.config_file {
            Some(path) => Place::Named(path.clone()),
            None => Place::Usual(dirs::config_dir().map(|d| d.join("devtwin").join("config.toml"))),
        }
    }

    /// `user@host`, which tells this person on this machine from all others.
    pub fn person(&self) -> String {
        let user = self.user.clone().unwrap_or_else(user_number);
        let host = self.computer.clone().unwrap_or_else(host_name);
        format!("{user}@{host}")
    }
}

/// Folder for what a person would not like to lose; none where the system names none.
pub fn data_dir() -> Option<PathBuf> {
    dirs::data_dir().map(|dir| dir.join("devtwin"))
}

/// Folder for locks and the log; none where the system names neither a state nor a data folder.
pub fn state_dir() -> Option<PathBuf> {
    dirs::state_dir()
        .or_else(dirs::data_local_dir) // macOS and Windows have no state folder
        .map(|dir| dir.join("devtwin"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this module is where the environment is read"
)]
fn var(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

#[cfg(unix)]
fn user_number() -> String {
    format!("uid-{}", rustix::process::getuid().as_raw())
}

#[cfg(unix)]
fn host_name() -> String {
    let uname = rustix::system::uname();
    uname.nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn user_number() -> String {
    "unknown".into()
}

#[cfg(not(unix))]
fn host_name() -> String {
    "unknown".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Error {
        Config::parse(text, "config.toml").unwrap_err()
    }

    #[test]
    fn the_guide_shows_the_defaults() {
        let guide = include_str!("../docs/guide/config.md");
        let (_, sample) = guide.split_once("```toml\n").unwrap();
        let (sample, _) = sample.split_once("```").unwrap();
        let keys = Config::parse(sample, "sample").unwrap();
        assert_eq!(
            Config {
                keys: BTreeMap::new(),
                ..keys
            },
            Config::default()
        );
    }

    #[test]
    fn each_key_is_read() {
        let text = "leader = 'ctrl-g'\nscrollback = 0\ntheme = 'light'\npull = 'never'\n\
                    shell_integration = false\npackage_cache = false\n[toolkits]\nmine = ['jq', 'yq']\n\
                    [dev_images]\n'acme/web' = 'acme/tools:1'\n\
                    [packages]\nno_proxy = 'localhost'\n[keys.picker]\nf5 = 'refresh'\n";
        let config = Config::parse(text, "config.toml").unwrap();
        assert_eq!(config.leader, "ctrl-g");
        assert_eq!(config.scrollback, 0);
        assert_eq!(config.theme, "light");
        assert_eq!(config.pull, PullPolicy::Never);
        assert!(!config.shell_integration);
        assert!(!config.package_cache);
        assert_eq!(config.toolkits["mine"], ["jq", "yq"]);
        assert_eq!(config.dev_images["acme/web"], "acme/tools:1");
        assert_eq!(config.packages.no_proxy, "localhost".into());
        assert_eq!(config.keys["picker"]["f5"], "refresh");
        assert_eq!(Config::parse("", "config.toml"), Ok(Config::default()));
    }

    #[test]
    fn unknown_keys_are_refused_with_their_line() {
        let error = refused("theme = 'dark'\n\nscrolback = 5\n");
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(
            error
                .message
                .starts_with("config.toml line 3: unknown field `scrolback`"),
            "{}",
            error.message
        );
        assert!(error.hint.is_some_and(|h| h.contains("scrollback")));
    }

    #[test]
    fn values_out_of_range_are_refused_with_their_line() {
        for (text, what) in [
            (
                "\npull = 'sometimes'",
                "line 2: unknown variant `sometimes`",
            ),
            ("scrollback = 100001", "line 1: scrollback 100001 is above"),
            ("scrollback = -1", "line 1: invalid value"),
            ("leader = 5", "line 1: invalid type"),
            (
                "[dev_images]\n'acme/web' = 'Not A Ref'",
                "image reference `Not A Ref`",
            ),
            (
                "[learn]\nlessons = 'here'",
                "line 2: lessons \"here\" is no",
            ),
            ("a = ", "line 1: "),
        ] {
            let message = refused(text).message;
            assert!(message.contains(what), "{text}: {message}");
            assert!(!message.contains('\n'));
        }
    }

    #[test]
    fn the_folder_of_lessons_may_be_below_the_home() {
        let folder = |text: &str| Config::parse(text, "c").unwrap().learn.folder();
        assert_eq!(folder(""), None);
        let at = |path: &str| folder(&format!("[learn]\nlessons = '{path}'"));
        assert_eq!(at("/srv/lessons"), Some("/srv/lessons".into()));
        assert_eq!(at("~/l"), dirs::home_dir().map(|home| home.join("l")));
    }

    #[test]
    fn only_a_named_file_must_exist() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("none.toml");
        let usual = Place::Usual(Some(path.clone()));
        assert_eq!(Config::load(&usual), Ok(Config::default()));
        let error = Config::load(&Place::Named(path.clone())).unwrap_err();
        assert!(error.message.contains("none.toml"));
        std::fs::write(&path, "theme = 'light'").unwrap();
        assert_eq!(Config::load(&usual).unwrap().theme, "light");
    }

    #[test]
    fn a_person_always_has_a_name() {
        let person = Environment::default().person();
        let (user, host) = person.split_once('@').unwrap();
        assert!(!user.is_empty() && !host.is_empty());
        let named = Environment {
            user: Some("ada".into()),
            ..Environment::default()
        };
        assert!(named.person().starts_with("ada@"));
    }
}
