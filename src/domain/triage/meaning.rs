//! What an exit status means, in a sentence.

/// What a status tells beyond its number; none where it tells nothing. `limit` is the memory limit in bytes.
pub fn meaning(code: i64, oom_killed: bool, limit: Option<u64>) -> Option<String> {
    if oom_killed {
        let over = match limit {
            Some(bytes) => format!("it went over its memory limit of {}", size(bytes)),
            None => "the machine had no memory left".into(),
        };
        return Some(format!("{over}: the kernel killed it"));
    }
    let words = match code {
        0 => "its command had nothing more to do",
        1 => "1 is what most programs say when they fail: their log says why",
        2 => "2 often means wrong arguments or a shell's syntax error",
        125 => "the engine itself refused to run it",
        126 => {
            "the program is there and cannot be executed: no execute right, wrong architecture or a bad interpreter"
        }
        127 => "the program was not found: not in the image, or not on PATH",
        129 => "SIGHUP: its terminal went away, or somebody asked it to reload",
        130 => "SIGINT: Ctrl-C",
        131 => "SIGQUIT: it was asked to dump core",
        132 => "SIGILL: it has instructions that this processor does not know",
        134 => "SIGABRT: it gave up by itself, at a failed assertion or a panic",
        135 => "SIGBUS: it used memory that is not backed by anything",
        136 => "SIGFPE: an arithmetic error, such as a division by zero",
        137 => {
            "SIGKILL: docker kill, a docker stop whose time ran out, or memory that the engine did not notice"
        }
        139 => {
            "SIGSEGV: it reached for memory that is not its own; often a library that does not fit"
        }
        141 => "SIGPIPE: it wrote to something that nobody reads any more",
        143 => "SIGTERM: it was asked to end, as by docker stop",
        255 => "255 is often a status of -1: it failed in its own way",
        _ => return None,
    };
    Some(words.into())
}

/// What an engine's error says of a start that failed, without the names of those who handed it on: these stand first
/// and push the reason out of sight.
pub fn told_of(error: &str) -> &str {
    const HANDED_ON: [&str; 6] = [
        "failed to create task for container: ",
        "failed to create shim task: ",
        "OCI runtime create failed: ",
        "runc create failed: ",
        "crun: ",
        "unable to start container process: ",
    ];
    let mut rest = error.trim();
    while let Some(less) = HANDED_ON.iter().find_map(|by| rest.strip_prefix(by)) {
        rest = less;
    }
    let rest = rest.strip_suffix(": unknown").unwrap_or(rest);
    if rest.is_empty() { error } else { rest }
}

/// Bytes in the unit in which limits are given.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    match bytes {
        n if n >= 1024 * MIB && n % (1024 * MIB) == 0 => format!("{} GiB", n / (1024 * MIB)),
        n if n >= MIB => format!("{} MiB", n / MIB),
        n => format!("{} KiB", n / 1024),
    }
}
