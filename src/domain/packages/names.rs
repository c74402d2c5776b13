//! Names that people know, and the packages that they mean: assets/packages.toml.

use std::collections::BTreeMap;

/// A name that people know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// As it is typed: a command, or a package of another distribution.
    pub name: String,
    /// The packages of this manager that are meant.
    pub packages: Vec<String>,
    /// Why, in words.
    pub reason: String,
}

/// A named set of tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolkit {
    /// Its name: `net`.
    pub name: String,
    /// What it is for, in words.
    pub title: String,
    /// Its packages.
    pub packages: Vec<String>,
}

/// What `name` means to a manager; none when it is not in the list.
pub fn known(_manager: &str, _name: &str) -> Option<&'static Known> {
    None
}

/// The toolkits for a manager, `own` ones (name → packages) laid over those of the list.
pub fn toolkits(_manager: &str, own: &BTreeMap<String, Vec<String>>) -> Vec<Toolkit> {
    let own = own.iter().map(|(name, packages)| Toolkit {
        name: name.clone(),
        title: String::new(),
        packages: packages.clone(),
    });
    own.collect()
}
