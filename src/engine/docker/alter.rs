//! What changes a target because a person said yes to it, and the volumes and images that devtwin makes.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::models;
use bollard::query_parameters::{
    CommitContainerOptions, ListImagesOptions, ListVolumesOptions, RemoveImageOptions,
    UploadToContainerOptions,
};
use futures_util::StreamExt as _;

use super::{Docker, container_name, convert, error, label_filter, replica};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::replica::{Modes, Replica, Room};
use crate::domain::target::ContainerId;
use crate::engine::{ArchiveStream, MadeImage, NewVolume, Volume};

/// What the engine says while a process has ended and it has not noticed yet: it takes the change back then, and takes
/// it a moment later (measured, 20.10: 1 of 12 changes to a loop of 50 ms).
const ENDING: &str = "cannot update a stopped container";
const ENDING_TRIES: u32 = 20;
const ENDING_PAUSE: Duration = Duration::from_millis(50);

/// A restart policy as docker writes it.
pub(super) fn restart_policy(policy: &str) -> models::RestartPolicy {
    let (name, most) = match policy.split_once(':') {
        Some((name, most)) => (name, most.parse().ok()),
        None => (policy, None),
    };
    models::RestartPolicy {
        name: Some(match name {
            "always" => models::RestartPolicyNameEnum::ALWAYS,
            "unless-stopped" => models::RestartPolicyNameEnum::UNLESS_STOPPED,
            "on-failure" => models::RestartPolicyNameEnum::ON_FAILURE,
            _ => models::RestartPolicyNameEnum::NO,
        }),
        maximum_retry_count: most,
    }
}

impl Docker {
    pub(super) async fn update_restart(&self, id: &ContainerId, policy: &str) -> Result<()> {
        let body = models::ContainerUpdateBody {
            restart_policy: Some(restart_policy(policy)),
            ..Default::default()
        };
        let name = container_name(&id.0)?;
        for _ in 0..ENDING_TRIES {
            match self.api.update_container(name, body.clone()).await {
                Err(e) if e.to_string().contains(ENDING) => tokio::time::sleep(ENDING_PAUSE).await,
                done => return done.map_err(|e| self.not_set(id, e)),
            }
        }
        let last = self.api.update_container(name, body).await;
        last.map_err(|e| self.not_set(id, e))
    }

    fn not_set(&self, id: &ContainerId, e: bollard::errors::Error) -> Error {
        let doing = format!("cannot set the restart policy of {}", id.short());
        self.failed(&doing, e)
    }

    pub(super) async fn pause_container(&self, id: &ContainerId) -> Result<()> {
        let name = container_name(&id.0)?;
        let paused = self.api.pause_container(name).await;
        paused.map_err(|e| self.failed(&format!("cannot pause {}", id.short()), e))
    }

    pub(super) async fn unpause_container(&self, id: &ContainerId) -> Result<()> {
        let name = container_name(&id.0)?;
        let resumed = self.api.unpause_container(name).await;
        resumed.map_err(|e| self.failed(&format!("cannot resume {}", id.short()), e))
    }

    pub(super) async fn new_volume(&self, volume: &NewVolume) -> Result<()> {
        let body = models::VolumeCreateRequest {
            name: Some(container_name(&volume.name)?.to_owned()),
            driver: Some("local".into()),
            driver_opts: Some(volume.options.clone().into_iter().collect()),
            labels: Some(volume.labels.clone().into_iter().collect()),
            ..Default::default()
        };
        let doing = format!("cannot create the volume {}", volume.name);
        let made = self.api.create_volume(body).await;
        let made = made.map_err(|e| self.failed(&doing, e))?;
        // The engine gives back one that is there already, whatever it holds.
        if made.labels.into_iter().collect::<BTreeMap<_, _>>() == volume.labels {
            return Ok(());
        }
        let message = format!("{doing}: there is another one of that name");
        Err(Error::new(ErrorKind::Engine, message)
            .hint("devtwin clean removes what an earlier devtwin left"))
    }

    pub(super) async fn list_volumes(
        &self,
        filters: HashMap<String, Vec<String>>,
    ) -> Result<Vec<Volume>> {
        let options = ListVolumesOptions {
            filters: Some(filters),
        };
        let answer = self.api.list_volumes(Some(options)).await;
        let answer = answer.map_err(|e| self.failed("cannot list volumes", e))?;
        let volumes = answer.volumes.unwrap_or_default();
        let ours = |v: models::Volume| Volume {
            name: v.name,
            labels: v.labels.into_iter().collect(),
            folder: v.mountpoint,
        };
        Ok(volumes.into_iter().map(ours).collect())
    }

