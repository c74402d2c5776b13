//! Users and groups as the engine finds them in the target's own `/etc/passwd` and `/etc/group`.
//!
//! It follows the engine's reader (moby/sys `user.GetExecUser`) in its oddities too: the first match wins,
//! a number is never taken for a name, and a field that is no number counts as 0. Names and directories
//! are given as they stand there: they are hostile. What is found is never more than the text holds.

use std::num::IntErrorKind;

use thiserror::Error;

/// The greatest number that the engine takes for a user or group without an entry.
pub const GREATEST_ID: i64 = i32::MAX as i64;

/// A line of the passwd file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Name.
    pub name: String,
    /// User number.
    pub uid: u32,
    /// Main group.
    pub gid: u32,
    /// Home directory; may be empty.
    pub home: String,
    /// Login shell; may be empty.
    pub shell: String,
}

/// A line of the group file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Group number.
    pub gid: u32,
}

/// What the engine makes of a user in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// User number.
    pub uid: u32,
    /// Main group.
    pub gid: u32,
    /// Name of the entry by which it was found; none for a number without entry.
    pub name: Option<String>,
    /// Further groups: those that list the user, unless a group was given.
    pub groups: Vec<u32>,
    /// What the runtime sets `HOME` to when the configuration does not: the home directory of the first
    /// entry with this number, `/` without entry.
    pub home: String,
    /// Whether the passwd file has an entry with this number.
    pub in_passwd: bool,
}

/// Why the engine refuses a user, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unknown {
    /// A name that the passwd file does not have.
    #[error("unable to find user {0}: no matching entries in passwd file")]
    User(String),
    /// A name that the group file does not have.
    #[error("unable to find group {0}: no matching entries in group file")]
    Group(String),
    /// A number that no user or group may have.
    #[error("uids and gids must be in range 0-{GREATEST_ID}: {0}")]
    Range(i64),
}

/// The first account of this name.
pub fn user_by_name(passwd: &str, name: &str) -> Option<Account> {
    users(passwd)
        .find(|user| user.name == name)
        .map(|user| user.account())
}

/// The first account with this number.
pub fn user_by_id(passwd: &str, uid: u32) -> Option<Account> {
    users(passwd)
        .find(|user| user.uid == i64::from(uid))
        .map(|user| user.account())
}

/// The first group of this name.
pub fn group_by_name(group: &str, name: &str) -> Option<Group> {
    let group = groups(group).find(|group| group.name == name)?;
    Some(Group {
        name: group.name.to_owned(),
        gid: wrapped(group.gid),
    })
}

/// The first group with this number.
pub fn group_by_id(group: &str, gid: u32) -> Option<Group> {
    let group = groups(group).find(|group| group.gid == i64::from(gid))?;
    Some(Group {
        name: group.name.to_owned(),
        gid,
    })
}

/// The groups that list this user, in the order of the file.
pub fn groups_of(group: &str, user: &str) -> Vec<u32> {
    groups(group)
        .filter(|group| group.users.split(',').any(|listed| listed == user))
        .map(|group| wrapped(group.gid))
        .collect()
}

/// Resolves `spec` (nothing, `user`, `user:group`, either by name or by number) against the text of both
/// files; a file that is missing is empty. No user means number 0.
///
/// # Errors
/// Which part is unknown.
pub fn resolve(spec: &str, passwd: &str, group: &str) -> Result<Resolved, Unknown> {
    let mut parts = spec.split(':');
    let (user_part, group_part) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let number = if user_part.is_empty() {
        Some(0)
    } else {
        user_part.parse().ok()
    };
    let user = users(passwd).find(|user| match number {
        Some(number) => user.uid == number,
        None => user.name == user_part,
    });
    let (uid, gid) = match (&user, number) {
        (Some(user), _) => (wrapped(user.uid), wrapped(user.gid)),
        (None, Some(number)) => (in_range(number)?, 0),
        (None, None) => return Err(Unknown::User(user_part.to_owned())),
    };
    let name = user.map(|user| user.name);
    let (gid, groups) = match name {
        _ if !group_part.is_empty() => (explicit_group(group_part, group)?, Vec::new()),
        Some(name) if !name.is_empty() => (gid, groups_of(group, name)),
        Some(_) | None => (gid, Vec::new()),
    };
    // The runtime takes over numbers, bounds those of entries too, and looks again by the number.
    in_range(uid.into())?;
    in_range(gid.into())?;
    let entry = user_by_id(passwd, uid);
    Ok(Resolved {
        uid,
        gid,
        name: name.map(ToOwned::to_owned),
        groups,
        in_passwd: entry.is_some(),
        home: entry.map_or_else(|| "/".into(), |entry| entry.home),
    })
}

