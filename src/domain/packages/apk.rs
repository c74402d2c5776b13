//! apk, 2.14 and 3: Wolfi, Chainguard, Alpine (domain.md §3).
//!
//! What is configured counts for every command: further repositories and keys are files below `/etc/apk`. Another root is
//! installed into with the repositories, the keys and the cache of the twin.

mod database;
pub mod index;
mod lines;
#[cfg(test)]
mod tests;
mod troubles;
mod version;

use std::cmp::Ordering;
use std::io::{self, BufRead};

use super::{
    Change, Installed, Invocation, LOCK_WAIT, Package, PackageManager, Printed, Reader, Setup,
    SetupFile, Trouble, Verb, commands,
};
use crate::domain::secret;
use crate::domain::text;

/// Keys that are trusted.
const KEYS: &str = "/etc/apk/keys";
/// Which repositories there are.
const REPOSITORIES: &str = "/etc/apk/repositories";
/// Those that the person configured. Not as options: the target sees the words of the twin's commands, and the engine tells
/// them to all who listen to its events, with a password that may be in an address. 2.14 reads all files here, 3 those with
/// this end.
const OWN_REPOSITORIES: &str = "/etc/apk/repositories.d/devtwin.list";
/// A directory here, and apk keeps indexes and packages in it; else it keeps indexes alone, in `/var/cache/apk`.
const CACHE: &str = "/etc/apk/cache";

/// Prints the indexes: those in the cache, and those of repositories that are directories. $1 is apk's program. Twins of several distributions share a cache: apk 2 names the index of a repository
/// by the first 8 digits of the SHA-1 of its address, so that only those of this twin are printed where they can be told
/// (names that are in public logs of Alpine were computed so). apk 3 may keep indexes in its own format, which it alone can read; asked for a
/// field that a package lacks, it prints all the same and ends with 1.
const PRINT_INDEXES: &str = r#"
apk=$1
cache=/etc/apk/cache
[ -d "$cache" ] || cache=/var/cache/apk
arch=$(head -n 1 /etc/apk/arch 2>/dev/null)
[ -n "$arch" ] || arch=$("$apk" --print-arch)
case $("$apk" --version) in
    "apk-tools 2."*) old=1 ;;
    *) old='' ;;
