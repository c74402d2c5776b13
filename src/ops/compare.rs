//! Compare: two images or containers side by side (`domain::compare`), read through the archive endpoint; nothing is run.
//!
//! `sides` finds what is known of each, `roots` streams their files, `which` asks for single programs, `content` reads one file of
//! both, `sbom` what lists of packages can be given out, `verify` runs cosign. An image is read by a container that is created,
//! never started, and removed on every way out.

pub mod content;
mod roots;
pub mod sbom;
mod sides;
pub mod verify;
mod which;

use regex::Regex;
use tokio_util::sync::CancellationToken;

pub use self::sides::{Given, with_dev};

use self::sides::Known;
use super::clean::may_be_left;
use super::inspect::probes::Probes;
use super::unless_cancelled;
use crate::domain::compare::{
    Comparison, Packages, Programs, Trees, config, packages, programs, sizes,
};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::ContainerId;
use crate::domain::twin::Session;
use crate::domain::{Progress, Sink};
use crate::engine::Engine;

/// What is compared.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "parts that may stand beside each other"
)]
pub struct Asked {
    /// Packages.
    pub packages: bool,
    /// Settings.
    pub config: bool,
    /// Layers.
    pub sizes: bool,
    /// All files: takes as long as the engine needs to send both roots.
    pub files: bool,
    /// Programs, by name or path.
    pub which: Vec<String>,
    /// Which packages, settings and paths the report lists, by their names; all without it.
    pub filter: Option<Regex>,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            packages: true,
            config: true,
            sizes: true,
            files: true,
            which: Vec::new(),
            filter: None,
        }
    }
}

/// A comparison, and the trees that a pane walks through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The report.
    pub report: Comparison,
    /// Both trees; none when files were not asked for.
    pub trees: Option<Trees>,
}

/// Compares two sides. What is known before the files are read (packages, configuration, layers, single programs) is given
/// to `early` at once; `session` owns the containers that are made to read images. `sink` hears what is under way, and
/// the bytes of both roots so far.
///
/// # Errors
/// `NoTarget` when an image is not here or a container goes meanwhile; `Engine` when the engine cannot be asked;
/// `Cancelled`. A database that cannot be read is no error: the report says it.
pub async fn compare(
    engine: &dyn Engine,
    session: &Session,
    given: [Given; 2],
    asked: &Asked,
    early: &(dyn Fn(&Comparison) + Send + Sync),
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<Compared> {
    let mut probes = Probes::new(engine, session);
    let case = Case {
        engine,
        asked,
        early,
        sink,
        cancel,
    };
    let compared = Box::pin(case.compare(given, &mut probes)).await;
    let left = probes.remove().await;
    match compared {
        Ok(mut compared) => {
            compared.report.notes.extend(left.first().map(|id| {
                format!(
                    "the container {} that files were read from could not be removed: devtwin clean does it",
                    id.short()
                )
            }));
            Ok(compared)
        }
        Err(error) if left.is_empty() => Err(error),
        Err(error) => Err(may_be_left(error)),
    }
}

struct Case<'a> {
    engine: &'a dyn Engine,
    asked: &'a Asked,
    early: &'a (dyn Fn(&Comparison) + Send + Sync),
    sink: Sink<'a>,
    cancel: &'a CancellationToken,
}

