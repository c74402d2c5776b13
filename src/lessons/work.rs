//! The folders that persons work in: one for each session and lesson, removed after it.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

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

    /// Makes the folder of a lesson, an empty one; what the session had before is removed. Only its person can look into
    /// it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn make(&self, session: &str, lesson: &str) -> Result<PathBuf> {
        self.remove(session)?;
        let folder = self.of(session).join(plain(lesson));
        let made = match &self.root {
            Some(root) => create_private(root).and_then(|()| own(&self.of(session))),
            None => own(&self.of(session)),
        };
        made.and_then(|()| own(&folder)).map_err(|e| {
            let message = format!(
                "the folder of the lesson cannot be made: {}: {e}",
                folder.display()
            );
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

/// Makes a folder that must not be there: in a folder of everybody's it might be somebody else's.
fn own(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn each_lesson_has_an_empty_private_folder_and_nothing_of_it_stays() {
        use std::os::unix::fs::PermissionsExt as _;
        let state = tempfile::tempdir().unwrap();
        for folders in [WorkFolders::new(Some(state.path())), WorkFolders::new(None)] {
            let session = format!("{:08x}", std::process::id());
            let folder = folders.make(&session, "two-doors").unwrap();
            assert!(folder.ends_with("two-doors"));
            let mode = fs::metadata(&folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
            fs::write(folder.join("mine"), "").unwrap();
            // The next lesson of the session finds nothing of the last one.
            let next = folders.make(&session, "two-doors").unwrap();
            assert_eq!(fs::read_dir(&next).unwrap().count(), 0);
            let odd = folders.make(&session, "../../x").unwrap();
            assert!(odd.ends_with("lesson"), "{}", odd.display());
            folders.remove(&session).unwrap();
            folders.remove(&session).unwrap();
            assert!(!odd.exists());
        }
        assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
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
