//! Webhooks, their deliveries and their replays as the API shows them.
use domain::webhook as entity;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::{
    ChannelId, ContactKind, DeliveryId, DeliveryState, Direction, EventId, EventKind, Pattern, PauseReason, ReplayId,
    ReplayState, Stamp, WebhookId, WebhookState, Word,
};

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookFilter)]
pub(super) struct FilterView {
    channel_id: Option<ChannelId>,
    direction: Option<Direction>,
    contact_kind: Option<ContactKind>,
    tag: Option<String>,
    label: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookView {
    id: WebhookId,
    url: String,
    events: Vec<Pattern>,
    filter: FilterView,
    description: Option<String>,
    state: WebhookState,
    /// Why it is paused, and since when.
    pause_reason: Option<PauseReason>,
    paused_at: Option<Stamp>,
    /// Since when it has answered nothing but failures. After five days it is paused.
    failing_since: Option<Stamp>,
    /// Until when its requests carry a signature of the secret before this one.
    previous_secret_until: Option<Stamp>,
    created_at: Stamp,
}

impl From<entity::Webhook> for WebhookView {
    fn from(webhook: entity::Webhook) -> WebhookView {
        WebhookView {
            state: Word(webhook.state()),
            id: webhook.id.into(),
            url: webhook.url,
            events: webhook.events.into_iter().map(Pattern).collect(),
            filter: FilterView {
                channel_id: webhook.filter.channel.map(ChannelId::from),
                direction: webhook.filter.direction.map(Word),
                contact_kind: webhook.filter.contact_kind.map(Word),
                tag: webhook.filter.tag,
                label: webhook.filter.label,
            },
            description: webhook.description,
            pause_reason: webhook.paused.map(|pause| Word(pause.reason)),
            paused_at: webhook.paused.map(|pause| Stamp(pause.at)),
            failing_since: webhook.failing_since.map(Stamp),
            previous_secret_until: webhook.previous.first().map(|(_, until)| Stamp(*until)),
            created_at: Stamp(webhook.created_at),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
pub(super) struct SecretView {
    #[serde(flatten)]
    pub(super) shown: WebhookView,
    /// What its requests are signed with, by Standard Webhooks. It cannot be shown again.
    pub(super) secret: String,
}

/// One try.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryAttempt)]
struct AttemptView {
    at: Stamp,
    took_ms: u32,
    /// HTTP status of the answer; null if there was none.
    status: Option<u16>,
    /// The first 1024 bytes of the answer.
    response: Option<String>,
    /// Why there was none.
    problem: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(super) struct DeliveryView {
    id: DeliveryId,
    webhook_id: WebhookId,
    /// The same with every try: `webhook-id` of the request.
    event_id: EventId,
    event_type: EventKind,
    event_at: Stamp,
    state: DeliveryState,
    /// All of them; ten are made before it is given up, over more than three days.
    tries: u32,
    next_try_at: Option<Stamp>,
    last_try: Option<AttemptView>,
    created_at: Stamp,
    settled_at: Option<Stamp>,
}

impl From<entity::Delivery> for DeliveryView {
    fn from(delivery: entity::Delivery) -> DeliveryView {
        DeliveryView {
            id: delivery.id.into(),
            webhook_id: delivery.webhook_id.into(),
            event_id: delivery.event.id.into(),
            event_type: Word(delivery.event.kind),
            event_at: Stamp(delivery.event.at),
            state: Word(delivery.state),
            tries: delivery.tries,
            next_try_at: delivery.next_try_at.map(Stamp),
            last_try: delivery.last.map(|last| AttemptView {
                at: Stamp(last.at),
                took_ms: last.took_ms,
                status: last.status,
                response: last.answer,
                problem: last.problem,
            }),
            created_at: Stamp(delivery.created_at),
            settled_at: delivery.settled_at.map(Stamp),
        }
    }
}

/// A delivery with what it says.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDeliveryDetail)]
pub(super) struct DeliveryDetail {
    #[serde(flatten)]
    shown: DeliveryView,
    /// The event's own data, as in `GET /v1/events`.
    #[schema(value_type = Object)]
    event_data: Value,
}

impl From<entity::Delivery> for DeliveryDetail {
    fn from(delivery: entity::Delivery) -> DeliveryDetail {
        DeliveryDetail { event_data: delivery.event.data.clone(), shown: delivery.into() }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookReplay)]
pub(super) struct ReplayView {
    id: ReplayId,
    webhook_id: WebhookId,
    from: Stamp,
    to: Stamp,
    types: Vec<Pattern>,
    state: ReplayState,
    /// How many events of the time were looked at so far.
    looked_at: u64,
    /// How many of them are delivered again.
    asked_for: u64,
    requested_at: Stamp,
    settled_at: Option<Stamp>,
}

impl From<entity::Replay> for ReplayView {
    fn from(replay: entity::Replay) -> ReplayView {
        ReplayView {
            id: replay.id.into(),
            webhook_id: replay.webhook_id.into(),
            from: Stamp(replay.from),
            to: Stamp(replay.to),
            types: replay.types.into_iter().map(Pattern).collect(),
            state: Word(replay.state),
            looked_at: replay.looked_at,
            asked_for: replay.asked_for,
            requested_at: Stamp(replay.requested_at),
            settled_at: replay.settled_at.map(Stamp),
        }
    }
}
