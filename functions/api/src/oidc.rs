//! Bearer tokens of the business's own identity provider (OpenID Connect), beside API keys: who logs in there is the user
//! whom the provider's `sub` is linked to, or at first the one with the same verified e-mail.
//!
//! Guarantee: only what the provider signed with a key that it publishes, for this audience and this time, is believed; RS256
//! and ES256 alone, so that neither an unsigned token nor one signed with a public key as a secret passes.
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use net::Http;
use runtime::clock;
use serde::Deserialize;
use serde_json::Value;
use store::{Login, Store, UserWrite};

use crate::problem::{Problem, Unauthenticated};

mod keys;
mod verifier;

use keys::{Found, Keys};

/// How far the provider's clock and ours may differ, in seconds.
const LEEWAY: i64 = 30;
/// As long as OpenID Connect lets a `sub` be.
const SUBJECT_MAX: usize = 255;
const EDIT_TRIES_MAX: u32 = 4;
/// The value of the parameters that stands for: there is no such provider.
const OFF: &str = "off";

/// Who may be believed, if anybody.
pub struct Oidc(Option<Provider>);

struct Provider {
    issuer: String,
    audience: String,
    keys: Keys,
}

/// What is believed of a token that holds.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    nbf: Option<i64>,
    email: Option<String>,
    /// Most providers say a boolean here, some a text.
    email_verified: Option<Value>,
}

impl Claims {
    /// Why it is not the time for the token at `now`, in seconds.
    fn check_time(&self, now: i64) -> Result<(), Unauthenticated> {
        if self.exp.saturating_add(LEEWAY) <= now {
            return Err(Unauthenticated::TokenExpired);
        }
        if self.nbf.is_some_and(|from| from.saturating_sub(LEEWAY) > now) {
            return Err(Unauthenticated::TokenRefused);
        }
        Ok(())
    }

    fn verified_email(&self) -> Option<&str> {
        let is_verified = match &self.email_verified {
            Some(Value::Bool(is_verified)) => *is_verified,
            Some(Value::String(text)) => text == "true",
            _ => false,
        };
        self.email.as_deref().filter(|_| is_verified)
    }
}

impl Oidc {
    /// `issuer` and `audience`: both `off`, or what tokens must say of themselves.
    pub fn new(http: Http, issuer: &str, audience: &str) -> Oidc {
        if issuer == OFF || audience == OFF {
            return Oidc(None);
        }
        verifier::install();
        let keys = Keys::new(http, issuer);
        Oidc(Some(Provider { issuer: issuer.to_owned(), audience: audience.to_owned(), keys }))
    }

    /// The user whose token this is; `None` if it is none, and may be a key.
    pub(crate) async fn user(&self, store: &Store, token: &str) -> Result<Option<domain::access::User>, Problem> {
        let Some(provider) = self.0.as_ref().filter(|_| token.split('.').count() == 3) else { return Ok(None) };
        let claims = provider.claims(token).await?;
        claims.check_time(clock::now().seconds())?;
        known(store, &claims).await.map(Some)
    }
}

impl Provider {
    async fn claims(&self, token: &str) -> Result<Claims, Problem> {
        let refused = |_| Unauthenticated::TokenRefused;
        let header = decode_header(token).map_err(refused)?;
        if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
            return Err(Unauthenticated::TokenRefused.into());
        }
        let key: DecodingKey = match self.keys.find(header.kid.as_deref()).await {
            Found::Key(key) => key,
            Found::None => return Err(Unauthenticated::TokenRefused.into()),
            Found::Unavailable(source) => return Err(Problem::Unavailable(source)),
        };
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Times are compared with the one clock of all functions.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let claims: Claims = decode(token, &key, &validation).map_err(refused)?.claims;
        let is_good = claims.iss == self.issuer && (1..=SUBJECT_MAX).contains(&claims.sub.len());
        if is_good { Ok(claims) } else { Err(Unauthenticated::TokenRefused.into()) }
    }
}

/// The user whom the token's person is. At their first time they are linked, by an e-mail that the provider verified.
async fn known(store: &Store, claims: &Claims) -> Result<domain::access::User, Problem> {
    let subject = Login::Subject(claims.sub.clone());
    for _ in 0..EDIT_TRIES_MAX {
        if let Some(user) = store.user_find(&subject).await? {
            return Ok(user);
        }
        let Some(email) = claims.verified_email() else { return Err(Problem::UnknownUser) };
        let found = store.user_find(&Login::Email(email.to_owned())).await?;
        // Who is linked to another person there is not this one, whatever their address.
        let Some(seen) = found.filter(|user| user.is_active && user.external_id.is_none()) else {
            return Err(Problem::UnknownUser);
        };
        let mut next = seen.clone();
        next.external_id = Some(claims.sub.clone());
        next.revision = seen.revision.saturating_add(1);
        if store.user_update(&seen, &next).await? == UserWrite::Written {
            return Ok(next);
        }
    }
    Err(Problem::ChangedMeanwhile)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(exp: i64, nbf: Option<i64>) -> Claims {
        Claims { iss: "i".to_owned(), sub: "s".to_owned(), exp, nbf, email: None, email_verified: None }
    }

    #[test]
    fn a_token_has_its_time() {
        for (exp, nbf, expected) in [
            (100, None, Ok(())),
            (100 - LEEWAY, None, Err(Unauthenticated::TokenExpired)),
            (101 - LEEWAY, Some(100 + LEEWAY), Ok(())),
            (200, Some(101 + LEEWAY), Err(Unauthenticated::TokenRefused)),
            (i64::MAX, Some(i64::MIN), Ok(())),
            (i64::MIN, None, Err(Unauthenticated::TokenExpired)),
        ] {
            assert_eq!(claims(exp, nbf).check_time(100), expected, "{exp} {nbf:?}");
        }
    }

    #[test]
    fn an_address_counts_when_the_provider_verified_it() {
        for (verified, is_good) in [
            (Some(Value::Bool(true)), true),
            (Some(Value::String("true".to_owned())), true),
            (Some(Value::Bool(false)), false),
            (Some(Value::String("yes".to_owned())), false),
            (Some(Value::from(1)), false),
            (None, false),
        ] {
            let claims =
                Claims { email: Some("a@b.c".to_owned()), email_verified: verified.clone(), ..claims(1, None) };
            assert_eq!(claims.verified_email().is_some(), is_good, "{verified:?}");
        }
    }
}
