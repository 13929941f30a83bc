//! Jobs that deliver kept events again: a row each, which holds how far it is.
use std::time::Duration;

use domain::Time;
use domain::ids::{EventId, ReplayId, WebhookId};
use domain::webhook::{Pattern, Replay, ReplayState};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys;
use crate::table::{Put, Store};

const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(Serialize, Deserialize)]
struct ReplayRow {
    id: String,
    webhook_id: String,
    from: i64,
    to: i64,
    types: Vec<String>,
    state: String,
    #[serde(default)]
    is_in_log: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_id: Option<String>,
    looked_at: u64,
    asked_for: u64,
    requested_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<i64>,
    revision: u32,
    expires_at: i64,
}

impl Row for ReplayRow {
    const ENTITY: &'static str = "webhook-replay";
}

fn item(operation: &'static str, replay: &Replay) -> Result<Attributes, StoreError> {
    let row = ReplayRow {
        id: replay.id.to_string(),
        webhook_id: replay.webhook_id.to_string(),
        from: replay.from.millis(),
        to: replay.to.millis(),
        types: replay.types.iter().map(|pattern| pattern.as_str().to_owned()).collect(),
        state: replay.state.to_string(),
        is_in_log: replay.is_in_log,
        last_at: replay.last.as_ref().map(|(at, _)| at.millis()),
        last_id: replay.last.as_ref().map(|(_, id)| id.to_string()),
        looked_at: replay.looked_at,
        asked_for: replay.asked_for,
        requested_at: replay.requested_at.millis(),
        settled_at: replay.settled_at.map(Time::millis),
        revision: replay.revision,
        expires_at: replay.requested_at.plus(KEPT).seconds(),
    };
    encode(operation, &keys::replay(&replay.id), None, &row)
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Replay, StoreError> {
    let row: ReplayRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a replay with {what} unreadable"));
    let last = row.last_at.map(Time::from_millis).zip(row.last_id.as_deref().and_then(EventId::parse));
    Ok(Replay {
        id: ReplayId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        webhook_id: WebhookId::parse(&row.webhook_id).ok_or_else(|| odd("its webhook"))?,
        from: Time::from_millis(row.from),
        to: Time::from_millis(row.to),
        types: row.types.iter().filter_map(|text| Pattern::parse(text)).collect(),
        state: ReplayState::parse(&row.state).ok_or_else(|| odd("its state"))?,
        is_in_log: row.is_in_log,
        last,
        looked_at: row.looked_at,
        asked_for: row.asked_for,
        requested_at: Time::from_millis(row.requested_at),
        settled_at: row.settled_at.map(Time::from_millis),
        revision: row.revision,
    })
}

impl Store {
    pub async fn replay_create(&self, replay: &Replay) -> Result<Put<Replay>, StoreError> {
        const OPERATION: &str = "replay_create";
        match self.put_new(OPERATION, item(OPERATION, replay)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read(OPERATION, item)?)),
        }
    }

    pub async fn replay_get(&self, id: &ReplayId) -> Result<Option<Replay>, StoreError> {
        const OPERATION: &str = "replay_get";
        self.get(OPERATION, &keys::replay(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// Writes `next` in place of the revision before it; `false` if others were faster.
    pub async fn replay_update(&self, next: &Replay) -> Result<bool, StoreError> {
        const OPERATION: &str = "replay_update";
        let seen = values([(":seen", n(next.revision.saturating_sub(1)))]);
        self.put_where(OPERATION, item(OPERATION, next)?, "#revision = :seen", seen).await
    }
}
