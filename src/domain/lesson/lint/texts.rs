//! Texts that are shown, words that are drawn, patterns, and names.

use std::collections::BTreeMap;

use super::Lint;
use crate::domain::lesson::lab::Names;
use crate::domain::lesson::read::Fault;
use crate::domain::lesson::read::at::At;
use crate::domain::pattern;

const OPENING: &str = "{token:";

impl Lint<'_> {
    /// A text that the person reads, as markdown.
    pub(super) fn shown(&mut self, text: &str, at: &At<'_>, name: &str) {
        if text.trim().is_empty() {
            self.say(at, format!("`{name}` is empty"));
        }
        if text.contains(OPENING) {
            let what = format!("`{name}` gives away a word that is to be found out");
            let hint = "leave it out here: it stands for itself in the lab and in checks only";
            let line = at.line_of(OPENING);
            self.faults.push(Fault::new(line, what).hint(hint));
        }
        self.spelled_out(text, at);
    }

    /// The same, on one line.
    pub(super) fn shown_line(&mut self, text: &str, at: &At<'_>, name: &str) {
        if text.trim().contains('\n') {
            self.say(at, format!("`{name}` has more than one line"));
        }
        self.shown(text, at, name);
    }

    /// The lab's name written out, which is another one where two labs stand beside each other.
    fn spelled_out(&mut self, text: &str, at: &At<'_>) {
        let whole = self.containers.iter().chain(&self.volumes);
        let whole = whole.map(|name| ('-', name.as_str()));
        let images = self.images.iter().map(|image| ('/', image.as_str()));
        let name = whole
            .chain(images)
            .map(|(between, name)| format!("lab{between}{name}"))
            .find(|name| has_word(text, name));
        if let Some(name) = name {
            let rest = name.get("lab".len()..).unwrap_or_default();
            let what = format!("`{name}` is written out: the lab is not always called `lab`");
            let line = at.line_of(&name);
            let hint = format!("write {{lab}}{rest}");
            self.faults.push(Fault::new(line, what).hint(hint));
        }
    }

    /// A text in which words may stand that are drawn.
    pub(super) fn drawn(&mut self, text: &str, at: &At<'_>) {
        for part in text.split(OPENING).skip(1) {
            let name = part.split_once('}').map(|(name, _)| name);
            match name {
                Some(name) if self.tokens.contains(name) => {
                    self.met.insert(name.to_owned());
                }
                name => {
                    let name = name.unwrap_or("…");
                    let what = format!("there is no word `{name}` to be drawn");
                    let hint = if self.tokens.is_empty() {
                        "name it: tokens = [\"…\"] above the lab".to_owned()
                    } else {
                        super::listed(&self.tokens)
                    };
                    let line = at.line_of(&format!("{OPENING}{name}"));
                    self.faults.push(Fault::new(line, what).hint(hint));
                }
            }
        }
    }

    /// A pattern.
    pub(super) fn pattern(&mut self, text: &str, at: &At<'_>) {
        self.drawn(text, at);
        match pattern::compiled(&self.example().fill(text)) {
            Err(why) => {
                let what = format!("the pattern cannot be read: {why}");
                self.say_and(at, what, format!("it is a regular expression: {text}"));
            }
            Ok(read) if read.is_match("") && read.is_match("\u{1}") => {
                let what = format!("the pattern `{text}` matches everything");
                self.say_and(at, what, "say what has to be there, or leave it out");
            }
            Ok(_) => {}
        }
    }

    /// Names as they may be in a run.
    pub(super) fn example(&self) -> Names {
        let word = |name: &String| (name.clone(), "word".to_owned());
        Names {
            lab: "lab".into(),
            tokens: self.tokens.iter().map(word).collect::<BTreeMap<_, _>>(),
        }
    }

    /// A path in a root.
    pub(super) fn absolute(&mut self, path: &str, at: &At<'_>) {
        self.drawn(path, at);
        if !path.starts_with('/') || has_parent(path) {
            let what = format!("the path `{path}` does not begin with / or has .. in it");
            self.say_and(at, what, "write the whole path: /etc/passwd");
        }
    }

    /// A path below a folder.
    pub(super) fn relative(&mut self, path: &str, at: &At<'_>) {
        let empty = path.trim_matches(['.', '/']).is_empty();
        if empty || path.starts_with('/') || path.contains('\\') || has_parent(path) {
            let what = format!("the path `{path}` leaves the folder");
            let hint = "write a path below it, without .. and without / in front";
            self.say_and(at, what, hint);
        }
    }

    /// A container that checks name.
    pub(super) fn container(&mut self, name: &str, at: &At<'_>) {
        if !self.containers.contains(name) {
            let what = format!("no container `{name}` is made");
            let hint = super::listed(&self.containers);
            let own = format!("or have it made: --name {{lab}}-{name} in the answer");
            self.say_and(at, what, format!("{hint}; {own}"));
        }
    }

    /// A volume that checks and mounts name.
    pub(super) fn volume(&mut self, name: &str, at: &At<'_>) {
        if !self.volumes.contains(name) {
            let what = format!("no volume `{name}` is made");
            let hint = super::listed(&self.volumes);
            let own = format!("or add it: volumes = [\"{name}\"] below [lab]");
            self.say_and(at, what, format!("{hint}; {own}"));
        }
    }

    /// An image that checks and Dockerfiles name.
    pub(super) fn image(&mut self, name: &str, at: &At<'_>) {
        if !self.images.contains(name) {
            let line = at.line();
            self.no_image(name, line);
        }
    }

    /// Says that an image is not made.
    pub(super) fn no_image(&mut self, name: &str, line: usize) {
        let what = format!("no image `{name}` is made");
        let hint = super::listed(&self.images);
        self.faults.push(Fault::new(line, what).hint(hint));
    }
}

/// Whether a name stands in a text, and is not the end of a longer one.
fn has_word(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(part)
    })
}

fn has_parent(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}
