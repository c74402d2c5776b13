//! Commands in the shells of twins beside a lab's containers: other devtwins write them down in their sessions' records.

use std::collections::HashMap;

use crate::domain::error::Result;
use crate::domain::lesson::check::ShellPlace;
use crate::domain::lesson::facts::Command;
use crate::domain::lesson::lab::Names;
use crate::domain::target::{ContainerId, Summary};
use crate::domain::twin::{label, session_of};
use crate::engine::Engine;
use crate::records::Records;

/// The most commands that are kept for one step.
const MOST: usize = 1000;

/// What ran in twins since a step was opened.
#[derive(Debug, Default)]
pub(super) struct TwinCommands {
    /// How many commands of each twin are known.
    known: HashMap<ContainerId, usize>,
    /// Oldest first. They stay when a twin, and its record with it, is gone.
    commands: Vec<Command>,
    /// A look was taken: what is new since is since the step was opened.
    begun: bool,
}

impl TwinCommands {
    /// Looks at what ran meanwhile; what is there at the first look ran before.
    pub(super) async fn look(
        &mut self,
        engine: &dyn Engine,
        records: &Records,
        names: &Names,
    ) -> Result<()> {
        for row in engine.labelled(label::TARGET_NAME).await? {
            if let Some(session) = session_beside(&row, names) {
                let steps = records.load(session, &row.id);
                let ran = steps.steps().iter().map(|step| Command {
                    place: ShellPlace::Twin,
                    line: step.text(),
                    status: step.status.map(i64::from),
                });
                self.take(row.id, ran.collect());
            }
        }
        self.begun = true;
        Ok(())
    }

    /// Takes in all commands of a twin.
    fn take(&mut self, twin: ContainerId, ran: Vec<Command>) {
        let all = ran.len();
        let known = self.known.insert(twin, all);
        // A twin that comes up later ran nothing before.
        let from = known.unwrap_or(if self.begun { 0 } else { all });
        self.commands.extend(ran.into_iter().skip(from));
        let over = self.commands.len().saturating_sub(MOST);
        self.commands.drain(..over);
    }

    /// What ran since.
    pub(super) fn commands(&self) -> &[Command] {
        &self.commands
    }
}

/// The session of a twin beside a container of the lab; none of any other container.
fn session_beside<'a>(row: &'a Summary, names: &Names) -> Option<&'a str> {
    let target = row.labels.get(label::TARGET_NAME)?;
    (names.short(target) != target).then_some(())?;
    session_of(&row.name, &row.labels)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::target::Status;

    fn command(line: &str) -> Command {
        Command {
            place: ShellPlace::Twin,
            line: line.into(),
            status: Some(0),
        }
    }

    fn lines(commands: &TwinCommands) -> Vec<&str> {
        let all = commands.commands().iter();
        all.map(|command| command.line.as_str()).collect()
    }

    #[test]
    fn only_what_ran_since_the_step_was_opened_counts_and_stays_when_the_twin_goes() {
        let (one, two) = (ContainerId("1".into()), ContainerId("2".into()));
        let mut commands = TwinCommands::default();
        commands.take(one.clone(), vec![command("before")]);
        commands.begun = true;
        commands.take(one.clone(), vec![command("before"), command("id")]);
        // One that came up later, of which all counts; then both are gone.
        commands.take(two, vec![command("ps")]);
        commands.take(one, vec![command("before"), command("id")]);
        assert_eq!(lines(&commands), ["id", "ps"]);
    }

    #[test]
    fn twins_of_other_containers_are_left_out() {
        let names = Names {
            lab: "lab".into(),
            ..Names::default()
        };
        let row = |name: &str, target: &str| Summary {
            id: ContainerId("1".into()),
            name: name.into(),
            image: "lab/web:latest-dev".into(),
            image_id: String::new(),
            status: Status::Running,
            status_text: String::new(),
            command: String::new(),
            created: 0,
            labels: BTreeMap::from([
                (label::SESSION.into(), "0badcafe".into()),
                (label::TARGET_NAME.into(), target.into()),
            ]),
        };
        let of = |name: &str, target: &str| session_beside(&row(name, target), &names).is_some();
        assert!(of("devtwin-lab-web-0badcafe", "lab-web"));
        assert!(!of("devtwin-web-0badcafe", "web"));
        assert!(!of("lab-web", "lab-web"), "no twin by its name");
    }
}
