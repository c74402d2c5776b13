//! What an inspect tells of storage, networks and streams.

use std::collections::HashMap;

use bollard::models;

use crate::domain::target::{Layers, Runtime};

/// Where its root lies, what it is connected to, how its streams are.
pub(super) fn runtime(answer: &models::ContainerInspectResponse) -> Runtime {
    let host = answer.host_config.as_ref();
    Runtime {
        storage: answer.driver.clone().unwrap_or_default(),
        layers: folders(answer.graph_driver.as_ref()),
        networks: networks(answer),
        tty: answer
            .config
            .as_ref()
            .and_then(|c| c.tty)
            .unwrap_or_default(),
        dns: host.and_then(|h| h.dns.clone()).unwrap_or_default(),
        extra_hosts: host.and_then(|h| h.extra_hosts.clone()).unwrap_or_default(),
    }
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
