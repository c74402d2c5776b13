//! What is known of a root file system, and what is still wanted of it.
//!
//! Whoever studies a root asks through a [`Look`], which answers from a [`Tree`] and writes down what is
//! not in it. Whoever can read files (ops) puts the wanted into the tree and has the study begin anew,
//! until nothing is wanted. So the rules are pure, and no file is read that none of them asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::elf::Elf;

/// What stands at a path, links at its end not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What sort of thing.
    pub kind: Kind,
    /// Permission bits with set-uid, set-gid and sticky, as in `chmod`: at most `0o7777`.
    pub mode: u32,
    /// Size in bytes.
    pub size: u64,
}

/// Sorts of things in a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link, and the absolute path that it leads to in the end, inside the root.
    Link(String),
    /// A device, pipe or socket: never read.
    Special,
}

/// Owner of a file, by numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

/// An answer about a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// It is there.
    Is(T),
    /// Nothing stands there.
    Missing,
    /// It could not be looked at; why, in words.
    Unreadable(String),
}

impl<T> Found<T> {
    /// What is there, if it is.
    pub fn is(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Missing | Self::Unreadable(_) => None,
        }
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Its first bytes, and whether that is all of it.
    Bytes(Vec<u8>, bool),
    /// An ELF file, of which only the tables are kept; or why they could not be read.
    Elf(Result<Box<Elf>, String>),
}

impl Content {
    /// Its text as far as it is known, other than UTF-8 replaced.
    pub fn text(&self) -> String {
        match self {
            Self::Bytes(bytes, _) => String::from_utf8_lossy(bytes).into_owned(),
            Self::Elf(_) => String::new(),
        }
    }
}

/// Something that is to be found out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// What stands at this path.
    Stat(String),
    /// Who owns it.
    Owner(String),
    /// What the regular file at this path holds (the path leads through no link at its end).
    Content(String),
    /// Names in this directory.
    List(String),
    /// Which package provides this, as apk asks it: `so:libcurl.so.4`, `cmd:curl`.
    Provider(String),
    /// How the image was made, step by step.
    History,
}

/// What is known so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// What stands at each path.
    pub nodes: BTreeMap<String, Found<Node>>,
    /// Who owns what.
    pub owners: BTreeMap<String, Found<Owner>>,
    /// What files hold.
    pub contents: BTreeMap<String, Found<Content>>,
    /// Names in directories, sorted; cut when there are very many.
    pub lists: BTreeMap<String, Found<Vec<String>>>,
    /// Packages by what they provide; missing when no index knows one.
    pub providers: BTreeMap<String, Found<String>>,
    /// Steps of the image's build, oldest first.
    pub history: Option<Vec<String>>,
}

/// An answer; none while it is not known yet.
pub type Known<T> = Option<T>;

/// A view of a tree that writes down what was asked in vain. All answers are `None` while not known.
#[derive(Debug)]
pub struct Look<'a> {
    tree: &'a Tree,
    wants: RefCell<BTreeSet<Want>>,
}

/// Where a path leads, links followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Led {
    /// The path in the end.
    pub path: String,
    /// What stands there: never a link; missing at the end of a dangling one.
    pub node: Found<Node>,
    /// Whether a link led there.
    pub linked: bool,
}

impl Led {
    /// The regular file that it leads to.
    pub fn file(&self) -> Option<&Node> {
        self.node.is().filter(|n| n.kind == Kind::File)
    }

    /// Whether it leads to a directory.
    pub fn is_dir(&self) -> bool {
        self.node.is().is_some_and(|n| n.kind == Kind::Dir)
    }

    /// Whether it leads to a file that somebody may run.
    pub fn is_program(&self) -> bool {
        self.file().is_some_and(|n| n.mode & 0o111 != 0)
    }
}

impl<'a> Look<'a> {
    /// A view of `tree`.
    pub fn new(tree: &'a Tree) -> Self {
        Self {
            tree,
            wants: RefCell::default(),
        }
    }

    /// What was asked in vain.
    pub fn into_wants(self) -> BTreeSet<Want> {
        self.wants.into_inner()
    }

    fn known<T>(&self, known: Option<&'a T>, want: impl FnOnce() -> Want) -> Known<&'a T> {
        if known.is_none() {
            self.wants.borrow_mut().insert(want());
        }
        known
    }

    /// What stands at an absolute path.
    pub fn stat(&self, path: &str) -> Known<&'a Found<Node>> {
        let path = normal(path);
        self.known(self.tree.nodes.get(&path), || Want::Stat(path.clone()))
    }

    /// Where an absolute path leads.
    pub fn follow(&self, path: &str) -> Known<Led> {
        let path = normal(path);
        let node = self.stat(&path)?;
        let Found::Is(Node {
            kind: Kind::Link(target),
            ..
        }) = node
        else {
            let node = node.clone();
            return Some(Led {
                path,
                node,
                linked: false,
            });
        };
        let path = normal(target);
        let node = match self.stat(&path)? {
            // The engine has followed all of them: one that is still there leads back to itself.
            Found::Is(Node {
                kind: Kind::Link(_),
                ..
            }) => Found::Unreadable("its symbolic links lead in a circle".into()),
            node => node.clone(),
        };
        Some(Led {
            path,
            node,
            linked: true,
        })
    }

