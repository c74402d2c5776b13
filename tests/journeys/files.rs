//! Files: what is in sight is asked for and nothing else, a copy only on a yes, and wrong keys do no harm.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use devtwin::app::keymap::Focus;
use devtwin::app::panes::files::News;
use devtwin::app::panes::files::view::How;
use devtwin::app::{Effect, FilesEffect, Hit, Msg, Settings, TaskId, ThemeName};
use devtwin::domain::compare::Content;
use devtwin::domain::compare::content::{Line, LineKind};
use devtwin::domain::elf::Elf;
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::files::{Answer, Ask, Entry, Kind, Listing, Piece, Root, Streamed, names};

use crate::support::{Driver, event, settings};
use crate::views::{SIZES, check};

fn entry(name: &str, kind: Kind, mode: u32, size: u64) -> Entry {
    Entry {
        name: name.into(),
        kind,
        mode,
        uid: 0,
        gid: 0,
        size,
        mtime: Some(1_795_751_467),
    }
}

/// A directory with one of each.
pub(crate) fn listing(dir: &str) -> Listing {
    let mut own = entry("web.toml", Kind::File, 0o640, 1_234);
    (own.uid, own.gid) = (65532, 65532);
    let mut listing = Listing {
        dir: dir.into(),
        entries: vec![
            entry("ssl", Kind::Dir, 0o755, 4096),
            entry("passwd", Kind::File, 0o644, 98),
            own,
            entry(
                "localtime",
                Kind::Link("/usr/share/zoneinfo/UTC".into()),
                0o777,
                23,
            ),
            entry("sudo", Kind::File, 0o4755, 180_000),
            entry("null", Kind::Char(Some((1, 3))), 0o666, 0),
            entry("web.fifo", Kind::Pipe, 0o600, 0),
            entry(&names::decoded(b"w\xff\x1b[31m"), Kind::File, 0o666, 7),
        ],
        cut: false,
        users: BTreeMap::from([(0, "root".into()), (65532, "nonroot".into())]),
        groups: BTreeMap::from([(0, "root".into())]),
        packages: Some(BTreeMap::from([(
            "passwd".into(),
            "wolfi-baselayout".into(),
        )])),
    };
    listing.sort();
    listing
}

