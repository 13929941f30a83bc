//! A message as the API shows it.
use std::collections::BTreeMap;

use domain::message::{Fault, HoldState, Message, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use whatsapp::errors;

use crate::fields::{
    BlockReason, ChannelId, ContactId, ConversationId, Direction, MessageId, MessageState, Priority, Reaction, Source,
    Stamp, Status, Word,
};

/// The members that every message has: a type named like one of them, which Meta does not have, is shown without content.
const MEMBERS: &[&str] = &[
    "id",
    "conversation_id",
    "channel_id",
    "contact_id",
    "direction",
    "type",
    "context",
    "wamid",
    "at",
    "received_at",
    "source",
    "state",
    "status",
    "statuses",
    "errors",
    "pricing",
    "priority",
    "held",
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
struct Context {
    /// The wamid of the message that this one quotes.
    message_id: String,
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
    context: Option<Context>,
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
    errors: Vec<MessageError>,
    /// Meta's `pricing` object.
    #[schema(value_type = Option<Object>)]
    pricing: Option<Value>,
    priority: Priority,
    held: Option<Held>,
}

impl From<Message> for MessageView {
    fn from(message: Message) -> MessageView {
        let is_shown = !message.content.is_null() && !MEMBERS.contains(&message.kind.as_str());
        let content = is_shown.then(|| (message.kind.clone(), message.content.clone()));
        let statuses = message.statuses();
        MessageView {
            content: content.into_iter().collect(),
            context: message.context.clone().map(|message_id| Context { message_id }),
            wamid: message.wamid().map(str::to_owned),
            state: Word(message.state()),
            status: message.status().map(Word),
            statuses: statuses.into_iter().map(|(status, at)| (status.to_owned(), Stamp(at))).collect(),
            errors: message.all_faults().map(MessageError::from).collect(),
            pricing: message.pricing().cloned(),
            priority: Word(message.dispatch.priority),
            held: held(&message),
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
    use domain::message::{self, Dispatch, StatusReport};
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
        };
        Message {
            id: ids::MessageId::new(&conversation_id, at, [0; 10]),
            conversation_id,
            channel_id,
            contact_id,
            direction: message::Direction::Outbound,
            kind: kind.to_owned(),
            content: json!({"body": "hi"}),
            context: Some("wamid.Q".to_owned()),
            wamid: None,
            at,
            received_at: at,
            source: message::Source::Live,
            written_state: State::InDoubt,
            attempt: 1,
            dispatch: Dispatch::default(),
            faults: vec![],
            reports: vec![report],
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
