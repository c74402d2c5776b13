//! What is sound: nothing worse than a note may be found, neither in the image alone nor while it runs.

use serde_json::Value;

use crate::fails::{log, wait_for};
use crate::report::Report;
use crate::support::{Container, docker, require_docker};

/// A shell goes on only with a terminal.
const TERMINAL: &[&str] = &["--interactive", "--tty"];

/// A row each, its name is the test's: image, flags of `docker run`, words behind the image.
macro_rules! rows {
    ($($name:ident: $image:literal $flags:expr, $args:expr;)+) => {
        $(
            #[test]
            fn $name() {
                is_sound($image, $flags, $args);
            }
        )+

        /// Their images.
        static IMAGES: &[&str] = &[$($image),+];
    };
}

rows! {
    wolfi: "cgr.dev/chainguard/web:latest" &[], &[];
    wolfi_dev: "cgr.dev/chainguard/web:latest-dev" &[], &[];
    wolfi_base: "cgr.dev/chainguard/wolfi-base:latest" TERMINAL, &[];
    scratch: "acme/bare:1" &[], &[];
    application: "acme/web:1.4" &[], &[];
    tools: "acme/tools:1" &[], &[];
    shell_only: "acme/shellonly:1" &[], &[];
    distroless: "gcr.io/distroless/web:nonroot" &[], &[];
    distroless_debug: "gcr.io/distroless/web:debug-nonroot" TERMINAL, &[];
    debian: "dhi.io/web:1.4-debian12" &[], &[];
    debian_dev: "dhi.io/web:1.4-debian12-dev" &[], &[];
    debian_application: "acme/deb-web:1" &[], &[];

    dynamic: "acme/sound:dynamic" &[], &[];
    library_path: "acme/sound:library-path" &[], &[];
    script_by_env: "acme/sound:script-by-env" &[], &[];
    shell_with_exec: "acme/sound:shell-with-exec" &[], &[];
    virtual_env: "acme/sound:virtual-env" &[], &[];
    by_path_and_link: "acme/sound:by-path-and-link" &[], &[];
    data_folders: "acme/sound:data-folders" &[], &[];
    surroundings: "acme/sound:surroundings" &[], &[];
    stops_by_quit: "acme/sound:stops-by-quit" &[], &[];

    hardened: "acme/web:1.4" &["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"], &[];
    as_root: "acme/web:1.4" &["--user", "0"], &[];
    with_init: "acme/web:1.4" &["--init"], &["--ignore-term"];
    with_scratch_space: "acme/web:1.4" &["--read-only", "--tmpfs", "/tmp"], &["--write", "/tmp/upload"];
    with_a_limit: "acme/web:1.4" &["--memory", "64m"], &[];
    low_port_of_its_own: "acme/web:1.4" &[], &["--port", "80"];
    in_the_hosts_network: "acme/web:1.4" &["--network", "host"], &["--listen", "127.0.0.1", "--port", "0"];
    among_the_hosts_processes: "acme/sound:dynamic" &["--pid", "host"], &[];
    with_its_volume: "acme/sound:data-folders" &["-v", "/var/lib/shop"], &[];
    with_another_entrypoint: "acme/web:1.4" &["--entrypoint", "web"], &["--port", "8081"];
}

#[track_caller]
fn is_sound(image: &str, flags: &[&str], args: &[&str]) {
    let container = Container::run(image, flags, args);
    wait_for(&container, "to be up", |state| {
        assert_eq!(state["Running"], true, "it ended: {}", log(&container));
        is_up(state, &log(&container))
    });
    Report::of(container.name()).is_sound();
    if flags.is_empty() && args.is_empty() || flags == TERMINAL {
        Report::of(image).is_sound();
    }
}

/// Whether it has said something, the prompt of a shell included, and its health check, too, if it has one.
fn is_up(state: &Value, log: &str) -> bool {
    let health = state["Health"]["Status"].as_str();
    !log.is_empty() && health.is_none_or(|health| health == "healthy")
}

#[test]
fn one_that_was_stopped_in_good_order() {
    let container = Container::run("acme/web:1.4", &[], &[]);
    wait_for(&container, "to be up", |_| !log(&container).is_empty());
    docker::ok(&["stop", container.name()]);
    Report::of(container.name()).is_sound();
}

#[test]
fn one_that_is_paused() {
    let container = Container::run("acme/web:1.4", &[], &[]);
    wait_for(&container, "to be up", |_| !log(&container).is_empty());
    docker::ok(&["pause", container.name()]);
    Report::of(container.name()).is_sound();
}

#[test]
fn one_that_was_never_started() {
    let container = Container::create("acme/web:1.4", &[], &[]);
    Report::of(container.name()).is_sound();
}

#[test]
fn every_sound_image_is_in_the_table() {
    require_docker();
    let tags = docker::ok(&["image", "ls", "--format", "{{.Tag}}", "acme/sound"]);
    assert!(!tags.is_empty(), "make fixtures first");
    for tag in tags.lines() {
        let image = format!("acme/sound:{tag}");
        assert!(IMAGES.contains(&image.as_str()), "{image}");
    }
}
