//! What has to be asked of the engine before a check can be said to hold.

use std::collections::BTreeSet;

use super::Check;
use crate::domain::lesson::Step;
use crate::domain::lesson::facts::Question;

impl Check {
    /// The questions whose answers it needs. Of commands, of what happens and of the person's answer nothing is asked.
    pub fn questions(&self) -> BTreeSet<Question> {
        let mut asked = BTreeSet::new();
        self.ask(&mut asked);
        asked
    }

    fn ask(&self, asked: &mut BTreeSet<Question>) {
        let one = match self {
            Self::All(checks) | Self::Any(checks) => {
                for check in checks {
                    check.ask(asked);
                }
                return;
            }
            Self::Not(check) => return check.ask(asked),
            Self::Command(_) | Self::Exec(_) | Self::Ended(_) | Self::Stopped(_) => return,
            Self::Answer(answer) => match &answer.counted {
                Some(counted) => Question::Counted(counted.clone()),
                None => return,
            },
            Self::Container(_) => Question::Containers,
            Self::Twin(twin) => Question::Twins(twin.of.clone()),
            Self::Package(package) => Question::Packages(package.place.clone()),
            Self::File(file) => Question::File(file.place.clone(), file.path.clone()),
            Self::Image(image) => {
                let paths = image.has.iter().chain(&image.lacks);
                Question::Images(paths.cloned().collect())
            }
            Self::Unchanged(unchanged) => Question::Changes(unchanged.container.clone()),
        };
        asked.insert(one);
    }
}

impl Step {
    /// What its check and its mistakes need to know.
    pub fn questions(&self) -> BTreeSet<Question> {
        let mut asked = self.check.questions();
        for mistake in &self.mistakes {
            asked.extend(mistake.when.questions());
        }
        asked
    }
}
