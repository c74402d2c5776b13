//! How the root of a target that has no process comes to the twin's `/target`: the best way that its engine allows.

use super::{Root, RootSource};
use crate::domain::target::{Layers, Target};

/// Longest mount options that the kernel takes, in bytes: one page with its last byte a zero (mount(2)).
const LONGEST_OPTIONS: usize = 4095;

/// Characters that mean something in the options of an overlay mount.
const SPECIAL: [char; 3] = [',', ':', '\\'];

/// A way that the engine refused at run time, and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The way, by its word ([`RootSource::word`]).
    pub way: &'static str,
    /// The engine's reason, short.
    pub why: String,
}

impl RootSource {
    /// The word for it in labels and texts: `overlay`, `image`, `archive`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Overlay { .. } => "overlay",
            Self::Image { .. } => "image",
            Self::Archive { .. } => "archive",
        }
    }

    /// The name of the volume or image that is made for it.
    pub fn object(&self) -> &str {
        match self {
            Self::Overlay { volume, .. } | Self::Archive { volume, .. } => volume,
            Self::Image { name } => name,
        }
    }
}

/// Chooses the way for `target`, among those that were not refused; none when all were. `name` is that of the volume
/// or image to make.
///
/// The overlay copies nothing; the image copies what the target wrote; the archive copies everything (design.md §2).
pub fn choose(target: &Target, name: &str, refused: &[Refused]) -> Option<Root> {
    let mut against = Vec::new();
    let mut open = |way: &str, possible: Result<RootSource, String>| {
        let refusal = refused.iter().find(|r| r.way == way);
        match (possible, refusal) {
            (Ok(how), None) => Some(how),
            (Ok(_), Some(refusal)) => {
                against.push(format!("the engine refused the {way}: {}", refusal.why));
                None
            }
            (Err(why), _) => {
                against.push(why);
                None
            }
        }
    };
    let how = open("overlay", overlay(target, name))
        .or_else(|| open("image", image(target, name)))
        .or_else(|| open("archive", Ok(archive(target, name))))?;
    let does = match &how {
        RootSource::Overlay { .. } => {
            "the engine's own folders of it, mounted once more: nothing is copied"
        }
        RootSource::Image { .. } => "an image made of it by commit: only what it wrote is copied",
        RootSource::Archive { .. } => "a copy of all its files in a volume",
    };
    let why = if against.is_empty() {
        does.to_owned()
    } else {
        format!("{does}, since {}", against.join(", and "))
    };
    Some(Root { how, why })
}

fn overlay(target: &Target, volume: &str) -> Result<RootSource, String> {
    // An overlay over folders that are written to shows anything (overlayfs.rst). In a loop it is mostly at rest.
    if target.state.is_joinable() && target.state.restart_count == 0 {
        return Err("an overlay of a root that is in use shows anything".into());
    }
    let storage = &target.runtime.storage;
    let Some(layers) = &target.runtime.layers else {
        return Err("the engine does not tell where its folders are".into());
    };
    if !storage.contains("overlay") {
        return Err(format!(
            "the folders of the storage driver {storage} are no overlay"
        ));
    }
    Ok(RootSource::Overlay {
        volume: volume.into(),
        options: overlay_options(layers.all())?,
    })
}

/// The options of an overlay mount that is only read, of `folders`, the topmost first. Fails with the reason in words
/// when they cannot be one.
///
/// A folder that comes twice is refused by the kernel (ELOOP), and changes nothing below its first place: it is dropped.
pub fn overlay_options<'a>(folders: impl Iterator<Item = &'a str>) -> Result<String, String> {
    let mut kept: Vec<&str> = Vec::new();
    for folder in folders {
        if folder.contains(SPECIAL) {
            return Err(
                "a folder of it has a character in its name that mount options cannot carry".into(),
            );
        }
        if !kept.contains(&folder) {
            kept.push(folder);
        }
    }
    // Without a folder to write to, the kernel wants two at least.
    if kept.len() < 2 {
        return Err("it has but one folder".into());
    }
    let options = format!("lowerdir={}", kept.join(":"));
    if options.len() > LONGEST_OPTIONS {
        return Err(format!(
            "it has {} folders, whose names are longer than the {LONGEST_OPTIONS} bytes that a mount may have",
            kept.len()
        ));
    }
    Ok(options)
}

/// The options of an overlay of `upper` over `lower`: the dev image with the target's files on top, at their real
/// paths. Fails with the reason in words, as [`overlay_options`] does.
pub fn merged_options(upper: &Layers, lower: &Layers) -> Result<String, String> {
    overlay_options(upper.all().chain(lower.all()))
}

