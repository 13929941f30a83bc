//! The keys that the identity provider publishes: found by its discovery document, remembered for a while, and read again when
//! a token names one that is not among them, but not more often than the provider can be asked to bear.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use lambda_http::http::{Request, Uri};
use net::Http;
use runtime::clock;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How long keys are believed without a look at the provider. It may take one back.
const KEPT: Duration = Duration::from_secs(3600);
/// How long they are when the provider does not answer.
const KEPT_AT_MOST: Duration = Duration::from_secs(24 * 3600);
/// The shortest time between two looks, whatever tokens come.
const PAUSE: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(5);

type Source = Box<dyn std::error::Error + Send + Sync>;

pub(super) struct Keys {
    http: Http,
    issuer: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    read: Option<Read>,
    looked_at: Option<Instant>,
}

#[derive(Clone)]
struct Read {
    keys: Arc<Vec<(Option<String>, DecodingKey)>>,
    at: Instant,
}

pub(super) enum Found {
    Key(DecodingKey),
    None,
    Unavailable(Source),
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl Read {
    /// By its name; a token without one means the only key that there is.
    fn find(&self, kid: Option<&str>) -> Option<DecodingKey> {
        match (kid, self.keys.as_slice()) {
            (None, [(_, key)]) => Some(key.clone()),
            (None, _) => None,
            (Some(kid), keys) => keys.iter().find(|(name, _)| name.as_deref() == Some(kid)).map(|(_, key)| key.clone()),
        }
    }
}

impl Keys {
    pub(super) fn new(http: Http, issuer: &str) -> Keys {
        Keys { http, issuer: issuer.to_owned(), state: Mutex::default() }
    }

    pub(super) async fn find(&self, kid: Option<&str>) -> Found {
        let now = clock::monotonic();
        let held = self.held();
        let fresh = held.as_ref().filter(|read| now < read.at + KEPT).and_then(|read| read.find(kid));
        if let Some(key) = fresh {
            return Found::Key(key);
        }
        let looked = if self.may_look(now) { self.look(now).await } else { Ok(None) };
        match looked {
            Ok(Some(read)) => read.find(kid).map_or(Found::None, Found::Key),
            Ok(None) => match held.filter(|read| now < read.at + KEPT_AT_MOST) {
                Some(read) => read.find(kid).map_or(Found::None, Found::Key),
                None => Found::Unavailable("the identity provider was asked a moment ago".into()),
            },
            Err(source) => {
                let old = held.filter(|read| now < read.at + KEPT_AT_MOST).and_then(|read| read.find(kid));
                old.map_or_else(|| Found::Unavailable(source), Found::Key)
            }
        }
    }

    fn held(&self) -> Option<Read> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).read.clone()
    }

    fn may_look(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let may = state.looked_at.is_none_or(|at| at + PAUSE <= now);
        if may {
            state.looked_at = Some(now);
        }
        may
    }

    async fn look(&self, now: Instant) -> Result<Option<Read>, Source> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let discovery: Discovery = self.read(&address).await?;
        if discovery.issuer != self.issuer {
            return Err(format!("the discovery document is of another issuer: {}", discovery.issuer).into());
        }
        let is_plain = |address: &str| address.starts_with("http://");
        if is_plain(&discovery.jwks_uri) && !is_plain(&self.issuer) {
            return Err("the keys would come without encryption".into());
        }
        let published: Published = self.read(&discovery.jwks_uri).await?;
        let keys = published.keys.into_iter().filter_map(usable).collect();
        let read = Read { keys: Arc::new(keys), at: now };
        self.state.lock().unwrap_or_else(PoisonError::into_inner).read = Some(read.clone());
        Ok(Some(read))
    }

    async fn read<T: DeserializeOwned>(&self, address: &str) -> Result<T, Source> {
        let request = Request::get(address.parse::<Uri>()?).body(bytes::Bytes::new())?;
        let answer = self.http.send(request, TIMEOUT).await?;
        if !answer.status().is_success() {
            return Err(format!("{address} answers {}", answer.status()).into());
        }
        Ok(serde_json::from_slice(answer.body())?)
    }
}

/// A key that signatures are checked with, of the two kinds that we know. Keys of other kinds stand among them and are no
/// error.
fn usable(published: Value) -> Option<(Option<String>, DecodingKey)> {
    let key: Jwk = serde_json::from_value(published).ok()?;
    let is_public = matches!(key.algorithm, AlgorithmParameters::RSA(_) | AlgorithmParameters::EllipticCurve(_));
    let is_for_signing = key.common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let decoding = DecodingKey::from_jwk(&key).ok().filter(|_| is_public && is_for_signing)?;
    Some((key.common.key_id, decoding))
}
