//! What WhatsApp lets a channel do: what is blocked and why, what Meta told about the number and its account.
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use domain::channel as entity;
use domain::health::{self, Change, Fact, Look, Subject, look};
use domain::ids;
use domain::message::HoldState;
use domain::pacing;
use domain::sending::limits::{Started, messaging_limit};
use runtime::clock;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{ChannelView, load};
use crate::fields::{BlockReason, BlockScope, ChannelId, Stamp, Throughput, Word, vocabulary};
use crate::input::Input;
use crate::problem::Problem;
use crate::{Answer, App};

domain::words! {
    pub(crate) enum SendingState {
        Allowed = "allowed",
        /// Some or all messages; the blocks say which.
        Blocked = "blocked",
    }
}

vocabulary! { Sending = SendingState }

#[derive(Serialize, ToSchema)]
pub(super) struct ChannelDetail {
    #[serde(flatten)]
    channel: ChannelView,
    health: HealthView,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Block)]
struct BlockView {
    reason: BlockReason,
    /// Which messages it holds back.
    scope: BlockScope,
    since: Stamp,
    until: Option<Stamp>,
    /// What WhatsApp said.
    detail: Option<String>,
    /// When one message is sent to find out whether it is over.
    probe_at: Option<Stamp>,
}

/// The last word on a matter.
#[derive(Serialize, ToSchema)]
#[schema(as = Fact)]
struct FactView {
    value: String,
    at: Stamp,
    /// As WhatsApp told it.
    #[schema(value_type = Object)]
    details: Value,
}

/// The people whom the business, by all its numbers, wrote to first in the last 24 hours: each once, and counted for up to an
/// hour more.
#[derive(Serialize, ToSchema)]
#[schema(as = Started)]
struct StartedView {
    /// Null: WhatsApp has told none, or there is none.
    limit: Option<u64>,
    used: u64,
    remaining: Option<u64>,
    /// While nothing remains: when there is room again.
    room_at: Option<Stamp>,
}

impl StartedView {
    fn of(limit: Option<u64>, started: &Started, now: domain::Time) -> StartedView {
        let used = started.used(now);
        let remaining = limit.map(|limit| limit.saturating_sub(used));
        let full = limit.filter(|limit| used >= *limit);
        let room_at = full.and_then(|limit| started.room_at(limit, now)).map(Stamp);
        StartedView { limit, used, remaining, room_at }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
struct HealthView {
    sending: Sending,
    blocks: Vec<BlockView>,
    /// `FLAGGED` or `UNFLAGGED`, once told.
    quality: Option<String>,
    /// How many people may be written to first in a day, or `unlimited`.
    messaging_limit: Option<String>,
    /// How much of that limit is used.
    started: StartedView,
    throughput: Throughput,
    /// Of the display name: `APPROVED`, `REJECTED` …
    name_status: Option<String>,
    username: Option<String>,
    /// All that was told, by what it is about.
    #[schema(value_type = BTreeMap<String, FactView>)]
    facts: BTreeMap<String, FactView>,
}

impl HealthView {
    fn of(health: &health::Health, started: &Started, now: domain::Time) -> HealthView {
        let value = |fact| health.facts.get(&fact).map(|told| told.value.clone()).filter(|value| !value.is_empty());
        let block = |(reason, block): (health::BlockReason, &health::Block)| BlockView {
            reason: Word(reason),
            scope: Word(reason.scope()),
            since: Stamp(block.since),
            until: block.until.map(Stamp),
            detail: block.detail.clone(),
            probe_at: block.probe_at.map(Stamp),
        };
        let blocks: Vec<BlockView> = health.in_force(now).map(block).collect();
        let fact = |(fact, told): (&Fact, &health::Told)| {
            let view = FactView { value: told.value.clone(), at: Stamp(told.at), details: told.details.clone() };
            (fact.to_string(), view)
        };
        let throughput = value(Fact::Throughput).and_then(|word| pacing::Throughput::parse(&word));
        HealthView {
            sending: Word(if blocks.is_empty() { SendingState::Allowed } else { SendingState::Blocked }),
            blocks,
            quality: value(Fact::Quality),
            messaging_limit: value(Fact::MessagingLimit),
            started: StartedView::of(messaging_limit(health), started, now),
            throughput: Word(throughput.unwrap_or(pacing::Throughput::Standard)),
            name_status: value(Fact::Name),
            username: value(Fact::Username),
            facts: health.facts.iter().map(fact).collect(),
        }
    }
}

impl ChannelDetail {
    pub(super) async fn read(app: &App, channel: entity::Channel) -> Result<ChannelDetail, Problem> {
        let now = clock::now();
        let started = app.store.started(now).await?;
        let health = HealthView::of(&app.store.health_of(&channel).await?, &started, now);
        Ok(ChannelDetail { channel: channel.into(), health })
    }
}

/// Asks at once whether the channel can send again, by one of the messages that wait: to be called when the token was
/// replaced or the account put right. Restrictions of WhatsApp's end by themselves.
#[utoipa::path(
    post,
    path = "/v1/channels/{id}/resume",
    params(("id" = ChannelId, Path)),
    responses((status = 200, body = ChannelDetail))
)]
pub(super) async fn resume(State(app): State<App>, Input { id, .. }: Input<ids::ChannelId>) -> Answer<ChannelDetail> {
    let (channel, now) = (load(&app, &id).await?, clock::now());
    let subject = Subject::Number(channel.id.clone());
    for (reason, block) in app.store.health_of(&channel).await?.blocks {
        if !reason.is_probed() || look(&block, now) == Look::Release {
            continue;
        }
        match app.store.messages_held(&channel.id, reason, 1).await?.first() {
            Some(first) => {
                app.store.health_change(&subject, &[Change::Probing { reason, at: now }]).await?;
                app.store.message_send_on(first, HoldState::Probe).await?;
            }
            // Nothing waits: the next message finds out.
            None => {
                app.store.health_change(&subject, &[Change::Passed { reason, at: now }]).await?;
            }
        }
    }
    Ok(Json(ChannelDetail::read(&app, channel).await?))
}
