//! apk, 2.14 and 3: Wolfi, Chainguard, Alpine (domain.md §3).
//!
//! What is configured counts for every command: further repositories come as `-X`, keys are files below
//! `/etc/apk/keys`. Another root is installed into with the repositories, the keys and the cache of the twin.

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
    SetupFile, Trouble, Verb,
};
use crate::domain::secret;
use crate::domain::text;

/// Keys that are trusted.
const KEYS: &str = "/etc/apk/keys";
/// Which repositories there are.
const REPOSITORIES: &str = "/etc/apk/repositories";
/// A directory here, and apk keeps indexes and packages in it; else it keeps indexes alone, in `/var/cache/apk`.
const CACHE: &str = "/etc/apk/cache";

/// Prints the indexes: those in the cache, and those of repositories that are directories. $1 is apk's program, what
/// follows are further repositories. apk 3 may keep indexes in its own format, which it alone can read; asked for a
/// field that a package lacks, it prints all the same and ends with 1.
const PRINT_INDEXES: &str = r#"
apk=$1
shift
cache=/etc/apk/cache
[ -d "$cache" ] || cache=/var/cache/apk
arch=$(head -n 1 /etc/apk/arch 2>/dev/null)
[ -n "$arch" ] || arch=$("$apk" --print-arch)
files=$(
    for file in "$cache"/APKINDEX.*.tar.gz; do echo "$file"; done
    { printf '%s\n' "$@"; cat /etc/apk/repositories /etc/apk/repositories.d/*; } 2>/dev/null |
        while read -r first second rest; do
            case $first in (@* | v2) first=$second ;; esac
            first=${first#file://}
            case $first in (/*) echo "${first%/}/$arch/APKINDEX.tar.gz" ;; esac
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
case $("$apk" --version) in
    "apk-tools 2."*)
        echo "ERROR: there is no index of packages: none of the repositories could be read" >&2
        exit 1
        ;;
esac
set +f
for repository; do
    set -- "$@" -X "$repository"
    shift
done
"$apk" query --no-network --available --all-matches --format json \
    --fields name,version,description,license,file-size,installed-size,depends,provides "$@" '*' || [ $? = 1 ]
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

    fn files(&self, setup: &Setup) -> Vec<SetupFile> {
        let names = setup.keys.iter().filter_map(|(name, content)| {
            // A signature names its key by the file's name, so that must stay; it shall not lead elsewhere.
            let name = name.rsplit('/').next()?;
            (!["", ".", ".."].contains(&name)).then(|| SetupFile {
                path: format!("{KEYS}/{name}"),
                content: content.clone(),
            })
        });
        names.collect()
    }

    fn refresh(&self, setup: &Setup) -> Invocation {
        let mut words = vec!["update".to_owned()];
        words.extend(quiet());
        words.extend(wait());
        words.extend(repositories(setup));
        invocation(setup, [vec![setup.program.clone()], words].concat())
    }

    fn index(&self, setup: &Setup) -> Invocation {
        let words = [setup.program.clone()].into_iter();
        script(
            setup,
            PRINT_INDEXES,
            words.chain(setup.repositories.clone()),
        )
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
        let files = self.files(setup);
        for file in files.iter().filter(|_| change.verb != Verb::Remove) {
            let name = file.path.rsplit('/').next().unwrap_or_default();
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

/// Further repositories. They are looked up from the twin's root, whichever root is installed into.
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
    words.extend(repositories(setup));
    words.extend(root(setup));
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
    let mut env = vec![("LC_ALL".to_owned(), "C".to_owned())];
    env.extend(setup.env.clone());
    Invocation { argv, env }
}
