use super::super::super::tests::{dynamic_elf, static_elf};
use super::super::testing::Scene;
use crate::domain::entrypoint::Severity;

#[track_caller]
pub(super) fn is_sound(scene: Scene) {
    let found = scene.findings();
    assert!(
        found.iter().all(|f| f.severity == Severity::Note),
        "{found:#?}"
    );
}

#[test]
fn healthy_images_and_containers() {
    is_sound(Scene::web());
    is_sound(Scene::web().user("0"));
    is_sound(Scene::web().runs());
    is_sound(Scene::web().ended(0, &[]));
    is_sound(Scene::web().ended(143, &["stopping"]));
    is_sound(Scene::web().shell().user("0"));
    let hardened = Scene::web().runs().container(|target| {
        target.isolation.readonly_rootfs = true;
        target.isolation.cap_drop = vec!["ALL".into()];
    });
    is_sound(hardened);
}

#[test]
fn an_image_with_nothing_but_a_program() {
    let bare = [
        "/tmp",
        "/etc/passwd",
        "/etc/group",
        "/etc/ssl/certs/ca-certificates.crt",
        "/home/nonroot",
        "/usr/bin",
    ];
    for user in ["", "65532"] {
        let bare = bare
            .iter()
            .fold(Scene::web().user(user), |scene, path| scene.without(path));
        is_sound(bare);
    }
}

#[test]
fn a_healthy_image_takes_few_questions() {
    let (_, asked) = Scene::web().study();
    assert!(
        asked.stats <= 13 && asked.reads <= 3 && asked.lists == 0 && asked.rounds <= 4,
        "{asked:?}"
    );
    let bare = [
        "/tmp",
        "/etc/passwd",
        "/etc/group",
        "/etc/ssl/certs/ca-certificates.crt",
        "/home/nonroot",
    ];
    let (_, asked) = bare
        .iter()
        .fold(Scene::web(), |scene, path| scene.without(path))
        .study();
    assert!(
        asked.stats <= 15 && asked.reads <= 2 && asked.rounds <= 4,
        "{asked:?}"
    );
}

#[test]
fn a_dynamic_image_reads_no_file_for_the_rules_but_its_libc() {
    let loader = "/lib64/ld-linux-x86-64.so.2";
    let scene = Scene::image(&["/app/x"], &[]).root(|root| {
        root.elf(
            "/app/x",
            dynamic_elf(Some(loader), &["libc.so.6", "libm.so.6"]),
        )
        .elf(loader, static_elf())
        .dir("/usr/lib", 0o755)
        .elf("/usr/lib/libc.so.6", dynamic_elf(None, &[]))
        .elf("/usr/lib/libm.so.6", dynamic_elf(None, &[]))
    });
    let (found, asked) = scene.study();
    assert!(
        found.iter().all(|f| f.severity == Severity::Note),
        "{found:#?}"
    );
    assert!(asked.reads <= 4, "{asked:?}");
}
