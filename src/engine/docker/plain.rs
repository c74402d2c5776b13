//! Containers as `docker run` makes them: those of a lesson's lab.

use bollard::models;
use bollard::query_parameters::CreateContainerOptions;

use super::Docker;
use super::alter::restart_policy;
use crate::domain::error::Result;
use crate::domain::target::ContainerId;
use crate::engine::NewContainer;

impl Docker {
    pub(super) async fn create_plain(&self, container: &NewContainer) -> Result<ContainerId> {
        let options = CreateContainerOptions {
            name: Some(container.name.clone()),
            ..Default::default()
        };
        let made = self.api.create_container(Some(options), body(container));
        let made = made.await;
        let doing = format!("cannot create {}", container.name);
        Ok(ContainerId(made.map_err(|e| self.failed(&doing, e))?.id))
    }
}

/// What to create. Pure.
fn body(container: &NewContainer) -> models::ContainerCreateBody {
    let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    let mount = |(volume, path): &(String, String)| models::Mount {
        target: Some(path.clone()),
        source: Some(volume.clone()),
        typ: Some(models::MountType::VOLUME),
        ..Default::default()
    };
    models::ContainerCreateBody {
        image: Some(container.image.clone()),
        cmd: some(&container.args),
        env: some(&container.env),
        user: container.user.clone(),
        labels: Some(container.labels.clone().into_iter().collect()),
        host_config: Some(models::HostConfig {
            mounts: Some(container.volumes.iter().map(mount).collect()),
            network_mode: container.network.clone(),
            restart_policy: container.restart.as_deref().map(restart_policy),
            readonly_rootfs: Some(container.read_only),
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_said_is_left_to_image_and_engine() {
        let plain = NewContainer {
            name: "lab-web".into(),
            image: "lab/web:latest".into(),
            ..NewContainer::default()
        };
        let sent = serde_json::to_value(body(&plain)).unwrap();
        assert_eq!(sent["Image"], "lab/web:latest");
        for left in ["Cmd", "Env", "User", "Entrypoint"] {
            assert!(sent[left].is_null(), "{left}");
        }
        assert!(sent["HostConfig"]["NetworkMode"].is_null());
        assert!(sent["HostConfig"]["RestartPolicy"].is_null());
    }

    #[test]
    fn all_that_is_said_is_sent() {
        let sent = serde_json::to_value(body(&NewContainer {
            args: vec!["--port".into(), "80".into()],
            env: vec!["A=b".into()],
            volumes: vec![("lab-data".into(), "/data".into())],
            user: Some("65532".into()),
            network: Some("host".into()),
            restart: Some("on-failure:3".into()),
            read_only: true,
            labels: [("k".to_owned(), "v".to_owned())].into(),
            ..NewContainer::default()
        }))
        .unwrap();
        assert_eq!(sent["Cmd"], json!(["--port", "80"]));
        assert_eq!(
            (&sent["Env"], &sent["User"]),
            (&json!(["A=b"]), &json!("65532"))
        );
        assert_eq!(sent["Labels"], json!({"k": "v"}));
        let host = &sent["HostConfig"];
        assert_eq!(
            host["Mounts"],
            json!([{"Target": "/data", "Source": "lab-data", "Type": "volume"}])
        );
        assert_eq!(
            host["RestartPolicy"],
            json!({"Name": "on-failure", "MaximumRetryCount": 3})
        );
        assert_eq!(
            (&host["NetworkMode"], &host["ReadonlyRootfs"]),
            (&json!("host"), &json!(true))
        );
    }
}
