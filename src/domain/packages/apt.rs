//! apt: Debian, Ubuntu, and the images that are made of them.
//!
//! Everything is asked of `apt-get` and `apt-cache`, whose output is made for scripts; `apt` warns that its own
//! is not. Indexes and packages are kept below [`CACHE`], by a file of settings in the twin, so that a person who
//! types `apt-get install` in the shell has the same indexes as devtwin.

mod lines;
mod stanza;
mod troubles;
mod version;

pub(super) use stanza::records;

use std::cmp::Ordering;
use std::io::{self, BufRead};

use super::{
    Change, Installed, Invocation, LOCK_WAIT, Package, PackageManager, Printed, Reader, Setup,
    SetupFile, Trouble, Verb, commands,
};
use crate::domain::secret::without_logins;
use crate::domain::text::{line, quote};

/// apt and dpkg.
#[derive(Debug)]
pub struct Apt;

/// Indexes and downloaded packages. Not apt's own places: images hold hooks that empty those after every run.
const CACHE: &str = "/var/cache/devtwin/apt";

/// Settings of apt in the twin. The name makes them win over those of images (`docker-clean`).
const SETTINGS: &str = "/etc/apt/apt.conf.d/zz-devtwin";

/// What they are: the places; the indexes of other twins' repositories are left in the shared place; and no
/// long descriptions, which nobody reads here and which are as much to download as all the rest.
const SETTINGS_TEXT: &str = "\
// devtwin: indexes and packages are kept where other twins find them, too.
Dir::Cache \"/var/cache/devtwin/apt\";
Dir::Cache::pkgcache \"pkgcache.bin\";
Dir::Cache::srcpkgcache \"srcpkgcache.bin\";
Dir::State::lists \"/var/cache/devtwin/apt/lists\";
APT::Get::List-Cleanup \"false\";
APT::Keep-Downloaded-Packages \"true\";
Acquire::Languages \"none\";
";

/// The repositories that the person configured.
const REPOSITORIES: &str = "/etc/apt/sources.list.d/devtwin.list";

/// Of each package the version that apt would install, by its rules of preference; 1.3 s and 50 MB for the 64,000
/// of Debian 12 (measured). Fails without an index, where `apt-cache` prints nothing and succeeds. `$1` is apt-get,
/// beside which apt-cache lies.
const INDEX: &str = r#"[ -n "$("$1" indextargets --format '$(FILENAME)' 'Created-By: Packages')" ] || {
    echo 'E: no index: apt-get update was not run' >&2
    exit 100
}
exec "${1%/*}/apt-cache" dumpavail"#;

/// A change, with the machine's lines on stderr by a descriptor of their own: apt closes the one that it gets for
/// them before it starts dpkg, and the words of dpkg and of scripts would be lost with it (measured).
const WITH_STATUS: &str = r#"exec "$@" 3>&2"#;

/// The database, what dpkg wrote beside it since, and who asked for what; an image may lack the last. dpkg takes its
/// notes of each step (`updates/0000`, …) into the database only at its end: of one that was broken off they stay.
const INSTALLED: &str = "cat /var/lib/dpkg/status && \
    for note in /var/lib/dpkg/updates/[0-9]*; do if [ -e \"$note\" ]; then echo; cat \"$note\"; fi; done && echo && \
    if [ -e /var/lib/apt/extended_states ]; then cat /var/lib/apt/extended_states; fi";

impl PackageManager for Apt {
    fn id(&self) -> &'static str {
        "apt"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["/usr/bin/apt-get"]
    }

    fn cache(&self) -> Option<&'static str> {
        Some(CACHE)
    }

    fn keeps(&self) -> &'static [&'static str] {
        &[
            "/etc/apt",
            "/var/lib/apt",
            "/var/lib/dpkg",
            "/var/cache/apt",
            "/var/cache/devtwin/apt",
        ]
    }

    /// Keys go where apt trusts them for every repository: a twin is thrown away, and a repository may be
    /// configured as a whole line of its own.
    fn files(&self, setup: &Setup) -> Vec<SetupFile> {
        let file = |path: String, content: &[u8]| SetupFile {
            path,
            content: content.to_vec(),
        };
        let mut files = vec![
            file(SETTINGS.into(), SETTINGS_TEXT.as_bytes()),
            // apt makes no directory for indexes outside of /var/lib/apt.
            file(format!("{CACHE}/lists/partial/.devtwin"), b""),
            file(format!("{CACHE}/archives/partial/.devtwin"), b""),
        ];
        if !setup.repositories.is_empty() {
            let lines: String = setup
                .repositories
                .iter()
                .map(|r| source(r) + "\n")
                .collect();
            files.push(file(REPOSITORIES.into(), lines.as_bytes()));
        }
        files.extend(
            setup
                .keys
                .iter()
                .map(|(name, key)| file(key_path(name, key), key)),
        );
        files
    }

    fn refresh(&self, setup: &Setup) -> Invocation {
        invocation(setup, REFRESH, &[])
    }

    fn index(&self, setup: &Setup) -> Invocation {
        commands::script(INDEX, std::slice::from_ref(&setup.program), env(setup))
    }

    fn read_index(&self, from: &mut dyn BufRead, each: &mut dyn FnMut(Package)) -> io::Result<()> {
        stanza::index(from, each)
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        version::compare(a, b)
    }

    fn installed(&self, setup: &Setup) -> Invocation {
        commands::script(INSTALLED, &[], env(setup))
    }

    fn read_installed(&self, printed: &[u8]) -> Installed {
        stanza::installed(printed)
    }

    fn simulate(&self, change: &Change, setup: &Setup) -> Invocation {
        let mut options = vec!["-s", "-q", "-y"];
        options.extend(COMMON);
        options.extend(verb(change));
        invocation(setup, &options, &change.names)
    }

    fn commit(&self, change: &Change, setup: &Setup) -> Invocation {
        let wait = format!("DPkg::Lock::Timeout={LOCK_WAIT}");
        let mut options = vec!["-q", "-y", "-o", &wait];
        options.extend(COMMON);
        options.extend(COMMIT);
        options.extend(verb(change));
        let apt = invocation(setup, &options, &change.names);
        commands::script(WITH_STATUS, &apt.argv, apt.env)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(lines::Lines::default())
    }

    fn troubles(&self, printed: &Printed) -> Vec<Trouble> {
        troubles::troubles(printed)
    }

    fn line(&self, change: &Change, _setup: &Setup) -> String {
        format!("apt-get {}", typed(change))
    }

    /// Repositories of the person's own are written into it, without names and passwords; their keys are files
    /// that it cannot hold.
    fn dockerfile(&self, change: &Change, setup: &Setup) -> String {
        let sources: Vec<String> = setup
            .repositories
            .iter()
            .map(|r| quote(&without_logins(&source(r))))
            .collect();
        let add = match sources.as_slice() {
            [] => String::new(),
            lines => format!("printf '%s\\n' {} >{REPOSITORIES} && ", lines.join(" ")),
        };
        let change = typed(change);
        format!("RUN {add}apt-get update && apt-get {change} && rm -rf /var/lib/apt/lists/*")
    }

    /// apt can (`-o RootDir`), but dpkg then runs the packages' scripts in that root, and a distroless one has
    /// no shell for them: what was installed would be left broken.
    fn takes_root(&self) -> bool {
        false
    }
}

