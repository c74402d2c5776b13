//! Files of target, twin and images, as a person browses them: one directory, and the pieces of a file that are in sight.
//!
//! The living roots are read through a shell of the twin ([`shell`]): a question costs milliseconds however large the root
//! is, and volumes and memory file systems are there, too. An image has no such shell, and neither has a target that the
//! twin does not see: their root streams by once, of which only what stands where is kept ([`tree`]), and files come by
//! their archive, which is dropped behind the piece that was wanted. Nothing is ever written, and nothing run in a target.

mod carry;
mod list;
mod shell;
mod tree;

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

pub use self::carry::{discard, download, upload};
use self::shell::Shell;
use self::tree::{Source, Tree};
use super::inspect::probes;
use super::unless_cancelled;
use crate::domain::compare::content::{CONTENT, Held, content};
use crate::domain::elf::Capture;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::files::{
    Answer, Ask, ELF_MOST, Entry, Kind, PIECE, Piece, Place, Root, Streamed, last, names,
    owned::Owned,
};
use crate::domain::tar::Flow;
use crate::domain::target::ContainerId;
use crate::domain::twin::Session;
use crate::engine::Engine;

/// Where a twin sees its target's files.
const TARGET: &str = "/target";
/// Most bytes that are kept of a root's passwd and group file.
const ACCOUNTS_MOST: usize = 1 << 20;
/// Symbolic links followed on one path, as the kernel does.
const LINKS_MOST: usize = 40;

/// Where the steps of a long answer are told.
pub type Told<'a> = &'a (dyn Fn(Streamed) + Send + Sync);

/// Whoever answers questions about files, as long as somebody asks.
pub struct Browser {
    place: Place,
    session: Session,
    shell: Option<Shell>,
    /// Whether the shell sees the target's files; none while that is not known.
    sees_target: Option<bool>,
    trees: BTreeMap<Root, Tree>,
    /// Containers of images that were made to be read.
    probes: BTreeMap<Root, ContainerId>,
    /// The passwd and group files that were read.
    accounts: BTreeMap<Root, (String, String)>,
    owned: BTreeMap<Root, Option<Owned>>,
}

/// A question's surroundings.
#[derive(Clone, Copy)]
struct Case<'a> {
    engine: &'a dyn Engine,
    cancel: &'a CancellationToken,
    told: Told<'a>,
}

impl Browser {
    /// One that has not looked yet. `session` makes the containers that are needed to look into images.
    pub fn new(place: Place, session: Session) -> Self {
        Self {
            place,
            session,
            shell: None,
            sees_target: None,
            trees: BTreeMap::new(),
            probes: BTreeMap::new(),
            accounts: BTreeMap::new(),
            owned: BTreeMap::new(),
        }
    }

    /// Answers a question. With `anew` a root that has streamed by does so again, and who owns what is read again.
    ///
    /// # Errors
    /// `NoTarget`: nothing stands at that path. `Engine`: it cannot be read, or the engine cannot be asked. `Cancelled`.
    pub async fn answer(
        &mut self,
        engine: &dyn Engine,
        ask: &Ask,
        anew: bool,
        told: Told<'_>,
        cancel: &CancellationToken,
    ) -> Result<Answer> {
        let case = Case {
            engine,
            cancel,
            told,
        };
        let root = ask.root();
        if anew {
            self.trees.remove(&root);
            self.accounts.remove(&root);
            self.owned.remove(&root);
        }
        match ask {
            Ask::List { root, dir } => self.list(case, *root, dir).await,
            Ask::Piece { root, path, offset } => self.piece(case, *root, path, *offset).await,
            Ask::Elf { root, path } => self.elf(case, *root, path).await,
            Ask::Diff { root, path } => {
                let names = [root.words(), root.other().words()];
                let here = self.held(case, *root, path).await?;
                let there = self.held(case, root.other(), path).await?;
                let path = names::shown(path);
                let work = move || content(&path, names, &here, &there);
                // Whoever draws meanwhile must not wait.
                let told = tokio::task::spawn_blocking(work).await.map_err(|error| {
                    Error::new(
                        ErrorKind::Internal,
                        format!("the files were not compared: {error}"),
                    )
                })?;
                Ok(Answer::Diff(Box::new(told)))
            }
        }
    }

