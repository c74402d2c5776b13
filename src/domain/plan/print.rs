//! A plan for people: as a `docker run` line and as a page of text.

mod made;

use std::fmt::Write as _;

use super::{Cache, Mode, Plan, RootSource, TARGET_LINK, Weight, is_root};
use crate::domain::call::Call;
use crate::domain::secret;
use crate::domain::target::MountKind;
use crate::domain::text::{bounded, clean, quote};

/// What each extra capability is for, for those that devtwin adds itself.
const REASONS: &[(&str, &str)] = &[
    (
        "SYS_PTRACE",
        "to read /proc/1/root, environ and exe of a target that runs as another user",
    ),
    ("SYS_ADMIN", "to enter the target's ipc or uts namespace"),
];

/// What `SYS_PTRACE` is for where there is no process of the target.
const TRACING: &str = "to trace what is run again, also as another user";

impl Plan {
    /// The `docker run` line that makes the same container, quoted for a shell. Before it, a line each, stands what the
    /// view of the target's files needs, and after it what connects further networks.
    ///
    /// Secrets are given by name alone: docker then takes the value from the caller's own environment.
    /// The `/target` link has no flag; it is `ln -s` inside the twin. Shell integration is left out: it is for
    /// devtwin's own terminal.
    pub fn docker_run(&self) -> String {
        let mut words: Vec<String> = ["docker", "run", "--rm"].map(String::from).to_vec();
        if !self.networks.is_empty() {
            words.extend(["--name".into(), quote(&self.name)]);
        }
        match (self.stdin, self.tty) {
            (true, true) => words.push("-it".into()),
            (true, false) => words.push("-i".into()),
            (false, true) => words.push("-t".into()),
            (false, false) => {}
        }
        let mut flag = |name: &str, value: &str| {
            words.push(name.to_owned());
            words.push(quote(value));
        };
        flag("--user", &self.user);
        for (name, value) in [
            ("--pid", self.named(&self.pid)),
            ("--network", self.named(&self.network)),
            ("--ipc", self.named(&self.ipc)),
            ("--uts", self.uts.clone()),
            ("--userns", self.userns.clone()),
        ] {
            if !value.is_empty() {
                flag(name, &value);
            }
        }
        for server in &self.dns {
            flag("--dns", server);
        }
        for host in &self.extra_hosts {
            flag("--add-host", host);
        }
        for cap in &self.cap_add {
            flag("--cap-add", cap);
        }
        if let Some(gpus) = &self.gpus {
            flag("--gpus", &gpus.to_string());
        }
        for folder in &self.folders {
            let mount = folder.mount();
            flag("-v", &format!("{}:{}", mount.source, mount.destination));
        }
        if let Some(root) = &self.root {
            flag("--mount", &root_mount(&root.how));
        }
        for mount in &self.mounts {
            if mount.kind == MountKind::Image {
                let from = format!(
                    "type=image,source={},target={}",
                    mount.source, mount.destination
                );
                flag("--mount", &from);
                continue;
            }
            let mut options = Vec::new();
            if !mount.writable {
                options.push("ro");
            }
            if mount.kind == MountKind::Volume {
                options.push("nocopy");
            }
            let options = if options.is_empty() {
                String::new()
            } else {
                format!(":{}", options.join(","))
            };
            flag(
                "-v",
                &format!("{}:{}{options}", mount.source, mount.destination),
            );
        }
        for cache in &self.caches {
            flag("--mount", &mount(cache));
        }
        for (name, value) in &self.env {
            if secret::is_secret(name, value) {
                flag("-e", name);
            } else {
                flag("-e", &format!("{name}={value}"));
            }
        }
        flag("--workdir", &self.workdir);
        words.push("--no-healthcheck".into());
        if let Some(program) = self.argv.first() {
            words.push("--entrypoint".into());
            words.push(quote(program));
        }
        words.push(quote(self.merged.as_ref().unwrap_or(&self.image)));
        words.extend(self.argv.iter().skip(1).map(|a| quote(a)));
        let mut lines = self.root_lines();
        lines.extend(made::lines(self));
        lines.push(words.join(" "));
        let connect = |network: &String| {
            format!(
                "docker network connect {} {}",
                quote(network),
                quote(&self.name)
            )
        };
        lines.extend(self.networks.iter().map(connect));
        lines.join("\n")
    }