/// How indexes are fetched. A release that calls itself stable one day, and old another day, is still the one that
/// the image is made of; apt would ask, since the kept index is of the day before.
const REFRESH: &[&str] = &[
    "-q",
    "-o",
    "Acquire::Retries=1",
    "update",
    "--allow-releaseinfo-change",
];

/// What simulations and changes have in common. Without what is only recommended, which for a tool is often
/// ten times the tool itself; and a name is a name: `g++` must never be a pattern that hundreds of packages match.
const COMMON: &[&str] = &[
    "--no-install-recommends",
    "-o",
    "APT::Cmd::Pattern-Only=true",
];

/// What changes need besides: plain streams; the machine's lines ([`WITH_STATUS`]); and an old file of settings
/// stays as it is instead of a question.
const COMMIT: &[&str] = &[
    "-o",
    "Dpkg::Use-Pty=0",
    "-o",
    "APT::Status-Fd=3",
    "-o",
    "Acquire::Retries=1",
    "-o",
    "Dpkg::Options::=--force-confdef",
    "-o",
    "Dpkg::Options::=--force-confold",
];

/// The subcommand of a change, with its options.
fn verb(change: &Change) -> Vec<&'static str> {
    match change.verb {
        // An older version is asked for only on purpose.
        Verb::Install if change.names.iter().any(|name| name.contains('=')) => {
            vec!["install", "--allow-downgrades"]
        }
        Verb::Install => vec!["install"],
        Verb::Remove => vec!["remove", "--auto-remove"],
        Verb::Upgrade if change.names.is_empty() => vec!["upgrade", "--with-new-pkgs"],
        Verb::Upgrade => vec!["install", "--only-upgrade"],
    }
}

/// The change as a person types it.
fn typed(change: &Change) -> String {
    let mut words = verb(change);
    words.push("-y");
    if change.verb != Verb::Remove {
        words.push("--no-install-recommends");
    }
    let mut words: Vec<String> = words.into_iter().map(ToOwned::to_owned).collect();
    words.extend(change.names.iter().cloned());
    line(&words)
}

fn invocation(setup: &Setup, options: &[&str], names: &[String]) -> Invocation {
    let options = options.iter().map(|&option| option.to_owned());
    let mut argv: Vec<String> = [setup.program.clone()].into_iter().chain(options).collect();
    if !names.is_empty() {
        argv.push("--".into());
        argv.extend(names.iter().cloned());
    }
    Invocation {
        argv,
        env: env(setup),
    }
}

/// apt knows the variables of proxies in small letters only.
fn env(setup: &Setup) -> Vec<(String, String)> {
    let mut env = commands::env(setup);
    env.push(("DEBIAN_FRONTEND".to_owned(), "noninteractive".to_owned()));
    for (name, value) in &setup.env {
        let small = name.to_ascii_lowercase();
        let is_given = setup.env.iter().any(|(given, _)| *given == small);
        if small.ends_with("_proxy") && !is_given {
            env.push((small, value.clone()));
        }
    }
    env
}

/// A line of sources.list: what is one already; `URL SUITE COMPONENT…`; or a URL or directory alone, which is a
/// repository without suites.
fn source(repository: &str) -> String {
    let words: Vec<&str> = repository.split_whitespace().collect();
    let words = words.join(" ");
    if words.starts_with("deb ") || words.starts_with("deb-src ") || words.starts_with('#') {
        return words;
    }
    let place = if words.starts_with('/') { "file:" } else { "" };
    let suite = if words.contains(' ') { "" } else { " ./" };
    format!("deb {place}{words}{suite}")
}

/// Where a key lies: apt tells by the end of the name whether it is text.
fn key_path(name: &str, key: &[u8]) -> String {
    let name = commands::file_name(name);
    let stem = name
        .rsplit_once('.')
        .map_or(name.as_str(), |(stem, _)| stem);
    let end = if key.starts_with(b"-----BEGIN") {
        "asc"
    } else {
        "gpg"
    };
    format!("/etc/apt/trusted.gpg.d/devtwin-{stem}.{end}")
}
