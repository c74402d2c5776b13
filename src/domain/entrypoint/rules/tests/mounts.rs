use super::super::super::tests::{dynamic_elf, static_elf};
use super::super::testing::Scene;
use crate::domain::elf::Elf;
use crate::domain::target::MountKind::{Bind, Tmpfs, Volume};

#[test]
fn a_mount_over_the_program() {
    let gone = |kind| {
        Scene::web()
            .without("/app/web")
            .ended(127, &[])
            .mount(kind, "data", "/app")
    };
    let found = gone(Volume).errs("MOUNT_HIDES");
    assert_eq!(
        found.evidence[..2],
        ["volume data at /app", "/app/web is missing"]
    );
    gone(Bind).errs("MOUNT_HIDES");
    Scene::web()
        .without("/app/web")
        .ended(127, &[])
        .mount(Bind, "/x", "/data")
        .errs("NOT_FOUND");
    Scene::web()
        .ended(1, &[])
        .mount(Bind, "/x", "/app")
        .lacks("MOUNT_HIDES");
    let by_path =
        Scene::image(&["tool"], &[])
            .ended(127, &[])
            .mount(Volume, "bin", "/usr/local/bin");
    by_path.errs("MOUNT_HIDES");
}

#[test]
fn a_tmpfs_over_the_program() {
    // The files are those of the image: the tmpfs is only there while it runs.
    let found = Scene::web()
        .ended(127, &[])
        .mount(Tmpfs, "", "/app")
        .errs("MOUNT_HIDES");
    assert!(
        found.evidence[1].contains("empty at each start"),
        "{found:?}"
    );
    let flag = Scene::web()
        .ended(127, &[])
        .container(|target| target.tmpfs.push("/app".into()));
    flag.errs("MOUNT_HIDES");
    Scene::web()
        .ended(1, &[])
        .mount(Tmpfs, "", "/app/cache")
        .lacks("MOUNT_HIDES");
}

#[test]
fn a_mount_over_libraries() {
    let loader = "/lib64/ld-linux-x86-64.so.2";
    let program = Elf {
        runpath: vec!["$ORIGIN/lib".into()],
        ..dynamic_elf(Some(loader), &["libx.so.1"])
    };
    let scene = || {
        Scene::image(&["/app/x"], &[]).root(|root| {
            root.elf("/app/x", program.clone())
                .elf(loader, static_elf())
                .dir("/app/lib", 0o755)
                .dir("/app/data", 0o755)
                .file("/usr/lib/libcuda.so.1", 0o644, "")
        })
    };
    let found = scene()
        .ended(127, &[])
        .mount(Bind, "/libs", "/app/lib")
        .errs("MOUNT_HIDES");
    assert!(
        found.evidence.contains(&"libx.so.1 is missing".into()),
        "{found:?}"
    );
    scene()
        .ended(127, &[])
        .mount(Bind, "/data", "/app/data")
        .errs("MISSING_LIB");
    // A graphics driver, file by file.
    scene()
        .ended(127, &[])
        .mount(Bind, "/usr/lib/libcuda.so.1", "/usr/lib/libcuda.so.1")
        .errs("MISSING_LIB");
}

#[test]
fn a_file_on_a_directory() {
    let error = "OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting \"/x\" to rootfs at \"/etc/app.toml\": mount /x:/etc/app.toml, flags: 0x5000: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?";
    let found = Scene::web()
        .refused(127, error)
        .mount(Bind, "/x", "/etc/app.toml")
        .errs("MOUNT_TYPE");
    assert!(
        found
            .evidence
            .contains(&"bind of /x at /etc/app.toml".into()),
        "{found:?}"
    );
    Scene::web()
        .refused(127, "error mounting \"/x\": permission denied")
        .lacks("MOUNT_TYPE");
}

#[test]
fn a_mount_that_forbids_running() {
    let scene = |options: &str| {
        let mut scene = Scene::web().ended(126, &[]).mount(Volume, "app", "/app");
        scene.facts.mount_options = vec![("/app".into(), options.into())];
        scene
    };
    let found = scene("bind,ro,noexec").errs("NOEXEC_MOUNT");
    assert!(
        found
            .evidence
            .contains(&"volume app at /app, options bind,ro,noexec".into()),
        "{found:?}"
    );
    scene("bind,nosuid").lacks("NOEXEC_MOUNT");
}
