use proptest::prelude::*;

use super::capture::{HEAD_MOST, PIECE_MOST, PIECES_MOST};
use super::sample::{Image, Names};
use super::*;

/// Feeds a file in pieces of these sizes, again and again; the result, how much was fed and kept.
fn fed(bytes: &[u8], sizes: &[usize]) -> (Result<Elf, String>, usize, usize) {
    let mut capture = Capture::new(bytes.len() as u64);
    let mut rest = bytes;
    for size in sizes.iter().cycle() {
        let (piece, later) = rest.split_at((*size).min(rest.len()));
        rest = later;
        if !capture.feed(piece) || rest.is_empty() {
            break;
        }
    }
    let kept = capture.len();
    (capture.finish(), bytes.len() - rest.len(), kept)
}

fn read(bytes: &[u8]) -> Result<Elf, String> {
    fed(bytes, &[4096]).0
}

fn words(of: &[&str]) -> Vec<String> {
    of.iter().map(|word| (*word).to_owned()).collect()
}

fn whole(image: &Image) -> Elf {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    Elf {
        machine: image.machine,
        bits: image.bits,
        little_endian: image.little,
        interpreter: image.interpreter.map(Into::into),
        dynamic: true,
        needed: words(&["libcurl.so.4", "libc.so.6"]),
        soname: Some("libme.so.1".into()),
        rpath: words(&["/opt/a", "/opt/b"]),
        runpath: words(&["$ORIGIN/../lib"]),
        version_needs: vec![
            pair("libc.so.6", "GLIBC_2.38"),
            pair("libcurl.so.4", "CURL_4"),
        ],
        version_defs: words(&["ME_1", "ME_2"]),
        go: false,
        rust: false,
    }
}

#[test]
fn every_class_and_byte_order_is_read() {
    for (bits, little, machine, word) in [
        (64, true, 62, Some("amd64")),
        (64, true, 183, Some("arm64")),
        (32, true, 40, Some("arm")),
        (32, true, 3, Some("386")),
        (64, true, 243, Some("riscv64")),
        (64, true, 21, Some("ppc64le")),
        (64, false, 21, Some("ppc64")),
        (64, false, 22, Some("s390x")),
        (64, true, 258, Some("loong64")),
        (32, false, 8, None),
        (32, true, 62, None),
    ] {
        let image = Image {
            bits,
            little,
            machine,
            ..Image::all()
        };
        let elf = read(&image.build()).unwrap();
        assert_eq!(elf, whole(&image));
        assert_eq!(elf.architecture(), word, "{machine} {bits} {little}");
    }
}

#[test]
fn a_static_program_is_done_with_its_headers() {
    let image = Image {
        note: b"Go\0\0",
        gap: 1_000_000,
        ..Image::new()
    };
    let (elf, used, _) = fed(&image.build(), &[1000]);
    let elf = elf.unwrap();
    assert!(elf.go && !elf.dynamic && elf.interpreter.is_none());
    assert_eq!(used, 1000);
}

#[test]
fn a_static_pie_has_a_dynamic_section_and_no_interpreter() {
    let image = Image {
        dynamic: Some(Names::default()),
        ..Image::new()
    };
    let elf = read(&image.build()).unwrap();
    assert!(elf.dynamic && elf.interpreter.is_none() && elf.needed.is_empty());
}

#[test]
fn what_built_it_is_told_by_what_streams_by() {
    let mut bytes = Image {
        gap: 1000,
        ..Image::all()
    }
    .build();
    let elf = read(&bytes).unwrap();
    assert!(!elf.go && !elf.rust);
    let gap = bytes.iter().position(|byte| *byte == 0xaa).unwrap();
    bytes[gap..gap + 14].copy_from_slice(b"\xff Go buildinf:");
    bytes[gap + 20..gap + 31].copy_from_slice(b"/rustc/0123");
    let elf = read(&bytes).unwrap();
    assert!(elf.go && elf.rust);
}

