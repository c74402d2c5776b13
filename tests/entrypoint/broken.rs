//! What fails, and what must be found in it. tests/fixtures/broken.py makes the images.

use std::collections::BTreeSet;

use devtwin::domain::entrypoint::rules;

use crate::fails::{Fails, Row};
use crate::support::{docker, require_docker};

/// Rows of the catalogue that no container can show, and why.
const NOT_SHOWN: &[(&str, &str)] = &[(
    "RUN_IN_PROD_STAGE",
    "a build that fails leaves no image: it is found in a Dockerfile",
)];

/// The issue asks for at least so many.
const ROWS_OF_THE_CATALOGUE: usize = 30;

/// The engine says it at the start, the kernel when the engine has handed over: by that and by its
/// version it ends with one of these.
const NOT_THERE: &[i64] = &[1, 127, 255];
const NOT_A_PROGRAM: &[i64] = &[1, 126, 255];

/// How engines say that there is no such file.
const NO_SUCH_FILE: &[&str] = &["no such file or directory"];
const NOT_IN_PATH: &[&str] = &["executable file not found in $PATH"];
const PERMISSION_DENIED: &[&str] = &["permission denied"];
/// Engine 28 runs a first program with the capability to override permissions, whatever the user; 20.10 does not.
const NO_OVERRIDE: &[&str] = &["--cap-drop", "DAC_OVERRIDE"];
const EXEC_FORMAT: &[&str] = &["exec format error"];

/// A row each: its name is the test's.
macro_rules! rows {
    ($($name:ident: $row:expr,)+) => {
        $(
            #[test]
            fn $name() {
                $row.check();
            }
        )+

        /// All of them.
        static ALL: &[Row] = &[$($row),+];
    };
}

