//! Steps, weights, troubles and outcomes in words: what details, popup and result have in common.

use crate::app::panes::entrypoint::blocks::{Ink, Line, Piece, wrap};
use crate::app::text::{bytes, clean, cut, pad, width};
use crate::domain::packages::{
    Change, Changed, Doing, Outcome, Step, Transaction, Trouble, Verb, change::bare,
};
use crate::domain::text::quote;

/// Longest name or version that is shown.
const NAME: usize = 60;
/// Lines of evidence of a trouble.
const EVIDENCE: usize = 4;

/// What a person wishes for.
pub fn verb(verb: Verb) -> (&'static str, &'static str) {
    match verb {
        Verb::Install => ("install", "installed"),
        Verb::Remove => ("remove", "removed"),
        Verb::Upgrade => ("upgrade", "upgraded"),
    }
}

/// A foreign name, fit to be shown.
pub fn name(name: &str) -> String {
    cut(&clean(name), NAME)
}

/// So many packages, in words.
pub fn count(n: usize) -> String {
    match n {
        1 => "1 package".to_owned(),
        n => format!("{n} packages"),
    }
}

/// Names in a row, at most `most` of them.
pub fn names<'a>(names: impl Iterator<Item = &'a str>, most: usize) -> String {
    let all: Vec<&str> = names.collect();
    let mut text: Vec<String> = all.iter().take(most).map(|n| name(n)).collect();
    if all.len() > most {
        text.push(format!("{} more", all.len() - most));
    }
    text.join(", ")
}

/// The change in a few words: `install bind-tools`, `upgrade all packages`.
pub fn wish(change: &Change) -> String {
    let (verb, _) = verb(change.verb);
    match change.names.as_slice() {
        [] => format!("{verb} all packages"),
        [one] => format!("{verb} {}", name(one)),
        more => format!("{verb} {}", count(more.len())),
    }
}

