use super::*;
use crate::term::{Motion, SelectKind};
use Motion::{
    Bottom, Down, HalfDown, HalfUp, Left, LineEnd, LineStart, Middle, Newest, Oldest, PageDown,
    PageUp, ParagraphDown, ParagraphUp, Right, Top, Up, WordEnd, WordLeft, WordRight,
};

/// Moves a copy cursor that starts at a cell of the view.
fn moved(terminal: &mut Terminal, from: Spot, motions: &[Motion]) -> Spot {
    terminal.scroll_to_bottom();
    terminal.feed(format!("\x1b[{};{}H", from.row + 1, from.col + 1).as_bytes());
    terminal.copy_mode(false);
    terminal.copy_mode(true);
    for motion in motions {
        terminal.copy_move(*motion);
    }
    terminal.copy_cursor().unwrap()
}

#[test]
fn the_cursor_moves_in_the_view() {
    let mut terminal = fed(12, 6, "one two-x (y)\r\n\r\n  漢字 end\r\nlast");
    // The first line wraps: `one two-x (y` and `)`.
    for (from, motions, to) in [
        (at(0, 0), &[Right, Right][..], at(0, 2)),
        (at(0, 0), &[Left], at(0, 0)),
        (at(0, 11), &[Right], at(1, 0)),
        (at(1, 0), &[Left], at(0, 11)),
        (at(0, 5), &[LineStart], at(0, 0)),
        (at(1, 5), &[LineStart], at(1, 0)),
        (at(1, 0), &[LineStart], at(0, 0)),
        (at(0, 5), &[LineEnd], at(1, 0)),
        (at(0, 0), &[WordRight], at(0, 4)),
        (at(0, 0), &[WordRight, WordRight], at(0, 10)),
        (at(0, 0), &[WordRight, WordRight, WordRight], at(0, 11)),
        (at(0, 11), &[WordRight, WordRight], at(3, 2)),
        (at(0, 0), &[WordEnd], at(0, 2)),
        (at(0, 2), &[WordEnd], at(0, 8)),
        (at(0, 6), &[WordLeft], at(0, 4)),
        (at(0, 4), &[WordLeft], at(0, 0)),
        (at(3, 2), &[WordLeft], at(1, 0)),
        (at(0, 0), &[WordLeft], at(0, 0)),
        (at(3, 2), &[Right], at(3, 4)),
        (at(3, 4), &[Left], at(3, 2)),
        (at(3, 3), &[Right], at(3, 4)),
        (at(3, 5), &[Down, Up], at(3, 4)),
        (at(3, 0), &[Top], at(0, 0)),
        (at(0, 0), &[Middle], at(2, 0)),
        (at(0, 0), &[Bottom], at(5, 0)),
        (at(0, 0), &[Newest], at(4, 0)),
        (at(5, 0), &[Oldest], at(0, 0)),
        (at(0, 3), &[ParagraphDown], at(2, 0)),
        (at(2, 0), &[ParagraphDown], at(5, 0)),
        (at(4, 0), &[ParagraphUp], at(2, 0)),
        (at(2, 0), &[ParagraphUp], at(0, 0)),
        (at(0, 3), &[Up], at(0, 3)),
        (at(5, 3), &[Down], at(5, 3)),
    ] {
        assert_eq!(
            moved(&mut terminal, from, motions),
            to,
            "{from:?} {motions:?}"
        );
    }
}

#[test]
fn the_view_follows_the_cursor() {
    let mut terminal = numbered(20, 4, 20);
    for (motions, top, row) in [
        (&[Up][..], 16, 2),
        (&[Up, Up, Up, Up], 15, 0),
        (&[PageUp], 12, 3),
        (&[PageUp, PageUp, PageUp, PageUp, PageUp], 0, 0),
        (&[PageUp, PageUp, PageDown], 12, 3),
        (&[HalfUp], 14, 3),
        (&[HalfUp, HalfUp, HalfDown], 14, 3),
        (&[PageDown], 16, 3),
        (&[Oldest], 0, 0),
        (&[Oldest, Newest], 16, 3),
    ] {
        let spot = moved(&mut terminal, at(3, 0), motions);
        assert_eq!(
            (terminal.view_top(), spot.row),
            (line(top), row),
            "{motions:?}"
        );
    }
}

#[test]
fn a_selection_grows_with_the_cursor() {
    let mut terminal = numbered(20, 4, 8);
    moved(&mut terminal, at(3, 0), &[]);
    terminal.copy_select(Some(SelectKind::Character));
    assert_eq!(terminal.selected_text().as_deref(), Some("l"));
    terminal.copy_move(WordEnd);
    assert_eq!(terminal.selected_text().as_deref(), Some("line"));
    terminal.copy_move(Up);
    terminal.copy_select(Some(SelectKind::Line));
    assert_eq!(terminal.selected_text().as_deref(), Some("line 6\nline 7"));
    terminal.copy_move(Oldest);
    let text = terminal.selected_text().unwrap();
    assert!(text.starts_with("line 0\n") && text.ends_with("\nline 7"));
    terminal.copy_select(Some(SelectKind::Line));
    assert_eq!(terminal.selected_text(), None);
    terminal.copy_select(Some(SelectKind::Word));
    assert_eq!(terminal.selected_text().as_deref(), Some("line"));
    terminal.copy_select(None);
    assert_eq!(terminal.selected_text(), None);
}

#[test]
fn copy_mode_starts_and_ends() {
    let mut terminal = numbered(20, 4, 8);
    assert_eq!(terminal.copy_cursor(), None);
    terminal.copy_move(Up);
    terminal.copy_select(Some(SelectKind::Word));
    assert_eq!(terminal.selected_text(), None, "copy mode is off");
    terminal.copy_mode(true);
    assert_eq!(terminal.copy_cursor(), Some(at(3, 6)));
    terminal.copy_mode(false);
    terminal.scroll(4);
    terminal.copy_mode(true);
    assert_eq!(terminal.copy_cursor(), Some(at(0, 0)));
    terminal.feed("\r\nflood".repeat(5000).as_bytes());
    assert!(terminal.copy_cursor().is_some());
    terminal.copy_mode(false);
    assert_eq!(terminal.copy_cursor(), None);
}