#[test]
fn a_dynamic_section_far_away_is_found_and_little_is_kept() {
    let gap = usize::try_from(HEAD_MOST).unwrap() + 3_000_000;
    for changed in [false, true] {
        let image = Image {
            gap,
            changed,
            ..Image::all()
        };
        let mut bytes = image.build();
        bytes.extend(vec![0xbb; 1_000_000]);
        let (elf, used, kept) = fed(&bytes, &[65536]);
        assert_eq!(elf.unwrap(), whole(&image), "changed: {changed}");
        assert!(used < bytes.len() - 900_000);
        assert!(kept as u64 <= HEAD_MOST + 2 * PIECE_MOST);
    }
}

#[test]
fn tables_that_came_by_and_are_not_kept_are_an_error() {
    // All in one segment that begins early, the tables past what is kept of the beginning.
    let mut image = Image {
        gap: usize::try_from(HEAD_MOST + 2 * PIECE_MOST).unwrap(),
        changed: true,
        ..Image::all()
    };
    let mut bytes = image.build();
    let second = 64 + 56;
    let start = u64::from_le_bytes(bytes[second + 8..second + 16].try_into().unwrap());
    for (at, less) in [(8, start), (16, start), (24, start)] {
        let field = second + at..second + at + 8;
        let old = u64::from_le_bytes(bytes[field.clone()].try_into().unwrap());
        bytes[field].copy_from_slice(&(old - less).to_le_bytes());
    }
    for at in [32, 40] {
        let field = second + at..second + at + 8;
        let old = u64::from_le_bytes(bytes[field.clone()].try_into().unwrap());
        bytes[field].copy_from_slice(&(old + start).to_le_bytes());
    }
    assert_eq!(
        read(&bytes).unwrap_err(),
        "a part of it stands past what is kept"
    );
    image.gap = 1000;
    assert_eq!(read(&image.build()).unwrap(), whole(&image));
}

#[test]
fn broken_files_are_refused_in_words() {
    let good = Image::all().build();
    let with = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        read(&bad)
    };
    // Program headers 2 and 3 lead to the interpreter and to the dynamic section.
    let (interpreter, dynamic) = (64 + 2 * 56, 64 + 3 * 56);
    let cases = [
        (read(b""), "it is cut off"),
        (read(b"#!/bin/sh\n"), "no ELF file"),
        (read(&good[..40]), "it is cut off"),
        (read(&good[..good.len() - 1]), "it is cut off"),
        (with(4, &[7]), "neither for 32 nor for 64"),
        (with(5, &[9]), "no known version or byte order"),
        (with(56, &[0, 0]), "an object file"),
        (with(56, &[0xff, 0xff]), "that the kernel refuses"),
        (with(54, &[1, 0]), "that the kernel refuses"),
        (with(32, &[0xff; 8]), "it is cut off"),
        (with(interpreter + 8, &[0xff; 8]), "it is cut off"),
        (with(interpreter + 32, &[0xff; 8]), "path is too long"),
        (with(interpreter + 32, &[3, 0]), "has no end"),
        (with(dynamic + 32, &[0xff; 8]), "section is too long"),
        (with(64 + 56, &[0]), "nothing is loaded at the address"),
    ];
    for (result, want) in cases {
        let why = result.unwrap_err();
        assert!(why.contains(want), "{why}, not {want}");
    }
}

#[test]
fn a_file_that_ends_early_is_told_apart() {
    let bytes = Image::all().build();
    let mut capture = Capture::new(bytes.len() as u64);
    assert!(capture.feed(&bytes[..100]));
    assert_eq!(
        capture.finish().unwrap_err(),
        "only 100 bytes of it were read"
    );
    let never = Capture::new(bytes.len() as u64).finish();
    assert_eq!(never.unwrap_err(), "only 0 bytes of it were read");
}

