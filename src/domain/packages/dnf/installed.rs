//! What rpm's database says, and who asked for it.

use std::collections::BTreeMap;

use super::super::{Here, Installed, read};

/// The database. rpm knows not who asked for what: that is in dnf's history, whose reading takes dnf a second,
/// before and after every change. So all packages count as asked for.
pub(super) const QUERY: &str =
    r"exec rpm -qa --qf '%{NAME}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SIZE}\n'";

/// Packages that are read.
const PACKAGES: usize = 100_000;

/// Reads what [`QUERY`] prints. Of several architectures of a name, which only libraries have, the one that most
/// packages are of keeps the name, and others are `name.architecture`; of several versions, which only kernels
/// have, the last one stands. Keys, which rpm lists as packages, are left out.
pub(super) fn installed(printed: &[u8]) -> Installed {
    let text = String::from_utf8_lossy(printed);
    let rows = text.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        let (name, version, architecture) = (fields.next()?, fields.next()?, fields.next()?);
        let size = read::number(fields.next()?, 1);
        let is_sound = read::is_name(name) && name != "gpg-pubkey";
        is_sound.then_some((name, version, architecture, size))
    });
    let rows: Vec<_> = rows.take(PACKAGES).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, _, architecture, _) in &rows {
        *count.entry(architecture).or_default() += usize::from(*architecture != "noarch");
    }
    let native = count
        .iter()
        .max_by_key(|(_, count)| **count)
        .map(|(a, _)| *a);
    let mut installed = Installed::default();
    for (name, version, architecture, size) in rows {
        let is_own = architecture == "noarch" || Some(architecture) == native;
        let name = if is_own {
            name.to_owned()
        } else {
            format!("{name}.{architecture}")
        };
        let here = Here {
            version: version.strip_prefix("0:").unwrap_or(version).to_owned(),
            size,
            explicit: true,
            broken: None,
        };
        installed.packages.insert(name, here);
    }
    installed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_versions_and_foreign_architectures_are_told() {
        let text = b"bash\t0:5.1.8-9.el9\tx86_64\t7738634\nglibc\t0:2.34-100.el9\tx86_64\t1\nglibc\t0:2.34-100.el9\ti686\t2\n\
                     openssl\t1:3.0.7-24.el9\tx86_64\t3\ntzdata\t0:2024a-1.el9\tnoarch\t4\n\
                     gpg-pubkey\t0:fd431d51-4ae0493b\t(none)\t0\nbad line\n\xff\t1\t2\t3\n";
        let installed = installed(text).packages;
        let told: Vec<_> = installed
            .iter()
            .map(|(n, h)| (n.as_str(), h.version.as_str(), h.size))
            .collect();
        assert_eq!(
            told,
            [
                ("bash", "5.1.8-9.el9", 7_738_634),
                ("glibc", "2.34-100.el9", 1),
                ("glibc.i686", "2.34-100.el9", 2),
                ("openssl", "1:3.0.7-24.el9", 3),
                ("tzdata", "2024a-1.el9", 4),
            ]
        );
    }
}
