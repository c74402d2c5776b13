//! Real programs of the Debian dev image in the pane, against the same programs in a tmux of the same size.
//!
//! Both get the same keys, in containers of the same image; after each step both must show the same text, row by
//! row, and the cursor at the same place.

use std::time::{Duration, Instant};

use crate::person::{Person, left, line, quit};
use crate::support::pty::PATIENCE;
use crate::support::{Container, Pty, docker};
use crate::tmux::Tmux;
use crate::vttest;

/// A program of the page.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) result: &'static str,
}

pub(crate) const PROGRAMS: &[Program] = &[
    Program {
        name: "bash",
        what: "a command longer than a row, edited in its midst; completion; search in the history",
        result: "the same",
    },
    Program {
        name: "vim",
        what: "syntax colours, a vertical and a horizontal split, insert mode with UTF-8, scrolling, a visual block",
        result: "the same",
    },
    Program {
        name: "less",
        what: "a long file with colours and wide characters: pages, back, the end, a search, a long line cut and moved sideways",
        result: "the same",
    },
    Program {
        name: "htop",
        what: "its help and its set-up (not the meters: they never stand still)",
        result: "the same",
    },
    Program {
        name: "tmux",
        what: "in tmux itself: panes side by side and one above the other, status line, a zoomed pane, copy mode",
        result: "the same",
    },
    Program {
        name: "vttest",
        what: "its tests of cursor movements, of screen features and of inserting and deleting (menus 1, 2 and 8)",
        result: "the same, but for the screens below",
    },
];

/// The size of the pane: what vttest is written for.
pub(crate) const SIZE: (u16, u16) = (80, 24);
/// Nothing more comes when nothing has come for so long.
const QUIET: Duration = Duration::from_millis(60);
const DEV: &str = "dhi.io/web:1.4-debian12-dev";
pub(crate) const PROMPT: &str = "demo> ";
/// The same shell in both: no settings of anybody's, no history, no clock.
const SHELL: &str = "cd /tmp/demo && exec env -i HOME=/tmp/demo PATH=$PATH LANG=C.UTF-8 TERM=xterm-256color PS1='demo> ' HISTFILE= bash --norc --noprofile";
/// What the programs are shown.
const FILES: &str = r#"set -e
mkdir -p /tmp/demo && cd /tmp/demo
cat >demo.c <<'C'
#include <stdio.h>

/* Says hello: Grüße, 你好. */
int main(int argc, char **argv) {
	for (int i = 1; i < argc; i++) {
		printf("hello, %s\n", argv[i]);
	}
	return argc > 1 ? 0 : 1; // TODO
}
C
for i in $(seq 1 300); do
    printf '\033[3%dm%04d\033[0m \033[1mline\033[0m with \033[38;5;%dmcolours\033[0m and 漢字 and é\n' $((i % 8)) "$i" $((i % 256))
done >long.txt
printf '%0300d\n' 7 >>long.txt
printf 'set nocompatible number ruler laststatus=2 noswapfile nomodeline showcmd\nsyntax on\n' >vimrc
printf 'set -g status-right ""\nset -g status-left "[demo] "\nset -g automatic-rename off\nset -g allow-rename off\nset -g default-command "bash --norc --noprofile"\n' >tmux.conf
touch alpha-one alpha-two
"#;

/// The pane and its reference, side by side.
pub(crate) struct Pair {
    /// Kept for its state folder.
    _person: Person,
    target: Container,
    reference: Container,
    pty: Pty,
    tmux: Tmux,
    /// Row and column of the pane on devtwin's screen.
    origin: (usize, usize),
}

