//! The engine's answers, bollard's all-optional structures, made ours. Pure. What goes the other way
//! stands in `create`.

mod runtime;

pub(super) use runtime::networks;

use std::collections::{BTreeMap, HashMap};

use bollard::models;

use crate::domain::target::{
    Config, ContainerId, Event, HealthRun, Image, ImageSummary, Isolation, Mount, MountKind,
    NamespaceMode, Service, State, Status, Summary, Target,
};
use crate::engine::{Change, EngineInfo, FileStat, Step};

use super::connect::Endpoint;
use super::error::plain;
use super::progress::Line;

/// A row of the container list; none without an id.
pub(super) fn summary(row: models::ContainerSummary) -> Option<Summary> {
    let names = row.names.unwrap_or_default();
    Some(Summary {
        id: ContainerId(row.id?),
        name: own_name(&names),
        image: row.image.unwrap_or_default(),
        image_id: row.image_id.unwrap_or_default(),
        status: Status::parse(&word(row.state)),
        status_text: plain(&row.status.unwrap_or_default()),
        command: plain(&row.command.unwrap_or_default()),
        created: row.created.unwrap_or_default(),
        // For rows only: they are for the eye, and a label may hold anything.
        labels: row
            .labels
            .unwrap_or_default()
            .into_iter()
            .map(|(k, v)| (plain(&k), plain(&v)))
            .collect(),
    })
}

/// Its own name among those that it has: `/other/alias` is how a link of another container calls it.
fn own_name(names: &[String]) -> String {
    let bare = |n: &String| n.strip_prefix('/').unwrap_or(n).to_owned();
    let mut bares = names.iter().map(bare);
    let own = bares.clone().find(|n| !n.contains('/'));
    own.or_else(|| bares.next()).unwrap_or_default()
}

/// An inspect's answer; none without id or state.
pub(super) fn target(answer: models::ContainerInspectResponse) -> Option<Target> {
    let runtime = runtime::runtime(&answer);
    let host = answer.host_config.unwrap_or_default();
    let config = answer.config.unwrap_or_default();
    let mut tmpfs: Vec<String> = host.tmpfs.clone().unwrap_or_default().into_keys().collect();
    tmpfs.sort();
    let service = service(&host, answer.network_settings, answer.state.as_ref());
    Some(Target {
        id: ContainerId(answer.id?),
        name: own_name(&[answer.name.unwrap_or_default()]),
        image: config.image.clone().unwrap_or_default(),
        image_id: answer.image.unwrap_or_default(),
        state: state(answer.state?, answer.restart_count),
        config: container_config(config),
        isolation: isolation(host),
        mounts: answer
            .mounts
            .unwrap_or_default()
            .into_iter()
            .map(mount)
            .collect(),
        tmpfs,
        service,
        runtime,
    })
}

fn state(state: models::ContainerState, restarts: Option<i64>) -> State {
    let filled = |s: Option<String>| s.map(|s| plain(&s)).filter(|s| !s.is_empty());
    let health = word(state.health.and_then(|h| h.status));
    State {
        status: Status::parse(&word(state.status)),
        restarting: state.restarting.unwrap_or_default(),
        // 0 stands for "nothing runs".
        pid: state
            .pid
            .and_then(|p| u32::try_from(p).ok())
            .filter(|p| *p > 0),
        exit_code: state.exit_code.unwrap_or_default(),
        oom_killed: state.oom_killed.unwrap_or_default(),
        error: filled(state.error),
        started_at: state.started_at.as_deref().and_then(epoch),
        finished_at: state.finished_at.as_deref().and_then(epoch),
        restart_count: unsigned(restarts),
        health: (!health.is_empty() && health != "none").then_some(health),
    }
}

