//! Media of the phone's history: each comes apart from its placeholder, may not say in whose thread it belongs, and is kept
//! until the placeholder says so.
use std::time::Duration;

use domain::Time;
use domain::ids::{ChannelId, ContactId, MessageId};
use domain::message::{Direction, Message};
use serde::{Deserialize, Serialize};

use crate::codec::{Row, encode, pack, unpack};
use crate::error::StoreError;
use crate::keys;
use crate::table::Store;

/// The phone sends media of the last two weeks, and is given time for it.
const WAITS: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(Serialize, Deserialize)]
struct PlaceholderRow {
    message_id: String,
    contact_id: String,
    direction: String,
    expires_at: i64,
}

impl Row for PlaceholderRow {
    const ENTITY: &'static str = "placeholder";
}

#[derive(Serialize, Deserialize)]
struct MediumRow {
    #[serde(with = "serde_bytes")]
    raw: Vec<u8>,
    expires_at: i64,
}

impl Row for MediumRow {
    const ENTITY: &'static str = "medium";
}

/// A message of the history whose medium is still to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    pub message: MessageId,
    pub contact: ContactId,
    pub direction: Direction,
}

impl Store {
    /// Notes where the medium of a placeholder belongs. Twice is once.
    pub async fn placeholder_put(&self, message: &Message, wamid: &str, now: Time) -> Result<(), StoreError> {
        const OPERATION: &str = "placeholder_put";
        let row = PlaceholderRow {
            message_id: message.id.to_string(),
            contact_id: message.contact_id.to_string(),
            direction: message.direction.to_string(),
            expires_at: now.plus(WAITS).seconds(),
        };
        let key = keys::placeholder(&message.channel_id, wamid);
        self.put_new(OPERATION, encode(OPERATION, &key, None, &row)?).await?;
        Ok(())
    }

    pub async fn placeholder_get(&self, channel: &ChannelId, wamid: &str) -> Result<Option<Placeholder>, StoreError> {
        const OPERATION: &str = "placeholder_get";
        let row: Option<PlaceholderRow> = self.get_row(OPERATION, &keys::placeholder(channel, wamid)).await?;
        let Some(row) = row else { return Ok(None) };
        let odd = |what: &str| StoreError::row(OPERATION, format!("a placeholder with {what} unreadable"));
        Ok(Some(Placeholder {
            message: MessageId::parse(&row.message_id).ok_or_else(|| odd("message_id"))?,
            contact: ContactId::parse(&row.contact_id).ok_or_else(|| odd("contact_id"))?,
            direction: Direction::parse(&row.direction).ok_or_else(|| odd("direction"))?,
        }))
    }

    /// Keeps the JSON of a medium whose placeholder did not come yet. Twice is once.
    pub async fn medium_keep(&self, channel: &ChannelId, wamid: &str, raw: &str, now: Time) -> Result<(), StoreError> {
        const OPERATION: &str = "medium_keep";
        let row = MediumRow { raw: pack(raw), expires_at: now.plus(WAITS).seconds() };
        self.put_new(OPERATION, encode(OPERATION, &keys::early_medium(channel, wamid), None, &row)?).await?;
        Ok(())
    }

    pub async fn medium_get(&self, channel: &ChannelId, wamid: &str) -> Result<Option<String>, StoreError> {
        const OPERATION: &str = "medium_get";
        let row: Option<MediumRow> = self.get_row(OPERATION, &keys::early_medium(channel, wamid)).await?;
        row.map(|row| unpack(OPERATION, &row.raw)).transpose()
    }
}
