//! What the builders print, read line by line. Pure; the lines in the tests are those of real engines.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{BuildError, BuildFailure, BuildNews, BuildStep, LAST_LINES, LONGEST};
use crate::domain::error::{Error, ErrorKind};
use crate::domain::text::{bounded, printed};

/// The most steps of BuildKit that are remembered: a file of this many instructions is no Dockerfile.
const STEPS: usize = 5_000;

/// What is known of one of BuildKit's steps.
#[derive(Debug, Default)]
struct Vertex {
    /// None for its own work: loading the context, exporting.
    step: Option<BuildStep>,
    told: bool,
    last: VecDeque<String>,
}

/// Reads the answer to a build: the lines of the classic builder, the traces of BuildKit.
#[derive(Debug, Default)]
pub struct Reader {
    step: Option<BuildStep>,
    last: VecDeque<String>,
    /// What a step printed since its last newline.
    rest: String,
    /// The running step started a container or copied something: what comes out of it is new.
    cached: bool,
    made: BTreeSet<String>,
    vertices: BTreeMap<String, Vertex>,
    failed: Option<String>,
    image: Option<String>,
    failure: Option<BuildFailure>,
}

impl Reader {
    /// Takes the text of a `stream` of the classic builder.
    pub fn stream(&mut self, text: &str, tell: &mut dyn FnMut(BuildNews)) {
        self.rest.push_str(text);
        while let Some(end) = self.rest.find('\n') {
            let line: String = self.rest.drain(..=end).collect();
            self.line(line.trim_end_matches(['\r', '\n']), tell);
        }
        // A step that prints without ever ending its line must not fill the memory.
        if self.rest.len() > LONGEST * 4 {
            let line = std::mem::take(&mut self.rest);
            self.line(&line, tell);
        }
    }

    fn line(&mut self, line: &str, tell: &mut dyn FnMut(BuildNews)) {
        if let Some(step) = classic_step(line) {
            self.last.clear();
            self.cached = false;
            self.step = Some(step.clone());
            return tell(BuildNews::Step(step));
        }
        if let Some(after) = line.strip_prefix(" ---> ") {
            if after == "Using cache" {
                self.cached = true;
                return tell(BuildNews::Cached);
            }
            let is_from = self.step.as_ref().is_some_and(|step| {
                let word = step.instruction.split_whitespace().next();
                word.is_some_and(|word| word.eq_ignore_ascii_case("from"))
            });
            if is_id(after) && !self.cached && !is_from && self.made.insert(after.to_owned()) {
                tell(BuildNews::Made(after.to_owned()));
            }
            // The second as newer engines say it (measured, 28.5.2).
            let works = ["Running in ", "Removed intermediate container "];
            if is_id(after) || works.iter().any(|word| after.starts_with(word)) {
                return;
            }
        }
        // Standard error comes in red. Of a line without an end the reset comes in front of the next one.
        let plain = line.strip_prefix("\u{1b}[0m").unwrap_or(line);
        if plain.starts_with("Removing intermediate container ")
            || plain.starts_with("Successfully ")
            || plain.is_empty()
        {
            return;
        }
        if let Some(text) = line.strip_prefix("[Warning] ") {
            return tell(BuildNews::Warning(bounded(text, LONGEST)));
        }
        let stderr = plain.starts_with("\u{1b}[91m");
        let text = printed(plain, LONGEST);
        if text.is_empty() && plain.contains('\u{1b}') {
            return;
        }
        keep(&mut self.last, text.clone());
        tell(BuildNews::Line { text, stderr });
    }

    /// Takes the id of the image that stands at the end.
    pub fn image(&mut self, id: &str) {
        if id.strip_prefix("sha256:").is_some_and(is_id) {
            self.image = Some(id.to_owned());
        }
    }

    /// Takes a step of BuildKit: its digest, its name as `[stage 2/3] RUN …`, and how it stands.
    pub fn vertex(
        &mut self,
        digest: &str,
        name: &str,
        state: VertexState<'_>,
        tell: &mut dyn FnMut(BuildNews),
    ) {
        if self.vertices.len() >= STEPS && !self.vertices.contains_key(digest) {
            return;
        }
        let vertex = self.vertices.entry(digest.to_owned()).or_default();
        if vertex.step.is_none() {
            vertex.step = buildkit_step(name);
        }
        if let Some(step) = &vertex.step
            && !vertex.told
            && (state.started || state.cached)
        {
            vertex.told = true;
            self.step = Some(step.clone());
            tell(BuildNews::Step(step.clone()));
            if state.cached {
                tell(BuildNews::Cached);
            }
        }
        // What is given up because another step failed says that it was cancelled.
        if !state.error.is_empty()
            && self.failed.is_none()
            && !state.error.contains("context canceled")
        {
            self.failed = Some(digest.to_owned());
        }
    }

