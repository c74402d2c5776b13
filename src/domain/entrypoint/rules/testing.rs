//! Cases for the tests of the rules: an image or a container, and a root that answers what is asked.

use std::collections::BTreeSet;

use super::super::tests::{Root, image, static_elf, target};
use super::super::{Facts, Finding, Severity, inspect};
use crate::domain::fs::{Found, Kind, Owner, Tree, Want};
use crate::domain::target::{HealthRun, Mount, MountKind, Status, Target};

/// The user that images of the tests run as.
pub(super) const APP: u32 = 65532;
const PASSWD: &str =
    "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n";

/// A case in the making: at first a healthy image without a shell, whose program is `/app/web`.
pub(super) struct Scene {
    pub(super) facts: Facts,
    root: Root,
}

/// What was asked of a root.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) stats: usize,
    pub(super) reads: usize,
    pub(super) lists: usize,
    pub(super) rounds: usize,
}

impl Scene {
    pub(super) fn image(entrypoint: &[&str], cmd: &[&str]) -> Self {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        let mut image = image("", "");
        image.config.entrypoint = words(entrypoint);
        image.config.cmd = words(cmd);
        let path = "/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin";
        image.config.env = vec![("PATH".into(), path.into())];
        let facts = Facts {
            subject: "acme/web:1".into(),
            image: Some(image),
            machine: Some("amd64".into()),
            ..Facts::default()
        };
        let root = Root::default()
            .dir("/", 0o755)
            .dir("/app", 0o755)
            .dir("/usr/bin", 0o755)
            .dir("/tmp", 0o1777)
            .dir("/home/nonroot", 0o755)
            .file("/etc/passwd", 0o644, PASSWD)
            .file("/etc/group", 0o644, "root:x:0:\nnonroot:x:65532:\n")
            .file("/etc/ssl/certs/ca-certificates.crt", 0o644, "x")
            .elf("/app/web", static_elf());
        Self { facts, root }.owned("/home/nonroot", APP)
    }

    /// The healthy image.
    pub(super) fn web() -> Self {
        Self::image(&["/app/web"], &[])
    }

    pub(super) fn root(mut self, change: impl FnOnce(Root) -> Root) -> Self {
        self.root = change(self.root);
        self
    }

    pub(super) fn tree(mut self, change: impl FnOnce(&mut Tree)) -> Self {
        change(&mut self.root.0);
        self
    }

    pub(super) fn without(self, path: &str) -> Self {
        self.tree(|tree| {
            tree.nodes.remove(path);
        })
    }

    pub(super) fn owned(self, path: &str, uid: u32) -> Self {
        let owner = Found::Is(Owner { uid, gid: uid });
        self.tree(|tree| {
            tree.owners.insert(path.into(), owner);
        })
    }

    /// With a shell at `/bin/sh`, and what else makes a small system.
    pub(super) fn shell(self) -> Self {
        self.root(|root| root.elf("/bin/sh", static_elf()).dir("/bin", 0o755))
    }

    pub(super) fn provider(self, what: &str, package: &str) -> Self {
        self.tree(|tree| {
            tree.providers
                .insert(what.into(), Found::Is(package.into()));
        })
    }

    pub(super) fn history(self, steps: &[&str]) -> Self {
        let steps = steps.iter().map(ToString::to_string).collect();
        self.tree(|tree| tree.history = Some(steps))
    }

    /// Changes what the image says, and the container if there is one.
    pub(super) fn config(mut self, change: impl Fn(&mut crate::domain::target::Config)) -> Self {
        change(&mut self.facts.image.as_mut().unwrap().config);
        if let Some(target) = &mut self.facts.target {
            change(&mut target.config);
        }
        self
    }

    pub(super) fn env(self, name: &str, value: &str) -> Self {
        self.config(|config| config.env.push((name.into(), value.into())))
    }

    pub(super) fn user(self, user: &str) -> Self {
        self.config(|config| config.user = user.into())
    }

    /// A container of it, that runs.
    pub(super) fn runs(mut self) -> Self {
        if self.facts.target.is_none() {
            let mut target = target("", "");
            target.config = self.facts.image.as_ref().unwrap().config.clone();
            self.facts.target = Some(target);
        }
        self
    }

    pub(super) fn container(mut self, change: impl FnOnce(&mut Target)) -> Self {
        self = self.runs();
        change(self.facts.target.as_mut().unwrap());
        self
    }

    /// A container of it, that ended so and said this.
    pub(super) fn ended(self, exit_code: i64, log: &[&str]) -> Self {
        let scene = self.container(|target| {
            target.state.status = Status::Exited;
            target.state.pid = None;
            target.state.exit_code = exit_code;
        });
        scene.said(log)
    }

    pub(super) fn said(mut self, log: &[&str]) -> Self {
        self.facts.log = log.iter().map(ToString::to_string).collect();
        self
    }

