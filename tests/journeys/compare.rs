//! The comparison: read while it is in sight and never else, walked through with right and wrong keys.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use devtwin::app::keymap::Focus;
use devtwin::app::panes::compare::{News, Section};
use devtwin::app::{CompareEffect, Effect, Hit, Msg, Settings, TaskId, ThemeName};
use devtwin::domain::compare::content::{Line, LineKind};
use devtwin::domain::compare::grow::Growing;
use devtwin::domain::compare::packages::{Newer, Source, Version};
use devtwin::domain::compare::programs::{Privileged, Rights};
use devtwin::domain::compare::sizes::LayerSize;
use devtwin::domain::compare::tree::Tree;
use devtwin::domain::compare::{
    Change, Comparison, Content, PackageRow, Packages, Programs, Role, Setting, Side, Sizes, Trees,
};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::tar::{Entry, Event, Kind, Raw};

use crate::support::{Driver, settings};
use crate::views::{SIZES, check};

fn side(role: Role, name: &str) -> Side {
    Side {
        role,
        name: name.into(),
        container: None,
        image: name.into(),
        image_id: "sha256:1".into(),
        platform: "linux/amd64".into(),
        built: None,
    }
}

fn package(name: &str, left: Option<&str>, right: Option<&str>) -> PackageRow {
    let version = |version: &str| Version {
        name: name.into(),
        version: version.into(),
        size: 1_000_000,
        origin: "source".into(),
        license: "MIT".into(),
    };
    PackageRow {
        name: name.into(),
        change: Change::of(left.is_some(), right.is_some(), left == right),
        newer: (left.is_some() && right.is_some() && left != right).then_some(Newer::Right),
        left: left.map(version),
        right: right.map(version),
    }
}

fn setting(what: &str, left: Option<&str>, right: Option<&str>) -> Setting {
    Setting {
        what: what.into(),
        change: Change::of(left.is_some(), right.is_some(), left == right),
        left: left.map(str::to_owned),
        right: right.map(str::to_owned),
    }
}

/// A tree of regular files and the directories that have them.
fn tree(files: &[(&str, u32, &str)]) -> Tree {
    let mut tree = Growing::default();
    for (path, mode, content) in files {
        let entry = Entry {
            path: (*path).into(),
            kind: Kind::File,
            mode: *mode,
            uid: 0,
            gid: 0,
            size: content.len() as u64,
            mtime: 0,
            raw: Raw::default(),
            capabilities: None,
        };
        tree.take(Event::Entry(entry));
        if !content.is_empty() {
            tree.take(Event::Data(content.as_bytes()));
        }
    }
    tree.grown()
}

fn trees() -> Trees {
    Trees::of(
        tree(&[
            ("etc/passwd", 0o644, "root\n"),
            ("etc/only-prod", 0o644, "x"),
            ("usr/bin/web", 0o755, "web"),
            ("usr/lib/same", 0o644, "same"),
        ]),
        tree(&[
            ("etc/passwd", 0o644, "root\nann\n"),
            ("usr/bin/web", 0o755, "web"),
            ("usr/bin/bash", 0o755, "bash"),
            ("usr/bin/e\u{1b}vil", 0o755, "x"),
            ("usr/lib/same", 0o644, "same"),
        ]),
    )
}