fn service(
    host: &models::HostConfig,
    network: Option<models::NetworkSettings>,
    state: Option<&models::ContainerState>,
) -> Service {
    let limit = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0);
    let quota = limit(host.cpu_quota).map(|quota| {
        let period = limit(host.cpu_period).unwrap_or(100_000);
        quota.saturating_mul(1000) / period
    });
    let runs = state
        .and_then(|s| s.health.as_ref())
        .and_then(|h| h.log.as_ref());
    Service {
        restart: restart(host.restart_policy.as_ref()),
        published: published(network.and_then(|n| n.ports).unwrap_or_default()),
        memory: limit(host.memory),
        cpu_millis: limit(host.nano_cpus).map(|n| n / 1_000_000).or(quota),
        pids: limit(host.pids_limit),
        init: host.init.unwrap_or_default(),
        sysctls: sorted(host.sysctls.clone()),
        tmpfs: sorted(host.tmpfs.clone()),
        health_log: runs.into_iter().flatten().map(health_run).collect(),
    }
}

fn restart(policy: Option<&models::RestartPolicy>) -> String {
    let Some(policy) = policy else {
        return String::new();
    };
    match (
        policy
            .name
            .map(|n| n.to_string())
            .unwrap_or_default()
            .as_str(),
        policy.maximum_retry_count,
    ) {
        ("" | "no", _) => String::new(),
        ("on-failure", Some(most)) if most > 0 => format!("on-failure:{most}"),
        (name, _) => name.into(),
    }
}

fn published(ports: HashMap<String, Option<Vec<models::PortBinding>>>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (port, bindings) in ports {
        for binding in bindings.unwrap_or_default() {
            let (ip, host) = (
                binding.host_ip.unwrap_or_default(),
                binding.host_port.unwrap_or_default(),
            );
            let ip = if ip.contains(':') {
                format!("[{ip}]")
            } else {
                ip
            };
            all.push(format!("{ip}:{host}->{port}"));
        }
    }
    all.sort();
    all
}

fn health_run(run: &models::HealthcheckResult) -> HealthRun {
    HealthRun {
        exit_code: run.exit_code.unwrap_or_default(),
        output: plain(run.output.as_deref().unwrap_or_default()),
    }
}

fn isolation(host: models::HostConfig) -> Isolation {
    let mode = |m: Option<String>| NamespaceMode::parse(&m.unwrap_or_default());
    Isolation {
        network: mode(host.network_mode),
        pid: mode(host.pid_mode),
        ipc: mode(host.ipc_mode),
        uts: host.uts_mode.unwrap_or_default(),
        userns: host.userns_mode.unwrap_or_default(),
        readonly_rootfs: host.readonly_rootfs.unwrap_or_default(),
        privileged: host.privileged.unwrap_or_default(),
        cap_add: host.cap_add.unwrap_or_default(),
        cap_drop: host.cap_drop.unwrap_or_default(),
        security_opt: host.security_opt.unwrap_or_default(),
    }
}

fn mount(point: models::MountPoint) -> Mount {
    let (kind, source) = match point.typ.as_deref() {
        Some("bind") => (MountKind::Bind, point.source),
        Some("volume") => (MountKind::Volume, point.name),
        Some("tmpfs") => (MountKind::Tmpfs, None),
        Some("image") => (MountKind::Image, point.source),
        _ => (MountKind::Other, point.source),
    };
    Mount {
        kind,
        source: source.unwrap_or_default(),
        destination: point.destination.unwrap_or_default(),
        writable: point.rw.unwrap_or_default(),
    }
}

