//! The folders that persons work in: one for each session and lesson, with the lab's files, removed after it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::domain::error::{Error, ErrorKind, Result};
use crate::session::{create_private, is_id};

/// The folder of all of them in the state folder.
const FOLDER: &str = "learn";

/// Where work folders are made.
#[derive(Debug, Clone)]
pub struct WorkFolders {
    /// None where there is no state folder: then each is one of the system's folder for such things.
    root: Option<PathBuf>,
}

impl WorkFolders {
    /// Those below `state_dir`.
    pub fn new(state_dir: Option<&Path>) -> Self {
        Self {
            root: state_dir.map(|dir| dir.join(FOLDER)),
        }
    }

    fn of(&self, session: &str) -> PathBuf {
        match &self.root {
            Some(root) => root.join(session),
            None => std::env::temp_dir().join(format!("devtwin-learn-{session}")),
        }
    }

    /// Makes the folder of a lesson, with these files; one that is there is made anew. Only its person can look into it.
    ///
    /// # Errors
    /// It cannot be written, or a file would lie outside.
    pub fn make(
        &self,
        session: &str,
        lesson: &str,
        files: &BTreeMap<String, String>,
    ) -> Result<PathBuf> {
        self.remove(session)?;
        let folder = self.of(session).join(plain(lesson));
        let made = create_private(&self.of(session))
            .and_then(|()| create_private(&folder))
            .and_then(|()| files.iter().try_for_each(|(path, text)| put(&folder, path, text)));
        made.map_err(|e| {
            let message = format!("the folder of the lesson cannot be made: {}: {e}", folder.display());
            Error::new(ErrorKind::Internal, message)
                .hint("XDG_STATE_HOME names another place for what devtwin writes")
        })?;
        // Links on the way would make a shell tell another path than ours.
        Ok(fs::canonicalize(&folder).unwrap_or(folder))
    }

    /// Removes the folders of a session.
    ///
    /// # Errors
    /// Something in it cannot be removed: a container may have written it as another user.
    pub fn remove(&self, session: &str) -> Result<()> {
        let folder = self.of(session);
        match fs::remove_dir_all(&folder) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                let message = format!("{} cannot be removed: {error}", folder.display());
                return Err(Error::new(ErrorKind::Internal, message).hint(
                    "a container may have written there as another user: remove it by hand",
                ));
            }
        }
        // The last one takes the folder of all with it; that another session's is in it is no failure.
        if let Some(root) = &self.root {
            match fs::remove_dir(root) {
                Ok(()) => {}
                Err(error) => tracing::debug!(%error, "the folder of lessons stays"),
            }
        }
        Ok(())
    }

    /// Removes those of sessions that are over, as `is_over` tells; how many.
    pub fn sweep(&self, is_over: impl Fn(&str) -> bool) -> usize {
        let Some(root) = &self.root else { return 0 };
        let Ok(all) = fs::read_dir(root) else {
            return 0;
        };
        let names = all.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let over: Vec<_> = names.filter(|name| is_id(name) && is_over(name)).collect();
        let removed = over.iter().filter(|session| match self.remove(session) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "a lesson's folder stays");
                false
            }
        });
        removed.count()
    }
}

/// The name of a lesson's folder: what is no plain name could lead out of it.
fn plain(lesson: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !lesson.is_empty() && lesson.chars().all(is_plain) {
        lesson
    } else {
        "lesson"
    }
}

fn put(folder: &Path, path: &str, text: &str) -> io::Result<()> {
    let relative = Path::new(path);
    let mut parts = relative.components();
    if path.is_empty() || !parts.all(|part| matches!(part, Component::Normal(_))) {
        let why = format!("{path} would lie outside of it");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    let file = folder.join(relative);
    if let Some(parent) = file.parent() {
        create_private(parent)?;
    }
    fs::write(&file, text)?;
    #[cfg(unix)]
    if text.starts_with("#!") {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> BTreeMap<String, String> {
        let all = all.iter().map(|(path, text)| ((*path).into(), (*text).into()));
        all.collect()
    }

    #[cfg(unix)]
    #[test]
    fn a_lesson_finds_its_files_and_nothing_of_it_stays() {
        use std::os::unix::fs::PermissionsExt as _;
        let state = tempfile::tempdir().unwrap();
        let folders = WorkFolders::new(Some(state.path()));
        let given = files(&[("Dockerfile", "FROM x\n"), ("bin/go.sh", "#!/bin/sh\n")]);
        let folder = folders.make("0badcafe", "two-doors", &given).unwrap();
        assert!(folder.ends_with("learn/0badcafe/two-doors"));
        assert_eq!(fs::read_to_string(folder.join("Dockerfile")).unwrap(), "FROM x\n");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("bin/go.sh")) & 0o111, 0o111);
        // The next lesson of the session has a folder of its own, and nothing of the last one.
        fs::write(folder.join("mine"), "").unwrap();
        let next = folders.make("0badcafe", "two-doors", &files(&[])).unwrap();
        assert_eq!(fs::read_dir(&next).unwrap().count(), 0);
        folders.remove("0badcafe").unwrap();
        folders.remove("0badcafe").unwrap();
        assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_leads_out_is_refused() {
        let state = tempfile::tempdir().unwrap();
        let folders = WorkFolders::new(Some(state.path()));
        for path in ["../x", "/etc/x", "a/../../x", ""] {
            let error = folders.make("0badcafe", "l", &files(&[(path, "")]));
            assert!(error.is_err(), "{path}");
        }
        let odd = folders.make("0badcafe", "../../x", &files(&[])).unwrap();
        assert!(odd.ends_with("0badcafe/lesson"));
    }

    #[test]
    fn only_folders_of_sessions_that_are_over_are_swept() {
        let state = tempfile::tempdir().unwrap();
        let folders = WorkFolders::new(Some(state.path()));
        let learn = state.path().join("learn");
        for name in ["00000001", "00000002", "not-a-session"] {
            fs::create_dir_all(learn.join(name).join("x")).unwrap();
        }
        assert_eq!(folders.sweep(|session| session == "00000001"), 1);
        assert!(!learn.join("00000001").exists());
        assert!(learn.join("00000002").exists() && learn.join("not-a-session").exists());
    }
}