    /// Ends the shell, and removes what was made.
    pub async fn close(mut self, engine: &dyn Engine) {
        if let Some(shell) = self.shell.take() {
            shell.close(engine).await;
        }
        for id in self.probes.values() {
            discard(engine, id).await;
        }
    }

    async fn piece(
        &mut self,
        case: Case<'_>,
        root: Root,
        path: &str,
        offset: u64,
    ) -> Result<Answer> {
        let mut bytes = Vec::new();
        let want = usize::try_from(PIECE).unwrap_or(usize::MAX);
        let mut sink = |more: &[u8]| take(&mut bytes, more, want);
        let size = self.pour(case, root, path, offset, &mut sink).await?;
        // A file of /proc has no size, and a log grows while it is read.
        let size = size.max(offset + bytes.len() as u64);
        Ok(Answer::Piece(Piece {
            offset,
            bytes,
            size,
        }))
    }

    async fn elf(&mut self, case: Case<'_>, root: Root, path: &str) -> Result<Answer> {
        let (_, entry) = self.resolve(case, root, path).await?;
        let size = entry.map_or(0, |entry| entry.size);
        let mut capture = Capture::new(size);
        let mut read = 0;
        let mut sink = |more: &[u8]| {
            read += more.len() as u64;
            if capture.feed(more) && read < ELF_MOST {
                Flow::More
            } else {
                Flow::Enough
            }
        };
        self.pour(case, root, path, 0, &mut sink).await?;
        Ok(Answer::Elf(capture.finish().map(Box::new)))
    }

    /// What a root holds at a path, for a difference.
    async fn held(&mut self, case: Case<'_>, root: Root, path: &str) -> Result<Held> {
        let (path, entry) = match self.resolve(case, root, path).await {
            Ok(led) => led,
            Err(error) if error.kind == ErrorKind::NoTarget => return Ok(Held::Missing),
            Err(error) => return Err(error),
        };
        match entry.map(|entry| entry.kind) {
            Some(Kind::File | Kind::Hardlink(_)) => {}
            Some(Kind::Dir) | None => return Ok(Held::Other("a directory".into())),
            Some(_) => return Ok(Held::Other("no regular file".into())),
        }
        let mut bytes = Vec::new();
        let mut sink = |more: &[u8]| take(&mut bytes, more, CONTENT + 1);
        self.pour(case, root, &path, 0, &mut sink).await?;
        let whole = bytes.len() <= CONTENT;
        bytes.truncate(CONTENT);
        Ok(Held::Bytes(bytes, whole))
    }

    /// The text of a small file; empty when it is not there, or cannot be read.
    async fn text(&mut self, case: Case<'_>, root: Root, path: &str) -> Result<String> {
        let bytes = self.whole(case, root, path, ACCOUNTS_MOST).await?;
        Ok(String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned())
    }

