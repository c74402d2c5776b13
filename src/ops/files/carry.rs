//! Files from a container to the person's machine, and from there into a twin.

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tar::{EntryType, Header};
use tokio_util::sync::CancellationToken;

use super::no;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::files::{Place, Root, last, names, parent};
use crate::domain::target::ContainerId;
use crate::domain::twin::Session;
use crate::engine::{ArchiveStream, Engine};
use crate::ops::resolve::probe::plan;
use crate::ops::unless_cancelled;

/// Makes a container of an image that is never started. Not given up half-way: nobody would know its id.
pub(super) async fn probe(
    engine: &dyn Engine,
    image: &str,
    session: &Session,
    cancel: &CancellationToken,
) -> Result<ContainerId> {
    let found = unless_cancelled(cancel, engine.image(image)).await?;
    let Some(found) = found else {
        let message = format!("the image {image} is not here");
        return Err(Error::new(ErrorKind::NoDevImage, message).hint(format!("docker pull {image}")));
    };
    engine.create(&plan(&found, session), None).await
}

/// A file or directory on its way to the person.
pub struct Download {
    /// Its archive (tar): one entry for a file.
    pub archive: ArchiveStream,
    /// The container that was made for it, and must be removed when it has come.
    pub made: Option<ContainerId>,
}

/// Begins to send what stands at a path (no link in it) as an archive.
///
/// # Errors
/// `Engine`: the engine cannot send it, or its name cannot be asked for.
pub async fn download(
    engine: &dyn Engine,
    (place, session): (&Place, &Session),
    root: Root,
    path: &str,
    cancel: &CancellationToken,
) -> Result<Download> {
    if !names::is_plain(path) {
        return Err(no(
            path,
            "has a name that is not UTF-8: copy it from the twin's shell",
        ));
    }
    let (id, made) = match root {
        Root::Twin => (place.twin.id.clone(), None),
        Root::Target => {
            let Some(id) = &place.target else {
                let why = "there is no target: an image is explored";
                return Err(Error::new(ErrorKind::NoTarget, why));
            };
            (id.clone(), None)
        }
        Root::TargetImage | Root::DevImage => {
            let image = if root == Root::DevImage {
                &place.dev_image
            } else {
                &place.target_image
            };
            let id = probe(engine, image, session, cancel).await?;
            (id.clone(), Some(id))
        }
    };
    match unless_cancelled(cancel, engine.archive_stream(&id, path)).await {
        Ok(archive) => Ok(Download { archive, made }),
        Err(error) => {
            if let Some(made) = made {
                discard(engine, &made).await;
            }
            Err(error)
        }
    }
}

/// Removes a container that was made to read an image.
pub async fn discard(engine: &dyn Engine, made: &ContainerId) {
    crate::ops::resolve::probe::removed(engine, made).await;
}

/// Puts a file into a directory of the twin, root's and with these permissions: `size` bytes that come in pieces.
///
/// # Errors
/// What the pieces or the engine fail with. What was unpacked by then stays.
pub async fn upload(
    engine: &dyn Engine,
    twin: &ContainerId,
    path: &str,
    (size, mode, mtime): (u64, u32, u64),
    bytes: ArchiveStream,
) -> Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(size);
    header.set_mode(mode & 0o777);
    header.set_mtime(mtime);
    header.set_uid(0);
    header.set_gid(0);
    let name = last(path);
    if name == "/" || header.set_path(name).is_err() {
        return Err(no(
            path,
            "is no name for a file, or is longer than 100 bytes",
        ));
    }
    header.set_cksum();
    let head = Bytes::copy_from_slice(header.as_bytes());
    let padding = usize::try_from((512 - size % 512) % 512).unwrap_or_default();
    let tail = Bytes::from(vec![0; padding + 1024]);
    let tar = stream::iter([Ok(head)])
        .chain(bytes)
        .chain(stream::iter([Ok(tail)]));
    engine.put_stream(twin, parent(path), tar.boxed()).await
}
