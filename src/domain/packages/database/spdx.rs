//! Documents of SPDX 2.3 as images carry them, one for each package (domain.md §4).

use serde_json::Value;

/// Bytes of a document that is read: real ones have a tenth.
pub const DOCUMENT: usize = 4 << 20;
/// Packages of a document that are looked at.
const PACKAGES: usize = 10_000;

/// A document, as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its file's name.
    pub name: String,
    /// All of it.
    pub content: Vec<u8>,
}

/// A package of a list that is merged from all that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Licence as declared.
    pub license: String,
    /// Who made it.
    pub supplier: String,
    /// Its package URL.
    pub purl: String,
}

/// The package that a document of apko's sort describes: the first with a `pkg:apk/` or `pkg:deb/` URL, else the first that
/// the document says it describes, else the first. None when it is no such document.
pub fn document(content: &[u8]) -> Option<Listed> {
    let document: Value = serde_json::from_slice(content).ok()?;
    let packages = document.get("packages")?.as_array()?;
    let packages = packages.get(..packages.len().min(PACKAGES))?;
    let described = document
        .pointer("/documentDescribes/0")
        .and_then(Value::as_str);
    let is_described = |package: &&Value| {
        described.is_some() && package.get("SPDXID").and_then(Value::as_str) == described
    };
    let of_manager = |package: &&Value| {
        let purl = purl(package);
        ["pkg:apk/", "pkg:deb/", "pkg:rpm/"]
            .iter()
            .any(|kind| purl.starts_with(kind))
    };
    let package = packages.iter().find(of_manager);
    let package = package
        .or_else(|| packages.iter().find(is_described))
        .or(packages.first())?;
    let text = |key: &str| {
        let text = package.get(key).and_then(Value::as_str).unwrap_or_default();
        let nothing = matches!(text, "NOASSERTION" | "NONE");
        if nothing {
            String::new()
        } else {
            text.to_owned()
        }
    };
    Some(Listed {
        name: text("name"),
        version: text("versionInfo"),
        license: text("licenseDeclared"),
        supplier: bare(&text("supplier"))
            .or_else(|| bare(&text("originator")))
            .unwrap_or_default(),
        purl: purl(package).to_owned(),
    })
}

/// A supplier without the word for what it is: `Organization: Chainguard, Inc`.
fn bare(text: &str) -> Option<String> {
    let bare = text.split_once(": ").map_or(text, |(_, name)| name);
    (!bare.is_empty()).then(|| bare.to_owned())
}

fn purl(package: &Value) -> &str {
    let references = package.get("externalRefs").and_then(Value::as_array);
    let mut purls = references
        .into_iter()
        .flatten()
        .filter(|reference| reference.get("referenceType").and_then(Value::as_str) == Some("purl"));
    let first = purls
        .next()
        .and_then(|reference| reference.get("referenceLocator"));
    first.and_then(Value::as_str).unwrap_or_default()
}
