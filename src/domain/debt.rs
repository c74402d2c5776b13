//! Debts: what was done to a target on a person's yes and must be undone. Pure.
//!
//! A debt is noted on the engine before the act, as an empty volume whose name and labels tell all of it: so any
//! later `devtwin clean`, by any client, can pay what a killed devtwin still owes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::target::{ContainerId, Status, Target};
use super::text::quote;
use super::twin::{Session, label};

/// What the name of every marker begins with.
pub const OWED_PREFIX: &str = "devtwin-owed-";

/// Longest name of a container that is believed, in bytes.
const LONGEST_NAME: usize = 256;

/// What is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Owed {
    /// Its restart policy was set to `no`; it was this, as docker writes it: `on-failure:3`.
    Restart(String),
    /// It was paused.
    Unpause,
}

impl Owed {
    /// The word in a marker's name.
    fn word(&self) -> &'static str {
        match self {
            Self::Restart(_) => "restart",
            Self::Unpause => "unpause",
        }
    }

    /// The value of a marker's label.
    fn value(&self) -> String {
        match self {
            Self::Restart(policy) => format!("restart={policy}"),
            Self::Unpause => "unpause".into(),
        }
    }

    /// Reads a label's value; none unless it is one that devtwin itself would have written.
    fn read(value: &str) -> Option<Self> {
        match value.split_once('=') {
            None => (value == "unpause").then_some(Self::Unpause),
            Some(("restart", policy)) if is_policy(policy) => Some(Self::Restart(policy.into())),
            Some(_) => None,
        }
    }
}

/// Whether docker would write a restart policy so. `no` is none that could be owed.
fn is_policy(policy: &str) -> bool {
    match policy.split_once(':') {
        None => matches!(policy, "always" | "unless-stopped" | "on-failure"),
        Some(("on-failure", most)) => {
            (1..=9).contains(&most.len()) && most.bytes().all(|b| b.is_ascii_digit())
        }
        Some(_) => false,
    }
}

/// What is owed to whom, and who owes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Debt {
    /// Full id of the target.
    pub target: ContainerId,
    /// Its name when the debt was made.
    pub target_name: String,
    /// What is owed.
    pub owed: Owed,
    /// Session that owes it.
    pub session: String,
    /// `user@host/folder` of that session.
    pub owner: String,
}

impl Debt {
    /// What `session` will owe `target`.
    pub fn new(session: &Session, target: &Target, owed: Owed) -> Self {
        Self {
            target: target.id.clone(),
            target_name: target.name.clone(),
            owed,
            session: session.id.clone(),
            owner: session.owner.clone(),
        }
    }

    /// Name of its marker, which also keeps one session from owing the same twice.
    pub fn name(&self) -> String {
        let (session, id) = (&self.session, self.target.short());
        format!("{OWED_PREFIX}{session}-{id}-{}", self.owed.word())
    }

