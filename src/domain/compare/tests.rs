//! Trees grown from real archives; `random` has the comparison beside a plain one.

mod random;

use tar::{EntryType, Header};

use super::tree::shown;
use super::*;
use crate::domain::packages::database::{Database, Kind as Sort};
use crate::domain::tar::Unpack;

/// An entry of an archive: path, kind, mode, owner, content or link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) path: Vec<u8>,
    pub(super) kind: EntryType,
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) content: Vec<u8>,
    pub(super) capabilities: Option<Vec<u8>>,
}

impl Item {
    pub(super) fn new(path: &str, kind: EntryType, mode: u32, content: &str) -> Self {
        Self {
            path: path.into(),
            kind,
            mode,
            uid: 0,
            content: content.into(),
            capabilities: None,
        }
    }
}

pub(super) fn file(path: &str, content: &str) -> Item {
    Item::new(path, EntryType::Regular, 0o644, content)
}

pub(super) fn program(path: &str) -> Item {
    Item::new(path, EntryType::Regular, 0o755, path)
}

pub(super) fn dir(path: &str) -> Item {
    Item::new(path, EntryType::Directory, 0o755, "")
}

pub(super) fn link(path: &str, to: &str) -> Item {
    Item::new(path, EntryType::Symlink, 0o777, to)
}

pub(super) fn hard(path: &str, to: &str) -> Item {
    Item::new(path, EntryType::Link, 0o644, to)
}

/// A record of pax: its length counts itself.
fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = [b" ", key.as_bytes(), b"=", value, b"\n"].concat();
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    [length.to_string().as_bytes(), &rest].concat()
}

