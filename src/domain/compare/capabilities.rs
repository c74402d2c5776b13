//! Capabilities of files, in words.

use std::collections::BTreeMap;

/// Names of capabilities by number (capabilities(7)).
const CAPABILITIES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// The attribute `security.capability` (`struct vfs_cap_data`) in the words of getcap(8): `cap_net_raw=ep`. What it cannot
/// read it says.
pub fn capabilities(bytes: &[u8]) -> String {
    let word = |at: usize| -> Option<u64> {
        let four: [u8; 4] = bytes.get(at * 4..at * 4 + 4)?.try_into().ok()?;
        Some(u64::from(u32::from_le_bytes(four)))
    };
    let read = || -> Option<String> {
        let magic = word(0)?;
        let (permitted, inheritable) = match magic >> 24 {
            1 => (word(1)?, word(2)?),
            2 | 3 => (word(1)? | word(3)? << 32, word(2)? | word(4)? << 32),
            _ => return None,
        };
        let effective = magic & 1 != 0;
        // In groups of the same flags, as getcap prints them.
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for bit in 0..64 {
            let has = |set: u64| set & (1 << bit) != 0;
            let mut flags = String::new();
            if effective && (has(permitted) || has(inheritable)) {
                flags.push('e');
            }
            if has(inheritable) {
                flags.push('i');
            }
            if has(permitted) {
                flags.push('p');
            }
            if !flags.is_empty() {
                let name = CAPABILITIES
                    .get(bit)
                    .map_or_else(|| bit.to_string(), |n| (*n).to_owned());
                groups.entry(flags).or_default().push(format!("cap_{name}"));
            }
        }
        let texts = groups
            .iter()
            .map(|(flags, names)| format!("{}={flags}", names.join(",")));
        let texts: Vec<String> = texts.collect();
        Some(if texts.is_empty() {
            "=".into()
        } else {
            texts.join(" ")
        })
    };
    read().unwrap_or_else(|| "unreadable".into())
}
