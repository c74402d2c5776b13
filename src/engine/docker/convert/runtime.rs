//! What an inspect tells of storage, networks and streams.

use std::collections::HashMap;

use bollard::models;

use super::epoch;
use crate::domain::target::{Layers, Runtime};

/// Where its root lies, what it is connected to, how its streams are.
pub(super) fn runtime(answer: &models::ContainerInspectResponse) -> Runtime {
    let host = answer.host_config.as_ref();
    Runtime {
        storage: answer.driver.clone().unwrap_or_default(),
        layers: folders(answer.graph_driver.as_ref()),
        // Of the engine, not of the container: who asked knows.
        image_mounts: false,
        networks: networks(answer),
        tty: answer
            .config
            .as_ref()
            .and_then(|c| c.tty)
            .unwrap_or_default(),
        dns: host.and_then(|h| h.dns.clone()).unwrap_or_default(),
        extra_hosts: host.and_then(|h| h.extra_hosts.clone()).unwrap_or_default(),
        last_run_ms: answer.state.as_ref().and_then(last_run),
    }
}

/// How long the last run lasted, in milliseconds; none while one is on, or when there was none.
fn last_run(state: &models::ContainerState) -> Option<u64> {
    let at = |time: Option<&String>| {
        let time = time?;
        let fraction = time.split_once('.').map_or("", |(_, rest)| rest);
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).take(3);
        let millis = digits
            .zip([100, 10, 1])
            .map(|(digit, weight)| i64::from(digit - b'0') * weight);
        Some(epoch(time)? * 1000 + millis.sum::<i64>())
    };
    let lasted = at(state.finished_at.as_ref())? - at(state.started_at.as_ref())?;
    u64::try_from(lasted).ok()
}

/// The networks of a container, the one of its network mode first; none with a network that is another's.
pub(in crate::engine::docker) fn networks(
    answer: &models::ContainerInspectResponse,
) -> Vec<String> {
    let settings = answer.network_settings.as_ref();
    let networks = settings.and_then(|s| s.networks.as_ref());
    let mut names: Vec<String> = networks
        .into_iter()
        .flat_map(HashMap::keys)
        .cloned()
        .collect();
    let mode = answer
        .host_config
        .as_ref()
        .and_then(|h| h.network_mode.as_deref());
    let first = match mode {
        None | Some("" | "default") => "bridge",
        Some(mode) => mode,
    };
    names.sort_by_key(|name| (name != first, name.clone()));
    names
}

/// The folders of a root, where an overlay driver tells all of them as absolute paths.
pub(super) fn folders(driver: Option<&models::DriverData>) -> Option<Layers> {
    let data = &driver?.data;
    let upper = data.get("UpperDir")?;
    let lower = data.get("LowerDir").map_or("", String::as_str);
    let layers = Layers {
        upper: upper.clone(),
        lower: lower
            .split(':')
            .filter(|f| !f.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    let whole = layers.all().all(|folder| folder.starts_with('/'));
    whole.then_some(layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_ended_has_a_length() {
        let lasted = |started: &str, finished: &str| {
            last_run(&models::ContainerState {
                started_at: Some(started.into()),
                finished_at: Some(finished.into()),
                ..Default::default()
            })
        };
        let start = "2026-11-27T00:00:00.987654321Z";
        assert_eq!(lasted(start, "2026-11-27T00:00:01.187654321Z"), Some(200));
        assert_eq!(lasted(start, "2026-11-27T00:01:00.9Z"), Some(59_913));
        assert_eq!(
            lasted("2026-11-27T00:00:00Z", "2026-11-27T00:00:00Z"),
            Some(0)
        );
        // It runs again: what finished was the run before.
        assert_eq!(lasted(start, "2026-11-26T23:59:59.5Z"), None);
        assert_eq!(lasted(start, "0001-01-01T00:00:00Z"), None);
        assert_eq!(lasted("never", ""), None);
    }
}
