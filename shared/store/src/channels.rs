//! Channels: a row each, few of them.
use domain::Time;
use domain::channel::{Assignee, Channel, ChannelState, Charging, MarketingApi, ReadReceipts};
use domain::contact::ContactKind;
use domain::ids::ChannelId;
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{s, values};
use crate::keys::{self, LIST};
use crate::table::{Order, Put, Range, Store, Updated};

#[derive(Serialize, Deserialize)]
struct ChannelRow {
    id: String,
    phone_number_id: String,
    waba_id: String,
    display_phone_number: String,
    nickname: String,
    add_as: String,
    assign_to: String,
    state: String,
    read_receipts: Option<String>,
    marketing_api: Option<String>,
    pricing_model: Option<String>,
    created_at: i64,
}

impl Row for ChannelRow {
    const ENTITY: &'static str = "channel";
}

/// An assignee in one attribute; `none` is nobody.
pub(crate) fn assignee_text(assignee: Option<&Assignee>) -> &str {
    assignee.map_or("none", Assignee::as_str)
}

fn to_row(channel: &Channel) -> ChannelRow {
    ChannelRow {
        id: channel.id.to_string(),
        phone_number_id: channel.phone_number_id.clone(),
        waba_id: channel.waba_id.clone(),
        display_phone_number: channel.display_phone_number.clone(),
        nickname: channel.nickname.clone(),
        add_as: channel.add_as.to_string(),
        assign_to: assignee_text(channel.assign_to.as_ref()).to_owned(),
        state: channel.state.to_string(),
        read_receipts: Some(channel.read_receipts.to_string()),
        marketing_api: Some(channel.marketing_api.to_string()),
        pricing_model: Some(channel.pricing_model.to_string()),
        created_at: channel.created_at.millis(),
    }
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Channel, StoreError> {
    let row: ChannelRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a channel with {what} unreadable"));
    Ok(Channel {
        id: ChannelId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        phone_number_id: row.phone_number_id,
        waba_id: row.waba_id,
        display_phone_number: row.display_phone_number,
        nickname: row.nickname,
        add_as: ContactKind::parse(&row.add_as).ok_or_else(|| odd("add_as"))?,
        assign_to: Assignee::parse(&row.assign_to),
        state: ChannelState::parse(&row.state).ok_or_else(|| odd("its state"))?,
        read_receipts: row.read_receipts.and_then(|word| ReadReceipts::parse(&word)).unwrap_or_default(),
        marketing_api: row.marketing_api.and_then(|word| MarketingApi::parse(&word)).unwrap_or_default(),
        pricing_model: row.pricing_model.and_then(|word| Charging::parse(&word)).unwrap_or_default(),
        created_at: Time::from_millis(row.created_at),
    })
}

impl Store {
    pub async fn channel_create(&self, channel: &Channel) -> Result<Put<Channel>, StoreError> {
        const OPERATION: &str = "channel_create";
        let list = keys::list_channels(channel.created_at, &channel.id);
        let item = encode(OPERATION, &keys::channel(&channel.id), Some(&list), &to_row(channel))?;
        match self.put_new(OPERATION, item).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read(OPERATION, item)?)),
        }
    }

    pub async fn channel_get(&self, id: &ChannelId) -> Result<Option<Channel>, StoreError> {
        const OPERATION: &str = "channel_get";
        self.get(OPERATION, &keys::channel(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// All channels, the oldest first.
    pub async fn channels_all(&self) -> Result<Vec<Channel>, StoreError> {
        const OPERATION: &str = "channels_all";
        let range = || Range { index: Some(LIST), pk: "channels", range: None, order: Order::Ascending, limit: 100 };
        let entries = self.query_all(OPERATION, range).await?;
        let rows = self.rows_of(OPERATION, &entries).await?;
        rows.into_iter().map(|item| read(OPERATION, item)).collect()
    }

    /// Writes the preferences, if they are still as in `seen`; `false` if not.
    pub async fn channel_update(&self, seen: &Channel, next: &Channel) -> Result<bool, StoreError> {
        let values = values([
            (":nickname", s(&next.nickname)),
            (":add_as", s(next.add_as.word())),
            (":assign_to", s(assignee_text(next.assign_to.as_ref()))),
            (":state", s(next.state.word())),
            (":read_receipts", s(next.read_receipts.word())),
            (":marketing_api", s(next.marketing_api.word())),
            (":pricing_model", s(next.pricing_model.word())),
            (":seen_nickname", s(&seen.nickname)),
            (":seen_add_as", s(seen.add_as.word())),
            (":seen_assign_to", s(assignee_text(seen.assign_to.as_ref()))),
            (":seen_state", s(seen.state.word())),
            (":seen_read_receipts", s(seen.read_receipts.word())),
            (":seen_marketing_api", s(seen.marketing_api.word())),
            (":seen_pricing_model", s(seen.pricing_model.word())),
        ]);
        let expression = "SET #nickname = :nickname, #add_as = :add_as, #assign_to = :assign_to, #state = :state, \
             #read_receipts = :read_receipts, #marketing_api = :marketing_api, #pricing_model = :pricing_model";
        let condition = "#nickname = :seen_nickname AND #add_as = :seen_add_as AND #assign_to = :seen_assign_to \
             AND #state = :seen_state \
             AND (attribute_not_exists(#read_receipts) OR #read_receipts = :seen_read_receipts) \
             AND (attribute_not_exists(#marketing_api) OR #marketing_api = :seen_marketing_api) \
             AND (attribute_not_exists(#pricing_model) OR #pricing_model = :seen_pricing_model)";
        let updated = self.update("channel_update", &keys::channel(&next.id), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}
