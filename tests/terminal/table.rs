//! All groups of cases, in the order of docs/terminal.md.

use crate::case::Group;
use crate::{colours, commands, cursor, editing, hostile, marks, modes, reports, text};

/// The whole table.
pub(crate) fn groups() -> Vec<Group> {
    vec![
        text::control_characters(),
        cursor::movement(),
        cursor::margins_and_origin(),
        cursor::tabs(),
        cursor::saving(),
        editing::erasing(),
        editing::inserting_and_deleting(),
        editing::scrolling(),
        modes::screen(),
        modes::alternate_screen(),
        modes::input(),
        modes::keyboard(),
        modes::synchronised(),
        text::character_sets(),
        text::wide_and_combining(),
        colours::attributes(),
        colours::colours(),
        commands::resets(),
        commands::cursor_shapes(),
        commands::titles(),
        commands::palette_and_clipboard(),
        marks::links(),
        marks::shells(),
        reports::reports(),
        hostile::ignored(),
        hostile::broken(),
    ]
}

#[test]
fn every_case_holds() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for group in groups() {
        for case in &group.cases {
            count += 1;
            if let Err(why) = case.check() {
                wrong.push(format!(
                    "{}: {} ({}): {why}",
                    group.title, case.what, case.bytes
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= 120, "only {count} cases");
}

#[test]
fn no_case_stands_twice() {
    let mut seen = std::collections::HashSet::new();
    for case in groups().iter().flat_map(|group| &group.cases) {
        assert!(
            seen.insert((case.bytes, case.size)),
            "{} stands twice",
            case.bytes
        );
    }
}
