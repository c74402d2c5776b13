//! A shell in the twin that tells of files (`assets/shell/files.sh`).

use super::no;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::files::{ENTRIES_MOST, Entry, listed, names};
use crate::domain::tar::Flow;
use crate::domain::twin::Twin;
use crate::engine::Engine;
use crate::ops::talk::Talk;

const SCRIPT: &str = include_str!("../../../assets/shell/files.sh");

/// Bytes of a block, in which the shell reads.
const BLOCK: u64 = 4096;
/// Blocks of one answer.
const BLOCKS: u64 = 64;

/// What was heard: an answer or why the path has none; or that the shell is of no use any more.
pub(super) type Heard<T> = Result<Result<T>>;

/// The shell, while it runs.
pub(super) struct Shell(Talk);

impl Shell {
    /// Starts it.
    pub(super) async fn open(engine: &dyn Engine, twin: &Twin) -> Result<Self> {
        let mut talk = Talk::open(engine, twin, SCRIPT, "devtwin-files", Vec::new()).await?;
        let have = match talk.ask("hello").await {
            Ok(have) => String::from_utf8_lossy(&have).into_owned(),
            Err(error) => {
                talk.close(engine).await;
                return Err(error);
            }
        };
        let missing = ["stat", "dd"]
            .into_iter()
            .find(|tool| !have.split_whitespace().any(|word| word == *tool));
        if let Some(tool) = missing {
            talk.close(engine).await;
            let what = format!("the dev image has no {tool} program, by which files are looked at");
            return Err(Error::new(ErrorKind::Engine, what)
                .hint("install coreutils or busybox in the Packages pane, then look again"));
        }
        Ok(Self(talk))
    }

    /// Whether the files below `base` can be reached.
    pub(super) async fn sees(&mut self, base: &str) -> Heard<bool> {
        let answer = self.0.ask(&format!("list {}", names::octal(base))).await?;
        Ok(Ok(answer.starts_with(b"ok\n") && answer.len() > 3))
    }

    /// What stands in a directory, and whether that is not all.
    pub(super) async fn list(&mut self, base: &str, dir: &str) -> Heard<(Vec<Entry>, bool)> {
        let path = names::octal(&format!("{base}{dir}"));
        let answer = self.0.ask(&format!("list {path}")).await?;
        let Some(lines) = answer.strip_prefix(b"ok\n") else {
            return Ok(Err(refused(dir, &answer)));
        };
        let mut entries = listed::entries(lines);
        let cut = entries.len() > ENTRIES_MOST;
        entries.truncate(ENTRIES_MOST);
        Ok(Ok((entries, cut)))
    }

    /// What stands at each step of a path, up to the first that is no directory, or that cannot be gone into.
    pub(super) async fn steps(&mut self, base: &str, path: &str) -> Heard<Vec<Entry>> {
        let base = if base.is_empty() { "/" } else { base };
        let mut question = format!("steps {}", names::octal(base));
        for name in path.split('/').filter(|name| !name.is_empty()) {
            question.push(' ');
            question.push_str(&names::octal(name));
        }
        let answer = self.0.ask(&question).await?;
        Ok(Ok(listed::entries(&answer)))
    }

    /// Reads a regular file until the sink has enough; its size.
    pub(super) async fn read(
        &mut self,
        base: &str,
        path: &str,
        offset: u64,
        sink: &mut (dyn FnMut(&[u8]) -> Flow + Send),
    ) -> Heard<u64> {
        let word = names::octal(&format!("{base}{path}"));
        let mut block = offset / BLOCK;
        loop {
            let question = format!("piece {word} {block} {BLOCKS}");
            let answer = self.0.ask(&question).await?;
            let end = answer.iter().position(|byte| *byte == b'\n');
            let (head, bytes) = answer.split_at(end.unwrap_or(answer.len()));
            let size = str::from_utf8(head).ok();
            let size = size.and_then(|head| head.strip_prefix("ok ")?.parse().ok());
            let Some(size) = size else {
                return Ok(Err(refused(path, &answer)));
            };
            let bytes = bytes.get(1..).unwrap_or_default();
            let full = bytes.len() as u64 >= BLOCK * BLOCKS;
            if sink(bytes) == Flow::Enough || !full {
                return Ok(Ok(size));
            }
            block += BLOCKS;
        }
    }

    /// Ends it.
    pub(super) async fn close(self, engine: &dyn Engine) {
        self.0.close(engine).await;
    }
}

/// Why a path is not read, in the words of the shell.
fn refused(path: &str, answer: &[u8]) -> Error {
    let said = String::from_utf8_lossy(answer);
    let said = said.trim().trim_start_matches("no").trim();
    // `sh: line 4: cd: /x: Permission denied`
    let why = said.rsplit(": ").next().unwrap_or_default();
    if why.is_empty() {
        return no(path, "cannot be read");
    }
    no(path, &crate::domain::text::bounded(why, 200))
}
