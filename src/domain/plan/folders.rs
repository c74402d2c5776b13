//! Folders of the person in an explorer: to read with a scratch layer over them, to write into, or as a copy.

use serde::Serialize;

use super::mounts::is_ours;
use super::{Mode, Note, Plan, is_root};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::{Mount, MountKind};
use crate::domain::text::bounded;
use crate::domain::twin::FOLDER_PREFIX;

/// Where a folder is in the twin when nobody says.
pub const WORK: &str = "/work";

/// What may be done to a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Access {
    /// It is read; what is written goes into a layer that goes with the twin.
    #[default]
    Scratch,
    /// It is written into.
    Write,
    /// It is copied: the engine need not see it.
    Copy,
}

/// A folder that the person wants in an explorer, as `--mount` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderWish {
    /// Its absolute path on this machine.
    pub source: String,
    /// Where it is to be in the twin; none for [`WORK`].
    pub path: Option<String>,
    /// What may be done to it.
    pub access: Access,
    /// Its owner and group, by number.
    pub owner: (u32, u32),
    /// Its permissions.
    pub mode: u32,
}

/// How a folder comes to the twin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FolderHow {
    /// Bound: what is written there is written into it.
    Write,
    /// A volume of type overlay: the folder below, and what is written in another volume.
    Scratch {
        /// The overlay.
        volume: String,
        /// Where what is written goes.
        layer: String,
    },
    /// Copied into a volume.
    Copy {
        /// Its name.
        volume: String,
    },
}

/// A folder of the person in an explorer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Folder {
    /// Its absolute path on the person's machine.
    pub source: String,
    /// Where it is in the twin.
    pub path: String,
    /// How.
    pub how: FolderHow,
    /// Its owner and group, by number: what is written over it begins with them.
    pub owner: (u32, u32),
    /// Its permissions.
    pub mode: u32,
}

impl Folder {
    /// The volumes that are made for it, the one that is mounted first.
    pub fn volumes(&self) -> Vec<&str> {
        match &self.how {
            FolderHow::Write => Vec::new(),
            FolderHow::Scratch { volume, layer } => vec![volume, layer],
            FolderHow::Copy { volume } => vec![volume],
        }
    }

    /// Its mount.
    pub fn mount(&self) -> Mount {
        let (kind, source) = match &self.how {
            FolderHow::Write => (MountKind::Bind, &self.source),
            FolderHow::Scratch { volume, .. } | FolderHow::Copy { volume } => {
                (MountKind::Volume, volume)
            }
        };
        Mount {
            kind,
            source: source.clone(),
            destination: self.path.clone(),
            writable: true,
        }
    }

    /// What may be done to it, in words.
    pub fn words(&self) -> &'static str {
        match self.how {
            FolderHow::Write => "written into",
            FolderHow::Scratch { .. } => "read, writes go with the twin",
            FolderHow::Copy { .. } => "a copy",
        }
    }
}

/// The folders of an explorer whose objects are named after `suffix`. Fails with `Usage` where one cannot be mounted.
pub(super) fn folders(wishes: &[FolderWish], suffix: &str) -> Result<Vec<Folder>> {
    let mut folders: Vec<Folder> = Vec::new();
    for (n, wish) in wishes.iter().enumerate() {
        let path = wish.path.clone().unwrap_or_else(|| WORK.to_owned());
        let path = path.trim_end_matches('/').to_owned();
        let refused = |why: &str, hint: &str| {
            let message = format!("{} cannot be at {path}/: {why}", bounded(&wish.source, 200));
            Err(Error::new(ErrorKind::Usage, message).hint(hint))
        };
        let plain = |word: &str| !word.is_empty() && word != "." && word != "..";
        if !path
            .strip_prefix('/')
            .is_some_and(|p| p.split('/').all(plain))
            || path.contains(':')
        {
            return refused("that is no absolute path", "for example --mount .:/src");
        }
        if is_ours(&path) {
            let why = "it would hide what the twin lives on";
            return refused(why, "for example --mount .:/src");
        }
        if folders.iter().any(|folder| folder.path == path) {
            let why = "another folder is there already";
            return refused(why, "give each a path of its own: --mount DIR:PATH");
        }
        let name = |word: &str| format!("{FOLDER_PREFIX}{word}{suffix}-{}", n + 1);
        folders.push(Folder {
            source: wish.source.clone(),
            path,
            how: match wish.access {
                Access::Write => FolderHow::Write,
                // In the options of an overlay these mean something else.
                Access::Scratch if !wish.source.contains([':', ',', '\\']) => FolderHow::Scratch {
                    volume: name("over-"),
                    layer: name("layer-"),
                },
                Access::Scratch | Access::Copy => FolderHow::Copy {
                    volume: name("copy-"),
                },
            },
            owner: wish.owner,
            mode: wish.mode,
        });
    }
    Ok(folders)
}

