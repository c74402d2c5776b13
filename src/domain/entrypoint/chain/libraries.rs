//! The libraries of a dynamic program, and where its loader finds them (domain.md §5.5).

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::report::{Link, ProgramKind, Step};
use super::{variable, workdir};
use crate::domain::elf::Elf;
use crate::domain::fs::{Content, Found, Known, Look, joined};
use crate::domain::ldcache;
use crate::domain::target::Config;

/// Libraries of one program that are looked at.
const MOST: usize = 400;
/// Where glibc looks in the end: the folders of Debian and its kin, of Wolfi, of Red Hat.
const GLIBC_DIRS: &[&str] = &["/lib64", "/usr/lib64", "/lib", "/usr/lib"];
/// Where musl looks when it is not configured.
const MUSL_DIRS: &[&str] = &["/lib", "/usr/local/lib", "/usr/lib"];
/// Names that musl takes for itself, whatever comes after the dot (`load_library` in its ldso/dynlink.c).
const MUSL_ITSELF: &[&str] = &[
    "libc",
    "libpthread",
    "librt",
    "libm",
    "libdl",
    "libutil",
    "libxnet",
];
/// Parts of glibc: they need nothing but each other, so that they are not read only to learn that.
const LEAVES: &[&str] = &[
    "libc.so.6",
    "libm.so.6",
    "libdl.so.2",
    "libpthread.so.0",
    "librt.so.1",
    "libresolv.so.2",
    "libutil.so.1",
];

/// The libraries of `program`, and theirs, in the order in which a loader meets them; none while not all
/// of it is known. A library that cannot be read counts as one that needs nothing.
pub(super) fn of(program: &Step, config: &Config, look: &Look<'_>) -> Known<Vec<Link>> {
    let (
        Some(path),
        ProgramKind::Dynamic {
            interpreter,
            architecture,
        },
    ) = (&program.path, &program.kind)
    else {
        return Some(Vec::new());
    };
    let loader = look.follow(interpreter)?.path;
    let search = Search::new(&loader, interpreter, architecture, config, look);
    let mut links: Vec<Link> = Vec::new();
    let mut met = BTreeSet::new();
    let mut whole = true;
    // Who needs something, with the rpaths of those who needed them.
    let mut queue = VecDeque::from([(path.clone(), Vec::new())]);
    while let Some((user, above)) = queue.pop_front() {
        let Some(elf) = elf(&user, look) else {
            // The others are asked for meanwhile, so that fewer rounds are needed.
            whole = false;
            continue;
        };
        let Some(elf) = elf else { continue };
        let mut rpaths = above;
        rpaths.extend(search.expanded(&elf.rpath, &user));
        for name in &elf.needed {
            if links.len() == MOST {
                break;
            }
            if search.is_loader(name) || !met.insert(name.clone()) {
                continue;
            }
            let Some(found) = search.find(name, elf, &user, &rpaths) else {
                whole = false;
                continue;
            };
            if found.is_none() && search.musl_stands_in(name)? {
                continue;
            }
            if let Some((at, _)) = &found
                && !LEAVES.contains(&name.as_str())
            {
                queue.push_back((at.clone(), rpaths.clone()));
            }
            let (path, by) = found.unzip();
            links.push(Link {
                name: name.clone(),
                needed_by: user.clone(),
                path,
                by: by.map(str::to_owned),
            });
        }
    }
    whole.then_some(links)
}

/// The tables of an ELF file; `Some(None)` when it is none, or cannot be read.
fn elf<'a>(path: &str, look: &Look<'a>) -> Known<Option<&'a Elf>> {
    Some(match look.content(path)? {
        Found::Is(Content::Elf(Ok(elf))) => Some(elf.as_ref()),
        Found::Is(_) | Found::Missing | Found::Unreadable(_) => None,
    })
}

/// The words for how a library was found.
type By = &'static str;

