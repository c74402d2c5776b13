//! Memory over a long flood: the first quarter of the samples against the last.
//!
//! In this process 4 GB of what real programs print go through `update` and are drawn as often as the loop
//! would. Through the whole program and the engine goes 1 GB. `DEVTWIN_SOAK` asks for more of both (`10G`).

use std::io::{self, Write};
use std::time::{Duration, Instant};

use devtwin::app::{Msg, update};
use devtwin::ui;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::figures::{megabytes, memory};
use crate::flood::cat;
use crate::journey::{self, Driver};
use crate::lean::SIZE;
use crate::scene::{LOG_BYTES, Scene};

/// Bytes of the replay inside this process, at least.
const REPLAY: u64 = 4_000_000_000;
/// Bytes through the whole program without `DEVTWIN_SOAK`.
const WHOLE: u64 = 1_000_000_000;
/// Bytes between two samples of memory.
const STEP: u64 = 50_000_000;
/// Bytes of a message, as the loop gets them, and of those between two frames at 50 MB/s.
const CHUNK: usize = 32 * 1024;
const FRAME: usize = 800_000;

pub(crate) fn soak() {
    let mut scene = Scene::open();
    scene.make_log();
    let printed = record(&scene);
    let wanted = wanted();
    through(&mut scene, wanted);
    drop(scene);
    replay(&printed, wanted.max(REPLAY));
}

/// What `DEVTWIN_SOAK` asks for.
fn wanted() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a bench has no config")]
    let Ok(text) = std::env::var("DEVTWIN_SOAK") else {
        return WHOLE;
    };
    let (number, unit) = match (text.strip_suffix('G'), text.strip_suffix('M')) {
        (Some(number), _) => (number, 1_000_000_000),
        (_, Some(number)) => (number, 1_000_000),
        _ => (text.as_str(), 1),
    };
    number.parse::<u64>().expect("DEVTWIN_SOAK is like 10G") * unit
}

/// What programs print on a terminal: a log, a coloured listing, a screen that is drawn again and again.
fn record(scene: &Scene) -> Vec<u8> {
    let script = "head -c 8000000 /tmp/flood.log; ls -laR --color=always /usr /bin /etc; \
                  seq 200000; for n in 1 2 3 4 5 6 7 8; do printf '\\033[?1049h\\033[H'; ps; env; \
                  printf '\\033[?1049l'; done";
    let printed = crate::support::docker::run(&["exec", "-t", &scene.twin, "sh", "-c", script]);
    assert!(printed.stdout.len() > 9_000_000, "{printed:?}");
    printed.stdout
}

fn through(scene: &mut Scene, bytes: u64) {
    let pid = scene.pane.pid();
    // The scrollback is full before anything counts.
    cat(&mut scene.pane, 0);
    let rounds = usize::try_from(bytes.div_ceil(LOG_BYTES)).expect("a number of rounds");
    let mut samples = vec![memory(pid, "VmRSS")];
    let start = Instant::now();
    for round in 1..=rounds {
        cat(&mut scene.pane, round);
        samples.push(memory(pid, "VmRSS"));
    }
    let what = format!(
        "{:.1} GB through the whole program",
        megabytes(rounds as u64 * LOG_BYTES) / 1e3
    );
    report(&what, start.elapsed(), &samples);
}

fn replay(printed: &[u8], bytes: u64) {
    let mut session = Driver::shell_with(journey::settings(), SIZE);
    let backend = CrosstermBackend::new(Dropped);
    // As the program does: a screen that asks for its size on every frame would be measured for that.
    let viewport = Viewport::Fixed(Rect::new(0, 0, SIZE.0, SIZE.1));
    let screen = Terminal::with_options(backend, TerminalOptions { viewport });
    let mut display = screen.expect("a screen");
    let joined = session.model.joined.as_ref();
    let shell = joined.expect("a shell").shells.main().id();
    let (mut fed, mut undrawn, mut sampled) = (0, 0, 0);
    let mut taken = Vec::new();
    let start = Instant::now();
    while fed < bytes {
        for chunk in printed.chunks(CHUNK) {
            let output = Msg::Output(shell, chunk.to_vec(), start.elapsed());
            update(&mut session.model, output);
            undrawn += chunk.len();
            if undrawn >= FRAME {
                undrawn = 0;
                ui::draw(display.current_buffer_mut(), &session.model);
                display.flush().expect("a frame");
                display.swap_buffers();
                assert!(session.model.take_dirty(), "output changes the screen");
            }
        }
        fed += printed.len() as u64;
        sampled += printed.len() as u64;
        if sampled >= STEP {
            sampled = 0;
            taken.push(memory(std::process::id(), "VmRSS"));
        }
    }
    let what = format!("{:.1} GB replayed in one process", megabytes(fed) / 1e3);
    report(&what, start.elapsed(), &taken);
}

/// Prints what memory did.
fn report(what: &str, time: Duration, memory: &[u64]) {
    let quarter = (memory.len() / 4).max(1);
    let middle = |part: &[u64]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        megabytes(part[part.len() / 2])
    };
    let first = middle(&memory[..quarter]);
    let last = middle(&memory[memory.len() - quarter..]);
    let most = megabytes(memory.iter().copied().max().unwrap_or_default());
    println!(
        "{what} in {:.0} s: memory {first:.1} MB in the first quarter, {last:.1} MB in the last: {:+.1} MB (budget ±2), at most {most:.1} MB in {} samples",
        time.as_secs_f64(),
        last - first,
        memory.len()
    );
}

/// A terminal that takes everything.
struct Dropped;

impl Write for Dropped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
