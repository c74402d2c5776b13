//! The log: to a file of bounded size, never to the terminal, which belongs to the TUI or to the answer.
//!
//! Values of variables, typed input and program output are never passed to a log macro.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::session::create_private;

/// Size at which the log begins anew; the full file stays beside it as `.old`.
const MAX_BYTES: u64 = 1_000_000;

/// What is logged by default, and with each `-v` more.
const LEVELS: [&str; 4] = [
    "warn",
    "warn,devtwin=info",
    "info,devtwin=debug",
    "debug,devtwin=trace",
];

/// Begins to log to `devtwin.log` in `state_dir`. The filter comes from `-v` (counted), else from
/// `DEVTWIN_LOG`. When that cannot be, nothing is logged and the answer says why.
pub fn start(state_dir: Option<&Path>, verbose: u8, env: Option<&str>) -> Result<(), String> {
    let dir = state_dir.ok_or("no folder for the log")?;
    let path = dir.join("devtwin.log");
    let filter = filter(verbose, env)?;
    let log = create_private(dir)
        .and_then(|()| Rotating::open(path.clone(), MAX_BYTES))
        .map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Mutex::new(log))
        .with_ansi(false)
        .try_init()
        .map_err(|e| e.to_string())
}

fn filter(verbose: u8, env: Option<&str>) -> Result<EnvFilter, String> {
    let level = LEVELS[usize::from(verbose).min(LEVELS.len() - 1)];
    let words = env.filter(|_| verbose == 0).unwrap_or(level);
    EnvFilter::try_new(words).map_err(|e| format!("DEVTWIN_LOG: {e}"))
}

/// A file that is put aside when it is full.
#[derive(Debug)]
struct Rotating {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
}

impl Rotating {
    fn open(path: PathBuf, limit: u64) -> io::Result<Self> {
        let file = append(&path)?;
        let size = file.metadata()?.len();
        Ok(Self {
            path,
            file,
            size,
            limit,
        })
    }

    fn rotate(&mut self) -> io::Result<()> {
        std::fs::rename(&self.path, self.path.with_extension("log.old"))?;
        self.file = append(&self.path)?;
        self.size = self.file.metadata()?.len();
        Ok(())
    }
}

impl Write for Rotating {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let fits = self.size.saturating_add(line.len() as u64) <= self.limit;
        if !fits && self.size > 0 {
            self.rotate()?;
        }
        let written = self.file.write(line)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_never_grows_past_its_limit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("devtwin.log");
        std::fs::write(&path, "x".repeat(95)).unwrap();
        let mut log = Rotating::open(path.clone(), 100).unwrap();
        for n in 0..50 {
            writeln!(log, "line {n:02}").unwrap();
        }
        let old = std::fs::read_to_string(dir.path().join("devtwin.log.old")).unwrap();
        let new = std::fs::read_to_string(&path).unwrap();
        assert!(old.len() <= 100 && new.len() <= 100);
        assert!(new.ends_with("line 49\n"));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn flags_win_over_the_environment() {
        let shown = |verbose, env| filter(verbose, env).unwrap().to_string();
        assert_eq!(shown(0, None), "warn");
        assert_eq!(shown(0, Some("devtwin=trace")), "devtwin=trace");
        assert!(shown(2, Some("error")).contains("devtwin=debug"));
        assert_eq!(shown(200, None), shown(3, None));
        assert!(filter(0, Some("devtwin=loud")).is_err());
    }
}
