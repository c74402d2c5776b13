//! Checks: names, patterns, and whether one can tell anything.

use super::Lint;
use crate::domain::lesson::check::{
    AnswerCheck, Check, ContainerCheck, Counted, FileCheck, ImageCheck, Place, StoppedCheck,
};
use crate::domain::lesson::read::at::At;

impl Lint<'_> {
    /// A check; `asks`: the step has a question.
    pub(super) fn check(&mut self, check: &Check, at: &At<'_>, asks: bool) {
        match check {
            Check::All(checks) => self.several(checks, &at.key("all"), asks),
            Check::Any(checks) => self.several(checks, &at.key("any"), asks),
            Check::Not(check) => self.check(check, &at.key("not"), asks),
            Check::Command(check) => {
                let at = at.key("command");
                self.pattern(&check.matches, &at.key("matches"));
            }
            Check::Exec(check) => {
                let at = at.key("exec");
                self.container(&check.container, &at.key("container"));
                self.may_match(check.matches.as_ref(), &at, "matches");
            }
            Check::Container(check) => self.container_check(check, &at.key("container")),
            Check::Ended(check) => {
                let at = at.key("ended");
                self.may_name(check.name.as_ref(), &at);
                self.may_match(check.image.as_ref(), &at, "image");
            }
            Check::Stopped(check) => self.stopped(check, &at.key("stopped")),
            Check::Twin(check) => {
                let at = at.key("twin");
                self.container(&check.of, &at.key("of"));
                self.may_match(check.user.as_ref(), &at, "user");
            }
            Check::Package(check) => {
                let at = at.key("package");
                if check.name.trim().is_empty() {
                    self.say(&at.key("name"), "the package has no name");
                }
                self.place(&check.place, &at.key("in"));
                if matches!(check.place, Place::Work(_)) {
                    let what = "no packages are installed in the folder that the person works in";
                    self.say(&at.key("in"), what);
                }
            }
            Check::File(check) => self.file(check, &at.key("file")),
            Check::Image(check) => self.image_check(check, &at.key("image")),
            Check::Unchanged(check) => {
                let at = at.key("unchanged");
                self.container(&check.container, &at.key("container"));
                self.paths(&check.except, &at.key("except"));
            }
            Check::Answer(check) => self.answer(check, &at.key("answer"), asks),
        }
    }

    fn several(&mut self, checks: &[Check], at: &At<'_>, asks: bool) {
        if checks.is_empty() {
            self.say(at, "an empty list of checks tells nothing");
        }
        for (index, check) in checks.iter().enumerate() {
            self.check(check, &at.index(index), asks);
        }
    }

    fn may_match(&mut self, pattern: Option<&String>, at: &At<'_>, name: &str) {
        if let Some(pattern) = pattern {
            self.pattern(pattern, &at.key(name));
        }
    }

    fn may_name(&mut self, name: Option<&String>, at: &At<'_>) {
        if let Some(name) = name {
            self.container(name, &at.key("name"));
        }
    }

    fn paths(&mut self, paths: &[String], at: &At<'_>) {
        for (index, path) in paths.iter().enumerate() {
            self.absolute(path, &at.index(index));
        }
    }

    fn container_check(&mut self, check: &ContainerCheck, at: &At<'_>) {
        if *check == ContainerCheck::default() {
            self.say(at, "the check says nothing of the container");
        }
        self.may_name(check.name.as_ref(), at);
        for (name, pattern) in [
            ("image", &check.image),
            ("runs", &check.runs),
            ("network", &check.network),
        ] {
            self.may_match(pattern.as_ref(), at, name);
        }
        if let Some(volume) = &check.volume {
            self.volume(volume, &at.key("volume"));
        }
        let runs = check
            .state
            .as_deref()
            .is_some_and(|state| state != "exited");
        if runs && !check.status.is_empty() {
            let what = "only a container that has ended has a status";
            self.say_and(&at.key("status"), what, "state = \"exited\"");
        }
    }

    fn stopped(&mut self, check: &StoppedCheck, at: &At<'_>) {
        self.may_name(check.name.as_ref(), at);
        self.may_match(check.image.as_ref(), at, "image");
        if let (Some(within), Some(least)) = (check.within_ms, check.least_ms)
            && within <= least
        {
            let what = format!("nothing takes less than {within} ms and at least {least} ms");
            self.say(&at.key("within_ms"), what);
        }
    }

    fn place(&mut self, place: &Place, at: &At<'_>) {
        match place {
            Place::Container(name) => self.container(name, &at.key("container")),
            Place::TwinOf(name) => self.container(name, &at.key("twin-of")),
            Place::Image(name) => self.image(name, &at.key("image")),
            Place::Work(_) => {}
        }
    }

    fn file(&mut self, check: &FileCheck, at: &At<'_>) {
        self.place(&check.place, &at.key("in"));
        let path = at.key("path");
        if matches!(check.place, Place::Work(_)) {
            self.relative(&check.path, &path);
        } else {
            self.absolute(&check.path, &path);
        }
        self.may_match(check.holds.as_ref(), at, "holds");
        if !check.there && (check.holds.is_some() || check.owner.is_some()) {
            let what = "a file that is not there has neither text nor owner";
            let hint = "not = { file = { … } } says that none is like this";
            self.say_and(&at.key("there"), what, hint);
        }
    }

    fn image_check(&mut self, check: &ImageCheck, at: &At<'_>) {
        if check.name.is_empty() {
            self.say(&at.key("name"), "`name` is empty");
        } else {
            self.pattern(&check.name, &at.key("name"));
        }
        for (name, image) in [("base", &check.base), ("smaller_than", &check.smaller_than)] {
            if let Some(image) = image {
                self.image(image, &at.key(name));
            }
        }
        self.paths(&check.lacks, &at.key("lacks"));
        self.paths(&check.has, &at.key("has"));
        self.may_match(check.runs.as_ref(), at, "runs");
        if let Some(path) = check.has.iter().find(|path| check.lacks.contains(path)) {
            let what = format!("no image has `{path}` and lacks it");
            self.say(&at.key("lacks"), what);
        }
    }

    fn answer(&mut self, check: &AnswerCheck, at: &At<'_>, asks: bool) {
        if !asks {
            let what = "an answer is looked at, and the step asks no question";
            self.say_and(at, what, "add question = \"…\" to the step");
        }
        let ways = [
            !check.is.is_empty(),
            check.counted.is_some(),
            check.matches.is_some(),
        ];
        if ways.iter().filter(|said| **said).count() != 1 {
            let what = "an answer needs one of `is`, `counted` and `matches`";
            self.say(at, what);
        }
        let right = at.key("is");
        for (index, word) in check.is.iter().enumerate() {
            let at = right.index(index);
            if word.trim().is_empty() {
                self.say(&at, "an empty answer can never be given");
            }
            self.drawn(word, &at);
        }
        self.may_match(check.matches.as_ref(), at, "matches");
        let counted = at.key("counted");
        match &check.counted {
            None => {}
            Some(Counted::PackagesOnlyIn(first, second)) => {
                let at = counted.key("packages-only-in");
                self.image(first, &at);
                self.image(second, &at);
                if first == second {
                    self.say(&at, "an image has nothing that it has not itself");
                }
            }
            Some(Counted::Packages(image)) => self.image(image, &counted.key("packages")),
            Some(Counted::OwnerOf(image, path)) => {
                let at = counted.key("owner-of");
                self.image(image, &at);
                self.absolute(path, &at);
            }
        }
    }
}

/// Whether a check holds when its step is opened, as far as that is known without a lab; `first`: the step is the lesson's
/// first one.
pub(super) fn at_once(check: &Check, first: bool) -> Option<bool> {
    let all = |checks: &[Check], decides: bool| {
        let mut so_far = Some(!decides);
        for check in checks {
            match at_once(check, first) {
                Some(holds) if holds == decides => return Some(decides),
                Some(_) => {}
                None => so_far = None,
            }
        }
        so_far
    };
    match check {
        Check::All(checks) => all(checks, false),
        Check::Any(checks) => all(checks, true),
        Check::Not(check) => at_once(check, first).map(|holds| !holds),
        // They look at what was done since then.
        Check::Command(_) | Check::Exec(_) | Check::Ended(_) | Check::Stopped(_) => Some(false),
        Check::Twin(twin) if first => Some(!twin.there),
        Check::Unchanged(_) if first => Some(true),
        _ => None,
    }
}
