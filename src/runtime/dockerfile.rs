//! A Dockerfile of the person's on this machine: read, and written in one step, so that it is whole at any moment.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::domain::error::{Error, ErrorKind, Result};

/// Bytes of a Dockerfile that are read.
const LONGEST: u64 = 1 << 20;

/// The text of a Dockerfile.
///
/// # Errors
/// `Usage` when it cannot be read, is no text, or too long.
pub async fn read(path: &str) -> Result<String> {
    let path = PathBuf::from(path);
    on_a_thread(move || text_of(&path)).await
}

/// Writes `text` in place of `expected`, with owner and permissions as they were; the text that it has now. A link is
/// followed, and stays one.
///
/// # Errors
/// `Usage` when the file holds something else, or cannot be written.
pub(super) async fn rewrite(path: &str, expected: &str, text: String) -> Result<String> {
    let (path, expected) = (PathBuf::from(path), expected.to_owned());
    on_a_thread(move || {
        let path = fs::canonicalize(&path).map_err(|e| failed("read", &path, &e))?;
        if text_of(&path)? != expected {
            let message = format!("{} has changed on disk since it was read", path.display());
            return Err(Error::new(ErrorKind::Usage, message)
                .hint("nothing was written; read it anew (r on the screen of its steps), and edit the step once more"));
        }
        replace(&path, &text).map_err(|e| failed("write", &path, &e))?;
        Ok(text)
    })
    .await
}

async fn on_a_thread(work: impl FnOnce() -> Result<String> + Send + 'static) -> Result<String> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(e) => Err(Error::new(ErrorKind::Internal, e.to_string())),
    }
}

fn text_of(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| failed("read", path, &e))?;
    let read = file.take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|e| failed("read", path, &e))?;
    let wrong = |why: &str| {
        let message = format!("{} {why}", path.display());
        Error::new(ErrorKind::Usage, message).hint("is it a Dockerfile?")
    };
    if bytes.len() as u64 > LONGEST {
        return Err(wrong("is longer than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| wrong("is no UTF-8 text"))
}

/// A new file beside it takes its place: whoever reads meanwhile has the old one or the new one, never half of either.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let about = fs::metadata(path)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".devtwin-{}", std::process::id()));
    let beside = path.with_file_name(name);
    // One that is there already is somebody else's: it stays.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    let written = (|| {
        file.write_all(text.as_bytes())?;
        let mode = about.permissions().mode();
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        // Only root can give it back to somebody else; who cannot owns it already, as a rule.
        if let Err(error) = std::os::unix::fs::chown(&beside, Some(about.uid()), Some(about.gid()))
        {
            tracing::debug!(%error, "the owner of a Dockerfile could not be kept");
        }
        file.sync_all()?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        // What failed counts, and not this.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn failed(doing: &str, path: &Path, e: &io::Error) -> Error {
    let message = format!("cannot {doing} {}: {e}", path.display());
    let hint = if e.kind() == io::ErrorKind::PermissionDenied {
        "the file or its folder is not yours to change"
    } else {
        "is the path right?"
    };
    Error::new(ErrorKind::Usage, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Dockerfile");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (dir, path)
    }

    #[tokio::test]
    async fn it_is_written_whole_and_keeps_its_permissions() {
        let (dir, path) = file("FROM a\r\n");
        let text = rewrite(&path, "FROM a\r\n", "FROM b\r\n".into()).await;
        assert_eq!(text.as_deref(), Ok("FROM b\r\n"));
        assert_eq!(read(&path).await.as_deref(), Ok("FROM b\r\n"));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o640);
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[tokio::test]
    async fn what_has_changed_meanwhile_is_not_overwritten() {
        let (_dir, path) = file("FROM a\n");
        let error = rewrite(&path, "FROM x\n", "FROM b\n".into())
            .await
            .unwrap_err();
        assert!(error.message.contains("has changed"), "{error}");
        assert_eq!(read(&path).await.as_deref(), Ok("FROM a\n"));
    }

    #[tokio::test]
    async fn a_link_stays_a_link() {
        let (dir, path) = file("FROM a\n");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let link = link.to_str().unwrap();
        rewrite(link, "FROM a\n", "FROM b\n".into()).await.unwrap();
        assert!(fs::symlink_metadata(link).unwrap().is_symlink());
        assert_eq!(read(&path).await.as_deref(), Ok("FROM b\n"));
    }

    #[tokio::test]
    async fn what_is_no_text_is_told() {
        let (dir, path) = file("");
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(read(&path).await.unwrap_err().message.contains("UTF-8"));
        let folder = dir.path().to_str().unwrap();
        assert!(
            read(folder)
                .await
                .unwrap_err()
                .message
                .contains("cannot read")
        );
        assert!(read("/nonexistent/x").await.unwrap_err().hint.is_some());
    }
}