rows! {
    // No shell.
    no_shell: Row::ends("NO_SHELL", "acme/broken:no-shell", NOT_THERE, NOT_IN_PATH).image_alone(),
    no_shell_abs: Row::ends("NO_SHELL_ABS", "acme/broken:no-shell-abs", NOT_THERE, NO_SUCH_FILE).image_alone(),
    shell_form: Row::ends("SHELL_FORM", "acme/broken:shell-form", NOT_THERE, NO_SUCH_FILE).image_alone(),
    shell_form_cmd: Row::ends("SHELL_FORM", "acme/broken:shell-form-cmd", NOT_THERE, NO_SUCH_FILE).image_alone(),
    shell_cmd_to_app: Row::ends("SHELL_CMD_TO_APP", "acme/broken:shell-cmd-to-app", &[2], &["unknown option /bin/sh"]).image_alone_warns(),
    cmd_to_interpreter: Row::ends("CMD_TO_INTERPRETER", "acme/broken:cmd-to-interpreter", &[2], &["can't open file '//echo'"]).args(&["echo", "hello"]),

    // Not the program that was meant.
    not_found: Row::ends("NOT_FOUND", "acme/broken:not-found", NOT_THERE, NOT_IN_PATH).image_alone(),
    not_found_abs: Row::ends("NOT_FOUND", "acme/broken:not-found-abs", NOT_THERE, NO_SUCH_FILE).image_alone(),
    not_found_by_person: Row::ends("NOT_FOUND", "acme/web:1.4", NOT_THERE, NOT_IN_PATH).flags(&["--entrypoint", "wbe"]),
    argv_as_string: Row::ends("ARGV_AS_STRING", "acme/broken:argv-as-string", NOT_THERE, NO_SUCH_FILE).image_alone(),
    not_exec: Row::ends("NOT_EXEC", "acme/broken:not-exec", NOT_A_PROGRAM, PERMISSION_DENIED).image_alone(),
    not_exec_owner: Row::ends("NOT_EXEC", "acme/broken:not-exec-owner", NOT_A_PROGRAM, PERMISSION_DENIED).flags(NO_OVERRIDE).image_alone_warns(),
    not_exec_folder: Row::ends("NOT_EXEC", "acme/broken:not-exec-folder", NOT_A_PROGRAM, PERMISSION_DENIED).flags(NO_OVERRIDE).image_alone_warns(),
    is_dir: Row::ends("IS_DIR", "acme/broken:is-dir", NOT_A_PROGRAM, &["permission denied", "is a directory"]).image_alone(),
    cmd_reset: Row::ends("CMD_RESET", "acme/broken:cmd-reset", &[2], &["usage: app"]).warning().image_alone(),
    cmd_reset_nothing: Row::fails("CMD_RESET", "acme/broken:cmd-reset-nothing", Fails::NotCreated { says: &["no command specified"] }).image_alone(),

    // Programs that need what is not there.
    no_loader: Row::ends("NO_LOADER", "acme/broken:no-loader", NOT_THERE, NO_SUCH_FILE).image_alone(),
    libc_mismatch: Row::ends("LIBC_MISMATCH", "acme/broken:libc-mismatch", NOT_THERE, NO_SUCH_FILE).image_alone(),
    libc_mismatch_glibc: Row::ends("LIBC_MISMATCH", "acme/broken:libc-mismatch-glibc", NOT_THERE, NO_SUCH_FILE).image_alone(),
    missing_lib: Row::ends("MISSING_LIB", "acme/broken:missing-lib", &[127], &["libcurl.so.4: cannot open shared object file"]).image_alone(),
    missing_lib_in_a_loop: Row::fails("MISSING_LIB", "acme/broken:missing-lib", Fails::Loops {
        statuses: &[127],
        says: &["libcurl.so.4: cannot open shared object file"],
    }).flags(&["--restart", "always"]),
    missing_lib_of_lib: Row::ends("MISSING_LIB", "acme/broken:missing-lib-of-lib", &[127], &["libpcap.so.1: cannot open shared object file"]).image_alone(),
    glibc_too_old: Row::ends("GLIBC_TOO_OLD", "acme/broken:glibc-too-old", &[1], &["version `GLIBC_2.99' not found"]).image_alone(),
    wrong_arch: Row::ends("WRONG_ARCH", "acme/broken:wrong-arch", NOT_A_PROGRAM, EXEC_FORMAT).image_alone(),
    no_shebang: Row::ends("NO_SHEBANG", "acme/broken:no-shebang", NOT_A_PROGRAM, EXEC_FORMAT).image_alone(),
    no_shebang_empty: Row::ends("NO_SHEBANG", "acme/broken:no-shebang-empty", NOT_A_PROGRAM, EXEC_FORMAT).image_alone(),
    no_shebang_bom: Row::ends("NO_SHEBANG", "acme/broken:no-shebang-bom", NOT_A_PROGRAM, EXEC_FORMAT).image_alone(),
    shebang_missing: Row::ends("SHEBANG_MISSING", "acme/broken:shebang-missing", NOT_THERE, NO_SUCH_FILE).image_alone(),
    shebang_missing_env: Row::ends("SHEBANG_MISSING", "acme/broken:shebang-missing-env", &[127], &["node"]).image_alone(),
    shebang_crlf: Row::ends("SHEBANG_CRLF", "acme/broken:shebang-crlf", NOT_THERE, NO_SUCH_FILE).image_alone(),
    dangling_venv: Row::ends("DANGLING_VENV", "acme/broken:dangling-venv", NOT_THERE, NO_SUCH_FILE).image_alone(),
    dangling_venv_script: Row::ends("DANGLING_VENV", "acme/broken:dangling-venv-script", NOT_THERE, NO_SUCH_FILE).image_alone(),

    // Users and what they may write.
    no_user: Row::ends("NO_USER", "acme/broken:no-user", &[125, 126, 128], &["unable to find user app"]).image_alone(),
    no_user_by_person: Row::ends("NO_USER", "acme/web:1.4", &[125, 126, 128], &["unable to find user nobody-here"]).flags(&["--user", "nobody-here"]),
    uid_no_passwd: Row::ends("UID_NO_PASSWD", "acme/broken:uid-no-passwd", &[1], &["getpwuid(): uid not found: 12345"]),
    write_denied: Row::ends("WRITE_DENIED", "acme/broken:write-denied", &[4], PERMISSION_DENIED),
    workdir_root: Row::ends("WORKDIR_ROOT", "acme/broken:workdir-root", &[4], PERMISSION_DENIED),
    volume_owner: Row::ends("VOLUME_OWNER", "acme/web:1.4", &[4], PERMISSION_DENIED).flags(&["-v", "/data"]).args(&["--write", "/data/state"]),
    bind_owner: Row::ends("VOLUME_OWNER", "acme/web:1.4", &[4], PERMISSION_DENIED).flags(&["-v", "FOLDER:/data"]).args(&["--write", "/data/state"]),
    read_only: Row::ends("READ_ONLY", "acme/web:1.4", &[4], &["read-only file system"]).flags(&["--read-only"]).args(&["--write", "/tmp/upload"]),
    no_tmp: Row::ends("NO_TMP", "acme/broken:no-tmp", &[4], NO_SUCH_FILE),

    // Ports, health, signals.
    low_port: Row::ends("LOW_PORT", "acme/broken:low-port", &[1], &["bind() to 127.0.0.1:80 failed (13: Permission denied)"]).flags(&["--network", "host"]),
    health_no_shell: Row::fails("HEALTH_NO_SHELL", "acme/broken:health-no-shell", Fails::Unhealthy { says: NO_SUCH_FILE }).image_alone(),
    health_no_tool: Row::fails("HEALTH_NO_TOOL", "acme/broken:health-no-tool", Fails::Unhealthy { says: NOT_IN_PATH }).image_alone(),
    pid1_signal: Row::fails("PID1_SIGNAL", "acme/web:1.4", Fails::IsKilled { says: &[] }).warning().args(&["--ignore-term"]),
    pid1_signal_shell: Row::fails("PID1_SIGNAL", "acme/broken:pid1-signal", Fails::IsKilled { says: &[] }).warning().image_alone(),
    stopsignal: Row::fails("STOPSIGNAL", "acme/broken:stopsignal", Fails::IsKilled { says: &["reloading"] }).warning().image_alone(),
    stopsignal_by_person: Row::fails("STOPSIGNAL", "acme/sound:stops-by-quit", Fails::IsKilled { says: &["reloading"] }).warning().flags(&["--stop-signal", "SIGHUP"]),

    // Data that the runtime needs.
    no_ca: Row::ends("NO_CA", "acme/broken:no-ca", &[1], &["x509: certificate signed by unknown authority"]),
    no_ca_scratch: Row::ends("NO_CA", "acme/broken:no-ca-scratch", &[1], &["x509: certificate signed by unknown authority"]),
    no_tzdata: Row::ends("NO_TZDATA", "acme/broken:no-tzdata", &[1], &["unknown time zone Europe/Berlin"]).image_alone_warns(),
    no_locale: Row::ends("NO_LOCALE", "acme/broken:no-locale", &[1], &["unsupported locale setting"]).image_alone_warns(),
    no_locale_warning: Row::fails("NO_LOCALE", "acme/broken:no-locale-warning", Fails::Complains { says: &["cannot change locale (en_US.UTF-8)"] }).warning(),

    // Package managers and sudo.
    apk_not_root: Row::ends("APK_NOT_ROOT", "acme/broken:apk-not-root", &[99], PERMISSION_DENIED).image_alone(),
    no_pkg_manager: Row::ends("NO_PKG_MANAGER", "acme/broken:no-pkg-manager", NOT_THERE, NOT_IN_PATH).image_alone(),
    no_sudo: Row::ends("NO_SUDO", "acme/broken:no-sudo", NOT_THERE, NOT_IN_PATH).image_alone(),

    // Mounts.
    mount_hides: Row::ends("MOUNT_HIDES", "acme/web:1.4", NOT_THERE, NO_SUCH_FILE).flags(&["--mount", "type=volume,dst=/usr/bin,volume-nocopy"]),
    mount_hides_tmpfs: Row::ends("MOUNT_HIDES", "acme/web:1.4", NOT_THERE, NO_SUCH_FILE).flags(&["--tmpfs", "/usr/bin"]),
    mount_hides_library: Row::ends("MOUNT_HIDES", "acme/sound:dynamic", &[127], &["libcurl.so.4: cannot open shared object file"]).flags(&["-v", "FOLDER:/app/lib:ro"]),
    mount_type: Row::ends("MOUNT_TYPE", "acme/web:1.4", &[127], &["not a directory"]).flags(&["-v", "FOLDER:/etc/app/web.toml"]),
    noexec_mount: Row::ends("NOEXEC_MOUNT", "acme/web:1.4", NOT_A_PROGRAM, PERMISSION_DENIED).flags(&[
        "--mount",
        // A volume of the folder; read-only, because only then the engine's driver heeds noexec.
        r#"type=volume,dst=/opt/app,volume-opt=type=none,volume-opt=device=FOLDER,"volume-opt=o=bind,ro,noexec""#,
        "--entrypoint",
        "/opt/app/web",
    ]),

    // It runs, and then dies.
    oom: Row::ends("OOM", "acme/oom:1", &[137], &[r#""OOMKilled":true"#]).flags(&["--memory", "32m"]).runs(10),
    segv: Row::ends("SEGV", "acme/broken:segv", &[139], &[]),
}

#[test]
fn every_rule_has_a_row_and_every_row_a_rule() {
    let rows: BTreeSet<&str> = ALL.iter().map(|row| row.id).collect();
    let not_shown = NOT_SHOWN.iter().map(|(id, _)| *id);
    let rules = rules::ALL.iter().copied().flatten();
    let rules: BTreeSet<&str> = rules.map(|rule| rule.id).collect();
    let known: BTreeSet<&str> = rows.iter().copied().chain(not_shown.clone()).collect();
    assert!(rows.len() >= ROWS_OF_THE_CATALOGUE, "{}", rows.len());
    assert_eq!(rules.difference(&known).count(), 0, "{rules:?} {known:?}");
    assert_eq!(rows.difference(&rules).count(), 0, "{rows:?} {rules:?}");
    assert!(not_shown.clone().all(|id| !rows.contains(id)));
}

#[test]
fn every_broken_image_is_in_the_table() {
    require_docker();
    let tags = docker::ok(&["image", "ls", "--format", "{{.Tag}}", "acme/broken"]);
    assert!(!tags.is_empty(), "make fixtures first");
    for tag in tags.lines() {
        let image = format!("acme/broken:{tag}");
        assert!(ALL.iter().any(|row| row.image == image), "{image}");
    }
}
