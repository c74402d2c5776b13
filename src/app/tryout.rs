//! Try in prod: which files, how it goes, and what came of it.

use super::Effect;
use super::Model;
use super::TaskId;
use super::joined::Joined;
use super::line::Line;
use super::panes::entrypoint::blocks::Ink;
use super::popup::{Popup, moved};
use super::shell_perform::copy_text;
use super::text::{bytes, clean, wrap};
use super::toast::Tone;
use crate::domain::Progress;
use crate::domain::entrypoint::Severity;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::run::{argv_text, read_argv};
use crate::domain::secret;
use crate::domain::tryout::{Trial, Tryout};

/// Lines of each stream that are shown.
const LINES: usize = 12;

/// What a session knows of its tries.
#[derive(Debug, Default)]
pub struct Tries {
    /// The one on its way.
    task: Option<TaskId>,
    /// What it does now.
    step: String,
    /// What was tried last.
    trial: Option<Trial>,
    /// What came of it.
    report: Option<Result<Box<Tryout>>>,
}

impl Tries {
    /// Whether one is on its way.
    pub fn runs(&self) -> bool {
        self.task.is_some()
    }
}

/// A popup about a try.
#[derive(Debug)]
pub enum TryPopup {
    /// Which files, and which command.
    Ask(Box<Line>),
    /// How it goes, scrolled by so many lines.
    Show(usize),
}

/// Asks what is to be tried; one that is on its way is shown.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let popup = if joined.tries.runs() {
        TryPopup::Show(0)
    } else {
        let mut line = Box::new(Line::default());
        if let Some(trial) = &joined.tries.trial {
            line.paste(&words(trial));
        }
        TryPopup::Ask(line)
    };
    model.popups.push(Popup::Try(Box::new(popup)));
    Vec::new()
}

/// A trial as the line has it.
fn words(trial: &Trial) -> String {
    let paths = argv_text(&trial.paths);
    if trial.argv.is_empty() {
        paths
    } else {
        format!("{paths} -- {}", argv_text(&trial.argv))
    }
}

/// Reads the line: files, and behind `--` a command.
fn read(text: &str) -> Result<Trial> {
    let wrong = |why: String| Error::new(ErrorKind::Usage, why).hint("quotes as in a shell");
    let all = read_argv(text).map_err(wrong)?;
    let mut parts = all.splitn(2, |word| word == "--");
    let trial = Trial {
        paths: parts.next().unwrap_or_default().to_vec(),
        argv: parts.next().unwrap_or_default().to_vec(),
        env: Vec::new(),
    };
    trial.checked()
}

/// Runs the production image with these files of the twin, absolute paths, and shows what comes of it. `argv` is what it
/// runs; empty for its own program.
pub fn try_in_prod(model: &mut Model, paths: Vec<String>, argv: Vec<String>) -> Vec<Effect> {
    let trial = Trial {
        paths,
        argv,
        env: Vec::new(),
    };
    match trial.checked() {
        Ok(trial) => begin(model, trial),
        Err(error) => model.toasts.error(&error),
    }
}

fn begin(model: &mut Model, trial: Trial) -> Vec<Effect> {
    let task = model.numbers.task();
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    if joined.shells.main().has_ended() {
        let error = Error::new(
            ErrorKind::Usage,
            "the twin has ended, and its files with it",
        )
        .hint("a new twin can make them again");
        return model.toasts.error(&error);
    }
    let before = joined.tries.task.replace(task).map(Effect::Cancel);
    joined.tries.step = "looking at the files".into();
    joined.tries.trial = Some(trial.clone());
    joined.tries.report = None;
    let effect = Effect::TryOut {
        task,
        twin: Box::new(joined.attached.twin.clone()),
        image: joined.attached.target.image.clone(),
        trial: Box::new(trial),
    };
    model.popups.clear();
    let popup = Popup::Try(Box::new(TryPopup::Show(0)));
    model.popups.push(popup);
    before.into_iter().chain([effect]).collect()
}

