//! Images: the engine's own, what a registry says, and pulls.

use std::collections::BTreeSet;

use bollard::errors::Error as Bollard;
use bollard::models;
use bollard::query_parameters::{CreateImageOptions, ListImagesOptions};
use futures_util::StreamExt as _;
use tokio::time::Instant;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::{Image, ImageSummary};
use crate::domain::{Progress, Sink};
use crate::engine::{Remote, Step};

use super::credentials::{self, Found};
use super::error::{Refusal, plain, pull_refused, refusal};
use super::progress::Tally;
use super::{Docker, convert, error};

/// How often a list of images is asked for while images go.
const LIST_TRIES: u32 = 5;

/// Whether a list was refused over something that was there when it was begun. Seen on 28.5.2: “content digest
/// sha256:…: not found”.
fn went_meanwhile(refusal: &Bollard) -> bool {
    error::words(refusal).is_some_and(|(_, words)| words.contains("not found"))
}

impl Docker {
    /// The login for a registry, as docker has it.
    pub(super) async fn login(&self, host: &str) -> Found {
        credentials::find(self.folder.as_deref(), &self.helpers, host).await
    }

    pub(super) async fn find_image(&self, reference: &str) -> Result<Option<Image>> {
        let reference = checked(reference)?;
        match self.api.inspect_image(reference).await {
            Ok(answer) => Ok(Some(convert::image(answer))),
            Err(e) if error::status(&e) == Some(404) => Ok(None),
            Err(e) => Err(self.failed(&format!("cannot inspect the image {reference}"), e)),
        }
    }

    pub(super) async fn image_steps(&self, reference: &str) -> Result<Vec<Step>> {
        let reference = checked(reference)?;
        match self.api.image_history(reference).await {
            Ok(steps) => Ok(convert::steps(&steps)),
            Err(e) if error::status(&e) == Some(404) => Ok(Vec::new()),
            Err(e) => {
                let doing = format!("cannot read the history of the image {reference}");
                Err(self.failed(&doing, e))
            }
        }
    }

    pub(super) async fn list_images(&self) -> Result<Vec<ImageSummary>> {
        let rows = self.image_rows(ListImagesOptions::default()).await?;
        Ok(rows.into_iter().filter_map(convert::image_row).collect())
    }

    pub(super) async fn list_image_ids(&self) -> Result<BTreeSet<String>> {
        let rows = self.image_rows(ListImagesOptions::default()).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// The rows of a list of images. With the containerd store the whole list fails when an image goes while it is made:
    /// then it is asked for anew.
    pub(super) async fn image_rows(
        &self,
        options: ListImagesOptions,
    ) -> Result<Vec<models::ImageSummary>> {
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match self.api.list_images(Some(options.clone())).await {
                Ok(rows) => return Ok(rows),
                Err(error) => error,
            };
            if tries >= LIST_TRIES || !went_meanwhile(&error) {
                return Err(self.failed("cannot list images", error));
            }
            tracing::debug!(%error, "the images are listed once more");
        }
    }

    pub(super) async fn ask_registry(&self, reference: &str) -> Result<Remote> {
        let reference = checked(reference)?;
        let doing = format!("cannot ask the registry about {reference}");
        let host = credentials::registry(reference);
        let login = self.login(host).await;
        let asked = self
            .api
            .inspect_registry_image(reference, login.credentials(host));
        let err = match asked.await {
            Ok(answer) => return Ok(Remote::Found(convert::platforms(answer))),
            Err(e) => e,
        };
        let Some((status, text)) = error::words(&err) else {
            return Err(self.failed(&doing, err));
        };
        match refusal(status, text) {
            Refusal::Missing | Refusal::OtherPlatform => Ok(Remote::Missing),
            Refusal::Denied => Ok(match self.bad_login(reference, &login, host, text) {
                Some(error) => Remote::BadLogin(error),
                None => Remote::Denied(plain(text)),
            }),
            Refusal::Unreachable => Ok(Remote::Unreachable(plain(text))),
            Refusal::Other => Err(self.failed(&doing, err)),
        }
    }