fn container_config(config: models::ContainerConfig) -> Config {
    Config {
        user: config.user.unwrap_or_default(),
        env: variables(config.env),
        workdir: config.working_dir.unwrap_or_default(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        cmd: config.cmd.unwrap_or_default(),
        labels: sorted(config.labels),
        stop_signal: config.stop_signal.filter(|s| !s.is_empty()),
        healthcheck: health_test(config.healthcheck),
        exposed: listed(config.exposed_ports),
        volumes: listed(config.volumes),
    }
}

fn image_config(config: models::ImageConfig) -> Config {
    Config {
        user: config.user.unwrap_or_default(),
        env: variables(config.env),
        workdir: config.working_dir.unwrap_or_default(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        cmd: config.cmd.unwrap_or_default(),
        labels: sorted(config.labels),
        stop_signal: config.stop_signal.filter(|s| !s.is_empty()),
        healthcheck: health_test(config.healthcheck),
        exposed: listed(config.exposed_ports),
        volumes: listed(config.volumes),
    }
}

fn health_test(config: Option<models::HealthConfig>) -> Option<Vec<String>> {
    config?.test.filter(|t| !t.is_empty())
}

/// The names of a list that the engine gives as an object.
fn listed(names: Option<impl IntoIterator<Item = String>>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().flatten().collect();
    names.sort();
    names
}

fn variables(env: Option<Vec<String>>) -> Vec<(String, String)> {
    let pair = |entry: String| match entry.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (entry, String::new()),
    };
    env.unwrap_or_default().into_iter().map(pair).collect()
}

fn sorted(labels: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    labels.unwrap_or_default().into_iter().collect()
}

/// An image inspect's answer.
pub(super) fn image(answer: models::ImageInspect) -> Image {
    Image {
        id: answer.id.unwrap_or_default(),
        tags: real_names(answer.repo_tags.unwrap_or_default()),
        digests: real_names(answer.repo_digests.unwrap_or_default()),
        os: answer.os.unwrap_or_default(),
        architecture: answer.architecture.unwrap_or_default(),
        variant: answer.variant.unwrap_or_default(),
        config: image_config(answer.config.unwrap_or_default()),
        layers: answer.root_fs.and_then(|r| r.layers).unwrap_or_default(),
        folders: runtime::folders(answer.graph_driver.as_ref()),
    }
}

/// Steps of an image's build, oldest first; the engine gives the newest first.
pub(super) fn steps(history: &[models::ImageHistoryResponseItem]) -> Vec<Step> {
    let mut steps: Vec<Step> = history
        .iter()
        .map(|step| Step {
            command: plain(&step.created_by),
            note: plain(&step.comment),
            created: step.created,
            size: u64::try_from(step.size).unwrap_or_default(),
        })
        .collect();
    steps.reverse();
    steps
}

/// The mount options of a volume, `o=` of the driver's options.
pub(super) fn volume_options(volume: &models::Volume) -> Option<String> {
    let options = volume.options.get("o").map(|o| plain(o));
    options.filter(|o| !o.is_empty())
}

/// `SigCgt` and `SigBlk` of the process `pid` in the answer of `top` to `-o pid,caught,blocked`.
pub(super) fn caught(top: &models::ContainerTopResponse, pid: u32) -> Option<u64> {
    let mut rows = top.processes.iter().flatten();
    let row = rows.find(|row| row.first().is_some_and(|p| p.trim().parse() == Ok(pid)))?;
    // Where the column is narrow, `<` stands for the upper half, which has the real-time signals only.
    let mask =
        |at: usize| u64::from_str_radix(row.get(at)?.trim().trim_start_matches('<'), 16).ok();
    Some(mask(1)? | mask(2)?)
}

/// A row of the image list; none for an image without a tag.
pub(super) fn image_row(row: models::ImageSummary) -> Option<ImageSummary> {
    let tags = real_names(row.repo_tags);
    (!tags.is_empty()).then_some(ImageSummary { id: row.id, tags })
}

/// Engines before 25 say `<none>:<none>` where there is no name.
fn real_names(names: Vec<String>) -> Vec<String> {
    let real = |n: &String| !n.contains("<none>");
    names.into_iter().filter(real).collect()
}

/// `os/arch[/variant]` of each platform that a registry told.
pub(super) fn platforms(answer: models::DistributionInspect) -> Vec<String> {
    let text = |p: models::OciPlatform| {
        let parts = [p.os, p.architecture, p.variant];
        let parts: Vec<_> = parts
            .into_iter()
            .flatten()
            .filter(|s| !s.is_empty())
            .collect();
        plain(&parts.join("/"))
    };
    let all = answer.platforms.into_iter().map(text);
    // Attestations stand beside the images, as platform unknown/unknown.
    all.filter(|p| !p.is_empty() && !p.contains("unknown"))
        .collect()
}

/// A line of a pull.
pub(super) fn pull_line(line: models::CreateImageInfo) -> Line {
    let bytes = line.progress_detail.and_then(|d| {
        let current = unsigned(Some(d.current?));
        Some((current, unsigned(d.total)))
    });
    Line {
        id: line.id.map(|id| plain(&id)),
        status: plain(&line.status.unwrap_or_default()),
        bytes,
    }
}

/// An event of a container; none for another object's.
pub(super) fn event(message: models::EventMessage) -> Option<Event> {
    if message.typ != Some(models::EventMessageTypeEnum::CONTAINER) {
        return None;
    }
    let actor = message.actor?;
    let attributes: BTreeMap<String, String> =
        actor.attributes.unwrap_or_default().into_iter().collect();
    Some(Event {
        id: ContainerId(actor.id?),
        // `exec_start` carries a whole command line.
        action: plain(&message.action?),
        exit_code: attributes
            .get("exitCode")
            .and_then(|code| code.parse().ok()),
        attributes,
        at_nanos: message.time_nano.unwrap_or_default(),
    })
}

/// A change, as `docker diff` letters it.
pub(super) fn change(change: models::FilesystemChange) -> Change {
    Change {
        path: change.path,
        kind: match change.kind {
            models::ChangeType::_0 => 'C',
            models::ChangeType::_1 => 'A',
            models::ChangeType::_2 => 'D',
        },
    }
}

/// The archive endpoint's word on a path. Its mode is Go's `fs.FileMode`, whose bits above the
/// permissions are its own.
pub(super) fn stat(stat: bollard::container::PathStatResponse) -> FileStat {
    const GO_DIR: u32 = 1 << 31;
    /// Device, pipe, socket, character device, anything else that is odd.
    const GO_ODD: u32 = 1 << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 19;
    /// Set-uid, set-gid, sticky.
    const GO_BITS: [(u32, u32); 3] = [(1 << 23, 0o4000), (1 << 22, 0o2000), (1 << 20, 0o1000)];
    let bits = GO_BITS
        .iter()
        .filter(|(go, _)| stat.file_mode & go != 0)
        .map(|(_, unix)| unix);
    FileStat {
        size: unsigned(Some(stat.size)),
        mode: (stat.file_mode & 0o777) + bits.sum::<u32>(),
        is_dir: stat.file_mode & GO_DIR != 0,
        is_special: stat.file_mode & GO_ODD != 0,
        link_target: Some(stat.link_target).filter(|t| !t.is_empty()),
    }
}

/// The engine about itself.
pub(super) fn info(
    endpoint: &Endpoint,
    api: (usize, usize),
    version: models::SystemVersion,
    info: models::SystemInfo,
) -> EngineInfo {
    // `name=seccomp,profile=default`
    let option = |text: &String| {
        let name = text.split(',').find_map(|part| part.strip_prefix("name="));
        plain(name.unwrap_or(text))
    };
    EngineInfo {
        endpoint: endpoint.url.clone(),
        endpoint_from: endpoint.from.clone(),
        way: endpoint.way(),
        risk: endpoint.risk().map(str::to_owned),
        overruled: endpoint.overruled.clone(),
        version: plain(&version.version.unwrap_or_default()),
        api_version: format!("{}.{}", api.0, api.1),
        platform: plain(&format!(
            "{}/{}",
            version.os.unwrap_or_default(),
            version.arch.unwrap_or_default()
        )),
        storage: plain(&info.driver.unwrap_or_default()),
        security: info
            .security_options
            .unwrap_or_default()
            .iter()
            .map(option)
            .collect(),
        containers: unsigned(info.containers),
        images: unsigned(info.images),
    }
}

/// An enum's word as the engine writes it; empty for none.
fn word<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

fn unsigned(n: Option<i64>) -> u64 {
    n.and_then(|n| u64::try_from(n).ok()).unwrap_or_default()
}

/// Seconds since the epoch of an RFC 3339 time; none for the year 1, which stands for "never".
fn epoch(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if year <= 1 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let zone = text
        .get(19..)?
        .trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match zone.as_bytes() {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), ..] => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
            if *sign == b'-' {
                -minutes * 60
            } else {
                minutes * 60
            }
        }
        _ => return None,
    };
    // Days in the proleptic Gregorian calendar, with years that begin in March.
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719_469;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

#[cfg(test)]
mod tests;