esac
told=''
[ -z "$old" ] || ! command -v sha1sum >/dev/null || told=1
files=$(
    [ -n "$told" ] || for file in "$cache"/APKINDEX.*.tar.gz; do echo "$file"; done
    cat /etc/apk/repositories /etc/apk/repositories.d/* 2>/dev/null |
        while read -r first second rest; do
            case $first in (@* | v2) first=$second ;; esac
            first=${first#file://}
            case $first in
                (/*) echo "${first%/}/$arch/APKINDEX.tar.gz" ;;
                (*://*) [ -z "$told" ] ||
                    printf '%s/APKINDEX.%.8s.tar.gz\n' "$cache" "$(printf %s "$first" | sha1sum)" ;;
            esac
        done
)
IFS='
'
set -f
found='' own=''
for file in $files; do
    [ -f "$file" ] && [ -r "$file" ] || continue
    found=1
    case $(head -c 3 "$file") in ADB) own=1 ;; esac
done
if [ -n "$found" ] && [ -z "$own" ]; then
    for file in $files; do
        [ ! -f "$file" ] || cat "$file"
    done
    exit 0
fi
if [ -n "$old" ]; then
    echo "ERROR: there is no index of packages: none of the repositories could be read" >&2
    exit 1
fi
"$apk" query --no-network --available --all-matches --format json \
    --fields name,version,description,license,file-size,installed-size,depends,provides '*' || [ $? = 1 ]
"#;

/// Prints what was asked for and what is installed below $1, the root without its last slash.
const PRINT_INSTALLED: &str = r#"
echo =world
cat "$1/etc/apk/world" 2>/dev/null
echo
echo =installed
for database in "$1/lib/apk/db/installed" "$1/usr/lib/apk/db/installed"; do
    [ ! -e "$database" ] || exec cat "$database"
done
echo "ERROR: Unable to read database: No such file or directory" >&2
exit 1
"#;

/// Runs apk ($1) with the cache that it would have in the twin; one that is named must be there.
const WITH_CACHE: &str = r#"
apk=$1
shift
cache=/etc/apk/cache
[ -d "$cache" ] || cache=/var/cache/apk
mkdir -p "$cache"
exec "$apk" --cache-dir "$cache" "$@"
"#;

/// apk-tools.
#[derive(Debug)]
pub struct Apk;

impl PackageManager for Apk {
    fn id(&self) -> &'static str {
        "apk"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["/sbin/apk", "/usr/bin/apk"]
    }

    fn cache(&self) -> Option<&'static str> {
        Some(CACHE)
    }

    fn keeps(&self) -> &'static [&'static str] {
        &["/etc/apk", "/var/cache/apk"]
    }

    fn files(&self, setup: &Setup) -> Vec<SetupFile> {
        let mut files: Vec<SetupFile> = keys(setup)
            .map(|(name, content)| SetupFile {
                path: format!("{KEYS}/{name}"),
                content: content.clone(),
            })
            .collect();
        if !setup.repositories.is_empty() {
            files.push(SetupFile {
                path: OWN_REPOSITORIES.into(),
                content: (setup.repositories.join("\n") + "\n").into_bytes(),
            });
        }
        files
    }

    fn refresh(&self, setup: &Setup) -> Invocation {
        let mut words = vec!["update".to_owned()];
        words.extend(quiet());
        words.extend(wait());
        invocation(setup, [vec![setup.program.clone()], words].concat())
    }

    fn index(&self, setup: &Setup) -> Invocation {
        script(setup, PRINT_INDEXES, [setup.program.clone()])
    }

    fn read_index(&self, from: &mut dyn BufRead, each: &mut dyn FnMut(Package)) -> io::Result<()> {
        index::read(from, each)
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        version::compare(a, b)
    }

    fn installed(&self, setup: &Setup) -> Invocation {
        let root = setup.root.as_deref().unwrap_or_default();
        let root = root.trim_end_matches('/').to_owned();
        script(setup, PRINT_INSTALLED, [root])
    }

    fn read_installed(&self, printed: &[u8]) -> Installed {
        database::read(printed)
    }

    fn simulate(&self, change: &Change, setup: &Setup) -> Invocation {
        let mut words = vec![verb(change.verb).to_owned(), "--simulate".into()];
        words.extend(quiet());
        run(setup, words, &change.names)
    }

    fn commit(&self, change: &Change, setup: &Setup) -> Invocation {
        let mut words = vec![verb(change.verb).to_owned()];
        words.extend(quiet());
        words.extend(["--progress-fd".into(), "1".into()]);
        words.extend(wait());
        run(setup, words, &change.names)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(lines::Lines)
    }

    fn troubles(&self, printed: &Printed) -> Vec<Trouble> {
        troubles::find(printed)
    }

    fn line(&self, change: &Change, setup: &Setup) -> String {
        let mut words = vec!["apk".into(), verb(change.verb).into()];
        if change.verb != Verb::Remove {
            words.extend(repositories(setup));
        }
        words.extend(root(setup));
        words.extend(change.names.clone());
        shown(&words)
    }

    fn dockerfile(&self, change: &Change, setup: &Setup) -> String {
        let mut lines: Vec<String> = Vec::new();
        for (name, _) in keys(setup).filter(|_| change.verb != Verb::Remove) {
            lines.push(format!("COPY {} {KEYS}/", text::quote(name)));
        }
        let mut words = vec!["apk".into(), verb(change.verb).into()];
        if change.verb != Verb::Remove {
            words.push("--no-cache".into());
            words.extend(repositories(setup));
        }
        words.extend(change.names.clone());
        lines.push(format!("RUN {}", shown(&words)));
        lines.join("\n")
    }

    fn takes_root(&self) -> bool {
        true
    }
}

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Install => "add",
        Verb::Remove => "del",
        Verb::Upgrade => "upgrade",
    }
}

/// Words as a line for people: without the passwords of repositories.
fn shown(words: &[String]) -> String {
    let words = words.iter();
    let words: Vec<String> = words
        .map(|word| secret::without_logins(word).into_owned())
        .collect();
    text::line(&words)
}

/// No bar, and no question.
fn quiet() -> [String; 2] {
    ["--no-progress".into(), "--no-interactive".into()]
}

/// How long another apk is waited for.
fn wait() -> [String; 2] {
    ["--wait".into(), LOCK_WAIT.to_string()]
}

/// Keys by the names of their files. A signature names its key so, and it must stay; it shall not lead elsewhere.
fn keys(setup: &Setup) -> impl Iterator<Item = (&str, &Vec<u8>)> {
    let keys = setup.keys.iter().filter_map(|(name, content)| {
        let name = name.rsplit('/').next()?;
        Some((name, content))
    });
    keys.filter(|(name, _)| !["", ".", ".."].contains(name))
}

/// Further repositories as options. They are looked up from the twin's root, whichever root is installed into.
fn repositories(setup: &Setup) -> impl Iterator<Item = String> {
    let option = |repository: &String| ["-X".to_owned(), repository.clone()];
    setup.repositories.iter().flat_map(option)
}

/// Another root: its scripts do not run, for they may be foreign to it or find no shell there, and what may be
/// installed into it is what may be installed into the twin.
fn root(setup: &Setup) -> Vec<String> {
    let Some(root) = &setup.root else {
        return Vec::new();
    };
    let options = [
        "--root",
        root,
        "--no-scripts",
        "--keys-dir",
        KEYS,
        "--repositories-file",
        REPOSITORIES,
    ];
    options.map(Into::into).into()
}

/// A run on the installed packages. Names cannot be taken for options: they do not begin with `-`.
fn run(setup: &Setup, mut words: Vec<String>, names: &[String]) -> Invocation {
    if setup.root.is_some() {
        // With a file of repositories that is named, apk reads no other.
        words.extend(repositories(setup));
        words.extend(root(setup));
    }
    words.extend_from_slice(names);
    let words = [vec![setup.program.clone()], words].concat();
    match setup.root {
        // apk would look for its cache in that root, and make one there.
        Some(_) => script(setup, WITH_CACHE, words),
        None => invocation(setup, words),
    }
}

/// A script with words that it takes as they are.
fn script(setup: &Setup, script: &str, words: impl IntoIterator<Item = String>) -> Invocation {
    let shell = ["/bin/sh", "-c", script, "apk"].map(Into::into);
    invocation(setup, shell.into_iter().chain(words).collect())
}

fn invocation(setup: &Setup, argv: Vec<String>) -> Invocation {
    let env = commands::env(setup);
    Invocation { argv, env }
}
