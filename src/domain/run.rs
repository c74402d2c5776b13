//! The target's command once more: what runs, as whom and where, read from a person's text, compared with
//! the original, and printed as the `docker exec` line that does the same.

mod order;
mod text;

pub use order::{How, Order, Place};
pub use text::{
    KEPT, argv_text, env_text, exec_array, read_argv, read_env, read_user, read_workdir,
};

use std::collections::{BTreeMap, BTreeSet};

use super::entrypoint::{Identity, Report};

/// A command with all that it is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// `user`, `uid` or `uid:gid`; empty for the container's own.
    pub user: String,
    /// Working directory; empty for the container's own.
    pub workdir: String,
    /// Variables, in order.
    pub env: Vec<(String, String)>,
}

impl Run {
    /// What the inspected container or image runs. The user is given by numbers where they are known: the
    /// twin has user files of its own.
    pub fn of(report: &Report) -> Self {
        let env = report.env.iter();
        Self {
            argv: report.argv.clone(),
            user: numbers(&report.user),
            workdir: report.workdir.path.clone(),
            env: env.map(|v| (v.name.clone(), v.value.clone())).collect(),
        }
    }

    /// The variables by name; of one that is there twice the last counts.
    fn vars(&self) -> BTreeMap<&str, &str> {
        let env = self.env.iter();
        env.map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// The variables that make of those of `original` these: none as a value takes one away.
    pub fn env_edits(&self, original: &Self) -> Vec<(String, Option<String>)> {
        let (before, after) = (original.vars(), self.vars());
        let gone = before.keys().filter(|name| !after.contains_key(*name));
        let gone = gone.map(|name| ((*name).to_owned(), None));
        let new = after
            .iter()
            .filter(|(name, value)| before.get(*name) != Some(value));
        let new = new.map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())));
        gone.chain(new).collect()
    }

    /// In what this one differs from `original`, in the order of the form.
    pub fn changes(&self, original: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut say = |what: &str, before: Option<String>, after: Option<String>| {
            if before != after {
                changes.push(Change {
                    what: what.into(),
                    before,
                    after,
                });
            }
        };
        let line = |run: &Self| Some(argv_text(&run.argv));
        say("command", line(original), line(self));
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        say("user", given(&original.user), given(&self.user));
        say("directory", given(&original.workdir), given(&self.workdir));
        let (before, after) = (original.vars(), self.vars());
        let mut told = BTreeSet::new();
        for (name, _) in original.env.iter().chain(&self.env) {
            let of = |vars: &BTreeMap<&str, &str>| vars.get(name.as_str()).map(ToString::to_string);
            if told.insert(name) {
                say(name, of(&before), of(&after));
            }
        }
        changes
    }
}

/// A setting that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which: `command`, `user`, `directory`, or the name of a variable.
    pub what: String,
    /// As it was; none when it was not set.
    pub before: Option<String>,
    /// As it is; none when it is not set.
    pub after: Option<String>,
}

fn numbers(user: &Identity) -> String {
    match (user.uid, user.gid) {
        (Some(uid), Some(gid)) => format!("{uid}:{gid}"),
        (Some(uid), None) => uid.to_string(),
        (None, _) => user.given.clone(),
    }
}

#[cfg(test)]
mod tests;