    /// Labels of its marker.
    pub fn labels(&self) -> BTreeMap<String, String> {
        [
            (label::SESSION, self.session.clone()),
            (label::OWNER, self.owner.clone()),
            (label::TARGET, self.target.0.clone()),
            (label::TARGET_NAME, self.target_name.clone()),
            (label::VERSION, env!("CARGO_PKG_VERSION").to_owned()),
            (label::OWED, self.owed.value()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    /// Reads a marker; none for a volume that devtwin did not make so: labels can be anybody's, and what they say
    /// is done to a container.
    pub fn read(name: &str, labels: &BTreeMap<String, String>) -> Option<Self> {
        let get = |key: &str| labels.get(key).cloned();
        let (target, target_name) = (get(label::TARGET)?, get(label::TARGET_NAME)?);
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if target.len() != 64 || !target.bytes().all(hex) || target_name.len() > LONGEST_NAME {
            return None;
        }
        let debt = Self {
            target: ContainerId(target),
            target_name,
            owed: Owed::read(&get(label::OWED)?)?,
            session: get(label::SESSION)?,
            owner: get(label::OWNER)?,
        };
        (debt.name() == name).then_some(debt)
    }

    /// Whether it still stands as devtwin left it: what somebody has changed meanwhile is theirs.
    pub fn stands(&self, now: &Target) -> bool {
        match self.owed {
            Owed::Restart(_) => matches!(now.service.restart.as_str(), "" | "no"),
            Owed::Unpause => now.state.status == Status::Paused,
        }
    }

    /// What is done to pay it: "restart policy always restored".
    pub fn words(&self) -> String {
        match &self.owed {
            Owed::Restart(policy) => format!("restart policy {policy} restored"),
            Owed::Unpause => "unpaused".into(),
        }
    }

    /// The docker command that pays it.
    pub fn command(&self) -> String {
        // A label said so: it must not become more than a name where it is pasted.
        let name = quote(&self.target_name);
        match &self.owed {
            Owed::Restart(policy) => format!("docker update --restart={policy} {name}"),
            Owed::Unpause => format!("docker unpause {name}"),
        }
    }
}

/// What came of paying a debt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paid {
    /// Full id of the target.
    pub target: ContainerId,
    /// Its name.
    pub target_name: String,
    /// Name of the marker, which is gone.
    pub marker: String,
    /// Whether something was done to the target: not when it is gone, or was changed by somebody meanwhile.
    pub restored: bool,
    /// What was done, or why nothing was.
    pub what: String,
    /// The target does not run, because devtwin ended its restart loop: `docker start` brings it back.
    pub stopped: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::target::sample;

    fn session() -> Session {
        Session {
            id: "0badcafe".into(),
            owner: "ann@box/1".into(),
        }
    }

    fn debt(owed: Owed) -> Debt {
        Debt::new(&session(), &sample::target(), owed)
    }

    #[test]
    fn a_marker_tells_all_of_its_debt() {
        let policies = ["always", "unless-stopped", "on-failure", "on-failure:3"];
        let restart = policies.map(|policy| Owed::Restart(policy.into()));
        for owed in restart.into_iter().chain([Owed::Unpause]) {
            let debt = debt(owed);
            let read = Debt::read(&debt.name(), &debt.labels());
            assert_eq!(read, Some(debt.clone()));
            assert!(debt.name().starts_with("devtwin-owed-0badcafe-"));
        }
    }

    #[test]
    fn what_devtwin_did_not_write_is_no_marker() {
        let good = debt(Owed::Restart("always".into()));
        let (name, labels) = (good.name(), good.labels());
        let with = |key: &str, value: &str| {
            let mut labels = labels.clone();
            labels.insert(key.into(), value.into());
            Debt::read(&name, &labels)
        };
        for value in [
            "",
            "restart",
            "restart=",
            "restart=no",
            "restart=always:3",
            "restart=on-failure:",
            "restart=on-failure:-1",
            "restart=on-failure:9999999999",
            "restart=sometimes",
            "unpause=1",
            "unpause ",
            "kill",
            "\u{1b}[2J",
        ] {
            assert_eq!(with(label::OWED, value), None, "{value:?}");
        }
        for target in ["", "web", "../../version", &"A".repeat(64), &"a".repeat(63)] {
            assert_eq!(with(label::TARGET, target), None, "{target:?}");
        }
        assert_eq!(with(label::SESSION, "deadbeef"), None, "not in its name");
        assert_eq!(with(label::TARGET_NAME, &"a".repeat(300)), None);
        assert_eq!(Debt::read("data", &labels), None);
        for missing in [
            label::OWED,
            label::SESSION,
            label::OWNER,
            label::TARGET,
            label::TARGET_NAME,
        ] {
            let mut labels = labels.clone();
            labels.remove(missing);
            assert_eq!(Debt::read(&name, &labels), None, "{missing}");
        }
    }

    #[test]
    fn a_name_out_of_a_label_is_one_word_for_a_shell() {
        let mut debt = debt(Owed::Unpause);
        debt.target_name = "web; reboot".into();
        assert_eq!(debt.command(), "docker unpause 'web; reboot'");
    }

    #[test]
    fn what_somebody_changed_meanwhile_is_theirs() {
        let restart = debt(Owed::Restart("always".into()));
        let mut target = sample::target();
        assert!(restart.stands(&target), "no policy");
        target.service.restart = "no".into();
        assert!(restart.stands(&target));
        target.service.restart = "on-failure".into();
        assert!(!restart.stands(&target));
        let pause = debt(Owed::Unpause);
        assert!(!pause.stands(&target));
        target.state.status = Status::Paused;
        assert!(pause.stands(&target));
    }
}
