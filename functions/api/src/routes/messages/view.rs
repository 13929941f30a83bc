//! A message as the API shows it.
use std::collections::BTreeMap;

use domain::message::{Fault, HoldState, Message, State};
use domain::parts;
use domain::sending::Schedule;
use domain::wallet::Price;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use whatsapp::errors;

use super::told::{ContextView, EditView, ParticipantView, ReactionView, content, participants, without_pricing};
use crate::fields::{
    BlockReason, ChannelId, ContactId, ConversationId, Direction, MessageId, MessageState, PriceState, Priority,
    Reaction, Source, Stamp, Status, Word,
};
use crate::routes::attachments::AttachedView;

/// The members that every message has: a type named like one of them, which Meta does not have, is shown without content.
const MEMBERS: &[&str] = &[
    "id",
    "conversation_id",
    "channel_id",
    "contact_id",
    "direction",
    "type",
    "context",
    "referral",
    "wamid",
    "at",
    "received_at",
    "source",
    "state",
    "status",
    "statuses",
    "participants",
    "errors",
    "pricing",
    "price",
    "author",
    "priority",
    "valid_until",
    "scheduled",
    "held",
    "conversation",
    "reactions",
    "edited",
    "revoked_at",
    "attachments",
    "parent_id",
    "children",
];

/// An error of Meta's (with its code) or of our own (code 0).
#[derive(Serialize, ToSchema)]
struct MessageError {
    code: i64,
    title: String,
    details: Option<String>,
    /// What was done about it.
    reaction: Reaction,
    /// What can be done about it, where Meta gave the error.
    help: Option<String>,
}

impl From<&Fault> for MessageError {
    fn from(fault: &Fault) -> MessageError {
        let reaction =
            if fault.is_own() { errors::Reaction::Refuse } else { errors::reaction(fault.code, None, false) };
        MessageError {
            code: fault.code,
            title: fault.title.clone(),
            details: fault.details.clone(),
            reaction: Word(reaction),
            help: (!fault.is_own()).then(|| reaction.help().to_owned()),
        }
    }
}

/// The message is still queued, and goes on by itself.
#[derive(Serialize, ToSchema)]
struct Held {
    reason: BlockReason,
    /// Unless it is known, it waits until the block is lifted.
    until: Option<Stamp>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Scheduled)]
struct ScheduledView {
    send_at: Stamp,
    /// When it was asked for.
    asked_at: Stamp,
    only_if_unanswered: bool,
    /// The template that goes in its place if no window is open by then; null once it did, or if there is none.
    #[schema(value_type = Option<Object>)]
    fallback: Option<Value>,
    /// The type of the message in whose place its template went.
    instead_of: Option<String>,
}

impl From<&Schedule> for ScheduledView {
    fn from(schedule: &Schedule) -> ScheduledView {
        ScheduledView {
            send_at: Stamp(schedule.send_at),
            asked_at: Stamp(schedule.asked_at),
            only_if_unanswered: schedule.only_if_unanswered,
            fallback: schedule.fallback.clone(),
            instead_of: schedule.instead_of.as_ref().map(|(kind, _)| kind.clone()),
        }
    }
}

