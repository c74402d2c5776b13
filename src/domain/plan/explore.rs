//! The plan of an explorer: the dev image of an image alone, with namespaces of its own and nobody beside it.

use super::draft::{Wanted, draft, platforms};
use super::{Mode, Note, Plan, Weight, folders, is_root, name_part};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::explore::short_name;
use crate::domain::image::{Reference, Resolution};
use crate::domain::twin::{EXPLORE_PREFIX, NAME_PREFIX, label};

/// Plans the twin of an image; the target is its stand-in. Fails with `Usage` when a wish needs a container, or a
/// folder cannot be mounted.
pub(super) fn plan(wanted: Wanted<'_>) -> Result<Plan> {
    let (target, dev, wishes) = (wanted.target, wanted.dev, wanted.wishes);
    if !wishes.share.is_empty() {
        let message = format!("nothing can be shared with {}: it is an image", target.name);
        return Err(Error::new(ErrorKind::Usage, message).hint("leave --share out"));
    }
    let suffix = format!("{}{}", wanted.session.id, wanted.suffix());
    let folders = folders::folders(&wishes.folders, &suffix)?;
    // What is downloaded must not land in a folder of the person.
    let mounts: Vec<_> = folders.iter().map(folders::Folder::mount).collect();
    let mut plan = draft(Mode::Explore, wanted, mounts, Vec::new())?;
    plan.mounts.clear();
    plan.name = format!(
        "{NAME_PREFIX}{}-{suffix}",
        name_part(&short_name(&target.name))
    );
    if let Some(folder) = folders.first() {
        plan.workdir.clone_from(&folder.path);
    }
    let volumes: Vec<&str> = folders.iter().flat_map(folders::Folder::volumes).collect();
    if !volumes.is_empty() {
        plan.labels.insert(label::FOLDERS.into(), volumes.join(","));
    }
    folders::notes(&folders, &plan.user, &mut plan.notes);
    plan.folders = folders;
    plan.gpus = wishes.gpus;
    // Nobody else's processes are here to be looked into.
    plan.cap_add
        .retain(|cap| cap != "SYS_PTRACE" || granted(&wishes.grants));
    if wishes.merged {
        plan.merged = Some(format!("{EXPLORE_PREFIX}{suffix}"));
        plan.notes.push(Note {
            weight: Weight::Info,
            text: format!(
                "made by devtwin, published by nobody: {} with the files of {} over it; what is known of packages is the dev image's",
                plan.image, target.name
            ),
        });
    }
    if !is_root(&plan.user) {
        plan.notes.push(Note::missing(format!(
            "as {}, packages cannot be installed; a further shell can be root's",
            plan.user
        )));
    }
    platforms(&dev, &mut plan.notes);
    Ok(plan)
}

impl Plan {
    /// Says of an explorer what is not guaranteed of its dev image, and how an app's own files come to that of its base.
    pub fn found_by(&mut self, resolution: &Resolution) {
        if self.mode != Mode::Explore {
            return;
        }
        for caveat in &resolution.caveats {
            self.notes.push(if resolution.toolbox {
                Note::missing(caveat.clone())
            } else {
                Note::info(caveat.clone())
            });
        }
        let name = |text: &str| Some(Reference::parse(text).ok()?.name());
        let image = name(&resolution.image);
        let dev = resolution.dev_image.as_deref().and_then(name);
        let of_base = image.is_some() && dev.is_some() && image != dev;
        if of_base && self.merged.is_none() && !resolution.own_dev {
            self.notes.push(Note::info(format!(
                "the files that {} has beyond its base are not here; --merged lays them over the dev image",
                resolution.image
            )));
        }
    }
}

/// Whether the person asked for the right to trace by name.
fn granted(grants: &[String]) -> bool {
    let bare = |grant: &String| {
        let upper = grant.trim().to_ascii_uppercase();
        upper.strip_prefix("CAP_").unwrap_or(&upper) == "SYS_PTRACE"
    };
    grants.iter().any(bare)
}