/// What is known before the files.
fn first() -> Comparison {
    let packages = Packages {
        left: Source::default(),
        right: Source::default(),
        rows: vec![
            package("apk-tools", None, Some("2.14.10-r13")),
            package("bash", None, Some("5.2.37-r0")),
            package("glibc", Some("2.42-r1"), Some("2.43-r0")),
            package("libgone", Some("1.0-r0"), None),
            package(
                "wolfi-baselayout",
                Some("20230201-r26"),
                Some("20230201-r26"),
            ),
        ],
    };
    let layer = |made_by: &str, size| LayerSize {
        digest: "sha256:abc".into(),
        made_by: made_by.into(),
        size,
    };
    Comparison {
        content: None,
        left: side(Role::Prod, "web"),
        right: side(Role::Dev, "acme/web:1.4-dev"),
        config: vec![
            setting("user", Some("65532"), Some("0")),
            setting(
                "entrypoint",
                Some("[\"/usr/bin/web\"]"),
                Some("[\"/usr/bin/web\"]"),
            ),
            setting("env PATH", Some("/usr/bin"), Some("/usr/bin")),
            setting("env TOKEN", Some("***"), None),
        ],
        packages: Some(packages),
        sizes: Some(Sizes {
            left: vec![layer("apko", 2_850_000)],
            right: vec![
                layer("apko", 2_850_000),
                layer("COPY \u{1b}[2J . /app", 5_080_000),
            ],
            shared: 1,
        }),
        files: None,
        programs: None,
        which: Vec::new(),
        verified: None,
        notes: Vec::new(),
    }
}

fn all() -> Box<(Comparison, Trees)> {
    let trees = trees();
    let mut report = first();
    report.files = Some(trees.summary(&|_| true));
    let path = ["/usr/bin".to_owned()];
    report.programs = Some(Programs {
        privileged: vec![Privileged {
            path: "/usr/bin/sudo".into(),
            change: Change::OnlyRight,
            left: None,
            right: Some(Rights {
                mode: 0o4755,
                ..Rights::default()
            }),
        }],
        ..Programs::of(&trees, &path, &path)
    });
    Box::new((report, trees))
}

fn begun(effects: &[Effect]) -> TaskId {
    let of = |effect: &Effect| match effect {
        Effect::Compare(CompareEffect::Begin { task, dev, .. }) => {
            assert_eq!(dev, "acme/web:1.4-dev");
            Some(*task)
        }
        _ => None,
    };
    effects
        .iter()
        .find_map(of)
        .expect("a comparison was to begin")
}

fn tell(driver: &mut Driver, task: TaskId, news: News) -> Vec<Effect> {
    driver.send(Msg::Compare(task, news))
}

fn pane_with(settings: Settings, size: (u16, u16)) -> Driver {
    let mut driver = Driver::shell_with(settings, size);
    let task = begun(&driver.press("alt-8"));
    tell(&mut driver, task, News::First(Box::new(first())));
    tell(&mut driver, task, News::Ended(Ok(all())));
    driver
}

fn pane() -> Driver {
    pane_with(settings(), (80, 24))
}

#[test]
fn packages_come_first_and_files_when_they_have_streamed_by() {
    let mut driver = Driver::shell_with(settings(), (80, 24));
    let task = begun(&driver.press("alt-8"));
    assert_eq!(driver.model.focus(), Focus::Compare);
    assert!(
        driver
            .text()
            .contains("comparing web with acme/web:1.4-dev")
    );
    tell(&mut driver, task, News::First(Box::new(first())));
    let text = driver.text();
    assert!(
        text.contains("[Packages 4]") && text.contains("+ bash"),
        "{text}"
    );
    assert!(
        !text.contains("wolfi-baselayout"),
        "what is the same is not shown:\n{text}"
    );
    driver.press("tab");
    driver.press("tab");
    tell(&mut driver, task, News::Streamed(12_300_000));
    assert!(
        driver.text().contains("reading the files of both: 12.3 MB"),
        "{}",
        driver.text()
    );
    tell(&mut driver, task, News::Ended(Ok(all())));
    let text = driver.text();
    assert!(
        text.contains("[Files 4]") && text.contains("▸ etc/"),
        "{text}"
    );
}

