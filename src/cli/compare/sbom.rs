//! Lists of packages for other programs: a file, a folder, or stdout.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::domain::compare::sbom::{Part, csv, parts};
use crate::domain::compare::{Packages, Side};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::database::{Document, Listed, document};
use crate::domain::text::clean;
use crate::ops::compare::sbom::documents;
use crate::ops::compare::{Asked, Given, compare};

use super::{Form, Verb};
use crate::cli::output::told;

/// The document of `--sbom json`.
#[derive(Debug, Serialize)]
struct List<'a> {
    schema: &'static str,
    left: &'a Side,
    right: &'a Side,
    packages: &'a [Part],
}

/// Writes the list or the documents of both sides to `output`; `-` is stdout.
pub(super) async fn write(
    verb: &Verb<'_>,
    given: [Given; 2],
    asked: &Asked,
    form: Form,
    output: &Path,
) -> Result<u8> {
    let stdout = output == Path::new("-");
    if form == Form::Spdx && stdout && io::stdout().is_terminal() {
        let message = "a tar archive is nothing for a terminal";
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("--output FOLDER, or a pipe: … --sbom spdx | tar t"));
    }
    let names = given.each_ref().map(|given| given.role.word());
    let found = documents(verb.engine, verb.session, given.clone(), verb.cancel).await?;
    if form == Form::Spdx {
        return spdx(verb, names, &found, output);
    }
    let compared = compare(
        verb.engine,
        verb.session,
        given,
        asked,
        &|_| {},
        verb.sink,
        verb.cancel,
    );
    let report = Box::pin(compared).await?.report;
    let nothing = Packages::default();
    let packages = report.packages.as_ref().unwrap_or(&nothing);
    let listed: Vec<Listed> = found
        .iter()
        .flatten()
        .filter_map(|d| document(&d.content))
        .collect();
    let parts = parts(packages, &listed);
    let text = match form {
        Form::Csv => csv(&parts),
        Form::Spdx | Form::Json => {
            let list = List {
                schema: "devtwin.sbom/1",
                left: &report.left,
                right: &report.right,
                packages: &parts,
            };
            if stdout {
                verb.printer.passing("");
                crate::cli::output::raw_document(&list)?;
                return Ok(0);
            }
            serde_json::to_string_pretty(&list).map_err(|e| failed("the list is no JSON", &e))?
                + "\n"
        }
    };
    verb.printer.passing("");
    if stdout {
        crate::cli::output::print(&text)?;
    } else {
        fs::write(output, text).map_err(|e| unwritable(output, &e))?;
        verb.printer.note(&format!(
            "{} packages written to {}",
            parts.len(),
            output.display()
        ));
    }
    Ok(0)
}

/// The documents below a folder for each side: in a folder, or as a tar on stdout.
fn spdx(
    verb: &Verb<'_>,
    names: [&str; 2],
    found: &[Vec<Document>; 2],
    output: &Path,
) -> Result<u8> {
    let mut files: BTreeMap<String, &[u8]> = BTreeMap::new();
    for (name, documents) in names.into_iter().zip(found) {
        for document in documents {
            files.insert(
                format!("{name}/{}", harmless(&document.name)),
                &document.content,
            );
        }
    }
    verb.printer.passing("");
    if files.is_empty() {
        let message = "neither of both has SPDX documents in /var/lib/db/sbom";
        return Err(Error::new(ErrorKind::NoTarget, message)
            .hint("--sbom csv and --sbom json list what the package databases know"));
    }
    if output == Path::new("-") {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, content) in &files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            let added = archive.append_data(&mut header, name, *content);
            added.map_err(|e| failed("no archive can be made", &e))?;
        }
        let bytes = archive.into_inner();
        let bytes = bytes.map_err(|e| failed("no archive can be made", &e))?;
        let mut out = io::stdout().lock();
        told(out.write_all(&bytes).and_then(|()| out.flush()))?;
        return Ok(0);
    }
    for (name, content) in &files {
        let path = output.join(name);
        let parent = path.parent().unwrap_or(output);
        fs::create_dir_all(parent).map_err(|e| unwritable(parent, &e))?;
        fs::write(&path, content).map_err(|e| unwritable(&path, &e))?;
    }
    let words = format!(
        "{} SPDX documents written below {}",
        files.len(),
        output.display()
    );
    verb.printer.note(&words);
    Ok(0)
}

/// A name of a container's file as a name of ours.
fn harmless(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+~-".contains(c);
    name.chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect()
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    let message = format!(
        "{} cannot be written: {error}",
        clean(&path.display().to_string())
    );
    Error::new(ErrorKind::Usage, message).hint("name another place with --output")
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, format!("{what}: {error}"))
}
