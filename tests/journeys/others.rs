//! Choosing another dev image in the picker.

use devtwin::app::{Effect, Hit, Msg, Preview, Timer};
use devtwin::domain::image::{Other, Resolution};

use crate::support::{Driver, few, id, preview, resolution, settings};

const CHOSEN: &str = "cgr.dev/chainguard/wolfi-base:latest";

fn other(image: &str, confidence: u8, local: bool) -> Other {
    Other {
        image: image.into(),
        rule: "release/wolfi".into(),
        confidence,
        local,
        evidence: vec!["/etc/os-release: ID=wolfi \u{1b}[31mVERSION_ID=20230201".into()],
        caveats: vec!["this is a general toolbox, without the target's own packages".into()],
    }
}

/// The picker with a preview of `web`, whose image has runner-ups.
pub(crate) fn with_others(size: (u16, u16)) -> Driver {
    let mut driver = Driver::picker_with(few(), settings(), size);
    driver.send(Msg::Elapsed(Timer::Preview(id("w"))));
    let mut preview = preview("w");
    preview.resolution = Ok(Resolution {
        others: vec![
            other("cgr.dev/chainguard/python:latest-dev", 85, false),
            other(CHOSEN, 50, true),
        ],
        ..resolution()
    });
    driver.send(Msg::Previewed(Box::new(preview)));
    driver
}

/// A preview of an image without a sibling.
pub(crate) fn toolbox() -> Preview {
    let mut preview = preview("w");
    preview.resolution = Ok(Resolution {
        dev_image: Some(CHOSEN.into()),
        toolbox: true,
        confidence: 25,
        rule: "toolbox/static".into(),
        evidence: vec!["it has no loader of a C library: its programs are static".into()],
        ..resolution()
    });
    preview
}

/// What the one attach among the effects knows already, and what it was told to use; nothing when there is none.
#[track_caller]
fn attached(effects: &[Effect]) -> (Option<String>, Option<String>) {
    let mut found = effects.iter().filter_map(|effect| match effect {
        Effect::Attach {
            resolution, wishes, ..
        } => Some((
            resolution.as_ref().and_then(|r| r.dev_image.clone()),
            wishes
                .named("acme/web:1.4")
                .map(|named| named.image.to_owned()),
        )),
        _ => None,
    });
    found.next().unwrap_or_default()
}

#[test]
fn another_one_is_attached_with_and_kept_to() {
    let mut driver = with_others((80, 24));
    driver.press("ctrl-o");
    driver.press("down");
    driver.press("down");
    let effects = driver.press("enter");
    assert_eq!(attached(&effects), (None, Some(CHOSEN.into())));
    driver.press("esc");
    assert!(driver.text().contains(CHOSEN), "{}", driver.text());
    // Also the next time, although the preview found another.
    let effects = driver.press("enter");
    assert_eq!(attached(&effects), (None, Some(CHOSEN.into())));
}

#[test]
fn the_one_that_was_found_is_the_first_and_takes_the_choice_back() {
    let mut driver = with_others((80, 24));
    driver.press("ctrl-o");
    driver.press("end");
    driver.press("enter");
    driver.press("esc");
    driver.press("ctrl-o");
    let effects = driver.press("enter");
    assert_eq!(attached(&effects), (Some("acme/web:1.4-dev".into()), None));
}

#[test]
fn a_click_chooses_and_esc_changes_nothing() {
    let mut driver = with_others((80, 24));
    driver.press("ctrl-o");
    let text = driver.text();
    assert!(
        text.contains("Which dev image?") && !text.contains('\u{1b}'),
        "{text}"
    );
    driver.press("esc");
    driver.press("ctrl-o");
    let effects = driver.click(&Hit::PopupRow(1));
    let chosen = "cgr.dev/chainguard/python:latest-dev";
    assert_eq!(attached(&effects), (None, Some(chosen.into())));
}

#[test]
fn without_a_preview_it_is_said() {
    let mut driver = Driver::picker(few());
    driver.press("ctrl-o");
    let text = driver.text();
    assert!(text.contains("still being looked for"), "{text}");
}

#[test]
fn an_image_of_which_nothing_is_known_says_how_to_name_one() {
    let mut driver = with_others((80, 24));
    let mut empty = preview("w");
    empty.resolution = Ok(Resolution {
        dev_image: None,
        ..resolution()
    });
    driver.send(Msg::Previewed(Box::new(empty)));
    driver.press("ctrl-o");
    let text = driver.text();
    assert!(text.contains("devtwin attach --image"), "{text}");
}

#[test]
fn the_palette_offers_it() {
    let mut driver = with_others((80, 24));
    driver.press("ctrl-]");
    driver.type_text("another dev");
    driver.press("enter");
    assert!(
        driver.text().contains("Which dev image?"),
        "{}",
        driver.text()
    );
}

#[test]
fn an_attach_on_its_way_is_given_up_for_the_choice() {
    let mut driver = with_others((80, 24));
    driver.press("enter");
    let effects = driver.press("ctrl-o");
    assert!(
        effects.iter().any(|e| matches!(e, Effect::Cancel(_))),
        "{effects:?}"
    );
    assert!(
        driver.text().contains("Which dev image?"),
        "{}",
        driver.text()
    );
    driver.press("down");
    let effects = driver.press("enter");
    let chosen = "cgr.dev/chainguard/python:latest-dev";
    assert_eq!(attached(&effects), (None, Some(chosen.into())));
}
