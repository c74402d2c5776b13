//! dnf and microdnf: Red Hat's UBI, Fedora, and their kin.
//!
//! dnf 4.14 was measured (tests/fixtures/dnf). microdnf 3.8 and dnf 5 were not, for want of either: what is said of
//! microdnf is from its sources, and dnf 5 is taken to speak as dnf 4 does.

mod index;
mod installed;
mod lines;
mod troubles;
mod version;

use std::cmp::Ordering;
use std::io::{self, BufRead};

use super::{
    Change, Installed, Invocation, Package, PackageManager, Printed, Reader, Setup, SetupFile,
    Trouble, Verb, commands,
};
use crate::domain::text;

/// dnf, microdnf, and yum, which is dnf by its old name.
#[derive(Debug)]
pub struct Dnf;

/// Indexes and downloaded packages. dnf and microdnf have places of their own, each another one.
const CACHE: &str = "/var/cache/devtwin/dnf";

/// The repositories that the person configured.
const REPOSITORIES: &str = "/etc/yum.repos.d/devtwin.repo";

/// Settings that dnf and microdnf both know: where things are kept, and nothing that is only recommended.
const COMMON: [&str; 3] = [
    "--setopt=cachedir=/var/cache/devtwin/dnf",
    "--setopt=keepcache=1",
    "--setopt=install_weak_deps=0",
];

