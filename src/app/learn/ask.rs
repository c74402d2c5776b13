//! Questions of the lessons, each with answers to choose from.

use super::Learn;
use crate::app::text::clean;
use crate::domain::lesson::lab::{Base, OfferedBase};

/// A question in a popup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LearnAsk {
    /// What the labs are to stand on.
    Base(Vec<OfferedBase>),
    /// Whether the lesson of that number is to be begun anew.
    Reset(usize),
    /// Whether the lesson of that number is to be opened, in place of the open one.
    Switch(usize),
    /// Whether to leave, with a lab that is up.
    Leave,
}

impl LearnAsk {
    /// What stands at the border.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Base(_) => " What is the lab to stand on? ",
            Self::Reset(_) => " Begin the lesson anew? ",
            Self::Switch(_) => " Open another lesson? ",
            Self::Leave => " A lesson is open ",
        }
    }

    /// What the answers mean.
    pub fn words(&self, learn: &Learn) -> String {
        let title = |at: &usize| {
            let lesson = learn.lessons.get(*at);
            lesson.map_or(String::new(), |lesson| clean(&lesson.title))
        };
        let open = learn.lesson().map_or(String::new(), |l| clean(&l.title));
        match self {
            Self::Base(_) => {
                "A real image has the real package manager and shell. Without one the lab has BusyBox and a stand-in for \
                 apk of its own: enough for every lesson, and nothing is fetched."
                    .into()
            }
            Self::Reset(at) => format!(
                "What is written down of “{}” is forgotten, but that it was done once. An open lab is made anew.",
                title(at)
            ),
            Self::Switch(at) => format!(
                "“{}” is opened. The lab of “{open}” is removed, with all that was made in it; its steps stay done.",
                title(at)
            ),
            Self::Leave => format!(
                "The lab of “{open}” is removed, with all that was made in it. Steps stay done: devtwin learn goes on \
                 where you left off."
            ),
        }
    }

    /// The answers: key and line each.
    pub fn rows(&self) -> Vec<(char, String)> {
        let rows = |rows: &[(char, &str)]| {
            let own = rows.iter().map(|(key, line)| (*key, (*line).to_owned()));
            own.collect::<Vec<_>>()
        };
        match self {
            Self::Base(offered) => offered.iter().enumerate().map(base).collect(),
            Self::Reset(_) => rows(&[('y', "Yes, begin anew"), ('n', "No, leave it as it is")]),
            Self::Switch(_) => rows(&[('y', "Yes, open it"), ('n', "No, stay here")]),
            Self::Leave => rows(&[
                ('s', "Stay here"),
                ('l', "Remove the lab, to the list of lessons"),
                ('q', "Remove the lab and quit"),
            ]),
        }
    }

    /// The row that is chosen first: who presses Enter twice has fetched and removed nothing.
    pub fn safe(&self) -> usize {
        match self {
            Self::Base(offered) => offered.iter().position(|base| base.here).unwrap_or(0),
            Self::Reset(_) | Self::Switch(_) => 1,
            Self::Leave => 0,
        }
    }
}

/// The line of something to stand on: `y` for the best image, `n` for none, figures for others.
fn base((number, offered): (usize, &OfferedBase)) -> (char, String) {
    match &offered.base {
        Base::Image(image) => {
            let image = clean(image);
            let how = if offered.here {
                "it is here"
            } else {
                "it is fetched"
            };
            let key = match number {
                0 => 'y',
                n => u32::try_from(n + 1)
                    .ok()
                    .and_then(|n| char::from_digit(n, 10))
                    .unwrap_or(' '),
            };
            (key, format!("{image} ({how})"))
        }
        Base::Own => (
            'n',
            "No image: this machine's BusyBox, and a stand-in for apk".into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_here_is_chosen_first() {
        let image = |image: &str, here| OfferedBase {
            base: Base::Image(image.into()),
            here,
        };
        let own = OfferedBase {
            base: Base::Own,
            here: true,
        };
        let ask = LearnAsk::Base(vec![image("a:1", false), image("b:1", false), own.clone()]);
        assert_eq!(ask.safe(), 2, "nothing is fetched unasked");
        let keys: Vec<_> = ask.rows().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ['y', '2', 'n']);
        assert_eq!(LearnAsk::Base(vec![image("a:1", true), own]).safe(), 0);
        assert!(ask.rows()[0].1.contains("a:1 (it is fetched)"));
    }
}
