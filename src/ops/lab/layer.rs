//! Files of a lab's images: gathered by path, written as one archive. Equal files give equal bytes.

use std::collections::BTreeMap;

use bytes::Bytes;
use tar::{EntryType, Header};

/// 2025-01-01, so that equal inputs give equal layers.
const TIME: u64 = 1_735_689_600;

/// A file, a directory or a link.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    File {
        mode: u32,
        data: Bytes,
    },
    Dir {
        mode: u32,
        owner: u64,
    },
    /// A symbolic link, and where it leads.
    Link(String),
}

/// Entries by path, which has no leading slash.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    entries: BTreeMap<String, Entry>,
}

impl Layer {
    pub(super) fn file(&mut self, path: &str, data: impl Into<Bytes>) -> &mut Self {
        self.add(
            path,
            Entry::File {
                mode: 0o644,
                data: data.into(),
            },
        )
    }

    pub(super) fn program(&mut self, path: &str, data: impl Into<Bytes>) -> &mut Self {
        self.add(
            path,
            Entry::File {
                mode: 0o755,
                data: data.into(),
            },
        )
    }

    pub(super) fn dir(&mut self, path: &str, mode: u32, owner: u64) -> &mut Self {
        self.add(path, Entry::Dir { mode, owner })
    }

    pub(super) fn link(&mut self, path: &str, to: &str) -> &mut Self {
        self.add(path, Entry::Link(to.to_owned()))
    }

    /// Takes all of the other in; what is in both is the other's.
    pub(super) fn merge(&mut self, other: &Self) -> &mut Self {
        self.entries.extend(other.entries.clone());
        self
    }

    fn add(&mut self, path: &str, entry: Entry) -> &mut Self {
        let path = path.trim_start_matches('/');
        self.entries.insert(path.to_owned(), entry);
        self
    }

    /// All entries, sorted by path.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .map(|(path, entry)| (path.as_str(), entry))
    }

    /// The archive.
    pub(super) fn tar(&self) -> std::io::Result<Bytes> {
        let mut out = tar::Builder::new(Vec::new());
        for (path, entry) in &self.entries {
            let mut header = Header::new_gnu();
            header.set_mtime(TIME);
            header.set_uid(0);
            header.set_gid(0);
            header.set_size(0);
            match entry {
                Entry::File { mode, data } => {
                    header.set_entry_type(EntryType::Regular);
                    header.set_mode(*mode);
                    header.set_size(data.len() as u64);
                    out.append_data(&mut header, path, data.as_ref())?;
                }
                Entry::Dir { mode, owner } => {
                    header.set_entry_type(EntryType::Directory);
                    header.set_mode(*mode);
                    header.set_uid(*owner);
                    header.set_gid(*owner);
                    out.append_data(&mut header, format!("{path}/"), &[][..])?;
                }
                Entry::Link(to) => {
                    header.set_entry_type(EntryType::Symlink);
                    header.set_mode(0o777);
                    out.append_link(&mut header, path, to)?;
                }
            }
        }
        Ok(out.into_inner()?.into())
    }
}