    /// A container of it, that the engine could not start.
    pub(super) fn refused(self, exit_code: i64, error: &str) -> Self {
        self.ended(exit_code, &[]).container(|target| {
            target.state.status = Status::Created;
            target.state.error = Some(error.into());
        })
    }

    pub(super) fn mount(self, kind: MountKind, source: &str, destination: &str) -> Self {
        self.container(|target| {
            target.mounts.push(Mount {
                kind,
                source: source.into(),
                destination: destination.into(),
                writable: true,
            });
        })
    }

    pub(super) fn checked(self, test: &[&str], exit_code: i64, output: &str) -> Self {
        let test: Vec<String> = test.iter().map(ToString::to_string).collect();
        let scene = self.config(|config| config.healthcheck = Some(test.clone()));
        scene.container(|target| {
            let output = output.into();
            target
                .service
                .health_log
                .push(HealthRun { exit_code, output });
        })
    }

    /// What is found, and what was asked for it.
    pub(super) fn study(mut self) -> (Vec<Finding>, Asked) {
        let mut asked = Asked::default();
        // Everything is hidden at first, so that each answer counts.
        let whole = std::mem::take(&mut self.root.0);
        let mut tree = Tree::default();
        loop {
            let (report, wants) = inspect(&self.facts, &tree);
            if wants.is_empty() {
                return (report.findings, asked);
            }
            asked.rounds += 1;
            assert!(asked.rounds < 60, "it never has enough: {wants:?}");
            for want in wants {
                answer(&whole, &mut tree, want, &mut asked);
            }
        }
    }

    pub(super) fn findings(self) -> Vec<Finding> {
        self.study().0
    }

    /// Checks that `id` is found, so bad, and that nothing else is worse than a note.
    #[track_caller]
    pub(super) fn finds(self, id: &str, severity: Severity) -> Finding {
        let all = self.findings();
        let other = all
            .iter()
            .find(|f| f.id != id && f.severity > Severity::Note);
        assert!(other.is_none(), "besides {id}: {other:#?}");
        let found = all.into_iter().find(|finding| finding.id == id);
        let found = found.unwrap_or_else(|| panic!("{id} is not found"));
        assert_eq!(found.severity, severity, "{found:#?}");
        assert!(
            !found.evidence.is_empty() && !found.advice.is_empty(),
            "{found:#?}"
        );
        found
    }

    #[track_caller]
    pub(super) fn errs(self, id: &str) -> Finding {
        self.finds(id, Severity::Error)
    }

    #[track_caller]
    pub(super) fn warns(self, id: &str) -> Finding {
        self.finds(id, Severity::Warning)
    }

    #[track_caller]
    pub(super) fn notes(self, id: &str) -> Finding {
        self.finds(id, Severity::Note)
    }

    /// Checks that `id` is not found, and that nothing is worse than a note.
    #[track_caller]
    pub(super) fn lacks(self, id: &str) {
        let all = self.findings();
        let found = all
            .iter()
            .find(|f| f.id == id || f.severity > Severity::Note);
        assert!(found.is_none(), "a false alarm: {found:#?}");
    }
}

fn answer(whole: &Tree, tree: &mut Tree, want: Want, asked: &mut Asked) {
    match want {
        Want::Stat(path) => {
            asked.stats += 1;
            let node = whole.nodes.get(&path).cloned();
            tree.nodes.insert(path, node.unwrap_or(Found::Missing));
        }
        Want::Owner(path) => {
            // The engine tells it with the content of a file.
            asked.reads += usize::from(!whole.contents.contains_key(&path));
            let owner = whole.owners.get(&path).cloned();
            tree.owners.insert(path, owner.unwrap_or(Found::Missing));
        }
        Want::Content(path) => {
            asked.reads += 1;
            let content = whole.contents.get(&path).cloned();
            tree.contents
                .insert(path, content.unwrap_or(Found::Missing));
        }
        Want::List(path) => {
            asked.lists += 1;
            let found = names(whole, &path);
            tree.lists.insert(path, found);
        }
        Want::Provider(what) => {
            let package = whole.providers.get(&what).cloned();
            tree.providers
                .insert(what, package.unwrap_or(Found::Missing));
        }
        Want::History => tree.history = Some(whole.history.clone().unwrap_or_default()),
    }
}

fn names(whole: &Tree, dir: &str) -> Found<Vec<String>> {
    let is_dir = whole
        .nodes
        .get(dir)
        .and_then(Found::is)
        .is_some_and(|node| node.kind == Kind::Dir);
    if !is_dir {
        return Found::Missing;
    }
    let start = format!("{}/", dir.trim_end_matches('/'));
    let below = whole
        .nodes
        .keys()
        .filter_map(|path| path.strip_prefix(&start));
    let names: BTreeSet<String> = below
        .filter_map(|rest| rest.split('/').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    Found::Is(names.into_iter().collect())
}
