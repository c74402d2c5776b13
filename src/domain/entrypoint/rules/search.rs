//! Programs that are nowhere, and what may have been meant.

use std::collections::BTreeSet;

use super::Rule;
use super::fault::{Fault, fault, told};
use super::kit::{
    Draft, Findings, array, base, error_line, folder, search_path, start_severity, workdir,
};
use crate::domain::entrypoint::Case;
use crate::domain::fs::{self, Found};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "NOT_FOUND",
        title: "The program is nowhere",
        how: "The first word of the command leads to no file: by its path, or in any directory of PATH.",
        check: not_found,
    },
    Rule {
        id: "ARGV_AS_STRING",
        title: "A whole command line stands where a program's name should",
        how: "The first word of the command holds a blank and is no file, but what stands before the blank is a program.",
        check: argv_as_string,
    },
];

/// Names that are told as alike.
const NEAR: usize = 5;
/// Directories whose names are asked for: each costs the engine a whole directory.
const LISTED: usize = 4;
/// Names of a directory that are compared.
const NAMES: usize = 5000;
/// Steps of the history that are told.
const STEPS: usize = 3;

fn not_found(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The program that the command names is not among the files.";
    let fault = fault(case)?;
    let Fault::NotFound(link) = &fault else {
        let advice =
            "look at the COPY that should have brought it, and at the path in ENTRYPOINT or CMD";
        return told(case, &fault, "NOT_FOUND", MEANING, advice);
    };
    let name = case.argv.first()?;
    let steps = &case.program.as_ref()?.steps;
    let by_path = name.contains('/');
    let at = fs::joined(workdir(case), name);
    let mut draft = Draft::new("NOT_FOUND", start_severity(case), MEANING)
        .see(format!("it runs {}", array(&case.argv)));
    draft = match link {
        Some(to) => draft.see(format!("{at} is a link to {to}, which is missing")),
        None if by_path => draft.see(format!("{at} is missing")),
        None => draft.see_all(
            steps
                .first()?
                .sought
                .iter()
                .map(|at| format!("{at} is missing")),
        ),
    };
    draft = draft.see_all(error_line(case));
    let near = near_names(case, name)?;
    if !near.is_empty() {
        draft = draft.advise(format!("did you mean {}?", near.join(", ")));
    }
    let copied = case
        .look
        .history()
        .map(|history| copies(history, name, &at));
    for step in copied? {
        draft = draft
            .see(format!("history: {step}"))
            .advise(format!("look at what this step brought: {step}"));
    }
    let provider = if by_path {
        None
    } else {
        Some(case.look.provider(&format!("cmd:{name}"))?)
    };
    let package = provider.and_then(Found::is).map(String::as_str);
    if let Some(package) = package {
        draft = draft.advise(format!(
            "{package} provides it: the image itself must have it, not only the build stage"
        ));
    }
    let draft = if by_path {
        draft.advise(format!("bring it: COPY --chmod=755 {} {at}", base(name)))
    } else {
        draft.advise("name it by its full path, or put its directory into PATH")
    };
    draft.package(package).done()
}

/// Programs of other names where this one was sought: by its directory, or in those of `PATH`.
fn near_names(case: &Case<'_, '_>, name: &str) -> Option<Vec<String>> {
    let at = fs::joined(workdir(case), name);
    let dirs = if name.contains('/') {
        vec![folder(&at)]
    } else {
        search_path(case)
    };
    let led: Vec<_> = dirs.iter().map(|dir| case.look.follow(dir)).collect();
    let led: Vec<_> = led.into_iter().collect::<Option<_>>()?;
    // In most images of today /bin is a link to /usr/bin.
    let real: BTreeSet<String> = led
        .into_iter()
        .filter(fs::Led::is_dir)
        .map(|led| led.path)
        .collect();
    let lists: Vec<_> = real
        .iter()
        .take(LISTED)
        .map(|dir| (dir, case.look.list(dir)))
        .collect();
    let mut near = Vec::new();
    for (dir, names) in lists {
        let Some(names) = names?.is() else { continue };
        for other in names.iter().take(NAMES) {
            if let Some(distance) = distance(base(name), other) {
                near.push((distance, fs::joined(dir, other)));
            }
        }
    }
    near.sort();
    Some(near.into_iter().map(|(_, path)| path).take(NEAR).collect())
}