/// The questions among effects.
fn asks(effects: &[Effect]) -> Vec<Ask> {
    let of = |effect: &Effect| match effect {
        Effect::Files(FilesEffect::Ask { ask, .. }) => Some(ask.clone()),
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

fn task(effects: &[Effect]) -> TaskId {
    let of = |effect: &Effect| match effect {
        Effect::Files(FilesEffect::Browse { task, .. }) => Some(*task),
        _ => None,
    };
    effects.iter().find_map(of).expect("somebody was to answer")
}

fn list(root: Root, dir: &str) -> Ask {
    Ask::List {
        root,
        dir: dir.into(),
    }
}

fn answer(driver: &mut Driver, task: TaskId, ask: Ask, answer: Answer) -> Vec<Effect> {
    driver.send(Msg::Files(task, News::Answered(ask, Ok(Box::new(answer)))))
}

/// The pane in sight, at the target's root, which is known.
fn pane_with(settings: Settings, size: (u16, u16)) -> (Driver, TaskId) {
    let mut driver = Driver::shell_with(settings, size);
    let effects = driver.press("alt-7");
    let task = task(&effects);
    assert_eq!(asks(&effects), [list(Root::Target, "/")]);
    answer(
        &mut driver,
        task,
        list(Root::Target, "/"),
        Answer::Listed(listing("/")),
    );
    (driver, task)
}

fn pane() -> (Driver, TaskId) {
    pane_with(settings(), (80, 24))
}

fn piece(text: &[u8]) -> Answer {
    Answer::Piece(Piece {
        offset: 0,
        bytes: text.to_vec(),
        size: text.len() as u64,
    })
}

fn first_piece(root: Root, path: &str) -> Ask {
    Ask::Piece {
        root,
        path: path.into(),
        offset: 0,
    }
}

/// Opens `passwd`, which is the third row.
fn open(driver: &mut Driver, task: TaskId) {
    driver.type_text("passw");
    let asked = asks(&driver.press("enter"));
    assert_eq!(asked, [first_piece(Root::Target, "/passwd")]);
    let text =
        "root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n";
    answer(driver, task, asked[0].clone(), piece(text.as_bytes()));
}

#[test]
fn files_are_asked_for_only_while_they_are_in_sight() {
    let (mut driver, task) = pane();
    assert_eq!(driver.model.focus(), Focus::Files);
    assert!(driver.press("alt-1").contains(&Effect::Cancel(task)));
    let late = answer(
        &mut driver,
        task,
        list(Root::Target, "/"),
        Answer::Listed(listing("/")),
    );
    assert!(late.is_empty());
    assert!(
        !driver.dirty() || driver.text().contains('$'),
        "late answers draw nothing"
    );
    // What it showed is still there, and is looked at anew.
    let effects = driver.press("alt-7");
    assert!(driver.text().contains("passwd"));
    assert_eq!(asks(&effects), [list(Root::Target, "/")]);
    assert_ne!(self::task(&effects), task);
}

#[test]
fn directories_are_gone_into_and_left_again() {
    let (mut driver, task) = pane();
    // The first row is a directory.
    let asked = asks(&driver.press("enter"));
    assert_eq!(asked, [list(Root::Target, "/ssl")]);
    answer(
        &mut driver,
        task,
        asked[0].clone(),
        Answer::Listed(listing("/ssl")),
    );
    assert!(driver.text().contains(" /ssl"));
    for key in ["left", "backspace"] {
        let asked = asks(&driver.press(key));
        assert_eq!(asked, [list(Root::Target, "/")], "{key}");
        answer(
            &mut driver,
            task,
            asked[0].clone(),
            Answer::Listed(listing("/")),
        );
        // It stands where it came from.
        assert!(driver.text().contains("\n /ssl · "), "{}", driver.text());
        let asked = asks(&driver.press("right"));
        answer(
            &mut driver,
            task,
            asked[0].clone(),
            Answer::Listed(listing("/ssl")),
        );
    }
    // At the root there is nothing above.
    let asked = asks(&driver.press("left"));
    answer(
        &mut driver,
        task,
        asked[0].clone(),
        Answer::Listed(listing("/")),
    );
    assert!(driver.press("left").is_empty());
    assert!(driver.press("backspace").is_empty());
}

#[test]
fn a_link_leads_to_a_directory_or_to_a_file() {
    let (mut driver, task) = pane();
    driver.type_text("local");
    let asked = asks(&driver.press("enter"));
    assert_eq!(asked, [list(Root::Target, "/localtime")]);
    let file = entry("UTC", Kind::File, 0o644, 3);
    let led = Answer::IsFile("/usr/share/zoneinfo/UTC".into(), file);
    let asked = asks(&answer(&mut driver, task, asked[0].clone(), led));
    assert_eq!(
        asked,
        [first_piece(Root::Target, "/usr/share/zoneinfo/UTC")]
    );
    assert_eq!(driver.model.focus(), Focus::FileView);
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Files);
    assert!(driver.text().contains("passwd"), "{}", driver.text());
    // One that leads nowhere leaves the directory in sight, and says so.
    driver.type_text("local");
    let asked = asks(&driver.press("enter"));
    let error = Error::new(ErrorKind::NoTarget, "nothing stands at /localtime");
    driver.send(Msg::Files(
        task,
        News::Answered(asked[0].clone(), Err(error)),
    ));
    let text = driver.text();
    assert!(
        text.contains("nothing stands at /localtime") && text.contains("passwd"),
        "{text}"
    );
}

#[test]
fn letters_filter_and_escape_takes_one_thing_back_at_a_time() {
    let (mut driver, _) = pane();
    driver.type_text("WEB");
    let text = driver.text();
    assert!(text.contains("web.toml") && text.contains("web.fifo") && !text.contains("passwd"));
    driver.type_text("?/");
    assert!(driver.text().contains("No name here holds that"));
    assert!(driver.press("enter").is_empty());
    driver.press("esc");
    assert!(driver.text().contains("passwd"));
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Shell);
}

#[test]
fn what_cannot_be_read_is_not_asked_for() {
    let (mut driver, _) = pane();
    for (name, why) in [("null", "is a device"), ("fifo", "is a pipe")] {
        driver.type_text(name);
        assert_eq!(asks(&driver.press("enter")), []);
        assert!(driver.text().contains(why), "{}", driver.text());
        assert_eq!(asks(&driver.press("ctrl-s")), []);
        assert!(driver.model.popups.is_empty());
        driver.press("esc");
        driver.press("esc");
        driver.press("alt-7");
    }
}

