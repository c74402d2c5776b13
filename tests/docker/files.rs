//! Files of target, twin and images on the real engine: the twin's shell and the engine's archives tell the same, links stay
//! within their root, copies are whole, and nothing of it stays.

use devtwin::domain::error::{ErrorKind, Result};
use devtwin::domain::files::{Answer, Ask, Entry, Kind, Listing, PIECE, Place, Root};
use devtwin::domain::twin::Session;
use devtwin::engine::docker::Docker;
use devtwin::ops::files::Browser;
use tokio_util::sync::CancellationToken;

use crate::engine::{engine, within};
use crate::shells::{processes, twin};
use crate::support::Container;
use crate::support::docker;

const WEB: &str = "cgr.dev/chainguard/web:latest";
const WOLFI: &str = "cgr.dev/chainguard/web:latest-dev";
const TOOLS: &str = "acme/tools:1";
const DISTROLESS: &str = "gcr.io/distroless/web:debug-nonroot";

/// A twin beside a target, and whoever answers about their files.
struct Scene {
    engine: Docker,
    browser: Browser,
    twin: String,
    session: String,
    _guard: Container,
}

impl Scene {
    async fn new(target: &Container, dev: &str) -> Self {
        let engine = engine().await;
        let (launched, guard) = twin(&engine, target, dev).await;
        let place = Place {
            twin: launched.twin.clone(),
            target: Some(launched.target.id.clone()),
            target_image: launched.target.image_id.clone(),
            dev_image: dev.into(),
        };
        let session = Session {
            id: launched.session.clone(),
            owner: "test@nowhere".into(),
        };
        Self {
            browser: Browser::new(place, session.clone()),
            twin: launched.twin.plan.name.clone(),
            engine,
            session: session.id,
            _guard: guard,
        }
    }

    async fn ask(&mut self, ask: Ask) -> Result<Answer> {
        let cancel = CancellationToken::new();
        let answer = self
            .browser
            .answer(&self.engine, &ask, false, &|_| {}, &cancel);
        within(Box::pin(answer)).await
    }

    async fn list(&mut self, root: Root, dir: &str) -> Listing {
        let dir = dir.into();
        match self.ask(Ask::List { root, dir }).await.unwrap() {
            Answer::Listed(listing) => listing,
            other => panic!("{other:?}"),
        }
    }

    async fn piece(&mut self, root: Root, path: &str, offset: u64) -> Vec<u8> {
        let path = path.into();
        match self.ask(Ask::Piece { root, path, offset }).await.unwrap() {
            Answer::Piece(piece) => {
                assert_eq!(piece.offset, offset);
                piece.bytes
            }
            other => panic!("{other:?}"),
        }
    }

    /// Ends it; nothing is left of it, neither in the twin nor on the engine.
    async fn end(self) {
        within(Box::pin(self.browser.close(&self.engine))).await;
        processes(&self.twin, "the end of the look", |said| {
            !said.contains("devtwin-files")
        })
        .await;
        let label = format!("label=dev.devtwin.session={}", self.session);
        let left = docker::ok(&["ps", "-a", "--filter", &label, "--format", "{{.Names}}"]);
        assert!(!left.contains("probe"), "{left}");
    }
}

/// What both ways must tell alike of an entry. An archive has no sizes of directories and links, and says of a second name
/// of a file that it is one.
fn facts(entry: &Entry) -> (String, String, u64, Option<i64>) {
    let file = matches!(entry.kind, Kind::File | Kind::Hardlink(_));
    let leads = match &entry.kind {
        Kind::Link(to) => to.clone(),
        _ => String::new(),
    };
    let size = if file { entry.size } else { 0 };
    let time = file.then_some(entry.mtime).flatten();
    let words = format!("{} {}:{} {leads}", entry.mode_word(), entry.uid, entry.gid);
    (entry.name.clone(), words, size, time)
}

