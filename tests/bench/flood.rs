//! A log of 100 MB through the pane, against docker's own command and against the stream as it comes.

use std::time::{Duration, Instant};

use devtwin::domain::Size;
use devtwin::domain::target::ContainerId;
use devtwin::engine::docker::{Docker, Wanted};
use devtwin::engine::{Engine as _, ExecSpec, Tty};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::figures::{Figures, compare, megabytes, memory};
use crate::lean::{Lean, SIZE};
use crate::scene::{LOG, LOG_BYTES, Scene, docker_run, mark};
use crate::support::pty::PATIENCE;

const ROUNDS: usize = 5;
/// Lines of history that devtwin keeps by default, and bytes of a cell in it.
const SCROLLBACK: u64 = 10_000;
const CELL: u64 = 24;
/// Bytes at the end of a chunk in which the mark is looked for: a prompt with all its marks stands behind it.
const TAIL: usize = 4096;

pub(crate) fn flood() {
    let mut scene = Scene::open();
    scene.make_log();
    let mut docker = scene.docker_exec();
    let (mut run, _container) = docker_run();
    let mut further = Scene::open_further();
    further.make_log();
    let mut raw = Raw::open(&scene.twin);
    let before = memory(scene.pane.pid(), "VmRSS");
    let [mut ours, mut second, mut exec, mut logged, mut bare] =
        [(); 5].map(|()| Figures::default());
    for round in 0..ROUNDS {
        ours.push(cat(&mut scene.pane, round));
        second.push(cat(&mut further.pane, round));
        exec.push(cat(&mut docker, round));
        logged.push(cat(&mut run, round));
        bare.push(raw.cat(round));
    }
    let name = format!("{:.0} MB through the pane", megabytes(LOG_BYTES));
    // Like with like first: an exec against an exec, a container's own program against the same.
    let shell = format!("{name}, a further shell");
    compare(&shell, &second, "docker exec -it", &exec, 1.0);
    compare(&shell, &second, "an exec unparsed", &bare, 1.2);
    let first = format!("{name}, the first shell");
    compare(&first, &ours, "docker run -it", &logged, 1.0);
    compare(&first, &ours, "docker exec -it", &exec, 1.0);
    let rate = |f: &Figures| megabytes(LOG_BYTES) / f.median() * 1e3;
    println!(
        "    MB/s: first shell {:.0}, further {:.0}, docker exec -it {:.0}, docker run -it {:.0}, unparsed {:.0}",
        rate(&ours),
        rate(&second),
        rate(&exec),
        rate(&logged),
        rate(&bare)
    );
    let (pid, cells) = (scene.pane.pid(), u64::from(SIZE.0) * SCROLLBACK);
    println!(
        "    memory before {:.1} MB, after {:.1} MB, peak {:.1} MB; {SCROLLBACK} lines of {} cells explain {:.1} MB",
        megabytes(before),
        megabytes(memory(pid, "VmRSS")),
        megabytes(memory(pid, "VmHWM")),
        SIZE.0,
        megabytes(cells * CELL)
    );
}

/// From Enter to the mark behind the log.
pub(crate) fn cat(pty: &mut Lean, round: usize) -> Duration {
    let (mark, octal) = mark(round);
    let sent = pty.send(format!("cat {LOG}; printf '{octal}\\n'\r"));
    pty.wait_for(&mark) - sent
}

/// bash in a twin over the engine's interface, its output read and dropped.
struct Raw {
    runtime: tokio::runtime::Runtime,
    tty: Tty,
}

impl Raw {
    fn open(twin: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        #[expect(clippy::disallowed_methods, reason = "a bench has no config")]
        let host = std::env::var("DOCKER_HOST").ok();
        let tty = runtime.block_on(async {
            let engine = Docker::connect(&Wanted::host(host.as_deref())).await;
            let spec = ExecSpec {
                argv: vec!["bash".into()],
                ..ExecSpec::default()
            };
            let id = ContainerId(twin.into());
            let size = Size::clamped(SIZE.0, SIZE.1);
            let exec = engine.expect("the engine answers");
            exec.exec_tty(&id, &spec, size).await.expect("bash runs").1
        });
        Self { runtime, tty }
    }

    fn cat(&mut self, round: usize) -> Duration {
        let (mark, octal) = mark(round);
        let line = format!("cat {LOG}; printf '{octal}\\n'\r");
        let Self { runtime, tty } = self;
        runtime.block_on(async {
            let start = Instant::now();
            let typed = tty.input.write_all(line.as_bytes()).await;
            typed.expect("it is typed");
            tty.input.flush().await.expect("it is typed");
            let (mut chunk, mut end) = (vec![0; 64 * 1024], Vec::new());
            loop {
                let read = tokio::time::timeout(PATIENCE, tty.output.read(&mut chunk)).await;
                let n = read.expect("the mark comes").expect("it is read");
                assert!(n > 0, "bash ended");
                end.extend_from_slice(&chunk[n.saturating_sub(TAIL)..n]);
                if String::from_utf8_lossy(&end).contains(&mark) {
                    return start.elapsed();
                }
                assert!(start.elapsed() < PATIENCE, "the mark does not come");
                end.drain(..end.len().saturating_sub(TAIL));
            }
        })
    }
}