fn image(target: &Target, name: &str) -> Result<RootSource, String> {
    if target.runtime.image_mounts {
        Ok(RootSource::Image { name: name.into() })
    } else {
        Err("this engine cannot mount an image (API 1.48, Engine 28)".into())
    }
}

/// Another name than that of the overlay, which may be there still.
fn archive(target: &Target, name: &str) -> RootSource {
    RootSource::Archive {
        volume: format!("{name}-copy"),
        committed: !target.runtime.can_be_exported(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::tests::target;
    use crate::domain::target::Status;

    fn exited(storage: &str, folders: Option<Vec<String>>, image_mounts: bool) -> Target {
        let mut target = target();
        target.state.status = Status::Exited;
        target.state.pid = None;
        target.runtime.storage = storage.into();
        target.runtime.image_mounts = image_mounts;
        target.runtime.layers = folders.map(|mut folders| Layers {
            upper: folders.remove(0),
            lower: folders,
        });
        target
    }

    fn paths(folders: &[&str]) -> Vec<String> {
        folders.iter().map(|&f| f.to_owned()).collect()
    }

    #[test]
    fn the_best_way_that_the_facts_allow_is_chosen_and_says_why_it_is_not_a_better_one() {
        let many = Some(
            (0..44)
                .map(|n| format!("/var/lib/docker/overlay2/{n:064}/diff"))
                .collect(),
        );
        let fit = Some(
            (0..43)
                .map(|n| format!("/var/lib/docker/overlay2/{n:064}/diff"))
                .collect(),
        );
        for (storage, folders, images, way, why) in [
            (
                "overlay2",
                Some(paths(&["/a", "/b"])),
                true,
                "overlay",
                "nothing is copied",
            ),
            (
                "fuse-overlayfs",
                Some(paths(&["/a", "/b"])),
                false,
                "overlay",
                "nothing is copied",
            ),
            ("overlay2", fit, true, "overlay", "nothing is copied"),
            (
                "overlayfs",
                None,
                true,
                "image",
                "does not tell where its folders are",
            ),
            ("overlayfs", None, false, "archive", "cannot mount an image"),
            (
                "btrfs",
                Some(paths(&["/a", "/b"])),
                true,
                "image",
                "the storage driver btrfs",
            ),
            ("overlay2", many, true, "image", "44 folders"),
            (
                "overlay2",
                Some(paths(&["/a:b", "/b"])),
                true,
                "image",
                "character in its name",
            ),
            (
                "overlay2",
                Some(paths(&["/a", "/b,c"])),
                true,
                "image",
                "character in its name",
            ),
            (
                "overlay2",
                Some(paths(&["/a", "/b\\c"])),
                false,
                "archive",
                "character in its name",
            ),
            (
                "overlay2",
                Some(paths(&["/a"])),
                true,
                "image",
                "but one folder",
            ),
            (
                "overlay2",
                Some(paths(&["/a", "/a"])),
                true,
                "image",
                "but one folder",
            ),
        ] {
            let root = choose(&exited(storage, folders, images), "v", &[]).unwrap();
            assert_eq!(root.how.word(), way, "{storage}: {}", root.why);
            assert!(root.why.contains(why), "{storage}: {}", root.why);
        }
    }

    #[test]
    fn a_folder_that_comes_twice_is_named_once_at_its_topmost_place() {
        let options = overlay_options(["/t", "/i", "/base", "/dev", "/base"].into_iter());
        assert_eq!(options.unwrap(), "lowerdir=/t:/i:/base:/dev");
    }

    #[test]
    fn the_page_of_options_is_used_to_its_last_byte() {
        let long = |bytes: usize| format!("/{}", "x".repeat(bytes - 1));
        let of = |bytes| {
            let (a, b) = (long(100), long(bytes));
            overlay_options([a.as_str(), b.as_str()].into_iter()).map(|o| o.len())
        };
        // "lowerdir=", the first folder, a colon.
        let rest = LONGEST_OPTIONS - 9 - 100 - 1;
        assert_eq!(of(rest), Ok(LONGEST_OPTIONS));
        assert!(of(rest + 1).unwrap_err().contains("4095"));
    }

    #[test]
    fn a_root_in_use_is_copied_and_one_in_a_loop_is_not() {
        let mut target = exited("overlay2", Some(paths(&["/a", "/b"])), false);
        target.state.status = Status::Running;
        target.state.pid = Some(7);
        let way = |target: &Target| choose(target, "v", &[]).unwrap().how.word();
        assert_eq!(way(&target), "archive");
        target.state.restart_count = 3;
        assert_eq!(way(&target), "overlay");
    }
}