impl Pair {
    fn new() -> Self {
        let person = Person::new();
        let target = Container::run("acme/deb-web:1", &[], &[]);
        let reference = Container::run(DEV, &["--entrypoint", "sleep"], &["600"]);
        prepare(reference.name());
        let mut pty = person.tui(&["attach", target.name()]);
        pty.wait_until("a root prompt", |screen| {
            shell_rows(screen)
                .last()
                .is_some_and(|row| row.ends_with('#'))
        });
        prepare(&left(&target.id()));
        line(&mut pty, "echo TERM=$TERM $COLORTERM");
        pty.wait_for("TERM=xterm-256color truecolor");
        // From here on no command ends that the pane knows of: nothing of devtwin's stands in the pane's margin.
        line(&mut pty, SHELL);
        pty.wait_until("the shell of both", |screen| {
            shell_rows(screen).last() == Some(&PROMPT.trim_end())
        });
        fit(&mut pty);
        line(&mut pty, "clear");
        pty.wait_until("the prompt alone", |screen| {
            shell_rows(screen) == [PROMPT.trim_end()]
        });
        let origin = pty
            .screen()
            .lines()
            .enumerate()
            .find_map(|(row, text)| text.find(PROMPT.trim_end()).map(|col| (row, col)))
            .unwrap();
        let tmux = Tmux::new();
        let shell = format!("docker exec -it {} bash -c \"{SHELL}\"", reference.name());
        tmux.session("reference", SIZE, &shell);
        let mut pair = Self {
            _person: person,
            target,
            reference,
            pty,
            tmux,
            origin,
        };
        pair.step("", PROMPT);
        pair
    }

    /// The pane's rows as devtwin shows them.
    fn pane(&self) -> Vec<String> {
        let screen = self.pty.screen();
        let rows = screen.lines().skip(self.origin.0).take(usize::from(SIZE.1));
        let mut rows: Vec<_> = rows.map(|row| row.trim_end().to_owned()).collect();
        rows.resize(usize::from(SIZE.1), String::new());
        rows
    }

    fn reference(&self) -> Vec<String> {
        let screen = self.tmux.screen("reference");
        let mut rows: Vec<_> = screen.lines().map(str::to_owned).collect();
        rows.resize(usize::from(SIZE.1), String::new());
        rows
    }

    /// Where the pane's cursor is, row and column from 0; none when it is hidden.
    fn cursor(&self) -> Option<(usize, usize)> {
        let (col, row) = self.pty.cursor()?;
        let (row, col) = (usize::from(row), usize::from(col));
        Some((
            row.checked_sub(self.origin.0)?,
            col.checked_sub(self.origin.1)?,
        ))
    }

    fn reference_cursor(&self) -> Option<(usize, usize)> {
        let at = self.tmux.ok(&[
            "display",
            "-p",
            "-t",
            "reference",
            "#{cursor_flag} #{cursor_y} #{cursor_x}",
        ]);
        let numbers: Vec<usize> = at.split_whitespace().map(|n| n.parse().unwrap()).collect();
        // tmux keeps it beyond the last column while it waits there.
        (numbers[0] == 1).then(|| (numbers[1], numbers[2].min(usize::from(SIZE.0) - 1)))
    }

    /// Types the same into both, and waits until both show the same with `marker` on it. A marker that stands in the
    /// keys of a command would be found in their echo.
    #[track_caller]
    pub(crate) fn step(&mut self, keys: &str, marker: &str) {
        self.step_from(keys, marker, "");
    }

    /// The same for the rows from the one with `first` on.
    #[track_caller]
    fn step_from(&mut self, keys: &str, marker: &str, first: &str) {
        self.keys(keys);
        let start = Instant::now();
        loop {
            self.pty.settle(QUIET);
            let (pane, reference) = (self.pane(), self.reference());
            let cursors = (self.cursor(), self.reference_cursor());
            let there = |rows: &[String]| rows.iter().any(|row| row.contains(marker.trim_end()));
            let (ours, theirs) = (from(&pane, first), from(&reference, first));
            if there(&pane)
                && there(&reference)
                && !ours.is_empty()
                && ours == theirs
                && cursors.0 == cursors.1
            {
                return;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "after {keys:?}, waiting for {marker:?}, cursors {cursors:?}:\n{}",
                difference(&pane, &reference)
            );
        }
    }

    /// Clears both, and waits until nothing but the prompt is left: what is typed while a command still runs is the
    /// terminal's, not the shell's.
    #[track_caller]
    fn clear(&mut self) {
        self.keys("clear\r");
        let start = Instant::now();
        loop {
            self.pty.settle(QUIET);
            let alone = |rows: &[String]| {
                let mut filled = rows.iter().filter(|row| !row.is_empty());
                rows[0] == PROMPT.trim_end() && filled.next().is_some() && filled.next().is_none()
            };
            let (pane, reference) = (self.pane(), self.reference());
            if alone(&pane) && alone(&reference) {
                return;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "not clear:\n{}",
                difference(&pane, &reference)
            );
        }
    }

