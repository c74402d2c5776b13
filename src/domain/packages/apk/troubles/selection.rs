//! `unable to select packages:` and the block below it: names that nobody has, and packages that do not go together.

use super::{Case, LIST, shown};
use crate::domain::packages::TroubleId;

/// Something in the block, and what is said of it.
struct Entry<'a> {
    /// `jq-1.7.1-r4`, `nope (no such package)`, `mail (virtual)`.
    head: &'a str,
    /// Label and text: `required by`, `world[nope]`. Long texts go on in further lines.
    said: Vec<(&'a str, String)>,
    /// The lines.
    lines: Vec<&'a str>,
}

impl Case {
    /// A block, by its first line and those below it.
    pub(super) fn selection(&mut self, first: &str, block: &[&str]) {
        let entries = entries(block);
        let mut against: Vec<&Entry<'_>> = Vec::new();
        for entry in &entries {
            let mut evidence = vec![first];
            evidence.extend(&entry.lines);
            if let Some(name) = entry.head.strip_suffix(" (no such package)") {
                self.nobody(name, entry, &evidence);
            } else if let Some(name) = entry.head.strip_suffix(" (virtual)") {
                let by = entry.text("provided by").unwrap_or("several packages");
                let meaning = format!("{name} is not a package; it is provided by {by}");
                self.add(
                    TroubleId::Conflict,
                    &meaning,
                    &["ask for one of these by name"],
                    &evidence,
                );
            } else {
                against.push(entry);
            }
        }
        // Those that do not go together are one trouble.
        let Some(entry) = against.first() else {
            return;
        };
        let breaks = ["breaks", "conflicts", "masked in"];
        let why = breaks
            .iter()
            .find_map(|label| Some((label, entry.text(label)?)));
        let meaning = match why {
            Some((&"breaks", what)) if what.starts_with("world[") => {
                format!(
                    "{} is what there is, and {} is asked for",
                    entry.head,
                    inner(what)
                )
            }
            Some((&"masked in", what)) => format!("{} is only to be had from {what}", entry.head),
            Some((label, what)) => format!(
                "{} does not go with the rest: it {label} {what}",
                entry.head
            ),
            None => format!("{} does not go with the rest", entry.head),
        };
        let advice = [
            "ask for a version that goes with what is there, or for none in particular",
            "what is asked for by name is in /etc/apk/world: remove what stands against it",
        ];
        let mut evidence = vec![first];
        evidence.extend(against.iter().flat_map(|entry| &entry.lines));
        self.add(TroubleId::Conflict, &meaning, &advice, &evidence);
    }

    /// A name that no repository has: asked for, or needed by a package.
    fn nobody(&mut self, name: &str, entry: &Entry<'_>, evidence: &[&str]) {
        let by = entry.text("required by").unwrap_or_default();
        if by.is_empty() || by.contains("world[") {
            let meaning = format!("no repository that could be read has a package called {name}");
            return self.add(TroubleId::UnknownName, &meaning, &[LIST], evidence);
        }
        let by: Vec<&str> = by
            .split(' ')
            .map(|one| one.split('[').next().unwrap_or(one))
            .collect();
        let meaning = format!(
            "{} needs {name}, which no repository that could be read has",
            by.join(", ")
        );
        let advice =
            ["configure the repository that has it, or fetch the indexes again (`apk update`)"];
        self.add(TroubleId::Conflict, &meaning, &advice, evidence);
    }
}

impl Entry<'_> {
    fn text(&self, wanted: &str) -> Option<&str> {
        let mut said = self.said.iter();
        said.find_map(|(label, text)| (*label == wanted).then_some(text.as_str()))
    }
}

/// What is between the brackets of `world[…]`.
fn inner(what: &str) -> String {
    let inside = what.split(['[', ']']).nth(1);
    shown(inside.unwrap_or(what))
}

/// The block by its indents: two blanks before a head, four before a label, more where a text goes on.
fn entries<'a>(block: &[&'a str]) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for line in block {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        if indent < 4 {
            entries.push(Entry {
                head: words.trim_end_matches(':'),
                said: Vec::new(),
                lines: vec![line],
            });
            continue;
        }
        let Some(entry) = entries.last_mut() else {
            continue;
        };
        entry.lines.push(line);
        match (words.split_once(": "), entry.said.last_mut()) {
            (Some((label, text)), _) if indent == 4 => entry.said.push((label, text.into())),
            (_, Some((_, text))) => {
                text.push(' ');
                text.push_str(words);
            }
            _ => {}
        }
    }
    entries
}
