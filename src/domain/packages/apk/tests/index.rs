//! Indexes, whole and damaged, and bytes that nobody would send.

use std::io::Write as _;

use proptest::prelude::*;

use super::{Apk, NEW, Recording, of_errors, of_lines, tell};
use crate::domain::packages::apk::index::{LINE_MOST, PACKAGES_MOST};
use crate::domain::packages::{Package, PackageManager as _};

#[test]
fn the_list_of_apk_3_is_read_as_an_index() {
    let recordings: Vec<Recording> = serde_json::from_str(NEW).unwrap();
    let of = |label: &str| recordings.iter().find(|r| r.label == label).unwrap();
    let packages = read(of("query-json").stdout.as_bytes());
    let want = Package {
        name: "curl".into(),
        version: "8.12.1-r0".into(),
        description: "URL retrieval utility and library".into(),
        license: "MIT".into(),
        download: 995,
        ..Package::default()
    };
    assert_eq!(packages, [want]);
    assert_eq!(read(of("query-installed-json").stdout.as_bytes()).len(), 10);
    let more = br#"[{"name":"a{","version":"1","depends":["b>1"],"provides":["cmd:a=1","c"],"x":{"y":"\"}"}},{"name":"b"},{"version":"no name"}]"#;
    let packages = read(more);
    assert_eq!((packages[0].name.as_str(), packages.len()), ("a{", 2));
    assert_eq!(packages[0].provides, ["cmd:a", "c"]);
    assert_eq!(packages[0].depends, ["b>1"]);
}

const INDEX: &str = "C:Q1x=\nP:curl\nV:8.12.1-r0\nA:x86_64\nS:995\nI:29\nT:URL retrieval utility\nU:https://x\nL:MIT\n\
    D:so:libcurl.so.4 ca-certificates-bundle !wget\np:cmd:curl=8.12.1-r0 curl-bin~8\n\nP:jq\nV:1.7.1-r4\n";

/// As apk packs it: a signature without the end of an archive, and the index, a member of gzip each.
fn packed(index: &str) -> Vec<u8> {
    let member = |files: &[(&str, &str)], whole: bool| {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, text) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        let mut bytes = tar.into_inner().unwrap();
        if !whole {
            bytes.truncate(bytes.len() - 1024);
        }
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&bytes).unwrap();
        gz.finish().unwrap()
    };
    let mut all = member(&[(".SIGN.RSA.x.rsa.pub", "seal")], false);
    all.extend(member(
        &[("DESCRIPTION", "P:not a package\n\n"), ("APKINDEX", index)],
        true,
    ));
    all
}

fn read(bytes: &[u8]) -> Vec<Package> {
    let mut packages = Vec::new();
    Apk.read_index(&mut &*bytes, &mut |package| packages.push(package))
        .unwrap();
    packages
}

#[test]
fn indexes_are_read_packed_and_plain_and_one_behind_the_other() {
    let plain = read(INDEX.as_bytes());
    let curl = Package {
        name: "curl".into(),
        version: "8.12.1-r0".into(),
        description: "URL retrieval utility".into(),
        license: "MIT".into(),
        download: 995,
        size: 29,
        depends: ["so:libcurl.so.4", "ca-certificates-bundle", "!wget"]
            .map(Into::into)
            .into(),
        provides: ["cmd:curl", "curl-bin"].map(Into::into).into(),
    };
    assert_eq!(plain[0], curl);
    assert_eq!(plain.len(), 2);
    assert_eq!(read(&packed(INDEX)), plain);
    let two = [packed(INDEX), packed("P:vim\nV:9\n\n")].concat();
    let names: Vec<String> = read(&two).into_iter().map(|package| package.name).collect();
    assert_eq!(names, ["curl", "jq", "vim"]);
    // What follows damage is lost, what was before it is not.
    let cut = [&two[..two.len() - 20], &b"garbage"[..]].concat();
    assert!(read(&cut).len() >= 2);
    assert_eq!(read(b""), []);
    assert_eq!(read(b"\x1f\x8bnonsense"), []);
}

#[test]
fn an_index_costs_no_more_than_its_bounds() {
    let long = format!(
        "P:a\nT:{}\np:{}\nV:1\n\nP:b\n",
        "x".repeat(LINE_MOST),
        "c ".repeat(1000)
    );
    let packages = read(long.as_bytes());
    assert_eq!((packages.len(), packages[0].description.as_str()), (2, ""));
    assert_eq!(
        (packages[0].version.as_str(), packages[0].provides.len()),
        ("1", 1000)
    );
    let many = "P:a\n\n".repeat(PACKAGES_MOST + 5);
    assert_eq!(read(many.as_bytes()).len(), PACKAGES_MOST);
    let list = format!(r#"[{{"name":"{}"}},{{"name":"b"}}]"#, "x".repeat(LINE_MOST));
    assert_eq!(read(list.as_bytes()).len(), 1);
}

#[test]
fn a_stream_that_breaks_is_an_error() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    for start in [packed(INDEX), INDEX.into(), b"[{".to_vec()] {
        let stream = std::io::Read::chain(&start[..start.len() / 2], Broken);
        let mut stream = std::io::BufReader::new(stream);
        let read = Apk.read_index(&mut stream, &mut |_| {});
        assert_eq!(
            read.unwrap_err().kind(),
            std::io::ErrorKind::ConnectionReset
        );
    }
}

/// A reader that gives a few bytes at a time.
fn in_pieces(bytes: &[u8], piece: usize) -> Vec<Package> {
    let mut packages = Vec::new();
    let mut stream = std::io::BufReader::with_capacity(piece, bytes);
    Apk.read_index(&mut stream, &mut |package| packages.push(package))
        .unwrap();
    packages
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_the_readers_panic(
        start in prop_oneof![Just(&b""[..]), Just(&b"\x1f\x8b\x08"[..]), Just(&b"[{\"name\":"[..]), Just(&b"=world\n"[..]), Just(&b"P:a\n"[..])],
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        piece in 1usize..40,
    ) {
        let bytes = [start, &bytes].concat();
        prop_assert_eq!(in_pieces(&bytes, piece), read(&bytes));
        Apk.read_installed(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        tell(&of_lines(&lines));
        for trouble in Apk.troubles(&of_errors(&lines)) {
            prop_assert!(!trouble.meaning.contains(char::is_control));
        }
    }

    #[test]
    fn a_changed_index_does_not_make_it_panic(
        is_packed: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop_oneof![2 => Just(0usize), 1 => 0usize..300],
        piece in 1usize..700,
    ) {
        let mut bytes = if is_packed { packed(INDEX) } else { INDEX.into() };
        for (index, value) in &changes {
            let at = index.index(bytes.len());
            bytes[at] = *value;
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        let packages = in_pieces(&bytes, piece);
        prop_assert!(packages.len() <= bytes.len());
        prop_assert_eq!(packages, read(&bytes));
    }

    #[test]
    fn lines_like_those_of_apk_do_not_make_it_panic(
        lines in prop::collection::vec(
            "(ERROR: |WARNING: opening |  |    )?[a-z\\[\\]():. -]{0,20}(: )?(-1-r0)?[^\n]{0,12}", 0..12),
    ) {
        let mut all = vec!["ERROR: unable to select packages:"];
        all.extend(lines.iter().map(String::as_str));
        for trouble in Apk.troubles(&of_errors(&all)) {
            prop_assert!(trouble.evidence.len() <= 8 && !trouble.meaning.contains(char::is_control));
        }
        tell(&of_lines(&all));
    }
}
