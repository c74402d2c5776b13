use super::super::testing::Scene;
use crate::domain::target::Status;

#[test]
fn killed_for_memory() {
    let oom = || {
        Scene::web()
            .ended(137, &[])
            .container(|target| target.state.oom_killed = true)
    };
    let found = oom()
        .container(|target| target.service.memory = Some(32 << 20))
        .errs("OOM");
    assert_eq!(
        found.evidence,
        [
            "State.OOMKilled: true",
            "State.ExitCode: 137",
            "memory limit: 32m"
        ]
    );
    assert!(found.advice[0].contains("--memory 64m"), "{found:?}");
    oom().errs("OOM");
    // A program in it, and not the main one.
    oom()
        .container(|target| target.state.status = Status::Running)
        .warns("OOM");
    Scene::web().ended(137, &[]).lacks("OOM");
    // The engine may have missed it.
    let limited = |code| {
        Scene::web()
            .ended(code, &[])
            .container(|target| target.service.memory = Some(32 << 20))
    };
    limited(137).notes("OOM");
    limited(1).lacks("OOM");
}

#[test]
fn crashed() {
    Scene::web().ended(139, &[]).errs("SEGV");
    Scene::web().ended(134, &[]).lacks("SEGV");
    Scene::web()
        .container(|target| target.state.exit_code = 139)
        .lacks("SEGV");
}
