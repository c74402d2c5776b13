//! The lessons as they are shipped, played on the real engine by a person at a terminal: at each step the wrong way
//! first, which is answered by the words that the lesson has for it, then the right way. At the end nothing is left.
//!
//! What must appear is taken from the lesson's own file, by the number of the step and of the mistake.

mod entrypoint;
mod missing_shell;
mod no_such_file;
mod prod_and_dev;
mod stop_politely;
mod throw_away;
mod two_doors;
mod two_stages;
mod who_am_i;
mod write_permission;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use devtwin::domain::lesson::lab::Names;
use devtwin::domain::lesson::progress::Progress;
use devtwin::domain::lesson::{Lesson, Step};
use tempfile::TempDir;

use crate::person::Person;
use crate::support::{Pty, docker};

/// The key that moves between the lesson and the shell.
const F1: &str = "\x1bOP";

/// How much of a text must be seen: so much stands in the panel however long the text is.
const ENOUGH: usize = 40;

/// A lesson that is being played.
pub(crate) struct Play {
    pub(crate) pty: Pty,
    person: Person,
    data: TempDir,
    lesson: Lesson,
    names: Names,
    /// The step that is open, from 0.
    step: usize,
}

impl Play {
    /// Opens the lesson called `id` at its first step, in a lab of a name that begins with `lab` and that no other test
    /// or run uses.
    #[track_caller]
    pub(crate) fn open(id: &str, lab: &str) -> Self {
        docker::require_docker();
        let (person, data) = (Person::new(), tempfile::tempdir().unwrap());
        let mut lesson = read(id);
        id.clone_into(&mut lesson.id);
        let names = Names {
            // On a shared engine the same test may run twice at one time.
            lab: format!("{lab}-{}", std::process::id()),
            ..Names::default()
        };
        let args = ["learn", id, "--lab", &names.lab, "--base", "own"];
        let folder = data.path().to_str().unwrap().to_owned();
        let env = [&person.env()[..], &[("XDG_DATA_HOME", folder.as_str())]].concat();
        let command = [&[crate::support::devtwin_path()], &args[..]].concat();
        // So high that the text stands above the shell, and whole.
        let pty = Pty::spawn(&command, &env, 100, 80);
        let mut play = Self {
            pty,
            person,
            data,
            lesson,
            names,
            step: 0,
        };
        play.opened(0);
        play.at_home();
        play
    }

    /// Waits for an empty prompt of the person's own shell: what is typed before that is lost.
    #[track_caller]
    pub(crate) fn at_home(&mut self) {
        let prompts = ['#', '$'].map(|sign| format!("{}{sign}", self.lesson.id));
        self.empty(&prompts, "F1 to ");
    }

    /// Waits for an empty one of these prompts, and for `beside` somewhere.
    #[track_caller]
    fn empty(&mut self, prompts: &[String], beside: &str) {
        self.pty.wait_until("an empty prompt", |screen| {
            let is_prompt = |line: &str| prompts.contains(&unframed(line));
            screen.contains(beside) && screen.lines().any(is_prompt)
        });
    }

    fn now(&self) -> &Step {
        &self.lesson.steps[self.step]
    }

    /// The text as it is shown, as far as it is waited for.
    fn shown(&self, text: &str) -> String {
        plain(&self.names.fill(text)).chars().take(ENOUGH).collect()
    }

    /// Waits until the words are on the screen, however they are wrapped.
    #[track_caller]
    pub(crate) fn sees(&mut self, words: &str) {
        let words = plain(words);
        self.pty.wait_until(&format!("{words:?}"), |screen| {
            flat(screen).contains(&words)
        });
    }

    /// Waits until step `number` is open, counted from 0: its text is there.
    #[track_caller]
    pub(crate) fn opened(&mut self, number: usize) {
        self.step = number;
        let text = self.shown(&self.now().text);
        self.sees(&text);
    }

    /// Waits for the words of a mistake of the open step, counted from 0; the step must not be done.
    #[track_caller]
    pub(crate) fn wrong(&mut self, mistake: usize) {
        let say = self.shown(&self.now().mistakes[mistake].say);
        self.sees(&say);
        let text = self.shown(&self.now().text);
        let screen = self.pty.screen();
        assert!(flat(&screen).contains(&text), "the step is done\n{screen}");
    }

    /// Waits until the open step is done: what it says then is there, and the text of the next one.
    #[track_caller]
    pub(crate) fn done(&mut self) {
        if let Some(done) = self.now().done.clone() {
            let done = self.shown(&done);
            self.sees(&done);
        }
        if self.step + 1 < self.lesson.steps.len() {
            self.opened(self.step + 1);
        } else {
            self.sees("The lesson is done");
        }
    }

    /// Types a line into the shell, in which `{lab}` stands for the lab's name.
    pub(crate) fn line(&mut self, line: &str) {
        let line = self.names.fill(line);
        self.pty.send(format!("{line}\r"));
    }

    /// Types the commands of the open step's answer, as they stand there.
    pub(crate) fn by_the_answer(&mut self) {
        let answer = self.now().answer.clone();
        for block in answer.split("```\n").skip(1).step_by(2) {
            block.lines().for_each(|line| self.line(line));
        }
    }

    /// Types a line and waits until `wanted` is on the screen, which must not stand in the line itself.
    #[track_caller]
    pub(crate) fn run(&mut self, line: &str, wanted: &str) {
        assert!(!line.contains(wanted), "the echo alone would satisfy it");
        self.line(line);
        self.sees(wanted);
    }