pub(super) fn block(mut header: Header, kind: EntryType, content: &[u8]) -> Vec<u8> {
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// An archive as Go writes it: names in pax records, whatever they hold.
pub(super) fn archive(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for item in items {
        let is_link = matches!(item.kind, EntryType::Symlink | EntryType::Link);
        let mut records = record("path", &item.path);
        if is_link {
            records.extend(record("linkpath", &item.content));
        }
        if let Some(capabilities) = &item.capabilities {
            records.extend(record("SCHILY.xattr.security.capability", capabilities));
        }
        let mut header = Header::new_ustar();
        header.set_mode(item.mode);
        header.set_uid(item.uid);
        header.set_gid(item.uid);
        bytes.extend(block(header.clone(), EntryType::XHeader, &records));
        let content: &[u8] = if is_link { b"" } else { &item.content };
        bytes.extend(block(header, item.kind, content));
    }
    bytes.extend([0; 1024]);
    bytes
}

pub(super) fn grown(items: &[Item]) -> Tree {
    let bytes = archive(items);
    let mut growing = Growing::default();
    let mut unpack = Unpack::default();
    // In pieces that no header fits in.
    for piece in bytes.chunks(997) {
        unpack
            .feed(piece, &mut |event| growing.take(event))
            .unwrap();
    }
    growing.grown()
}

pub(super) fn trees(left: &[Item], right: &[Item]) -> Trees {
    Trees::of(grown(left), grown(right))
}

/// `sign path words` of what differs, in the order of a walk.
fn told(trees: &Trees) -> Vec<String> {
    let files = trees.summary(&|_| true);
    let entries = files.entries.iter();
    entries
        .map(|entry| {
            let words: Vec<&str> = entry.differs.words().collect();
            format!("{} {} {}", entry.change.sign(), entry.path, words.join(","))
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[test]
fn each_sort_of_difference_is_told_by_name() {
    let owned = |mut item: Item, uid: u64| {
        item.uid = uid;
        item
    };
    let mut capable = program("bin/ping");
    capable.capabilities = Some(
        [0x0100_0001u32, 1 << 13, 0, 0, 0]
            .map(u32::to_le_bytes)
            .concat(),
    );
    let left = [
        dir("bin"),
        program("bin/ping"),
        file("etc/a", "same size"),
        file("etc/b", "short"),
        file("etc/c", "1"),
        link("etc/d", "a"),
        file("etc/e", "x"),
        file("etc/same", "x"),
        owned(file("etc/z", "z"), 1),
        file("old/gone", "12345"),
        file(".wh.x", ""),
    ];
    let right = [
        dir("bin"),
        capable,
        file("etc/a", "same bits"),
        file("etc/b", "longer"),
        Item::new("etc/c", EntryType::Regular, 0o600, "1"),
        link("etc/d", "b"),
        dir("etc/e"),
        file("etc/same", "x"),
        file("etc/z", "z"),
        file("new/come", "123"),
    ];
    let trees = trees(&left, &right);
    assert_eq!(
        told(&trees),
        [
            "- /.wh.x",
            "~ /bin/ping capabilities",
            "~ /etc/a content",
            "~ /etc/b size",
            "~ /etc/c mode",
            "~ /etc/d link",
            "~ /etc/e kind",
            "~ /etc/z owner",
            "+ /new",
            "+ /new/come",
            "- /old",
            "- /old/gone",
        ]
    );
    let files = trees.summary(&|path| path.starts_with("/bin"));
    assert_eq!(files.entries.len(), 1);
    let right = files.entries[0].right.as_ref().unwrap();
    assert_eq!(right.capabilities.as_deref(), Some("cap_net_raw=ep"));
    assert_eq!((files.only_left.entries, files.only_left.bytes), (3, 5));
    assert_eq!((files.only_right.entries, files.only_right.bytes), (2, 3));
    assert_eq!(files.changed.entries, 7);
    assert_eq!(files.directories[0].path, "/old");
    let etc = trees.find(b"/etc").unwrap();
    let node = trees.node(etc);
    assert!(node.change == Change::Same && node.differs_somewhere() && node.is_dir());
    assert_eq!(
        (node.below.changed, node.below.left, node.below.right),
        (6, 18, 18)
    );
    let names: Vec<_> = trees
        .children(etc)
        .map(|id| trees.node(id).name.into_owned())
        .collect();
    assert_eq!(names, ["a", "b", "c", "d", "e", "same", "z"]);
    assert_eq!(trees.path(trees.children(etc).next().unwrap()), "/etc/a");
}

#[test]
fn another_name_of_a_file_is_that_file_and_counts_once() {
    let left = [
        file("a", "data"),
        hard("b", "a"),
        hard("c", "/b"),
        hard("nothing", "x"),
    ];
    let right = [file("a", "data"), file("b", "data"), file("c", "date")];
    let trees = trees(&left, &right);
    assert_eq!(told(&trees), ["~ /c content", "- /nothing"]);
    let totals = trees.tree(Hand::Left).totals();
    assert_eq!((totals.files, totals.bytes), (4, 4));
    assert_eq!(trees.tree(Hand::Right).totals().bytes, 12);
}

#[test]
fn what_comes_twice_counts_as_it_came_last() {
    let tree = grown(&[
        file("a/b/c", "1"),
        file("a/b", "now a file"),
        file("d", "1"),
        file("d/e", "2"),
        dir("f"),
        file("f/g", "3"),
        Item::new("f", EntryType::Directory, 0o700, ""),
        file("../../up", "4"),
        dir("."),
    ]);
    let paths: Vec<String> = tree
        .rows()
        .map(|row| shown(&tree.path(row)).into_owned())
        .collect();
    let mut sorted = paths.clone();
    sorted.sort();
    assert_eq!(sorted, ["/a", "/a/b", "/d", "/d/e", "/f", "/f/g", "/up"]);
    assert!(tree.find(b"/a/b/c", true).is_none());
    let f = tree.find(b"f", true).unwrap();
    assert_eq!(tree.stat(f).mode, 0o700);
}

#[test]
fn links_are_followed_as_the_kernel_does() {
    let tree = grown(&[
        file("usr/lib/x", "1"),
        link("lib", "usr/lib"),
        link("usr/lib/y", "../../lib/x"),
        link("abs", "/lib/y"),
        link("loop", "loop2"),
        link("loop2", "/loop"),
        link("up", "../../../lib"),
    ]);
    let led = |path: &str| tree.find(path.as_bytes(), true).map(|row| tree.path(row));
    for path in ["/lib/x", "/abs", "/usr/lib/y", "up/x", "/lib/../lib/./x"] {
        assert_eq!(led(path), Some(b"/usr/lib/x".to_vec()), "{path}");
    }
    for path in ["/loop", "/lib/none", "/usr/lib/x/y"] {
        assert_eq!(led(path), None, "{path}");
    }
    let link = tree.find(b"/abs", false).unwrap();
    assert_eq!(tree.stat(link).link, Some(&b"/lib/y"[..]));
}

#[test]
fn owners_are_found_through_links_and_directories_have_none() {
    let mut tree = grown(&[
        file("usr/bin/bash", "12"),
        link("bin", "usr/bin"),
        file("own", "1"),
    ]);
    tree.set_owners(
        [
            ("bash", &b"bin/bash"[..]),
            ("bash", b"usr"),
            ("gone", b"/nowhere"),
        ]
        .into_iter(),
    );
    let owner = |path: &[u8]| tree.owner(tree.find(path, false).unwrap());
    assert_eq!(owner(b"/usr/bin/bash"), Some("bash"));
    assert_eq!((owner(b"/usr"), owner(b"/own")), (None, None));
    assert_eq!(tree.totals().unowned, 1);
}

#[test]
fn lists_of_dpkg_are_picked_out_while_the_root_streams_by() {
    let status = "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n\
                  Package: tzdata\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n";
    let items = [
        file(
            "./var/lib/dpkg/info/libc6:amd64.list",
            "/.\n/usr\n/usr/lib/libc.so.6\n",
        ),
        file("var/lib/dpkg/info/tzdata.list", "/usr/share/zoneinfo\n"),
        file("var/lib/dpkg/info/gone.list", "/usr/gone\n"),
        file("var/lib/dpkg/info/tzdata.md5sums", "0  /no\n"),
        file("other/tzdata.list", "/no\n"),
    ];
    let mut database = Database::read(Sort::Dpkg, "x", status.as_bytes());
    let mut lists = Lists::of(Some(&database));
    let mut unpack = Unpack::default();
    for piece in archive(&items).chunks(100) {
        let mut take = |event: crate::domain::tar::Event<'_>| {
            lists.take(&event);
            crate::domain::tar::Flow::More
        };
        unpack.feed(piece, &mut take).unwrap();
    }
    lists.note(&mut database);
    let owned = database.owned.iter().map(|(place, path)| {
        (
            database.records[place].name.as_str(),
            shown(path).into_owned(),
        )
    });
    let owned: Vec<_> = owned.collect();
    assert_eq!(
        owned,
        [
            ("libc6", "/usr".to_owned()),
            ("libc6", "/usr/lib/libc.so.6".into()),
            ("tzdata", "/usr/share/zoneinfo".into()),
        ]
    );
}

#[test]
fn what_is_beyond_the_bounds_is_left_out_and_counted() {
    let bytes = archive(&[file("a", "1"), file("b", "2"), file("c", "3")]);
    let grow = |rows: usize, text: usize| {
        let mut growing = Growing::within(rows, text);
        let mut unpack = Unpack::default();
        unpack
            .feed(&bytes, &mut |event| growing.take(event))
            .unwrap();
        let tree = growing.grown();
        (tree.rows().count(), tree.left_out())
    };
    let long = format!("{}/x", "d/".repeat(3000));
    let deep = grown(&[file(&long, "1"), file("a", "1"), link("b", &long)]);
    assert_eq!(
        (deep.rows().count(), deep.left_out()),
        (1, 2),
        "longer than any path"
    );
    assert_eq!(grow(3, 100), (2, 1));
    assert_eq!(grow(100, 1), (1, 2));
    assert_eq!(grow(100, 100), (3, 0));
}

#[test]
fn capabilities_are_told_as_getcap_does() {
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_le_bytes()).collect() };
    for (bytes, want) in [
        (words(&[0x0200_0001, 1 << 13, 0, 0, 0]), "cap_net_raw=ep"),
        (
            words(&[0x0200_0000, 1 << 10, 0, 1 << 7, 0]),
            "cap_net_bind_service,cap_bpf=p",
        ),
        (words(&[0x0300_0001, 1, 1, 0, 0, 1000]), "cap_chown=eip"),
        (words(&[0x0100_0001, 1 << 21, 0]), "cap_sys_admin=ep"),
        (words(&[0x0200_0001, 0, 0, 0, 0]), "="),
        (words(&[0x0700_0001, 0]), "unreadable"),
        (vec![1], "unreadable"),
    ] {
        assert_eq!(capabilities(&bytes), want);
    }
}