    pub(super) async fn pull_image(
        &self,
        reference: &str,
        platform: Option<&str>,
        sink: Sink<'_>,
    ) -> Result<()> {
        let reference = checked(reference)?;
        let options = CreateImageOptions {
            from_image: Some(reference.into()),
            // Without a tag the engine would pull every tag of the repository.
            tag: is_untagged(reference).then(|| "latest".into()),
            platform: platform.unwrap_or_default().into(),
            ..Default::default()
        };
        let host = credentials::registry(reference);
        let login = self.login(host).await;
        let mut lines = self
            .api
            .create_image(Some(options), None, login.credentials(host));
        let mut tally = Tally::new(reference);
        while let Some(line) = lines.next().await {
            match line {
                Ok(line) => {
                    if let Some(pull) = tally.add(convert::pull_line(line), Instant::now()) {
                        sink(Progress::Pull(pull.clone()));
                    }
                }
                Err(e) => {
                    return Err(match error::words(&e) {
                        Some((status, text)) => {
                            let login = (refusal(status, text) == Refusal::Denied)
                                .then(|| self.bad_login(reference, &login, host, text));
                            login
                                .flatten()
                                .unwrap_or_else(|| pull_refused(reference, status, text))
                        }
                        None => self.failed(&format!("cannot pull {reference}"), e),
                    });
                }
            }
        }
        Ok(())
    }

    /// The error when a registry refuses with these words and it is the login that is wrong, not the image: it was sent and
    /// is not good, or it could not be had. None when there was nothing to send.
    fn bad_login(&self, reference: &str, login: &Found, host: &str, words: &str) -> Option<Error> {
        let (why, hint) = match (&login.trouble, &login.from) {
            (Some((why, hint)), _) => (why.clone(), hint.clone()),
            (None, Some(from)) if login.login.is_some() => {
                self.helpers.forget();
                (
                    format!("the login from {from} was refused"),
                    format!("log in again: `docker login {host}`"),
                )
            }
            (None, Some(_) | None) => return None,
        };
        let message = format!("image {reference} denied: {}; {why}", plain(words));
        Some(Error::new(ErrorKind::Engine, message).hint(hint))
    }
}

/// Checks a reference or image id before it becomes a part of a URL. The engine knows the grammar;
/// this keeps out only what would change the URL's meaning.
fn checked(reference: &str) -> Result<&str> {
    let ok =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'/' | b'@' | b'-');
    let segment = |s: &str| !s.is_empty() && !s.bytes().all(|b| b == b'.');
    if reference.bytes().all(ok) && reference.split('/').all(segment) {
        return Ok(reference);
    }
    let message = format!("{:?} is not an image reference", plain(reference));
    Err(Error::new(ErrorKind::NoDevImage, message)
        .hint("a reference looks like registry.example/repository/name:tag"))
}

/// Whether a reference has neither a tag nor a digest.
fn is_untagged(reference: &str) -> bool {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    !name.contains([':', '@'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_references_without_tag_and_digest_get_the_default_tag() {
        for (reference, untagged) in [
            ("web", true),
            ("localhost:5000/web", true),
            ("web:1", false),
            ("localhost:5000/web:1", false),
            ("cgr.dev/a/web@sha256:00", false),
        ] {
            assert_eq!(is_untagged(reference), untagged, "{reference}");
        }
    }

    #[test]
    fn references_that_would_change_the_url_are_refused() {
        for good in [
            "web",
            "r.io:5/a/b_c-d:1.2@sha256:00",
            "sha256:00ff",
            "UPPER",
        ] {
            assert_eq!(checked(good), Ok(good));
        }
        for bad in [
            "",
            "/x",
            "a//b",
            "../info",
            "a/../b",
            "a?b",
            "a#b",
            "a b",
            "a\u{1b}[m",
            "é",
        ] {
            let err = checked(bad).unwrap_err();
            assert!(!err.message.contains('\u{1b}'), "{bad:?}");
        }
    }

    #[test]
    fn a_list_that_lost_an_image_while_it_was_made_is_told_from_one_that_is_refused() {
        let refused = |message: &str| Bollard::DockerResponseServerError {
            status_code: 404,
            message: message.into(),
        };
        let digest = "NotFound: content digest sha256:a5b8: not found";
        assert!(went_meanwhile(&refused(digest)));
        assert!(!went_meanwhile(&refused("permission denied")));
        assert!(!went_meanwhile(&Bollard::RequestTimeoutError));
    }
}
