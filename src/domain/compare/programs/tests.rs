use super::super::tests::{Item, dir, file, grown, link, program};
use super::*;

fn path(text: &str) -> Vec<String> {
    search_path(&[("PATH".into(), text.into())])
}

#[test]
fn a_command_is_found_as_a_shell_would() {
    let mut tree = grown(&[
        dir("bin"),
        program("bin/busybox"),
        link("bin/sh", "/bin/busybox"),
        link("bin/dangling", "/nowhere"),
        file("bin/readme", "x"),
        program("usr/bin/sh"),
        program("opt/tool"),
    ]);
    tree.set_owners([("busybox", &b"bin/busybox"[..])].into_iter());
    let both = path("/usr/local/bin:/bin/:/usr/bin:relative::");
    assert_eq!(both, ["/usr/local/bin", "/bin", "/usr/bin"]);
    let sh = which(&tree, &both, "sh").unwrap();
    assert_eq!(
        (sh.path.as_str(), sh.leads_to.as_str()),
        ("/bin/sh", "/bin/busybox")
    );
    assert_eq!(sh.package.as_deref(), Some("busybox"));
    for name in ["dangling", "readme", "tool", "", "..", "nope"] {
        assert_eq!(which(&tree, &both, name), None, "{name:?}");
    }
    assert_eq!(which(&tree, &both, "/opt/tool").unwrap().path, "/opt/tool");
    assert_eq!(search_path(&[]).len(), 6);
}

#[test]
fn programs_of_one_alone_and_privileged_files_are_listed() {
    let set = |path: &str, mode: u32| Item {
        mode,
        ..program(path)
    };
    let left = [
        program("bin/app"),
        program("bin/both"),
        set("bin/su", 0o4755),
        file("bin/not", ""),
    ];
    let right = [
        program("usr/bin/both"),
        program("usr/bin/new"),
        set("usr/bin/su", 0o755),
        set("bin/wall", 0o2755),
    ];
    let trees = Trees::of(grown(&left), grown(&right));
    let found = Programs::of(&trees, &path("/bin"), &path("/usr/bin:/bin"));
    let names = |list: &[Program]| list.iter().map(|p| p.name.clone()).collect::<Vec<_>>();
    assert_eq!((found.left, found.right), (3, 4));
    assert_eq!(names(&found.only_left), ["app"]);
    assert_eq!(names(&found.only_right), ["new", "wall"]);
    let told: Vec<_> = found
        .privileged
        .iter()
        .map(|p| (p.path.as_str(), p.change))
        .collect();
    assert_eq!(
        told,
        [
            ("/bin/su", Change::OnlyLeft),
            ("/bin/wall", Change::OnlyRight)
        ]
    );
}
