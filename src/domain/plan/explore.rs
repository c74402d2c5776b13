//! The plan of an explorer: the dev image of an image alone, with namespaces of its own and nobody beside it.

use super::draft::{Wanted, draft, platforms};
use super::{Mode, Note, Plan, is_root, name_part};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::explore::short_name;
use crate::domain::twin::NAME_PREFIX;

/// Plans the twin of an image; the target is its stand-in. Fails with `Usage` when a wish needs a container.
pub(super) fn plan(wanted: Wanted<'_>) -> Result<Plan> {
    let (target, dev, wishes) = (wanted.target, wanted.dev, wanted.wishes);
    if !wishes.share.is_empty() {
        let message = format!("nothing can be shared with {}: it is an image", target.name);
        return Err(Error::new(ErrorKind::Usage, message).hint("leave --share out"));
    }
    let name = format!(
        "{NAME_PREFIX}{}-{}{}",
        name_part(&short_name(&target.name)),
        wanted.session.id,
        wanted.suffix()
    );
    let mut plan = draft(Mode::Explore, wanted, Vec::new(), Vec::new())?;
    plan.name = name;
    // Nobody else's processes are here to be looked into.
    plan.cap_add
        .retain(|cap| cap != "SYS_PTRACE" || granted(&wishes.grants));
    if !is_root(&plan.user) {
        plan.notes.push(Note::missing(format!(
            "as {}, packages cannot be installed; a further shell can be root's",
            plan.user
        )));
    }
    platforms(&dev, &mut plan.notes);
    Ok(plan)
}

/// Whether the person asked for the right to trace by name.
fn granted(grants: &[String]) -> bool {
    let bare = |grant: &String| {
        let upper = grant.trim().to_ascii_uppercase();
        upper.strip_prefix("CAP_").unwrap_or(&upper) == "SYS_PTRACE"
    };
    grants.iter().any(bare)
}