    /// The first `most` bytes of a file; none when it is not there, or cannot be read.
    async fn whole(
        &mut self,
        case: Case<'_>,
        root: Root,
        path: &str,
        most: usize,
    ) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let mut sink = |more: &[u8]| take(&mut bytes, more, most);
        match self.pour(case, root, path, 0, &mut sink).await {
            Ok(_) => Ok(Some(bytes)),
            Err(error) if error.kind == ErrorKind::Cancelled => Err(error),
            Err(error) => {
                tracing::debug!(path, %error, "a file is not read");
                Ok(None)
            }
        }
    }

    /// Reads a regular file from `offset` until the sink has enough; its size.
    async fn pour(
        &mut self,
        case: Case<'_>,
        root: Root,
        path: &str,
        offset: u64,
        sink: &mut (dyn FnMut(&[u8]) -> Flow + Send),
    ) -> Result<u64> {
        let (path, entry) = self.resolve(case, root, path).await?;
        match entry.as_ref().map(|entry| &entry.kind) {
            Some(Kind::File | Kind::Hardlink(_)) => {}
            Some(Kind::Dir) | None => return Err(no(&path, "is a directory")),
            Some(kind) => return Err(no(&path, kind.unreadable().unwrap_or("is no file"))),
        }
        if self.by_shell(case, root).await? {
            let base = self.base(root);
            let shell = self.shell(case).await?;
            let read = shell.read(&base, &path, offset, sink);
            let read = unless_cancelled(case.cancel, read).await;
            return self.checked(case, read).await;
        }
        if !names::is_plain(&path) {
            let why = "has a name that is not UTF-8: the engine's interface cannot ask for it";
            return Err(no(&path, why));
        }
        let size = entry.map_or(0, |entry| entry.size);
        let id = self.container(case, root).await?;
        let source = Source {
            engine: case.engine,
            id: &id,
        };
        let read = source.read(&path, offset, sink);
        unless_cancelled(case.cancel, read)
            .await
            .map(|told| size.max(told))
    }

    /// Where a path leads in the end, links followed within the root; what stands there, and none for the root itself.
    async fn resolve(
        &mut self,
        case: Case<'_>,
        root: Root,
        path: &str,
    ) -> Result<(String, Option<Entry>)> {
        let mut path = crate::domain::fs::normal(path);
        for _ in 0..=LINKS_MOST {
            if path == "/" {
                return Ok((path, None));
            }
            let steps = if self.by_shell(case, root).await? {
                let base = self.base(root);
                let shell = self.shell(case).await?;
                let steps = unless_cancelled(case.cancel, shell.steps(&base, &path)).await;
                self.checked(case, steps).await?
            } else {
                self.tree(case, root).await?.steps(&path)
            };
            match led(&path, steps)? {
                Led::There(entry) => return Ok((path, Some(entry))),
                Led::Linked(next) => path = next,
            }
        }
        Err(no(&path, "has symbolic links that lead in a circle"))
    }

    /// Whether a root is read through the twin's shell.
    async fn by_shell(&mut self, case: Case<'_>, root: Root) -> Result<bool> {
        match root {
            Root::Twin => Ok(true),
            Root::TargetImage | Root::DevImage => Ok(false),
            Root::Target => {
                if let Some(sees) = self.sees_target {
                    return Ok(sees);
                }
                let base = self.base(root);
                let sees = match self.shell(case).await {
                    Ok(shell) => {
                        let seen = unless_cancelled(case.cancel, shell.sees(&base)).await;
                        self.checked(case, seen).await?
                    }
                    Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
                    // A twin without the tools, or that has ended: the engine tells.
                    Err(error) => {
                        tracing::debug!(%error, "the target is read by the engine");
                        false
                    }
                };
                self.sees_target = Some(sees);
                Ok(sees)
            }
        }
    }

    /// Where a root begins for the twin's shell. The link `/target` is put into the twin while its own shell comes up: so it
    /// is where that leads that counts.
    fn base(&self, root: Root) -> String {
        match root {
            Root::Target => {
                let mut links = self.place.twin.plan.links.iter();
                let link = links.find(|link| link.path == TARGET);
                link.map_or(TARGET, |link| &link.to).to_owned()
            }
            Root::Twin | Root::TargetImage | Root::DevImage => String::new(),
        }
    }

    /// The shell, opened when it is not.
    async fn shell(&mut self, case: Case<'_>) -> Result<&mut Shell> {
        if self.shell.is_none() {
            let opened = Shell::open(case.engine, &self.place.twin);
            self.shell = Some(unless_cancelled(case.cancel, opened).await?);
        }
        self.shell
            .as_mut()
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the twin's shell was just opened"))
    }

    /// An answer of the shell. One that is broken, or was given up half-way, is of no use any more.
    async fn checked<T>(&mut self, case: Case<'_>, answered: shell::Heard<T>) -> Result<T> {
        match answered {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(refused)) => Err(refused),
            Err(broken) => {
                if let Some(shell) = self.shell.take() {
                    shell.close(case.engine).await;
                }
                Err(broken)
            }
        }
    }

    /// What stands where in a root that has streamed by.
    async fn tree(&mut self, case: Case<'_>, root: Root) -> Result<&Tree> {
        if !self.trees.contains_key(&root) {
            let tree = self.streamed(case, root).await?;
            self.trees.insert(root, tree);
        }
        self.trees
            .get(&root)
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a root was just read"))
    }

    /// Lets a root stream by, from a container that may be exported: where the engine cannot do that safely, a target never
    /// is, and a probe is asked nothing else.
    async fn streamed(&mut self, case: Case<'_>, root: Root) -> Result<Tree> {
        let engine = case.engine;
        let look = async |id: &ContainerId| {
            let source = Source { engine, id };
            unless_cancelled(case.cancel, source.tree(case.told)).await
        };
        let image = match root {
            Root::Twin => return look(&self.place.twin.id).await,
            Root::Target => {
                let id = self.target()?;
                let target = unless_cancelled(case.cancel, engine.inspect(&id.0)).await?;
                let whole = probes::root(engine, &target, &self.session).await?;
                let tree = look(whole.id()).await;
                let cleared = whole.clear(engine).await;
                return tree.and_then(|tree| cleared.map(|()| tree));
            }
            Root::TargetImage => &self.place.target_image,
            Root::DevImage => &self.place.dev_image,
        };
        let id = carry::probe(engine, image, &self.session, case.cancel).await?;
        let tree = look(&id).await;
        discard(engine, &id).await;
        tree
    }

    fn target(&self) -> Result<ContainerId> {
        self.place.target.clone().ok_or_else(|| {
            Error::new(
                ErrorKind::NoTarget,
                "there is no target: an image is explored",
            )
        })
    }

    /// The container whose files are those of a root.
    async fn container(&mut self, case: Case<'_>, root: Root) -> Result<ContainerId> {
        let image = match root {
            Root::Twin => return Ok(self.place.twin.id.clone()),
            Root::Target => return self.target(),
            Root::TargetImage => &self.place.target_image,
            Root::DevImage => &self.place.dev_image,
        };
        if let Some(id) = self.probes.get(&root) {
            return Ok(id.clone());
        }
        let id = carry::probe(case.engine, image, &self.session, case.cancel).await?;
        self.probes.insert(root, id.clone());
        Ok(id)
    }
}