#[test]
fn counts_are_bounded() {
    const VERSIONS: &[(&str, u16)] = &[("V", 0); 5000];
    static MANY: [&str; NEEDED_MOST + 1] = ["x"; NEEDED_MOST + 1];
    let needing = |needed: &'static [&'static str]| {
        let names = Names {
            needed,
            ..Names::default()
        };
        let image = Image {
            dynamic: Some(names),
            ..Image::new()
        };
        read(&image.build())
    };
    assert_eq!(needing(&MANY[1..]).unwrap().needed.len(), NEEDED_MOST);
    assert_eq!(
        needing(&MANY).unwrap_err(),
        "it needs more than 1024 libraries"
    );
    let names = Names {
        needs: &[("libx.so", VERSIONS)],
        defs: VERSIONS,
        ..Names::default()
    };
    let image = Image {
        dynamic: Some(names),
        ..Image::new()
    };
    let elf = read(&image.build()).unwrap();
    assert_eq!(elf.version_needs.len(), VERSIONS_MOST);
    assert_eq!(elf.version_defs.len(), VERSIONS_MOST);
}

/// A file whose header asks for parts all over the place.
fn mutated(wide: bool, little: bool, changes: &[(prop::sample::Index, u8)], cut: usize) -> Vec<u8> {
    let image = Image {
        bits: if wide { 64 } else { 32 },
        little,
        gap: 300,
        ..Image::all()
    };
    let mut bytes = image.build();
    for (index, value) in changes {
        let at = index.index(bytes.len());
        bytes[at] = *value;
    }
    bytes.truncate(bytes.len().saturating_sub(cut));
    bytes
}

fn bounded(elf: &Elf) -> bool {
    let names = elf.needed.iter().chain(&elf.interpreter);
    elf.needed.len() <= NEEDED_MOST
        && elf.version_needs.len() <= VERSIONS_MOST
        && elf.version_defs.len() <= VERSIONS_MOST
        && names.map(String::len).max().unwrap_or(0) <= 3 * NAME_MOST
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes_in_any_pieces_give_the_same_and_no_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        headed: bool,
        sizes in prop::collection::vec(1usize..80, 1..6),
    ) {
        let bytes = if headed { [b"\x7fELF\x02\x01\x01".as_slice(), &bytes].concat() } else { bytes };
        let (elf, _, kept) = fed(&bytes, &sizes);
        prop_assert!(kept <= bytes.len());
        prop_assert_eq!(elf, fed(&bytes, &[usize::MAX]).0);
    }

    #[test]
    fn a_changed_file_in_any_pieces_gives_the_same_and_no_panic(
        wide: bool, little: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in prop_oneof![3 => Just(0usize), 1 => 0usize..400],
        sizes in prop::collection::vec(1usize..400, 1..6),
    ) {
        let bytes = mutated(wide, little, &changes, cut);
        let (elf, _, kept) = fed(&bytes, &sizes);
        prop_assert!(kept <= bytes.len() * (PIECES_MOST + 1));
        if let Ok(elf) = &elf {
            prop_assert!(bounded(elf));
        }
        prop_assert_eq!(elf, fed(&bytes, &[usize::MAX]).0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    // Past the beginning: 24 MB stream by, the program headers ask for parts all over them.
    #[test]
    fn parts_all_over_a_long_file_give_the_same_and_are_bounded(
        starts in prop::collection::vec(0u64..(24 << 20), 5),
        lens in prop::collection::vec(1u64..(2 << 20), 5),
        sizes in prop::collection::vec(1usize..(3 << 20), 1..4),
    ) {
        let mut bytes = Image { gap: 24 << 20, ..Image::all() }.build();
        for (at, (start, len)) in starts.iter().zip(&lens).enumerate() {
            let header = 64 + at * 56;
            bytes[header + 8..header + 16].copy_from_slice(&start.to_le_bytes());
            bytes[header + 32..header + 40].copy_from_slice(&len.to_le_bytes());
        }
        let (elf, _, kept) = fed(&bytes, &sizes);
        prop_assert!(kept as u64 <= HEAD_MOST + PIECES_MOST as u64 * PIECE_MOST);
        prop_assert_eq!(elf, fed(&bytes, &[usize::MAX]).0);
    }
}
