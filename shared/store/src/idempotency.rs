//! What an `Idempotency-Key` stands for: the id that the first request with it was given. A repeated request goes on with
//! that id, so that its conditional insert meets what the first one made.
use domain::Time;
use serde::{Deserialize, Serialize};

use crate::codec::{Row, decode, encode};
use crate::error::StoreError;
use crate::keys;
use crate::table::{Put, Store};

#[derive(Serialize, Deserialize)]
struct IdempotencyRow {
    id: String,
    request: String,
    expires_at: i64,
}

impl Row for IdempotencyRow {
    const ENTITY: &'static str = "idempotency";
}

/// A caller's key, already hashed together with who calls and which route.
pub struct Claim<'a> {
    pub key_hash: &'a str,
    /// Hash of the request's body: the same key with another body is a mistake.
    pub request_hash: &'a str,
    /// The id that this request would give.
    pub id: &'a str,
    pub expires_at: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    First,
    /// The id that the first request was given.
    Again {
        id: String,
    },
    OtherRequest,
}

impl Store {
    pub async fn idempotency_claim(&self, claim: Claim<'_>) -> Result<Claimed, StoreError> {
        const OPERATION: &str = "idempotency_claim";
        let row = IdempotencyRow {
            id: claim.id.to_owned(),
            request: claim.request_hash.to_owned(),
            expires_at: claim.expires_at.seconds(),
        };
        let item = encode(OPERATION, &keys::idempotency(claim.key_hash), None, &row)?;
        match self.put_new(OPERATION, item).await? {
            Put::Written => Ok(Claimed::First),
            Put::Exists(item) => {
                let row: IdempotencyRow = decode(OPERATION, item)?;
                let same = row.request == claim.request_hash;
                Ok(if same { Claimed::Again { id: row.id } } else { Claimed::OtherRequest })
            }
        }
    }
}