    /// Types the same into both, and waits until `marker` is on both, whatever else is.
    #[track_caller]
    fn both(&mut self, keys: &str, marker: &str) {
        self.keys(keys);
        let start = Instant::now();
        loop {
            self.pty.settle(QUIET);
            let (pane, reference) = (self.pane(), self.reference());
            if [&pane, &reference]
                .into_iter()
                .all(|rows| rows.iter().any(|row| row.contains(marker)))
            {
                return;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "no {marker:?}:\n{}",
                difference(&pane, &reference)
            );
        }
    }

    /// The pane and its reference when nothing more comes and `mark` is on both.
    #[track_caller]
    pub(crate) fn settled(&mut self, mark: &str) -> (Vec<String>, Vec<String>) {
        let start = Instant::now();
        let mut before = None;
        loop {
            self.pty.settle(QUIET * 3);
            let now = (self.pane(), self.reference());
            let has = |rows: &[String]| rows.iter().any(|row| row.contains(mark));
            if has(&now.0) && has(&now.1) && before.as_ref() == Some(&now) {
                return now;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "no {mark}:\n{}",
                difference(&now.0, &now.1)
            );
            before = Some(now);
        }
    }

    pub(crate) fn keys(&mut self, keys: &str) {
        if keys.is_empty() {
            return;
        }
        // Arrows by name: how they are sent depends on the program's modes, and both terminals know those.
        for (part, arrow) in arrows(keys) {
            let hex: Vec<_> = part.bytes().map(|byte| format!("{byte:02x}")).collect();
            if !hex.is_empty() {
                let hex = hex.iter().map(String::as_str);
                let args: Vec<_> = ["send-keys", "-t", "reference", "-H"]
                    .into_iter()
                    .chain(hex)
                    .collect();
                self.tmux.ok(&args);
            }
            if let Some(arrow) = arrow {
                self.tmux.ok(&["send-keys", "-t", "reference", arrow]);
            }
        }
        self.pty.send(keys);
    }

    fn end(self) {
        let Self {
            mut pty,
            target,
            reference,
            tmux,
            ..
        } = self;
        drop((tmux, reference));
        quit(&mut pty);
        assert_eq!(left(&target.id()), "");
    }
}

/// The keys cut at arrows: what comes before one, and its name in tmux.
fn arrows(keys: &str) -> Vec<(&str, Option<&'static str>)> {
    let name = |key: &str| match key {
        "A" => "Up",
        "B" => "Down",
        "C" => "Right",
        "D" => "Left",
        other => panic!("no arrow: {other}"),
    };
    let mut parts = keys.split("\x1b[");
    let mut cut = vec![(parts.next().unwrap_or_default(), None)];
    for part in parts {
        let (key, rest) = part.split_at(1);
        cut.last_mut().unwrap().1 = Some(name(key));
        cut.push((rest, None));
    }
    cut
}

/// Writes the files into a container.
#[track_caller]
fn prepare(container: &str) {
    let made = docker::fed(
        &["exec", "-i", "-u", "0", container, "bash"],
        FILES.as_bytes(),
    );
    assert!(made.status.success(), "{made:?}");
}

/// Makes the window such that the pane has [`SIZE`].
fn fit(pty: &mut Pty) {
    let size = |screen: &str| {
        shell_rows(screen).iter().find_map(|row| {
            let (rows, cols) = row.split_once(' ')?;
            Some((cols.parse::<u16>().ok()?, rows.parse::<u16>().ok()?))
        })
    };
    line(pty, "clear; stty size");
    pty.wait_until("the pane's size", |screen| size(screen).is_some());
    let (cols, rows) = size(&pty.screen()).unwrap();
    pty.resize(100 + SIZE.0 - cols, 30 + SIZE.1 - rows);
    // The new size takes a moment to come through.
    let wanted = format!("{} {}", SIZE.1, SIZE.0);
    line(
        pty,
        &format!("clear; until [ \"$(stty size)\" = '{wanted}' ]; do :; done; stty size"),
    );
    pty.wait_until("the new size", |screen| size(screen) == Some(SIZE));
}

