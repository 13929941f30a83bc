//! A POST that creates may be repeated with the same `Idempotency-Key`: it is then given the time and the randomness of
//! the first one, so that it makes the same ids and its conditional writes meet what is there already.
use std::time::Duration;

use domain::Time;
use domain::ids::Entropy;
use lambda_http::http::HeaderName;
use lambda_http::http::request::Parts;
use runtime::{clock, random};
use sha2::{Digest, Sha256};
use store::{Claim, Claimed};

use crate::App;
use crate::auth::Caller;
use crate::problem::Problem;

pub(crate) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const KEY_MAX: usize = 255;
/// How long a key is remembered, at least.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// What tells a request from others.
pub(crate) struct Fingerprint {
    key: Option<String>,
    route: String,
    body: String,
}

/// What the ids of a creation are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) at: Time,
    pub(crate) entropy: Entropy,
    /// A request with this key came before; it may have made its mark, or have failed half way.
    pub(crate) is_repeated: bool,
}

impl Ticket {
    pub(crate) fn new() -> Ticket {
        Ticket { at: clock::now(), entropy: random::entropy(), is_repeated: false }
    }

    fn text(&self) -> String {
        format!("{}.{}", self.at.millis(), hex::encode(self.entropy))
    }

    fn read(text: &str) -> Option<Ticket> {
        let (at, digits) = text.split_once('.')?;
        let mut entropy = Entropy::default();
        hex::decode_to_slice(digits, &mut entropy).ok()?;
        Some(Ticket { at: Time::from_millis(at.parse().ok()?), entropy, is_repeated: true })
    }
}

impl Fingerprint {
    pub(crate) fn of(parts: &Parts, body: &[u8]) -> Result<Fingerprint, Problem> {
        let mut given = parts.headers.get_all(HEADER).iter();
        let key = match (given.next(), given.next()) {
            (None, _) => None,
            (Some(key), None) => Some(key.to_str().ok().filter(|key| is_good(key)).ok_or_else(bad_key)?.to_owned()),
            (Some(_), Some(_)) => return Err(bad_key()),
        };
        let route = format!("{} {}", parts.method, parts.uri.path());
        Ok(Fingerprint { key, route, body: hex::encode(Sha256::digest(body)) })
    }

    /// The key that came with the request.
    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub(crate) async fn ticket(&self, app: &App, caller: &Caller) -> Result<Ticket, Problem> {
        let ticket = Ticket::new();
        let Some(key) = &self.key else { return Ok(ticket) };
        let parts = [caller.key.as_str(), self.route.as_str(), key.as_str()];
        let key_hash = hex::encode(Sha256::digest(parts.join("\n")));
        let expires_at = ticket.at.plus(KEPT);
        let claim = Claim { key_hash: &key_hash, request_hash: &self.body, id: &ticket.text(), expires_at };
        match app.store.idempotency_claim(claim).await? {
            Claimed::First => Ok(ticket),
            Claimed::Again { id } => {
                Ticket::read(&id).ok_or_else(|| Problem::Internal(format!("an unreadable ticket: {id}").into()))
            }
            Claimed::OtherRequest => Err(Problem::IdempotencyKeyReused),
        }
    }
}

fn is_good(key: &str) -> bool {
    (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

fn bad_key() -> Problem {
    Problem::field("Idempotency-Key", format!("must be one header of 1 to {KEY_MAX} visible ASCII characters"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_survives_being_written() {
        let ticket = Ticket { at: Time::from_millis(1_795_321_800_123), entropy: [7; 10], is_repeated: true };
        assert_eq!(Ticket::read(&ticket.text()), Some(ticket));
        for odd in ["", "1", "1.zz", "x.07070707070707070707"] {
            assert_eq!(Ticket::read(odd), None, "{odd}");
        }
    }

    #[test]
    fn keys_are_visible_ascii() {
        assert!(is_good("a-1") && is_good(&"x".repeat(KEY_MAX)));
        assert!(!is_good("") && !is_good("a b") && !is_good("é") && !is_good(&"x".repeat(KEY_MAX + 1)));
    }
}
