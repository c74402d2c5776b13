//! What the tests of the inspector share, and its report as a whole.

use super::*;
use crate::domain::elf::Elf;
use crate::domain::fs::{Content, Found, Kind, Node, Owner};
use crate::domain::target::{Config, Image, Status, Target, sample};

/// The words of a line; the third of `/bin/sh -c app --x` is the rest of it.
pub(super) fn words(line: &str) -> Vec<String> {
    let words = line.split_whitespace().map(str::to_owned);
    words.collect()
}

fn config(entrypoint: &str, cmd: &str) -> Config {
    Config {
        entrypoint: words(entrypoint),
        cmd: words(cmd),
        user: "65532".into(),
        ..Config::default()
    }
}

/// An image that runs that.
pub(super) fn image(entrypoint: &str, cmd: &str) -> Image {
    Image {
        id: "sha256:1".into(),
        tags: vec!["acme/web:1".into()],
        digests: Vec::new(),
        os: "linux".into(),
        architecture: "amd64".into(),
        variant: String::new(),
        config: config(entrypoint, cmd),
        layers: Vec::new(),
        folders: None,
    }
}

/// A container that runs that.
pub(super) fn target(entrypoint: &str, cmd: &str) -> Target {
    Target {
        config: config(entrypoint, cmd),
        ..sample::target()
    }
}

/// A root file system in the making. What is not put into it is missing.
#[derive(Default)]
pub(super) struct Root(pub(super) Tree);

impl Root {
    fn node(mut self, path: &str, kind: Kind, mode: u32) -> Self {
        let node = Node {
            kind,
            mode,
            size: 1,
        };
        self.0.nodes.insert(path.into(), Found::Is(node));
        let owner = Owner { uid: 0, gid: 0 };
        self.0.owners.insert(path.into(), Found::Is(owner));
        self
    }

    pub(super) fn dir(self, path: &str, mode: u32) -> Self {
        self.node(path, Kind::Dir, mode)
    }

    pub(super) fn link(self, path: &str, to: &str) -> Self {
        self.node(path, Kind::Link(to.into()), 0o777)
    }

    pub(super) fn file(mut self, path: &str, mode: u32, text: &str) -> Self {
        let content = Content::Bytes(text.as_bytes().to_vec(), true);
        self.0.contents.insert(path.into(), Found::Is(content));
        self.node(path, Kind::File, mode)
    }

    pub(super) fn elf(mut self, path: &str, elf: Elf) -> Self {
        let content = Content::Elf(Ok(Box::new(elf)));
        self.0.contents.insert(path.into(), Found::Is(content));
        self.node(path, Kind::File, 0o755)
    }

    /// Answers until nothing is wanted, and says how often something was: stats and contents.
    pub(super) fn inspect(mut self, facts: &Facts) -> (Report, usize, usize) {
        let (mut stats, mut contents) = (0, 0);
        for _ in 0..100 {
            let (report, wants) = inspect(facts, &self.0);
            if wants.is_empty() {
                return (report, stats, contents);
            }
            for want in wants {
                match want {
                    Want::Stat(path) => {
                        stats += 1;
                        self.0.nodes.insert(path, Found::Missing);
                    }
                    Want::Owner(path) => {
                        self.0.owners.insert(path, Found::Missing);
                    }
                    Want::Content(path) => {
                        contents += 1;
                        self.0.contents.insert(path, Found::Missing);
                    }
                    Want::List(path) => {
                        self.0.lists.insert(path, Found::Missing);
                    }
                    Want::Provider(what) => {
                        self.0.providers.insert(what, Found::Missing);
                    }
                    Want::History => self.0.history = Some(Vec::new()),
                }
            }
        }
        panic!("it never has enough");
    }
}

/// A static program.
pub(super) fn static_elf() -> Elf {
    Elf {
        machine: 62,
        bits: 64,
        little_endian: true,
        ..Elf::default()
    }
}

/// A dynamic program or a library.
pub(super) fn dynamic_elf(loader: Option<&str>, needed: &[&str]) -> Elf {
    Elf {
        interpreter: loader.map(str::to_owned),
        dynamic: true,
        needed: needed.iter().map(ToString::to_string).collect(),
        ..static_elf()
    }
}

fn of_image(entrypoint: &str, cmd: &str) -> Facts {
    Facts {
        subject: "acme/web:1".into(),
        image: Some(image(entrypoint, cmd)),
        ..Facts::default()
    }
}

