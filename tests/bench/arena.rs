//! An arena of a big target that does not run, against a plain `docker run` of the dev image.

use std::time::Instant;

use crate::figures::{Figures, compare};
use crate::inspect::import;
use crate::support::docker::Image;
use crate::support::{self, Container, Pty, devtwin_path, docker, unique};

const ROUNDS: usize = 10;
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";
/// The prompt of bash for root, as both sides print it.
const PROMPT: &str = "bash-";

/// From the command to a prompt beside a target of 2 GB and 60,000 files.
pub(crate) fn arena() {
    let image = Image::adopt(format!("devtwin-bench/{}:1", unique("big-arena")));
    import(image.name());
    let target = Container::run(
        image.name(),
        &["--user", "0"],
        &["/usr/bin/web", "--exit", "3"],
    );
    docker::ok(&["wait", target.name()]);
    let (mut ours, mut theirs) = (Figures::default(), Figures::default());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let command = [devtwin_path(), "attach", "--image", DEV, target.name()];
        let mut pty = Pty::spawn(&command, &[], 80, 24);
        pty.wait_for(PROMPT);
        ours.push(start.elapsed());
        pty.send("ls /target/srv/data | wc -l\r");
        pty.wait_for("240");
        support::leave(pty);

        let start = Instant::now();
        let mut pty = Pty::spawn(
            &[
                "docker",
                "run",
                "--rm",
                "-it",
                "--label",
                "dev.devtwin.test=bench",
                "--user",
                "0",
                "--no-healthcheck",
                "--entrypoint",
                "/bin/bash",
                DEV,
            ],
            &[],
            80,
            24,
        );
        pty.wait_for(PROMPT);
        theirs.push(start.elapsed());
        pty.send("exit\r");
        pty.wait_exit();
    }
    compare(
        "arena of a target of 2 GB, to its prompt",
        &ours,
        "docker run -it of the dev image to prompt",
        &theirs,
        1.5,
    );
}
