//! Whether a check holds, by what is known.
//!
//! Three-valued inside: what was not told is neither a yes nor a no, also below `not`, so that an engine that does not
//! answer never finishes a step.

use regex::Regex;

use super::{
    AnswerCheck, Check, CommandCheck, ContainerCheck, EndedCheck, ExecCheck, FileCheck, ImageCheck,
    PackageCheck, StoppedCheck, TwinCheck, UnchangedCheck,
};
use crate::domain::lesson::facts::{
    Answer, ContainerFacts, Facts, FileFacts, Happened, ImageFacts, Question,
};
use crate::domain::lesson::lab::Names;
use crate::domain::lesson::{Mistake, Step};
use crate::domain::pattern;

/// Yes, no, or not known.
type Truth = Option<bool>;

impl Check {
    /// Whether it holds. A question that was not answered, and a pattern that cannot be read, make it not hold.
    pub fn holds(&self, facts: &Facts, names: &Names) -> bool {
        self.truth(&Known { facts, names }) == Some(true)
    }

    fn truth(&self, known: &Known<'_>) -> Truth {
        match self {
            Self::All(checks) => not(any(checks.iter().map(|check| not(check.truth(known))))),
            Self::Any(checks) => any(checks.iter().map(|check| check.truth(known))),
            Self::Not(check) => not(check.truth(known)),
            Self::Command(check) => known.command(check),
            Self::Exec(check) => known.exec(check),
            Self::Container(check) => known.container(check),
            Self::Ended(check) => known.ended(check),
            Self::Stopped(check) => known.stopped(check),
            Self::Twin(check) => known.twin(check),
            Self::Package(check) => known.package(check),
            Self::File(check) => known.file(check),
            Self::Image(check) => known.image(check),
            Self::Unchanged(check) => known.unchanged(check),
            Self::Answer(check) => known.answer(check),
        }
    }
}

impl Step {
    /// The first of its mistakes that holds.
    pub fn mistake(&self, facts: &Facts, names: &Names) -> Option<&Mistake> {
        let mut mistakes = self.mistakes.iter();
        mistakes.find(|mistake| mistake.when.holds(facts, names))
    }
}

fn not(truth: Truth) -> Truth {
    truth.map(|truth| !truth)
}

/// Yes when one is a yes; no when all are a no.
fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut so_far = Some(false);
    for truth in truths {
        match truth {
            Some(true) => return Some(true),
            Some(false) => {}
            None => so_far = None,
        }
    }
    so_far
}

fn all<const N: usize>(truths: [Truth; N]) -> Truth {
    not(any(truths.into_iter().map(not)))
}

/// A status against those that are wanted; not known while nobody told it.
fn status(wanted: &[i64], is: Option<i64>) -> Truth {
    if wanted.is_empty() {
        return Some(true);
    }
    is.map(|is| wanted.contains(&is))
}

/// Whether a user as it is configured is another than root.
fn is_nonroot(user: &str) -> bool {
    !matches!(user.split(':').next(), None | Some("" | "0" | "root"))
}

/// A pattern of a check, read once for all that it is held against.
enum Wanted {
    /// None was said: everything matches.
    Anything,
    /// What matches.
    Like(Regex),
    /// It cannot be read: nobody knows.
    Unreadable,
}

impl Wanted {
    fn is(&self, text: &str) -> Truth {
        match self {
            Self::Anything => Some(true),
            Self::Like(pattern) => Some(pattern.is_match(text)),
            Self::Unreadable => None,
        }
    }
}

struct Known<'a> {
    facts: &'a Facts,
    names: &'a Names,
}