/// Beside the members named here it has one named like its `type`, with the Cloud API's content of that type.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub(in crate::routes) struct MessageView {
    id: MessageId,
    conversation_id: ConversationId,
    channel_id: ChannelId,
    contact_id: ContactId,
    direction: Direction,
    /// The Cloud API's name of the type; `unknown` for a message that had none.
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    #[schema(value_type = BTreeMap<String, Object>)]
    content: BTreeMap<String, Value>,
    context: Option<ContextView>,
    /// The ad or post that the customer came from, as Meta told it with this message.
    #[schema(value_type = Option<Object>)]
    referral: Option<Value>,
    /// Meta's id, once known.
    wamid: Option<String>,
    /// Meta's time of an inbound message; when we were asked to send, of an outbound one.
    at: Stamp,
    received_at: Stamp,
    source: Source,
    /// Our word for where the message is.
    state: MessageState,
    /// Meta's word: the furthest status.
    status: Option<Status>,
    /// Each status with the time at which it was first reported.
    statuses: BTreeMap<String, Stamp>,
    /// Of a message to a group, the statuses of each of its people.
    participants: Vec<ParticipantView>,
    errors: Vec<MessageError>,
    /// Meta's `pricing` object.
    #[schema(value_type = Option<Object>)]
    pricing: Option<Value>,
    /// What it costs in credits; null where nothing was held for it and Meta charged nothing.
    price: Option<PriceView>,
    /// Who wrote it here: the id of a user or a key, or `bootstrap`. Null: the customer, or somebody on the business's phone.
    author: Option<String>,
    priority: Priority,
    /// From then on it is not sent any more.
    valid_until: Option<Stamp>,
    /// Of a message that was not to go at once.
    scheduled: Option<ScheduledView>,
    held: Option<Held>,
    /// Meta's `conversation` object: since v24 only inside a free entry point window.
    #[schema(value_type = Option<Object>)]
    conversation: Option<Value>,
    /// At most one of each side.
    reactions: Vec<ReactionView>,
    /// What the message says now; its own content stays what it said first.
    edited: Option<EditView>,
    /// When its author deleted it.
    revoked_at: Option<Stamp>,
    /// Its files.
    attachments: Vec<AttachedView>,
    /// The message of type `attachments` that this one is a part of.
    parent_id: Option<MessageId>,
    /// Of type `attachments`: the messages that it became, in order, once its files are across. Its own state is that of the
    /// part furthest behind; its status is `failed` if a part failed, else what every part has come to.
    children: Vec<ChildView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Price)]
struct PriceView {
    /// What is held, or was posted; zero where nothing is to be paid after all.
    amount_micros: i64,
    currency: String,
    state: PriceState,
    market: String,
    /// Meta's word for what is paid for.
    category: String,
    /// The rate card.
    card: String,
}