    /// The commands by which the view of the target's files is made.
    fn root_lines(&self) -> Vec<String> {
        let target = quote(&self.target_name);
        match self.root.as_ref().map(|root| &root.how) {
            None => Vec::new(),
            Some(RootSource::Overlay { volume, options }) => vec![format!(
                "docker volume create -d local -o type=overlay -o device=overlay -o {} {}",
                quote(&format!("o={options}")),
                quote(volume)
            )],
            Some(RootSource::Image { name }) => {
                vec![format!(
                    "docker commit --pause=false {target} {}",
                    quote(name)
                )]
            }
            Some(RootSource::Archive { volume, committed }) => {
                archive_lines(&target, &quote(volume), &quote(&self.image), *committed)
            }
        }
    }

    /// A namespace mode with the target's name instead of its id.
    fn named(&self, mode: &str) -> String {
        match mode.strip_prefix("container:") {
            Some(id) if id == self.target.0 => format!("container:{}", self.target_name),
            Some(_) | None => mode.to_owned(),
        }
    }

    /// What the twin shares with its target, as short words: `net`, `pid`, `ipc`, `2 vol`.
    ///
    /// An arena has the target's files to read, and is in its networks: `files`, `net NAME`.
    pub fn shared(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.root.is_some() {
            words.push("files (read-only)".to_owned());
        }
        for (word, mode) in [
            ("net", &self.network),
            ("pid", &self.pid),
            ("ipc", &self.ipc),
        ] {
            if !mode.is_empty() {
                words.push(if mode == "host" {
                    format!("{word} host")
                } else if mode.starts_with("container:") {
                    word.to_owned()
                } else {
                    format!("{word} {}", bounded(mode, 32))
                });
            }
        }
        words.extend(
            self.networks
                .iter()
                .map(|n| format!("net {}", bounded(n, 32))),
        );
        if !self.mounts.is_empty() {
            words.push(format!("{} vol", self.mounts.len()));
        }
        if let Some(gpus) = &self.gpus {
            words.push(format!("gpus {gpus}"));
        }
        words
    }

    /// Who the program is and what it may do beyond the engine's default: `root, extra right SYS_PTRACE`.
    pub fn rights(&self) -> String {
        let user = if is_root(&self.user) {
            "root".to_owned()
        } else {
            format!("user {}", bounded(&self.user, 32))
        };
        match self.cap_add.as_slice() {
            [] => format!("{user}, no extra rights"),
            [one] => format!("{user}, extra right {one}"),
            more => format!("{user}, extra rights {}", more.join(" ")),
        }
    }

    /// The extra rights, each with what it is for when devtwin asks for it itself.
    pub fn grants(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.cap_add.iter().map(|cap| {
            let reason = REASONS.iter().find(|(name, _)| name == cap);
            let reason = reason.map_or("asked for by --grant", |(_, why)| why);
            let traces = self.mode == Mode::Arena && cap == "SYS_PTRACE";
            (cap.as_str(), if traces { TRACING } else { reason })
        })
    }

    /// [`Self::to_text_by`], for an engine to which docker comes by itself.
    pub fn to_text(&self) -> String {
        self.to_text_by(&Call::default())
    }

