//! What devtwin asks a registry by itself, because no engine has a question for it: the tags of a repository.
//!
//! Asked from this machine, with docker's logins (`credentials`), the system's trust and that of docker's `certs.d`;
//! plain http is spoken with a registry on loopback alone, as docker has it. A registry is foreign: all that it says is
//! bounded in bytes, pages and time, and what is no tag is left out. `http` sends and bounds, `auth` answers a
//! registry that wants to know who asks.

mod auth;
mod http;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::timeout;
use url::Url;

use crate::domain::image::{Reference, is_image_id};
use crate::domain::log::Moment;
use crate::engine::{Asked, Published, TagList};

use self::http::{Client, Trouble};
use super::Docker;
use super::connect::is_loopback;

/// How long all of a question may take, its pages and tokens included.
const WHOLE: Duration = Duration::from_secs(10);
/// Tags that are kept: more would be read for minutes, and say no more.
const MAX_TAGS: usize = 10_000;
/// Tags that are asked for at one time: the most that registries give.
const PAGE: usize = 1000;
/// Pages that are read.
const MAX_PAGES: usize = 100;
/// Longest tag, in bytes (distribution grammar).
const TAG_MAX: usize = 128;
/// How names of signatures and attestations of one build begin: they are no images.
const SIGNATURE: &str = "sha256-";
/// Where Docker Hub answers.
const HUB: &str = "registry-1.docker.io";

impl Docker {
    /// See [`crate::engine::Engine::tags`].
    pub(super) async fn list_tags(&self, of: &Reference) -> Asked<TagList> {
        match self.client_of(of).await {
            Ok(client) => list(client, of, WHOLE).await,
            Err(trouble) => trouble.into(),
        }
    }

    /// See [`crate::engine::Engine::tag_history`].
    pub(super) async fn past_builds(&self, of: &Reference, path: &str) -> Asked<Vec<Published>> {
        match self.client_of(of).await {
            Ok(client) => builds(client, path, WHOLE).await,
            Err(trouble) => trouble.into(),
        }
    }

    async fn client_of(&self, of: &Reference) -> Result<Client, Trouble> {
        let host = of.registry();
        if is_loopback(host) && !self.endpoint.is_here() {
            let why = format!("{host} is on the engine's machine, not on this one");
            return Err(Trouble::Unreachable(why));
        }
        let found = self.login(host).await;
        Ok(Client::new(of, &found, self.certs.clone()))
    }
}

impl<T> From<Trouble> for Asked<T> {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Missing => Self::Missing,
            Trouble::Refused(why) => Self::Refused(why),
            Trouble::Unreachable(why) => Self::Unreachable(why),
        }
    }
}

/// `asked`, for at most `patience`.
async fn bounded<T>(
    patience: Duration,
    asked: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    timeout(patience, asked).await.unwrap_or_else(|_| {
        let seconds = patience.as_secs();
        Err(Trouble::Unreachable(format!(
            "no answer within {seconds} seconds"
        )))
    })
}

/// Asks for the tags of a repository, for at most `patience`; what was read by then counts.
async fn list(mut client: Client, of: &Reference, patience: Duration) -> Asked<TagList> {
    let mut read = TagList::default();
    match bounded(patience, pages(&mut client, of, &mut read)).await {
        Ok(()) => Asked::Answer(read),
        // The beginning of a list is better than none.
        Err(trouble) if !read.names.is_empty() => {
            tracing::debug!(repository = %of.name(), ?trouble, "the tag list breaks off");
            read.whole = false;
            Asked::Answer(read)
        }
        Err(trouble) => trouble.into(),
    }
}

#[derive(Deserialize)]
struct History {
    history: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    update_timestamp: String,
    digest: String,
}

/// Asks for a tag's past at `path`, for at most `patience`.
async fn builds(mut client: Client, path: &str, patience: Duration) -> Asked<Vec<Published>> {
    let page = match bounded(patience, client.get(path)).await {
        Ok(page) => page,
        Err(trouble) => return trouble.into(),
    };
    let Ok(past) = serde_json::from_slice::<History>(&page.body) else {
        return Asked::Refused("what it answered is no history of a tag".into());
    };
    let builds = past.history.unwrap_or_default().into_iter();
    let builds = builds.filter_map(|entry| {
        let at = Moment::parse(&entry.update_timestamp)?;
        is_digest(&entry.digest).then_some(Published {
            digest: entry.digest,
            at,
        })
    });
    Asked::Answer(builds.take(MAX_TAGS).collect())
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && is_image_id(text)
}

#[derive(Deserialize)]
struct Page {
    /// Some registries write null where there is none.
    tags: Option<Vec<String>>,
}

async fn pages(client: &mut Client, of: &Reference, read: &mut TagList) -> Result<(), Trouble> {
    let path = format!("/v2/{}/tags/list?n={PAGE}", of.repository());
    let mut page = client.get(&path).await?;
    let mut seen = HashSet::new();
    loop {
        let Ok(list) = serde_json::from_slice::<Page>(&page.body) else {
            return Err(Trouble::Refused(
                "what it answered is no list of tags".into(),
            ));
        };
        let tags = list.tags.unwrap_or_default().into_iter();
        let tags = tags.filter(|tag| is_tag(tag) && !tag.starts_with(SIGNATURE));
        read.names.extend(tags);
        let Some(next) = page.link.take().and_then(|link| next(&page.url, &link)) else {
            read.whole = read.names.len() <= MAX_TAGS;
            read.names.truncate(MAX_TAGS);
            return Ok(());
        };
        // One that leads in circles never ends.
        if read.names.len() >= MAX_TAGS || seen.len() >= MAX_PAGES || !seen.insert(next.clone()) {
            read.names.truncate(MAX_TAGS);
            read.whole = false;
            return Ok(());
        }
        page = client.get_url(next).await?;
    }
}

/// Where the next page is, by a `Link` header: `</v2/…>; rel="next"`. Only on the same server.
fn next(at: &Url, link: &str) -> Option<Url> {
    let (target, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    let of_next = rest.replace([' ', '"'], "");
    if !of_next.split(';').any(|part| part == "rel=next") {
        return None;
    }
    let url = at.join(target).ok()?;
    (url.origin() == at.origin()).then_some(url)
}

fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let bytes = text.as_bytes();
    bytes.len() <= TAG_MAX
        && bytes.first().is_some_and(|b| word(*b))
        && bytes.iter().all(|b| word(*b) || matches!(b, b'.' | b'-'))
}