#[test]
fn nothing_is_read_out_of_sight_and_what_is_known_stays() {
    let mut driver = Driver::shell_with(settings(), (80, 24));
    let task = begun(&driver.press("alt-8"));
    tell(&mut driver, task, News::First(Box::new(first())));
    assert!(driver.press("alt-1").contains(&Effect::Cancel(task)));
    tell(&mut driver, task, News::Ended(Ok(all())));
    let again = begun(&driver.press("alt-8"));
    assert_ne!(again, task);
    assert!(
        driver.text().contains("+ bash"),
        "what was known is there at once"
    );
    tell(&mut driver, again, News::Ended(Ok(all())));
    driver.press("alt-1");
    assert!(
        driver.press("alt-8").is_empty(),
        "read once, images do not change"
    );
    // On a wish.
    begun(&driver.press("ctrl-r"));
}

#[test]
fn reading_is_given_up_and_begun_again() {
    let mut driver = Driver::shell_with(settings(), (80, 24));
    let task = begun(&driver.press("alt-8"));
    tell(&mut driver, task, News::First(Box::new(first())));
    assert_eq!(driver.press("ctrl-x"), [Effect::Cancel(task)]);
    assert!(
        driver.text().contains("not all was read"),
        "{}",
        driver.text()
    );
    assert!(driver.press("ctrl-x").is_empty());
    driver.press("tab");
    driver.press("tab");
    let text = driver.text();
    assert!(
        text.contains("given up") && text.contains("Ctrl-R"),
        "{text}"
    );
    let task = begun(&driver.press("ctrl-r"));
    let error = Error::new(
        ErrorKind::NoTarget,
        "the image acme/web:1.4-dev is not here",
    )
    .hint("docker pull acme/web:1.4-dev");
    tell(&mut driver, task, News::Ended(Err(error)));
    assert!(
        driver.text().contains("docker pull acme/web:1.4-dev"),
        "{}",
        driver.text()
    );
}

#[test]
fn letters_filter_a_section_and_all_shows_what_is_the_same() {
    let mut driver = pane();
    driver.type_text("BASE");
    assert!(driver.text().contains("Nothing that differs holds that"));
    driver.press("ctrl-a");
    assert!(
        driver.text().contains("wolfi-baselayout"),
        "{}",
        driver.text()
    );
    driver.press("esc");
    assert!(driver.text().contains("apk-tools"));
    driver.press("ctrl-a");
    assert!(!driver.text().contains("wolfi-baselayout"));
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Shell);
}

#[test]
fn the_sides_are_switched() {
    let mut driver = pane();
    assert!(
        driver.text().contains("prod web → dev acme/web:1.4-dev"),
        "{}",
        driver.text()
    );
    assert!(driver.text().contains("− libgone"));
    driver.press("ctrl-o");
    let text = driver.text();
    assert!(text.contains("dev acme/web:1.4-dev → prod web"), "{text}");
    assert!(
        text.contains("+ libgone") && text.contains("− bash"),
        "{text}"
    );
}

#[test]
fn a_tree_is_opened_folded_and_its_files_set_side_by_side() {
    let mut driver = pane();
    driver.press("backtab");
    driver.press("backtab");
    driver.press("backtab");
    assert!(!driver.text().contains("only-prod"));
    driver.press("enter");
    let text = driver.text();
    assert!(
        text.contains("only-prod") && text.contains("passwd"),
        "{text}"
    );
    // Only one side has it.
    driver.press("down");
    assert!(
        !driver
            .press("enter")
            .iter()
            .any(|e| matches!(e, Effect::Compare(_)))
    );
    assert!(
        driver.text().contains("only one side has it"),
        "{}",
        driver.text()
    );
    driver.press("down");
    let effects = driver.press("enter");
    let Some(Effect::Compare(CompareEffect::Content { task, path, .. })) = effects.first() else {
        panic!("a file was to be read: {effects:?}");
    };
    assert_eq!(path, "/etc/passwd");
    assert_eq!(driver.model.focus(), Focus::CompareText);
    for key in ["x", "enter", "tab", "ctrl-a"] {
        assert!(driver.press(key).is_empty(), "{key}");
    }
    let line = |kind, text: &str| Line {
        kind,
        text: text.into(),
    };
    let content = Content {
        path: path.clone(),
        lines: vec![
            line(LineKind::Place, "@@ -1 +1,2 @@"),
            line(LineKind::Same, "root"),
            line(LineKind::Right, "ann\u{1b}[2J"),
        ],
        ..Content::default()
    };
    tell(
        &mut driver,
        *task,
        News::Content(path.clone(), Ok(Box::new(content))),
    );
    let text = driver.text();
    assert!(text.contains("+ ann\u{fffd}[2J"), "{text}");
    driver.press("q");
    assert_eq!(driver.model.focus(), Focus::Compare);
    driver.press("left");
    driver.press("left");
    assert!(!driver.text().contains("only-prod"), "{}", driver.text());
    // A filter finds files wherever they are.
    driver.type_text("bin/bash");
    assert!(driver.text().contains("/usr/bin/bash"), "{}", driver.text());
}

