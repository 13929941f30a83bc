//! The health of accounts and numbers: a row each, written by whoever learns something, on the revision that was seen.
use std::collections::BTreeMap;

use domain::Time;
use domain::channel::Channel;
use domain::health::{Block, BlockReason, Change, Fact, Health, Subject, Told};
use domain::ids::ChannelId;
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys;
use crate::table::{Put, Store, Updated};

/// How often a change is decided anew when others write the row at the same time.
const TRIES_MAX: u32 = 8;

#[derive(Serialize, Deserialize)]
struct HealthRow {
    /// `waba:` and the account's id, or `channel:` and the channel's.
    subject: String,
    #[serde(default)]
    facts: BTreeMap<String, FactRow>,
    #[serde(default)]
    blocks: BTreeMap<String, BlockRow>,
    revision: i64,
}

impl Row for HealthRow {
    const ENTITY: &'static str = "health";
}

#[derive(Serialize, Deserialize)]
struct FactRow {
    value: String,
    details: String,
    at: i64,
}

#[derive(Serialize, Deserialize)]
struct BlockRow {
    is_set: bool,
    at: i64,
    since: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    strikes: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    probe_at: Option<i64>,
}

fn to_row(subject: &Subject, health: &Health) -> HealthRow {
    let fact = |(fact, told): (&Fact, &Told)| {
        let row = FactRow { value: told.value.clone(), details: told.details.to_string(), at: told.at.millis() };
        (fact.to_string(), row)
    };
    let block = |(reason, block): (&BlockReason, &Block)| {
        let row = BlockRow {
            is_set: block.is_set,
            at: block.at.millis(),
            since: block.since.millis(),
            until: block.until.map(Time::millis),
            detail: block.detail.clone(),
            strikes: block.strikes,
            probe_at: block.probe_at.map(Time::millis),
        };
        (reason.to_string(), row)
    };
    HealthRow {
        subject: match subject {
            Subject::Account(waba_id) => format!("waba:{waba_id}"),
            Subject::Number(channel) => format!("channel:{channel}"),
        },
        facts: health.facts.iter().map(fact).collect(),
        blocks: health.blocks.iter().map(block).collect(),
        revision: health.revision,
    }
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<(Subject, Health), StoreError> {
    let row: HealthRow = decode(operation, item)?;
    let subject = match row.subject.split_once(':') {
        Some(("waba", id)) => Some(Subject::Account(id.to_owned())),
        Some(("channel", id)) => ChannelId::parse(id).map(Subject::Number),
        Some(_) | None => None,
    };
    let subject = subject.ok_or_else(|| StoreError::row(operation, "whose health it is"))?;
    // What a later version calls by a word that is not known here is left alone.
    let fact = |(word, row): (String, FactRow)| {
        let details = serde_json::from_str(&row.details).unwrap_or_default();
        Some((Fact::parse(&word)?, Told { value: row.value, details, at: Time::from_millis(row.at) }))
    };
    let block = |(word, row): (String, BlockRow)| {
        let block = Block {
            is_set: row.is_set,
            at: Time::from_millis(row.at),
            since: Time::from_millis(row.since),
            until: row.until.map(Time::from_millis),
            detail: row.detail,
            strikes: row.strikes,
            probe_at: row.probe_at.map(Time::from_millis),
        };
        Some((BlockReason::parse(&word)?, block))
    };
    let facts = row.facts.into_iter().filter_map(fact).collect();
    let blocks = row.blocks.into_iter().filter_map(block).collect();
    Ok((subject, Health { facts, blocks, revision: row.revision }))
}

impl Store {
    /// What is known of a number and of its account.
    pub async fn healths_of(&self, channel: &Channel) -> Result<Vec<(Subject, Health)>, StoreError> {
        const OPERATION: &str = "healths_of";
        let subjects = [Subject::Account(channel.waba_id.clone()), Subject::Number(channel.id.clone())];
        let keys = subjects.each_ref().map(keys::health);
        let rows = self.get_many(OPERATION, &keys).await?;
        rows.into_iter().map(|item| read(OPERATION, item)).collect()
    }

    /// Both together.
    pub async fn health_of(&self, channel: &Channel) -> Result<Health, StoreError> {
        let healths = self.healths_of(channel).await?;
        Ok(healths.iter().fold(Health::default(), |both, (_, health)| both.with(health)))
    }

    /// Applies `changes` as one. `false`: they change nothing.
    pub async fn health_change(&self, subject: &Subject, changes: &[Change]) -> Result<bool, StoreError> {
        const OPERATION: &str = "health_change";
        let key = keys::health(subject);
        for _ in 0..TRIES_MAX {
            let seen = self.get(OPERATION, &key).await?.map(|item| read(OPERATION, item)).transpose()?;
            let known = seen.map(|(_, health)| health);
            let Some(mut next) = known.clone().unwrap_or_default().apply(changes) else { return Ok(false) };
            next.revision = next.revision.saturating_add(1);
            let mut item = encode(OPERATION, &key, None, &to_row(subject, &next))?;
            let is_written = match known {
                None => self.put_new(OPERATION, item).await? == Put::Written,
                Some(known) => {
                    let mut values = values([(":seen", n(known.revision)), (":next", n(next.revision))]);
                    for name in ["facts", "blocks"] {
                        if let Some(value) = item.remove(name) {
                            values.insert(format!(":{name}"), value);
                        }
                    }
                    let expression = "SET #facts = :facts, #blocks = :blocks, #revision = :next";
                    let updated = self.update(OPERATION, &key, expression, "#revision = :seen", values).await?;
                    matches!(updated, Updated::Done)
                }
            };
            if is_written {
                return Ok(true);
            }
        }
        Err(StoreError::Contended { operation: OPERATION })
    }
}
