//! What a change would do, and what became of it.

use serde::Serialize;

use super::{Catalogue, Change, Doing, Installed, Printed, Step, Trouble, Verb};

/// What a change would do, as the manager's own solver says: nothing is done yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transaction {
    /// What was asked for.
    pub change: Change,
    /// What would be done, in order; empty when there is nothing to do.
    pub steps: Vec<Step>,
    /// Bytes to download; none when not known.
    pub download: Option<u64>,
    /// Bytes that the disk would have less (or, negative, more); none when not known.
    pub disk: Option<i64>,
    /// Why it cannot be done; empty when it can.
    pub troubles: Vec<Trouble>,
}

impl Transaction {
    /// Fills in what the steps weigh.
    #[must_use]
    pub fn weighed(mut self, catalogue: &Catalogue, installed: &Installed) -> Self {
        (self.download, self.disk) = catalogue.weigh(&self.steps, installed);
        self
    }

    /// Packages that come along, beside those that were asked for by name.
    pub fn along(&self) -> impl Iterator<Item = &Step> {
        let asked = |step: &Step| self.change.names.iter().any(|name| bare(name) == step.name);
        self.steps.iter().filter(move |step| !asked(step))
    }
}

/// A name without the version or repository that may be asked for with it.
pub fn bare(name: &str) -> &str {
    name.split(['=', '<', '>', '~', '@'])
        .next()
        .unwrap_or_default()
}

/// The version that a name asks for, and no other: of `curl=8.10.1-r0`, not of `curl=~8` or `curl>=8`.
fn exactly(name: &str) -> Option<&str> {
    let version = name.strip_prefix(bare(name))?.strip_prefix('=')?;
    (!version.starts_with('~')).then_some(version)
}

/// How a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All that was asked for is so now.
    Done,
    /// There was nothing to do: it was so before.
    Nothing,
    /// Some of it is so now.
    Partly,
    /// None of it is.
    Failed,
    /// The person gave up; what was done by then stands in the report.
    Cancelled,
}

/// What became of a change: the report of `devtwin packages add`, `del` and `upgrade`, and a fact of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The manager's name.
    pub manager: String,
    /// What was asked for.
    pub change: Change,
    /// How it ended, by the databases before and after.
    pub outcome: Outcome,
    /// What is different now, by name.
    pub steps: Vec<Step>,
    /// Names that were asked for and are not as asked for.
    pub missed: Vec<String>,
    /// What went wrong.
    pub troubles: Vec<Trouble>,
    /// The manager's exit status; none when it never ended by itself.
    pub status: Option<i64>,
    /// What a person would type for what was done; empty when nothing was.
    pub line: String,
    /// The instruction of a Dockerfile for it; empty when nothing was done.
    pub dockerfile: String,
}

/// A change that came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The report.
    pub changed: Changed,
    /// What is installed now.
    pub installed: Installed,
    /// What the manager printed.
    pub printed: Printed,
}

/// What is different in `after`, by name.
pub fn difference(before: &Installed, after: &Installed) -> Vec<Step> {
    let step = |doing, name: &str, version: &str, old: Option<&str>| Step {
        at: 0,
        of: 0,
        doing,
        name: name.into(),
        version: version.into(),
        old: old.map(Into::into),
    };
    let mut steps = Vec::new();
    for (name, now) in &after.packages {
        match before.packages.get(name) {
            None => steps.push(step(Doing::Install, name, &now.version, None)),
            Some(then) if then.version != now.version => {
                steps.push(step(
                    Doing::Upgrade,
                    name,
                    &now.version,
                    Some(&then.version),
                ));
            }
            Some(_) => {}
        }
    }
    for (name, then) in &before.packages {
        if !after.packages.contains_key(name) {
            steps.push(step(Doing::Remove, name, &then.version, None));
        }
    }
    steps
}

/// Names of a change that are not as asked for in `after`.
pub fn missed(change: &Change, after: &Installed) -> Vec<String> {
    let names = change.names.iter();
    let missed = names.filter(|name| {
        let here = after.packages.get(bare(name));
        match change.verb {
            Verb::Install | Verb::Upgrade => here.is_none_or(|here| {
                here.broken.is_some() || exactly(name).is_some_and(|v| v != here.version)
            }),
            Verb::Remove => here.is_some(),
        }
    });
    missed.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::super::Here;
    use super::*;

    #[test]
    fn a_name_is_missed_when_it_is_not_there_whole_or_in_another_version() {
        let mut after = Installed::default();
        let mut add = |name: &str, broken: Option<&str>| {
            let here = Here {
                version: "8.1-r0".into(),
                broken: broken.map(Into::into),
                ..Here::default()
            };
            after.packages.insert(name.into(), here);
        };
        add("curl", None);
        add("torn", Some("its script failed"));
        for (verb, name, want) in [
            (Verb::Install, "curl", false),
            (Verb::Install, "curl=8.1-r0", false),
            (Verb::Install, "curl=9", true),
            (Verb::Install, "curl=~8", false),
            (Verb::Install, "curl>=8", false),
            (Verb::Install, "torn", true),
            (Verb::Install, "nope", true),
            (Verb::Remove, "curl", true),
            (Verb::Remove, "nope", false),
        ] {
            let change = Change {
                verb,
                names: vec![name.into()],
            };
            assert_eq!(!missed(&change, &after).is_empty(), want, "{verb:?} {name}");
        }
    }
}