#[test]
fn whether_a_command_exists_is_told_while_it_is_typed() {
    let mut driver = pane();
    driver.press("backtab");
    let text = driver.text();
    assert!(
        text.contains("would this command exist?") && text.contains("only in dev"),
        "{text}"
    );
    assert!(
        text.contains("e\u{fffd}vil"),
        "hostile names are drawn harmless:\n{text}"
    );
    driver.type_text("bash");
    let text = driver.text();
    assert!(text.contains("prod  no bash there"), "{text}");
    assert!(text.contains("dev   yes, bash is /usr/bin/bash"), "{text}");
    for _ in 0..4 {
        driver.press("backspace");
    }
    driver.type_text("web");
    assert!(
        driver.text().contains("prod  yes, web is /usr/bin/web"),
        "{}",
        driver.text()
    );
}

#[test]
fn the_mouse_chooses_sections_and_rows() {
    let mut driver = pane();
    let show = devtwin::app::compare_action::CompareAction::Show(Section::Config);
    driver.click(&Hit::Action(devtwin::app::action::Action::Compare(show)));
    let text = driver.text();
    assert!(
        text.contains("[Config 2]") && text.contains("≠ user"),
        "{text}"
    );
    driver.click(&Hit::Compared(1));
    assert!(driver.text().contains("prod  ***"), "{}", driver.text());
}

#[test]
fn a_comparison_in_all_its_states() {
    for size in SIZES {
        let mut driver = Driver::shell_with(settings(), size);
        let task = begun(&driver.press("alt-8"));
        check("compare_reading", &driver);
        tell(&mut driver, task, News::First(Box::new(first())));
        tell(&mut driver, task, News::Streamed(12_300_000));
        check("compare_packages", &driver);
        driver.press("tab");
        check("compare_config", &driver);
        driver.press("tab");
        check("compare_files_reading", &driver);
        tell(&mut driver, task, News::Ended(Ok(all())));
        driver.press("enter");
        driver.press("down");
        driver.press("down");
        check("compare_files", &driver);
        driver.press("tab");
        check("compare_sizes", &driver);
        driver.press("tab");
        check("compare_programs", &driver);
        driver.type_text("bash");
        check("compare_which", &driver);
    }
}

#[test]
fn a_comparison_on_a_light_background_and_without_colour() {
    let light = Settings {
        theme: ThemeName::Light,
        ..settings()
    };
    let plain = Settings {
        colour: false,
        ..settings()
    };
    for (name, settings) in [("compare_light", light), ("compare_plain", plain)] {
        check(name, &pane_with(settings, (80, 24)));
    }
}

#[test]
fn opening_is_offered_only_where_rows_open() {
    let mut driver = pane();
    for opens in [false, false, true, false, false] {
        let text = driver.text();
        assert_eq!(text.contains("Enter open"), opens, "{text}");
        driver.press("tab");
    }
}