    /// A failure of the stream itself breaks the request off, so that the engine never takes half an archive for a whole one.
    pub(super) async fn write_stream(
        &self,
        id: &ContainerId,
        path: &str,
        tar: ArchiveStream,
    ) -> Result<()> {
        let options = UploadToContainerOptions {
            path: path.into(),
            ..Default::default()
        };
        let pieces = tar.map(|piece| piece.map_err(|e| std::io::Error::other(e.message)));
        let doing = format!(
            "cannot put files into {} of {}",
            error::plain(path),
            id.short()
        );
        self.api
            .upload_to_container(
                container_name(&id.0)?,
                Some(options),
                bollard::body_try_stream(pieces),
            )
            .await
            .map_err(|e| self.failed(&doing, e))
    }

    pub(super) async fn commit_container(
        &self,
        id: &ContainerId,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<String> {
        let options = CommitContainerOptions {
            container: Some(container_name(&id.0)?.to_owned()),
            repo: Some(name.to_owned()),
            pause: false,
            ..Default::default()
        };
        let config = models::ContainerConfig {
            labels: Some(labels.clone().into_iter().collect()),
            ..Default::default()
        };
        let doing = format!("cannot make an image of {}", id.short());
        let made = self.api.commit_container(options, config).await;
        Ok(made.map_err(|e| self.failed(&doing, e))?.id)
    }

    pub(super) async fn images_with(&self, label: &str) -> Result<Vec<MadeImage>> {
        let options = ListImagesOptions {
            filters: Some(label_filter(label)),
            ..Default::default()
        };
        let rows = self.image_rows(options).await?;
        let made = |row: models::ImageSummary| MadeImage {
            id: row.id.clone(),
            labels: row.labels.clone().into_iter().collect(),
            tags: convert::image_row(row).map(|r| r.tags).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(made).collect())
    }

    pub(super) async fn delete_image(&self, reference: &str) -> Result<()> {
        let options = RemoveImageOptions {
            force: true,
            ..Default::default()
        };
        match self.api.remove_image(reference, Some(options), None).await {
            Err(e) if error::status(&e) != Some(404) => {
                let doing = format!("cannot remove the image {}", error::plain(reference));
                Err(self.failed(&doing, e))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    pub(super) async fn connect_networks(
        &self,
        id: &ContainerId,
        networks: &[String],
    ) -> Result<()> {
        for network in networks {
            let body = models::NetworkConnectRequest {
                container: id.0.clone(),
                endpoint_config: None,
            };
            let doing = format!("cannot connect {} to the network {network}", id.short());
            let connected = self
                .api
                .connect_network(container_name(network)?, body)
                .await;
            connected.map_err(|e| self.failed(&doing, e))?;
        }
        Ok(())
    }

    pub(super) async fn create_of_target(&self, replica: &Replica) -> Result<ContainerId> {
        let doing = format!("cannot create {}", replica.name);
        let target = container_name(&replica.target.0)?;
        let target = self.api.inspect_container(target, None).await;
        let target = target.map_err(|e| self.failed(&doing, e))?;
        let networks = convert::networks(&target);
        let alone = !matches!(replica.room, Room::Networked);
        let options = bollard::query_parameters::CreateContainerOptions {
            name: Some(replica.name.clone()),
            ..Default::default()
        };
        let twin = match &replica.room {
            Room::Twin(twin) => {
                let found = self.api.inspect_container(container_name(&twin.0)?, None);
                replica::modes(found.await.map_err(|e| self.failed(&doing, e))?)
            }
            Room::Isolated | Room::Networked => Modes::default(),
        };
        let body = replica::body(target, replica, &twin);
        let made = self.api.create_container(Some(options), body).await;
        let id = ContainerId(made.map_err(|e| self.failed(&doing, e))?.id);
        if !alone
            && let Err(error) = self
                .connect_networks(&id, networks.get(1..).unwrap_or_default())
                .await
        {
            if let Err(second) = self.remove_container(&id).await {
                tracing::warn!(%second, "a replica could not be removed after a failure");
            }
            return Err(error);
        }
        Ok(id)
    }
}
