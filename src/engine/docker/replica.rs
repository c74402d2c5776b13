//! A replica as the engine takes it: what the target was created with, stripped and changed. Pure.

use std::collections::HashMap;

use bollard::models;

use crate::domain::replica::{Limit, Modes, Mounts, Replica, Room};

/// The modes of an inspected twin.
pub(super) fn modes(twin: models::ContainerInspectResponse) -> Modes {
    let host = twin.host_config.unwrap_or_default();
    Modes {
        network: host.network_mode.unwrap_or_default(),
        pid: host.pid_mode.unwrap_or_default(),
    }
}

/// What to create for a replica, from the inspect of its target.
///
/// `twin` has the network and the process id modes of the twin that it joins: what a twin shares with another
/// container is shared with that one, for a container's namespaces cannot be joined through a third.
pub(super) fn body(
    target: models::ContainerInspectResponse,
    replica: &Replica,
    twin: &Modes,
) -> models::ContainerCreateBody {
    let config = target.config.unwrap_or_default();
    let mut host = target.host_config.unwrap_or_default();
    let of_ours = replica.image.is_some();
    let image = replica.image.clone().or(target.image);
    host.mounts = Some(mounts(target.mounts.unwrap_or_default(), &host, replica));
    host.tmpfs = host.tmpfs.map(|all| {
        let kept = |(at, _): &(String, String)| !replica.without_mounts.contains(at);
        all.into_iter().filter(kept).collect()
    });
    strip(&mut host);
    let own_network = rooms(&mut host, replica, twin);
    // A host name of its own is refused beside that of the host.
    let own_hostname = own_network && host.uts_mode.as_deref() != Some("host");
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
    let (entrypoint, cmd) = match replica.argv.as_deref().and_then(<[String]>::split_first) {
        Some((program, rest)) => (Some(vec![program.clone()]), Some(rest.to_vec())),
        None => (config.entrypoint, config.cmd),
    };
    // An entrypoint that is left out is the image's; an empty word says that there is none.
    let entrypoint = entrypoint.filter(|e| !e.is_empty());
    let entrypoint = entrypoint.or_else(|| Some(vec![String::new()]));
    // Of an image that we made, what is left out would be the dev image's own.
    let own = |given: Option<String>, plain: &str| {
        let given = given.filter(|given| !given.is_empty());
        given.or_else(|| of_ours.then(|| plain.to_owned()))
    };
    let healthcheck = config.healthcheck.or_else(|| {
        of_ours.then(|| models::HealthConfig {
            test: Some(vec!["NONE".into()]),
            ..Default::default()
        })
    });
    let labels = labels(config.labels.unwrap_or_default(), of_ours, replica);
    models::ContainerCreateBody {
        image,
        entrypoint,
        cmd,
        user: own(replica.user.clone().or(config.user), "0"),
        working_dir: own(replica.workdir.clone().or(config.working_dir), "/"),
        env: Some(variables(config.env.unwrap_or_default(), &replica.env)),
        // A shared network has its host name already (the engine refuses another).
        hostname: config.hostname.filter(|_| own_hostname),
        domainname: config.domainname.filter(|_| own_hostname),
        tty: config.tty,
        open_stdin: config.open_stdin,
        stdin_once: config.stdin_once,
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        stop_signal: config.stop_signal,
        stop_timeout: config.stop_timeout,
        healthcheck,
        shell: config.shell,
        labels: Some(labels),
        host_config: Some(host),
        ..Default::default()
    }
}

/// Our labels. The target's come back with an image that was committed from it and cannot be taken away: emptied,
/// they name no project, no router and no schedule.
fn labels(
    target: HashMap<String, String>,
    of_ours: bool,
    replica: &Replica,
) -> HashMap<String, String> {
    let emptied = target.into_keys().map(|name| (name, String::new()));
    let mut labels: HashMap<_, _> = emptied.filter(|_| of_ours).collect();
    labels.extend(replica.labels.clone());
    labels
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
fn rooms(host: &mut models::HostConfig, replica: &Replica, modes: &Modes) -> bool {
    match &replica.room {
        Room::Twin(twin) => {
            let (network, pid) = modes.beside(twin, &replica.target);
            host.network_mode = Some(network);
            host.pid_mode = pid;
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
        if point.typ.as_deref() == Some("tmpfs")
            && host.tmpfs.as_ref().is_some_and(|t| t.contains_key(&at))
        {
            continue; // given by --tmpfs, which stands apart
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
            // An empty volume would be filled with the image's files, also one that is read-only here.
            volume_options: (typ == models::MountType::VOLUME).then(|| {
                models::MountVolumeOptions {
                    no_copy: Some(true),
                    ..Default::default()
                }
            }),
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

#[cfg(test)]
mod tests;
