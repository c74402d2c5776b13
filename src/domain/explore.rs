//! Explore: a dev image alone, for an image that no container runs (design.md §2).
//!
//! All that a session knows of its target it asks a [`Target`]: where there is none, [`stand_in`] makes one of the image,
//! and [`stands_for`] puts the twin in its place once that is there.

use super::image::Reference;
use super::target::{
    Config, ContainerId, Image, Isolation, Runtime, Service, State, Status, Target,
};

/// A target that stands for the image `reference`: what would run is the image's, nothing does. Its id is the reference.
/// Without `image` (it is not here) nothing of its configuration is known.
pub fn stand_in(reference: &str, image: Option<&Image>) -> Target {
    Target {
        id: ContainerId(reference.to_owned()),
        name: reference.to_owned(),
        image: reference.to_owned(),
        image_id: image.map_or_else(|| reference.to_owned(), |image| image.id.clone()),
        state: State {
            status: Status::Created,
            restarting: false,
            pid: None,
            exit_code: 0,
            oom_killed: false,
            error: None,
            started_at: None,
            finished_at: None,
            restart_count: 0,
            health: None,
        },
        config: image.map_or_else(Config::default, |image| image.config.clone()),
        isolation: Isolation::default(),
        mounts: Vec::new(),
        tmpfs: Vec::new(),
        service: Service::default(),
        runtime: Runtime::default(),
    }
}

/// The stand-in of an image whose twin is there: events, processes, network and figures are the twin's from then on, what
/// would run stays the image's.
pub fn stands_for(image: Target, twin: Target) -> Target {
    Target {
        name: image.name,
        image: image.image,
        image_id: image.image_id,
        config: image.config,
        ..twin
    }
}

/// The last word of an image's name, without tag and digest: what its twin is named after.
pub fn short_name(reference: &str) -> String {
    let parsed = Reference::parse(reference).ok();
    let repository = parsed.as_ref().map(Reference::repository);
    let name = repository.unwrap_or(reference);
    name.rsplit('/').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_twin_is_named_after_the_last_word_of_its_image() {
        for (reference, name) in [
            ("cgr.dev/chainguard/python:latest", "python"),
            ("python", "python"),
            ("localhost:5000/acme/web:1.4", "web"),
            (
                "a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "b",
            ),
        ] {
            assert_eq!(short_name(reference), name, "{reference}");
        }
    }

    #[test]
    fn a_stand_in_is_the_image_until_its_twin_is_there() {
        let image = stand_in("web:1", None);
        assert!(!image.state.is_joinable());
        assert_eq!((&*image.id.0, &*image.image_id), ("web:1", "web:1"));
        let mut twin = stand_in("web:1-dev", None);
        twin.id = ContainerId("3f".into());
        twin.state.status = Status::Running;
        let both = stands_for(image, twin);
        assert_eq!((&*both.id.0, &*both.name), ("3f", "web:1"));
        assert_eq!(both.state.status, Status::Running);
    }
}
