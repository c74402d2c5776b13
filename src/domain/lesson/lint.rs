//! What makes no sense in a lesson whose form is right: names that nothing makes, words that give themselves away, checks that
//! hold by themselves.

mod checks;
mod lab;
mod made;
mod order;
mod texts;

use std::collections::BTreeSet;

use super::Lesson;
use super::check::Check;
use super::read::Fault;
use super::read::at::At;

pub(super) use order::after;

/// Images that every lab has.
const PAIR: [&str; 2] = ["web:latest", "web:latest-dev"];
/// More minutes than a lesson can take.
const LONGEST: u32 = 600;

/// Looks at all of a lesson.
pub(super) fn lesson(lesson: &Lesson, at: &At<'_>, faults: &mut Vec<Fault>) {
    let mut lint = Lint::of(lesson, faults);
    lint.head(lesson, at);
    lint.lab(&lesson.lab, &at.key("lab"));
    let steps = at.key("step");
    if lesson.steps.is_empty() {
        lint.say(&steps, "the lesson has no steps: add a [[step]]");
    }
    for (index, step) in lesson.steps.iter().enumerate() {
        lint.step(step, &steps.index(index), index == 0);
    }
    lint.unused(&at.key("tokens"));
}

/// What is known of the lesson while it is looked at.
struct Lint<'a> {
    /// Containers by their names in the lab: those of the lab, and those that a text or a script has the person make.
    containers: BTreeSet<String>,
    /// Volumes, likewise.
    volumes: BTreeSet<String>,
    /// Images with their tags, likewise.
    images: BTreeSet<String>,
    /// Names of words that are drawn.
    tokens: BTreeSet<String>,
    /// Those of them that were met.
    met: BTreeSet<String>,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Lint<'a> {
    fn of(lesson: &Lesson, faults: &'a mut Vec<Fault>) -> Self {
        let lab = &lesson.lab;
        let mut lint = Self {
            containers: lab.containers.iter().map(|c| c.name.clone()).collect(),
            volumes: lab.volumes.iter().cloned().collect(),
            images: lab.images.iter().map(|image| image.name.clone()).collect(),
            tokens: lesson.tokens.iter().cloned().collect(),
            met: BTreeSet::new(),
            faults,
        };
        lint.images.extend(PAIR.map(str::to_owned));
        let steps = lesson.steps.iter();
        let texts = steps.flat_map(|step| [&step.text, &step.hint, &step.answer]);
        for text in texts.chain(lab.files.values()) {
            lint.containers.extend(made::containers(text));
            lint.volumes.extend(made::volumes(text));
            lint.images.extend(made::images(text));
        }
        lint
    }

    fn say(&mut self, at: &At<'_>, what: impl AsRef<str>) {
        self.faults.push(Fault::new(at.line(), what));
    }

    fn say_and(&mut self, at: &At<'_>, what: impl AsRef<str>, hint: impl AsRef<str>) {
        self.faults.push(Fault::new(at.line(), what).hint(hint));
    }

    fn head(&mut self, lesson: &Lesson, at: &At<'_>) {
        if !is_id(&lesson.id) {
            let what = format!("a lesson cannot be called `{}`", lesson.id);
            let hint = "name the file with small letters, figures and hyphens: missing-shell.toml";
            self.say_and(&at.key("title"), what, hint);
        }
        self.shown_line(&lesson.title, &at.key("title"), "title");
        self.shown_line(&lesson.goal, &at.key("goal"), "goal");
        if lesson.minutes == 0 || lesson.minutes > LONGEST {
            let what = format!("a lesson cannot take {} minutes", lesson.minutes);
            let hint = format!("say how long it takes, from 1 to {LONGEST}");
            self.say_and(&at.key("minutes"), what, hint);
        }
        let tokens = at.key("tokens");
        let mut seen = BTreeSet::new();
        for (index, token) in lesson.tokens.iter().enumerate() {
            if !is_id(token) {
                let what = format!("a word cannot be called `{token}`");
                let hint = "small letters, figures and hyphens make a name";
                self.say_and(&tokens.index(index), what, hint);
            } else if !seen.insert(token) {
                let what = format!("the word `{token}` is there twice");
                self.say(&tokens.index(index), what);
            }
        }
        let after = at.key("after");
        let mut seen = BTreeSet::new();
        for (index, other) in lesson.after.iter().enumerate() {
            if *other == lesson.id {
                let what = format!("`{other}` is to be done before itself");
                self.say(&after.index(index), what);
            } else if !seen.insert(other) {
                let what = format!("`{other}` is there twice");
                self.say(&after.index(index), what);
            }
        }
    }

    fn step(&mut self, step: &super::Step, at: &At<'_>, first: bool) {
        self.shown_line(&step.title, &at.key("title"), "title");
        self.shown(&step.text, &at.key("text"), "text");
        self.shown(&step.hint, &at.key("hint"), "hint");
        self.shown(&step.answer, &at.key("answer"), "answer");
        if let Some(question) = &step.question {
            self.shown_line(question, &at.key("question"), "question");
        }
        if let Some(done) = &step.done {
            self.shown(done, &at.key("done"), "done");
        }
        let asks = step.question.is_some();
        let check = at.key("check");
        self.check(&step.check, &check, asks);
        if checks::at_once(&step.check, first) == Some(true) {
            let what = "the step is done before anything was done: its check holds at once";
            let hint = "check for something that the person does";
            self.say_and(&check, what, hint);
        }
        if asks && !has_answer(&step.check) {
            let what = "the step asks a question, and its check does not look at the answer";
            let hint = "add answer = { is = [\"…\"] } to the check, or leave the question out";
            self.say_and(&at.key("question"), what, hint);
        }
        for (index, mistake) in step.mistakes.iter().enumerate() {
            let at = at.key("mistake").index(index);
            let when = at.key("when");
            self.check(&mistake.when, &when, asks);
            if checks::at_once(&mistake.when, first) == Some(true) {
                let what = "the mistake is told before anything was done: it holds at once";
                let hint = "describe what is done wrong, not what is not done yet";
                self.say_and(&when, what, hint);
            }
            self.shown(&mistake.say, &at.key("say"), "say");
        }
    }

    fn unused(&mut self, at: &At<'_>) {
        let unused: Vec<String> = self.tokens.difference(&self.met).cloned().collect();
        for token in unused {
            let what = format!("the word `{token}` is used nowhere");
            let hint = format!("use {{token:{token}}} in the lab and in a check, or leave it out");
            let line = at.line_of(&token);
            self.faults.push(Fault::new(line, what).hint(hint));
        }
    }
}

fn has_answer(check: &Check) -> bool {
    match check {
        Check::All(checks) | Check::Any(checks) => checks.iter().any(has_answer),
        Check::Not(check) => has_answer(check),
        Check::Answer(_) => true,
        _ => false,
    }
}

/// Small letters, figures and hyphens, a letter or figure first.
fn is_id(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.bytes().next().is_some_and(known) && name.bytes().all(|byte| known(byte) || byte == b'-')
}

/// What there is, for a hint.
fn listed(names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        [] => "there is none".into(),
        [one] => format!("there is only {one}"),
        names => format!("there are {}", names.join(", ")),
    }
}
