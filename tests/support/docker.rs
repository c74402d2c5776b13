//! Containers, images and volumes for tests, made by the docker command and removed on drop.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};

use super::unique;

/// Label of everything that the tests make.
pub const LABEL: &str = "dev.devtwin.test";

/// Fails the test, in one line, when no engine answers. Never skips: a test that did not run is not
/// a test that passed.
pub fn require_docker() {
    static ASKED: Once = Once::new();
    ASKED.call_once(|| {
        let version = run(&["version", "--format", "{{.Server.Version}}"]);
        assert!(
            version.status.success(),
            "these tests need a running Docker Engine: {}",
            String::from_utf8_lossy(&version.stderr).trim()
        );
    });
}

/// Runs docker and returns what came of it.
pub fn run(args: &[&str]) -> Output {
    fed(args, &[])
}

/// Runs docker with `input` as its standard input.
pub fn fed(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("docker")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("these tests need the docker command");
    // Small enough for nothing to block: docker reads all of its input before it prints.
    let written = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        written.unwrap();
    }
    output
}

/// Runs docker, which must succeed, and returns its output without the last newline.
#[track_caller]
pub fn ok(args: &[&str]) -> String {
    said(args, &run(args))
}

#[track_caller]
fn said(args: &[&str], output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {args:?}: {text}");
    String::from_utf8_lossy(&output.stdout).trim_end().into()
}

/// How the files of a target come by on this engine (docs/engines.md): of one that does not run, and of one that does.
pub fn ways() -> (&'static str, &'static str) {
    let version = ok(&["version", "--format", "{{.Server.APIVersion}}"]);
    let minor = version
        .rsplit('.')
        .next()
        .and_then(|n| n.parse::<u32>().ok());
    // Since then an image can be mounted.
    let copied = if minor.expect("1.41 and such") >= 48 {
        "image"
    } else {
        "archive"
    };
    let store = ok(&["info", "--format", "{{json .DriverStatus}}"]);
    if store.contains("io.containerd.snapshotter") {
        (copied, copied)
    } else {
        ("overlay", copied)
    }
}

/// A container that is removed on drop, with its anonymous volumes.
pub struct Container {
    name: String,
}

impl Container {
    /// Runs `image` in the background: `docker run -d FLAGS… IMAGE ARGS…`.
    #[track_caller]
    pub fn run(image: &str, flags: &[&str], args: &[&str]) -> Self {
        Self::new(&["run", "-d"], image, flags, args)
    }

    /// Creates it without starting it.
    #[track_caller]
    pub fn create(image: &str, flags: &[&str], args: &[&str]) -> Self {
        Self::new(&["create"], image, flags, args)
    }

    /// Takes over a container that something else made.
    pub fn adopt(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }

    #[track_caller]
    fn new(verb: &[&str], image: &str, flags: &[&str], args: &[&str]) -> Self {
        require_docker();
        // The guard stands first: docker may create a container and then fail to start it.
        let container = Self::adopt(unique("c"));
        let own = ["--name", container.name(), "--label", LABEL];
        ok(&[verb, &own, flags, &[image], args].concat());
        container
    }

    /// Its name, or the id when adopted by that.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Waits until its program has failed at least once.
    #[track_caller]
    pub fn wait_until_it_failed(&self) {
        let start = std::time::Instant::now();
        loop {
            let state = ok(&[
                "inspect",
                "--format",
                "{{.State.Status}} {{.State.ExitCode}}",
                self.name(),
            ]);
            if matches!(state.split_once(' '), Some(("exited" | "restarting" | "dead", code)) if code != "0")
            {
                return;
            }
            assert!(
                start.elapsed().as_secs() < 20,
                "{} does not fail: {state}",
                self.name()
            );
        }
    }

    /// Its full id.
    pub fn id(&self) -> String {
        ok(&["inspect", "--format", "{{.Id}}", self.name()])
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        run(&["rm", "-f", "-v", &self.name]);
        remove_images();
    }
}

