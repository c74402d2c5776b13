//! A Docker Engine of the test's own, in namespaces of its own: it can be killed without a word, and
//! nothing of it is left on drop.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The control groups of its containers, apart from those of the machine's own engine.
const CGROUPS: &str = "devtwin-test-engine";

/// An engine that may run or not.
pub struct Dockerd {
    child: Option<Child>,
    dir: tempfile::TempDir,
    /// Further arguments.
    args: String,
}

impl Dockerd {
    /// Starts one without images. Needs root.
    #[track_caller]
    pub fn start() -> Self {
        Self::with("")
    }

    /// Starts one with further arguments, such as `-H tcp://…`. Its network is its own: an engine without a bridge
    /// takes away the `docker0` of the one that it shares a network with. [`Self::inside`] leads there.
    #[track_caller]
    pub fn with(args: &str) -> Self {
        let mut engine = Self {
            child: None,
            dir: tempfile::tempdir().unwrap(),
            args: args.to_owned(),
        };
        // Empty, in place of the machine's.
        std::fs::write(engine.dir.path().join("config.json"), "{}").unwrap();
        engine.again();
        engine
    }

    /// Starts it again, with all that it had.
    #[track_caller]
    pub fn again(&mut self) {
        let dir = self.dir.path().display();
        // What was killed leaves these behind, and trips over them.
        let _ = std::fs::remove_file(self.dir.path().join("pid"));
        let _ = std::fs::remove_dir_all(self.dir.path().join("exec"));
        // In a process namespace of its own, so that its containers end with it; the machine's
        // containerd is hidden, or it would use that.
        let args = &self.args;
        let script = format!(
            "ip link set lo up; test ! -d /run/containerd || mount -t tmpfs none /run/containerd; \
             exec dockerd --config-file {dir}/config.json --data-root {dir}/data --exec-root {dir}/exec \
             -p {dir}/pid -H unix://{dir}/sock --storage-driver vfs --iptables=false --bridge=none \
             --cgroup-parent /{CGROUPS} {args}"
        );
        let child = Command::new("unshare")
            .args(["-n", "-m", "-p", "--fork", "--kill-child", "--mount-proc"])
            .args(["sh", "-c", &script])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need unshare and dockerd, as root");
        self.child = Some(child);
        let start = Instant::now();
        while !self.docker(&["version"]).status.success() {
            assert!(start.elapsed() < PATIENCE, "an engine of our own comes up");
            std::thread::yield_now();
        }
    }

    /// Its address.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    fn socket(&self) -> std::path::PathBuf {
        self.dir.path().join("sock")
    }

    /// What stands before a command that is to run in its network.
    pub fn inside(&self) -> Vec<String> {
        let child = self.child.as_ref().expect("it runs");
        // unshare itself is there, too.
        let words = ["nsenter", "--net", "-t", &child.id().to_string()];
        words.map(str::to_owned).into()
    }

    /// A folder that goes with it.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Runs the docker command on it.
    pub fn docker(&self, args: &[&str]) -> Output {
        Command::new("docker")
            .args(["-H", &self.host()])
            .args(args)
            .output()
            .unwrap()
    }

    /// Copies images of the machine's engine to it.
    #[track_caller]
    pub fn load(&self, images: &[&str]) {
        let mut save = Command::new("docker")
            .arg("save")
            .args(images)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let load = Command::new("docker")
            .args(["-H", &self.host(), "load"])
            .stdin(save.stdout.take().unwrap())
            .output()
            .unwrap();
        assert!(save.wait().unwrap().success(), "make fixtures first");
        assert!(
            load.status.success(),
            "{}",
            String::from_utf8_lossy(&load.stderr)
        );
    }

    /// Sends a signal to the engine itself: `STOP` for one that hangs.
    #[track_caller]
    pub fn signal(&self, signal: &str) {
        let child = self.child.as_ref().expect("it runs");
        // The engine is the only child of unshare.
        let status = Command::new("pkill")
            .args(["--signal", signal, "--parent", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success(), "the engine takes SIG{signal}");
    }

    /// Kills it with all its containers, without a word to anybody.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // By --kill-child its first process goes, too, and with that one all others.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        self.kill();
        // Groups of its dead containers, from the deepest; on cgroup v1 there is one tree each.
        let roots = ["/sys/fs/cgroup".to_owned()].into_iter().chain(
            std::fs::read_dir("/sys/fs/cgroup")
                .into_iter()
                .flatten()
                .filter_map(|e| Some(e.ok()?.path().display().to_string())),
        );
        for root in roots {
            let path = format!("{root}/{CGROUPS}");
            let _ = Command::new("find")
                .args([
                    path.as_str(),
                    "-depth",
                    "-type",
                    "d",
                    "-exec",
                    "rmdir",
                    "{}",
                    ";",
                ])
                .stderr(Stdio::null())
                .status();
        }
    }
}
