//! The question before a target itself is changed.

use crate::app::text::clean;
use crate::domain::debt::Debt;
use crate::domain::files::{last, names::shown};
use crate::domain::target::ContainerId;
use crate::domain::text::quote;

/// What is to be done to a target, with all that a person must know before the yes.
#[derive(Debug, Clone)]
pub enum Consent {
    /// End its restart loop.
    Freeze {
        /// Which.
        target: ContainerId,
        /// Its name, clean.
        name: String,
        /// Its restart policy, when it is known.
        policy: Option<String>,
    },
    /// Give its restart policy back, and start it again.
    LetGo {
        /// Its name, clean.
        name: String,
        /// What is owed to it.
        debt: Debt,
    },
    /// Copy a file of this machine into the twin.
    Upload {
        /// The twin.
        twin: ContainerId,
        /// Its name.
        name: String,
        /// The file of this machine.
        from: String,
        /// Where it goes.
        to: String,
        /// Something of that name is there.
        replaces: bool,
    },
}

impl Consent {
    /// The docker commands that do the same, one each.
    pub fn commands(&self) -> Vec<String> {
        match self {
            Self::Freeze { name, .. } => vec![format!("docker update --restart=no {name}")],
            Self::LetGo { name, debt } => {
                vec![clean(&debt.command()), format!("docker start {name}")]
            }
            Self::Upload { name, from, to, .. } => {
                let to = quote(&format!("{name}:{}", shown(to)));
                vec![clean(&format!("docker cp {} {to}", quote(from)))]
            }
        }
    }

    /// What follows from it.
    pub fn words(&self) -> String {
        match self {
            Self::Freeze { name, policy, .. } => {
                let policy = match policy.as_deref() {
                    Some(policy) => format!("its policy ({})", clean(policy)),
                    None => "its policy".into(),
                };
                format!(
                    "{name} stays stopped after its next end, so that you can look at it in peace. \
                     When you leave, {policy} is restored; it is not started again then. After a kill of devtwin, \
                     devtwin clean restores it."
                )
            }
            Self::LetGo { name, .. } => {
                format!("{name} gets its restart policy back, and is started if it does not run.")
            }
            Self::Upload { to, replaces, .. } => {
                let replaced = if *replaces {
                    format!(" {} is there already, and is replaced.", shown(last(to)))
                } else {
                    String::new()
                };
                format!(
                    "The file goes into the twin alone, as root's, and with it when the twin goes. The target is not \
                     touched, unless that directory is one of its volumes.{replaced}"
                )
            }
        }
    }

    /// What stands at the border.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Freeze { .. } => " Freeze the restart loop? ",
            Self::LetGo { .. } => " Let it go? ",
            Self::Upload { .. } => " Copy it into the twin? ",
        }
    }

    /// The line of an answer.
    pub fn answer(&self, choice: ConsentChoice) -> &'static str {
        match (choice, self) {
            (ConsentChoice::Do, Self::Freeze { .. }) => "Yes, freeze it",
            (ConsentChoice::Do, Self::LetGo { .. }) => "Yes, let it go",
            (ConsentChoice::Do, Self::Upload { .. }) => "Yes, copy it",
            (ConsentChoice::Back, _) => "No, leave it as it is",
        }
    }
}

/// Answers to "may the target be changed?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentChoice {
    /// Do it.
    Do,
    /// Leave it.
    Back,
}

impl ConsentChoice {
    /// Every answer, in the order of the rows.
    pub const ALL: [Self; 2] = [Self::Do, Self::Back];
    /// The row that is chosen first: who presses Enter twice must not have changed production.
    pub const SAFE: usize = 1;

    /// Its key, which needs no Enter.
    pub fn key(self) -> char {
        match self {
            Self::Do => 'y',
            Self::Back => 'n',
        }
    }
}
