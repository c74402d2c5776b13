//! The lab: names, what stands on what, what Dockerfiles and containers need.

use std::collections::{BTreeMap, BTreeSet};

use super::order::way;
use super::{Lint, PAIR};
use crate::domain::dockerfile::graph::{Origin, edges};
use crate::domain::dockerfile::{self, Base, Copy, Dockerfile, Stage, Step, What};
use crate::domain::image::Reference;
use crate::domain::lesson::lab::{Content, Lab, LabContainer, LabImage};
use crate::domain::lesson::read::Fault;
use crate::domain::lesson::read::at::At;

/// In place of the lab's name while a Dockerfile is read, so that a name that is written out is not taken for it.
const OURS: &str = "devtwin-lab-of-the-lesson";

impl Lint<'_> {
    /// All of it.
    pub(super) fn lab(&mut self, lab: &Lab, at: &At<'_>) {
        let images = at.key("image");
        let mut stands: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut needs = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, image) in lab.images.iter().enumerate() {
            let at = images.index(index);
            self.image_name(&image.name, &at.key("name"), &mut seen);
            let own = self.dockerfile(image, &at);
            let on = own.iter().map(|(name, _)| name.clone());
            stands.insert(image.name.clone(), on.collect());
            needs.extend(own.into_iter().map(|(name, line)| (index, name, line)));
        }
        for (index, needed, line) in needs {
            self.order(lab, index, &needed, line, &stands);
        }
        let volumes = at.key("volumes");
        let mut seen = BTreeSet::new();
        for (index, name) in lab.volumes.iter().enumerate() {
            self.plain_name(name, &volumes.index(index), "volume", &mut seen);
        }
        let containers = at.key("container");
        let mut seen = BTreeSet::new();
        for (index, container) in lab.containers.iter().enumerate() {
            let at = containers.index(index);
            self.plain_name(&container.name, &at.key("name"), "container", &mut seen);
            self.lab_container(lab, container, &at);
        }
        let files = at.key("files");
        for (path, text) in &lab.files {
            let at = files.key(path);
            self.relative(path, &at);
            self.drawn(text, &at);
        }
    }

    fn image_name<'n>(&mut self, name: &'n str, at: &At<'_>, seen: &mut BTreeSet<&'n str>) {
        let whole = Reference::parse(&format!("{OURS}/{name}"));
        let right = whole.is_ok_and(|whole| whole.tag().is_some() && whole.digest().is_none());
        if !right {
            let what = format!("an image cannot be called `{name}`");
            self.say_and(at, what, "small letters, and a tag: shop:1");
        } else if PAIR.contains(&name) {
            let what = format!("the image `{name}` is in every lab");
            self.say_and(at, what, "give yours another name");
        } else if !seen.insert(name) {
            self.say(at, format!("there are two images `{name}`"));
        }
    }

    fn plain_name<'n>(
        &mut self,
        name: &'n str,
        at: &At<'_>,
        what: &str,
        seen: &mut BTreeSet<&'n str>,
    ) {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !first || !name.chars().all(known) {
            let told = format!("a {what} cannot be called `{name}`");
            let hint = "letters, figures, `_`, `.` and `-` make a name, a letter or figure first";
            self.say_and(at, told, hint);
        } else if !seen.insert(name) {
            self.say(at, format!("there are two {what}s `{name}`"));
        }
    }

    /// The images of the lab that a Dockerfile needs, each with its line.
    fn dockerfile(&mut self, image: &LabImage, at: &At<'_>) -> Vec<(String, usize)> {
        let place = at.key("dockerfile");
        self.drawn(&image.dockerfile, &place);
        let files = at.key("files");
        for (path, content) in &image.files {
            let at = files.key(path);
            self.relative(path, &at);
            if let Content::Text(text) = content {
                self.drawn(text, &at);
            }
        }
        let filled = image.dockerfile.replace("{lab}", OURS);
        let read = dockerfile::read(&filled, &BTreeMap::new());
        if let Some(broken) = &read.broken {
            let line = place.line_within(broken.line);
            let what = format!("the Dockerfile cannot be read: {}", broken.message);
            self.faults.push(Fault::new(line, what));
            return Vec::new();
        }
        if read.stages.is_empty() {
            let hint = "begin it with FROM scratch, or FROM {lab}/web:latest";
            self.say_and(&place, "the Dockerfile has no FROM", hint);
            return Vec::new();
        }
        for stage in &read.stages {
            if let Base::Unknown(name) = &stage.base {
                let line = place.line_within(stage.from.lines.0);
                let what = format!("FROM hangs on `{name}`, which has no value");
                self.faults.push(Fault::new(line, what));
            }
            for step in &stage.steps {
                if let What::Copy(copy) = &step.what {
                    self.copied(image, copy, step, &place);
                }
            }
        }
        self.needed(&read, &place)
    }

    fn needed(&mut self, read: &Dockerfile, place: &At<'_>) -> Vec<(String, usize)> {
        let from = read.stages.iter().filter_map(|stage: &Stage| {
            let Base::Image(name) = &stage.base else {
                return None;
            };
            Some((name.clone(), stage.from.lines.0))
        });
        let others = edges(read).into_iter().filter_map(|edge| match edge.from {
            Origin::Image(name) => Some((name, edge.line)),
            Origin::Stage(_) => None,
        });
        let all: BTreeSet<(String, usize)> = from.chain(others).collect();
        let mut ours = Vec::new();
        for (name, line) in all {
            let line = place.line_within(line);
            if let Some(short) = name.strip_prefix(OURS).and_then(|n| n.strip_prefix('/')) {
                ours.push((tagged(short), line));
            } else if name.starts_with("lab/") {
                let what = format!("`{name}` is written out: the lab is not always called `lab`");
                let hint = format!("write {{lab}}{}", name.get(3..).unwrap_or_default());
                self.faults.push(Fault::new(line, what).hint(hint));
            }
        }
        ours
    }

    fn copied(&mut self, image: &LabImage, copy: &Copy, step: &Step, place: &At<'_>) {
        if copy.from.is_some() {
            return;
        }
        for source in &copy.sources {
            let elsewhere = source.contains("://") || source.starts_with("<<");
            if elsewhere || has_file(image, source) {
                continue;
            }
            let line = place.line_within(step.lines.0);
            let what = format!("{} finds no `{source}`", step.keyword);
            let names: BTreeSet<String> = image.files.keys().cloned().collect();
            let hint = format!("among the image's files {}", super::listed(&names));
            self.faults.push(Fault::new(line, what).hint(hint));
        }
    }

    /// An image of the lab must be made before one that stands on it, and so never stand on itself.
    fn order(
        &mut self,
        lab: &Lab,
        index: usize,
        needed: &str,
        line: usize,
        stands: &BTreeMap<String, Vec<String>>,
    ) {
        let made = lab.images.iter().take(index);
        if PAIR.contains(&needed) || made.clone().any(|image| image.name == needed) {
            return;
        }
        let Some(image) = lab.images.get(index) else {
            return;
        };
        if !lab.images.iter().any(|other| other.name == needed) {
            return self.no_image(needed, line);
        }
        let fault = if let Some(mut way) = way(needed, &image.name, stands) {
            way.insert(0, image.name.clone());
            let what = format!("images in a circle: {}", way.join(" on "));
            Fault::new(line, what).hint("one of them must stand on something else")
        } else {
            let what = format!("`{needed}` is made after `{}`", image.name);
            Fault::new(line, what).hint(format!("move `{needed}` above it"))
        };
        self.faults.push(fault);
    }

    fn lab_container(&mut self, lab: &Lab, container: &LabContainer, at: &At<'_>) {
        // What the person makes is not there yet when the lab is made.
        let made = lab.images.iter().any(|image| image.name == container.image);
        if !made && !PAIR.contains(&container.image.as_str()) {
            let line = at.key("image").line();
            self.no_image(&container.image, line);
        }
        for (index, word) in container.args.iter().enumerate() {
            self.drawn(word, &at.key("args").index(index));
        }
        for (index, pair) in container.env.iter().enumerate() {
            let at = at.key("env").index(index);
            self.drawn(pair, &at);
            let named = pair
                .split_once('=')
                .is_some_and(|(name, _)| !name.is_empty());
            if !named {
                self.say(&at, format!("`{pair}` is not NAME=VALUE"));
            }
        }
        for (index, mount) in container.mounts.iter().enumerate() {
            let at = at.key("mounts").index(index);
            match mount.split_once(':') {
                Some((volume, path)) if path.starts_with('/') => {
                    if !lab.volumes.iter().any(|name| name == volume) {
                        let what = format!("the lab has no volume `{volume}`");
                        let hint = format!("add it: volumes = [\"{volume}\"] below [lab]");
                        self.say_and(&at, what, hint);
                    }
                    self.absolute(path, &at);
                }
                _ => self.say(&at, format!("`{mount}` is not volume:/path")),
            }
        }
        if let Some(user) = &container.user
            && user.trim().is_empty()
        {
            self.say(&at.key("user"), "`user` is empty");
        }
        if let Some(restart) = &container.restart
            && !is_restart(restart)
        {
            let what = format!("`restart` cannot be `{restart}`");
            let hint = "it can be no, always, unless-stopped, on-failure, on-failure:3";
            self.say_and(&at.key("restart"), what, hint);
        }
    }
}

fn is_restart(policy: &str) -> bool {
    let counted = policy.strip_prefix("on-failure:");
    matches!(policy, "no" | "always" | "unless-stopped" | "on-failure")
        || counted.is_some_and(|count| count.parse::<u32>().is_ok())
}

fn tagged(name: &str) -> String {
    if name.contains(':') {
        name.to_owned()
    } else {
        format!("{name}:latest")
    }
}

/// Whether an image's files have one at a path, below it, or like it.
fn has_file(image: &LabImage, source: &str) -> bool {
    let plain = source.trim_start_matches("./").trim_matches('/');
    if plain.is_empty() || plain == "." || plain.contains(['*', '?', '[']) {
        return !image.files.is_empty();
    }
    image.files.keys().any(|path| {
        let path = path.trim_start_matches("./");
        let rest = path.strip_prefix(plain);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}
