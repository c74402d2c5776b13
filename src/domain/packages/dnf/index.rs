//! `primary.xml`, the index of an rpm repository: what createrepo writes, and dnf and microdnf keep.
//!
//! No XML reader of its own right: the file has one form, a tag at a time, without comments or sections of raw
//! text. What does not fit is left out.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read as _};

use flate2::bufread::MultiGzDecoder;

use super::super::{Package, read};

/// Bytes up to the end of a tag that are kept: descriptions are the longest texts, and none is used.
const TAG: usize = 64 * 1024;
/// Packages that are read: Fedora has 80,000.
const PACKAGES: usize = 400_000;
/// Names in one list of a package.
const NAMES: usize = 2000;
/// Bytes that all of an index may take when it is kept.
const KEPT: usize = 256 * 1024 * 1024;
/// Bytes that are unpacked: Fedora has a third of it.
const UNPACKED: u64 = 1024 * 1024 * 1024;

/// Where programs lie.
const PROGRAMS: [&str; 4] = ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"];

/// Reads indexes, one after another, as text or packed with gzip.
pub(super) fn index(from: &mut dyn BufRead, each: &mut dyn FnMut(Package)) -> io::Result<()> {
    if from.fill_buf()?.first() == Some(&0x1f) {
        return packages(
            &mut BufReader::new(MultiGzDecoder::new(from).take(UNPACKED)),
            each,
        );
    }
    packages(from, each)
}

/// A package on the way.
#[derive(Default)]
struct Open {
    package: Package,
    architecture: String,
    provides: BTreeSet<String>,
    list: List,
    kept: usize,
}

/// The list that an entry belongs to.
#[derive(Default, Clone, Copy)]
enum List {
    Provides,
    Requires,
    #[default]
    Other,
}

fn packages(from: &mut dyn BufRead, each: &mut dyn FnMut(Package)) -> io::Result<()> {
    let (mut piece, mut open) = (Vec::new(), None::<Open>);
    let (mut count, mut kept) = (0, 0);
    while read::line(from, &mut piece, b'>', TAG)? {
        let piece = String::from_utf8_lossy(&piece);
        let Some((text, tag)) = piece.split_once('<') else {
            continue;
        };
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        if name == "package" {
            open = Some(Open::default());
        } else if name == "/package" {
            let Some(done) = open.take() else { continue };
            kept += done.kept;
            let is_sound = read::is_name(&done.package.name) && !done.package.version.is_empty();
            if is_sound && done.architecture != "src" && count < PACKAGES && kept < KEPT {
                count += 1;
                each(done.finish());
            }
        } else if let Some(open) = &mut open {
            open.tag(text, name, attributes);
        }
    }
    Ok(())
}

impl Open {
    fn tag(&mut self, text: &str, name: &str, attributes: &str) {
        let value = |name| attribute(attributes, name).unwrap_or_default();
        match name {
            "/name" => self.package.name = plain(text),
            "/arch" => self.architecture = plain(text),
            "/summary" => self.package.description = self.keep(plain(text)),
            "/rpm:license" => self.package.license = self.keep(plain(text)),
            "version" => self.package.version = evr(&value("epoch"), &value("ver"), &value("rel")),
            "size" => {
                self.package.download = read::number(&value("package"), 1);
                self.package.size = read::number(&value("installed"), 1);
            }
            "rpm:provides" => self.list = List::Provides,
            "rpm:requires" => self.list = List::Requires,
            "/rpm:provides" | "/rpm:requires" => self.list = List::Other,
            "rpm:entry" => self.entry(&value("name"), attributes),
            "/file" => {
                let command = PROGRAMS.iter().find_map(|dir| text.strip_prefix(dir));
                if let Some(command) = command.filter(|name| !name.contains('/')) {
                    self.provides(format!("cmd:{}", plain(command)));
                }
            }
            _ => {}
        }
    }

    fn entry(&mut self, name: &str, attributes: &str) {
        match self.list {
            // `libcurl.so.4()(64bit)` and `libz.so.1(ZLIB_1.2)(64bit)`: the library is meant.
            List::Provides if name == self.package.name => {}
            List::Provides => {
                let library = name.split('(').next().filter(|name| name.contains(".so"));
                self.provides(library.map_or(name.to_owned(), |library| format!("so:{library}")));
            }
            List::Requires if !name.starts_with("rpmlib(") && !name.is_empty() => {
                let needed = match sign(&attribute(attributes, "flags").unwrap_or_default()) {
                    Some(sign) => {
                        let value = |name| attribute(attributes, name).unwrap_or_default();
                        let version = evr(&value("epoch"), &value("ver"), &value("rel"));
                        format!("{name} {sign} {version}")
                    }
                    None => name.to_owned(),
                };
                if self.package.depends.len() < NAMES {
                    let needed = self.keep(needed);
                    self.package.depends.push(needed);
                }
            }
            List::Requires | List::Other => {}
        }
    }

    fn provides(&mut self, name: String) {
        if self.provides.len() < NAMES {
            let name = self.keep(name);
            self.provides.insert(name);
        }
    }

    fn keep(&mut self, text: String) -> String {
        self.kept += text.len();
        text
    }

    fn finish(mut self) -> Package {
        self.package.provides = self.provides.into_iter().collect();
        self.package
    }
}

/// `[epoch:]version[-release]`; the epoch 0 is none.
pub(super) fn evr(epoch: &str, version: &str, release: &str) -> String {
    let epoch = match epoch {
        "" | "0" | "(none)" => String::new(),
        epoch => format!("{epoch}:"),
    };
    let release = match release {
        "" => String::new(),
        release => format!("-{release}"),
    };
    format!("{epoch}{version}{release}")
}

fn sign(flags: &str) -> Option<&'static str> {
    Some(match flags {
        "EQ" => "=",
        "LT" => "<",
        "LE" => "<=",
        "GT" => ">",
        "GE" => ">=",
        _ => return None,
    })
}

/// The value of `name="…"` or `name='…'`.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        let (key, after) = rest.split_once('=')?;
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after[1..].split_once(quote)?;
        if key.trim() == name {
            return Some(plain(value));
        }
        rest = after;
    }
}

/// Text with its marks (`&lt;`) read; a mark that is not known stays as it is.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.trim();
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let mark = after
            .split_once(';')
            .and_then(|(mark, after)| Some((character(mark)?, after)));
        if let Some((c, after)) = mark {
            plain.push(c);
            rest = after;
        } else {
            plain.push('&');
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

fn character(mark: &str) -> Option<char> {
    Some(match mark {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        mark => {
            let number = mark.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    })
}
