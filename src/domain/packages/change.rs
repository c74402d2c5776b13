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
    /// Why it cannot be done; empty when it can. What was broken before stands in no change's way.
    pub troubles: Vec<Trouble>,
    /// What a person would type for it; the configured repositories are in it.
    pub line: String,
    /// The instruction of a Dockerfile for it.
    pub dockerfile: String,
}

impl Transaction {
    /// Fills in what the steps weigh.
    #[must_use]
    pub fn weighed(mut self, catalogue: &Catalogue, installed: &Installed) -> Self {
        (self.download, self.disk) = catalogue.weigh(&self.steps, installed);
        self
    }

    /// Whether something stands against it.
    pub fn is_hindered(&self) -> bool {
        !self.troubles.is_empty()
    }

    /// Packages that come along, beside those that were asked for by name.
    pub fn along(&self) -> impl Iterator<Item = &Step> {
        let asked = |step: &Step| self.change.names.iter().any(|name| bare(name) == step.name);
        self.steps.iter().filter(move |step| !asked(step))
    }
}

/// A name without the version or repository that may be asked for with it (`curl=8.1`, `curl@edge`, `curl/stable`).
pub fn bare(name: &str) -> &str {
    name.split(['=', '<', '>', '~', '@', '/'])
        .next()
        .unwrap_or_default()
}

/// Whether a package of that version is what was asked for: `=` names the version, or with `*` how it begins; dnf takes
/// it without epoch and release, too, and who does not has refused it. What `=~` takes in is the manager's to say.
fn is_version(name: &str, version: &str) -> bool {
    let asked = name.get(bare(name).len()..).unwrap_or_default();
    let Some(asked) = asked.strip_prefix('=').filter(|a| !a.starts_with('~')) else {
        return true;
    };
    if let Some(begin) = asked.strip_suffix('*') {
        return version.starts_with(begin);
    }
    let plain = version.split_once(':').map_or(version, |(_, plain)| plain);
    [version, plain].into_iter().any(|version| {
        let rest = version.strip_prefix(asked);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
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

/// What is different in `after`, by name. Which of two versions is the newer one is the manager's to say: a
/// downgrade is an upgrade here.
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
            // What was left half-done is whole now.
            Some(then) if then.broken.is_some() && now.broken.is_none() => {
                steps.push(step(Doing::Configure, name, &now.version, None));
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
            Verb::Install | Verb::Upgrade => {
                here.is_none_or(|here| here.broken.is_some() || !is_version(name, &here.version))
            }
            Verb::Remove => here.is_some(),
        }
    });
    missed.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packages::Here;

    #[test]
    fn what_came_went_changed_and_was_mended_is_different() {
        let state = |packages: &[(&str, &str, Option<&str>)]| {
            let here = |&(name, version, broken): &(&str, &str, Option<&str>)| {
                let here = Here {
                    version: version.into(),
                    broken: broken.map(Into::into),
                    ..Here::default()
                };
                (name.to_owned(), here)
            };
            Installed {
                packages: packages.iter().map(here).collect(),
            }
        };
        let torn = Some("its script failed");
        let before = state(&[
            ("gone", "1", None),
            ("mended", "1", torn),
            ("newer", "1", None),
            ("same", "1", None),
            ("torn", "1", None),
        ]);
        let after = state(&[
            ("came", "2", torn),
            ("mended", "1", None),
            ("newer", "2", None),
            ("same", "1", None),
            ("torn", "1", torn),
        ]);
        let steps = difference(&before, &after);
        let told: Vec<_> = steps
            .iter()
            .map(|s| {
                (
                    s.doing,
                    s.name.as_str(),
                    s.version.as_str(),
                    s.old.as_deref(),
                )
            })
            .collect();
        let want = [
            (Doing::Install, "came", "2", None),
            (Doing::Configure, "mended", "1", None),
            (Doing::Upgrade, "newer", "2", Some("1")),
            (Doing::Remove, "gone", "1", None),
        ];
        assert_eq!(told, want);
    }

    #[test]
    fn what_is_not_as_asked_for_is_missed() {
        let here = |version: &str, broken: Option<&str>| Here {
            version: version.into(),
            broken: broken.map(Into::into),
            ..Here::default()
        };
        let packages = [
            ("curl", here("7.88.1-10", None)),
            ("openssl", here("1:3.0.7-24.el9", None)),
            ("bad", here("1.0", Some("its script failed"))),
        ];
        let after = Installed {
            packages: packages.map(|(name, here)| (name.to_owned(), here)).into(),
        };
        let missed = |verb, name: &str| {
            let names = [name.to_owned()];
            !missed(&Change::new(verb, &names).unwrap(), &after).is_empty()
        };
        for name in [
            "curl",
            "curl=7.88.1-10",
            "curl=7.88*",
            "curl=7.88.1",
            "openssl=3.0.7",
            "openssl=3.0.7-24.el9",
            "openssl=1:3.0.7",
            "curl/stable",
            "curl>=8",
            "curl=~8",
        ] {
            assert!(!missed(Verb::Install, name), "{name}");
        }
        for name in ["curl=8.0", "curl=7.88", "openssl=2:3.0.7", "bad", "nope"] {
            assert!(missed(Verb::Install, name), "{name}");
        }
        assert!(missed(Verb::Remove, "curl") && !missed(Verb::Remove, "nope"));
    }
}
