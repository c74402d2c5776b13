//! A second opinion: the same bytes in tmux, which must show the same text and the same place of the cursor.
//!
//! Not for styles, which tmux rewrites, nor for answers, which every terminal words in its own way.

use std::collections::HashSet;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use tempfile::TempDir;

use crate::case::{self, Want};
use crate::support::pty::PATIENCE;
use crate::support::unique;
use crate::table::groups;

/// A tmux server of our own: without configuration, ended on drop.
pub(crate) struct Tmux {
    socket: String,
    folder: TempDir,
    sizes: HashSet<String>,
}

impl Tmux {
    pub(crate) fn new() -> Self {
        Self {
            socket: unique("tmux"),
            folder: tempfile::tempdir().unwrap(),
            sizes: HashSet::new(),
        }
    }

    /// Runs a command of tmux, which must succeed; its output.
    #[track_caller]
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {args:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new("tmux")
            .args(["-u", "-L", &self.socket, "-f", "/dev/null"])
            .args(args)
            .env("TMUX_TMPDIR", self.folder.path())
            .env_remove("TMUX")
            .output()
            .expect("these tests need tmux")
    }

    /// A session of that name, whose only pane of `cols` × `rows` runs `shell`.
    #[track_caller]
    pub(crate) fn session(&self, name: &str, (cols, rows): (u16, u16), shell: &str) {
        let (cols, rows) = (cols.to_string(), rows.to_string());
        // One row of it would be the status line.
        self.ok(&[
            "start-server",
            ";",
            "set",
            "-g",
            "status",
            "off",
            ";",
            "set",
            "-g",
            "remain-on-exit",
            "on",
            ";",
            "new-session",
            "-d",
            "-s",
            name,
            "-x",
            &cols,
            "-y",
            &rows,
            shell,
        ]);
    }

    /// The text of a session's pane, without blanks at the ends of rows and empty rows at the end.
    #[track_caller]
    pub(crate) fn screen(&self, name: &str) -> String {
        let text = self.ok(&["capture-pane", "-p", "-t", name]);
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        lines.join("\n").trim_end_matches('\n').to_owned()
    }

    /// What tmux shows of some bytes: the text, and the cursor's row and column from 1.
    fn shows(&mut self, bytes: &[u8], size: (u16, u16)) -> (String, (u16, u16)) {
        let fed = self.folder.path().join("bytes");
        let done = self.folder.path().join("done");
        std::fs::write(&fed, bytes).unwrap();
        let _ = std::fs::remove_file(&done);
        let name = format!("s{}x{}", size.0, size.1);
        // The answer to the last question comes after all that was before it.
        let shell = format!(
            "stty raw -echo; cat '{}'; printf '\\033[5n'; head -c 4 >/dev/null; mv '{}' '{}'; exec cat",
            fed.display(),
            fed.display(),
            done.display(),
        );
        if self.sizes.insert(name.clone()) {
            self.session(&name, size, &shell);
        } else {
            self.ok(&["respawn-pane", "-k", "-t", &name, &shell]);
        }
        wait_for_file(&done, bytes);
        let at = self.ok(&["display", "-p", "-t", &name, "#{cursor_y} #{cursor_x}"]);
        let (row, col) = at.trim().split_once(' ').unwrap();
        let from_one = |text: &str| text.parse::<u16>().unwrap() + 1;
        (
            self.screen(&name),
            (from_one(row), from_one(col).min(size.0)),
        )
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[track_caller]
fn wait_for_file(done: &Path, bytes: &[u8]) {
    let start = Instant::now();
    while !done.exists() {
        let shown = bytes.escape_ascii();
        assert!(
            start.elapsed() < PATIENCE,
            "tmux does not come to the end of {shown}"
        );
        std::thread::yield_now();
    }
}

#[test]
fn tmux_shows_the_same() {
    let mut tmux = Tmux::new();
    let (mut asked, mut wrong) = (0, Vec::new());
    for group in groups() {
        for case in group.cases.iter().filter(|case| case.asks_tmux()) {
            asked += 1;
            let (screen, at) = tmux.shows(&case::bytes(case.bytes), case.size);
            for want in &case.want {
                let got = match want {
                    Want::Screen(_) => case::screen_words(&screen),
                    Want::Cursor(..) => Want::Cursor(at.0, at.1).to_string(),
                    _ => continue,
                };
                if got != want.to_string() {
                    wrong.push(format!(
                        "{}: {} ({}): we want {want}, tmux shows {got}",
                        group.title, case.what, case.bytes
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {asked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(asked > 100, "only {asked} were asked");
}