impl Known<'_> {
    /// The pattern. Names and words that are filled in stand for themselves.
    fn pattern(&self, text: &str) -> Wanted {
        let tokens = self.names.tokens.iter();
        let literal = Names {
            lab: regex::escape(&self.names.lab),
            tokens: tokens
                .map(|(name, word)| (name.clone(), regex::escape(word)))
                .collect(),
        };
        pattern::compiled(&literal.fill(text)).map_or(Wanted::Unreadable, Wanted::Like)
    }

    /// As [`Self::pattern`], where one was said.
    fn wanted(&self, pattern: Option<&String>) -> Wanted {
        pattern.map_or(Wanted::Anything, |pattern| self.pattern(pattern))
    }

    fn command(&self, check: &CommandCheck) -> Truth {
        let line = self.pattern(&check.matches);
        any(self.facts.commands.iter().map(|command| {
            all([
                Some(check.place.is_none_or(|place| place == command.place)),
                line.is(&command.line),
                status(&check.status, command.status),
            ])
        }))
    }

    fn exec(&self, check: &ExecCheck) -> Truth {
        let words = self.wanted(check.matches.as_ref());
        any(self.facts.happened.iter().map(|happened| {
            let Happened::Exec {
                container,
                command,
                status: ended,
            } = happened
            else {
                return Some(false);
            };
            all([
                Some(*container == check.container),
                words.is(command),
                status(&check.status, *ended),
            ])
        }))
    }

    fn container(&self, check: &ContainerCheck) -> Truth {
        let Answer::Containers(there) = self.facts.answers.get(&Question::Containers)? else {
            return None;
        };
        any(there
            .iter()
            .map(|container| self.is_container(check, container)))
    }

    fn is_container(&self, check: &ContainerCheck, is: &ContainerFacts) -> Truth {
        let same = |wanted: &Option<String>, is: Option<&str>| {
            Some(wanted.as_deref().is_none_or(|wanted| is == Some(wanted)))
        };
        let of_status = check.status.is_empty() || {
            let ended = is.status;
            ended.is_some_and(|ended| check.status.contains(&ended))
        };
        let volume = check.volume.as_ref();
        all([
            same(&check.name, Some(&is.name)),
            self.wanted(check.image.as_ref()).is(&is.image),
            same(&check.state, Some(&is.state)),
            Some(of_status),
            same(&check.health, is.health.as_deref()),
            Some(!check.nonroot || is_nonroot(&is.user)),
            self.wanted(check.runs.as_ref()).is(&is.runs),
            self.wanted(check.network.as_ref()).is(&is.network),
            Some(volume.is_none_or(|volume| is.volumes.contains(volume))),
        ])
    }

    fn ended(&self, check: &EndedCheck) -> Truth {
        self.end(check, |_| true)
    }

    fn stopped(&self, check: &StoppedCheck) -> Truth {
        let end = EndedCheck {
            name: check.name.clone(),
            image: check.image.clone(),
            status: check.status.clone(),
        };
        let in_time = |took: u64| {
            check.within_ms.is_none_or(|most| took < most)
                && check.least_ms.is_none_or(|least| took >= least)
        };
        self.end(&end, |took| took.is_some_and(in_time))
    }

    /// Whether a container ended so, and took what is allowed since its first signal.
    fn end(&self, check: &EndedCheck, allowed: impl Fn(Option<u64>) -> bool) -> Truth {
        let wanted = self.wanted(check.image.as_ref());
        any(self.facts.happened.iter().map(|happened| {
            let Happened::Ended {
                container,
                image,
                status: ended,
                after_ms,
            } = happened
            else {
                return Some(false);
            };
            all([
                Some(allowed(*after_ms)),
                Some(check.name.as_ref().is_none_or(|name| name == container)),
                wanted.is(image),
                status(&check.status, Some(*ended)),
            ])
        }))
    }

    fn twin(&self, check: &TwinCheck) -> Truth {
        let asked = Question::Twins(check.of.clone());
        let Answer::Twins(users) = self.facts.answers.get(&asked)? else {
            return None;
        };
        let there = any(users.iter().map(|user| match &check.user {
            Some(wanted) => self.is_user(wanted, user),
            None => Some(true),
        }));
        there.map(|there| there == check.there)
    }

    fn is_user(&self, wanted: &str, user: &str) -> Truth {
        let wanted = self.pattern(wanted);
        if is_nonroot(user) {
            return wanted.is(user);
        }
        any(["root", "0"].into_iter().map(|root| wanted.is(root)))
    }

    fn package(&self, check: &PackageCheck) -> Truth {
        let asked = Question::Packages(check.place.clone());
        let Answer::Packages(installed) = self.facts.answers.get(&asked)? else {
            return None;
        };
        Some(installed.contains(&check.name) == check.installed)
    }

    fn file(&self, check: &FileCheck) -> Truth {
        let asked = Question::File(check.place.clone(), check.path.clone());
        let Answer::File(found) = self.facts.answers.get(&asked)? else {
            return None;
        };
        let is = match found {
            Some(file) => self.is_file(check, file),
            None => Some(false),
        };
        is.map(|is| is == check.there)
    }

    fn is_file(&self, check: &FileCheck, is: &FileFacts) -> Truth {
        all([
            Some(check.owner.is_none_or(|owner| owner == is.owner)),
            self.wanted(check.holds.as_ref()).is(&is.text),
        ])
    }

    fn image(&self, check: &ImageCheck) -> Truth {
        let paths = check.has.iter().chain(&check.lacks).cloned().collect();
        let Answer::Images(there) = self.facts.answers.get(&Question::Images(paths))? else {
            return None;
        };
        any(there.iter().map(|image| self.is_image(check, image, there)))
    }

    fn is_image(&self, check: &ImageCheck, is: &ImageFacts, there: &[ImageFacts]) -> Truth {
        // Of an image that is not there nothing can be said of what stands on it.
        let beside = |wanted: &Option<String>, holds: &dyn Fn(&ImageFacts) -> bool| match wanted {
            None => Some(true),
            Some(wanted) if *wanted == is.name => Some(false),
            Some(wanted) => there.iter().find(|image| image.name == *wanted).map(holds),
        };
        let shell_form = [&is.entrypoint, &is.cmd]
            .iter()
            .any(|words| words.starts_with(&["/bin/sh".to_owned(), "-c".to_owned()]));
        let runs = [is.entrypoint.as_slice(), &is.cmd].concat().join(" ");
        let health = match is.health.first().map(String::as_str) {
            None | Some("NONE") => "none",
            Some("CMD-SHELL") => "shell",
            Some(_) => "exec",
        };
        all([
            self.pattern(&check.name).is(&is.name),
            beside(&check.base, &|base| is.layers.starts_with(&base.layers)),
            beside(&check.smaller_than, &|other| is.size < other.size),
            Some(!check.lacks.iter().any(|path| is.has.contains(path))),
            Some(check.has.iter().all(|path| is.has.contains(path))),
            self.wanted(check.runs.as_ref()).is(&runs),
            Some(check.shell_form.is_none_or(|wanted| wanted == shell_form)),
            Some(!check.nonroot || is_nonroot(&is.user)),
            Some(check.health.as_ref().is_none_or(|wanted| wanted == health)),
        ])
    }

    fn unchanged(&self, check: &UnchangedCheck) -> Truth {
        let asked = Question::Changes(check.container.clone());
        let Answer::Changes(paths) = self.facts.answers.get(&asked)? else {
            return None;
        };
        // The engine names the folders above a change, too.
        let excepted = |path: &String| {
            let mut except = check.except.iter();
            except.any(|except| is_below(path, except) || is_below(except, path))
        };
        Some(paths.iter().all(excepted))
    }

    fn answer(&self, check: &AnswerCheck) -> Truth {
        let given = plain(self.facts.answer.as_ref()?);
        let counted = match &check.counted {
            None => Some(false),
            Some(counted) => {
                let asked = Question::Counted(counted.clone());
                match self.facts.answers.get(&asked) {
                    Some(Answer::Counted(right)) => Some(plain(right) == given),
                    _ => None,
                }
            }
        };
        let matches = match &check.matches {
            None => Some(false),
            // Of an answer capitals never count.
            Some(pattern) => self.pattern(&format!("(?i){pattern}")).is(&given),
        };
        let is = check.is.iter();
        let is = is.map(|right| Some(plain(&self.names.fill(right)) == given));
        any(is.chain([counted, matches]))
    }
}

/// Whether a path is another one or lies below it.
fn is_below(path: &str, above: &str) -> bool {
    let above = above.trim_end_matches('/');
    let rest = path.strip_prefix(above);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An answer without what does not count: case, space around it, a trailing full stop.
fn plain(answer: &str) -> String {
    let answer = answer.trim();
    let answer = answer.strip_suffix('.').unwrap_or(answer);
    answer.trim_end().to_lowercase()
}
