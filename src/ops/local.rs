//! Files of this machine that are sent to the engine.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// Opens what a look at a folder has found to be a regular file. What has taken its place meanwhile is refused: a link
/// is not followed, and a pipe not waited for.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let changed = || io::Error::other("it is no regular file any more");
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::LOOP) => return Err(changed()),
        Err(error) => return Err(error.into()),
    };
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(changed())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_file_is_read_but_no_link_no_pipe_and_no_folder_in_its_place() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::write(at("file"), "hello").unwrap();
        symlink(at("file"), at("link")).unwrap();
        let made = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        let mut text = String::new();
        open(&at("file"))
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "hello");
        for name in ["link", "pipe", "."] {
            let error = open(&at(name)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "it is no regular file any more",
                "{name}"
            );
        }
        let missing = open(&at("nowhere")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
