use proptest::prelude::*;
use tar::{EntryType, Header};

use super::*;

/// A header with a name, a type and a size, to be changed.
fn header(name: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(1000);
    header.set_gid(100);
    header.set_mtime(0);
    header.set_cksum();
    header
}

/// One entry with its data, blocks filled up.
fn item(header: &Header, data: &[u8]) -> Vec<u8> {
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

fn file(name: &str, data: &[u8]) -> Vec<u8> {
    item(&header(name, EntryType::Regular, data.len() as u64), data)
}

fn meta(kind: EntryType, data: &[u8]) -> Vec<u8> {
    item(&header("././@LongLink", kind, data.len() as u64), data)
}

fn pax(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut records = String::new();
    for (key, value) in pairs {
        let rest = format!(" {key}={value}\n");
        let mut length = rest.len() + 1;
        while format!("{length}{rest}").len() != length {
            length += 1;
        }
        records.push_str(&length.to_string());
        records.push_str(&rest);
    }
    records.into_bytes()
}

fn archive(items: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = items.concat();
    bytes.extend([0; 2 * BLOCK]);
    bytes
}

/// Entries with their data, and how it ended.
type Unpacked = (Vec<(Entry, Vec<u8>)>, Result<(), Unreadable>);

fn unpack(bytes: &[u8], sizes: &[usize]) -> Unpacked {
    let mut unpack = Unpack::default();
    let mut found: Vec<(Entry, Vec<u8>)> = Vec::new();
    let mut rest = bytes;
    for size in sizes.iter().cycle() {
        let (piece, later) = rest.split_at((*size).min(rest.len()));
        rest = later;
        let mut sink = |event: Event<'_>| {
            match event {
                Event::Entry(entry) => found.push((entry, Vec::new())),
                Event::Data(data) => {
                    assert!(!data.is_empty());
                    found.last_mut().unwrap().1.extend_from_slice(data);
                }
            }
            Flow::More
        };
        let flow = unpack.feed(piece, &mut sink);
        assert!(unpack.partial.len() as u64 <= META_MOST);
        if flow != Ok(Flow::More) || rest.is_empty() {
            break;
        }
    }
    (found, unpack.finish())
}

fn entries(bytes: &[u8]) -> Vec<(Entry, Vec<u8>)> {
    let (found, end) = unpack(bytes, &[1000]);
    assert_eq!(end, Ok(()));
    found
}

fn plain(path: &str, kind: Kind, size: u64) -> Entry {
    Entry {
        path: path.into(),
        kind,
        mode: 0o644,
        uid: 1000,
        gid: 100,
        size,
        mtime: 0,
        raw: Raw::default(),
        capabilities: None,
    }
}

#[test]
fn every_sort_of_entry_comes_out() {
    let linked = |name, kind, to: &str| {
        let mut header = header(name, kind, 7);
        header.set_link_name_literal(to).unwrap();
        header.set_cksum();
        item(&header, b"")
    };
    let mut exact = vec![1; BLOCK];
    exact[0] = 2;
    let mut old = header("old/", EntryType::Regular, 0);
    old.as_old_mut().linkflag = [0];
    old.set_cksum();
    let bytes = archive(&[
        item(&header("bin/", EntryType::Directory, 0), b""),
        file("bin/empty", b""),
        file("bin/a", b"hello"),
        file("bin/block", &exact),
        linked("bin/sh", EntryType::Symlink, "/bin/../busybox"),
        linked("bin/b", EntryType::Link, "bin/a"),
        item(&header("dev/null", EntryType::Char, 0), b""),
        item(&header("pipe", EntryType::Fifo, 0), b""),
        item(&header("strange", EntryType::new(b'V'), 3), b"abc"),
        item(&header("whole", EntryType::Continuous, 3), b"abc"),
        item(&old, b""),
        item(&header("../../etc/passwd", EntryType::Regular, 0), b""),
    ]);
    let want = [
        (plain("bin/", Kind::Dir, 0), &b""[..]),
        (plain("bin/empty", Kind::File, 0), b""),
        (plain("bin/a", Kind::File, 5), b"hello"),
        (plain("bin/block", Kind::File, 512), &exact),
        (
            plain("bin/sh", Kind::Symlink("/bin/../busybox".into()), 0),
            b"",
        ),
        (plain("bin/b", Kind::Hardlink("bin/a".into()), 0), b""),
        (plain("dev/null", Kind::Special, 0), b""),
        (plain("pipe", Kind::Special, 0), b""),
        (plain("whole", Kind::File, 3), b"abc"),
        (plain("old/", Kind::Dir, 0), b""),
        (plain("../../etc/passwd", Kind::File, 0), b""),
    ];
    let want: Vec<_> = want.map(|(entry, data)| (entry, data.to_vec())).into();
    assert_eq!(entries(&bytes), want);
}