#[test]
fn hostile_names_reach_the_screen_harmless() {
    let (driver, _) = pane();
    let text = driver.text();
    assert!(text.contains("w\\xff\u{fffd}[31m"), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn a_file_is_shown_as_text_bytes_and_elf() {
    let (mut driver, task) = pane();
    open(&mut driver, task);
    assert!(driver.text().contains("nonroot:x:65532"));
    driver.press("x");
    assert!(driver.text().contains("72 6f 6f 74"), "{}", driver.text());
    driver.press("e");
    assert!(driver.text().contains("no ELF file"));
    driver.press("t");
    assert!(driver.text().contains("nonroot:x:65532"));
    // Keys that mean nothing here do nothing.
    for key in ["u", "z", "enter", "alt-u", "tab"] {
        assert!(driver.press(key).is_empty(), "{key}");
        assert_eq!(driver.model.focus(), Focus::FileView, "{key}");
    }
    driver.press("q");
    driver.press("esc");
    driver.type_text("sudo");
    let asked = asks(&driver.press("enter"));
    let asked = asks(&answer(
        &mut driver,
        task,
        asked[0].clone(),
        piece(b"\x7fELF\x02\x01\x01"),
    ));
    let wanted = Ask::Elf {
        root: Root::Target,
        path: "/sudo".into(),
    };
    assert_eq!(asked, std::slice::from_ref(&wanted));
    let elf = Elf {
        machine: 62,
        bits: 64,
        little_endian: true,
        interpreter: Some("/lib64/ld-linux-x86-64.so.2".into()),
        needed: vec!["libc.so.6".into()],
        ..Elf::default()
    };
    answer(&mut driver, task, wanted, Answer::Elf(Ok(Box::new(elf))));
    let text = driver.text();
    assert!(
        text.contains("amd64, 64 bits") && text.contains("libc.so.6"),
        "{text}"
    );
}

#[test]
fn only_the_pieces_in_sight_of_a_long_file_are_asked_for() {
    let (mut driver, task) = pane();
    driver.type_text("sudo");
    let asked = asks(&driver.press("enter"));
    assert_eq!(asked.len(), 1);
    let size = 900 << 20;
    let come = |driver: &mut Driver, ask: &Ask| {
        let Ask::Piece { offset, .. } = ask else {
            panic!("a piece was to be asked for: {ask:?}");
        };
        let bytes = b"0123456789abcde\n".repeat(4096);
        let piece = Piece {
            offset: *offset,
            bytes,
            size,
        };
        asks(&answer(driver, task, ask.clone(), Answer::Piece(piece)))
    };
    assert!(come(&mut driver, &asked[0]).is_empty());
    assert!(asks(&driver.press("pagedown")).is_empty());
    let asked = asks(&driver.press("end"));
    assert_eq!(asked.len(), 1, "{asked:?}");
    come(&mut driver, &asked[0]);
    assert!(driver.text().contains("99%"), "{}", driver.text());
    assert!(driver.press("pagedown").is_empty());
}

#[test]
fn the_other_side_is_set_against_this_one() {
    let (mut driver, task) = pane();
    let asked = asks(&driver.press("ctrl-b"));
    assert_eq!(asked, [list(Root::Twin, "/")]);
    let mut there = listing("/");
    there.entries.retain(|e| e.name != "web.toml");
    there
        .entries
        .push(entry("bash", Kind::File, 0o755, 1_000_000));
    there.entries[3].size = 1;
    answer(&mut driver, task, asked[0].clone(), Answer::Listed(there));
    let text = driver.text();
    assert!(text.contains("≠ 1  + 1  − 1"), "{text}");
    assert!(text.contains("− -rwxr-xr-x"), "{text}");
    driver.press("end");
    assert!(
        driver
            .press("enter")
            .iter()
            .all(|e| !matches!(e, Effect::Files(_)))
    );
    assert!(
        driver.text().contains("only the twin has it"),
        "{}",
        driver.text()
    );
    driver.press("ctrl-b");
    assert!(!driver.text().contains("bash"));
    // A directory that the other side does not have.
    let asked = asks(&driver.press("ctrl-b"));
    let error = Error::new(ErrorKind::NoTarget, "nothing stands at /");
    driver.send(Msg::Files(
        task,
        News::Answered(asked[0].clone(), Err(error)),
    ));
    assert!(driver.text().contains("no such directory in the twin"));
}

#[test]
fn a_difference_is_told_from_production_to_development() {
    let (mut driver, task) = pane();
    driver.press("tab");
    let twin = list(Root::Twin, "/");
    answer(&mut driver, task, twin, Answer::Listed(listing("/")));
    driver.type_text("passw");
    let wanted = Ask::Diff {
        root: Root::Target,
        path: "/passwd".into(),
    };
    assert_eq!(asks(&driver.press("ctrl-d")), std::slice::from_ref(&wanted));
    let content = Content {
        lines: vec![Line {
            kind: LineKind::Right,
            text: "dev\u{1b}[2J".into(),
        }],
        ..Content::default()
    };
    answer(&mut driver, task, wanted, Answer::Diff(Box::new(content)));
    let text = driver.text();
    assert!(text.contains("+ dev\u{fffd}[2J"), "{text}");
}

#[test]
fn a_download_asks_where_to_and_can_be_given_up() {
    let (mut driver, task) = pane();
    open(&mut driver, task);
    driver.press("s");
    assert!(driver.text().contains("./passwd"), "{}", driver.text());
    driver.press("esc");
    driver.press("s");
    let effects = driver.press("enter");
    let Some(Effect::Files(FilesEffect::Download {
        task,
        to,
        path,
        is_dir: false,
        ..
    })) = effects.first()
    else {
        panic!("a copy was to be made: {effects:?}");
    };
    assert_eq!((to.as_str(), path.as_str()), ("./passwd", "/passwd"));
    driver.send(Msg::Files(*task, News::Copied(49)));
    assert!(driver.text().contains("50%"), "{}", driver.text());
    // One at a time.
    driver.press("s");
    let second = driver.press("enter");
    assert!(!second.iter().any(|e| matches!(e, Effect::Files(_))));
    assert!(driver.press("ctrl-x").contains(&Effect::Cancel(*task)));
    driver.send(Msg::Files(*task, News::Carried(Err(Error::cancelled()))));
    assert!(driver.text().contains("given up"), "{}", driver.text());
}

#[test]
fn an_upload_goes_into_the_twin_alone_and_on_a_yes_alone() {
    let (mut driver, task) = pane();
    let effects = driver.press("alt-u");
    assert!(!effects.iter().any(|e| matches!(e, Effect::Files(_))));
    assert!(driver.model.popups.is_empty());
    assert!(
        driver.text().contains("into the twin alone"),
        "{}",
        driver.text()
    );
    driver.press("tab");
    let twin = list(Root::Twin, "/");
    answer(&mut driver, task, twin, Answer::Listed(listing("/")));
    for key in ["n", "enter", "esc"] {
        driver.press("alt-u");
        driver.type_text("my conf/passwd");
        driver.press("enter");
        let text = driver.text();
        assert!(
            text.contains("docker cp './my conf/passwd' devtwin-web-"),
            "{text}"
        );
        assert!(text.contains("is there already"), "{text}");
        let effects = driver.press(key);
        assert!(
            !effects.iter().any(|e| matches!(e, Effect::Files(_))),
            "{key}"
        );
        assert!(driver.model.popups.is_empty());
    }
    // What is said yes to stands there to its end.
    driver.press("alt-u");
    driver.type_text(&format!("{}passwd", "a-long-directory/".repeat(4)));
    assert!(driver.text().contains("Enter next"), "{}", driver.text());
    driver.press("enter");
    let text = driver.text();
    assert!(text.contains("devtwin-web-1:/passwd"), "{text}");
    driver.press("n");
    driver.press("alt-u");
    driver.type_text("..");
    driver.press("enter");
    assert!(driver.text().contains("names no file"), "{}", driver.text());
    driver.press("esc");
    driver.press("alt-u");
    driver.type_text("new.conf");
    driver.press("enter");
    let effects = driver.press("y");
    let Some(Effect::Files(FilesEffect::Upload { task, from, to, .. })) = effects.first() else {
        panic!("a copy was to be made: {effects:?}");
    };
    assert_eq!((from.as_str(), to.as_str()), ("./new.conf", "/new.conf"));
    let told = News::Carried(Ok("/new.conf is in the twin: 3 B".into()));
    // The directory shows it.
    assert_eq!(
        asks(&driver.send(Msg::Files(*task, told))),
        [list(Root::Twin, "/")]
    );
}

#[test]
fn reading_an_image_is_told_of_and_given_up() {
    let (mut driver, task) = pane();
    driver.press("tab");
    let effects = driver.press("tab");
    assert_eq!(asks(&effects), [list(Root::TargetImage, "/")]);
    driver.send(Msg::Files(
        task,
        News::Streamed(Streamed {
            bytes: 12_300_000,
            entries: 4711,
        }),
    ));
    let text = driver.text();
    assert!(text.contains("12.3 MB, 4711 entries so far"), "{text}");
    let effects = driver.press("ctrl-x");
    assert!(effects.contains(&Effect::Cancel(task)), "{effects:?}");
    assert!(driver.text().contains("given up"), "{}", driver.text());
    let effects = driver.press("ctrl-r");
    assert_eq!(asks(&effects), [list(Root::TargetImage, "/")]);
    // Whoever goes elsewhere meanwhile does not wait for it.
    let effects = driver.press("backtab");
    assert!(effects.iter().any(|e| matches!(e, Effect::Cancel(_))));
    assert_eq!(asks(&effects), [list(Root::Twin, "/")]);
}

#[test]
fn the_mouse_chooses_opens_and_scrolls() {
    let (mut driver, _) = pane();
    assert!(asks(&driver.click(&Hit::File(3))).is_empty());
    let asked = asks(&driver.click(&Hit::File(3)));
    assert_eq!(asked.len(), 1, "{asked:?}");
    driver.press("esc");
    let show = devtwin::app::files_action::FilesAction::Show(Root::DevImage);
    let hit = Hit::Action(devtwin::app::action::Action::Files(show));
    assert_eq!(asks(&driver.click(&hit)), [list(Root::DevImage, "/")]);
}

#[test]
fn the_target_that_starts_again_is_looked_at_anew() {
    let (mut driver, task) = pane();
    let effects = driver.send(event("w", "start", None));
    assert!(effects.contains(&Effect::Cancel(task)));
    assert_eq!(asks(&effects), [list(Root::Target, "/")]);
}

#[test]
fn files_in_all_their_states() {
    for size in SIZES {
        let mut driver = Driver::shell_with(settings(), size);
        let asked = task(&driver.press("alt-7"));
        check("files_looking", &driver);
        let error = Error::new(
            ErrorKind::Engine,
            "the dev image has no stat program, by which files are looked at",
        )
        .hint("install coreutils or busybox in the Packages pane, then look again");
        driver.send(Msg::Files(
            asked,
            News::Answered(list(Root::Target, "/"), Err(error)),
        ));
        check("files_failed", &driver);
        let (mut driver, task) = pane_with(settings(), size);
        check("files", &driver);
        let there = driver.press("ctrl-b");
        let mut other = listing("/");
        other.entries.remove(1);
        other.entries[1].mode = 0o600;
        answer(
            &mut driver,
            task,
            asks(&there)[0].clone(),
            Answer::Listed(other),
        );
        check("files_marks", &driver);
        driver.type_text("web");
        check("files_filter", &driver);
        driver.press("esc");
        open(&mut driver, task);
        check("file_text", &driver);
        driver.press("x");
        check("file_hex", &driver);
        driver.press("s");
        check("file_save", &driver);
        driver.press("esc");
        driver.press("q");
        driver.press("tab");
        driver.press("tab");
        check("files_image", &driver);
    }
}

#[test]
fn files_on_a_light_background_and_without_colour() {
    let light = Settings {
        theme: ThemeName::Light,
        ..settings()
    };
    let plain = Settings {
        colour: false,
        ..settings()
    };
    for (name, settings) in [("files_light", light), ("files_plain", plain)] {
        let (mut driver, task) = pane_with(settings, (80, 24));
        let there = driver.press("ctrl-b");
        let mut other = listing("/");
        other.entries.remove(1);
        other.entries[1].mode = 0o600;
        answer(
            &mut driver,
            task,
            asks(&there)[0].clone(),
            Answer::Listed(other),
        );
        check(name, &driver);
        assert_eq!(
            driver
                .model
                .joined
                .as_ref()
                .and_then(|j| j.files.view())
                .map(devtwin::app::panes::files::view::View::how),
            None::<How>
        );
    }
}

#[test]
fn names_have_room_on_a_narrow_screen() {
    for (size, owners) in [
        ((80, 24), true),
        ((64, 24), true),
        ((60, 24), false),
        ((40, 10), false),
    ] {
        let text = pane_with(settings(), size).0.text();
        assert_eq!(text.contains(" owner "), owners, "{size:?}\n{text}");
        assert!(text.contains("ssl/"), "{size:?}\n{text}");
    }
}
