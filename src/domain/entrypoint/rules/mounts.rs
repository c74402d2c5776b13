//! What mounts do to the program: hide it, forbid it, or not fit.

use super::Rule;
use super::fault::{Fault, fault};
use super::kit::{
    Draft, FINE, Findings, base, engine_error, env, error_line, folder, follow_all, is_in,
    mount_line, mounts, start_severity,
};
use crate::domain::entrypoint::{Case, Link, Severity};
use crate::domain::fs::{Content, Known, normal};
use crate::domain::target::{Mount, MountKind};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "MOUNT_HIDES",
        title: "A mount covers the program or its libraries",
        how: "The program, its interpreter or a library is missing and a mount covers its place; or a tmpfs covers it, which is empty at each start.",
        check: mount_hides,
    },
    Rule {
        id: "MOUNT_TYPE",
        title: "A file mounted on a directory, or the reverse",
        how: "The engine's own error of the last start.",
        check: mount_type,
    },
    Rule {
        id: "NOEXEC_MOUNT",
        title: "The program stands on a mount that forbids running",
        how: "The mount that the program or its interpreter stands on has the option noexec.",
        check: noexec_mount,
    },
];

/// Directories that loaders search, and what mounts over them or in them hide.
const LIBRARIES: [&str; 5] = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"];

/// A missing library, and the mount that covers a directory in which it would be sought.
pub(super) fn over_libraries<'a>(case: &'a Case<'_, '_>) -> Known<Option<(&'a Link, Mount)>> {
    let program = case.program.as_ref()?;
    let all = mounts(case);
    let missing: Vec<&Link> = program
        .libraries
        .iter()
        .filter(|link| link.path.is_none())
        .collect();
    if all.is_empty() || missing.is_empty() {
        return Some(None);
    }
    // A single file that is mounted hides none but itself: drivers of graphics cards come so.
    let places: Vec<String> = all.iter().map(|mount| mount.destination.clone()).collect();
    let led = follow_all(case, &places)?;
    let dirs: Vec<Mount> = all
        .into_iter()
        .zip(led)
        .filter(|(mount, led)| mount.kind == MountKind::Tmpfs || led.is_dir())
        .map(|(mount, _)| mount)
        .collect();
    let over = missing.into_iter().find_map(|link| {
        let own = own_directories(case, link);
        let mut dirs = dirs.iter();
        let mount = dirs.find(|mount| {
            let to = &mount.destination;
            own.iter().any(|dir| is_in(dir, to))
                || LIBRARIES.iter().any(|dir| is_in(dir, to) || is_in(to, dir))
        })?;
        Some((link, mount.clone()))
    });
    Some(over)
}

/// The directories that the configuration and the file itself name for its libraries.
fn own_directories(case: &Case<'_, '_>, link: &Link) -> Vec<String> {
    let origin = folder(&link.needed_by);
    let mut dirs: Vec<String> = Vec::new();
    if let Some(Content::Elf(Ok(elf))) = case.look.read_already(&link.needed_by) {
        dirs.extend(elf.rpath.iter().chain(&elf.runpath).cloned());
    }
    let named = env(case, "LD_LIBRARY_PATH").unwrap_or_default().split(':');
    dirs.extend(named.map(str::to_owned));
    let dirs = dirs
        .iter()
        .map(|dir| dir.replace("${ORIGIN}", origin).replace("$ORIGIN", origin));
    dirs.filter(|dir| dir.starts_with('/'))
        .map(|dir| normal(&dir))
        .filter(|dir| dir != "/")
        .collect()
}

fn mount_hides(case: &Case<'_, '_>) -> Findings {
    let (path, mount, what) = match fault(case)? {
        Fault::Hidden(path, mount) => (path, mount, "the program"),
        Fault::None => {
            let Some((link, mount)) = over_libraries(case)? else {
                return FINE;
            };
            (link.name.clone(), mount, "a library")
        }
        Fault::Empty
        | Fault::ShellForm
        | Fault::ShellName
        | Fault::ShellPath
        | Fault::Sudo
        | Fault::Manager
        | Fault::OneString(..)
        | Fault::Venv(_)
        | Fault::NotFound(_)
        | Fault::Directory(_)
        | Fault::Locked(..)
        | Fault::NoExec(..)
        | Fault::Crlf(..)
        | Fault::Interpreter(..)
        | Fault::Bare(..)
        | Fault::Machine(..)
        | Fault::Loader(..)
        | Fault::Told(..) => return FINE,
    };
    let to = &mount.destination;
    let meaning =
        format!("A mount covers {to}: what the image has there cannot be seen, {what} among it.");
    let proof = match mount.kind {
        MountKind::Tmpfs => format!("{path} stands below it, and a tmpfs is empty at each start"),
        MountKind::Bind | MountKind::Volume | MountKind::Image | MountKind::Other => {
            format!("{path} is missing")
        }
    };
    let draft = Draft::new("MOUNT_HIDES", start_severity(case), &meaning)
        .see(mount_line(&mount))
        .see(proof)
        .see_all(error_line(case))
        .advise(format!(
            "mount it below, where the data is: {}/data, not {to} itself",
            to.trim_end_matches('/')
        ));
    match mount.kind {
        MountKind::Volume => draft.advise(format!("the volume keeps what an older image had there: a new one, {}-2, is filled from this image", mount.source)),
        MountKind::Bind => draft.advise(format!("or put {} into {} on the host", base(&path), mount.source)),
        MountKind::Tmpfs | MountKind::Image | MountKind::Other => draft,
    }
    .done()
}

fn mount_type(case: &Case<'_, '_>) -> Findings {
    let Some(error) = engine_error(case) else {
        return FINE;
    };
    let lower = error.to_lowercase();
    let fits = lower.contains("mount a directory onto a file")
        || (lower.contains("mount")
            && (lower.contains("not a directory") || lower.contains("is a directory")));
    if !fits {
        return FINE;
    }
    let mount = mounts(case)
        .into_iter()
        .filter(|mount| error.contains(&mount.destination))
        .max_by_key(|mount| mount.destination.len());
    let meaning = "A directory was mounted on a file, or a file on a directory: often a file on the host was missing, and docker made a directory of its name.";
    let draft = Draft::new("MOUNT_TYPE", Severity::Error, meaning).see_all(error_line(case));
    match mount {
        Some(mount) => draft
            .see(mount_line(&mount))
            .advise(format!("look on the host whether {} is a file or a directory; remove the empty directory and put the file there", mount.source))
            .advise("with --mount type=bind docker refuses a missing source instead of making a directory"),
        None => draft.advise("look on the host whether the source is a file or a directory"),
    }
    .done()
}

fn noexec_mount(case: &Case<'_, '_>) -> Findings {
    let Fault::NoExec(path, mount) = fault(case)? else {
        return FINE;
    };
    let meaning = "The program stands on a mount that forbids running anything.";
    Draft::new("NOEXEC_MOUNT", start_severity(case), meaning)
        .see(format!("{path} stands on it"))
        .see(mount)
        .see_all(error_line(case))
        .advise("put the program into the image, and only its data on the mount")
        .advise("or mount it with exec: --tmpfs PATH:exec, or a volume without o=noexec")
        .done()
}
