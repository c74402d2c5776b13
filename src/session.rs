//! Sessions on this machine: one lock file per run, so that a later run can tell a live session from
//! a leftover, even after a crash.
//!
//! The lock is the operating system's: it ends with the process that holds it. A file that nobody
//! holds belongs to a run that is over; the word `kept` in it says that its twins are wanted.
//!
//! A lock file proves something only to those who look into the same folder. So the folder has an id,
//! drawn once, which is part of the owner of its sessions: another folder's are somebody else's.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::session::Liveness;
use crate::domain::twin::Session;
use crate::records::{self, Records};

/// What stands in the lock file of a session whose twins the person left for re-attach.
const KEPT: &str = "kept";

/// Ids to try before giving up; a collision among 2³² is a broken random source, not bad luck.
const ATTEMPTS: usize = 8;

/// The file in the folder of the lock files that holds the folder's own id.
const FOLDER_ID: &str = "folder-id";

/// The sessions of one person on one machine, recorded in one folder.
#[derive(Debug, Clone)]
pub struct Sessions {
    dir: Option<PathBuf>,
    person: String,
}

/// A session of ours; alive as long as this value is.
///
/// Dropping it removes the lock file, unless the session is kept: remove the twins before.
#[derive(Debug)]
pub struct SessionLock {
    session: Session,
    held: Option<Held>,
    kept: AtomicBool,
}

#[derive(Debug)]
struct Held {
    file: File,
    path: PathBuf,
}

impl Sessions {
    /// The sessions below `state_dir` (none: there is no such folder) of `person` (`user@host`).
    pub fn new(state_dir: Option<&Path>, person: impl Into<String>) -> Self {
        Self {
            dir: state_dir.map(|dir| dir.join("sessions")),
            person: person.into(),
        }
    }

    /// Owner of the sessions that are recorded here, `user@host/folder`, `folder` being eight
    /// hexadecimal digits; none while no session was ever recorded, or when that cannot be read.
    ///
    /// Read anew each time: a folder that was removed meanwhile, with its lock files, is another one.
    pub fn owner(&self) -> Option<String> {
        match folder_id(&self.dir.as_deref()?.join(FOLDER_ID)) {
            Ok(id) => Some(self.owner_in(&id?)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                tracing::debug!(%error, "the id of the session folder cannot be read");
                None
            }
        }
    }

    fn owner_in(&self, folder: &str) -> String {
        format!("{}/{folder}", self.person)
    }

    fn owns(&self, owner: &str) -> bool {
        self.owner().is_some_and(|own| own == owner)
    }

    /// What was recorded of them.
    pub fn records(&self) -> Records {
        Records::in_folder(self.dir.clone())
    }

    /// Begins a session. Without a lock file (the folder cannot be written, or cannot lock) it works
    /// all the same, with a warning to show; its owner is then marked, so that every devtwin takes
    /// it for a foreign one and leaves it alone, where it would otherwise look like a leftover.
    pub fn begin(&self) -> (SessionLock, Option<String>) {
        let lock = |id: String, owner: String, held| SessionLock {
            session: Session { id, owner },
            held,
            kept: AtomicBool::new(false),
        };
        match self.lock_new() {
            Ok((id, owner, held)) => (lock(id, owner, Some(held)), None),
            Err(error) => {
                let place = match &self.dir {
                    Some(dir) => dir.display().to_string(),
                    None => "there is no state folder".into(),
                };
                let warning = format!(
                    "the session could not be recorded ({place}: {error}); \
                     if devtwin is killed, `devtwin clean --all` removes what it leaves"
                );
                let owner = format!("{} (unrecorded)", self.person);
                (lock(random_id(), owner, None), Some(warning))
            }
        }
    }

