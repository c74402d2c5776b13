//! What the loader does not find: itself, the other libc, a library, a version in one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::Rule;
use super::fault::{Fault, fault, told};
use super::kit::{Draft, FINE, Findings, error_line, log_severity, start_severity};
use super::{lines, mounts};
use crate::domain::elf::Elf;
use crate::domain::entrypoint::{Case, Finding, Link};
use crate::domain::fs::{Content, Found, Known};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "NO_LOADER",
        title: "The loader is missing",
        how: "A dynamic program, and what its PT_INTERP names is not among the files.",
        check: no_loader,
    },
    Rule {
        id: "LIBC_MISMATCH",
        title: "Built for another libc",
        how: "PT_INTERP names musl's loader and the image has glibc's, or the reverse.",
        check: libc_mismatch,
    },
    Rule {
        id: "MISSING_LIB",
        title: "A shared library is missing",
        how: "DT_NEEDED of the program and of all libraries that it leads to, searched as the loader does; or the loader's own line in the log.",
        check: missing_lib,
    },
];

/// Missing libraries that are told one by one.
const TOLD: usize = 10;

fn no_loader(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The program is there, but the loader that it names is not: the kernel says \"no such file\" of the program.";
    let fault = fault(case)?;
    let Fault::Loader(program, loader, None) = &fault else {
        let advice = "link it statically, or run it on an image with its libc";
        return told(case, &fault, "NO_LOADER", MEANING, advice);
    };
    let draft = Draft::new("NO_LOADER", start_severity(case), MEANING)
        .see(format!("{program} names the loader {loader}"))
        .see(format!("{loader} is missing"))
        .see_all(error_line(case));
    let libraries = needed(case, program);
    let draft = if libraries.is_empty() {
        draft
    } else {
        draft.see(format!("it needs {}", libraries.join(", ")))
    };
    let draft = if go(case, program) {
        draft.advise("build it static: CGO_ENABLED=0 go build")
    } else {
        draft.advise("link it statically: CGO_ENABLED=0 (Go), -C target-feature=+crt-static (Rust), -static (C)")
    };
    draft
        .advise(if loader.contains("musl") {
            "or run it on an image with musl, as Alpine is"
        } else {
            "or run it on an image with glibc: glibc-dynamic instead of static or scratch"
        })
        .done()
}

fn libc_mismatch(case: &Case<'_, '_>) -> Findings {
    let Fault::Loader(program, loader, Some(other)) = fault(case)? else {
        return FINE;
    };
    let (built, here) = if loader.contains("musl") {
        ("musl", "glibc")
    } else {
        ("glibc", "musl")
    };
    let meaning = format!("The program is built for {built}, and this image has {here}.");
    Draft::new("LIBC_MISMATCH", start_severity(case), &meaning)
        .see(format!("{program} names the loader {loader}"))
        .see(format!("{loader} is missing"))
        .see(format!("{other} is there"))
        .see_all(error_line(case))
        .advise(match built {
            "musl" => "build on a glibc image (the -dev image of this one), not on Alpine",
            _ => "build on Alpine, or run it on an image with glibc",
        })
        .advise("or link it statically")
        .done()
}

/// What the tables of an ELF file say, when they could be read.
fn elf<'a>(case: &Case<'a, '_>, path: &str) -> Known<Option<&'a Elf>> {
    Some(match case.look.content(path)? {
        Found::Is(Content::Elf(Ok(elf))) => Some(elf),
        Found::Is(Content::Elf(Err(_)) | Content::Bytes(..))
        | Found::Missing
        | Found::Unreadable(_) => None,
    })
}

fn needed(case: &Case<'_, '_>, program: &str) -> Vec<String> {
    let elf = elf(case, program).flatten();
    elf.map(|elf| elf.needed.iter().take(TOLD).cloned().collect())
        .unwrap_or_default()
}

fn go(case: &Case<'_, '_>, program: &str) -> bool {
    elf(case, program).flatten().is_some_and(|elf| elf.go)
}

fn missing_lib(case: &Case<'_, '_>) -> Findings {
    if fault(case)? != Fault::None {
        return FINE;
    }
    let program = case.program.as_ref()?;
    if mounts::over_libraries(case)?.is_some() {
        return FINE;
    }
    let mut names = BTreeSet::new();
    let missing: Vec<&Link> = program
        .libraries
        .iter()
        .filter(|link| link.path.is_none() && names.insert(&link.name))
        .collect();
    if missing.is_empty() {
        return by_log(case);
    }
    let providers: Vec<_> = missing
        .iter()
        .take(TOLD)
        .map(|link| case.look.provider(&format!("so:{}", link.name)))
        .collect();
    let mut found: Vec<Finding> = Vec::new();
    for (link, provider) in missing.iter().zip(providers) {
        found.extend(missing_one(case, link, provider?.is()));
    }
    Some(found)
}

fn missing_one(case: &Case<'_, '_>, link: &Link, package: Option<&String>) -> Option<Finding> {
    let name = &link.name;
    let meaning = format!("The program needs the library {name}, and the loader finds it nowhere.");
    let said = lines::newest(case).find(|line| line.contains(name.as_str()));
    let draft = Draft::new("MISSING_LIB", start_severity(case), &meaning)
        .see(format!("{} needs {name}", link.needed_by))
        .see_all(said.map(lines::quoted));
    let draft = match package {
        Some(package) => draft.advise(format!("{package} provides it: apk add so:{name} in the build stage, and copy it, or add the package to the image")),
        None => draft.advise(format!("find it in the -dev image: apk search so:{name} (Debian: apt-file search {name})")),
    };
    draft
        .advise(format!(
            "COPY --from=build /usr/lib/{name} /usr/lib/, with what it needs itself"
        ))
        .package(package.map(String::as_str))
        .finding()
}

/// The library that a loader's line misses: glibc's, musl's, and those of programs that load at run time.
fn missing_in(line: &str) -> Option<&str> {
    static ROWS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"([A-Za-z0-9_+.-]+\.so[0-9.]*): cannot open shared object file|Error loading shared library ([A-Za-z0-9_+.-]+):").ok()
    });
    let found = ROWS.as_ref()?.captures(line)?;
    found
        .get(1)
        .or_else(|| found.get(2))
        .map(|name| name.as_str())
}

fn by_log(case: &Case<'_, '_>) -> Findings {
    let Some((line, name)) = lines::newest(case).find_map(|line| Some((line, missing_in(line)?)))
    else {
        return FINE;
    };
    let package = case.look.provider(&format!("so:{name}"))?.is();
    let meaning =
        format!("A program or plugin needs the library {name}, and the loader found it nowhere.");
    Draft::new("MISSING_LIB", log_severity(case), &meaning)
        .see(lines::quoted(line))
        .advise(match package {
            Some(package) => format!("{package} provides it: apk add so:{name}"),
            None => format!(
                "find it in the -dev image: apk search so:{name} (Debian: apt-file search {name})"
            ),
        })
        .package(package.map(String::as_str))
        .done()
}
