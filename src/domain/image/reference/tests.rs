//! The grammar by example, good and bad, and by chance.

use proptest::prelude::*;

use super::*;

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn good_references_are_normalised() {
    let pinned = format!("docker.io/library/nginx@sha256:{HEX}");
    let both = format!("localhost:5000/a/b:1@sha256:{HEX}");
    for (text, canonical, shown) in [
        ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27", "nginx:1.27"),
        (
            "library/nginx",
            "docker.io/library/nginx:latest",
            "nginx:latest",
        ),
        (
            "docker.io/nginx",
            "docker.io/library/nginx:latest",
            "nginx:latest",
        ),
        (
            "docker.io/library/nginx:latest",
            "docker.io/library/nginx:latest",
            "nginx:latest",
        ),
        (
            "index.docker.io/library/nginx",
            "docker.io/library/nginx:latest",
            "nginx:latest",
        ),
        (
            "registry-1.docker.io/nginx",
            "docker.io/library/nginx:latest",
            "nginx:latest",
        ),
        ("acme/web:1.4", "docker.io/acme/web:1.4", "acme/web:1.4"),
        (
            "library/a/b",
            "docker.io/library/a/b:latest",
            "library/a/b:latest",
        ),
        (
            "cgr.dev/chainguard/go",
            "cgr.dev/chainguard/go:latest",
            "cgr.dev/chainguard/go:latest",
        ),
        ("host:5000/x", "host:5000/x:latest", "host:5000/x:latest"),
        ("localhost/x:y", "localhost/x:y", "localhost/x:y"),
        ("[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"),
        ("Upper/x", "Upper/x:latest", "Upper/x:latest"),
        (
            "a__b/c-d/e---f.g_h:_T-1.x",
            "docker.io/a__b/c-d/e---f.g_h:_T-1.x",
            "a__b/c-d/e---f.g_h:_T-1.x",
        ),
        (
            "docker.io/my.repo/x",
            "docker.io/my.repo/x:latest",
            "docker.io/my.repo/x:latest",
        ),
        (
            "docker.io/localhost/x",
            "docker.io/localhost/x:latest",
            "docker.io/localhost/x:latest",
        ),
        (
            pinned.as_str(),
            pinned.as_str(),
            &format!("nginx@sha256:{HEX}"),
        ),
        (both.as_str(), both.as_str(), both.as_str()),
        (
            &format!("docker.io/{HEX}"),
            &format!("docker.io/library/{HEX}:latest"),
            &format!("docker.io/library/{HEX}:latest"),
        ),
    ] {
        let reference = Reference::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(reference.canonical(), canonical, "{text}");
        assert_eq!(reference.to_string(), shown, "{text}");
    }
}

#[test]
fn bad_references_say_what_is_wrong() {
    let long_tag = format!("x:{}", "t".repeat(129));
    let long_name = format!("cgr.dev/{}", "n".repeat(250));
    let short_digest = "x@sha256:abcd";
    let other_digest = format!("x@md5:{}", &HEX[..31]);
    let upper_digest = format!("x@sha256:{}", HEX.to_uppercase());
    let id = format!("sha256:{HEX}");
    for (text, what) in [
        ("", "empty"),
        (HEX, "image id"),
        (id.as_str(), "image id"),
        ("https://cgr.dev/chainguard/go", "scheme"),
        ("Nginx", "upper-case letter, `N`"),
        ("cgr.dev/Acme/web", "upper-case letter, `A`"),
        ("nginx:", "tag is empty"),
        ("nginx:-x", "tag begins"),
        ("nginx:.x", "tag begins"),
        ("nginx:a b", "tag has the character ` `"),
        ("nginx:a:b", "tag has the character `:`"),
        (long_tag.as_str(), "129 characters"),
        (long_name.as_str(), "258 characters"),
        ("cgr.dev/", "no repository"),
        ("cgr.dev//x", "empty component"),
        ("a//b", "empty component"),
        ("/x", "empty component"),
        ("x/", "empty component"),
        (":1", "no repository"),
        ("a/b c", "character ` `"),
        ("a/b\u{1b}[31m", "character `\\u{1b}`"),
        ("naïve", "character `ï`"),
        ("-x", "words joined"),
        ("x-", "words joined"),
        ("a..b", "words joined"),
        ("a___b", "words joined"),
        ("a._b", "words joined"),
        ("host:port/x", "port"),
        ("host:/x", "port"),
        ("-h.example/x", "no host name"),
        ("a..example/x", "no host name"),
        ("[z:z]/x", "IPv6"),
        ("[::1]5000/x", "port"),
        ("x@", "algorithm:hexadecimal"),
        ("x@abc", "algorithm:hexadecimal"),
        ("x@:abc", "no algorithm"),
        (short_digest, "4 digits, not 64"),
        (other_digest.as_str(), "31 digits, not at least 32"),
        (upper_digest.as_str(), "lower-case hexadecimal"),
        ("x@sha256:zz", "lower-case hexadecimal"),
    ] {
        let error = Reference::parse(text).expect_err(text);
        assert_eq!(error.kind, ErrorKind::Usage, "{text}");
        assert!(error.message.contains(what), "{text}: {}", error.message);
        assert!(!error.message.contains(char::is_control), "{text:?}");
        assert!(error.hint.is_some(), "{text}");
    }
}

#[test]
fn an_upper_case_repository_is_offered_in_lower_case() {
    let error = Reference::parse("cgr.dev/Chainguard/Nginx:1.0-RC1").unwrap_err();
    let hint = error.hint.unwrap_or_default();
    assert!(hint.ends_with("cgr.dev/chainguard/nginx:1.0-RC1"), "{hint}");
}

#[test]
fn a_tag_replaces_tag_and_digest() {
    let pinned = Reference::parse(&format!("host:5000/x:1@sha256:{HEX}")).unwrap();
    assert_eq!(pinned.with_tag("2").unwrap().canonical(), "host:5000/x:2");
    assert!(pinned.with_tag("no tag").is_err());
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Reference::parse(&text);
    }

    #[test]
    fn reference_like_text_prints_as_itself(
        text in "([a-zA-Z0-9.-]{1,8}(:[0-9]{1,4})?/)?[a-z0-9]{1,4}([._/-]{1,2}[a-z0-9]{1,4}){0,3}(:[A-Za-z0-9_.-]{1,9})?(@sha256:[0-9a-f]{64})?",
    ) {
        if let Ok(reference) = Reference::parse(&text) {
            prop_assert_eq!(&Reference::parse(&reference.to_string()).unwrap(), &reference);
            prop_assert_eq!(&Reference::parse(&reference.canonical()).unwrap(), &reference);
        }
    }
}