/// Where the steps of a path have led.
enum Led {
    There(Entry),
    Linked(String),
}

/// Where a path leads by its steps: what stands at each of its names, up to the first that is no directory.
fn led(path: &str, mut steps: Vec<Entry>) -> Result<Led> {
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let missing = || {
        let message = format!("nothing stands at {}", names::shown(path));
        Error::new(ErrorKind::NoTarget, message).hint("Ctrl-R looks again: it may be gone by now")
    };
    let count = steps.len();
    let Some(entry) = steps.pop().filter(|_| count <= names.len()) else {
        return Err(missing());
    };
    let (before, rest) = names.split_at(count);
    if let Kind::Link(target) = &entry.kind {
        let dir = format!(
            "/{}",
            before
                .split_last()
                .map_or_else(String::new, |(_, d)| d.join("/"))
        );
        let to = crate::domain::fs::joined(&dir, target);
        return Ok(Led::Linked(crate::domain::fs::normal(&format!(
            "{to}/{}",
            rest.join("/")
        ))));
    }
    match rest {
        [] => Ok(Led::There(entry)),
        _ if entry.kind == Kind::Dir => Err(missing()),
        _ => Err(no(&format!("/{}", before.join("/")), "is no directory")),
    }
}

/// Takes what fits, until there is enough.
fn take(bytes: &mut Vec<u8>, more: &[u8], most: usize) -> Flow {
    let room = most.saturating_sub(bytes.len());
    bytes.extend_from_slice(more.get(..room.min(more.len())).unwrap_or_default());
    if bytes.len() >= most {
        Flow::Enough
    } else {
        Flow::More
    }
}

/// Why a path is not read.
fn no(path: &str, why: &str) -> Error {
    let message = format!("{}: {why}", names::shown(path));
    let what = last(path);
    Error::new(ErrorKind::Engine, message).hint(format!(
        "{} is listed, with all that is known of it",
        names::shown(what)
    ))
}

#[cfg(test)]
mod tests;
