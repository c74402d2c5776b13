use super::*;

fn shown(text: &str, columns: usize) -> Vec<String> {
    let line = |row: Row| row.into_iter().map(|(_, text)| text).collect::<String>();
    rows(text, columns).into_iter().map(line).collect()
}

#[test]
fn paragraphs_are_wrapped_by_words_and_kept_apart() {
    let text = "One two\nthree four.\n\nNext.";
    assert_eq!(shown(text, 10), ["One two", "three", "four.", "", "Next."]);
    assert_eq!(shown("a\\\nb", 10), ["a", "b"], "a hard break");
    assert_eq!(shown("", 10), Vec::<String>::new());
}

#[test]
fn pieces_keep_their_voices_across_rows() {
    let found = rows("say `docker ps` **now**, *please*", 12);
    let code = Voice::Code;
    assert_eq!(
        found[0],
        [(Voice::Plain, "say ".into()), (code, "docker".into())]
    );
    assert_eq!(found[1][0], (code, "ps".into()));
    assert_eq!(found[1][2], (Voice::Strong, "now".into()));
    assert_eq!(found[2], [(Voice::Emphasis, "please".into())]);
    let one = rows("`docker ps`", 40);
    assert_eq!(one, [[(code, "docker ps".to_owned())]]);
}

#[test]
fn lists_hang_and_count() {
    let text = "Do:\n\n- one two three\n- four\n  1. five\n  2. six\n\nThen.";
    let expected = [
        "Do:",
        "",
        "• one two",
        "  three",
        "• four",
        "  1. five",
        "  2. six",
        "",
        "Then.",
    ];
    assert_eq!(shown(text, 10), expected);
    assert_eq!(shown("3. a\n4. b", 10), ["3. a", "4. b"]);
}

#[test]
fn code_blocks_are_cut_and_never_wrapped() {
    let text = "Run:\n\n```sh\ndocker exec -it lab-web sh\n  x\n```\nand look.";
    assert_eq!(
        shown(text, 14),
        ["Run:", "", "  docker exec…", "    x", "", "and look."]
    );
    assert_eq!(code(text).unwrap(), "docker exec -it lab-web sh\n  x");
    assert_eq!(code("no `code` block"), None);
    assert_eq!(code("```\n\n```"), None);
}

#[test]
fn headings_quotes_links_and_rules() {
    let found = rows(
        "# Why\n\n> so it\n> is\n\n[docs](https://a.b/c) <https://d.e>\n\n---",
        60,
    );
    assert_eq!(found[0], [(Voice::Heading, "Why".to_owned())]);
    let text = "# Why\n\n> so it\n> is\n\n[docs](https://a.b/c) <https://d.e>\n\n---";
    assert_eq!(
        shown(text, 60),
        [
            "Why",
            "",
            "│ so it is",
            "",
            "docs (https://a.b/c) https://d.e",
            "",
            "───"
        ]
    );
}

#[test]
fn hostile_text_is_cleaned_and_bounded() {
    let text = "a\u{1b}[2Jb `c\u{9b}d`\n\n```\ne\u{202e}f\n```\n<b>x</b>";
    let all = shown(text, 40).join("|");
    assert!(!all.contains(char::is_control), "{all:?}");
    assert!(!all.contains('\u{202e}'), "{all:?}");
    assert_eq!(code(text).unwrap(), "e\u{fffd}f");
    assert!(shown(&"ä".repeat(100_000), 1000).len() < 200);
    let deep = "> ".repeat(500) + "x";
    assert!(shown(&deep, 20).iter().all(|row| width(row) <= 20));
}

#[test]
fn a_sign_stands_before_the_first_row() {
    let found = hung(Voice::Bad, "✗ ", "one two", 6);
    let bad = |text: &str| (Voice::Bad, text.to_owned());
    assert_eq!(found, [[bad("✗ "), bad("one")], [bad("  "), bad("two")]]);
}

#[test]
fn wide_characters_count_as_two() {
    assert!(
        shown("漢字漢字漢字 漢字", 9)
            .iter()
            .all(|row| width(row) <= 9)
    );
}