struct Search<'a, 't> {
    look: &'a Look<'t>,
    /// The loader, links followed.
    loader: &'a str,
    /// The same as the program names it.
    called: &'a str,
    musl: bool,
    /// `x86_64-linux-gnu` of Debian's folders, where the architecture has one.
    multiarch: Option<&'static str>,
    /// `LD_LIBRARY_PATH`.
    by_variable: Vec<String>,
    cwd: &'a str,
    /// `/etc/ld.so.cache`, read once.
    cache: OnceCell<BTreeMap<String, String>>,
}

impl<'a, 't> Search<'a, 't> {
    fn new(
        loader: &'a str,
        called: &'a str,
        architecture: &str,
        config: &'a Config,
        look: &'a Look<'t>,
    ) -> Self {
        let cwd = workdir(config);
        let dirs = variable(config, "LD_LIBRARY_PATH").unwrap_or_default();
        let dirs = dirs.split([':', ';']).filter(|dir| !dir.is_empty());
        Self {
            look,
            loader,
            called,
            musl: is_musl(loader),
            multiarch: match architecture {
                "amd64" => Some("x86_64-linux-gnu"),
                "arm64" => Some("aarch64-linux-gnu"),
                "386" => Some("i386-linux-gnu"),
                "arm" => Some("arm-linux-gnueabihf"),
                "riscv64" => Some("riscv64-linux-gnu"),
                "ppc64le" => Some("powerpc64le-linux-gnu"),
                "s390x" => Some("s390x-linux-gnu"),
                _ => None,
            },
            by_variable: dirs.map(|dir| joined(cwd, dir)).collect(),
            cwd,
            cache: OnceCell::new(),
        }
    }

    /// Whether a name means the loader itself, which is there already; in musl it is the C library, too.
    fn is_loader(&self, name: &str) -> bool {
        let own = [self.loader, self.called].map(|path| path.rsplit('/').next());
        own.contains(&Some(name)) || name.starts_with("ld-linux") || (self.musl && is_of_musl(name))
    }

    /// Whether a part of glibc that is nowhere is musl's here: gcompat of Alpine starts programs of glibc
    /// so, by a loader of glibc's name.
    fn musl_stands_in(&self, name: &str) -> Known<bool> {
        let Some(multiarch) = self.multiarch.filter(|_| is_of_musl(name)) else {
            return Some(false);
        };
        let machine = match multiarch.split('-').next().unwrap_or_default() {
            "arm" => "armhf",
            machine => machine,
        };
        let musl = self.look.follow(&format!("/lib/ld-musl-{machine}.so.1"))?;
        Some(musl.file().is_some())
    }

    /// Where a name is found and by which rule; `None` while not known.
    fn find(
        &self,
        name: &str,
        elf: &Elf,
        user: &str,
        rpaths: &[String],
    ) -> Known<Option<(String, By)>> {
        if name.contains('/') {
            let at = self.there(&joined(self.cwd, name))?;
            return Some(at.map(|at| (at, "its path")));
        }
        let runpath = self.expanded(&elf.runpath, user);
        let rpaths = if elf.runpath.is_empty() { rpaths } else { &[] };
        let groups: [(&[String], By); 3] = if self.musl {
            [
                (&self.by_variable, "LD_LIBRARY_PATH"),
                (rpaths, "rpath"),
                (&runpath, "runpath"),
            ]
        } else {
            [
                (rpaths, "rpath"),
                (&self.by_variable, "LD_LIBRARY_PATH"),
                (&runpath, "runpath"),
            ]
        };
        for (dirs, by) in groups {
            if let Some(at) = self.among(dirs, name)? {
                return Some(Some((at, by)));
            }
        }
        if self.musl {
            let dirs = self.musl_dirs()?;
            let at = self.among(&dirs, name)?;
            return Some(at.map(|at| (at, "default directory")));
        }
        if let Some(path) = self.cached(name)?
            && let Some(at) = self.there(&path)?
        {
            return Some(Some((at, "ld.so.cache")));
        }
        let dirs = self.glibc_dirs()?;
        let at = self.among(&dirs, name)?;
        Some(at.map(|at| (at, "default directory")))
    }

