//! Which packages are meant: names, names that people know, toolkits, and what was installed last time.

use crate::cli::output::Printer;
use crate::config::Config;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::change::bare;
use crate::domain::packages::names::toolkits;
use crate::domain::packages::remembered::family_of;
use crate::domain::packages::{ALL, Stock, Why};
use crate::domain::text::clean;

use super::place::{Work, memory};

/// The packages that `names` mean to the twin's manager: a command or a package of another distribution is put
/// into the manager's own words, and that is said. What nothing is known of stays as it is: the manager tells.
pub(in crate::cli) fn meant(printer: &Printer, stock: &Stock, names: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        let meant = other_name(stock, name).inspect(|(package, why)| {
            printer.note(&format!("{name}: {package} is meant ({why})"));
        });
        let meant = meant.map_or_else(|| name.clone(), |(package, _)| package);
        if !all.contains(&meant) {
            all.push(meant);
        }
    }
    all
}

/// What `name` is called here, and why; none when a package has that very name, or nothing is known of it.
fn other_name(stock: &Stock, name: &str) -> Option<(String, String)> {
    let plain = bare(name);
    let is_here = stock.installed.packages.contains_key(plain);
    if is_here || stock.catalogue.get(plain).is_some() {
        return None;
    }
    let manager = stock.manager.id();
    let found = stock.catalogue.exactly(manager, name, &stock.installed);
    let best = found.into_iter().next()?;
    let why = match best.why {
        Why::Provides(what) => format!("it provides {}", clean(&what)),
        Why::Known(known) => known.reason.clone(),
        Why::Exact | Why::Name | Why::Description | Why::Fuzzy => return None,
    };
    Some((best.package.name, why))
}

/// Fails on a toolkit that no manager has, before anything is made.
pub(super) fn toolkits_exist(config: &Config, asked: &[String]) -> Result<()> {
    let managers = ALL.iter();
    let mut names: Vec<String> = managers
        .flat_map(|manager| toolkits(manager.id(), &config.toolkits))
        .map(|kit| kit.name)
        .collect();
    names.sort();
    names.dedup();
    match asked.iter().find(|name| !names.contains(name)) {
        None => Ok(()),
        Some(name) => Err(
            Error::new(ErrorKind::Usage, format!("there is no toolkit {name:?}")).hint(format!(
                "toolkits: {}; [toolkits] in config.toml adds more",
                names.join(", ")
            )),
        ),
    }
}

/// The packages of toolkits; those that the manager does not have are left out, and said.
pub(super) fn of_toolkits(work: &Work<'_>, stock: &Stock, asked: &[String]) -> Result<Vec<String>> {
    let manager = stock.manager.id();
    let kits = toolkits(manager, &work.config.toolkits);
    let mut all = Vec::new();
    for name in asked {
        let kit = kits.iter().find(|kit| kit.name == *name).ok_or_else(|| {
            let message = format!("the toolkit {name} has no packages for {manager}");
            Error::new(ErrorKind::Usage, message)
        })?;
        // Nothing is known of what can be had: the manager tells.
        if stock.catalogue.is_empty() {
            all.extend(kit.packages.iter().cloned());
            continue;
        }
        let parts = stock.catalogue.parts(manager, &kit.packages);
        for package in &parts.absent {
            let line = format!("{package} of the toolkit {name} is in no repository: left out");
            work.context.printer.note(&line);
        }
        all.extend(parts.present);
    }
    Ok(all)
}

/// What was installed last time with images of the same family.
pub(super) fn again(work: &Work<'_>) -> Result<Vec<String>> {
    let (image, manager) = (&work.known.twin.plan.image, work.desk.manager.id());
    let family = family_of(image);
    let kept = memory().load();
    let names = kept.names(family, manager);
    if names.is_empty() {
        let message =
            format!("nothing was installed before by {manager} with images of the family {family}");
        return Err(Error::new(ErrorKind::Usage, message).hint("name the packages"));
    }
    Ok(names.to_vec())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::packages::{Catalogue, Installed, Package};

    #[test]
    fn what_a_package_provides_stands_for_it_with_its_kind_and_without() {
        let package = |name: &str, provides: &[&str]| Package {
            name: name.into(),
            version: "1-r0".into(),
            provides: provides.iter().map(|&p| p.into()).collect(),
            ..Package::default()
        };
        let packages = [
            package("bind-tools", &["cmd:dig"]),
            package("libcurl", &["so:libcurl.so.4"]),
            package("libc6", &[]),
        ];
        let stock = Stock {
            manager: ALL[0],
            catalogue: Arc::new(Catalogue::new(packages, &str::cmp)),
            installed: Installed::default(),
            troubles: Vec::new(),
        };
        let meant = |name| other_name(&stock, name).map(|(package, _)| package);
        // The database of what is installed knows packages alone: one asked for otherwise would read as missed.
        for name in ["cmd:dig", "dig"] {
            assert_eq!(meant(name).as_deref(), Some("bind-tools"), "{name}");
        }
        assert_eq!(meant("so:libcurl.so.4").as_deref(), Some("libcurl"));
        for name in ["libc6", "libc6:i386", "cmd:nope"] {
            assert_eq!(meant(name), None, "{name}");
        }
    }
}
