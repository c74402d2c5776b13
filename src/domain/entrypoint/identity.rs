//! As whom it runs, by the target's own passwd and group files, and what that user may do.

use super::report::Identity;
use crate::domain::accounts;
use crate::domain::fs::{Look, Node};
use crate::domain::target::Config;

/// Bits of a permission, as in one digit of a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Write.
    Write,
    /// Run, or enter a directory.
    Run,
}

impl Access {
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

impl Identity {
    /// Whether this user may, by mode and owner alone: no capabilities but root's. None when the owner
    /// decides it and is not known.
    pub fn may(&self, access: Access, node: &Node, owner: Option<(u32, u32)>) -> Option<bool> {
        let uid = self.uid?;
        let bit = access.bit();
        let any = node.mode & (bit | bit << 3 | bit << 6);
        if uid == 0 {
            // Root writes everywhere, and runs what somebody may run.
            return Some(access == Access::Write || any != 0);
        }
        if any == 0 {
            return Some(false);
        }
        if any == (bit | bit << 3 | bit << 6) {
            return Some(true);
        }
        let (owner, group) = owner?;
        let mode = if owner == uid {
            node.mode >> 6
        } else if self.gid == Some(group) || self.groups.contains(&group) {
            node.mode >> 3
        } else {
            node.mode
        };
        Some(mode & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::Access::{Run, Write};
    use super::*;
    use crate::domain::fs::Kind;

    #[test]
    fn who_may_what() {
        let app = Identity {
            uid: Some(65532),
            gid: Some(65532),
            groups: vec![10],
            ..Identity::default()
        };
        let root = Identity {
            uid: Some(0),
            gid: Some(0),
            ..Identity::default()
        };
        for (who, access, mode, owner, expected) in [
            (&app, Write, 0o755, Some((0, 0)), Some(false)),
            (&app, Write, 0o755, Some((65532, 0)), Some(true)),
            (&app, Write, 0o775, Some((0, 10)), Some(true)),
            (&app, Write, 0o775, None, None),
            (&app, Write, 0o1777, None, Some(true)),
            (&app, Write, 0o577, Some((65532, 0)), Some(false)),
            (&app, Run, 0o644, None, Some(false)),
            (&app, Run, 0o700, Some((0, 0)), Some(false)),
            (&app, Run, 0o111, None, Some(true)),
            (&root, Write, 0o000, None, Some(true)),
            (&root, Run, 0o644, None, Some(false)),
            (&root, Run, 0o010, None, Some(true)),
            (&Identity::default(), Run, 0o777, None, None),
        ] {
            let node = Node {
                kind: Kind::File,
                mode,
                size: 0,
            };
            assert_eq!(
                who.may(access, &node, owner),
                expected,
                "{mode:o} {owner:?}"
            );
        }
    }
}
