//! A target for tests: it runs, and has nothing special.

use super::{Config, ContainerId, Isolation, Runtime, Service, State, Status, Target};

/// `web`, which runs.
pub(crate) fn target() -> Target {
    Target {
        id: ContainerId("1".repeat(64)),
        name: "web".into(),
        image: "acme/web:1".into(),
        image_id: "sha256:1".into(),
        state: State {
            status: Status::Running,
            restarting: false,
            pid: Some(7),
            exit_code: 0,
            oom_killed: false,
            error: None,
            started_at: None,
            finished_at: None,
            restart_count: 0,
            health: None,
        },
        config: Config::default(),
        isolation: Isolation::default(),
        mounts: Vec::new(),
        tmpfs: Vec::new(),
        service: Service::default(),
        runtime: Runtime::default(),
    }
}
