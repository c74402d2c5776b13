use std::fs;
use std::time::Duration;

use rustix::process::{Pid, test_kill_process};
use tokio::time::{Instant, timeout};

use super::processes::ENDING;
use super::*;

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A shell in a folder of its own, with what it printed so far.
struct Opened {
    local: Local,
    rx: mpsc::Receiver<Msg>,
    status: oneshot::Receiver<Option<i64>>,
    text: String,
    folder: tempfile::TempDir,
}

#[expect(clippy::disallowed_methods, reason = "a test has no runner")]
fn open(call: Call) -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let wanted = Wanted {
        folder: folder.path().to_owned(),
        path: std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect(),
        own: Some("/own/folder".into()),
        call,
        size: Size::clamped(100, 30),
    };
    let (tx, rx) = mpsc::channel(4);
    let (local, parts) = Local::open(ShellId(7), &wanted, tx, Instant::now()).unwrap();
    tokio::spawn(parts.reader.run());
    tokio::spawn(parts.writer.run());
    Opened {
        local,
        rx,
        status: parts.status,
        text: String::new(),
        folder,
    }
}

impl Opened {
    fn line(&self, line: &str) {
        assert!(self.local.write(format!("{line}\n").into_bytes()));
    }

    /// Reads until `text` has been printed.
    async fn wait_for(&mut self, text: &str) {
        let reading = async {
            while !self.text.contains(text) {
                match self.rx.recv().await {
                    Some(Msg::Output(ShellId(7), bytes, _)) => {
                        self.text.push_str(&String::from_utf8_lossy(&bytes));
                    }
                    other => panic!("{other:?} after {:?}", self.text),
                }
            }
        };
        let came = timeout(PATIENCE, reading).await.is_ok();
        assert!(came, "{text:?} did not come: {:?}", self.text);
    }

    /// The number that a program wrote into a file of the folder.
    async fn number(&mut self, file: &str) -> Pid {
        let path = self.folder.path().join(file);
        let reading = async {
            loop {
                let text = fs::read_to_string(&path).unwrap_or_default();
                if let Some(number) = text.strip_suffix('\n') {
                    return Pid::from_raw(number.parse().unwrap()).unwrap();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, reading).await.unwrap()
    }
}

#[tokio::test]
async fn it_works_in_its_folder_and_tells_of_its_commands() {
    let mut shell = open(Call::host("unix:///e.sock"));
    shell.wait_for("\u{1b}]133;B").await;
    shell.line("pwd; echo $((40 + 2))-${PATH%%:*}-$DOCKER_HOST-[$HISTFILE]-$TERM; stty size");
    shell
        .wait_for("42-/own/folder-unix:///e.sock-[]-xterm-256color\r\n30 100\r\n")
        .await;
    let folder = shell.folder.path().canonicalize().unwrap();
    let text = shell.text.clone();
    assert!(text.contains(folder.to_str().unwrap()), "{text:?}");
    shell.line("(exit 7)");
    shell.wait_for("\u{1b}]133;D;7\u{7}").await;
    shell.local.resize(Size::clamped(90, 20));
    shell.line("stty size");
    shell.wait_for("20 90\r\n").await;
    shell.line("exit 3");
    let status = timeout(PATIENCE, shell.status).await.unwrap().unwrap();
    assert_eq!(status, Some(3));
    let rest = async { while shell.rx.recv().await.is_some() {} };
    let ended = timeout(PATIENCE, rest).await.is_ok();
    assert!(ended, "its output has an end");
    shell.local.end().await;
}

#[tokio::test]
async fn what_runs_in_it_ends_with_it_also_what_ignores_a_hang_up() {
    let mut shell = open(Call::default());
    shell.wait_for("\u{1b}]133;B").await;
    shell.line("sleep 1000 & echo $! >back");
    shell.line("sh -c 'trap \"\" HUP; echo $$ >deaf; while :; do sleep 1; done' &");
    shell.line("sh -c 'kill -STOP $$' & echo $! >stopped");
    shell.line("sh -c 'echo $$ >front; exec sleep 1001'");
    let mut running = Vec::new();
    for file in ["back", "deaf", "stopped", "front"] {
        running.push(shell.number(file).await);
    }
    // What stands in the line and was not sent must not run.
    assert!(shell.local.write(b"touch typed".to_vec()));
    let began = Instant::now();
    shell.local.end().await;
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
    for process in running {
        assert!(gone(process), "{process:?}");
    }
    let status = timeout(PATIENCE, shell.status).await.unwrap().unwrap();
    assert_eq!(status, Some(129), "a hang-up ended it");
    assert!(!shell.folder.path().join("typed").exists());
}

/// Whether a process has ended; who it was left to may not have taken note yet.
fn gone(process: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    let ended = stat.is_ok_and(|stat| stat.contains(") Z "));
    ended || test_kill_process(process).is_err()
}

#[tokio::test]
async fn a_program_that_is_deaf_to_everything_is_killed_and_does_not_hang_the_end() {
    let mut shell = open(Call::default());
    shell.line("sh -c 'trap \"\" HUP TERM INT; echo $$ >deaf; while :; do sleep 1000; done'");
    let deaf = shell.number("deaf").await;
    let began = Instant::now();
    shell.local.end().await;
    assert!(began.elapsed() <= ENDING, "{:?}", began.elapsed());
    assert!(gone(deaf));
}

#[tokio::test]
async fn a_flood_that_nobody_reads_is_held_back() {
    let mut shell = open(Call::default());
    shell.line("yes | head -c 50000000; echo done >end");
    shell.wait_for("y\r\ny\r\n").await;
    assert!(!shell.folder.path().join("end").exists(), "it waits");
    let began = Instant::now();
    shell.local.end().await;
    assert!(began.elapsed() < ENDING, "{:?}", began.elapsed());
}

#[test]
fn a_machine_without_a_shell_is_told() {
    let empty = tempfile::tempdir().unwrap();
    let own = tempfile::tempdir().unwrap();
    fs::write(own.path().join("sh"), "").unwrap();
    let found = find(&[empty.path().to_owned(), own.path().to_owned()]).unwrap();
    // bash of a later folder is better than sh of an earlier one.
    assert!(found.ends_with("bash") || found == own.path().join("sh"));
    assert!(!has(&[empty.path().to_owned()], "docker"));
}
