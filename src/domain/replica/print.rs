//! A replica as the `docker run` line that does the same.

use super::{Limit, Modes, Mounts, Replica, Room};
use crate::domain::secret;
use crate::domain::target::{ContainerId, Image, MountKind, NamespaceMode, Target};
use crate::domain::text::quote;

use super::edits::{size_words, volumes};

impl Replica {
    /// The `docker run` line that makes the same container, quoted for a shell; `image` is the target's, as far as it
    /// is known, whose own variables need no flag; `twin` has the modes of the twin beside which it runs.
    ///
    /// Secrets are given by name alone: docker then takes the value from the caller's environment. What has no place
    /// in a [`Target`] (devices, ulimits and such) is copied by devtwin and not in the line.
    pub fn docker_run(&self, target: &Target, image: Option<&Image>, twin: &Modes) -> String {
        let mut line = Line(["docker", "run", "--rm"].map(String::from).to_vec());
        if target.runtime.tty {
            line.word("-it");
        }
        let config = &target.config;
        let user = self.user.as_ref().unwrap_or(&config.user);
        line.flag_unless_empty("--user", user);
        let workdir = self.workdir.as_ref().unwrap_or(&config.workdir);
        line.flag_unless_empty("--workdir", workdir);
        self.room(target, twin, &mut line);
        self.rights(target, &mut line);
        self.mounts(target, &mut line);
        self.env(target, image, &mut line);
        let argv = match &self.argv {
            Some(argv) => argv.clone(),
            None => [config.entrypoint.clone(), config.cmd.clone()].concat(),
        };
        if let Some(program) = argv.first() {
            line.flag("--entrypoint", program);
        }
        line.word(self.image.as_ref().unwrap_or(&target.image));
        for word in argv.iter().skip(1) {
            line.word(word);
        }
        line.0.join(" ")
    }

    fn room(&self, target: &Target, modes: &Modes, line: &mut Line) {
        match &self.room {
            Room::Twin(twin) => {
                let (network, pid) = modes.beside(twin, &target.id);
                line.flag("--network", &shortened(&network));
                if let Some(pid) = pid {
                    line.flag("--pid", &shortened(&pid));
                }
            }
            Room::Isolated => line.flag("--network", "none"),
            Room::Networked => match &target.isolation.network {
                NamespaceMode::Private | NamespaceMode::Shareable => {}
                NamespaceMode::Host => line.flag("--network", "host"),
                NamespaceMode::None => line.flag("--network", "none"),
                NamespaceMode::Container(other) => {
                    line.flag("--network", &format!("container:{other}"));
                }
                NamespaceMode::Named(name) => line.flag("--network", name),
            },
        }
        if !matches!(self.room, Room::Twin(_)) {
            for server in &target.runtime.dns {
                line.flag("--dns", server);
            }
            for host in &target.runtime.extra_hosts {
                line.flag("--add-host", host);
            }
        }
    }

    fn rights(&self, target: &Target, line: &mut Line) {
        let isolation = &target.isolation;
        if isolation.privileged {
            line.word("--privileged");
        }
        if isolation.readonly_rootfs && !self.writable_root {
            line.word("--read-only");
        }
        if !self.default_caps {
            for cap in &isolation.cap_drop {
                line.flag("--cap-drop", cap);
            }
            for cap in &isolation.cap_add {
                line.flag("--cap-add", cap);
            }
        }
        for option in &isolation.security_opt {
            line.flag("--security-opt", option);
        }
        let memory = match self.memory {
            Limit::Same => target.service.memory,
            Limit::None => None,
            Limit::Bytes(bytes) => Some(bytes),
        };
        if let Some(bytes) = memory {
            line.flag("--memory", &size_words(bytes));
        }
        if let Some(pids) = target.service.pids {
            line.flag("--pids-limit", &pids.to_string());
        }
        if let Some(millis) = target.service.cpu_millis {
            line.flag("--cpus", &format!("{}.{:03}", millis / 1000, millis % 1000));
        }
        if target.service.init {
            line.word("--init");
        }
        for (name, value) in &target.service.sysctls {
            if !(matches!(self.room, Room::Twin(_)) && name.starts_with("net.")) {
                line.flag("--sysctl", &format!("{name}={value}"));
            }
        }
    }

    fn mounts(&self, target: &Target, line: &mut Line) {
        let kept = |at: &String| !self.without_mounts.contains(at);
        for mount in volumes(target).filter(|m| kept(&m.destination)) {
            if self.mounts == Mounts::None {
                break;
            }
            let mut options = Vec::new();
            if !mount.writable || self.mounts == Mounts::ReadOnly {
                options.push("ro");
            }
            if mount.kind == MountKind::Volume {
                options.push("nocopy");
            }
            let mut value = format!("{}:{}", mount.source, mount.destination);
            if !options.is_empty() {
                value = format!("{value}:{}", options.join(","));
            }
            line.flag("-v", &value);
        }
        for at in target.tmpfs.iter().filter(|at| kept(at)) {
            match target.service.tmpfs.get(at).filter(|o| !o.is_empty()) {
                Some(options) => line.flag("--tmpfs", &format!("{at}:{options}")),
                None => line.flag("--tmpfs", at),
            }
        }
    }

    fn env(&self, target: &Target, image: Option<&Image>, line: &mut Line) {
        let of_image = image.map(|i| i.config.env.as_slice()).unwrap_or_default();
        let edited = |name: &str| self.env.iter().any(|(n, _)| n == name);
        let own = target.config.env.iter();
        for var in own.filter(|var| !edited(&var.0) && !of_image.contains(var)) {
            line.var(&var.0, Some(&var.1));
        }
        for (name, value) in &self.env {
            line.var(name, value.as_deref());
        }
    }
}

struct Line(Vec<String>);

impl Line {
    fn word(&mut self, word: &str) {
        self.0.push(quote(word));
    }

    fn flag(&mut self, name: &str, value: &str) {
        self.0.push(name.to_owned());
        self.0.push(quote(value));
    }

    fn flag_unless_empty(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.flag(name, value);
        }
    }

    /// A variable; without a value docker takes the caller's, or takes away what the image sets.
    fn var(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) if !secret::is_secret(name, value) => {
                self.flag("-e", &format!("{name}={value}"));
            }
            Some(_) | None => self.flag("-e", name),
        }
    }
}

/// A mode with its container's id as docker prints ids.
fn shortened(mode: &str) -> String {
    match mode.strip_prefix("container:") {
        Some(id) => format!("container:{}", ContainerId(id.to_owned()).short()),
        None => mode.to_owned(),
    }
}