    /// Takes over a kept session, to attach to its twin again; none when another process has it, or
    /// when it is another owner's. A leftover, whose lock file may be gone, is put on record again. A
    /// kept session stays kept if this process dies.
    pub fn adopt(&self, id: &str, owner: &str) -> Option<SessionLock> {
        if !self.owns(owner) {
            return None;
        }
        let (file, path) = self.take(id)?;
        Some(SessionLock {
            session: Session {
                id: id.to_owned(),
                owner: owner.to_owned(),
            },
            held: Some(Held { file, path }),
            kept: AtomicBool::new(false),
        })
    }

    /// Locks the session's file, made if need be; none when another process has it.
    fn take(&self, id: &str) -> Option<(File, PathBuf)> {
        let path = self.path(id)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).ok()?;
        file.try_lock().ok()?;
        Some((file, path))
    }

    /// How the session `id` of `owner` stands. What cannot be told counts as foreign: a twin is
    /// never removed on a guess. The lock file of a session that is gone is removed.
    pub fn liveness(&self, id: &str, owner: &str) -> Liveness {
        if !self.owns(owner) {
            return Liveness::Foreign;
        }
        let Some(path) = self.path(id) else {
            return Liveness::Foreign;
        };
        match probe(&path) {
            Ok(liveness) => liveness,
            Err(error) => {
                tracing::debug!(id, %error, "the session's lock file cannot be read");
                Liveness::Foreign
            }
        }
    }

    /// Forgets a session whose twins are gone, kept or not. One that is alive is left alone.
    pub fn forget(&self, id: &str) {
        if let Some((_locked, path)) = self.take(id)
            && let Err(error) = records::remove_session(&path)
        {
            tracing::debug!(id, %error, "the session's lock file could not be removed");
        }
    }

    /// Id and owner of a new session, and its lock.
    fn lock_new(&self) -> io::Result<(String, String, Held)> {
        let dir = self.dir.as_deref().ok_or(ErrorKind::NotFound)?;
        create_private(dir)?;
        let owner = self.owner_in(&folder_id_or_new(&dir.join(FOLDER_ID))?);
        for _ in 0..ATTEMPTS {
            let id = random_id();
            let Some(path) = self.path(&id) else { continue };
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(true);
            let file = match options.open(&path) {
                Ok(file) => file,
                Err(e) if e.kind() == ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(e),
            };
            match file.try_lock() {
                // Another devtwin may have seen the file before we locked it, and removed it.
                Ok(()) if path.exists() => return Ok((id, owner, Held { file, path })),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(e)) => {
                    std::fs::remove_file(&path)?;
                    return Err(e);
                }
            }
        }
        Err(io::Error::other("no free session id"))
    }

    /// The lock file of a session; none when `id`, which may come from anybody's label, is not one
    /// of our ids and could lead out of the folder.
    fn path(&self, id: &str) -> Option<PathBuf> {
        let dir = self.dir.as_deref()?;
        is_id(id).then(|| dir.join(format!("{id}.lock")))
    }
}

impl SessionLock {
    /// The session, for labels.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Notes that the session's twins are left for re-attach after this process.
    pub fn mark_kept(&self) -> io::Result<()> {
        if let Some(held) = &self.held {
            held.file.set_len(0)?;
            let mut file = &held.file;
            file.rewind()?;
            writeln!(file, "{KEPT}")?;
        }
        self.kept.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for SessionLock {
    fn drop(&mut self) {
        if self.kept.load(Ordering::Relaxed) {
            return;
        }
        if let Some(held) = &self.held
            && let Err(error) = records::remove_session(&held.path)
        {
            tracing::debug!(%error, "the session's lock file could not be removed");
        }
    }
}

fn probe(path: &Path) -> io::Result<Liveness> {
    let mut file = match open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Liveness::Gone),
        Err(e) => return Err(e),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Liveness::Live),
        Err(TryLockError::Error(e)) => return Err(e),
    }
    let mut word = String::new();
    io::Read::by_ref(&mut file)
        .take(64)
        .read_to_string(&mut word)?;
    if word.trim() == KEPT {
        return Ok(Liveness::Kept);
    }
    std::fs::remove_file(path)?;
    Ok(Liveness::Gone)
}

