use super::*;
use crate::domain::packages::database::Kind;

fn database(kind: Kind, records: &[(&str, &str, &str, u64)]) -> Database {
    let mut database = Database::read(kind, "/db", b"");
    database.records = records
        .iter()
        .map(|(name, version, origin, size)| Record {
            name: (*name).into(),
            version: (*version).into(),
            origin: (*origin).into(),
            size: *size,
            ..Record::default()
        })
        .collect();
    database
}

/// Sign, name, versions, and `>` where the left one is newer.
fn told(rows: &[PackageRow]) -> Vec<String> {
    let side = |v: &Option<Version>| {
        v.as_ref()
            .map_or("-".into(), |v| format!("{} {}", v.name, v.version))
    };
    let newer = |row: &PackageRow| match row.newer {
        Some(Newer::Left) => " >",
        Some(Newer::Right) => " <",
        None => "",
    };
    let rows = rows.iter();
    rows.map(|row| {
        format!(
            "{} {} | {}{}",
            row.change.sign(),
            side(&row.left),
            side(&row.right),
            newer(row)
        )
    })
    .collect()
}

#[test]
fn packages_are_paired_by_name_and_what_is_left_by_its_source() {
    let left = database(
        Kind::Apk,
        &[
            ("zlib", "1.3-r0", "zlib", 10),
            ("python-3.13", "3.13.7-r0", "python-3.13", 100),
            ("libssl3", "3.4-r1", "openssl", 7),
            ("curl", "8.10-r0", "curl", 3),
            ("only", "1-r0", "only", 5),
        ],
    );
    let right = database(
        Kind::Apk,
        &[
            ("zlib", "1.3-r0", "zlib", 10),
            ("python-3.14", "3.14.0-r0", "python-3.14", 120),
            ("python-3.14-dev", "3.14.0-r0", "python-3.14", 50),
            ("libssl4", "4.0-r0", "openssl", 8),
            ("curl", "8.9-r9", "curl", 3),
            ("bash", "5.2-r0", "bash", 900),
        ],
    );
    let rows = rows(Some(&left), Some(&right));
    assert_eq!(
        told(&rows),
        [
            "+ - | bash 5.2-r0",
            "~ curl 8.10-r0 | curl 8.9-r9 >",
            "~ libssl3 3.4-r1 | libssl4 4.0-r0 <",
            "- only 1-r0 | -",
            "~ python-3.13 3.13.7-r0 | python-3.14 3.14.0-r0 <",
            "+ - | python-3.14-dev 3.14.0-r0",
            "  zlib 1.3-r0 | zlib 1.3-r0",
        ]
    );
    let growth: Vec<i64> = rows.iter().map(PackageRow::growth).collect();
    assert_eq!(growth, [900, 0, 1, -5, 20, 50, 0]);
    let source = Source::of(Some(&left), None);
    assert_eq!(
        (source.kind.as_str(), source.count, source.size),
        ("apk", 5, 125)
    );
}

#[test]
fn versions_of_different_managers_are_not_ordered() {
    let left = database(Kind::Apk, &[("bash", "5.2-r0", "bash", 1)]);
    let right = database(Kind::Dpkg, &[("bash", "5.1-2", "bash", 1)]);
    let rows = rows(Some(&left), Some(&right));
    assert_eq!(told(&rows), ["~ bash 5.2-r0 | bash 5.1-2"]);
}

#[test]
fn one_without_a_database_has_no_packages() {
    let right = database(Kind::Apk, &[("bash", "5.2-r0", "bash", 1)]);
    assert_eq!(told(&rows(None, Some(&right))), ["+ - | bash 5.2-r0"]);
    assert!(rows(None, None).is_empty());
    let source = Source::of(None, Some("no database".into()));
    assert_eq!(
        (source.kind.as_str(), source.trouble.as_deref()),
        ("", Some("no database"))
    );
}
