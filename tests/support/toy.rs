//! A package manager of the tests' own: its commands are lines for a shell, its data are lines of words.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by test programs, each of which uses its own part"
)]

use std::cmp::Ordering;
use std::io::{self, BufRead};

use devtwin::domain::packages::{
    Change, Doing, Here, Installed, Invocation, Package, PackageManager, Printed, Reader, Setup,
    SetupFile, Step, Stream, Told, Trouble, TroubleId,
};

/// What it runs, each by `sh -c`.
#[derive(Debug, Clone, Copy)]
pub struct Toy {
    pub refresh: &'static str,
    /// Prints lines `NAME VERSION`.
    pub index: &'static str,
    /// Prints lines `NAME VERSION`, and for one that is broken `NAME VERSION broken`.
    pub installed: &'static str,
    pub simulate: &'static str,
    /// Lines `step A/B NAME` tell of a package.
    pub commit: &'static str,
}

/// Its commands as they are called in an engine in memory.
pub const TOY: Toy = Toy {
    refresh: "refresh",
    index: "index",
    installed: "installed",
    simulate: "simulate",
    commit: "commit",
};

fn sh(line: &str) -> Invocation {
    Invocation {
        argv: ["sh", "-c", line].map(str::to_owned).into(),
        env: vec![("TOY".into(), "yes".into())],
    }
}

impl PackageManager for Toy {
    fn id(&self) -> &'static str {
        "toy"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["/bin/toy"]
    }

    fn cache(&self) -> Option<&'static str> {
        None
    }

    fn keeps(&self) -> &'static [&'static str] {
        &[]
    }

    fn files(&self, _setup: &Setup) -> Vec<SetupFile> {
        Vec::new()
    }

    fn refresh(&self, _setup: &Setup) -> Invocation {
        sh(self.refresh)
    }

    fn index(&self, _setup: &Setup) -> Invocation {
        sh(self.index)
    }

    fn read_index(&self, from: &mut dyn BufRead, each: &mut dyn FnMut(Package)) -> io::Result<()> {
        let mut line = String::new();
        while from.read_line(&mut line)? > 0 {
            let mut words = line.split_whitespace().map(str::to_owned);
            if line.starts_with("garbage") {
                return Err(io::Error::other("garbage"));
            }
            each(Package {
                name: words.next().unwrap_or_default(),
                version: words.next().unwrap_or_default(),
                ..Package::default()
            });
            line.clear();
        }
        Ok(())
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        a.cmp(b)
    }

    fn installed(&self, _setup: &Setup) -> Invocation {
        sh(self.installed)
    }

    fn read_installed(&self, printed: &[u8]) -> Installed {
        let text = String::from_utf8_lossy(printed);
        let packages = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next()?.to_owned();
            let here = Here {
                version: words.next()?.to_owned(),
                broken: words.next().map(str::to_owned),
                ..Here::default()
            };
            Some((name, here))
        });
        Installed {
            packages: packages.collect(),
        }
    }

    fn simulate(&self, _change: &Change, _setup: &Setup) -> Invocation {
        sh(self.simulate)
    }

    fn commit(&self, _change: &Change, _setup: &Setup) -> Invocation {
        sh(self.commit)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Steps)
    }

    fn troubles(&self, printed: &Printed) -> Vec<Trouble> {
        let known = [
            ("locked", TroubleId::Locked),
            ("unreachable", TroubleId::Unreachable),
            ("broken before", TroubleId::BrokenBefore),
        ];
        let lines = printed.lines.iter().filter_map(|(_, line)| {
            let (_, id) = known.iter().find(|(word, _)| line.starts_with(word))?;
            Some(Trouble {
                id: *id,
                meaning: line.clone(),
                advice: Vec::new(),
                evidence: vec![line.clone()],
            })
        });
        lines.collect()
    }

    fn line(&self, change: &Change, setup: &Setup) -> String {
        let words = change.names.iter().chain(&setup.repositories);
        let words: Vec<&str> = words.map(String::as_str).collect();
        format!("toy {:?} {}", change.verb, words.join(" "))
    }

    fn dockerfile(&self, change: &Change, setup: &Setup) -> String {
        format!("RUN {}", self.line(change, setup))
    }

    fn takes_root(&self) -> bool {
        false
    }
}

struct Steps;

impl Reader for Steps {
    fn line(&mut self, _stream: Stream, line: &str) -> Option<Told> {
        let (at, name) = line.strip_prefix("step ")?.split_once(' ')?;
        let (at, of) = at.split_once('/')?;
        Some(Told::Step(Step {
            at: at.parse().ok()?,
            of: of.parse().ok()?,
            doing: Doing::Install,
            name: name.to_owned(),
            version: String::new(),
            old: None,
        }))
    }
}