    /// Takes what a step of BuildKit printed.
    pub fn log(
        &mut self,
        digest: &str,
        text: &[u8],
        stderr: bool,
        tell: &mut dyn FnMut(BuildNews),
    ) {
        let text = String::from_utf8_lossy(text);
        for line in text.lines() {
            let text = printed(line, LONGEST);
            if let Some(vertex) = self.vertices.get_mut(digest) {
                keep(&mut vertex.last, text.clone());
            }
            tell(BuildNews::Line { text, stderr });
        }
    }

    /// Takes the builder's last word on a failure.
    pub fn failed(&mut self, message: &str, code: Option<i64>, tell: &mut dyn FnMut(BuildNews)) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.line(&rest, tell);
        }
        let vertex = self
            .failed
            .as_ref()
            .and_then(|digest| self.vertices.get(digest));
        let (step, last) = match vertex {
            Some(vertex) => (vertex.step.clone(), &vertex.last),
            // BuildKit tells the step; without one it is the file that is wrong.
            None if self.vertices.is_empty() => (self.step.clone(), &self.last),
            None => (None, &self.last),
        };
        self.failure = Some(BuildFailure {
            step,
            code: code
                .filter(|code| *code != 0)
                .or_else(|| exit_code(message)),
            message: bounded(short(message).trim(), LONGEST),
            lines: last.iter().cloned().collect(),
        });
    }

    /// How it ended, when the answer is over.
    pub fn end(mut self, tell: &mut dyn FnMut(BuildNews)) -> Result<String, BuildError> {
        if let Some(failure) = self.failure.take() {
            return Err(BuildError::Failed(Box::new(failure)));
        }
        match self.image.take() {
            Some(id) => {
                tell(BuildNews::Done(id.clone()));
                Ok(id)
            }
            None => Err(Error::new(
                ErrorKind::Engine,
                "the build ended without an image: the engine broke it off",
            )
            .hint("try it again; the engine's own log tells why: journalctl -u docker")
            .into()),
        }
    }
}

/// How a step of BuildKit stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct VertexState<'a> {
    /// It has begun.
    pub started: bool,
    /// Its outcome was there already.
    pub cached: bool,
    /// Why it failed; empty when it did not.
    pub error: &'a str,
}

fn keep(last: &mut VecDeque<String>, line: String) {
    if last.len() == LAST_LINES {
        last.pop_front();
    }
    last.push_back(line);
}

/// Whether this is an image's id, whole or its first twelve digits.
fn is_id(text: &str) -> bool {
    text.len() >= 12 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `Step 2/7 : ENV A=1`
fn classic_step(line: &str) -> Option<BuildStep> {
    let (counts, instruction) = line.strip_prefix("Step ")?.split_once(" : ")?;
    let (number, total) = counts.split_once('/')?;
    Some(BuildStep {
        stage: None,
        number: number.parse().ok()?,
        total: total.parse().ok()?,
        instruction: bounded(instruction.trim(), LONGEST),
    })
}

/// `[two 2/2] RUN echo there`, `[2/2] RUN …` where there is but one stage, `[linux/arm64 two 2/2] RUN …`.
fn buildkit_step(name: &str) -> Option<BuildStep> {
    let (head, instruction) = name.strip_prefix('[')?.split_once("] ")?;
    let (before, counts) = head.rsplit_once(' ').unwrap_or(("", head));
    let (number, total) = counts.split_once('/')?;
    let stage = before.split_whitespace().next_back();
    Some(BuildStep {
        stage: stage.map(|stage| bounded(stage, 200)),
        number: number.trim().parse().ok()?,
        total: total.parse().ok()?,
        instruction: bounded(instruction.trim(), LONGEST),
    })
}

/// `… returned a non-zero code: 7`, `… did not complete successfully: exit code: 7`
fn exit_code(message: &str) -> Option<i64> {
    let (_, code) = ["exit code: ", "non-zero code: "]
        .iter()
        .find_map(|words| message.rsplit_once(words))?;
    code.split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

/// The builder's words without where in the builder they come from.
fn short(message: &str) -> &str {
    const NOISE: [&str; 5] = [
        "failed to solve with frontend dockerfile.v0: ",
        "failed to solve with frontend gateway.v0: ",
        "failed to create LLB definition: ",
        "failed to solve: ",
        "failed to do request: ",
    ];
    let mut text = message;
    while let Some(rest) = NOISE.iter().find_map(|noise| text.strip_prefix(noise)) {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests;