impl Case<'_> {
    async fn compare(&self, given: [Given; 2], probes: &mut Probes<'_>) -> Result<Compared> {
        let [mut left, mut right] = sides::opened(self.engine, given, probes, self.cancel).await?;
        let mut report = unless_cancelled(self.cancel, self.facts(&mut left, &mut right)).await?;
        (self.early)(&report);
        if !self.asked.files {
            return Ok(Compared {
                report,
                trees: None,
            });
        }
        (self.sink)(Progress::Step("reading the files of both".into()));
        // Not given up halfway: see Probes::make.
        let roots = [left.root(probes).await?, right.root(probes).await?];
        let trees = self.trees(left, right, roots, &mut report);
        let trees = unless_cancelled(self.cancel, trees).await?;
        Ok(Compared {
            report,
            trees: Some(trees),
        })
    }

    /// All but the files.
    async fn facts(&self, left: &mut Known, right: &mut Known) -> Result<Comparison> {
        let mut notes = Vec::new();
        // Who brought a file is told of programs and in trees.
        if self.asked.packages || self.asked.files || !self.asked.which.is_empty() {
            (self.sink)(Progress::Step("reading the package databases".into()));
            tokio::try_join!(
                left.read_packages(self.engine),
                right.read_packages(self.engine)
            )?;
        }
        let mut which = Vec::new();
        for name in &self.asked.which {
            which.push(which::which(self.engine, [left, right], name).await?);
        }
        if !left.side.image_id.is_empty()
            && left.side.image_id == right.side.image_id
            && left.side.container.is_none()
            && right.side.container.is_none()
        {
            notes.push("both are the same image".to_owned());
        }
        if !left.side.platform.is_empty()
            && !right.side.platform.is_empty()
            && left.side.platform != right.side.platform
        {
            notes.push(format!(
                "they are made for different platforms, {} and {}: every program differs",
                left.side.platform, right.side.platform
            ));
        }
        let wanted = |name: &str| {
            self.asked
                .filter
                .as_ref()
                .is_none_or(|filter| filter.is_match(name))
        };
        let packages = self.asked.packages.then(|| {
            let mut rows = packages::rows(left.database.as_ref(), right.database.as_ref());
            rows.retain(|row| {
                wanted(&row.name) || row.right.as_ref().is_some_and(|r| wanted(&r.name))
            });
            Packages {
                left: left.source(),
                right: right.source(),
                rows,
            }
        });
        let mut config = Vec::new();
        if self.asked.config {
            config = config::settings(&left.config, &right.config);
            config.retain(|setting| wanted(&setting.what));
        }
        let sizes = self.asked.sizes.then(|| sizes::Sizes {
            shared: sizes::shared(left.layers(), right.layers()),
            left: sizes::layers(left.layers(), left.made()),
            right: sizes::layers(right.layers(), right.made()),
        });
        Ok(Comparison {
            left: left.side.clone(),
            right: right.side.clone(),
            config,
            packages,
            sizes,
            files: None,
            programs: None,
            which,
            content: None,
            verified: None,
            notes,
        })
    }

    /// Reads both roots at once and writes into the report what differs.
    async fn trees(
        &self,
        left: Known,
        right: Known,
        [of_left, of_right]: [ContainerId; 2],
        report: &mut Comparison,
    ) -> Result<Trees> {
        let read = roots::Counted::new(self.sink);
        let (lefts, rights) = tokio::try_join!(
            roots::tree(self.engine, of_left, left.database, &read),
            roots::tree(self.engine, of_right, right.database, &read),
        )?;
        for (tree, side) in [(&lefts, &report.left), (&rights, &report.right)] {
            if tree.left_out() > 0 {
                report.notes.push(format!(
                    "{} names of {} were left out: a comparison holds {} of each",
                    tree.left_out(),
                    side.role.word(),
                    crate::domain::compare::grow::ROWS
                ));
            }
        }
        let filter = self.asked.filter.clone();
        let paths = [&left.config, &right.config].map(|config| programs::search_path(&config.env));
        let work = tokio::task::spawn_blocking(move || {
            let trees = Trees::of(lefts, rights);
            let files =
                trees.summary(&|path| filter.as_ref().is_none_or(|filter| filter.is_match(path)));
            let programs = Programs::of(&trees, &paths[0], &paths[1]);
            (trees, files, programs)
        });
        let (trees, files, programs) = work.await.map_err(|error| broken(&error))?;
        report.files = Some(files);
        report.programs = Some(programs);
        Ok(trees)
    }
}

/// A thread that did not come back.
fn broken(error: &tokio::task::JoinError) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the files could not be compared: {error}"),
    )
}
