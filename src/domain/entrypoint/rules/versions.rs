//! Symbol versions: a library that is there, and older than the one that the program was built against.

use std::collections::BTreeSet;

use super::Rule;
use super::fault::{Fault, fault};
use super::kit::{Draft, FINE, Findings, base, log_severity, start_severity};
use super::lines;
use crate::domain::elf::Elf;
use crate::domain::entrypoint::{Case, Program, ProgramKind};
use crate::domain::fs::Content;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "GLIBC_TOO_OLD",
    title: "Built against a newer libc",
    how: "Symbol versions that the program and its libraries need against those that the image's libraries define; log lines.",
    check: glibc_too_old,
}];

/// A version that a file needs of a library which does not define it.
struct Gap {
    needed_by: String,
    library: String,
    version: String,
    newest: Option<String>,
}

/// Files whose needs are compared: each was read for its own libraries already.
const READ: usize = 64;

fn gaps(case: &Case<'_, '_>, program: &Program) -> Option<Vec<Gap>> {
    let last = program.steps.iter().rev();
    let last = last.filter(|step| matches!(step.kind, ProgramKind::Dynamic { .. }));
    let program_file = last.filter_map(|step| step.path.as_deref()).take(1);
    let links = program.libraries.iter();
    let files = program_file.chain(links.filter_map(|link| link.path.as_deref()));
    let mut seen = BTreeSet::new();
    let mut gaps = Vec::new();
    for file in files.take(READ) {
        let Some(needing) = tables(case.look.read_already(file)) else {
            continue;
        };
        for (library, version) in &needing.version_needs {
            let link = program.libraries.iter().find(|link| link.name == *library);
            let Some(at) = link.and_then(|link| link.path.as_deref()) else {
                continue;
            };
            // One without any versions (musl's, or one that could not be read whole) proves nothing.
            let defs = defined(case, library, at)?;
            if defs.is_empty() || defs.contains(version) || !seen.insert((library, version)) {
                continue;
            }
            gaps.push(Gap {
                needed_by: file.to_owned(),
                library: at.to_owned(),
                version: version.clone(),
                newest: newest(defs, version),
            });
        }
    }
    Some(gaps)
}

/// The tables of an ELF file.
fn tables(content: Option<&Content>) -> Option<&Elf> {
    match content? {
        Content::Elf(Ok(elf)) => Some(elf),
        Content::Elf(Err(_)) | Content::Bytes(..) => None,
    }
}

/// The versions that a library defines; none at all when they cannot be known. Most were read already. Of
/// the parts of glibc, which are always of one version, only the first is asked for.
fn defined<'a>(case: &Case<'a, '_>, name: &str, at: &str) -> Option<&'a [String]> {
    let content = match name {
        "libc.so.6" => case.look.content(at)?.is().copied(),
        _ => case.look.read_already(at),
    };
    Some(
        tables(content)
            .map(|elf| elf.version_defs.as_slice())
            .unwrap_or_default(),
    )
}

/// The highest version of the same name that is defined: `GLIBC_2.36` beside `GLIBC_2.38`.
fn newest(defs: &[String], version: &str) -> Option<String> {
    let (name, _) = version.rsplit_once('_')?;
    let numbers = |def: &&String| -> Option<Vec<u32>> {
        let (other, numbers) = def.rsplit_once('_')?;
        (other == name).then(|| numbers.split('.').map_while(|n| n.parse().ok()).collect())
    };
    let same = defs
        .iter()
        .filter(|def| numbers(def).is_some_and(|n| !n.is_empty()));
    same.max_by_key(numbers).cloned()
}

fn glibc_too_old(case: &Case<'_, '_>) -> Findings {
    if fault(case)? != Fault::None {
        return FINE;
    }
    let gaps = gaps(case, case.program.as_ref()?)?;
    let said =
        lines::newest(case).find(|line| line.contains("version `") && line.contains("' not found"));
    let advice = "build on the -dev image of the image that it will run on: its libraries are then never newer";
    let Some(first) = gaps.first() else {
        let Some(line) = said else { return FINE };
        let meaning = "A program was built against a newer library than the image has.";
        return Draft::new("GLIBC_TOO_OLD", log_severity(case), meaning)
            .see(lines::quoted(line))
            .advise(advice)
            .done();
    };
    let meaning = format!(
        "The program was built against a newer {} than the image has.",
        base(&first.library)
    );
    let lines_of = |gap: &Gap| {
        let has = gap
            .newest
            .as_ref()
            .map(|newest| format!(", which has {newest} at most"))
            .unwrap_or_default();
        format!(
            "{} needs {} of {}{has}",
            gap.needed_by, gap.version, gap.library
        )
    };
    Draft::new("GLIBC_TOO_OLD", start_severity(case), &meaning)
        .see_all(gaps.iter().map(lines_of))
        .see_all(said.map(lines::quoted))
        .advise(advice)
        .advise("or run it on a newer image")
        .advise("or link it statically")
        .done()
}
