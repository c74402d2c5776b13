//! Keeps docs/terminal.md what the table says: `DEVTWIN_BLESS=1 cargo test --test terminal terminal_page` writes it anew.

use std::fmt::Write as _;

use crate::bless;
use crate::case::{Case, Want};
use crate::programs::PROGRAMS;
use crate::table::groups;
use crate::vttest::ODD;

const HEAD: &str = "\
# The terminal of the shell pane

Written from the cases in `tests/terminal` by `DEVTWIN_BLESS=1 cargo test --test terminal terminal_page`; do not edit.

What the twin's shell and the programs in it write goes through a terminal of devtwin's own before it is drawn. It
behaves as xterm does, so every program that knows xterm can be used in it: editors, pagers, monitors, multiplexers.

- `TERM` is `xterm-256color` and `COLORTERM` is `truecolor`. Nearly every image has that entry; one that has no terminfo at
  all (a bare Wolfi image, say) has programs that bring it along or need none.
- **Shown:** 256 and true colours, bold, dim, italic, inverse, hidden, struck through, all five underlines and their colours,
  wide and combining characters, links, the cursor's shapes, the title.
- **For programs:** the alternate screen, margins, line drawing, bracketed paste, focus, mouse (clicks, dragging, motion; SGR
  and the older encodings), kitty's keyboard protocol and modifyOtherKeys, synchronised updates, marks of shells (OSC 133 and
  7), the clipboard (OSC 52: writing only, and only after your yes).
- **Never:** pictures (sixel, iTerm, kitty), 132 columns, double height, national character sets, reading the clipboard or the
  title, `blink`. Sequences that are not known are left out, never printed.
- **Bounded:** what a program can make devtwin keep or do: answers, titles, the clipboard, marks on a character,
  repetitions, the history ([settings](guide/config.md)). What people do in the pane is in [its guide](guide/shell.md).

How it was checked: every row of the tables below is a test. What must be seen comes from ECMA-48, the manuals of DEC's
terminals and xterm's `ctlseqs`; where text and cursor can tell, tmux is asked as well and must show the same (column *tmux*;
a reason stands there when it does otherwise). A row that differs says in bold what
happens today; the reasons stand under Known differences.
";

const TABLES: &str = "
## Every case

Bytes are written with `\\e` for ESC, `\\xNN` for a byte and the usual `\\r \\n \\t \\b \\a`. In what is seen `·` is a blank and
`↵` ends a row; rows and columns count from 1; the screen has 10 columns and 4 rows unless the case needs another.
";

fn page() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n## Real programs\n\nEach runs in the pane, beside a real container, and in a tmux of the same size; row by row both must show the same text.\n\n");
    text.push_str("| program | what it does there | result |\n|---|---|---|\n");
    for program in PROGRAMS {
        writeln!(
            text,
            "| {} | {} | {} |",
            program.name, program.what, program.result
        )
        .unwrap();
    }
    text.push_str("\nScreens of vttest (menu and number) that are not as in tmux:\n\n");
    for odd in ODD {
        writeln!(text, "- {}: {}.", odd.screen, odd.why).unwrap();
    }
    text.push_str("\n## Known differences\n\n");
    for group in groups() {
        for case in &group.cases {
            if let Some((why, _)) = &case.today {
                writeln!(text, "- {} ({}): {why}.", case.what, code(case.bytes)).unwrap();
            }
        }
    }
    text.push_str(TABLES);
    let (mut count, mut known) = (0, 0);
    for group in groups() {
        write!(
            text,
            "\n### {}\n\n| case | bytes | what must be seen | | tmux |\n|---|---|---|---|---|\n",
            group.title
        )
        .unwrap();
        for case in &group.cases {
            count += 1;
            known += usize::from(case.today.is_some());
            row(&mut text, case);
        }
    }
    write!(
        text,
        "\n{count} cases, {known} of them known differences.\n"
    )
    .unwrap();
    text
}

fn row(text: &mut String, case: &Case) {
    let wants = |wants: &[Want]| {
        wants
            .iter()
            .map(|want| words(&want.to_string()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let result = match &case.today {
        None => "✓".to_owned(),
        Some((_, today)) => format!("**differs:** {}", wants(today)),
    };
    let tmux = match case.not_tmux {
        Some(why) => why,
        None if case.asks_tmux() => "✓",
        None => "",
    };
    writeln!(
        text,
        "| {} | {} | {} | {result} | {tmux} |",
        case.what,
        code(case.bytes),
        wants(&case.want)
    )
    .unwrap();
}

/// What is wanted, as a cell: text in code stays code whatever it holds.
fn words(want: &str) -> String {
    match want.split_once('`') {
        Some((before, rest)) => format!("{before}{}", code(rest.strip_suffix('`').unwrap())),
        None => want.replace('|', "\\|"),
    }
}

/// Text as code in a cell of a table.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    match text.as_str() {
        "" => "nothing".to_owned(),
        ticks if ticks.contains('`') => format!("`` {ticks} ``"),
        _ => format!("`{text}`"),
    }
}

#[test]
fn terminal_page_is_current() {
    bless::is_current(
        "docs/terminal.md",
        &page(),
        "cargo test --test terminal terminal_page",
    );
}
