use std::io::Read as _;

use proptest::prelude::*;

use super::*;

fn told(database: &Database) -> Vec<(&str, &str, u64, &str)> {
    let records = database.records.iter();
    let mut told: Vec<_> = records
        .map(|r| {
            (
                r.name.as_str(),
                r.version.as_str(),
                r.size,
                r.origin.as_str(),
            )
        })
        .collect();
    told.sort_unstable();
    told
}

fn owned(database: &Database) -> Vec<(&str, String)> {
    let owned = database.owned.iter();
    let mut owned: Vec<_> = owned
        .map(|(place, path)| {
            let name = database.records[place].name.as_str();
            (name, String::from_utf8(path.to_vec()).unwrap())
        })
        .collect();
    owned.sort_unstable();
    owned
}

fn unpacked(file: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file)
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

/// Written by rpm 4.18, the second one by `db5.3_load` from the same headers.
fn stores() -> [(Kind, Vec<u8>); 3] {
    let file = |name: &[u8]| unpacked(name);
    let sqlite = file(include_bytes!(
        "../../../../tests/fixtures/rpm/rpmdb.sqlite.gz"
    ));
    let bdb = file(include_bytes!("../../../../tests/fixtures/rpm/Packages.gz"));
    let mut headers = Vec::new();
    sqlite::blobs(&sqlite, &mut |blob| headers.push(blob.to_vec())).unwrap();
    [
        (Kind::RpmSqlite, sqlite),
        (Kind::RpmBdb, bdb),
        (Kind::RpmNdb, ndb_of(&headers)),
    ]
}

/// The store of rpm's source, `lib/backend/ndb/rpmpkg.c`: a page of slots, then the blobs.
fn ndb_of(headers: &[Vec<u8>]) -> Vec<u8> {
    let number = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let head = [*b"RpmP", number(0), number(1), number(1), number(9)];
    let mut slots = head.concat();
    slots.resize(32, 0);
    let mut blobs = Vec::new();
    for (at, header) in headers.iter().enumerate() {
        let block = (4096 + blobs.len()) / 16;
        let blocks = (16 + header.len() + 12).div_ceil(16);
        slots.extend([*b"Slot", number(at + 1), number(block), number(blocks)].concat());
        let end = blobs.len() + blocks * 16;
        blobs.extend([*b"BlbS", number(at + 1), number(1), number(header.len())].concat());
        blobs.extend(header);
        blobs.resize(end, 0);
    }
    while slots.len() < 4096 {
        slots.extend([*b"Slot", [0; 4], [0; 4], [0; 4]].concat());
    }
    [slots, blobs].concat()
}

#[test]
fn rpm_tells_the_same_out_of_each_of_its_stores() {
    for (kind, bytes) in stores() {
        let database = Database::read(kind, "x", &bytes);
        assert_eq!(database.trouble, None, "{kind:?}");
        assert_eq!(
            told(&database),
            [
                ("bashlike", "5.1.8-1.el9", 13, "bashlike"),
                ("many", "1.0-1.el9", 1103, "many"),
                ("openssl-ish", "1:3.0.7-1.el9", 13, "openssl-ish"),
            ],
            "{kind:?}"
        );
        assert!(
            database
                .records
                .iter()
                .all(|record| !record.license.is_empty())
        );
        let owned = owned(&database);
        assert_eq!(owned.len(), 4 + 4 + 303, "{kind:?}");
        assert!(
            owned.contains(&("many", "/usr/share/many/file-300".into())),
            "{kind:?}"
        );
    }
}

#[test]
fn a_store_that_is_cut_off_says_so_and_gives_what_it_has() {
    for (kind, bytes) in stores() {
        let cut = Database::read(kind, "x", &bytes[..bytes.len() / 2]);
        assert!(cut.trouble.is_some(), "{kind:?}");
        let nothing = Database::read(kind, "x", b"hello");
        assert!(
            nothing.trouble.is_some() && nothing.records.is_empty(),
            "{kind:?}"
        );
    }
}

#[test]
fn apk_tells_packages_their_sources_and_their_files() {
    let text = b"C:Q1x\nP:libcurl\nV:8.10-r0\nA:x86_64\nI:4096\nL:MIT\no:curl\nF:usr/lib\nM:0:0:0755\nR:libcurl.so.4\n\
                 a:0:0:0755\nZ:Q1y\nF:\nR:top\n\nP:.dbg\nV:2026\nI:0\n\nnonsense\n\nF:usr/bin\nR:nobodys\n\nP:last\nV:1";
    let database = Database::read(Kind::Apk, "x", text);
    assert_eq!(
        told(&database),
        [
            (".dbg", "2026", 0, ""),
            ("last", "1", 0, ""),
            ("libcurl", "8.10-r0", 4096, "curl")
        ]
    );
    assert_eq!(database.records[0].license, "MIT");
    assert_eq!(
        owned(&database),
        [
            ("libcurl", "/top".into()),
            ("libcurl", "usr/lib/libcurl.so.4".into())
        ]
    );
}

