//! What all rules go by: the facts, the files, and what follows from them at once.

use super::report::{Identity, Program};
use super::{Facts, chain, identity};
use crate::domain::fs::Look;
use crate::domain::target::Config;

/// A case under inspection.
pub struct Case<'a, 't> {
    /// What the engine says.
    pub facts: &'a Facts,
    /// The files.
    pub look: &'a Look<'t>,
    /// What runs: entrypoint, then cmd.
    pub argv: Vec<String>,
    /// As whom; none while the files that say it are not read.
    pub identity: Option<Identity>,
    /// From `argv[0]` to the loader; none while not all of it is known, or when `argv` is empty.
    pub program: Option<Program>,
}

impl<'a, 't> Case<'a, 't> {
    /// The case of `facts` as far as the files are known.
    pub fn new(facts: &'a Facts, look: &'a Look<'t>) -> Self {
        let config = facts.config();
        let argv: Vec<String> = config
            .entrypoint
            .iter()
            .chain(&config.cmd)
            .cloned()
            .collect();
        Self {
            facts,
            look,
            identity: identity::of(config, look),
            program: chain::of(config, &argv, look),
            argv,
        }
    }

    /// What runs, after the engine's own merging.
    pub fn config(&self) -> &'a Config {
        self.facts.config()
    }
}
