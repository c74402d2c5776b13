//! The drawing side of the panes, the picker and the screens around them.

pub mod attaching;
pub mod compare;
pub mod entrypoint;
pub mod files;
pub mod header;
pub mod learn;
pub mod logs;
pub mod network;
pub mod packages;
pub mod picker;
pub mod preview;
pub mod processes;
pub mod recipe;
pub mod shell;
pub mod stats;
pub mod steps;