#[test]
fn long_names_and_extended_fields_override_the_header() {
    let long = format!("deep/{}", "x".repeat(300));
    let zero = format!("{long}\0");
    let target = format!("/{}", "y".repeat(200));
    let mut link = header("short", EntryType::Symlink, 0);
    link.set_link_name_literal("cut").unwrap();
    link.set_cksum();
    let fields = pax(&[
        ("path", &long),
        ("SCHILY.xattr.user.x", "several\nlines=\n"),
        ("uid", "70000"),
        ("gid", "2147483648"),
        ("size", "5"),
    ]);
    let bytes = archive(&[
        meta(EntryType::GNULongName, zero.as_bytes()),
        meta(EntryType::GNULongLink, target.as_bytes()),
        item(&link, b""),
        meta(EntryType::XHeader, &fields),
        item(&header("short", EntryType::Regular, 0), b"hello"),
        file("plain", b"1"),
        meta(EntryType::XHeader, &pax(&[("linkpath", &target)])),
        item(&link, b""),
        meta(EntryType::XHeader, &pax(&[("path", "")])),
        file("kept", b""),
        meta(
            EntryType::XGlobalHeader,
            &pax(&[("uid", "7"), ("comment", "x")]),
        ),
        file("seven", b""),
        meta(EntryType::XHeader, &pax(&[("uid", "8")])),
        file("eight", b""),
        meta(EntryType::XGlobalHeader, &pax(&[("uid", "")])),
        file("again", b""),
    ]);
    let found = entries(&bytes);
    let entry = |at: usize| &found[at].0;
    let owner = |at: usize| (entry(at).path.as_str(), entry(at).uid);
    assert_eq!(entry(0), &plain(&long, Kind::Symlink(target.clone()), 0));
    let whole = Entry {
        uid: 70000,
        gid: 0x8000_0000,
        ..plain(&long, Kind::File, 5)
    };
    assert_eq!(found[1], (whole, b"hello".to_vec()));
    assert_eq!(found[2], (plain("plain", Kind::File, 1), b"1".to_vec()));
    assert_eq!(entry(3), &plain("short", Kind::Symlink(target), 0));
    let owners = [owner(4), owner(5), owner(6), owner(7)];
    assert_eq!(
        owners,
        [("kept", 1000), ("seven", 7), ("eight", 8), ("again", 1000)]
    );
}

#[test]
fn an_archive_of_another_writer_is_read() {
    let mut builder = tar::Builder::new(Vec::new());
    let long = format!("{}/name", "directory/".repeat(30));
    for mode in [0o755, 0o4755] {
        let mut header = Header::new_gnu();
        header.set_size(3);
        header.set_mode(mode);
        header.set_uid(1 << 22);
        header.set_gid(5);
        builder
            .append_data(&mut header, &long, &b"abc"[..])
            .unwrap();
    }
    let found = entries(&builder.into_inner().unwrap());
    let modes: Vec<_> = found.iter().map(|(entry, _)| entry.mode).collect();
    assert_eq!(modes, [0o755, 0o4755]);
    for (entry, data) in found {
        assert_eq!((entry.path, entry.uid), (long.clone(), 1 << 22));
        assert_eq!(data, b"abc");
    }
}

#[test]
fn broken_archives_are_refused() {
    let mut sum = file("a", b"");
    sum[0] = b'b';
    let mut size = header("a", EntryType::Regular, 0);
    size.as_old_mut().size = *b"zzzzzzzzzzzz";
    size.set_cksum();
    let mut owner = header("a", EntryType::Regular, 0);
    owner.set_uid(1 << 40);
    owner.set_cksum();
    let long = vec![b'x'; usize::try_from(META_MOST).unwrap()];
    let longer = [long.as_slice(), b"x"].concat();
    let extended = |records: &[u8]| [meta(EntryType::XHeader, records), file("a", b"")].concat();
    let cases = [
        (sum, Err(Unreadable::Header)),
        (item(&size, b""), Err(Unreadable::Header)),
        (item(&owner, b""), Err(Unreadable::Header)),
        (
            b"not an archive at all".repeat(100),
            Err(Unreadable::Header),
        ),
        (
            item(&header("a", EntryType::GNUSparse, 0), b""),
            Err(Unreadable::Sparse),
        ),
        (meta(EntryType::GNULongName, &long), Ok(())),
        (meta(EntryType::GNULongName, &longer), Err(Unreadable::Long)),
        (meta(EntryType::XHeader, &longer), Err(Unreadable::Long)),
        (
            item(&header("a", EntryType::XHeader, u64::MAX), b""),
            Err(Unreadable::Long),
        ),
        (extended(b""), Ok(())),
        (extended(b"12 path=abc\n"), Ok(())),
        (extended(b"12 path=a\0c\n"), Err(Unreadable::Extended)),
        (extended(b"11 path=abc\n"), Err(Unreadable::Extended)),
        (extended(b"99 path=abc\n"), Err(Unreadable::Extended)),
        (extended(b"2 path=abc\n"), Err(Unreadable::Extended)),
        (extended(b"7 path\n"), Err(Unreadable::Extended)),
        (extended(b"path=abc\n"), Err(Unreadable::Extended)),
        (extended(b"9 size=a\n"), Err(Unreadable::Extended)),
        (extended(b"10 size=-1\n"), Err(Unreadable::Extended)),
        (
            extended(b"99999999999999999999 path=a\n"),
            Err(Unreadable::Extended),
        ),
    ];
    for (at, (items, want)) in cases.into_iter().enumerate() {
        assert_eq!(unpack(&archive(&[items]), &[700]).1, want, "case {at}");
    }
}