/// What each folder means for the person, and for what is theirs.
pub(super) fn notes(folders: &[Folder], user: &str, notes: &mut Vec<Note>) {
    for folder in folders {
        let (source, path) = (bounded(&folder.source, 200), &folder.path);
        match &folder.how {
            FolderHow::Write if is_root(user) && folder.owner.0 != 0 => notes.push(Note::missing(format!(
                "{path} is your folder {source} itself, and what root writes there is root's: --user {}:{} writes as its owner",
                folder.owner.0, folder.owner.1
            ))),
            FolderHow::Write => notes.push(Note::info(format!(
                "{path} is your folder {source} itself: what is written or deleted there is so for good"
            ))),
            FolderHow::Scratch { .. } => notes.push(Note::info(format!(
                "{path} shows your folder {source}, which is not changed: what is written there goes with the twin; --write writes into it"
            ))),
            FolderHow::Copy { .. } => notes.push(Note::info(format!(
                "{path} is a copy of your folder {source}: neither sees what is written in the other"
            ))),
        }
        if !is_root(user) && user.split(':').next() != Some(folder.owner.0.to_string().as_str()) {
            notes.push(Note::info(format!(
                "{path} belongs to user {}, the twin runs as {user}: it may not be able to write there",
                folder.owner.0
            )));
        }
    }
}

impl Plan {
    /// Copies the folder whose scratch layer the engine refused; false when none is mounted by that volume.
    pub fn copy_instead(&mut self, volume: &str, why: &str) -> bool {
        let scratch = |folder: &&mut Folder| matches!(&folder.how, FolderHow::Scratch { volume: v, .. } if v == volume);
        let Some(folder) = self.folders.iter_mut().find(scratch) else {
            return false;
        };
        folder.how = FolderHow::Copy {
            volume: volume.to_owned(),
        };
        let text = format!(
            "{} is a copy of {}: no scratch layer could be put over it ({why})",
            folder.path,
            bounded(&folder.source, 200)
        );
        self.notes.push(Note::missing(text));
        true
    }

    /// The scratch layer that the engine's words refuse; none when they are about something else.
    pub fn refused_folder(&self, error: &Error) -> Option<String> {
        if self.mode != Mode::Explore || !error.message.contains("mount") {
            return None;
        }
        let scratch = |folder: &Folder| match &folder.how {
            FolderHow::Scratch { volume, .. } => Some(volume.clone()),
            FolderHow::Write | FolderHow::Copy { .. } => None,
        };
        let all = self.folders.iter().filter_map(scratch);
        all.into_iter()
            .find(|volume| error.message.contains(volume))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(path: Option<&str>, access: Access) -> FolderWish {
        FolderWish {
            source: "/home/ann/app".into(),
            path: path.map(str::to_owned),
            access,
            owner: (1000, 1000),
            mode: 0o755,
        }
    }

    fn said(access: Access, user: &str) -> String {
        let folders = folders(&[wish(None, access)], "0badcafe").unwrap();
        let mut said = Vec::new();
        notes(&folders, user, &mut said);
        said.into_iter()
            .map(|n| n.text)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_folder_is_at_work_unless_it_is_said_where() {
        let wishes = [
            wish(None, Access::Scratch),
            wish(Some("/src/"), Access::Write),
        ];
        let folders = folders(&wishes, "0badcafe").unwrap();
        let mounts: Vec<_> = folders.iter().map(Folder::mount).collect();
        assert_eq!(
            (mounts[0].kind, &*mounts[0].destination),
            (MountKind::Volume, "/work")
        );
        assert_eq!(mounts[0].source, "devtwin-folder-over-0badcafe-1");
        assert_eq!(
            (mounts[1].kind, &*mounts[1].source),
            (MountKind::Bind, "/home/ann/app")
        );
        assert_eq!(mounts[1].destination, "/src");
    }

    #[test]
    fn a_folder_hides_nothing_that_the_twin_lives_on() {
        for at in [
            "/", "/usr", "/etc", "/root", "relative", "/a/../b", "/a:b", "",
        ] {
            let error = folders(&[wish(Some(at), Access::Scratch)], "s").unwrap_err();
            assert_eq!(error.kind, ErrorKind::Usage, "{at}");
        }
        let twice = [wish(None, Access::Scratch), wish(None, Access::Copy)];
        assert!(
            folders(&twice, "s")
                .unwrap_err()
                .message
                .contains("already")
        );
    }

    #[test]
    fn whose_files_come_of_it_is_said() {
        assert!(said(Access::Write, "0").contains("--user 1000:1000"));
        assert!(!said(Access::Write, "1000").contains("root's"));
        assert!(said(Access::Scratch, "0").contains("is not changed"));
        assert!(said(Access::Scratch, "65532").contains("may not be able to write"));
    }
}
