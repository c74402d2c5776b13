//! Each rule finds its fault, and not what only looks like it.

mod command;
mod data;
mod end;
mod families;
mod identity;
mod libraries;
mod mounts;
mod program;
mod random;
mod registry;
mod shell;
mod signals;
mod sound;
mod writing;
