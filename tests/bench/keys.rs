//! Keys while a program floods its terminal.
//!
//! A letter that the kernel echoes into a flood is gone before the next frame. So the flood scrolls in the rows
//! below the first, and a loop of the shell writes each line that is typed into the first row, where it stays: the
//! time from typing a mark to its cell in the output is the way through the program and back, behind the flood.

use std::time::Duration;

use crate::figures::Figures;
use crate::lean::Lean;
use crate::scene::{LOG, Scene, mark};

const KEYS: usize = 120;
/// How long the palette takes to close at most.
const CLOSED: Duration = Duration::from_millis(150);
const INTERRUPTS: usize = 20;
/// How long a flood runs before the first key counts.
const STEADY: Duration = Duration::from_millis(500);

pub(crate) fn keys() {
    // One flood at a time.
    let first = {
        let mut scene = flooded(Scene::open());
        let palette = palette(&mut scene.pane);
        println!(
            "palette in a flood: {} (budget p99 50 ms, {} keys)",
            palette.spread(),
            palette.len()
        );
        type_marks(&mut scene.pane)
    };
    let further = type_marks(&mut flooded(Scene::open_further()).pane);
    let docker = {
        let scene = Scene::open();
        scene.make_log();
        let mut docker = scene.docker_exec();
        begin(&mut docker);
        type_marks(&mut docker)
    };
    println!(
        "key in a flood, first shell: {}; further shell: {} (budget p99 50 ms); docker exec -it: {} ({KEYS} keys each)",
        first.spread(),
        further.spread(),
        docker.spread(),
    );
}

fn flooded(mut scene: Scene) -> Scene {
    scene.make_log();
    begin(&mut scene.pane);
    scene
}

/// Starts the flood and the loop that answers.
fn begin(pty: &mut Lean) {
    let flood = format!("while :; do cat {LOG}; done &");
    let answer = r#"while IFS= read -r k; do printf '\0337\033[1;1H%s\0338' "$k"; done"#;
    let script =
        format!(r"stty -echo; printf '\033[2J\033[2;99r\033[2;1H'; sh -c '{flood}' & {answer}");
    pty.send(format!("{script}\r"));
    pty.pass(STEADY);
}

fn type_marks(pty: &mut Lean) -> Figures {
    let mut figures = Figures::default();
    for n in 0..KEYS {
        let (mark, _) = mark(n);
        let sent = pty.send(format!("{mark}\r"));
        figures.push(pty.wait_for(&mark) - sent);
        pty.pass(rest(n));
    }
    figures
}

/// The leader opens the palette: devtwin's own answer to a key, without the program.
fn palette(pty: &mut Lean) -> Figures {
    let mut figures = Figures::default();
    for n in 0..KEYS {
        let sent = pty.send([0x1d]);
        // The corner of its border.
        figures.push(pty.wait_for("╭") - sent);
        pty.pass(rest(n));
        pty.send(b"\x1b");
        // Closed and drawn for certain: opened again in the same frame, it would not be drawn anew.
        pty.pass(CLOSED);
    }
    figures
}

/// Uneven pauses of 20 to 60 ms, so that keys do not fall in step with frames.
fn rest(n: usize) -> Duration {
    Duration::from_micros(20_000 + (n as u64 * 7_919) % 40_000)
}

/// Ctrl-C in a flood of `yes`, until the prompt.
pub(crate) fn interrupt() {
    let mut scene = Scene::open();
    let first = interrupts(&mut scene.pane);
    let docker = interrupts(&mut scene.docker_exec());
    drop(scene);
    let further = interrupts(&mut Scene::open_further().pane);
    println!(
        "Ctrl-C in a flood to the prompt, first shell: {}; further shell: {} (budget 50 ms); docker exec -it: {} ({INTERRUPTS} times each)",
        first.spread(),
        further.spread(),
        docker.spread(),
    );
}

fn interrupts(pty: &mut Lean) -> Figures {
    let (mark, octal) = mark(0);
    pty.send(format!("PS1=$(printf '{octal}')' '\r"));
    pty.wait_for(&mark);
    let mut figures = Figures::default();
    for _ in 0..INTERRUPTS {
        pty.send("yes\r");
        pty.pass(STEADY);
        let sent = pty.send([0x03]);
        figures.push(pty.wait_for(&mark) - sent);
        pty.pass(rest(1));
    }
    figures
}
