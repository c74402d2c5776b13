use super::*;

fn entry(name: &str, kind: Kind) -> Entry {
    Entry {
        name: name.into(),
        kind,
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: 0,
        mtime: None,
    }
}

#[test]
fn links_are_followed_within_the_root() {
    let link = |to: &str| entry("l", Kind::Link(to.into()));
    let dir = |name: &str| entry(name, Kind::Dir);
    for (path, steps, to) in [
        ("/l", vec![link("/etc")], "/etc"),
        ("/a/l/x", vec![dir("a"), link("../b")], "/b/x"),
        ("/l", vec![link("../../../up")], "/up"),
    ] {
        match led(path, steps).unwrap() {
            Led::Linked(path) => assert_eq!(path, to),
            Led::There(_) => panic!("{path} is a link"),
        }
    }
    let there = led("/a/b", vec![dir("a"), dir("b")]);
    assert!(matches!(there, Ok(Led::There(_))));
    let missing = led("/a/b", vec![dir("a")]).err().unwrap();
    assert_eq!(missing.kind, ErrorKind::NoTarget);
    let through = led("/a/b", vec![entry("a", Kind::File)]).err().unwrap();
    assert!(through.message.contains("/a: is no directory"), "{through}");
}