/// The change as a heading: `Install bind-tools`.
pub fn title(change: &Change) -> String {
    let wish = wish(change);
    let mut chars = wish.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// The docker command that runs a manager's line in the twin of that name; none when there is no line.
pub fn by_hand(twin: &str, line: &str) -> Option<String> {
    // What is more than words is for a shell.
    let signs = ['&', '|', ';', '>', '<', '$', '`', '\n', '#'];
    let line = if line.contains(signs) {
        format!("sh -c {}", quote(line))
    } else {
        line.to_owned()
    };
    (!line.is_empty()).then(|| format!("docker exec -u 0 {twin} {line}"))
}

/// What a change weighs; none when that is not known.
pub fn weight(told: &Transaction) -> Option<String> {
    let download = told.download.filter(|n| *n > 0);
    let download = download.map(|n| format!("{} to download", bytes(n)));
    let disk = told.disk.filter(|n| *n != 0).map(|n| {
        let size = bytes(n.unsigned_abs());
        if n > 0 {
            format!("{size} on the disk")
        } else {
            format!("frees {size}")
        }
    });
    let both: Vec<String> = download.into_iter().chain(disk).collect();
    (!both.is_empty()).then(|| both.join(", "))
}

/// What a change brings with it, in a sentence.
pub fn summary(told: &Transaction) -> String {
    let along: Vec<&str> = told.along().map(|step| step.name.as_str()).collect();
    let it = if told.change.names.len() == 1 {
        "it"
    } else {
        "them"
    };
    let brings = match (along.len(), told.change.verb) {
        (0, _) if told.change.names.is_empty() => count(told.steps.len()),
        (0, Verb::Remove) => format!("nothing goes with {it}"),
        (0, Verb::Install | Verb::Upgrade) => format!("nothing comes with {it}"),
        (_, _) if told.change.names.is_empty() => names(along.iter().copied(), 8),
        (n, Verb::Remove) => format!("{} with {it}: {}", count(n), names(along.into_iter(), 8)),
        (n, Verb::Install | Verb::Upgrade) => {
            format!("brings {}: {}", count(n), names(along.into_iter(), 8))
        }
    };
    match weight(told) {
        Some(weight) => format!("{brings}; {weight}"),
        None => brings,
    }
}

/// A step: what, which package, which versions.
pub fn step(step: &Step) -> Line {
    let (sign, ink) = match step.doing {
        Doing::Install => ("+", Ink::Good),
        Doing::Upgrade => ("↑", Ink::Good),
        Doing::Downgrade => ("↓", Ink::Good),
        Doing::Reinstall => ("=", Ink::Good),
        Doing::Remove => ("-", Ink::Waiting),
        Doing::Configure => ("·", Ink::Good),
    };
    let mut line = vec![
        (ink, format!("{sign} ")),
        (Ink::Strong, name(&step.name)),
        (Ink::Muted, String::new()),
    ];
    let versions = match &step.old {
        Some(old) => format!(" {} → {}", name(old), name(&step.version)),
        None => format!(" {}", name(&step.version)),
    };
    line.push((Ink::Muted, versions));
    line
}

/// Troubles: what is wrong, what proves it, what to do.
pub fn troubles(troubles: &[Trouble], columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for trouble in troubles {
        lines.extend(hung(Ink::Bad, "✗ ", Ink::Strong, &trouble.meaning, columns));
        for line in trouble.evidence.iter().take(EVIDENCE) {
            lines.extend(hung(Ink::Muted, "  · ", Ink::Muted, line, columns));
        }
        for advice in &trouble.advice {
            lines.extend(hung(Ink::Accent, "  → ", Ink::Accent, advice, columns));
        }
    }
    lines
}

/// A text behind a sign; its further lines stand below its beginning.
pub fn hung(sign: Ink, lead: &str, ink: Ink, text: &str, columns: usize) -> Vec<Line> {
    let hang = [(Ink::Muted, " ".repeat(width(lead)))];
    wrap(
        &[(ink, clean(text))],
        &[(sign, lead.to_owned())],
        &hang,
        columns,
    )
}

/// A name of a field, and pieces behind it.
pub fn field(label: &str, pieces: &[Piece], columns: usize) -> Vec<Line> {
    const LABEL: usize = 11;
    let lead = [(Ink::Name, pad(label, LABEL))];
    let hang = [(Ink::Name, " ".repeat(LABEL))];
    wrap(pieces, &lead, &hang, columns)
}

/// How a change ended, in a sentence.
pub fn outcome(changed: &Changed) -> (Ink, String) {
    let (wished, done) = verb(changed.change.verb);
    let all = changed.change.names.is_empty();
    let asked = || match changed.change.names.as_slice() {
        [] => "all packages".to_owned(),
        [one] => name(bare(one)),
        more => names(more.iter().map(|n| bare(n)), 4),
    };
    let are = if changed.change.names.len() == 1 {
        "is"
    } else {
        "are"
    };
    match changed.outcome {
        Outcome::Done if all => {
            let count = count(changed.steps.len());
            (Ink::Good, format!("✓ {count} {done}"))
        }
        Outcome::Done => (Ink::Good, format!("✓ {} {are} {done}", asked())),
        Outcome::Nothing if all => (Ink::Good, "✓ all packages are up to date".to_owned()),
        Outcome::Nothing => {
            let was = format!("✓ nothing to do: {} {are} {done} already", asked());
            (Ink::Good, was)
        }
        Outcome::Partly => (
            Ink::Waiting,
            format!("! {} {are} {done} only in part", asked()),
        ),
        Outcome::Failed => (Ink::Bad, format!("✗ could not {wished} {}", asked())),
        Outcome::Cancelled if changed.steps.is_empty() => (
            Ink::Waiting,
            "◌ cancelled: nothing is different now".to_owned(),
        ),
        Outcome::Cancelled => {
            let what = "◌ cancelled; what was done by then stays";
            (Ink::Waiting, what.to_owned())
        }
    }
}
