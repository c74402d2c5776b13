//! What every verb needs: the flags, the environment, the printer, and ways to the engine and the sessions.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::{Config, Environment, state_dir};
use crate::domain::error::Result;
use crate::engine::Engine;
use crate::engine::docker::{Docker, Wanted};
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
        Ok(Arc::new(Docker::connect(&self.wanted()).await?))
    }

    /// What the person says about the engine to use.
    fn wanted(&self) -> Wanted {
        let environment = &self.environment;
        Wanted {
            host: self.global.host.clone(),
            context: self.global.context.clone(),
            docker_host: environment.docker_host.clone(),
            docker_context: environment.docker_context.clone(),
            tls_verify: environment.docker_tls_verify,
            cert_path: environment.docker_cert_path.clone(),
            folder: environment.docker_folder.clone(),
            runtime_dir: environment.runtime_dir.clone(),
            home: environment.home.clone(),
        }
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