#[test]
fn a_torn_end_is_told_wherever_it_is() {
    let bytes = archive(&[
        meta(EntryType::GNULongName, b"name\0"),
        file("a", b"hello"),
        file("b", b"world"),
    ]);
    let end = bytes.len() - BLOCK;
    for cut in 0..end {
        let (_, ended) = unpack(&bytes[..cut], &[usize::MAX]);
        assert_eq!(ended, Err(Unreadable::Torn), "after {cut} bytes");
    }
    assert_eq!(unpack(&bytes[..end], &[usize::MAX]).1, Ok(()));
    assert_eq!(Unpack::default().finish(), Err(Unreadable::Torn));
}

#[test]
fn whoever_has_enough_is_told_nothing_more() {
    let bytes = archive(&[file("a", b"hello"), file("b", b"world")]);
    for enough in 1..=4 {
        let mut unpack = Unpack::default();
        let mut told = 0;
        let mut sink = |_: Event<'_>| {
            told += 1;
            if told == enough {
                Flow::Enough
            } else {
                Flow::More
            }
        };
        assert_eq!(unpack.feed(&bytes, &mut sink), Ok(Flow::Enough));
        assert_eq!(unpack.feed(&bytes, &mut sink), Ok(Flow::Enough));
        assert_eq!(told, enough);
    }
}

#[test]
fn sizes_are_believed_by_nobody() {
    let mut bytes = item(&header("huge", EntryType::Regular, u64::MAX), b"");
    bytes.extend([7; 5 * BLOCK]);
    let (found, end) = unpack(&bytes, &[100]);
    assert_eq!(end, Err(Unreadable::Torn));
    assert_eq!(found[0].0.size, u64::MAX);
    assert_eq!(found[0].1.len(), 5 * BLOCK);
}

/// Items of an archive, sound or not.
fn any_item() -> impl Strategy<Value = Vec<u8>> {
    let kinds = prop::sample::select(&b"01234567xgLKS\0Z"[..]);
    let data = prop::collection::vec(any::<u8>(), 0..1100);
    let records = prop::collection::vec(
        (
            prop::sample::select(&["path", "linkpath", "size", "uid", "gid", "x"][..]),
            "[0-9]{0,4}|\\PC{0,6}",
        ),
        0..4,
    );
    prop_oneof![
        4 => ("[a-z./]{1,90}", kinds, data).prop_map(|(name, kind, data)| {
            item(&header(&name, EntryType::new(kind), data.len() as u64), &data)
        }),
        1 => records.prop_map(|records| {
            let pairs: Vec<_> = records.iter().map(|(k, v)| (*k, v.as_str())).collect();
            meta(EntryType::XHeader, &pax(&pairs))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..1200),
        sizes in prop::collection::vec(1usize..700, 1..5),
    ) {
        prop_assert_eq!(unpack(&bytes, &sizes), unpack(&bytes, &[usize::MAX]));
    }

    #[test]
    fn any_archive_in_any_pieces_gives_the_same(
        items in prop::collection::vec(any_item(), 0..6),
        // A changed byte, and whether the sum of its header is made to fit again.
        change in prop::option::of((any::<prop::sample::Index>(), any::<u8>(), any::<bool>())),
        cut in prop_oneof![3 => Just(0usize), 1 => 0usize..3000],
        sizes in prop::collection::vec(1usize..700, 1..5),
    ) {
        let mut bytes = archive(&items);
        if let Some((index, value, fit)) = change {
            let at = index.index(bytes.len());
            bytes[at] = value;
            if fit {
                let start = at - at % BLOCK;
                let mut header = Header::new_old();
                header.as_mut_bytes().copy_from_slice(&bytes[start..start + BLOCK]);
                header.set_cksum();
                bytes[start..start + BLOCK].copy_from_slice(header.as_bytes());
            }
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        let (found, end) = unpack(&bytes, &sizes);
        let data: usize = found.iter().map(|(_, data)| data.len()).sum();
        prop_assert!(data <= bytes.len());
        prop_assert_eq!((found, end), unpack(&bytes, &[usize::MAX]));
    }
}