    /// Who owns what stands at a path (as [`Self::follow`] gave it).
    pub fn owner(&self, path: &str) -> Known<&'a Found<Owner>> {
        let path = normal(path);
        self.known(self.tree.owners.get(&path), || Want::Owner(path.clone()))
    }

    /// What a file holds, links followed. Anything but a regular file is missing.
    pub fn content(&self, path: &str) -> Known<Found<&'a Content>> {
        let led = self.follow(path)?;
        if let Found::Unreadable(why) = &led.node {
            return Some(Found::Unreadable(why.clone()));
        }
        if led.file().is_none() {
            return Some(Found::Missing);
        }
        let content = self.known(self.tree.contents.get(&led.path), || {
            Want::Content(led.path.clone())
        })?;
        Some(match content {
            Found::Is(content) => Found::Is(content),
            Found::Missing => Found::Missing,
            Found::Unreadable(why) => Found::Unreadable(why.clone()),
        })
    }

    /// What a file at a path (as [`Self::follow`] gave it) holds, when that is known already: asks for nothing.
    pub fn read_already(&self, path: &str) -> Option<&'a Content> {
        self.tree.contents.get(path)?.is()
    }

    /// The text of a file, links followed; empty when it is missing or cannot be read.
    pub fn text(&self, path: &str) -> Known<String> {
        Some(match self.content(path)? {
            Found::Is(content) => content.text(),
            Found::Missing | Found::Unreadable(_) => String::new(),
        })
    }

    /// Names in a directory (as [`Self::follow`] gave it).
    pub fn list(&self, path: &str) -> Known<&'a Found<Vec<String>>> {
        let path = normal(path);
        self.known(self.tree.lists.get(&path), || Want::List(path.clone()))
    }

    /// The package that provides `what` (`so:libcurl.so.4`, `cmd:curl`), as far as an index at hand knows.
    pub fn provider(&self, what: &str) -> Known<&'a Found<String>> {
        self.known(self.tree.providers.get(what), || {
            Want::Provider(what.to_owned())
        })
    }

    /// Steps of the image's build, oldest first.
    pub fn history(&self) -> Known<&'a [String]> {
        let known = self.known(self.tree.history.as_ref(), || Want::History);
        known.map(Vec::as_slice)
    }
}

/// An absolute path without empty, `.` and `..` parts; `..` ends at the root. Text only: links in it are
/// not followed.
pub fn normal(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// `path` as seen from the directory `from`, without `.` and `..`.
pub fn joined(from: &str, path: &str) -> String {
    if path.starts_with('/') {
        return normal(path);
    }
    normal(&format!("{from}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(mode: u32) -> Found<Node> {
        Found::Is(Node {
            kind: Kind::File,
            mode,
            size: 1,
        })
    }

    fn link(to: &str) -> Found<Node> {
        Found::Is(Node {
            kind: Kind::Link(to.into()),
            mode: 0o777,
            size: 1,
        })
    }

    #[test]
    fn what_is_not_known_is_wanted_once() {
        let tree = Tree::default();
        let look = Look::new(&tree);
        assert_eq!(look.stat("/bin/../bin/sh"), None);
        assert_eq!(look.text("/bin/sh"), None);
        let wants: Vec<Want> = look.into_wants().into_iter().collect();
        assert_eq!(wants, [Want::Stat("/bin/sh".into())]);
    }

    #[test]
    fn links_are_followed_and_then_what_they_lead_to_is_wanted() {
        let mut tree = Tree::default();
        tree.nodes.insert("/bin/sh".into(), link("/bin/busybox"));
        let look = Look::new(&tree);
        assert_eq!(look.follow("/bin/sh"), None);
        assert!(
            look.into_wants()
                .contains(&Want::Stat("/bin/busybox".into()))
        );
        tree.nodes.insert("/bin/busybox".into(), file(0o755));
        tree.contents.insert(
            "/bin/busybox".into(),
            Found::Is(Content::Bytes(b"#!x".to_vec(), true)),
        );
        let look = Look::new(&tree);
        let led = look.follow("/bin/sh").unwrap();
        assert!(led.linked && led.is_program());
        assert_eq!(led.path, "/bin/busybox");
        assert_eq!(look.text("/bin/sh").unwrap(), "#!x");
    }

    #[test]
    fn a_circle_of_links_is_said() {
        let mut tree = Tree::default();
        tree.nodes.insert("/a".into(), link("/b"));
        tree.nodes.insert("/b".into(), link("/a"));
        let look = Look::new(&tree);
        assert!(matches!(
            look.follow("/a").unwrap().node,
            Found::Unreadable(_)
        ));
    }

    #[test]
    fn paths_stay_in_the_root() {
        for (from, path, to) in [
            ("/", "../../etc//passwd", "/etc/passwd"),
            ("/app", "./run", "/app/run"),
            ("/app", "/bin/./sh/", "/bin/sh"),
            ("/", "", "/"),
        ] {
            assert_eq!(joined(from, path), to);
        }
    }
}