/// How far two names are apart, when they are near: capitals, an ending, a typing error or two.
fn distance(name: &str, other: &str) -> Option<usize> {
    /// Longer names are hardly typed.
    const LONGEST: usize = 64;
    if name.is_empty() || name == other || name.len() > LONGEST || other.len() > LONGEST {
        return None;
    }
    let (name, other) = (name.to_lowercase(), other.to_lowercase());
    if name == other {
        return Some(0);
    }
    let stem = |name: &str| {
        name.split(['.', '_', '-'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let alike = stem(&name) == stem(&other) && stem(&name).len() > 2;
    let most = match name.chars().count() {
        0..=3 => 1,
        _ => 2,
    };
    let letters = |name: &str| {
        let mut letters: Vec<char> = name.chars().collect();
        letters.sort_unstable();
        letters
    };
    // Letters in another order are one typing error.
    let edits = if letters(&name) == letters(&other) {
        1
    } else {
        edits(&name, &other)
    };
    match (edits <= most, alike) {
        (true, _) => Some(edits),
        (false, true) => Some(most + 1),
        (false, false) => None,
    }
}

/// Characters to put in, take out or change.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, c) in one.chars().enumerate() {
        let mut left = at + 1;
        let mut next = vec![left];
        for (pair, d) in row.windows(2).zip(&other) {
            let &[diagonal, above] = pair else { continue };
            left = (diagonal + usize::from(c != *d))
                .min(above + 1)
                .min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// The steps that copied something of this name, or into its directory.
fn copies(history: &[String], name: &str, at: &str) -> Vec<String> {
    let brought = |step: &&String| {
        let Some((_, files)) = split_copy(step) else {
            return false;
        };
        let mut words = files.split_whitespace().rev().filter(|word| *word != "in");
        let to = words.next().unwrap_or_default().trim_end_matches('/');
        let named = base(name)
            .split('.')
            .next()
            .is_some_and(|stem| stem.len() > 2 && files.contains(stem));
        named || (!to.is_empty() && name.contains('/') && (to == folder(at) || to == at))
    };
    let mut found: Vec<String> = history
        .iter()
        .rev()
        .filter(brought)
        .take(STEPS)
        .map(|step| {
            let (verb, files) = split_copy(step).unwrap_or_default();
            format!("{verb} {files}")
        })
        .collect();
    found.reverse();
    found
}

/// A copying step: its verb, and the rest without what the builders put around it.
fn split_copy(step: &str) -> Option<(&str, &str)> {
    let step = step
        .split_once("#(nop)")
        .map_or(step, |(_, rest)| rest)
        .trim();
    let step = step.strip_suffix("# buildkit").unwrap_or(step).trim();
    ["COPY", "ADD"]
        .into_iter()
        .find_map(|verb| Some((verb, step.strip_prefix(verb)?.strip_prefix(' ')?)))
}

fn argv_as_string(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The whole command line is one word, and a file of that name is sought.";
    let fault = fault(case)?;
    let Fault::OneString(first, at) = &fault else {
        return told(
            case,
            &fault,
            "ARGV_AS_STRING",
            MEANING,
            "give each word of the command on its own",
        );
    };
    let name = case.argv.first()?;
    let words: Vec<&str> = name.split_whitespace().collect();
    let mut form: Vec<&str> = words.clone();
    let rest = case.argv.get(1..).unwrap_or_default();
    form.extend(rest.iter().map(String::as_str));
    let setting = if case.config().entrypoint.is_empty() {
        "CMD"
    } else {
        "ENTRYPOINT"
    };
    let words = match setting {
        "CMD" => form,
        _ => words,
    };
    Draft::new("ARGV_AS_STRING", start_severity(case), MEANING)
        .see(format!("{setting} begins with {}", array(&[name])))
        .see(format!("`{first}` alone is a program: {at}"))
        .see_all(error_line(case))
        .advise(format!("{setting} {}", array(&words)))
        .done()
}