/// Prints the repositories' `primary.xml` as text where the twin can unpack it, and packed with gzip where not.
/// The cache may hold indexes of other twins' repositories: then they are among it. It fails without any. `$1` is the
/// cache.
const INDEX: &str = r#"cd "$1" || exit 1
none=1
for file in */repodata/*primary.xml* metadata/*/repodata/*primary.xml*; do
    [ -e "$file" ] || continue
    case $file in
        *.gz) if command -v gzip >/dev/null; then gzip -dc "$file"; else cat "$file"; fi ;;
        *.zst) zstd -dcq "$file" ;;
        *.xz) xz -dc "$file" ;;
        *.xml) cat "$file" ;;
        *) continue ;;
    esac && none=0
done
exit $none"#;

/// Tells the reader of lines that what is listed will not be done: a run lists it, too, before it does it.
const SIMULATION: &str = r#"echo "Simulation:"; exec "$@""#;

impl PackageManager for Dnf {
    fn id(&self) -> &'static str {
        "dnf"
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "/usr/bin/dnf",
            "/usr/bin/dnf-3",
            "/usr/bin/dnf5",
            "/usr/bin/microdnf",
            "/usr/bin/yum",
        ]
    }

    fn cache(&self) -> Option<&'static str> {
        Some(CACHE)
    }

    fn keeps(&self) -> &'static [&'static str] {
        &[
            "/etc/dnf",
            "/etc/pki/rpm-gpg",
            "/etc/yum.repos.d",
            "/var/lib/dnf",
            "/var/lib/rpm",
            "/var/cache/dnf",
            "/var/cache/yum",
            "/var/cache/devtwin/dnf",
        ]
    }

    fn files(&self, setup: &Setup) -> Vec<SetupFile> {
        let keys = setup.keys.iter().map(|(name, key)| SetupFile {
            path: key_path(name),
            content: key.clone(),
        });
        let mut files: Vec<SetupFile> = keys.collect();
        if !setup.repositories.is_empty() {
            let keys: Vec<String> = files.iter().map(|f| format!("file://{}", f.path)).collect();
            let numbered = setup.repositories.iter().enumerate();
            let text: String = numbered.map(|(n, r)| section(n + 1, r, &keys)).collect();
            files.push(SetupFile {
                path: REPOSITORIES.into(),
                content: text.into_bytes(),
            });
        }
        files
    }

    fn refresh(&self, setup: &Setup) -> Invocation {
        // Older microdnf knows no --refresh, and takes an unknown option amiss: there an index stays until it is
        // as old as the repository says that it may be.
        let options: &[&str] = match program(setup) {
            "microdnf" => &["-y"],
            _ => &["-y", "--refresh"],
        };
        invocation(setup, options, &["makecache"], &[])
    }

    fn index(&self, setup: &Setup) -> Invocation {
        commands::script(INDEX, &[CACHE.to_owned()], commands::env(setup))
    }

    fn read_index(&self, from: &mut dyn BufRead, each: &mut dyn FnMut(Package)) -> io::Result<()> {
        index::index(from, each)
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        version::compare(a, b)
    }

    fn installed(&self, setup: &Setup) -> Invocation {
        commands::script(installed::QUERY, &[], commands::env(setup))
    }

    fn read_installed(&self, printed: &[u8]) -> Installed {
        installed::installed(printed)
    }

    fn simulate(&self, change: &Change, setup: &Setup) -> Invocation {
        let run = invocation(setup, &["--assumeno"], verb(change), &names(change));
        commands::script(SIMULATION, &run.argv, run.env)
    }

    /// dnf waits for another one as long as it takes, and microdnf not at all: neither has a limit to set.
    fn commit(&self, change: &Change, setup: &Setup) -> Invocation {
        invocation(setup, &["-y"], verb(change), &names(change))
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(lines::Lines::default())
    }

    fn troubles(&self, printed: &Printed) -> Vec<Trouble> {
        troubles::troubles(printed)
    }

    fn line(&self, change: &Change, setup: &Setup) -> String {
        typed(change, setup)
    }

    /// Repositories of the person's own are not in it: they are files of several lines, and have keys.
    fn dockerfile(&self, change: &Change, setup: &Setup) -> String {
        let program = program(setup);
        format!("RUN {} && {program} clean all", typed(change, setup))
    }

    /// dnf can (`--installroot`), but rpm then runs the packages' scripts in that root, and a distroless one has
    /// neither a shell for them nor rpm's database.
    fn takes_root(&self) -> bool {
        false
    }
}

fn verb(change: &Change) -> &'static [&'static str] {
    match change.verb {
        Verb::Install => &["install"],
        Verb::Remove => &["remove"],
        Verb::Upgrade => &["upgrade"],
    }
}

/// Names as dnf takes them: `curl=7.76` is `curl-7.76`.
fn names(change: &Change) -> Vec<String> {
    let names = change.names.iter();
    names.map(|name| name.replacen('=', "-", 1)).collect()
}

/// The program's name, as it is typed.
fn program(setup: &Setup) -> &str {
    let name = setup.program.rsplit('/').next().unwrap_or_default();
    if name.is_empty() { "dnf" } else { name }
}

fn typed(change: &Change, setup: &Setup) -> String {
    let mut words = vec![program(setup).to_owned()];
    words.extend(verb(change).iter().map(|&word| word.to_owned()));
    words.push("-y".into());
    if change.verb != Verb::Remove {
        words.push("--setopt=install_weak_deps=0".into());
    }
    words.extend(names(change));
    text::line(&words)
}

fn invocation(setup: &Setup, options: &[&str], verb: &[&str], names: &[String]) -> Invocation {
    let words = options.iter().chain(&COMMON).chain(verb);
    let mut argv = vec![setup.program.clone()];
    argv.extend(words.map(|&word| word.to_owned()));
    argv.extend(names.iter().cloned());
    Invocation {
        argv,
        env: commands::env(setup),
    }
}

/// The section of a repository: its URL or directory, and words like `gpgcheck=0` for lines of its own.
fn section(number: usize, repository: &str, keys: &[String]) -> String {
    let mut words = repository.split_whitespace();
    let place = words.next().unwrap_or_default();
    let place = match place.strip_prefix('/') {
        Some(path) => format!("file:///{path}"),
        None => place.to_owned(),
    };
    let mut lines = vec![
        format!("[devtwin-{number}]"),
        format!("name=devtwin {number}"),
        format!("baseurl={place}"),
        "enabled=1".to_owned(),
    ];
    if !keys.is_empty() {
        lines.push("gpgcheck=1".to_owned());
        lines.push(format!("gpgkey={}", keys.join(" ")));
    }
    lines.extend(
        words
            .filter(|word| word.contains('='))
            .map(ToOwned::to_owned),
    );
    lines.join("\n") + "\n"
}

fn key_path(name: &str) -> String {
    let name = commands::file_name(name);
    format!("/etc/pki/rpm-gpg/devtwin-{name}")
}
