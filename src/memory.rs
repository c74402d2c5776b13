//! What devtwin remembers from run to run: one small file in the state folder, which may be lost without harm.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::packages::{Changed, Remembered};
use crate::store;

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
        let path = self.path.as_deref();
        let read = path.map_or(Ok(None), |path| store::read(path, MOST));
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

fn write(path: &Path, kept: &Remembered) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(kept)?;
    text.push(b'\n');
    store::write(path, &text)
}

#[cfg(test)]
mod tests {
    use std::fs;

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