/// A try moved on; false when it is none of ours.
pub(super) fn moved_on(model: &mut Model, task: TaskId, progress: &Progress) -> bool {
    let joined = model.joined.as_mut();
    let Some(joined) = joined.filter(|j| j.tries.task == Some(task)) else {
        return false;
    };
    match progress {
        Progress::Step(step) | Progress::Notable(step) => joined.tries.step = clean(step),
        Progress::Copied(_) | Progress::Pull(_) | Progress::Awaits { .. } => {}
    }
    true
}

/// A try ended. Who does not look at it is told.
pub(super) fn ended(model: &mut Model, task: TaskId, result: Result<Box<Tryout>>) -> Vec<Effect> {
    let joined = model.joined.as_mut();
    let Some(joined) = joined.filter(|j| j.tries.task == Some(task)) else {
        model.quiet = true;
        return Vec::new();
    };
    joined.tries.task = None;
    let told = match &result {
        Ok(report) => {
            let tone = if report.is_well() {
                Tone::Good
            } else {
                Tone::Bad
            };
            (tone, report.headline(), report.words.clone())
        }
        Err(error) => {
            let hint = error.hint.clone().unwrap_or_default();
            (Tone::Bad, error.message.clone(), hint)
        }
    };
    joined.tries.report = Some(result);
    if let Some(Popup::Try(_)) = model.popups.last() {
        return Vec::new();
    }
    let (tone, text, hint) = told;
    model.toasts.say(tone, &clean(&text), Some(&clean(&hint)))
}

/// Enter in the popup.
pub(super) fn accept(model: &mut Model, popup: TryPopup) -> Vec<Effect> {
    let TryPopup::Ask(line) = popup else {
        return Vec::new();
    };
    match read(line.text()) {
        Ok(trial) => begin(model, trial),
        Err(error) => {
            model.popups.push(Popup::Try(Box::new(TryPopup::Ask(line))));
            model.toasts.error(&error)
        }
    }
}

/// A letter in the popup that shows a try.
pub(super) fn key(model: &mut Model, typed: char) -> Vec<Effect> {
    let tries = model.joined.as_ref().map(|joined| &joined.tries);
    let Some(tries) = tries.filter(|tries| !tries.runs()) else {
        model.quiet = true;
        return Vec::new();
    };
    match (typed, &tries.report, &tries.trial) {
        ('y', Some(Ok(report)), _) => {
            let text = report.docker_run.clone();
            copy_text(model, text)
        }
        ('r', _, Some(trial)) => {
            let trial = trial.clone();
            begin(model, trial)
        }
        ('e', _, Some(_)) => {
            model.popups.pop();
            open(model)
        }
        _ => {
            model.quiet = true;
            Vec::new()
        }
    }
}

/// Esc in the popup: a try that is on its way is given up.
pub(super) fn closed(model: &mut Model, popup: &TryPopup) -> Vec<Effect> {
    let joined = model.joined.as_mut();
    let (TryPopup::Show(_), Some(joined)) = (popup, joined) else {
        return Vec::new();
    };
    let Some(task) = joined.tries.task.take() else {
        return Vec::new();
    };
    let mut effects = vec![Effect::Cancel(task)];
    effects.extend(model.toasts.say(Tone::News, "the try was given up", None));
    effects
}

/// What is given up when the twin goes.
pub(super) fn abandon(joined: &Joined) -> Option<Effect> {
    joined.tries.task.map(Effect::Cancel)
}

/// Scrolls the popup by so many lines, `scrolls` at most.
pub(super) fn step(popup: &mut TryPopup, by: isize, scrolls: usize) {
    if let TryPopup::Show(at) = popup {
        *at = moved(*at, by, scrolls);
    }
}