#[test]
fn dpkg_tells_packages_their_sources_and_their_files() {
    let text = b"Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36-9)\nVersion: 2.36\n\
                 Installed-Size: 2\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
                 Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n\
                 Package: libc6\nStatus: install ok installed\nArchitecture: i386\nVersion: 2.36\n";
    let mut database = Database::read(Kind::Dpkg, "x", text);
    assert_eq!(
        told(&database),
        [
            ("dpkg", "1", 0, "dpkg"),
            ("libc6", "2.36", 2048, "glibc"),
            ("libc6:i386", "2.36", 0, "libc6")
        ]
    );
    let place = database.place("libc6").unwrap();
    dpkg_list(
        place,
        b"/.\n/usr\n/usr/lib/libc.so.6\n",
        &mut database.owned,
    );
    dpkg_sums(
        place,
        b"d41d8cd98f00b204e9800998ecf8427e  etc/x y\nshort\n",
        &mut database.owned,
    );
    let paths: Vec<String> = owned(&database).into_iter().map(|(_, path)| path).collect();
    assert_eq!(paths, ["/etc/x y", "/usr", "/usr/lib/libc.so.6"]);

    let part = Database::read(
        Kind::DpkgParts,
        "x",
        b"Package: tzdata\nVersion: 2025\n\n\nPackage: base\nVersion: 3\n",
    );
    assert_eq!(
        told(&part),
        [("base", "3", 0, "base"), ("tzdata", "2025", 0, "tzdata")]
    );
}

#[test]
fn documents_tell_licence_supplier_and_url() {
    let apko = br#"{"spdxVersion":"SPDX-2.3","documentDescribes":["SPDXRef-x"],"packages":[
        {"SPDXID":"SPDXRef-up","name":"upstream","versionInfo":"1","externalRefs":[
            {"referenceType":"purl","referenceLocator":"pkg:github/a/b@1"}]},
        {"SPDXID":"SPDXRef-x","name":"nginx","versionInfo":"1.27-r0","licenseDeclared":"BSD-2-Clause",
         "supplier":"Organization: Chainguard, Inc.","externalRefs":[
            {"referenceType":"purl","referenceLocator":"pkg:apk/wolfi/nginx@1.27-r0?arch=x86_64"}]}]}"#;
    let listed = document(apko).unwrap();
    assert_eq!(
        (listed.name.as_str(), listed.version.as_str()),
        ("nginx", "1.27-r0")
    );
    assert_eq!(listed.supplier, "Chainguard, Inc.");
    assert_eq!(listed.purl, "pkg:apk/wolfi/nginx@1.27-r0?arch=x86_64");
    let plain =
        br#"{"packages":[{"name":"a","supplier":"NOASSERTION","originator":"Person: Me"}]}"#;
    assert_eq!(document(plain).unwrap().supplier, "Me");
    for bad in [
        &b"{}"[..],
        b"",
        b"[1]",
        br#"{"packages":[]}"#,
        br#"{"packages":7}"#,
    ] {
        assert_eq!(document(bad), None);
    }
    let names = ["curl-8.10.1-r0.spdx.json", "README", "zlib.spdx.json"];
    let named = Database::of_documents("/var/lib/db/sbom", names.into_iter());
    assert_eq!(told(&named), [("curl", "8.10.1-r0", 0, "")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Damaged files cost neither a panic nor more than they hold.
    #[test]
    fn damage_is_survived(which in 0..3usize, damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40), cut in any::<prop::sample::Index>()) {
        let (kind, mut bytes) = stores()[which].clone();
        for (at, byte) in damage {
            // Most of what steers a reader stands in the first pages.
            let at = if byte & 1 == 0 { at.index(bytes.len()) } else { at.index(bytes.len().min(9000)) };
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()).max(bytes.len() / 2));
        let read = Database::read(kind, "x", &bytes);
        prop_assert!(read.owned.iter().all(|(place, _)| place < read.records.len()));
    }

    #[test]
    fn any_text_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for kind in [Kind::Apk, Kind::Dpkg, Kind::DpkgParts, Kind::RpmSqlite, Kind::RpmNdb, Kind::RpmBdb] {
            Database::read(kind, "x", &bytes);
        }
        document(&bytes);
    }
}