#[tokio::test]
async fn the_shell_of_every_twin_tells_what_the_engine_does() {
    for dev in [WOLFI, TOOLS, DISTROLESS] {
        let target = Container::run(WEB, &[], &[]);
        let mut scene = Scene::new(&target, dev).await;
        for dir in ["/usr/bin", "/usr/lib", "/home", "/var"] {
            let shell = scene.list(Root::Target, dir).await;
            let engine = scene.list(Root::TargetImage, dir).await;
            let told: Vec<_> = shell.entries.iter().map(facts).collect();
            let wanted: Vec<_> = engine.entries.iter().map(facts).collect();
            assert!(!wanted.is_empty() || dir == "/var", "{dir}");
            assert_eq!(told, wanted, "{dev} {dir}");
            assert_eq!(shell.packages, engine.packages, "{dev} {dir}");
            assert_eq!((shell.users, shell.groups), (engine.users, engine.groups));
        }
        // The bytes of a program, in pieces, both ways.
        let size = usize::try_from(PIECE).unwrap();
        let mut whole = Vec::new();
        for n in 0.. {
            let offset = n * PIECE;
            let piece = scene.piece(Root::Target, "/usr/bin/web", offset).await;
            assert_eq!(
                piece,
                scene.piece(Root::TargetImage, "/bin/web", offset).await
            );
            whole.extend_from_slice(&piece);
            if piece.len() < size {
                break;
            }
        }
        let from = format!("{}:/usr/bin/web", target.name());
        let tar = docker::run(&["cp", &from, "-"]).stdout;
        assert_eq!(whole, tar[512..512 + whole.len()]);
        scene.end().await;
    }
}

#[tokio::test]
async fn links_of_the_target_lead_nowhere_else() {
    let odd = "ln -s /etc/passwd out && ln -s ../../../../etc/passwd up && ln -s loop loop && ln -s /etc dir \
               && mkfifo pipe && touch ready && exec sleep 7801";
    let script = format!("mkdir /odd && cd /odd && {odd}");
    let target = Container::run(TOOLS, &["--entrypoint", "sh"], &["-c", &script]);
    let mut scene = Scene::new(&target, WOLFI).await;
    let theirs = docker::ok(&["exec", target.name(), "cat", "/etc/passwd"]);
    for path in ["/odd/out", "/odd/up", "/odd/dir/passwd"] {
        let told = scene.piece(Root::Target, path, 0).await;
        assert_eq!(
            String::from_utf8_lossy(&told).trim(),
            theirs.trim(),
            "{path}"
        );
    }
    let listed = scene.list(Root::Target, "/odd/dir").await;
    assert_eq!(listed.dir, "/etc");
    for (path, kind, why) in [
        ("/odd/loop", ErrorKind::Engine, "in a circle"),
        ("/odd/pipe", ErrorKind::Engine, "is a pipe"),
        ("/odd", ErrorKind::Engine, "is a directory"),
        ("/odd/none", ErrorKind::NoTarget, "nothing stands at"),
        ("/odd/out/x", ErrorKind::Engine, "is no directory"),
    ] {
        let ask = Ask::Piece {
            root: Root::Target,
            path: path.into(),
            offset: 0,
        };
        let error = scene.ask(ask).await.unwrap_err();
        assert_eq!(error.kind, kind, "{path}: {error}");
        assert!(error.message.contains(why), "{path}: {error}");
    }
    scene.end().await;
}

#[tokio::test]
async fn a_twin_that_is_gone_leaves_the_target_to_the_engine() {
    let target = Container::run(WEB, &[], &[]);
    let mut scene = Scene::new(&target, WOLFI).await;
    docker::ok(&["rm", "-f", &scene.twin]);
    let listing = scene.list(Root::Target, "/usr/bin").await;
    assert!(listing.get("web").is_some());
    let dir = "/".into();
    let root = Root::Twin;
    assert!(scene.ask(Ask::List { root, dir }).await.is_err());
    within(Box::pin(scene.browser.close(&scene.engine))).await;
}
