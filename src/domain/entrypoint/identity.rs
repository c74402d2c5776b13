//! As whom it runs, by the target's own passwd and group files, and what that user may do: modes and owners
//! as the kernel reads them. Access lists are not known, nor are groups that `--group-add` gives.

use super::Facts;
use super::report::Identity;
use crate::domain::accounts;
use crate::domain::fs::{Kind, Look, Node, Owner};
use crate::domain::target::Config;

/// A permission, as in one digit of a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Writing a file, or making one in a directory.
    Write,
    /// Running a file, or searching a directory.
    Run,
}

impl Right {
    fn bit(self) -> u32 {
        match self {
            Self::Write => 0o2,
            Self::Run => 0o1,
        }
    }
}

/// The user of a configuration; none while the files that say it are not read.
pub(super) fn of(config: &Config, look: &Look<'_>) -> Option<Identity> {
    let passwd = look.text("/etc/passwd");
    let group = look.text("/etc/group");
    let (passwd, group) = (passwd?, group?);
    let given = config.user.clone();
    let Ok(user) = accounts::resolve(&given, &passwd, &group) else {
        return Some(Identity {
            given,
            ..Identity::default()
        });
    };
    Some(Identity {
        given,
        uid: Some(user.uid),
        gid: Some(user.gid),
        groups: user.groups,
        in_passwd: user.in_passwd,
        name: user.name,
        home: user.home,
    })
}

/// Who runs it, by numbers.
#[derive(Debug, Clone)]
pub(super) struct Who {
    /// User number.
    pub(super) uid: u32,
    /// Main group.
    pub(super) gid: u32,
    /// Whether modes do not bind it: root with the capability that root has unless it is taken.
    pub(super) strong: bool,
    groups: Vec<u32>,
}

impl Who {
    /// Who that is; none when the user is unknown.
    pub(super) fn of(identity: &Identity, facts: &Facts) -> Option<Self> {
        let uid = identity.uid?;
        Some(Self {
            uid,
            gid: identity.gid.unwrap_or_default(),
            strong: uid == 0 && has_capability(facts, "DAC_OVERRIDE"),
            groups: identity.groups.clone(),
        })
    }

    /// Whether it may, by mode and owner. None when the owner decides it and is not given.
    pub(super) fn may(&self, right: Right, node: &Node, owner: Option<Owner>) -> Option<bool> {
        let bit = right.bit();
        let everybody = bit * 0o111;
        if self.strong {
            // It writes everywhere, searches every directory, and runs what somebody may run.
            let free = right == Right::Write || node.kind == Kind::Dir;
            return Some(free || node.mode & everybody != 0);
        }
        match node.mode & everybody {
            0 => return Some(false),
            all if all == everybody => return Some(true),
            _ => {}
        }
        let owner = owner?;
        let mode = if owner.uid == self.uid {
            node.mode >> 6
        } else if owner.gid == self.gid || self.groups.contains(&owner.gid) {
            node.mode >> 3
        } else {
            node.mode
        };
        Some(mode & bit != 0)
    }

    /// The user by numbers, as in `chown`.
    pub(super) fn words(&self) -> String {
        format!("{}:{}", self.uid, self.gid)
    }
}

/// Whether root has a capability that the engine gives by default.
pub(super) fn has_capability(facts: &Facts, name: &str) -> bool {
    let Some(target) = &facts.target else {
        return true;
    };
    let has = |list: &[String]| {
        list.iter().any(|entry| {
            let entry = entry.strip_prefix("CAP_").unwrap_or(entry);
            entry == name || entry == "ALL"
        })
    };
    let isolation = &target.isolation;
    isolation.privileged || has(&isolation.cap_add) || !has(&isolation.cap_drop)
}

#[cfg(test)]
mod tests {
    use super::Right::{Run, Write};
    use super::*;

    #[test]
    fn who_may_what() {
        let app = Who {
            uid: 65532,
            gid: 65532,
            groups: vec![10],
            strong: false,
        };
        let root = Who {
            uid: 0,
            gid: 0,
            groups: Vec::new(),
            strong: true,
        };
        let weak = Who {
            strong: false,
            ..root.clone()
        };
        for (who, right, kind, mode, owner, expected) in [
            (&app, Write, Kind::File, 0o755, Some((0, 0)), Some(false)),
            (&app, Write, Kind::File, 0o755, Some((65532, 0)), Some(true)),
            (&app, Write, Kind::File, 0o775, Some((0, 10)), Some(true)),
            (&app, Write, Kind::File, 0o775, None, None),
            (&app, Write, Kind::Dir, 0o1777, None, Some(true)),
            (
                &app,
                Write,
                Kind::File,
                0o577,
                Some((65532, 0)),
                Some(false),
            ),
            (&app, Run, Kind::File, 0o644, None, Some(false)),
            (&app, Run, Kind::File, 0o700, Some((0, 0)), Some(false)),
            (&app, Run, Kind::File, 0o111, None, Some(true)),
            (&root, Write, Kind::File, 0o000, None, Some(true)),
            (&root, Run, Kind::File, 0o644, None, Some(false)),
            (&root, Run, Kind::File, 0o010, None, Some(true)),
            (&root, Run, Kind::Dir, 0o000, None, Some(true)),
            (
                &weak,
                Write,
                Kind::Dir,
                0o755,
                Some((65532, 1)),
                Some(false),
            ),
            (&weak, Run, Kind::File, 0o700, Some((0, 0)), Some(true)),
        ] {
            let node = Node {
                kind,
                mode,
                size: 0,
            };
            let owner = owner.map(|(uid, gid)| Owner { uid, gid });
            let may = who.may(right, &node, owner);
            assert_eq!(may, expected, "{mode:o} {owner:?}");
        }
    }
}
