//! The records of sessions on disk, beside their lock files: `devtwin recipe` reads them from another process, also after a
//! detach. They go with their session.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::recorder::Record;
use crate::domain::target::ContainerId;
use crate::store;

/// The largest file that is read, in bytes.
const MOST: u64 = 32 * 1024 * 1024;

/// Twins of one session whose records are kept; the oldest go first.
const TWINS: usize = 8;

/// The records of the sessions in one state folder.
#[derive(Debug, Clone)]
pub struct Records {
    dir: Option<PathBuf>,
}

/// A twin and what was done in it.
#[derive(Debug, Serialize, Deserialize)]
struct OfTwin {
    twin: String,
    record: Record,
}

impl Records {
    /// Those below `state_dir` (none: there is no such folder).
    pub fn new(state_dir: Option<&Path>) -> Self {
        Self {
            dir: state_dir.map(|dir| dir.join("sessions")),
        }
    }

    /// Those in the folder of the lock files itself.
    pub(crate) fn in_folder(dir: Option<PathBuf>) -> Self {
        Self { dir }
    }

    /// What was recorded of a twin. What is not there, or broken, is empty.
    pub fn load(&self, session: &str, twin: &ContainerId) -> Record {
        let all = self.all(session);
        let found = all.into_iter().find(|of| of.twin == twin.0);
        found.map_or_else(Record::default, |of| of.record.sound())
    }

    /// Writes down what was recorded of a twin, secrets left out. That it could not be written is logged: the session
    /// goes on.
    pub fn keep(&self, session: &str, twin: &ContainerId, record: &Record) {
        let Some(path) = self.path(session) else {
            return;
        };
        let mut all = self.all(session);
        all.retain(|of| of.twin != twin.0);
        all.push(OfTwin {
            twin: twin.0.clone(),
            record: record.sound(),
        });
        let from = all.len().saturating_sub(TWINS);
        if let Err(error) = write(&path, all.get(from..).unwrap_or_default()) {
            tracing::warn!(%error, "the record of the session could not be written");
        }
    }

    /// Forgets what was recorded of a twin that is gone.
    pub fn forget(&self, session: &str, twin: &ContainerId) {
        let Some(path) = self.path(session) else {
            return;
        };
        let mut all = self.all(session);
        let before = all.len();
        all.retain(|of| of.twin != twin.0);
        let done = match (all.len(), before) {
            (_, 0) => Ok(()),
            (0, _) => fs::remove_file(path),
            (now, before) if now != before => write(&path, &all),
            _ => Ok(()),
        };
        if let Err(error) = done {
            tracing::debug!(%error, "the record of a session stays");
        }
    }

    fn all(&self, session: &str) -> Vec<OfTwin> {
        let Some(path) = self.path(session) else {
            return Vec::new();
        };
        match store::read(&path, MOST) {
            Ok(Some(bytes)) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Ok(None) => Vec::new(),
            Err(error) => {
                tracing::debug!(%error, "the record of a session cannot be read");
                Vec::new()
            }
        }
    }

    fn path(&self, session: &str) -> Option<PathBuf> {
        let dir = self.dir.as_deref()?;
        crate::session::is_id(session).then(|| dir.join(file_name(session)))
    }
}

/// Removes the lock file of a session that is over, and its record.
pub(crate) fn remove_session(lock: &Path) -> io::Result<()> {
    match fs::remove_file(lock.with_extension("record")) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::debug!(%error, "the record of a session stays");
        }
        Ok(()) | Err(_) => {}
    }
    fs::remove_file(lock)
}

/// The name of a session's file, beside its lock file.
fn file_name(session: &str) -> String {
    format!("{session}.record")
}

fn write(path: &Path, all: &[OfTwin]) -> io::Result<()> {
    store::write(path, &serde_json::to_vec(all)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::Ran;

    fn record(text: &str) -> Record {
        let mut record = Record::default();
        record.ran(&Ran {
            text: text.into(),
            status: Some(0),
            cwd: None,
            took: None,
            printed: None,
        });
        record
    }

    #[test]
    fn each_twin_of_a_session_has_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let records = Records::new(Some(dir.path()));
        let (one, two) = (ContainerId("1".into()), ContainerId("2".into()));
        records.keep("0badcafe", &one, &record("make"));
        records.keep("0badcafe", &two, &record("TOKEN=hunter2 make"));
        assert_eq!(records.load("0badcafe", &one).steps().len(), 1);
        assert_eq!(
            records.load("0badcafe", &two).steps()[0].text(),
            "TOKEN=\"$TOKEN\" make"
        );
        assert!(records.load("0badcaff", &one).is_empty());
        records.forget("0badcafe", &one);
        assert!(records.load("0badcafe", &one).is_empty());
        records.forget("0badcafe", &two);
        assert_eq!(
            fs::read_dir(dir.path().join("sessions")).unwrap().count(),
            0
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_its_person_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        Records::new(Some(dir.path())).keep("0badcafe", &ContainerId("1".into()), &record("make"));
        let file = dir.path().join("sessions/0badcafe.record");
        assert_eq!(
            fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn what_is_broken_or_leads_elsewhere_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let records = Records::new(Some(dir.path()));
        let id = ContainerId("1".into());
        fs::create_dir_all(dir.path().join("sessions")).unwrap();
        fs::write(dir.path().join("sessions/0badcafe.record"), "[{").unwrap();
        assert!(records.load("0badcafe", &id).is_empty());
        records.keep("../../x", &id, &record("make"));
        assert!(records.load("../../x", &id).is_empty());
        Records::new(None).keep("0badcafe", &id, &record("make"));
    }
}
