//! The lab of a lesson: images, volumes, containers and files that are made for it, and removed after it.
//!
//! Every image carries the lab's labels, and with that whatever is built or run from it: so what the person makes of
//! them is found and removed, too. `{lab}` stands for the lab's name in every text.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What is made for a lesson. Beside it there is always the pair `{lab}/web:latest` and `{lab}/web:latest-dev`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lab {
    /// Images, in the order in which they are built; one may stand on another.
    #[serde(rename = "image")]
    pub images: Vec<LabImage>,
    /// Names of volumes; `data` becomes `{lab}-data`.
    pub volumes: Vec<String>,
    /// Containers, started in this order.
    #[serde(rename = "container")]
    pub containers: Vec<LabContainer>,
    /// Files in the folder that the person works in: path → content.
    pub files: BTreeMap<String, String>,
}

/// An image of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabImage {
    /// Its name below the lab's: `shop:1` becomes `{lab}/shop:1`.
    pub name: String,
    /// The Dockerfile. In it `{loader}` stands for the path at which the dynamic program looks for its loader.
    pub dockerfile: String,
    /// What `COPY` finds: path → content.
    #[serde(default)]
    pub files: BTreeMap<String, Content>,
}

/// What a file of an image holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// A text.
    Text(String),
    /// A program of devtwin's own.
    Program(Program),
}

/// A program that devtwin brings along.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Which.
    pub program: ProgramName,
    /// The processor that its head claims to be for (`arm64`, …), so that the kernel refuses it; none for the right one.
    #[serde(default)]
    pub claims: Option<String>,
}

/// Programs that devtwin brings along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramName {
    /// The lab app, static: serves HTTP, writes files, obeys or ignores signals, as its arguments say.
    Web,
    /// The same, dynamic: needs a loader and libraries.
    WebDynamic,
    /// The loader of dynamic programs, as this machine has it.
    Loader,
}

/// A container of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabContainer {
    /// `web` becomes `{lab}-web`.
    pub name: String,
    /// An image of the lab: `web:latest` is `{lab}/web:latest`.
    pub image: String,
    /// What stands behind the image in `docker run`.
    #[serde(default)]
    pub args: Vec<String>,
    /// `NAME=VALUE`.
    #[serde(default)]
    pub env: Vec<String>,
    /// `volume:/path`, a volume of the lab by its short name.
    #[serde(default)]
    pub mounts: Vec<String>,
    /// `UID[:GID]` or a name, in place of the image's.
    #[serde(default)]
    pub user: Option<String>,
    /// `none` or `host`, in place of the engine's own network.
    #[serde(default)]
    pub network: Option<String>,
    /// `always`, `on-failure`, …
    #[serde(default)]
    pub restart: Option<String>,
    /// The root is read-only.
    #[serde(default)]
    pub read_only: bool,
    /// It is made but not started.
    #[serde(default)]
    pub created: bool,
}

/// The names and words of one run of a lab.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The lab's name: `lab`, or `lab2` where that is taken.
    pub lab: String,
    /// The words that were drawn for this run: name → word.
    pub tokens: BTreeMap<String, String>,
}

impl Names {
    /// The text with `{lab}` and `{token:NAME}` replaced; other braces stay as they are.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = text.replace("{lab}", &self.lab);
        for (name, word) in &self.tokens {
            filled = filled.replace(&format!("{{token:{name}}}"), word);
        }
        filled
    }

    /// The whole name of a container or volume: `web` is `lab-web`.
    pub fn whole(&self, short: &str) -> String {
        format!("{}-{short}", self.lab)
    }

    /// The name in the lab of a container or volume; the name itself when it has none there.
    pub fn short<'a>(&self, whole: &'a str) -> &'a str {
        let behind = whole.strip_prefix(self.lab.as_str());
        let behind = behind.and_then(|behind| behind.strip_prefix('-'));
        behind.unwrap_or(whole)
    }

    /// The reference of an image: `web:latest` is `lab/web:latest`.
    pub fn image(&self, short: &str) -> String {
        format!("{}/{short}", self.lab)
    }

    /// The name in the lab of an image; the reference itself when it has none there.
    pub fn short_image<'a>(&self, reference: &'a str) -> &'a str {
        let behind = reference.strip_prefix(self.lab.as_str());
        let behind = behind.and_then(|behind| behind.strip_prefix('/'));
        behind.unwrap_or(reference)
    }
}

/// What the lab's dev image stands on: where its shell and its package manager come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// An image with a shell and `apk` that is here, or is pulled on the person's yes: a real one.
    Image(String),
    /// The busybox of this machine and a stand-in for `apk`, which says that it is one.
    Own,
}

/// Something that the lab can stand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedBase {
    /// What.
    pub base: Base,
    /// Whether nothing has to be fetched.
    pub here: bool,
}

/// A lab that is ready to be worked in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Its names and words.
    pub names: Names,
    /// The folder that the person works in, on this machine.
    pub work: String,
    /// What its dev image stands on.
    pub base: Base,
}
