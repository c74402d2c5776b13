//! What devtwin remembers from run to run: one small file in the state folder, which may be lost without harm.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::domain::packages::{Changed, Remembered};
use crate::session::create_private;

/// The file's name.
const NAME: &str = "packages.json";

/// The largest file that is read, in bytes: what is written is far smaller.
const MOST: u64 = 1_000_000;

/// The file of what was installed; none where there is no state folder.
#[derive(Debug, Clone)]
pub struct Memory {
    path: Option<PathBuf>,
}

impl Memory {
    /// The file in `state_dir`.
    pub fn new(state_dir: Option<&Path>) -> Self {
        Self {
            path: state_dir.map(|dir| dir.join(NAME)),
        }
    }

    /// What was installed before. A file that is not there, or is broken, holds nothing.
    pub fn load(&self) -> Remembered {
        let read = self.path.as_deref().map_or(Ok(None), read);
        let text = read.unwrap_or_else(|error| {
            tracing::debug!(%error, "what was installed before is not known");
            None
        });
        let kept = serde_json::from_slice::<Remembered>(&text.unwrap_or_default());
        kept.unwrap_or_default().sound()
    }

    /// Takes a change in with an image of `family` (see [`crate::domain::packages::remembered::family_of`]).
    /// That it could not be written is logged: nothing else depends on it.
    pub fn note(&self, family: &str, changed: &Changed) {
        let Some(path) = &self.path else { return };
        let mut kept = self.load();
        if kept.note(family, changed)
            && let Err(error) = write(path, &kept)
        {
            tracing::warn!(%error, "what was installed could not be noted");
        }
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(MOST).read_to_end(&mut bytes).map(|_| Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Beside it first: another devtwin reads the old file or the new one, never a part.
fn write(path: &Path, kept: &Remembered) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        create_private(dir)?;
    }
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = File::create(&beside)?;
    let written = serde_json::to_writer_pretty(&mut file, kept)
        .map_err(io::Error::from)
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        fs::remove_file(&beside)?;
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packages::{Change, Outcome, Verb};

    fn installed(name: &str) -> Changed {
        Changed {
            manager: "apk".into(),
            change: Change::new(Verb::Install, &[name.to_owned()]).unwrap(),
            outcome: Outcome::Done,
            steps: Vec::new(),
            missed: Vec::new(),
            troubles: Vec::new(),
            status: Some(0),
            line: String::new(),
            dockerfile: String::new(),
        }
    }

    #[test]
    fn it_is_there_in_the_next_run_and_leaves_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("devtwin");
        Memory::new(Some(&state)).note("chainguard", &installed("curl"));
        Memory::new(Some(&state)).note("chainguard", &installed("jq"));
        let kept = Memory::new(Some(&state)).load();
        assert_eq!(kept.names("chainguard", "apk"), ["jq", "curl"]);
        assert_eq!(fs::read_dir(&state).unwrap().count(), 1);
    }

    #[test]
    fn a_broken_file_or_none_at_all_is_no_fault() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::new(Some(dir.path()));
        for broken in [&b"{"[..], b"[1]", b"\xff\xfe", b""] {
            fs::write(dir.path().join(NAME), broken).unwrap();
            assert_eq!(memory.load(), Remembered::default(), "{broken:?}");
        }
        memory.note("f", &installed("curl"));
        assert_eq!(memory.load().names("f", "apk"), ["curl"]);

        let nowhere = Memory::new(None);
        nowhere.note("f", &installed("curl"));
        assert_eq!(nowhere.load(), Remembered::default());
        // The folder is a file.
        let blocked = Memory::new(Some(&dir.path().join(NAME)));
        blocked.note("f", &installed("curl"));
        assert_eq!(blocked.load(), Remembered::default());
    }
}
