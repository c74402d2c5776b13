//! The dev image that a person named: for this once, or in the configuration for an image.

use super::Wishes;
use crate::domain::image::Reference;

/// A dev image that the person named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// Its reference or id.
    pub image: &'a str,
    /// The image for which it was named; none when it was named for this once.
    pub for_image: Option<&'a str>,
}

impl Wishes {
    /// The dev image that was named for `image`: for this once, for this very image, or for its repository.
    pub fn named(&self, image: &str) -> Option<Named<'_>> {
        if let Some(image) = &self.image {
            return Some(Named {
                image,
                for_image: None,
            });
        }
        if self.dev_images.is_empty() {
            return None;
        }
        let wanted = Reference::parse(image).ok();
        let mut whole = None;
        for (key, dev) in &self.dev_images {
            let found = Named {
                image: dev,
                for_image: Some(key),
            };
            if key == image {
                return Some(found);
            }
            let (Some(wanted), Ok(key_reference)) = (&wanted, Reference::parse(key)) else {
                continue;
            };
            let tagged = key
                .rsplit('/')
                .next()
                .is_some_and(|name| name.contains([':', '@']));
            if tagged && key_reference == *wanted {
                return Some(found);
            }
            if !tagged && key_reference.name() == wanted.name() {
                whole = Some(found);
            }
        }
        whole
    }
}