/// The id in `path`; none when it holds no whole one.
fn folder_id(path: &Path) -> io::Result<Option<String>> {
    read_id(&mut File::open(path)?)
}

/// The id in `path`, drawn and written when there is none. Of several processes that come at the same
/// time one writes, behind a lock, and all read the same.
fn folder_id_or_new(path: &Path) -> io::Result<String> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path)?;
    file.lock()?; // held for one write of nine bytes; ends with the process that holds it
    if let Some(id) = read_id(&mut file)? {
        return Ok(id);
    }
    let id = random_id();
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{id}")?;
    Ok(id)
}

fn read_id(file: &mut File) -> io::Result<Option<String>> {
    let mut text = Vec::new();
    io::Read::by_ref(file).take(64).read_to_end(&mut text)?;
    let text = String::from_utf8(text).unwrap_or_default();
    Ok(text
        .strip_suffix('\n')
        .filter(|id| is_id(id))
        .map(str::to_owned))
}

/// Whether `text` is an id as [`random_id`] makes them.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// Creates a folder that only its owner can enter, parents included.
pub(crate) fn create_private(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Eight random hexadecimal digits. The standard library's hash keys are seeded by the system's
/// random source, which is all that an id needs that must merely not repeat.
fn random_id() -> String {
    let random = RandomState::new().hash_one(std::process::id());
    format!("{:08x}", random & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: &str = "me@here";

    fn sessions(dir: &tempfile::TempDir) -> Sessions {
        Sessions::new(Some(dir.path()), ME)
    }

    /// How many lock files there are.
    fn files(dir: &tempfile::TempDir) -> usize {
        let files = std::fs::read_dir(dir.path().join("sessions")).unwrap();
        let locks = files.filter(|file| file.as_ref().unwrap().file_name() != FOLDER_ID);
        locks.count()
    }

    /// Sessions of which one was recorded before, and their owner.
    fn owned(dir: &tempfile::TempDir) -> (Sessions, String) {
        let sessions = sessions(dir);
        drop(sessions.begin());
        let owner = sessions.owner().unwrap();
        (sessions, owner)
    }

    #[test]
    fn a_session_lives_as_long_as_its_lock() {
        let dir = tempfile::tempdir().unwrap();
        let sessions = sessions(&dir);
        let (lock, warning) = sessions.begin();
        assert_eq!(warning, None);
        let Session { id, owner } = lock.session().clone();
        assert_eq!(id.len(), 8);
        assert_eq!(Some(&owner), sessions.owner().as_ref());
        assert_eq!(sessions.liveness(&id, &owner), Liveness::Live);
        assert_eq!(sessions.liveness(&id, "you@there"), Liveness::Foreign);
        drop(lock);
        assert_eq!(sessions.liveness(&id, &owner), Liveness::Gone);
        assert_eq!(files(&dir), 0);
    }

    #[test]
    fn sessions_of_another_folder_are_somebody_elses() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (ours, (theirs, _)) = (sessions(&here), owned(&there));
        let (lock, _) = ours.begin();
        let Session { id, owner } = lock.session();
        assert!(owner.starts_with("me@here/"), "{owner}");
        assert_eq!(theirs.liveness(id, owner), Liveness::Foreign);
        assert!(theirs.adopt(id, owner).is_none());
        // Nor is one that was recorded before folders had ids, or anywhere else by the same person.
        assert_eq!(ours.liveness(id, ME), Liveness::Foreign);
        assert_eq!(ours.liveness(id, owner), Liveness::Live);
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(sessions(&empty).liveness(id, owner), Liveness::Foreign);
        assert_eq!(
            std::fs::read_dir(empty.path()).unwrap().count(),
            0,
            "looking makes nothing"
        );
    }

    #[test]
    fn a_folder_gets_one_id_however_many_begin_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let begin = || sessions(&dir).begin().0.session().owner.clone();
        let owners: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(begin)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let kept = sessions(&dir).owner().unwrap();
        assert!(owners.iter().all(|owner| *owner == kept), "{owners:?}");
    }

    #[test]
    fn a_folder_id_that_is_not_whole_is_drawn_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sessions").join(FOLDER_ID);
        let first = owned(&dir).1;
        assert_eq!(owned(&dir).1, first, "it stays");
        for broken in ["", "0bad", "0badcafe", "0badcafe\n0badcafe\n", "../../ab\n"] {
            std::fs::write(&file, broken).unwrap();
            assert_eq!(sessions(&dir).owner(), None, "{broken:?}");
            let owner = owned(&dir).1;
            assert_eq!(owner.len(), first.len(), "{owner}");
        }
        std::fs::write(&file, [0xff; 9]).unwrap();
        assert_eq!(owned(&dir).1.len(), first.len());
    }

    #[test]
    fn a_file_that_nobody_holds_is_a_crashed_session_and_goes() {
        let dir = tempfile::tempdir().unwrap();
        let (sessions, me) = owned(&dir);
        std::fs::write(dir.path().join("sessions/0badcafe.lock"), "").unwrap();
        assert_eq!(sessions.liveness("0badcafe", &me), Liveness::Gone);
        assert_eq!(files(&dir), 0);
    }

    #[test]
    fn a_kept_session_survives_and_can_be_adopted_once() {
        let dir = tempfile::tempdir().unwrap();
        let sessions = sessions(&dir);
        let (lock, _) = sessions.begin();
        let Session { id, owner } = lock.session().clone();
        lock.mark_kept().unwrap();
        assert_eq!(sessions.liveness(&id, &owner), Liveness::Live);
        drop(lock);
        assert_eq!(sessions.liveness(&id, &owner), Liveness::Kept);

        let again = sessions.adopt(&id, &owner).unwrap();
        assert_eq!(sessions.liveness(&id, &owner), Liveness::Live);
        assert!(sessions.adopt(&id, &owner).is_none());
        again.mark_kept().unwrap();
        drop(again);
        assert_eq!(sessions.liveness(&id, &owner), Liveness::Kept);

        assert!(sessions.adopt(&id, "eve@elsewhere").is_none());
        sessions.forget(&id);
        assert_eq!(sessions.liveness(&id, &owner), Liveness::Gone);
    }

    #[test]
    fn a_leftover_that_is_taken_over_is_on_record_again() {
        let dir = tempfile::tempdir().unwrap();
        let (sessions, me) = owned(&dir);
        let again = sessions.adopt("0badcafe", &me).unwrap();
        assert_eq!(sessions.liveness("0badcafe", &me), Liveness::Live);
        again.mark_kept().unwrap();
        drop(again);
        assert_eq!(sessions.liveness("0badcafe", &me), Liveness::Kept);
    }

    #[test]
    fn without_a_folder_the_session_is_foreign_to_all() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        for sessions in [Sessions::new(Some(&file), ME), Sessions::new(None, ME)] {
            let (lock, warning) = sessions.begin();
            assert!(warning.is_some_and(|w| w.contains("devtwin clean --all")));
            let Session { id, owner } = lock.session();
            assert_eq!(sessions.liveness(id, owner), Liveness::Foreign);
            lock.mark_kept().unwrap();
        }
    }

    #[test]
    fn ids_from_hostile_labels_lead_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let (sessions, me) = owned(&dir);
        for id in [
            "",
            "../../..",
            "../aaaa",
            "0badcafé",
            "0badcaf\n",
            "0BADCAFE0",
        ] {
            assert_eq!(sessions.liveness(id, &me), Liveness::Foreign, "{id:?}");
            assert!(sessions.adopt(id, &me).is_none());
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_look_into_the_folder() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let (_lock, _) = sessions(&dir).begin();
        let mode = std::fs::metadata(dir.path().join("sessions"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
