//! The readers of files and archives under arbitrary bytes: they never panic, keep what they say they keep,
//! and say the same however the bytes are cut into pieces. The first byte of the input names the reader, the
//! second one the size of the pieces.
#![no_main]

use std::io::BufReader;

use devtwin::domain::packages::apk::Apk;
use devtwin::domain::packages::apk::index::{LINE_MOST, PACKAGES_MOST};
use devtwin::domain::packages::{PackageManager as _, Printed, Stream};
use devtwin::domain::tar::{Event, Flow, META_MOST, Unpack};
use devtwin::domain::{accounts, elf, ldcache, shebang};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [reader, piece, data @ ..] = data else {
        return;
    };
    let piece = usize::from(*piece) + 1;
    match reader % 7 {
        0 => check_elf(data, piece),
        1 => check_shebang(data),
        2 => check_accounts(data),
        3 => check_ldcache(data),
        4 => check_apk_index(data, piece),
        5 => check_apk_lines(data),
        _ => check_tar(data, piece),
    }
});

fn check_elf(data: &[u8], piece: usize) {
    // Files that are whole, cut off, and longer than they say.
    for size in [data.len(), data.len() + 100, data.len() / 2] {
        let read = |piece| {
            let mut capture = elf::Capture::new(size as u64);
            data.chunks(piece).all(|piece| capture.feed(piece));
            capture.finish()
        };
        let elf = read(piece);
        assert_eq!(elf, read(usize::MAX));
        if let Ok(elf) = elf {
            assert!(elf.needed.len() <= elf::NEEDED_MOST);
            assert!(elf.version_needs.len() <= elf::VERSIONS_MOST);
            assert!(elf.version_defs.len() <= elf::VERSIONS_MOST);
            let names = elf.needed.iter().chain(&elf.interpreter);
            assert!(names.map(String::len).all(|len| len <= 3 * elf::NAME_MOST));
            elf.architecture();
        }
    }
}

fn check_shebang(data: &[u8]) {
    let read = shebang::read(data);
    assert_eq!(
        read,
        shebang::read(&data[..data.len().min(shebang::LOOKED_AT)])
    );
    match read {
        shebang::Shebang::Line { interpreter, .. } => assert!(!interpreter.is_empty()),
        shebang::Shebang::None(begins) => assert!(begins.to_string().len() < 80),
    }
}

// A user, a zero, a passwd file, a zero, a group file.
fn check_accounts(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.splitn(3, '\0');
    let mut next = || parts.next().unwrap_or_default();
    let (user, passwd, group) = (next(), next(), next());
    if let Ok(resolved) = accounts::resolve(user, passwd, group) {
        assert!(i64::from(resolved.uid.max(resolved.gid)) <= accounts::GREATEST_ID);
        assert!(resolved.groups.len() <= group.lines().count());
    }
    accounts::user_by_name(passwd, user);
    accounts::group_by_name(group, user);
}

fn check_ldcache(data: &[u8]) {
    if let Ok(entries) = ldcache::parse(data) {
        assert!(entries.len() <= ldcache::ENTRIES_MOST);
        let text = entries.iter().map(|e| e.name.len() + e.path.len());
        assert!(text.sum::<usize>() <= ldcache::TEXT_MOST);
    }
}

fn check_apk_index(data: &[u8], piece: usize) {
    let read = |piece| {
        let mut packages = Vec::new();
        let mut stream = BufReader::with_capacity(piece, data);
        let read = Apk.read_index(&mut stream, &mut |package| packages.push(package));
        assert!(read.is_ok());
        packages
    };
    let packages = read(piece);
    assert!(packages.len() <= PACKAGES_MOST);
    let names = packages.iter().map(|package| package.name.len());
    assert!(
        names
            .clone()
            .all(|length| length > 0 && length <= 3 * LINE_MOST)
    );
    assert_eq!(packages, read(1 << 16));
    Apk.read_installed(data);
}

fn check_apk_lines(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut reader = Apk.reader();
    // A line of stderr begins with a zero.
    let lines = text.lines().map(|line| match line.strip_prefix('\0') {
        Some(line) => (Stream::Stderr, line.to_owned()),
        None => (Stream::Stdout, line.to_owned()),
    });
    let lines: Vec<_> = lines.collect();
    for (stream, line) in &lines {
        reader.line(*stream, line);
    }
    let troubles = Apk.troubles(&Printed {
        lines,
        status: Some(1),
    });
    assert!(troubles.len() <= 20);
    for trouble in troubles {
        assert!(!trouble.meaning.contains(char::is_control) && !trouble.evidence.is_empty());
    }
    let mut versions = text.lines();
    if let (Some(a), Some(b)) = (versions.next(), versions.next()) {
        assert_eq!(Apk.compare(a, b), Apk.compare(b, a).reverse());
    }
}

fn check_tar(data: &[u8], piece: usize) {
    // Sums are made to fit, or nothing but the first header would ever be read.
    let mut data = data.to_vec();
    for block in data.chunks_exact_mut(512) {
        if block[257..262] == *b"ustar" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().copied().map(u32::from).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
    let read = |piece| {
        let mut unpack = Unpack::default();
        let (mut entries, mut bytes) = (Vec::new(), 0);
        let mut sink = |event: Event<'_>| {
            match event {
                Event::Entry(entry) => {
                    assert!(entry.path.len() as u64 <= 3 * META_MOST);
                    entries.push(entry);
                }
                Event::Data(data) => bytes += data.len(),
            }
            Flow::More
        };
        let wants = |piece| unpack.feed(piece, &mut sink) == Ok(Flow::More);
        let _all = data.chunks(piece).all(wants);
        (unpack.finish(), entries, bytes)
    };
    let (end, entries, bytes) = read(piece);
    assert!(bytes <= data.len());
    assert_eq!((end, entries, bytes), read(usize::MAX));
}
