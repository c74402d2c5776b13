use std::collections::BTreeSet;

use super::super::{ALL, Rule};

/// The rows of the catalogue that an inspection of a container or an image can show: all but
/// `RUN_IN_PROD_STAGE`, which only a Dockerfile does.
const CATALOGUE: &str = "NO_SHELL NO_SHELL_ABS SHELL_FORM SHELL_CMD_TO_APP CMD_TO_INTERPRETER NOT_FOUND ARGV_AS_STRING NOT_EXEC IS_DIR NO_LOADER LIBC_MISMATCH MISSING_LIB GLIBC_TOO_OLD WRONG_ARCH NO_SHEBANG SHEBANG_MISSING SHEBANG_CRLF DANGLING_VENV NO_USER UID_NO_PASSWD WRITE_DENIED WORKDIR_ROOT VOLUME_OWNER READ_ONLY LOW_PORT HEALTH_NO_SHELL HEALTH_NO_TOOL PID1_SIGNAL STOPSIGNAL NO_CA NO_TZDATA NO_LOCALE NO_TMP APK_NOT_ROOT NO_PKG_MANAGER NO_SUDO CMD_RESET MOUNT_HIDES MOUNT_TYPE NOEXEC_MOUNT OOM SEGV";

#[test]
fn each_row_of_the_catalogue_has_one_rule() {
    let ids: Vec<&str> = ALL.iter().copied().flatten().map(|rule| rule.id).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "{ids:?}");
    assert_eq!(unique, CATALOGUE.split(' ').collect());
}

#[test]
fn each_rule_says_what_it_finds_and_how() {
    for Rule { id, title, how, .. } in ALL.iter().copied().flatten() {
        assert!(title.len() < 80 && !title.ends_with('.'), "{id}: {title}");
        assert!(how.ends_with('.'), "{id}: {how}");
    }
}