    fn among(&self, dirs: &[String], name: &str) -> Known<Option<String>> {
        for dir in dirs {
            if let Some(at) = self.there(&joined(dir, name))? {
                return Some(Some(at));
            }
        }
        Some(None)
    }

    /// The file at a path, links followed.
    fn there(&self, path: &str) -> Known<Option<String>> {
        let led = self.look.follow(path)?;
        Some(led.file().is_some().then(|| led.path.clone()))
    }

    fn cached(&self, name: &str) -> Known<Option<String>> {
        if self.cache.get().is_none() {
            // A torn cache is none for glibc, too.
            let entries = match self.look.content("/etc/ld.so.cache")? {
                Found::Is(Content::Bytes(bytes, _)) => ldcache::parse(bytes).unwrap_or_default(),
                Found::Is(_) | Found::Missing | Found::Unreadable(_) => Vec::new(),
            };
            let mut cache = BTreeMap::new();
            for entry in entries {
                cache.entry(entry.name).or_insert(entry.path);
            }
            let _ = self.cache.set(cache);
        }
        Some(self.cache.get()?.get(name).cloned())
    }

    /// The default folders that are there, each once: `/lib` is `/usr/lib` in most images.
    fn glibc_dirs(&self) -> Known<Vec<String>> {
        let multiarch = self.multiarch.into_iter();
        let multiarch = multiarch.flat_map(|m| [format!("/lib/{m}"), format!("/usr/lib/{m}")]);
        // A glibc of its own place (Nix, Guix, packages for Alpine) has its parts beside its loader.
        let beside = self.loader.rsplit_once('/').map(|(dir, _)| dir.to_owned());
        let all: Vec<String> = multiarch
            .chain(GLIBC_DIRS.iter().map(ToString::to_string))
            .chain(beside.filter(|dir| !dir.is_empty()))
            .collect();
        let mut dirs = Vec::new();
        for dir in all {
            let led = self.look.follow(&dir)?;
            if led.is_dir() && !dirs.contains(&led.path) {
                dirs.push(led.path);
            }
        }
        Some(dirs)
    }

    fn musl_dirs(&self) -> Known<Vec<String>> {
        // /lib/ld-musl-x86_64.so.1 reads /etc/ld-musl-x86_64.path
        let name = self.loader.rsplit('/').next().unwrap_or_default();
        let stem = name.split(".so").next().unwrap_or_default();
        let text = self.look.text(&format!("/etc/{stem}.path"))?;
        let dirs = text
            .split([':', '\n'])
            .map(str::trim)
            .filter(|d| d.starts_with('/'));
        let dirs: Vec<String> = dirs.map(str::to_owned).collect();
        Some(if dirs.is_empty() {
            MUSL_DIRS.iter().map(ToString::to_string).collect()
        } else {
            dirs
        })
    }

    /// `$ORIGIN` is the folder of the file that says it; other tokens are left out, as nobody can know them.
    fn expanded(&self, dirs: &[String], user: &str) -> Vec<String> {
        let origin = user.rsplit_once('/').map_or("/", |(dir, _)| dir);
        let dirs = dirs.iter().map(|dir| {
            let dir = dir.replace("${ORIGIN}", origin).replace("$ORIGIN", origin);
            dir.replace("$LIB", "lib").replace("${LIB}", "lib")
        });
        let dirs = dirs.filter(|dir| !dir.is_empty() && !dir.contains('$'));
        dirs.map(|dir| joined(self.cwd, &dir)).collect()
    }
}

/// Whether a name means musl itself, which is loader and C library in one.
fn is_of_musl(name: &str) -> bool {
    let stem = name.split_once('.').map(|(stem, _)| stem);
    stem.is_some_and(|stem| MUSL_ITSELF.contains(&stem))
}

/// Whether a loader is musl's.
pub(in crate::domain::entrypoint) fn is_musl(loader: &str) -> bool {
    loader
        .rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with("ld-musl"))
}