/// The rows between devtwin's own that are not empty.
fn shell_rows(screen: &str) -> Vec<&str> {
    let rows: Vec<_> = screen.lines().collect();
    let inner = rows
        .get(2..rows.len().saturating_sub(1))
        .unwrap_or_default();
    inner
        .iter()
        .map(|row| row.trim())
        .filter(|row| !row.is_empty())
        .collect()
}

/// The rows from the first that holds `word` on.
fn from<'a>(rows: &'a [String], word: &str) -> &'a [String] {
    let first = rows.iter().position(|row| row.contains(word));
    first.map_or(&[], |first| &rows[first..])
}

pub(crate) fn difference(pane: &[String], reference: &[String]) -> String {
    let rows = pane.iter().zip(reference).enumerate();
    let lines: Vec<_> = rows
        .map(|(row, (ours, theirs))| {
            if ours == theirs {
                format!("{row:2}   {ours}")
            } else {
                format!("{row:2} - {ours}\n   + {theirs}")
            }
        })
        .collect();
    format!("(- the pane, + tmux)\n{}", lines.join("\n"))
}

#[test]
fn real_programs_look_as_in_tmux() {
    let mut pair = Pair::new();
    bash(&mut pair);
    vim(&mut pair);
    less(&mut pair);
    htop(&mut pair);
    tmux(&mut pair);
    vttest::run(&mut pair);
    pair.end();
}

fn bash(pair: &mut Pair) {
    pair.step(&"echo a long line; ".repeat(6), "line;");
    pair.step("\x01: \x1b[C\x1b[C\x1b[Cé漢", "é漢");
    pair.step("\x05echo $((40 + 2))\r", "42");
    pair.step("ls alpha-\t\t", "alpha-two");
    pair.step("\x15printf 'a\\tb\\n\\033[2Cindented\\n'\r", "  indented");
    pair.step("\x12inden", "reverse-i-search");
    pair.keys("\x07");
    pair.clear();
}

fn vim(pair: &mut Pair) {
    pair.step("vim -u vimrc demo.c\r", "TODO");
    pair.step(":vsplit long.txt\r", "long.txt");
    pair.step("\x04\x04", "0011");
    pair.step(":split demo.c\r", "hello");
    pair.step("Goint more; // Grüße 漢字 \x1b", "Grüße 漢字");
    pair.step("gg\x16jjlly", "include");
    pair.step(":set list\r", "^I");
    pair.step("u:only!\r", "demo.c");
    pair.step(":qa!\r", PROMPT);
}

fn less(pair: &mut Pair) {
    pair.clear();
    pair.step("less -R long.txt\r", "0023");
    pair.step(" ", "0046");
    pair.step("b", "0001");
    pair.step("G", "0000007");
    pair.step("?0150\r", "0172");
    pair.step("kkk", "0147");
    pair.step("-S\rG", "0300");
    pair.step("\x1b[C", "0000");
    pair.step("q", PROMPT);
}

fn htop(pair: &mut Pair) {
    pair.both("htop\r", "F10");
    pair.step("h", "Arrows: scroll process list");
    pair.both(" ", "F10");
    pair.step_from("S", "Display options", "Categories");
    pair.step_from("\x1b[B", "Display options", "Categories");
    pair.step_from("\x1b[B", "Display options", "Categories");
    pair.both("\x1b", "F1Help");
    pair.step("q", PROMPT);
    pair.clear();
}

fn tmux(pair: &mut Pair) {
    pair.step("tmux -f tmux.conf\r", "[demo]");
    pair.step("seq 5\r", "4");
    pair.step("\x02%", "│");
    pair.step("echo right $((1 + 1))\r", "right 2");
    pair.step("\x02\"", "─");
    pair.step("head -40 long.txt\r", "0040");
    pair.step("\x02z", "*Z");
    pair.step("\x02z", "│");
    // One key at a time: tmux takes many at once for pasted text.
    pair.step("\x02[", "[0/");
    pair.step("\x12", "(search up)");
    pair.step("0020\r", "0020");
    pair.step("q", "│");
    pair.step("tmux kill-server\r", "[server exited]");
    pair.clear();
}
