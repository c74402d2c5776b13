use super::*;

/// Pattern lines, a path, whether it is left out: docker's own tests of its matcher have these cases, and each is
/// what `docker build` of 20.10 does where that could be tried.
const CASES: &[(&str, &str, bool)] = &[
    ("", "a", false),
    ("a", "a", true),
    ("a", "b", false),
    ("a", "a/b/c", true),
    ("a", "x/a", false),
    ("/a", "a", true),
    ("./a", "a", true),
    ("a/", "a/b", true),
    ("a/../b", "b", true),
    ("*", "a", true),
    ("*", "a/b", true),
    ("*.go", "x.go", true),
    ("*.go", "d/x.go", false),
    ("*/x.go", "d/x.go", true),
    ("*/x.go", "d/e/x.go", false),
    ("**", "file", true),
    ("**", "dir/file", true),
    ("**/", "file", true),
    ("**/file", "file", true),
    ("**/file", "a/b/file", true),
    ("**/dir/file", "dir/file", true),
    ("**/*.txt", "a/b.txt", true),
    ("**/**/*.txt", "a/b/c.txt", true),
    ("a**/*.txt", "a/file.txt", true),
    ("a**/*.txt", "a/dir/file.txt", true),
    ("a/**", "a/b/c", true),
    ("a/**", "a", false),
    ("a/**/b", "a/b", true),
    ("a[b-d]e", "ace", true),
    ("a[b-d]e", "aee", false),
    ("a[^b-d]e", "aee", true),
    ("[a.b]", ".", true),
    ("a?c", "abc", true),
    ("a?c", "a/c", false),
    ("a\\*b", "a*b", true),
    ("a\\*b", "axb", false),
    ("a.c", "abc", false),
    ("a$b", "a$b", true),
    ("a(b", "a(b", true),
    ("a+b", "aab", false),
    ("abc.def", "abcZdef", false),
    (".git", ".git/config", true),
    ("# a\na", "a", true),
    (" # a", "a", false),
    ("  a  ", "a", true),
    ("\u{feff}a", "a", true),
    ("a\r\nb\r\n", "a", true),
    ("*\n!a", "a", false),
    ("*\n!a", "a/b", false),
    ("*\n!a\na/b", "a/b/c", true),
    ("!a\na", "a", true),
    ("docs\n!docs/README.md", "docs/README.md", false),
    ("docs\n!docs/README.md", "docs/x", true),
    ("**\n!src/**", "src/a/b", false),
    ("**\n! src", "src/a", false),
    ("é*", "école", true),
];

#[test]
fn patterns_match_as_docker_has_them() {
    for (patterns, path, out) in CASES {
        let ignore = Ignore::parse(patterns).unwrap();
        assert_eq!(ignore.leaves_out(path), *out, "{patterns:?} on {path}");
    }
}

#[test]
fn a_directory_is_skipped_unless_something_may_come_back() {
    for (patterns, dir, all) in [
        ("a", "a", true),
        ("a\n!b/c", "a", true),
        ("a\n!a/c", "a", false),
        ("a\n!a/b/c", "a/b", false),
        ("a\n!a", "a", false),
        // As docker has it: a wildcard there does not open a directory.
        ("a\n!**/x", "a", true),
    ] {
        let ignore = Ignore::parse(patterns).unwrap();
        assert_eq!(ignore.leaves_out_all_below(dir), all, "{patterns:?} {dir}");
    }
}

#[test]
fn what_is_no_pattern_is_told_with_its_line() {
    for text in ["ok\n!", "ok\n[", "ok\n[]a]", "ok\na\\", "ok\n[z-a]"] {
        let error = Ignore::parse(text).unwrap_err();
        assert!(error.message.contains("line 2"), "{text:?}: {error}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[-*?!\\[\\]/\\\\a.#\n^é]{0,40}", path in "[a/.é]{1,12}") {
        if let Ok(ignore) = Ignore::parse(&text) {
            let _ = ignore.leaves_out(&path);
            let _ = ignore.leaves_out_all_below(&path);
        }
    }
}