const PASSWD: &str =
    "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n";
const GROUP: &str = "root:x:0:\nnonroot:x:65532:\nlogs:x:10:nonroot\n";

#[test]
fn a_static_program_and_its_user() {
    let root = Root::default()
        .dir("/", 0o755)
        .file("/etc/passwd", 0o644, PASSWD)
        .file("/etc/group", 0o644, GROUP)
        .elf("/usr/bin/web", static_elf());
    let (report, ..) = root.inspect(&of_image("/usr/bin/web", "--x 'a b"));
    assert_eq!(report.line, r"/usr/bin/web --x ''\''a' b");
    let user = &report.user;
    assert_eq!(
        (
            user.uid,
            user.name.as_deref(),
            user.gid,
            user.groups.as_slice(),
            user.home.as_str()
        ),
        (
            Some(65532),
            Some("nonroot"),
            Some(65532),
            &[10][..],
            "/home/nonroot"
        )
    );
    assert_eq!(
        (report.workdir.path.as_str(), report.workdir.writable),
        ("/", Some(false))
    );
    let program = report.program.as_ref().unwrap();
    assert_eq!(program.steps.len(), 1);
    let architecture = "amd64".to_owned();
    assert_eq!(program.steps[0].kind, ProgramKind::Static { architecture });
    assert_eq!(program.steps[0].owner, Some((0, 0)));
    let harmless = report.worst() <= Some(Severity::Note);
    assert!(harmless, "{:?}", report.findings);
}

#[test]
fn a_healthy_image_takes_few_questions() {
    let root = Root::default().elf("/usr/bin/web", static_elf());
    let (_, stats, contents) = root.inspect(&of_image("/usr/bin/web", ""));
    assert!(stats <= 12 && contents == 0, "{stats} {contents}");
}

#[test]
fn what_the_container_says_of_its_last_run() {
    let mut facts = of_image("/usr/bin/web", "");
    let mut target = target("/usr/bin/web", "");
    target.config.env = vec![("A".into(), "1".into()), ("API_TOKEN".into(), "x".into())];
    target.state.status = Status::Exited;
    target.state.exit_code = 3;
    facts.target = Some(target);
    facts.log = vec!["no configuration".into()];
    let (report, ..) = Root::default().inspect(&facts);
    let ended = report.ended.as_ref().unwrap();
    assert_eq!(
        (ended.words.as_str(), ended.log.len()),
        ("exited with 3", 1)
    );
    assert_eq!(report.state.as_deref(), Some("exited with 3"));
    let json = serde_json::to_string(&report).unwrap();
    assert!(
        json.contains(r#""name":"API_TOKEN","value":"***","secret":true,"from_container":true"#),
        "{json}"
    );
    assert!(!json.contains(r#""x""#));
}

#[test]
fn prod_beside_dev() {
    let mut facts = of_image("/usr/bin/python", "");
    let mut dev = config("/usr/bin/python", "");
    dev.user = "0".into();
    dev.env = vec![("DB_PASSWORD".into(), "x".into())];
    facts.dev = Some(Dev {
        reference: "acme/web:1-dev".into(),
        own: false,
        config: dev,
    });
    let (report, ..) = Root::default().inspect(&facts);
    let got: Vec<_> = report
        .differences
        .iter()
        .map(|d| (d.what.as_str(), d.target.as_str(), d.dev.as_str()))
        .collect();
    assert_eq!(
        got,
        [("user", "65532", "0"), ("env DB_PASSWORD", "", "***")]
    );
}

#[test]
fn root_without_its_power_may_not_write_everywhere() {
    let mut facts = of_image("/usr/bin/web", "");
    let mut target = target("/usr/bin/web", "");
    target.config.user = String::new();
    target.config.workdir = "/data".into();
    target.isolation.cap_drop = vec!["ALL".into()];
    let writable = |facts: &Facts| {
        let mut root = Root::default().dir("/data", 0o755);
        let owner = Owner { uid: 1, gid: 1 };
        root.0.owners.insert("/data".into(), Found::Is(owner));
        root.inspect(facts).0.workdir.writable
    };
    facts.target = Some(target.clone());
    assert_eq!(writable(&facts), Some(false));
    target.isolation.cap_drop.clear();
    facts.target = Some(target);
    assert_eq!(writable(&facts), Some(true));
}