impl From<&Price> for PriceView {
    fn from(price: &Price) -> PriceView {
        PriceView {
            amount_micros: price.amount().get(),
            currency: price.quote.currency.code().to_owned(),
            state: Word(price.state),
            market: price.quote.market.to_string(),
            category: price.quote.category.to_string(),
            card: price.quote.card.to_string(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = MessagePart)]
struct ChildView {
    id: MessageId,
    #[serde(rename = "type")]
    kind: String,
    state: MessageState,
    status: Option<Status>,
    errors: Vec<MessageError>,
}

impl From<Message> for ChildView {
    fn from(child: Message) -> ChildView {
        ChildView {
            state: Word(child.state()),
            status: child.status().map(Word),
            errors: child.all_faults().map(MessageError::from).collect(),
            id: child.id.into(),
            kind: child.kind,
        }
    }
}

/// The message that was queued, or the first of them.
#[derive(Serialize, ToSchema)]
#[schema(as = SentMessage)]
pub(super) struct SentView {
    #[serde(flatten)]
    message: MessageView,
    /// With `split`: all messages that the text became, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Vec<MessageId>>,
}

impl SentView {
    pub(super) fn of(message: Message, parts: Option<Vec<MessageId>>) -> SentView {
        SentView { message: message.into(), parts }
    }
}

impl From<Message> for MessageView {
    fn from(message: Message) -> MessageView {
        let statuses = message.statuses();
        let (state, status) = match message.media.parts.is_empty() {
            true => (message.state(), message.status()),
            false => (parts::state(&message), parts::status(&message)),
        };
        MessageView {
            content: content(&message.kind, &message.content, MEMBERS),
            context: ContextView::of(&message),
            referral: message.told.referral.clone(),
            wamid: message.wamid().map(str::to_owned),
            state: Word(state),
            status: status.map(Word),
            statuses: statuses.into_iter().map(|(status, at)| (status.to_owned(), Stamp(at))).collect(),
            participants: participants(&message),
            errors: message.all_faults().map(MessageError::from).collect(),
            pricing: message.pricing().cloned(),
            price: message.price.as_ref().map(PriceView::from),
            author: message.author().map(|author| author.to_string()),
            priority: Word(message.dispatch.priority),
            valid_until: message.dispatch.valid_until.map(Stamp),
            scheduled: message.dispatch.schedule.as_ref().map(ScheduledView::from),
            held: held(&message),
            conversation: message.meta_conversation().map(without_pricing),
            reactions: message.reactions().map(ReactionView::from).collect(),
            edited: message.edit().map(EditView::from),
            revoked_at: message.revoked_at().map(Stamp),
            attachments: message.media.attached.into_iter().map(AttachedView::from).collect(),
            parent_id: message.media.parent.map(Into::into),
            children: message.media.children.into_iter().map(ChildView::from).collect(),
            id: message.id.into(),
            conversation_id: message.conversation_id.into(),
            channel_id: message.channel_id.into(),
            contact_id: message.contact_id.into(),
            direction: Word(message.direction),
            kind: message.kind,
            at: Stamp(message.at),
            received_at: Stamp(message.received_at),
            source: Word(message.source),
        }
    }
}

fn held(message: &Message) -> Option<Held> {
    let hold = message.dispatch.hold.as_ref().filter(|hold| hold.state == HoldState::Held)?;
    let is_waiting = message.state() == State::Queued;
    is_waiting.then(|| Held { reason: Word(hold.reason), until: hold.until.map(Stamp) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Time;
    use domain::ids;
    use domain::message::{self, Annotation, Dispatch, StatusReport};
    use serde_json::json;

    fn message(kind: &str) -> Message {
        let (channel_id, contact_id) = (ids::ChannelId::of_number("1"), ids::ContactId::derive(&["ann"]));
        let conversation_id = ids::ConversationId::of(&channel_id, &contact_id);
        let at = Time::from_seconds(1_795_321_800);
        let report = StatusReport {
            status: "delivered".to_owned(),
            at,
            wamid: Some("wamid.X".to_owned()),
            faults: vec![Fault { code: 131_026, title: "Undeliverable".to_owned(), details: None }],
            pricing: Some(json!({"billable": true})),
            conversation: Some(json!({"id": "c", "origin": {"type": "service"}, "pricing": {"billable": true}})),
            participant: None,
        };
        Message {
            id: ids::MessageId::new(&conversation_id, at, [0; 10]),
            conversation_id,
            channel_id,
            contact_id,
            direction: message::Direction::Outbound,
            kind: kind.to_owned(),
            content: json!({"body": "hi"}),
            options: Value::Null,
            context: Some("wamid.Q".to_owned()),
            told: message::Told {
                context: Some(json!({"id": "wamid.Q", "from": "1650", "referred_product": {"catalog_id": 7}})),
                ..message::Told::default()
            },
            wamid: None,
            at,
            received_at: at,
            source: message::Source::Live,
            written_state: State::InDoubt,
            attempt: 1,
            dispatch: Dispatch::default(),
            price: None,
            faults: vec![],
            reports: vec![report],
            annotations: vec![Annotation {
                kind: message::AnnotationKind::Reaction,
                by: message::Author::Customer,
                at,
                content: json!({"emoji": "👍"}),
            }],
            media: Default::default(),
        }
    }

    #[test]
    fn a_message_shows_what_was_reported_about_it() {
        insta::assert_json_snapshot!(MessageView::from(message("text")));
    }

    #[test]
    fn the_content_never_hides_a_member() {
        let shown = serde_json::to_value(MessageView::from(message("text"))).unwrap();
        let mut names: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        names.retain(|name| *name != "text");
        names.sort_unstable();
        let mut members = MEMBERS.to_vec();
        members.sort_unstable();
        assert_eq!(names, members);
        let odd = serde_json::to_value(MessageView::from(message("status"))).unwrap();
        assert_eq!(odd["status"], "delivered");
    }
}
