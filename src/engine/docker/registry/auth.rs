//! Showing a registry who asks: a password as it is, or a token that is fetched where the registry says.
//!
//! As docker does it: `WWW-Authenticate: Bearer realm="…",service="…",scope="…"` names where; a login is sent there, an
//! identity token is traded in. A password goes over TLS, or to loopback, and nowhere else.

use bytes::Bytes;
use hyper::Request;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;

use super::super::connect::is_loopback;
use super::http::{Client, Trouble, request};

/// How devtwin calls itself to those who give tokens.
const CLIENT: &str = "devtwin";

/// What a registry wants to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// User and password.
    Basic,
    /// A token, to be had at `realm`.
    Token {
        realm: String,
        service: Option<String>,
        scope: Option<String>,
    },
}

/// What the headers of a 401 want; a token rather than a password. None when they say nothing that is known.
pub(super) fn wanted(headers: &HeaderMap) -> Option<Wanted> {
    let told = headers.get_all(WWW_AUTHENTICATE).iter();
    let mut told: Vec<Wanted> = told
        .filter_map(|value| challenge(value.to_str().ok()?))
        .collect();
    told.sort_by_key(|wanted| *wanted == Wanted::Basic);
    told.into_iter().next()
}

fn challenge(text: &str) -> Option<Wanted> {
    let (scheme, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Wanted::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let value = |name: &str| {
        let mut all = parameters(rest).into_iter();
        all.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    };
    Some(Wanted::Token {
        realm: value("realm")?,
        service: value("service"),
        scope: value("scope"),
    })
}

/// `name="value"` parts between commas; a backslash takes the meaning from what follows it.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut letters = text.chars().peekable();
    while letters.peek().is_some() {
        let name: String = std::iter::from_fn(|| letters.next_if(|c| *c != '=')).collect();
        letters.next();
        let mut value = String::new();
        if letters.next_if_eq(&'"').is_some() {
            while let Some(letter) = letters.next().filter(|c| *c != '"') {
                value.extend(if letter == '\\' {
                    letters.next()
                } else {
                    Some(letter)
                });
            }
        }
        // What has no quotes ends at the comma, and so does what stands behind them.
        value.extend(std::iter::from_fn(|| letters.next_if(|c| *c != ',')));
        letters.next();
        all.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    all
}

/// What to show to the registry at `url`, which wants this.
pub(super) async fn shown(
    client: &mut Client,
    url: &Url,
    wanted: Option<Wanted>,
) -> Result<HeaderValue, Trouble> {
    let login = client.login().login.clone();
    match wanted {
        None => Err(Trouble::Refused(
            "it wants a login of a kind that is not known".into(),
        )),
        Some(Wanted::Basic) => match login.and_then(|login| login.basic()) {
            Some(basic) => secret(&basic),
            None => Err(Trouble::Refused("it wants a login".into())),
        },
        Some(Wanted::Token {
            realm,
            service,
            scope,
        }) => {
            if let Some(token) = login.as_ref().and_then(|login| login.registry_token()) {
                return secret(&format!("Bearer {token}"));
            }
            let realm = trusted(url, &realm)?;
            let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", client.repository()));
            let mut fields = vec![("scope", scope)];
            fields.extend(service.map(|service| ("service", service)));
            let identity = login.as_ref().and_then(|login| login.identity());
            let request = if let Some(identity) = identity {
                traded_in(&realm, fields, identity)?
            } else {
                let basic = login.and_then(|login| login.basic());
                asked_for(realm, &fields, basic)?
            };
            let answer = client.send(request).await?;
            if !answer.status().is_success() {
                return Err(match client.refused(answer).await {
                    Trouble::Missing => Trouble::Refused("it gives no tokens".into()),
                    other => other,
                });
            }
            let body = client.body(answer).await?;
            let token = serde_json::from_slice::<Token>(&body).ok();
            match token.and_then(|t| t.token.or(t.access_token)) {
                Some(token) => secret(&format!("Bearer {token}")),
                None => Err(Trouble::Refused("it gives a token that is none".into())),
            }
        }
    }
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// The address of who gives tokens, where a secret may be sent: over TLS, or on loopback for a registry there.
fn trusted(registry: &Url, realm: &str) -> Result<Url, Trouble> {
    let refused = || Trouble::Refused("it wants a login sent to a place that is not safe".into());
    let url = registry.join(realm).map_err(|_| refused())?;
    let here = |url: &Url| url.host_str().is_some_and(is_loopback);
    let safe = url.scheme() == "https" || (url.scheme() == "http" && here(&url) && here(registry));
    if safe && url.username().is_empty() && url.password().is_none() {
        Ok(url)
    } else {
        Err(refused())
    }
}

type Fields = Vec<(&'static str, String)>;

fn asked_for(
    mut realm: Url,
    fields: &Fields,
    basic: Option<String>,
) -> Result<Request<http_body_util::Full<Bytes>>, Trouble> {
    realm.query_pairs_mut().extend_pairs(fields);
    let shown = basic.map(|basic| secret(&basic)).transpose()?;
    request(Request::get(realm.as_str()), shown, Bytes::new())
}

fn traded_in(
    realm: &Url,
    mut fields: Fields,
    identity: &str,
) -> Result<Request<http_body_util::Full<Bytes>>, Trouble> {
    fields.push(("grant_type", "refresh_token".into()));
    fields.push(("client_id", CLIENT.into()));
    fields.push(("refresh_token", identity.to_owned()));
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    let builder =
        Request::post(realm.as_str()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    request(builder, None, form.into())
}

/// A header that is never logged.
fn secret(text: &str) -> Result<HeaderValue, Trouble> {
    let value = HeaderValue::from_str(text);
    let mut value = value.map_err(|_| Trouble::Refused("it gives a token that is none".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A registry's own words for why not: `{"errors": [{"message": …}]}`, or `{"details": …}` of who gives tokens.
pub(super) fn told(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Said {
        #[serde(default)]
        errors: Vec<Fault>,
        details: Option<String>,
    }
    #[derive(Deserialize)]
    struct Fault {
        code: Option<String>,
        message: Option<String>,
    }
    let said: Said = serde_json::from_slice(body).ok()?;
    let fault = said.errors.into_iter().next();
    fault.and_then(|f| f.message.or(f.code)).or(said.details)
}
