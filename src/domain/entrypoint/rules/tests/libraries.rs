use super::super::super::tests::{dynamic_elf, static_elf};
use super::super::testing::Scene;
use crate::domain::elf::Elf;

const GLIBC: &str = "/lib64/ld-linux-x86-64.so.2";
const MUSL: &str = "/lib/ld-musl-x86_64.so.1";

fn dynamic(loader: &str, needed: &[&str]) -> Scene {
    Scene::image(&["/app/x"], &[]).root(|root| {
        root.elf("/app/x", dynamic_elf(Some(loader), needed))
            .dir("/lib", 0o755)
            .dir("/usr/lib", 0o755)
    })
}

#[test]
fn a_loader_that_is_missing() {
    let found = dynamic(GLIBC, &["libc.so.6"]).errs("NO_LOADER");
    assert!(
        found.evidence.contains(&format!("{GLIBC} is missing")),
        "{found:?}"
    );
    assert!(
        found.evidence.contains(&"it needs libc.so.6".into()),
        "{found:?}"
    );
    dynamic(GLIBC, &[])
        .ended(1, &["exec /app/x: no such file or directory"])
        .errs("NO_LOADER");
    dynamic(GLIBC, &[])
        .root(|root| root.elf(GLIBC, static_elf()))
        .lacks("NO_LOADER");
}

#[test]
fn the_other_libc() {
    let on =
        |built: &str, here: &str| dynamic(built, &[]).root(|root| root.elf(here, static_elf()));
    assert!(
        on(MUSL, GLIBC)
            .errs("LIBC_MISMATCH")
            .meaning
            .contains("built for musl, and this image has glibc")
    );
    assert!(
        on(GLIBC, MUSL)
            .errs("LIBC_MISMATCH")
            .meaning
            .contains("built for glibc, and this image has musl")
    );
    on(MUSL, MUSL).lacks("LIBC_MISMATCH");
}

fn complete(needed: &[&str]) -> Scene {
    dynamic(GLIBC, needed).root(|root| root.elf(GLIBC, static_elf()))
}

#[test]
fn a_library_that_is_missing() {
    let found = complete(&["libcurl.so.4"])
        .provider("so:libcurl.so.4", "libcurl-openssl4")
        .errs("MISSING_LIB");
    assert_eq!(found.evidence[0], "/app/x needs libcurl.so.4");
    assert_eq!(found.package.as_deref(), Some("libcurl-openssl4"));
    complete(&["libcurl.so.4"]).runs().notes("MISSING_LIB");
    let there = complete(&["libcurl.so.4"])
        .root(|root| root.elf("/usr/lib/libcurl.so.4", dynamic_elf(None, &["libz.so.1"])));
    let found = there.errs("MISSING_LIB");
    assert_eq!(found.evidence[0], "/usr/lib/libcurl.so.4 needs libz.so.1");
    let whole = complete(&["libcurl.so.4"])
        .root(|root| root.elf("/usr/lib/libcurl.so.4", dynamic_elf(None, &[])));
    whole.lacks("MISSING_LIB");
}

#[test]
fn a_library_that_only_the_log_misses() {
    let line = "ImportError: libGL.so.1: cannot open shared object file: No such file or directory";
    let found = Scene::web().ended(1, &[line]).errs("MISSING_LIB");
    assert_eq!(found.evidence, [format!("log: {line}")]);
    Scene::web().runs().said(&[line]).warns("MISSING_LIB");
    Scene::web()
        .ended(
            127,
            &["Error loading shared library libfoo.so.1: No such file (needed by /app/x)"],
        )
        .errs("MISSING_LIB");
    Scene::web()
        .ended(1, &["cannot open shared object file"])
        .lacks("MISSING_LIB");
    // The files say more of it already.
    let both = complete(&["libcurl.so.4"]).ended(127, &["/app/x: error while loading shared libraries: libcurl.so.4: cannot open shared object file"]);
    let found: Vec<_> = both
        .findings()
        .into_iter()
        .filter(|f| f.id == "MISSING_LIB")
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn many_missing_libraries_are_bounded() {
    let names: Vec<String> = (0..100).map(|n| format!("lib{n}.so")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = complete(&names).findings();
    assert_eq!(found.iter().filter(|f| f.id == "MISSING_LIB").count(), 10);
}

fn versions(need: &str, defs: &[&str]) -> Scene {
    let program = Elf {
        version_needs: vec![("libc.so.6".into(), need.into())],
        ..dynamic_elf(Some(GLIBC), &["libc.so.6"])
    };
    let libc = Elf {
        version_defs: defs.iter().map(ToString::to_string).collect(),
        ..dynamic_elf(None, &[])
    };
    complete(&[]).root(|root| root.elf("/app/x", program).elf("/usr/lib/libc.so.6", libc))
}

#[test]
fn a_libc_that_is_too_old() {
    let old = ["GLIBC_2.2.5", "GLIBC_2.9", "GLIBC_2.36", "GLIBC_PRIVATE"];
    let found = versions("GLIBC_2.38", &old).errs("GLIBC_TOO_OLD");
    assert_eq!(
        found.evidence[0],
        "/app/x needs GLIBC_2.38 of /usr/lib/libc.so.6, which has GLIBC_2.36 at most"
    );
    versions("GLIBC_2.36", &old).lacks("GLIBC_TOO_OLD");
    // Tables that could not be read prove nothing.
    versions("GLIBC_2.38", &[]).lacks("GLIBC_TOO_OLD");
    let line = "/app/x: /lib/libc.so.6: version `GLIBC_2.38' not found (required by /app/x)";
    Scene::web().ended(1, &[line]).errs("GLIBC_TOO_OLD");
    Scene::web()
        .ended(1, &["version `1.2' was found"])
        .lacks("GLIBC_TOO_OLD");
}

#[test]
fn a_run_that_came_further_proves_the_contrary() {
    // It was found in a way that the rules do not know, or is gone since.
    for (status, log) in [(0, ""), (3, "no configuration"), (143, "stopped")] {
        complete(&["libcurl.so.4"])
            .ended(status, &[log])
            .notes("MISSING_LIB");
    }
    complete(&["libcurl.so.4"])
        .ended(127, &[])
        .errs("MISSING_LIB");
    complete(&["libcurl.so.4"])
        .refused(0, "exec: no")
        .errs("MISSING_LIB");
}
