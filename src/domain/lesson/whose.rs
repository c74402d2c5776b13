//! What on the engine belongs to a lab, and so is removed with it.
//!
//! As with twins a label alone removes nothing: images pass it on to whatever is built and run from them, and an image
//! `acme/shop:1` that stands on one of a lab's is the person's own. The name must be the lab's, too. Of containers, which a
//! person may name as they like, it is the name of their image; an image may have lost its name to a newer one, and then
//! its id stands for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::target::Summary;
use crate::domain::twin::{NAME_PREFIX, Session, label};

/// What the name of the volume ends in that marks a lab's name as taken: `lab-claim`.
const CLAIM: &str = "claim";

/// Labels of everything that is made for a lab.
pub fn labels(session: &Session, lab: &str, lesson: &str) -> BTreeMap<String, String> {
    [
        (label::SESSION, session.id.as_str()),
        (label::OWNER, session.owner.as_str()),
        (label::VERSION, env!("CARGO_PKG_VERSION")),
        (label::LAB, lab),
        (label::LESSON, lesson),
    ]
    .into_iter()
    .map(|(k, v)| (k.to_owned(), v.to_owned()))
    .collect()
}

/// The name of the volume that marks a lab's name as taken. It is made first and removed last.
pub fn claim(lab: &str) -> String {
    format!("{lab}-{CLAIM}")
}

/// Whether a lab can be called so: what containers, volumes and repositories can all be called, and no twin.
pub fn is_lab_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let outer = |c: char| c != '-';
    name.len() <= 40
        && name.chars().all(inner)
        && name.starts_with(outer)
        && name.ends_with(outer)
        && !name.contains("--")
        && !format!("{name}-").starts_with(NAME_PREFIX)
}

/// Whether a name of an image is one of the lab's: `lab/…`.
pub fn is_image_of(lab: &str, reference: &str) -> bool {
    let behind = reference.strip_prefix(lab);
    behind.is_some_and(|behind| behind.starts_with('/'))
}

/// Whether a name of a volume, or of a container that is made for the lab, is one of the lab's: `lab-…`.
pub fn is_name_of(lab: &str, name: &str) -> bool {
    let behind = name.strip_prefix(lab);
    behind.is_some_and(|behind| behind.starts_with('-'))
}

/// What of an image that carries a lab's label goes with the lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Share {
    /// These names of it; it has others besides, or not.
    Names {
        /// The lab's.
        own: Vec<String>,
        /// Those that somebody else gave it.
        foreign: Vec<String>,
    },
    /// It has no name: all of it.
    Whole,
}

/// What of an image with these names goes with the lab.
pub fn share(lab: &str, tags: &[String]) -> Share {
    if tags.is_empty() {
        return Share::Whole;
    }
    let (own, foreign) = tags.iter().cloned().partition(|tag| is_image_of(lab, tag));
    Share::Names { own, foreign }
}

/// Whether a container is one of the lab's, made for it or run by the person from one of its images, whatever its name.
/// `images` are the ids of the lab's images. A twin beside a container of the lab has the label by its image, and belongs
/// to its own session.
pub fn is_container_of(lab: &str, row: &Summary, images: &BTreeSet<String>) -> bool {
    if row.name.starts_with(NAME_PREFIX) {
        return false;
    }
    let of_its_image = is_id_of(&row.image, &row.image_id) && images.contains(&row.image_id);
    is_image_of(lab, &row.image) || of_its_image
}

/// Whether what a container was run by is the id of its image, or the beginning of it.
pub fn is_id_of(reference: &str, id: &str) -> bool {
    let bare = |id: &str| id.strip_prefix("sha256:").unwrap_or(id).to_owned();
    let reference = bare(reference);
    reference.len() >= 12 && bare(id).starts_with(&reference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::target::{ContainerId, Status};

    const ID: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn row(name: &str, image: &str) -> Summary {
        Summary {
            id: ContainerId("3f".into()),
            name: name.into(),
            image: image.into(),
            image_id: ID.into(),
            status: Status::Running,
            status_text: String::new(),
            command: String::new(),
            created: 0,
            labels: BTreeMap::new(),
        }
    }

    fn is_of_lab(name: &str, image: &str) -> bool {
        is_container_of("lab", &row(name, image), &BTreeSet::from([ID.to_owned()]))
    }

    #[test]
    fn a_container_of_an_image_of_the_lab_is_the_labs_whatever_its_name() {
        assert!(is_of_lab("lab-web", "lab/web:latest"));
        assert!(is_of_lab("silly_morse", "lab/shop:2"));
        assert!(is_of_lab("silly_morse", "0123456789ab"));
        assert!(is_of_lab("silly_morse", ID));
    }

    #[test]
    fn what_merely_stands_on_an_image_of_the_lab_is_not_the_labs() {
        assert!(!is_of_lab("shop", "acme/shop:1"));
        assert!(!is_of_lab("lab-web", "acme/shop:1"));
        assert!(!is_of_lab("shop", "lab2/web:latest"));
        assert!(!is_of_lab("shop", "labour/web:latest"));
        // Its image is another one, whose id nobody knows here.
        assert!(!is_container_of(
            "lab",
            &row("x", "0123456789ab"),
            &BTreeSet::new()
        ));
        // A name that is made of the digits of the id, but of too few of them.
        assert!(!is_of_lab("shop", "0123"));
    }

    #[test]
    fn a_twin_beside_a_container_of_the_lab_is_not_the_labs() {
        assert!(!is_of_lab("devtwin-lab-web-0badcafe", "lab/web:latest-dev"));
    }

    #[test]
    fn of_an_image_only_the_labs_names_go_and_without_a_name_all_of_it() {
        let tags = |tags: &[&str]| tags.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        assert_eq!(share("lab", &[]), Share::Whole);
        assert_eq!(
            share("lab", &tags(&["lab/shop:1", "acme/shop:1", "lab2/shop:1"])),
            Share::Names {
                own: tags(&["lab/shop:1"]),
                foreign: tags(&["acme/shop:1", "lab2/shop:1"]),
            }
        );
    }

    #[test]
    fn a_lab_is_called_what_images_volumes_and_containers_can_all_be_called_and_never_like_a_twin()
    {
        for good in ["lab", "lab2", "lab-t1", "a"] {
            assert!(is_lab_name(good), "{good}");
        }
        for bad in [
            "",
            "Lab",
            "a/b",
            "-lab",
            "lab-",
            "a--b",
            "lab:1",
            "läb",
            "devtwin",
            "devtwin-x",
        ] {
            assert!(!is_lab_name(bad), "{bad}");
        }
    }

    #[test]
    fn everything_of_a_lab_tells_its_session_its_lab_and_its_lesson() {
        let session = Session {
            id: "0badcafe".into(),
            owner: "ann@box/f".into(),
        };
        let labels = labels(&session, "lab2", "two-doors");
        let get = |key: &str| labels.get(key).map(String::as_str);
        assert_eq!(get("dev.devtwin.session"), Some("0badcafe"));
        assert_eq!(get("dev.devtwin.owner"), Some("ann@box/f"));
        assert_eq!(get("dev.devtwin.lab"), Some("lab2"));
        assert_eq!(get("dev.devtwin.lesson"), Some("two-doors"));
    }
}
