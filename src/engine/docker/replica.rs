//! A replica as the engine takes it: what the target was created with, stripped and changed. Pure.

use std::collections::HashMap;

use bollard::models;

use crate::domain::replica::{Limit, Mounts, Replica, Room};

/// What to create for a replica, from the inspect of its target.
pub(super) fn body(
    target: models::ContainerInspectResponse,
    replica: &Replica,
) -> models::ContainerCreateBody {
    let config = target.config.unwrap_or_default();
    let mut host = target.host_config.unwrap_or_default();
    let image = replica.image.clone().or(target.image);
    host.mounts = Some(mounts(target.mounts.unwrap_or_default(), &host, replica));
    host.tmpfs = host.tmpfs.map(|all| {
        let kept = |(at, _): &(String, String)| !replica.without_mounts.contains(at);
        all.into_iter().filter(kept).collect()
    });
    strip(&mut host);
    let own_network = rooms(&mut host, &replica.room);
    match replica.memory {
        Limit::Same => {}
        Limit::None => limit(&mut host, None),
        Limit::Bytes(bytes) => limit(&mut host, i64::try_from(bytes).ok()),
    }
    if replica.writable_root {
        host.readonly_rootfs = Some(false);
    }
    if replica.default_caps {
        host.cap_drop = None;
        host.cap_add = None;
    }
    let (entrypoint, cmd) = match &replica.argv {
        Some(argv) => match argv.split_first() {
            Some((program, rest)) => (Some(vec![program.clone()]), Some(rest.to_vec())),
            None => (config.entrypoint, config.cmd),
        },
        None => (config.entrypoint, config.cmd),
    };
    models::ContainerCreateBody {
        image,
        entrypoint,
        cmd,
        user: replica.user.clone().or(config.user),
        working_dir: replica.workdir.clone().or(config.working_dir),
        env: Some(variables(config.env.unwrap_or_default(), &replica.env)),
        // A shared network has its host name already (the engine refuses another).
        hostname: config.hostname.filter(|_| own_network),
        domainname: config.domainname.filter(|_| own_network),
        tty: config.tty,
        open_stdin: config.open_stdin,
        stdin_once: config.stdin_once,
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        stop_signal: config.stop_signal,
        stop_timeout: config.stop_timeout,
        healthcheck: config.healthcheck,
        shell: config.shell,
        labels: Some(replica.labels.clone().into_iter().collect()),
        host_config: Some(host),
        ..Default::default()
    }
}

/// Takes away what must not be there twice, or would outlive the run.
fn strip(host: &mut models::HostConfig) {
    host.binds = None;
    host.volumes_from = None;
    host.port_bindings = None;
    host.publish_all_ports = Some(false);
    host.links = None;
    host.auto_remove = Some(false);
    host.container_id_file = None;
    host.restart_policy = Some(models::RestartPolicy {
        name: Some(models::RestartPolicyNameEnum::NO),
        maximum_retry_count: None,
    });
    let text = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    host.log_config = Some(models::HostConfigLogConfig {
        typ: Some("json-file".into()),
        config: Some([text("max-size", "10m"), text("max-file", "1")].into()),
    });
    // Another container may be gone, or not share what it has.
    let joined =
        |mode: &Option<String>| mode.as_deref().is_some_and(|m| m.starts_with("container:"));
    if joined(&host.ipc_mode) {
        host.ipc_mode = None;
    }
    if joined(&host.pid_mode) {
        host.pid_mode = None;
    }
}

/// Sets what is shared; whether it has a network of its own.
fn rooms(host: &mut models::HostConfig, room: &Room) -> bool {
    match room {
        Room::Twin(twin) => {
            host.network_mode = Some(format!("container:{twin}"));
            host.pid_mode = Some(format!("container:{twin}"));
            // With a shared network the engine refuses these; the twin has them.
            host.dns = None;
            host.dns_options = None;
            host.dns_search = None;
            host.extra_hosts = None;
            // Settings of a network belong to whose network it is.
            if let Some(sysctls) = &mut host.sysctls {
                sysctls.retain(|name, _| !name.starts_with("net."));
            }
            false
        }
        Room::Isolated => {
            host.network_mode = Some("none".into());
            true
        }
        Room::Networked => !host
            .network_mode
            .as_deref()
            .is_some_and(|mode| mode == "host" || mode.starts_with("container:")),
    }
}

fn limit(host: &mut models::HostConfig, bytes: Option<i64>) {
    host.memory = bytes;
    host.memory_swap = None;
    host.memory_reservation = None;
}

/// The target's mounts one by one, its anonymous volumes by their names.
fn mounts(
    points: Vec<models::MountPoint>,
    host: &models::HostConfig,
    replica: &Replica,
) -> Vec<models::Mount> {
    let mut all = Vec::new();
    for point in points {
        let at = point.destination.unwrap_or_default();
        if replica.without_mounts.contains(&at) {
            continue;
        }
        let (typ, source) = match point.typ.as_deref() {
            Some("bind") => (models::MountType::BIND, point.source),
            Some("volume") => (models::MountType::VOLUME, point.name),
            Some("tmpfs") => {
                // With its options, which only the request that made it has.
                let asked = host.mounts.iter().flatten();
                all.extend(asked.filter(|m| m.target.as_deref() == Some(&at)).cloned());
                continue;
            }
            _ => continue,
        };
        if replica.mounts == Mounts::None {
            continue;
        }
        all.push(models::Mount {
            target: Some(at),
            source,
            typ: Some(typ),
            read_only: Some(!point.rw.unwrap_or_default() || replica.mounts == Mounts::ReadOnly),
            ..Default::default()
        });
    }
    all
}

/// The target's variables with the edits; a name alone takes away what the image sets.
fn variables(env: Vec<String>, edits: &[(String, Option<String>)]) -> Vec<String> {
    let edited: HashMap<&str, &Option<String>> = edits
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    let name = |entry: &String| entry.split('=').next().unwrap_or_default().to_owned();
    let kept = env
        .into_iter()
        .filter(|entry| !edited.contains_key(name(entry).as_str()));
    let new = edits.iter().map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => name.clone(),
    });
    kept.chain(new).collect()
}