    /// The last line that a command in a twin has printed, as a person reads it off the screen: before the next prompt.
    #[track_caller]
    pub(crate) fn last_line_of(&mut self, command: &str) -> String {
        let find = |screen: &str| {
            let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
            let typed = ["/ # ", "/ $ "].map(|prompt| format!("{prompt}{command}"));
            let is_typed = |line: &&str| typed.iter().any(|typed| line.starts_with(typed));
            let at = lines.iter().rposition(is_typed)?;
            let mut printed = lines[at + 1..].iter().map(|line| unframed(line));
            let mut last = None;
            let prompt = printed.find(|line| {
                let is_prompt = line.ends_with('#') || line.ends_with('$');
                if !is_prompt && !line.is_empty() {
                    last = Some(line.clone());
                }
                is_prompt
            });
            prompt.and(last)
        };
        let what = format!("what {command:?} prints, and a prompt");
        self.pty.wait_until(&what, |screen| find(screen).is_some());
        find(&self.pty.screen()).unwrap()
    }

    /// Gives an answer in the panel, and goes back to the shell.
    #[track_caller]
    pub(crate) fn answer(&mut self, text: &str) {
        self.turn_to_lesson();
        self.pty.send("\r");
        self.pty.send(text);
        self.pty.send("\r");
        self.turn_to_shell();
    }

    /// Moves the keys to the lesson, wherever they are.
    #[track_caller]
    fn turn_to_lesson(&mut self) {
        self.turn("F1 to your shell");
    }

    /// Moves the keys to the shell, wherever they are.
    #[track_caller]
    fn turn_to_shell(&mut self) {
        self.turn("F1 to the lesson");
    }

    /// Presses F1 unless the foot of the screen says so already.
    #[track_caller]
    fn turn(&mut self, foot: &str) {
        let here = |screen: &str| screen.contains("F1 to ");
        self.pty.wait_until("where the keys are", here);
        if !self.pty.screen().contains(foot) {
            self.pty.send(F1);
            self.pty.wait_for(foot);
        }
    }

    /// Opens a twin with these words of `devtwin attach`; at its prompt.
    #[track_caller]
    pub(crate) fn attach(&mut self, words: &str) {
        self.at_home();
        self.line(&format!("devtwin attach {words}"));
        self.in_twin();
    }

    /// Waits for an empty prompt of a twin: commands that are typed ahead are not marked there.
    #[track_caller]
    pub(crate) fn in_twin(&mut self) {
        self.empty(&["/ #", "/ $"].map(str::to_owned), "Ctrl-] commands");
    }

    /// Leaves the twin by `exit` and `q`, as the lessons say.
    #[track_caller]
    pub(crate) fn exit(&mut self) {
        self.line("exit");
        self.sees("■ the shell");
        self.pty.send("q");
        self.at_home();
    }

    /// Leaves the lesson; nothing of it must be left, on the engine or on the disk.
    #[track_caller]
    pub(crate) fn leave(mut self) {
        self.turn_to_lesson();
        self.pty.send("q");
        self.pty.wait_for("Remove the lab and quit");
        self.pty.send("q");
        let status = self.pty.wait_exit();
        assert_eq!(status.exit_code(), 0, "{status:?}\n{}", self.pty.screen());
        self.nothing_is_left();
        let noted = fs::read(self.data.path().join("devtwin/learn.json")).unwrap();
        let noted: Progress = serde_json::from_slice(&noted).unwrap();
        let standing = &noted.lessons[&self.lesson.id];
        assert!(standing.finished.is_some(), "{standing:?}");
        assert_eq!((standing.hints, standing.answers), (0, 0), "{standing:?}");
    }

    #[track_caller]
    fn nothing_is_left(&self) {
        let label = format!("label=dev.devtwin.lab={}", self.names.lab);
        let whole = format!("reference={}/*", self.names.lab);
        for (list, filter) in [
            (&["ps", "-a"][..], &label),
            (&["images", "-a"], &label),
            (&["images"], &whole),
            (&["volume", "ls"], &label),
        ] {
            let rest = docker::ok(&[list, &["-q", "--filter", filter]].concat());
            assert_eq!(rest, "", "{list:?} {filter}");
        }
        let work = self.person.state().join("devtwin/learn");
        let left = fs::read_dir(&work).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{}", work.display());
    }
}

/// A test that fails must not leave the lab: its name would be taken.
impl Drop for Play {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // It may have ended already.
            let _ = Command::new("kill")
                .arg(self.pty.pid().to_string())
                .status();
            self.pty.settle(Duration::from_secs(20));
            self.person.devtwin(&["clean"]);
        }
    }
}

/// A lesson of those that are shipped.
#[track_caller]
fn read(id: &str) -> Lesson {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lessons");
    let text = fs::read_to_string(folder.join(id).with_extension("toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// Text without the signs of markdown, and with single spaces.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| !"*`>".contains(*c)).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A screen as one line: without frames, and with single spaces.
fn flat(screen: &str) -> String {
    plain(&unframed(screen))
}

/// Without the signs that frames are drawn with, and space around it.
fn unframed(text: &str) -> String {
    let frames = |c: char| ('\u{2500}'..='\u{259f}').contains(&c);
    text.replace(frames, " ").trim().to_owned()
}