fn explicit_group(part: &str, group: &str) -> Result<u32, Unknown> {
    let number: Option<i64> = part.parse().ok();
    let found = groups(group).find(|group| match number {
        Some(number) => group.gid == number,
        None => group.name == part,
    });
    match (found, number) {
        (Some(group), _) => Ok(wrapped(group.gid)),
        (None, Some(number)) => in_range(number),
        (None, None) => Err(Unknown::Group(part.to_owned())),
    }
}

fn in_range(number: i64) -> Result<u32, Unknown> {
    u32::try_from(number)
        .ok()
        .filter(|_| number <= GREATEST_ID)
        .ok_or(Unknown::Range(number))
}

struct User<'a> {
    name: &'a str,
    uid: i64,
    gid: i64,
    home: &'a str,
    shell: &'a str,
}

impl User<'_> {
    fn account(&self) -> Account {
        Account {
            name: self.name.to_owned(),
            uid: wrapped(self.uid),
            gid: wrapped(self.gid),
            home: self.home.to_owned(),
            shell: self.shell.to_owned(),
        }
    }
}

fn users(passwd: &str) -> impl Iterator<Item = User<'_>> {
    lines(passwd).map(|line| {
        let mut fields = line.split(':');
        let mut next = || fields.next().unwrap_or_default();
        let (name, _password, uid, gid, _comment) = (next(), next(), next(), next(), next());
        User {
            name,
            uid: number(uid),
            gid: number(gid),
            home: next(),
            shell: next(),
        }
    })
}

struct Listed<'a> {
    name: &'a str,
    gid: i64,
    users: &'a str,
}

fn groups(group: &str) -> impl Iterator<Item = Listed<'_>> {
    lines(group).map(|line| {
        let mut fields = line.split(':');
        let mut next = || fields.next().unwrap_or_default();
        let (name, _password, gid, users) = (next(), next(), next(), next());
        Listed {
            name,
            gid: number(gid),
            users,
        }
    })
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// A field as the engine's reader takes it, whose errors are ignored: 0, or the nearest that fits.
fn number(field: &str) -> i64 {
    field.parse().unwrap_or_else(|e: std::num::ParseIntError| {
        // Foreign enum, and one that may grow: all other errors give 0.
        if *e.kind() == IntErrorKind::PosOverflow {
            i64::MAX
        } else if *e.kind() == IntErrorKind::NegOverflow {
            i64::MIN
        } else {
            0
        }
    })
}

