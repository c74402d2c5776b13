//! What devtwin knows, as plain values and rules: references, targets, plans, reports.
//!
//! Nothing here reads a file, a clock or a socket. The engine and the screen depend on this
//! module; it depends on neither. Reports are the structs that panes draw and `--json` prints.

pub mod accounts;
pub mod bisect;
pub mod build;
pub mod call;
pub mod command;
pub mod compare;
pub mod debt;
pub mod dockerfile;
pub mod dockerignore;
pub mod doctor;
pub mod elf;
pub mod entrypoint;
pub mod error;
pub mod explore;
pub mod files;
pub mod fs;
pub mod image;
pub mod ldcache;
pub mod lesson;
pub mod log;
pub mod look;
pub mod packages;
pub mod pattern;
pub mod plan;
pub mod process;
pub mod recipe;
pub mod recorder;
pub mod replay;
pub mod replica;
pub mod run;
pub mod secret;
pub mod session;
pub mod shebang;
pub mod sockets;
pub mod stats;
pub mod tar;
pub mod target;
pub mod text;
pub mod triage;
pub mod tryout;
pub mod twin;

use std::num::NonZeroU16;

use serde::Serialize;

/// A terminal size in character cells; never zero, because emulators and engines misbehave at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Columns.
    pub cols: NonZeroU16,
    /// Rows.
    pub rows: NonZeroU16,
}

impl Size {
    /// The size nearest to `cols` × `rows` that a terminal can have (at least 2 × 1: a wide
    /// character does not fit one column, terminal.md §1.4).
    pub fn clamped(cols: u16, rows: u16) -> Self {
        let at_least = |n: u16, min: u16| NonZeroU16::new(n.max(min)).unwrap_or(NonZeroU16::MIN);
        Self {
            cols: at_least(cols, 2),
            rows: at_least(rows, 1),
        }
    }
}

/// One step of a long operation, on its way; what it means is said in words fit for a gauge's label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A new step began: "looking for the dev image", "creating the twin".
    Step(String),
    /// A step that must be said also where steps are not shown: something is left out, or takes long.
    Notable(String),
    /// So many bytes of the step under way were copied; how many there are nobody knows.
    Copied(u64),
    /// A pull moved on.
    Pull(Pull),
    /// Nothing goes on before this container is started: a catch waits for it.
    Awaits {
        /// Which.
        target: target::ContainerId,
        /// Its name.
        name: String,
        /// It runs, or is in a restart loop: it is not for us to start it.
        runs: bool,
    },
}

/// The state of a pull, layer by layer; `total` is 0 while the registry has not said it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pull {
    /// Reference being pulled.
    pub reference: String,
    /// Layers in the order in which the engine named them.
    pub layers: Vec<Layer>,
}

/// One layer of a pull; sizes in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    /// The engine's short layer id.
    pub id: String,
    /// The engine's word for what it is doing ("Downloading", "Extracting", "Pull complete").
    pub status: String,
    /// Bytes done of the current step.
    pub current: u64,
    /// Bytes in all of the current step, 0 when unknown.
    pub total: u64,
}

impl Pull {
    /// Bytes done and bytes known over all layers.
    pub fn bytes(&self) -> (u64, u64) {
        self.layers
            .iter()
            .fold((0, 0), |(done, all), l| (done + l.current, all + l.total))
    }

    /// Layers finished and layers in all.
    pub fn layers_done(&self) -> (usize, usize) {
        let done = |l: &&Layer| matches!(l.status.as_str(), "Pull complete" | "Already exists");
        (self.layers.iter().filter(done).count(), self.layers.len())
    }
}

/// Where progress goes: the CLI prints it, the TUI turns it into a message.
pub type Sink<'a> = &'a (dyn Fn(Progress) + Send + Sync);
