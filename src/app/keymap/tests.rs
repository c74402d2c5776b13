use super::*;

#[test]
fn the_shipped_keymap_is_sound() {
    let keymap = Keymap::default().over(DEFAULTS).unwrap();
    assert_eq!(
        keymap
            .key(Focus::Picker, Action::Attach)
            .unwrap()
            .to_string(),
        "Enter"
    );
    for focus in Focus::ALL {
        assert!(keymap.bindings(focus).count() > 0, "{focus:?} has keys");
    }
}

#[test]
fn the_leader_is_one_chord_however_it_arrives() {
    let legacy = KeyEvent::new(KeyCode::Char('5'), KeyModifiers::CONTROL);
    let kitty = KeyEvent::new(KeyCode::Char(']'), KeyModifiers::CONTROL);
    assert_eq!(Chord::of(&legacy), Chord::LEADER);
    assert_eq!(Chord::of(&kitty), Chord::LEADER);
    assert_eq!(Chord::parse("ctrl-]").unwrap(), Chord::LEADER);
    assert_eq!(Chord::LEADER.to_string(), "Ctrl-]");
}

#[test]
fn shift_tab_is_one_chord_however_it_arrives() {
    let told = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
    assert_eq!(Chord::of(&told), Chord::parse("backtab").unwrap());
}

#[test]
fn chords_are_read_and_shown() {
    for (text, shown) in [
        ("alt-1", "Alt-1"),
        ("shift-pageup", "Shift-PgUp"),
        ("f12", "F12"),
        ("?", "?"),
        ("ctrl--", "Ctrl--"),
        ("ctrl-space", "Ctrl-Space"),
        ("-", "-"),
    ] {
        assert_eq!(Chord::parse(text).unwrap().to_string(), shown, "{text}");
    }
    for bad in ["", "ctrl-", "enterr", "super-x", "fx"] {
        assert!(Chord::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Chord::parse("alt-3").unwrap().pane(), Some(3));
    assert_eq!(Chord::parse("3").unwrap().pane(), None);
}

#[test]
fn a_file_overrides_entry_by_entry() {
    let keymap = Keymap::defaults()
        .over("[picker]\nctrl-r = \"none\"\nf5 = \"refresh\"")
        .unwrap();
    let key = keymap.key(Focus::Picker, Action::Refresh).unwrap();
    assert_eq!(key.to_string(), "F5");
    assert_eq!(
        keymap
            .key(Focus::Picker, Action::Attach)
            .unwrap()
            .to_string(),
        "Enter"
    );
    for bad in [
        "[nowhere]\na = \"quit\"",
        "[picker]\na = \"fly\"",
        "[picker]\nhyperx = \"quit\"",
        "=",
    ] {
        assert!(
            Keymap::default().over(bad).unwrap_err().hint.is_some(),
            "{bad}"
        );
    }
}
