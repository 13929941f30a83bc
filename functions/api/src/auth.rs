//! Who calls, and whether they may: keys are found by their hash, users of tokens by what the identity provider says; roles and
//! scopes decide by `domain::access`.
//!
//! Guarantee: a refused key learns nothing but that it is refused; a key of a user never does more than the user may at
//! that moment.
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use domain::access::{Actor, ApiKey, Grant, Permission, Role, Sight, User};
use domain::ids::UserId;
use lambda_http::http::{HeaderMap, header::AUTHORIZATION};
use runtime::{Secret, clock};
use sha2::{Digest, Sha256};
use store::Store;
use subtle::ConstantTimeEq;

use crate::App;
use crate::audit::Note;
use crate::problem::{Forbidden, Problem, Unauthenticated};

/// How old the administrator's hash may be when it is compared with: it may have been rotated.
const ADMIN_READ_FOR: Duration = Duration::from_secs(30);
/// A key is far shorter; a token of an identity provider may be as long as API Gateway lets a header be.
const TOKEN_MAX: usize = 8192;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// What they came with: the id of the key, or of the user.
    pub(crate) key: String,
    pub(crate) role: Role,
    /// The user that the caller acts as.
    pub(crate) user: Option<UserId>,
    /// What of the inbox they see.
    pub(crate) sight: Sight,
    /// What of all that the role may they may; `None`: all of it.
    pub(crate) scopes: Option<Vec<Permission>>,
    actor: Actor,
}

impl Caller {
    fn bootstrap() -> Caller {
        Caller {
            key: Actor::Bootstrap.to_string(),
            role: Role::Admin,
            user: None,
            sight: Sight::All,
            scopes: None,
            actor: Actor::Bootstrap,
        }
    }

    /// Who did what they do.
    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }

    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.check(permission).is_ok()
    }

    /// Nobody gives more than they hold. Who gives away what a role may must hold all of that.
    pub(crate) fn gives(&self, permissions: &[Permission]) -> Result<(), Problem> {
        let lacks: Vec<Permission> = permissions.iter().copied().filter(|given| !self.may(*given)).collect();
        if lacks.is_empty() { Ok(()) } else { Err(Forbidden::Gift(lacks).into()) }
    }

    /// Whether they may, or what they lack.
    fn check(&self, needs: Permission) -> Result<(), Problem> {
        let is_scoped = self.scopes.as_ref().is_none_or(|scopes| scopes.contains(&needs));
        match (self.role.may(needs), is_scoped) {
            (true, true) => Ok(()),
            (true, false) => Err(Forbidden::Scope(needs).into()),
            (false, _) => Err(Forbidden::Role(self.role, needs).into()),
        }
    }
}

type KeyHash = [u8; 32];

/// SHA-256 of a key: what is kept of it.
pub(crate) fn hash(token: &str) -> KeyHash {
    Sha256::digest(token.as_bytes()).into()
}

/// Lets only callers who have `permission`, if one is asked for, come to `route`; the handler finds them as
/// `Extension<Caller>`. What they change is noted in the audit log.
pub(crate) fn protect(app: &App, permission: Option<Permission>, route: MethodRouter<App>) -> MethodRouter<App> {
    route.route_layer(from_fn_with_state((app.clone(), permission), guard))
}

async fn guard(State((app, needs)): State<(App, Option<Permission>)>, mut request: Request, next: Next) -> Response {
    match admit(&app, needs, request.headers()).await {
        Ok(caller) => {
            let note = Note::of(&caller, &request);
            request.extensions_mut().insert(caller);
            let Some(note) = note else { return next.run(request).await };
            request.extensions_mut().insert(note.clone());
            let response = next.run(request).await;
            note.answered(&app, response).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn admit(app: &App, needs: Option<Permission>, headers: &HeaderMap) -> Result<Caller, Problem> {
    let token = bearer(headers)?;
    let caller = match app.oidc.user(&app.store, token).await? {
        Some(user) => acting(&app.store, &user, user.id.to_string(), None).await?,
        None => app.keyring.find(&app.store, token).await?,
    };
    needs.map_or(Ok(()), |needs| caller.check(needs)).map(|()| caller)
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

/// Finds keys. One of the table is looked up with every call, so that a revoked one is refused at once; only the
/// administrator's hash is remembered for a while.
pub(crate) struct Keyring {
    admin: Secret,
    admin_read_at: Mutex<Option<Instant>>,
}

impl Keyring {
    pub(crate) fn new(admin: Secret) -> Keyring {
        Keyring { admin, admin_read_at: Mutex::default() }
    }

    async fn find(&self, store: &Store, token: &str) -> Result<Caller, Problem> {
        let hash = hash(token);
        if self.is_admin(&hash, clock::monotonic()).await? {
            return Ok(Caller::bootstrap());
        }
        match store.api_key_find(&hex::encode(hash)).await? {
            Some(key) if key.revoked_at.is_none() => holder(store, key).await,
            Some(_) | None => Err(Unauthenticated::Refused.into()),
        }
    }

    async fn is_admin(&self, hash: &KeyHash, now: Instant) -> Result<bool, Problem> {
        let held = if self.is_old(now) { self.admin.refresh().await } else { self.admin.get().await };
        match held {
            Ok(held) => Ok(matches(&held, hash)),
            Err(error) if error.is_missing() => Ok(false),
            Err(error) => Err(Problem::Unavailable(error.into())),
        }
    }

    /// Whether the administrator's hash is to be read again.
    fn is_old(&self, now: Instant) -> bool {
        let mut read_at = self.admin_read_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = read_at.is_some_and(|at| at + ADMIN_READ_FOR <= now);
        if is_old || read_at.is_none() {
            *read_at = Some(now);
        }
        is_old
    }
}

/// Who comes with a key.
async fn holder(store: &Store, key: ApiKey) -> Result<Caller, Problem> {
    let (id, scopes) = (key.id, key.scopes);
    match key.grant {
        Grant::Role(role) => {
            let actor = Actor::Key(id.clone());
            Ok(Caller { key: id.to_string(), role, user: None, sight: Sight::All, scopes, actor })
        }
        Grant::User(user) => {
            let user = store.user_get(&user).await?.ok_or(Unauthenticated::Refused)?;
            acting(store, &user, id.to_string(), scopes).await
        }
    }
}

/// Who acts as a user.
async fn acting(store: &Store, user: &User, key: String, scopes: Option<Vec<Permission>>) -> Result<Caller, Problem> {
    if !user.is_active {
        return Err(Unauthenticated::Refused.into());
    }
    let sight = store.sight_of(user).await?;
    Ok(Caller { key, role: user.role, user: Some(user.id.clone()), sight, scopes, actor: Actor::User(user.id.clone()) })
}

/// Takes as long wherever the two differ.
fn matches(held: &str, hash: &KeyHash) -> bool {
    let mut expected = KeyHash::default();
    hex::decode_to_slice(held.trim(), &mut expected).is_ok() && bool::from(expected.ct_eq(hash))
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