    /// The plan as a page of text: what is created, what it shares, what it is granted and why. The last line makes
    /// the same by hand; `docker` is how docker is called.
    pub fn to_text_by(&self, docker: &Call) -> String {
        let mut out = String::new();
        let mut row = |name: &str, value: &str| {
            let _ = writeln!(out, "{name:<10} {}", clean(value));
        };
        if self.mode == Mode::Explore {
            row("explore", &self.target_name);
        } else {
            row(
                "twin of",
                &format!("{} ({})", self.target_name, self.target.short()),
            );
        }
        row("mode", self.mode.word());
        row("dev image", &self.image);
        row(
            "user",
            if self.user == "0" {
                "0 (root)"
            } else {
                &self.user
            },
        );
        row(
            "program",
            &self
                .argv
                .iter()
                .map(|a| quote(a))
                .collect::<Vec<_>>()
                .join(" "),
        );
        row("workdir", &self.workdir);
        if self.mode != Mode::Explore {
            row("shares", &self.shared().join(", "));
        }
        if let Some(root) = &self.root {
            let what = root.how.word();
            row(
                "root",
                &format!("{TARGET_LINK}, read-only, by {what}: {}", root.why),
            );
        }
        for link in &self.links {
            row("link", &format!("{} -> {}", link.path, link.to));
        }
        for mount in &self.mounts {
            row(
                "volume",
                &format!(
                    "{} at {}{}",
                    mount.source,
                    mount.destination,
                    if mount.writable { "" } else { ", read-only" }
                ),
            );
        }
        if let Some(merged) = &self.merged {
            row("image", &format!("{merged}, made of both"));
        }
        if let Some(gpus) = &self.gpus {
            row("gpus", &gpus.to_string());
        }
        for folder in &self.folders {
            let (source, path) = (&folder.source, &folder.path);
            row("folder", &format!("{source} at {path}, {}", folder.words()));
        }
        for cache in &self.caches {
            row("cache", &format!("{} at {}", cache.volume, cache.path));
        }
        for (cap, reason) in self.grants() {
            row("grant", &format!("{cap}, {reason}"));
        }
        for (name, value) in &self.env {
            row("env", &format!("{name}={}", secret::shown(name, value)));
        }
        if !self.shell_env.is_empty() {
            row("shell", "integration on, by environment");
        }
        for note in &self.notes {
            row(
                if note.weight == Weight::Missing {
                    "missing"
                } else {
                    "note"
                },
                &note.text,
            );
        }
        let _ = write!(out, "\n{}\n", docker.line(&self.docker_run()));
        out
    }
}

/// The commands that stream the target's root into a volume, through a container of `image`; where it is `committed`,
/// from a container of an image that is made of the target and goes with it.
fn archive_lines(target: &str, volume: &str, image: &str, committed: bool) -> Vec<String> {
    let files = format!("{volume}-files");
    let from = if committed { &files } else { target };
    let mut lines = Vec::new();
    if committed {
        lines.push(format!("docker commit --pause=false {target} {volume}"));
        lines.push(format!("docker create --name {files} {volume} true"));
    }
    lines.extend([
        format!("docker create --name {volume} -v {volume}:{TARGET_LINK} {image} true"),
        format!("docker export {from} | docker cp - {volume}:{TARGET_LINK}"),
        format!("docker rm {volume}"),
    ]);
    if committed {
        lines.push(format!("docker rm {files}"));
        lines.push(format!("docker rmi {volume}"));
    }
    lines
}

/// The view of the target's files as docker's `--mount` takes it.
fn root_mount(how: &RootSource) -> String {
    let object = how.object();
    match how {
        RootSource::Image { .. } => format!("type=image,source={object},target={TARGET_LINK}"),
        RootSource::Overlay { .. } | RootSource::Archive { .. } => {
            format!("type=volume,source={object},target={TARGET_LINK},readonly,volume-nocopy")
        }
    }
}

/// A cache as docker's `--mount` takes it: made with its labels when it is not there.
fn mount(cache: &Cache) -> String {
    let mut options = format!(
        "type=volume,source={},target={},volume-nocopy",
        cache.volume, cache.path
    );
    for (name, value) in cache.labels() {
        let _ = write!(options, ",volume-label={name}={value}");
    }
    options
}