/// The text of the popup, in lines of at most `columns` columns.
pub fn text(joined: &Joined, popup: &TryPopup, columns: usize) -> Vec<(Ink, String)> {
    let mut lines = Vec::new();
    let image = clean(&joined.attached.target.image);
    if let TryPopup::Ask(_) = popup {
        let words = format!(
            "Files or folders of the twin by their paths, which {image} gets; behind -- a command, else the image's own runs."
        );
        say(&mut lines, columns, Ink::Strong, &words);
        return lines;
    }
    let tries = &joined.tries;
    match &tries.report {
        None => {
            say(
                &mut lines,
                columns,
                Ink::Strong,
                &format!("◌ {} …", tries.step),
            );
            let words = format!("{image} runs with them for 10 s at most, and is removed.");
            say(&mut lines, columns, Ink::Muted, &words);
        }
        Some(Err(error)) => {
            say(
                &mut lines,
                columns,
                Ink::Bad,
                &format!("✗ {}", error.message),
            );
            for hint in error.hint.iter().flat_map(|hint| hint.lines()) {
                say(&mut lines, columns, Ink::Muted, hint);
            }
        }
        Some(Ok(report)) => report_lines(&mut lines, columns, report),
    }
    lines
}

/// Adds lines; what begins with blanks is set in by them, all of it.
fn say(lines: &mut Vec<(Ink, String)>, columns: usize, ink: Ink, text: &str) {
    let text = clean(text);
    let words = text.trim_start();
    let lead = " ".repeat(text.len() - words.len());
    let wrapped = wrap(words, columns.saturating_sub(lead.len()).max(1));
    lines.extend(
        wrapped
            .into_iter()
            .map(|line| (ink, format!("{lead}{line}"))),
    );
}

fn report_lines(lines: &mut Vec<(Ink, String)>, columns: usize, report: &Tryout) {
    let (ink, sign) = if report.is_well() {
        (Ink::Good, '✓')
    } else {
        (Ink::Bad, '✗')
    };
    say(
        lines,
        columns,
        ink,
        &format!("{sign} {}", report.headline()),
    );
    say(lines, columns, Ink::Strong, &report.words);
    let user = match report.user.as_str() {
        "" => "root",
        user => user,
    };
    let argv = secret::words(&report.argv);
    let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
    let command = argv_text(&argv);
    say(lines, columns, Ink::Muted, &format!("as {user}: {command}"));
    for file in &report.files {
        let over = if file.replaced {
            ", in place of its own"
        } else {
            ""
        };
        let words = format!("with {} ({}{over})", file.path, bytes(file.bytes));
        say(lines, columns, Ink::Muted, &words);
    }
    for note in &report.notes {
        say(lines, columns, Ink::Muted, note);
    }
    for finding in &report.findings {
        lines.push((Ink::Muted, String::new()));
        let (ink, word) = match finding.severity {
            Severity::Error => (Ink::Bad, "✗ error"),
            Severity::Warning => (Ink::Waiting, "! warning"),
            Severity::Note => (Ink::Muted, "i note"),
        };
        say(lines, columns, ink, &format!("{word}  {}", finding.id));
        for line in &finding.evidence {
            say(lines, columns, Ink::Muted, &format!("  · {line}"));
        }
        say(
            lines,
            columns,
            Ink::Strong,
            &format!("  {}", finding.meaning),
        );
        for line in &finding.advice {
            say(lines, columns, Ink::Accent, &format!("  → {line}"));
        }
    }
    for (word, printed) in [("output", &report.stdout), ("errors", &report.stderr)] {
        if printed.trim().is_empty() {
            continue;
        }
        lines.push((Ink::Muted, String::new()));
        say(lines, columns, Ink::Muted, word);
        let all: Vec<&str> = printed.lines().collect();
        let last = all.len().saturating_sub(LINES);
        for line in all.iter().skip(last) {
            say(lines, columns, Ink::Strong, &format!("  {line}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_files_and_perhaps_a_command() {
        let trial = read("/build/app '/opt/my lib' -- /build/app --version").unwrap();
        assert_eq!(trial.paths, ["/build/app", "/opt/my lib"]);
        assert_eq!(trial.argv, ["/build/app", "--version"]);
        assert_eq!(
            words(&trial),
            "/build/app '/opt/my lib' -- /build/app --version"
        );
        assert!(read("/build/app").unwrap().argv.is_empty());
        for wrong in ["", "app", "'/unclosed", "-- /build/app"] {
            assert_eq!(read(wrong).unwrap_err().kind, ErrorKind::Usage, "{wrong}");
        }
    }
}
