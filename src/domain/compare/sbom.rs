//! One list of the packages of both, for other programs: CSV and JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Change, Packages};
use crate::domain::packages::database::Listed;

/// A package of the merged list: of one side or of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// `left`, `right` or `both`.
    pub sides: &'static str,
    /// Bytes on disk; 0 when not known.
    pub size: u64,
    /// Licence; empty when not known.
    pub license: String,
    /// Source package; empty when not known.
    pub origin: String,
    /// Who made it, as its SBOM says; empty when not known.
    pub supplier: String,
    /// Package URL, as its SBOM says; empty when not known.
    pub purl: String,
}

/// The list, sorted by name and version; `documents` add what the databases do not know.
pub fn parts(packages: &Packages, documents: &[Listed]) -> Vec<Part> {
    let documents: BTreeMap<(&str, &str), &Listed> = documents
        .iter()
        .map(|d| ((d.name.as_str(), d.version.as_str()), d))
        .collect();
    let mut parts = Vec::new();
    for row in &packages.rows {
        let versions = match row.change {
            Change::Same => vec![(&row.left, "both")],
            Change::OnlyLeft | Change::OnlyRight | Change::Changed => {
                vec![(&row.left, "left"), (&row.right, "right")]
            }
        };
        for (version, sides) in versions {
            let Some(version) = version else { continue };
            let listed = documents.get(&(version.name.as_str(), version.version.as_str()));
            let of =
                |text: fn(&Listed) -> &String| listed.map(|l| text(l).clone()).unwrap_or_default();
            let license = if version.license.is_empty() {
                of(|l| &l.license)
            } else {
                version.license.clone()
            };
            parts.push(Part {
                name: version.name.clone(),
                version: version.version.clone(),
                sides,
                size: version.size,
                license,
                origin: version.origin.clone(),
                supplier: of(|l| &l.supplier),
                purl: of(|l| &l.purl),
            });
        }
    }
    parts.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    parts
}

/// The list as RFC 4180 has it, with a line of names before. What a spreadsheet would take for a formula gets a `'` before it: the
/// text is that of images.
pub fn csv(parts: &[Part]) -> String {
    let mut text = String::from("name,version,sides,size,license,origin,supplier,purl\r\n");
    for part in parts {
        let size = part.size.to_string();
        let fields = [
            &part.name,
            &part.version,
            part.sides,
            &size,
            &part.license,
            &part.origin,
            &part.supplier,
            &part.purl,
        ];
        let fields: Vec<String> = fields.into_iter().map(quoted).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let field = if formula {
        format!("'{field}")
    } else {
        field.to_owned()
    };
    if field.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}

#[cfg(test)]
mod tests {
    use super::super::packages::{PackageRow, Version};
    use super::*;

    #[test]
    fn the_list_has_each_version_once_and_is_safe_in_a_spreadsheet() {
        let version = |name: &str, version: &str| Version {
            name: name.into(),
            version: version.into(),
            size: 7,
            ..Version::default()
        };
        let row = |change: Change, left: Option<Version>, right: Option<Version>| PackageRow {
            name: "x".into(),
            change,
            newer: None,
            left,
            right,
        };
        let packages = Packages {
            rows: vec![
                row(
                    Change::Changed,
                    Some(version("zlib", "1")),
                    Some(version("zlib", "2")),
                ),
                row(
                    Change::Same,
                    Some(version("a", "1")),
                    Some(version("a", "1")),
                ),
                row(Change::OnlyRight, None, Some(version("=cmd()", "1,\"2\""))),
            ],
            ..Packages::default()
        };
        let documents = [Listed {
            name: "a".into(),
            version: "1".into(),
            license: "MIT".into(),
            supplier: "Me, Inc.".into(),
            purl: "pkg:apk/wolfi/a@1".into(),
        }];
        let parts = parts(&packages, &documents);
        assert_eq!(
            csv(&parts),
            "name,version,sides,size,license,origin,supplier,purl\r\n\
             '=cmd(),\"1,\"\"2\"\"\",right,7,,,,\r\n\
             a,1,both,7,MIT,,\"Me, Inc.\",pkg:apk/wolfi/a@1\r\n\
             zlib,1,left,7,,,,\r\n\
             zlib,2,right,7,,,,\r\n"
        );
    }
}
