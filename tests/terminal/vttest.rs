//! vttest in the pane: each screen as in tmux, or as vttest itself says where tmux does not do it.

use crate::programs::{Pair, difference};

/// A screen that is not as in tmux.
pub(crate) struct Odd {
    /// Menu, and the screen's number in it.
    pub(crate) screen: &'static str,
    pub(crate) why: &'static str,
    expected: Expected,
}

enum Expected {
    /// As in tmux but for these rows, which are as vttest says.
    Rows(fn() -> Vec<(usize, String)>),
    /// Neither terminal can do it, and vttest says nothing of what is seen then.
    Unsaid,
}

const WRAP: &str =
    "the letters stand in order at both margins, as vttest wants; in tmux 3.3 they do not";
const WIDE: &str = "wants 132 columns, which neither terminal has";

pub(crate) const ODD: &[Odd] = &[
    Odd {
        screen: "1.2",
        why: WIDE,
        expected: Expected::Unsaid,
    },
    Odd {
        screen: "1.3",
        why: WRAP,
        expected: Expected::Rows(letters),
    },
    Odd {
        screen: "1.4",
        why: WRAP,
        expected: Expected::Rows(letters),
    },
    Odd {
        screen: "2.11",
        why: "the line stands at the bottom of the screen, as vttest wants; in tmux 3.3 it does not",
        expected: Expected::Rows(origin),
    },
    Odd {
        screen: "2.15",
        why: "lines and diamonds are drawn; tmux tells their letters when it is asked for its text",
        expected: Expected::Rows(drawn),
    },
    Odd {
        screen: "8.11",
        why: WIDE,
        expected: Expected::Unsaid,
    },
    Odd {
        screen: "8.12",
        why: WIDE,
        expected: Expected::Unsaid,
    },
];

fn letters() -> Vec<(usize, String)> {
    let row = |(n, letter): (usize, char)| {
        (
            n + 2,
            format!("{letter}{}{}", " ".repeat(78), letter.to_ascii_lowercase()),
        )
    };
    ('I'..='Z').enumerate().map(row).collect()
}

fn origin() -> Vec<(usize, String)> {
    let bottom = "Origin mode test. This line should be at the bottom of the screen.";
    vec![(1, String::new()), (23, bottom.to_owned())]
}

fn drawn() -> Vec<(usize, String)> {
    let five =
        |name: &str, sign: &str| format!("{name:<11}{}", [sign.repeat(10).as_str(); 5].join("  "));
    vec![(11, five("line:", "─")), (15, five("diamonds:", "◆"))]
}

const SCREENS: [(&str, usize); 3] = [("1", 6), ("2", 15), ("8", 14)];

pub(crate) fn run(pair: &mut Pair) {
    const MENU: &str = "Enter choice number";
    pair.step("vttest\r", MENU);
    for (menu, screens) in SCREENS {
        for step in 1..=screens {
            let keys = if step == 1 {
                format!("{menu}\r")
            } else {
                "\r".to_owned()
            };
            pair.keys(&keys);
            let (pane, reference) = pair.settled("Push <RETURN>");
            check(&format!("{menu}.{step}"), &pane, &reference);
        }
        pair.step("\r", MENU);
    }
    pair.step("0\r", "That's all");
}

#[track_caller]
fn check(screen: &str, pane: &[String], reference: &[String]) {
    let mut wanted = reference.to_vec();
    match ODD
        .iter()
        .find(|odd| odd.screen == screen)
        .map(|odd| &odd.expected)
    {
        Some(Expected::Unsaid) => return,
        Some(Expected::Rows(rows)) => rows()
            .into_iter()
            .for_each(|(row, text)| wanted[row] = text),
        None => {}
    }
    assert!(
        pane == wanted,
        "vttest {screen}:\n{}",
        difference(pane, &wanted)
    );
}