/// The lower 32 bits: what the engine hands to the runtime of a number in an entry.
fn wrapped(number: i64) -> u32 {
    u32::try_from(number & i64::from(u32::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/sh

nonroot:x:65532:65532::/home/nonroot:/bin/sh\r
1000:x:5:5:a name like a number:/five:
toor:x:0:0:another root:/toor:/bin/ash
odd:x:abc
wide:x:4294967295:-1::/wide:/bin/sh
over:x:4294967296:7:::
";
    const GROUP: &str = "\
root:x:0:
nonroot:x:65532:
wheel:x:10:nonroot,toor
docker:x:999:other,nonroot
7:x:8:
";

    /// What is given; then uid, gid, name, further groups and home.
    type Case<'a> = (&'a str, u32, u32, Option<&'a str>, &'a [u32], &'a str);

    fn found(spec: &str) -> Resolved {
        resolve(spec, PASSWD, GROUP).unwrap()
    }

    // As Engine 20.10 with runc 1.1 resolved them.
    #[test]
    fn every_form_of_a_user_is_resolved() {
        let cases: &[Case<'_>] = &[
            ("", 0, 0, Some("root"), &[], "/root"),
            ("root", 0, 0, Some("root"), &[], "/root"),
            (
                "nonroot",
                65532,
                65532,
                Some("nonroot"),
                &[10, 999],
                "/home/nonroot",
            ),
            (
                "65532",
                65532,
                65532,
                Some("nonroot"),
                &[10, 999],
                "/home/nonroot",
            ),
            ("65532:0", 65532, 0, Some("nonroot"), &[], "/home/nonroot"),
            (
                "nonroot:wheel",
                65532,
                10,
                Some("nonroot"),
                &[],
                "/home/nonroot",
            ),
            (
                "nonroot:wheel:x",
                65532,
                10,
                Some("nonroot"),
                &[],
                "/home/nonroot",
            ),
            (
                "nonroot:",
                65532,
                65532,
                Some("nonroot"),
                &[10, 999],
                "/home/nonroot",
            ),
            (":12", 0, 12, Some("root"), &[], "/root"),
            ("0012:0013", 12, 13, None, &[], "/"),
            // A number is never a name, also where a name looks like one.
            ("1000", 1000, 0, None, &[], "/"),
            ("1000:7", 1000, 7, None, &[], "/"),
            ("5", 5, 5, Some("1000"), &[], "/five"),
            // The runtime asks for the home directory of the number, not of the name.
            ("toor", 0, 0, Some("toor"), &[10], "/root"),
            ("odd", 0, 0, Some("odd"), &[], "/root"),
            ("over", 0, 7, Some("over"), &[], "/root"),
            ("2147483647", 2_147_483_647, 0, None, &[], "/"),
        ];
        for (spec, uid, gid, name, groups, home) in cases {
            let want = Resolved {
                uid: *uid,
                gid: *gid,
                name: name.map(Into::into),
                groups: groups.to_vec(),
                home: (*home).into(),
                in_passwd: name.is_some(),
            };
            assert_eq!(found(spec), want, "{spec:?}");
        }
    }

    #[test]
    fn the_unknown_part_is_named() {
        let cases = [
            ("nobody", Unknown::User("nobody".into())),
            ("nobody:root", Unknown::User("nobody".into())),
            ("root:staff", Unknown::Group("staff".into())),
            ("77:staff", Unknown::Group("staff".into())),
            ("root ", Unknown::User("root ".into())),
            ("2147483648", Unknown::Range(2_147_483_648)),
            ("-1", Unknown::Range(-1)),
            ("wide", Unknown::Range(4_294_967_295)),
            ("1:4294967296", Unknown::Range(4_294_967_296)),
            (
                "99999999999999999999",
                Unknown::User("99999999999999999999".into()),
            ),
        ];
        for (spec, want) in cases {
            assert_eq!(resolve(spec, PASSWD, GROUP), Err(want), "{spec:?}");
        }
        assert_eq!(
            Unknown::User("app".into()).to_string(),
            "unable to find user app: no matching entries in passwd file"
        );
    }

    #[test]
    fn without_files_only_numbers_are_known() {
        let root = resolve("", "", "").unwrap();
        assert_eq!(
            (root.uid, root.gid, root.name, root.home.as_str()),
            (0, 0, None, "/")
        );
        assert!(!root.in_passwd);
        assert_eq!(resolve("65532:65532", "", "").unwrap().gid, 65532);
        assert_eq!(resolve("root", "", ""), Err(Unknown::User("root".into())));
    }

    #[test]
    fn single_entries_are_looked_up() {
        let account = user_by_name(PASSWD, "nonroot").unwrap();
        assert_eq!(account.shell, "/bin/sh");
        assert_eq!(user_by_id(PASSWD, 65532), Some(account));
        assert_eq!(user_by_id(PASSWD, 4), None);
        assert_eq!(group_by_name(GROUP, "wheel").unwrap().gid, 10);
        assert_eq!(group_by_name(GROUP, "staff"), None);
        assert_eq!(groups_of(GROUP, "toor"), [10]);
        assert_eq!(groups_of(GROUP, "to"), [0_u32; 0]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            spec in "[a-c0-9:+-]{0,12}|\\PC{0,8}",
            passwd in "([a-c]{0,2}:x?:[0-9-]{0,22}:[0-9-]{0,22}:{0,3}[/a]{0,3}\n){0,5}|\\PC{0,60}",
            group in "([a-c]{0,2}:x?:[0-9-]{0,22}:[a-c,]{0,5}\n){0,5}|\\PC{0,60}",
        ) {
            if let Ok(resolved) = resolve(&spec, &passwd, &group) {
                prop_assert!(resolved.groups.len() <= group.lines().count());
                prop_assert!(resolved.home == "/" || passwd.contains(&resolved.home));
                let by_number = format!("{}:{}", resolved.uid, resolved.gid);
                let again = resolve(&by_number, &passwd, &group);
                prop_assert_eq!(again.map(|r| (r.uid, r.gid)), Ok((resolved.uid, resolved.gid)));
            }
        }

        #[test]
        fn every_entry_is_found_by_name_and_by_number(
            names in prop::collection::btree_set("[a-z][a-z0-9-]{0,8}", 1..6), first in 0u32..0x7fff_fff0,
        ) {
            let numbered: Vec<(&String, u32)> = names.iter().zip(first..).collect();
            let lines: Vec<String> = numbered.iter().map(|(n, i)| format!("{n}:x:{i}:{i}::/{n}:")).collect();
            let passwd = lines.join("\n");
            for (name, uid) in numbered {
                let by_name = resolve(name, &passwd, "").unwrap();
                prop_assert_eq!(&by_name, &resolve(&uid.to_string(), &passwd, "").unwrap());
                prop_assert_eq!((by_name.uid, by_name.home), (uid, format!("/{name}")));
            }
        }
    }
}
