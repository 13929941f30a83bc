//! Who calls, and whether they may: keys are found by their hash, roles decide by `domain::access`.
//!
//! Guarantee: a refused key learns nothing but that it is refused.
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use domain::access::{Permission, Role};
use lambda_http::http::{HeaderMap, header::AUTHORIZATION};
use runtime::{Secret, clock};
use sha2::{Digest, Sha256};
use store::Store;
use subtle::ConstantTimeEq;

use crate::App;
use crate::problem::{Problem, Unauthenticated};

/// How long a key that was found is not looked up again; as long may a revoked one still be let in.
const KNOWN_FOR: Duration = Duration::from_secs(30);
const KNOWN_MAX: usize = 256;
/// How often a key that nobody has makes us read the administrator's hash again, in case it was rotated.
const REFRESH_AFTER: Duration = Duration::from_secs(60);
const TOKEN_MAX: usize = 512;
/// Who acts under the administrator's key of the deployment, which has no row.
const BOOTSTRAP: &str = "bootstrap";

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The id of the key.
    pub(crate) key: String,
    pub(crate) role: Role,
}

type KeyHash = [u8; 32];

/// SHA-256 of a key: what is kept of it.
pub(crate) fn hash(token: &str) -> KeyHash {
    Sha256::digest(token.as_bytes()).into()
}

/// Lets only callers whose role has `permission` come to `route`; the handler finds them as `Extension<Caller>`.
pub(crate) fn protect(app: &App, permission: Permission, route: MethodRouter<App>) -> MethodRouter<App> {
    route.route_layer(from_fn_with_state((app.clone(), permission), guard))
}

async fn guard(State((app, needs)): State<(App, Permission)>, mut request: Request, next: Next) -> Response {
    match admit(&app, needs, request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn admit(app: &App, needs: Permission, headers: &HeaderMap) -> Result<Caller, Problem> {
    let caller = app.keyring.find(&app.store, bearer(headers)?).await?;
    if caller.role.may(needs) { Ok(caller) } else { Err(Problem::Forbidden { role: caller.role, needs }) }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Unauthenticated> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let (Some(header), None) = (given.next(), given.next()) else { return Err(Unauthenticated::Missing) };
    let (scheme, token) =
        header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Unauthenticated::Malformed)?;
    let token = token.trim();
    let is_good = scheme.eq_ignore_ascii_case("bearer") && (1..=TOKEN_MAX).contains(&token.len());
    if is_good { Ok(token) } else { Err(Unauthenticated::Malformed) }
}

/// Finds keys, and remembers for a short while those that it found.
pub(crate) struct Keyring {
    admin: Secret,
    known: Mutex<HashMap<KeyHash, (Caller, Instant)>>,
    refreshed_at: Mutex<Option<Instant>>,
}

impl Keyring {
    pub(crate) fn new(admin: Secret) -> Keyring {
        Keyring { admin, known: Mutex::default(), refreshed_at: Mutex::default() }
    }

    async fn find(&self, store: &Store, token: &str) -> Result<Caller, Problem> {
        let (hash, now) = (hash(token), clock::monotonic());
        if let Some(caller) = self.recall(&hash, now) {
            return Ok(caller);
        }
        let caller = match store.api_key_find(&hex::encode(hash)).await? {
            Some(key) if key.revoked_at.is_some() => return Err(Unauthenticated::Refused.into()),
            Some(key) => Caller { key: key.id.to_string(), role: key.role },
            None if self.is_admin(&hash, now).await? => Caller { key: BOOTSTRAP.to_owned(), role: Role::Admin },
            None => return Err(Unauthenticated::Refused.into()),
        };
        self.remember(hash, caller.clone(), now);
        Ok(caller)
    }

    fn recall(&self, hash: &KeyHash, now: Instant) -> Option<Caller> {
        let known = lock(&self.known);
        known.get(hash).filter(|(_, until)| now < *until).map(|(caller, _)| caller.clone())
    }

    pub(crate) fn remember(&self, hash: KeyHash, caller: Caller, now: Instant) {
        let mut known = lock(&self.known);
        if known.len() >= KNOWN_MAX {
            known.retain(|_, (_, until)| now < *until);
        }
        if known.len() < KNOWN_MAX {
            known.insert(hash, (caller, now + KNOWN_FOR));
        }
    }

    /// So that a revoked key is let in no more, at least not here.
    pub(crate) fn forget_all(&self) {
        lock(&self.known).clear();
    }

    async fn is_admin(&self, hash: &KeyHash, now: Instant) -> Result<bool, Problem> {
        let is_rereading = self.may_refresh(now);
        let held = match self.admin.get().await {
            Ok(held) => held,
            Err(error) if error.is_missing() => return Ok(false),
            Err(error) => return Err(Problem::Unavailable(error.into())),
        };
        if matches(&held, hash) || !is_rereading {
            return Ok(matches(&held, hash));
        }
        let held = self.admin.refresh().await.map_err(|error| Problem::Unavailable(error.into()))?;
        Ok(matches(&held, hash))
    }

    /// Whether the hash was last read long enough ago. The first call finds it fresh.
    fn may_refresh(&self, now: Instant) -> bool {
        let mut refreshed_at = lock(&self.refreshed_at);
        let first = refreshed_at.is_none();
        let is_due = refreshed_at.is_none_or(|at| at + REFRESH_AFTER <= now);
        if is_due {
            *refreshed_at = Some(now);
        }
        is_due && !first
    }
}

/// Takes as long wherever the two differ.
fn matches(held: &str, hash: &KeyHash) -> bool {
    let mut expected = KeyHash::default();
    hex::decode_to_slice(held.trim(), &mut expected).is_ok() && bool::from(expected.ct_eq(hash))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_matches_itself_only() {
        let hash = hash("key");
        let held = hex::encode(hash);
        assert!(matches(&format!("{held}\n"), &hash));
        for other in ["", "key", &held[2..], &hex::encode(super::hash("other"))] {
            assert!(!matches(other, &hash), "{other}");
        }
    }

    #[test]
    fn the_header_names_one_bearer_key() {
        let header = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(str::to_owned).map_err(|error| error.to_string())
        };
        assert_eq!(header(&["Bearer abc"]), Ok("abc".to_owned()));
        assert_eq!(header(&["bearer abc"]), Ok("abc".to_owned()));
        for refused in [&[][..], &["Bearer"], &["Bearer "], &["Basic abc"], &["Bearer a", "Bearer a"], &["abc"]] {
            assert!(header(refused).is_err(), "{refused:?}");
        }
        assert!(header(&[&format!("Bearer {}", "x".repeat(TOKEN_MAX + 1))]).is_err());
    }
}