/// Images whose guard dropped: one that a container still uses goes with that.
static DROPPED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn remove_images() {
    let mut dropped = DROPPED.lock().unwrap_or_else(PoisonError::into_inner);
    dropped.retain(|image| {
        let output = run(&["rmi", image]);
        let gone = String::from_utf8_lossy(&output.stderr).contains("No such image");
        !output.status.success() && !gone
    });
}

/// Creates `count` containers of `image` that are never started, several at once.
pub fn create_many(image: &str, prefix: &str, count: usize) -> Vec<Container> {
    const AT_ONCE: usize = 4;
    require_docker();
    let create = |n: usize| {
        let name = format!("{prefix}-{n}");
        ok(&["create", "--name", &name, "--label", LABEL, image]);
        Container::adopt(name)
    };
    std::thread::scope(|scope| {
        let part = |k: usize| {
            scope.spawn(move || (k..count).step_by(AT_ONCE).map(create).collect::<Vec<_>>())
        };
        let parts: Vec<_> = (0..AT_ONCE).map(part).collect();
        parts.into_iter().flat_map(|p| p.join().unwrap()).collect()
    })
}

/// An image that is removed on drop.
pub struct Image {
    name: String,
}

impl Image {
    /// Names `image` also `name`, until drop.
    #[track_caller]
    pub fn tag(image: &str, name: &str) -> Self {
        ok(&["tag", image, name]);
        Self { name: name.into() }
    }

    /// Takes over an image that something else makes.
    pub fn adopt(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }

    /// Its reference.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let mut dropped = DROPPED.lock().unwrap_or_else(PoisonError::into_inner);
        dropped.push(std::mem::take(&mut self.name));
        drop(dropped);
        remove_images();
    }
}

/// A tiny image: a static busybox under its usual names, `/etc/passwd`, `/share/note` and a declared
/// volume at `/declared`. Shared by the tests that run at one time, removed with the last of them.
pub fn busybox() -> Arc<Image> {
    static SHARED: Mutex<Weak<Image>> = Mutex::new(Weak::new());
    require_docker();
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(image) = shared.upgrade() {
        return image;
    }
    let image = Arc::new(Image::adopt(unique("busybox")));
    let label = format!("LABEL {LABEL}=1");
    let args = [
        "import",
        "--change",
        &label,
        "--change",
        "VOLUME /declared",
        "--change",
        "ENV PATH=/bin",
        "-",
        image.name(),
    ];
    said(&args, &fed(&args, &busybox_files()));
    *shared = Arc::downgrade(&image);
    image
}

fn busybox_files() -> Vec<u8> {
    const APPLETS: &[&str] = &["cat", "head", "ls", "sh", "sleep", "stty", "touch", "true"];
    let program = std::fs::read("/bin/busybox")
        .expect("these tests need /bin/busybox, static: the Debian package busybox-static");
    let mut tar = tar::Builder::new(Vec::new());
    let mut file = |path: &str, mode, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_mode(mode);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, path, bytes).unwrap();
    };
    file("bin/busybox", 0o755, &program);
    file("etc/passwd", 0o644, b"root:x:0:0:root:/:/bin/sh\n");
    file("share/note", 0o644, b"of the image\n");
    for applet in APPLETS {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_mode(0o777);
        header.set_size(0);
        tar.append_link(&mut header, format!("bin/{applet}"), "busybox")
            .unwrap();
    }
    tar.into_inner().unwrap()
}

/// A volume that is removed on drop.
pub struct Volume {
    name: String,
}

/// Creates a volume.
#[track_caller]
pub fn volume(name: &str) -> Volume {
    require_docker();
    ok(&["volume", "create", "--label", LABEL, name]);
    Volume { name: name.into() }
}

impl Volume {
    /// Takes over a volume that something else makes.
    pub fn adopt(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        run(&["volume", "rm", "-f", &self.name]);
    }
}
