//! What every verb needs: the flags, the environment, the printer, and ways to the engine and the sessions.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::{Config, Environment, state_dir};
use crate::domain::error::Result;
use crate::engine::Engine;
use crate::engine::docker::Docker;
use crate::session::Sessions;

use super::Global;
use super::output::Printer;

pub(crate) struct Context<'a> {
    global: Global,
    pub(crate) environment: Environment,
    pub(crate) printer: &'a Printer,
}

impl<'a> Context<'a> {
    pub(crate) fn new(global: Global, environment: Environment, printer: &'a Printer) -> Self {
        Self {
            global,
            environment,
            printer,
        }
    }

    /// Whether the person, by flag or environment, wants no colour.
    pub(crate) fn no_color(&self) -> bool {
        self.global.no_color || self.environment.no_color
    }

    /// Connects to the engine.
    pub(crate) async fn engine(&self) -> Result<Arc<dyn Engine>> {
        let environment = self.environment.docker_host.as_deref();
        let engine = Docker::connect(self.global.host.as_deref(), environment).await?;
        Ok(Arc::new(engine))
    }

    /// Reads the configuration.
    pub(crate) fn config(&self) -> Result<Config> {
        Config::load(&self.environment.config_place())
    }

    /// The sessions of this person on this machine, in this state folder.
    pub(crate) fn sessions(&self) -> Sessions {
        Sessions::new(state_dir().as_deref(), self.environment.person())
    }
}

/// Seconds since the epoch.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
