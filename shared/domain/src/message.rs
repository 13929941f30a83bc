//! Messages, and the statuses that Meta reports about them.
//!
//! A status is a fact of its own beside the message, never a field that is overwritten: what is shown follows from all of
//! them, so their order of arrival does not matter (P16 to P18).
use std::collections::BTreeMap;

use serde_json::Value;

use crate::access::Actor;
use crate::attachment::MessageMedia;
use crate::ids::{ChannelId, ContactId, ConversationId, MessageId};
use crate::wallet::Price;
use crate::{Time, words};

mod annotation;
mod dispatch;

pub use annotation::{Annotation, AnnotationKind, Author};
pub use dispatch::{Dispatch, Hold, HoldState};

words! {
    pub enum Direction {
        Inbound = "inbound",
        Outbound = "outbound",
    }
}

words! {
    /// How we came to know the message; only a live one opens windows and calls for an answer (P41).
    pub enum Source {
        Live = "live",
        Echo = "echo",
        History = "history",
        Import = "import",
    }
}

words! {
    /// Our word for where an outbound message is.
    pub enum State {
        Received = "received",
        /// It waits for the time that it was asked for.
        Scheduled = "scheduled",
        Queued = "queued",
        Sending = "sending",
        /// Meta was called and no answer came; a status settles it, or a person.
        InDoubt = "in_doubt",
        Accepted = "accepted",
        Refused = "refused",
        Cancelled = "cancelled",
    }
}

words! {
    /// Meta's word, in the order in which a message gets on.
    pub enum Status {
        Failed = "failed",
        Sent = "sent",
        Delivered = "delivered",
        Read = "read",
        Played = "played",
    }
}

/// An error that Meta or we ourselves gave for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Meta's code; 0 where the error is our own.
    pub code: i64,
    pub title: String,
    pub details: Option<String>,
}

impl Fault {
    /// Whether we gave it ourselves. Meta has a code 0 too, whose title is its own.
    pub fn is_own(&self) -> bool {
        self.code == 0 && self.title != "AuthException"
    }
}

/// One status as Meta reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// A word that we do not know is kept as it came and shown beside the others.
    pub status: String,
    pub at: Time,
    pub wamid: Option<String>,
    pub faults: Vec<Fault>,
    /// Meta's `pricing` object as it came, if any.
    pub pricing: Option<Value>,
    /// Meta's `conversation` object as it came, if any.
    pub conversation: Option<Value>,
    /// In a group, whom of its people the status is about.
    pub participant: Option<String>,
}

/// What a message says beside its content, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The Cloud API's `context`: what it quotes, whether it was forwarded, the product that it asks about.
    pub context: Option<Value>,
    /// The Cloud API's `referral`: the ad or the post that the customer came from (P50).
    pub referral: Option<Value>,
    /// How far a message of the phone's history had got, in Meta's word. When it did is not told.
    pub status: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub conversation_id: ConversationId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub direction: Direction,
    /// The Cloud API's name of the type; `unknown` for a message that had none.
    pub kind: String,
    /// The Cloud API's object of that type, as it was sent or received.
    pub content: Value,
    /// What else goes to Meta with a send, by Meta's names of it; null for nothing.
    pub options: Value,
    /// The wamid of the message that this one quotes.
    pub context: Option<String>,
    pub told: Told,
    pub wamid: Option<String>,
    pub at: Time,
    pub received_at: Time,
    pub source: Source,
    /// As written by whoever moved the message last; evidence may say more, see [`Message::state`].
    pub written_state: State,
    pub attempt: u32,
    pub dispatch: Dispatch,
    /// What it costs, unless nobody expects it to cost anything.
    pub price: Option<Price>,
    pub faults: Vec<Fault>,
    pub reports: Vec<StatusReport>,
    pub annotations: Vec<Annotation>,
    pub media: MessageMedia,
}

impl Message {
    /// A message that we write by ourselves, queued.
    pub fn automatic(
        id: MessageId,
        channel: &ChannelId,
        contact: &ContactId,
        kind: &str,
        content: Value,
        at: Time,
    ) -> Message {
        Message {
            conversation_id: id.conversation(),
            id,
            channel_id: channel.clone(),
            contact_id: contact.clone(),
            direction: Direction::Outbound,
            kind: kind.to_owned(),
            content,
            options: Value::Null,
            context: None,
            told: Told::default(),
            wamid: None,
            at,
            received_at: at,
            source: Source::Live,
            written_state: State::Queued,
            attempt: 1,
            dispatch: Dispatch { is_automatic: true, ..Dispatch::default() },
            price: None,
            faults: Vec::new(),
            reports: Vec::new(),
            annotations: Vec::new(),
            media: MessageMedia::default(),
        }
    }

    /// The furthest status; `failed` only where nothing says that the message went further than `sent` (P16, P17).
    pub fn status(&self) -> Option<Status> {
        let words = || self.reports.iter().map(|report| &report.status).chain(&self.told.status);
        let seen = || words().filter_map(|word| Status::parse(word));
        let furthest = seen().max()?;
        let failed = seen().any(|status| status == Status::Failed);
        Some(if failed && furthest <= Status::Sent { Status::Failed } else { furthest })
    }

    /// Each status with the time at which it was first reported.
    pub fn statuses(&self) -> BTreeMap<&str, Time> {
        let mut times = BTreeMap::new();
        for report in &self.reports {
            let time = times.entry(report.status.as_str()).or_insert(report.at);
            *time = (*time).min(report.at);
        }
        times
    }

    /// Whether it ends the customer's wait, once sent. A reaction does not (P43), nor does what nobody wrote.
    pub fn is_answer(&self) -> bool {
        self.kind != AnnotationKind::Reaction.word() && !self.dispatch.is_automatic
    }

    /// Who wrote a message of the business; of one that was written elsewhere nobody knows it.
    pub fn author(&self) -> Option<Actor> {
        self.dispatch.by.as_deref().and_then(Actor::parse)
    }

    /// A status of Meta's proves that the message was accepted, whatever our own call came to.
    pub fn state(&self) -> State {
        match self.written_state {
            State::Queued | State::Sending | State::InDoubt if !self.reports.is_empty() => State::Accepted,
            State::Queued | State::Sending | State::InDoubt => self.written_state,
            State::Received | State::Scheduled | State::Accepted | State::Refused | State::Cancelled => {
                self.written_state
            }
        }
    }

    /// The wamid, also from a status that came before our own answer did.
    pub fn wamid(&self) -> Option<&str> {
        self.wamid.as_deref().or_else(|| self.reports.iter().find_map(|report| report.wamid.as_deref()))
    }

    /// Meta's first word on the price; later copies are ignored.
    pub fn pricing(&self) -> Option<&Value> {
        self.first_priced()?.pricing.as_ref()
    }

    pub fn first_priced(&self) -> Option<&StatusReport> {
        self.reports.iter().filter(|report| report.pricing.is_some()).min_by_key(|report| report.at)
    }

    /// Meta's first word on its conversation; one that says when it ends counts before the others.
    pub fn meta_conversation(&self) -> Option<&Value> {
        let told = self.reports.iter().filter_map(|report| Some((report.at, report.conversation.as_ref()?)));
        let first = told.min_by_key(|(at, told)| (told.get("expiration_timestamp").is_none(), *at));
        first.map(|(_, told)| told)
    }

    /// In a group, each participant's statuses with the time at which each was first reported.
    pub fn participants(&self) -> BTreeMap<&str, BTreeMap<&str, Time>> {
        let mut participants: BTreeMap<&str, BTreeMap<&str, Time>> = BTreeMap::new();
        for report in &self.reports {
            let Some(participant) = report.participant.as_deref() else { continue };
            let time = participants.entry(participant).or_default().entry(report.status.as_str()).or_insert(report.at);
            *time = (*time).min(report.at);
        }
        participants
    }

    pub fn all_faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().chain(self.reports.iter().flat_map(|report| &report.faults))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    pub(super) fn message(state: State, statuses: &[(&str, i64)]) -> Message {
        let (channel_id, contact_id) = (ChannelId::of_number("1"), ContactId::derive(&["ann"]));
        let conversation_id = ConversationId::of(&channel_id, &contact_id);
        let report = |(status, at): &(&str, i64)| StatusReport {
            status: (*status).to_owned(),
            at: Time::from_seconds(*at),
            wamid: Some("wamid.X".to_owned()),
            faults: vec![],
            pricing: Some(json!({"of": status})),
            conversation: None,
            participant: None,
        };
        Message {
            id: MessageId::new(&conversation_id, Time::from_seconds(1), [0; 10]),
            conversation_id,
            channel_id,
            contact_id,
            direction: Direction::Outbound,
            kind: "text".to_owned(),
            content: json!({"body": "hi"}),
            options: serde_json::Value::Null,
            context: None,
            told: Told::default(),
            wamid: None,
            at: Time::from_seconds(1),
            received_at: Time::from_seconds(1),
            source: Source::Live,
            written_state: state,
            attempt: 1,
            dispatch: Dispatch::default(),
            price: None,
            faults: vec![],
            reports: statuses.iter().map(report).collect(),
            annotations: vec![],
            media: MessageMedia::default(),
        }
    }

    #[test]
    fn the_furthest_status_is_shown_whatever_the_order() {
        for (statuses, shown) in [
            (&[][..], None),
            (&[("sent", 1)], Some(Status::Sent)),
            (&[("read", 3), ("sent", 1)], Some(Status::Read)),
            (&[("read", 3), ("delivered", 2), ("sent", 1)], Some(Status::Read)),
            (&[("failed", 2), ("sent", 1)], Some(Status::Failed)),
            (&[("failed", 2)], Some(Status::Failed)),
            (&[("delivered", 2), ("failed", 3)], Some(Status::Delivered)), // P17: both are kept, delivered is shown
            (&[("played", 4), ("read", 3)], Some(Status::Played)),
            (&[("warning", 1)], None),
        ] {
            assert_eq!(message(State::Accepted, statuses).status(), shown, "{statuses:?}");
        }
    }

    #[test]
    fn a_status_settles_what_was_in_doubt() {
        for (written, statuses, shown) in [
            (State::InDoubt, &[][..], State::InDoubt),
            (State::InDoubt, &[("sent", 1)], State::Accepted),
            (State::Queued, &[("sent", 1)], State::Accepted),
            (State::Refused, &[("failed", 1)], State::Refused),
            (State::Received, &[], State::Received),
        ] {
            assert_eq!(message(written, statuses).state(), shown);
        }
        assert_eq!(message(State::InDoubt, &[("sent", 1)]).wamid(), Some("wamid.X"));
    }

    #[test]
    fn the_first_price_counts() {
        let message = message(State::Accepted, &[("delivered", 2), ("sent", 1)]);
        assert_eq!(message.pricing(), Some(&json!({"of": "sent"})));
        assert_eq!(message.statuses().len(), 2);
    }

    #[test]
    fn a_status_of_the_history_counts_as_one_that_was_reported() {
        for (told, reports, shown) in [
            ("read", &[][..], Some(Status::Read)),
            ("delivered", &[("read", 5)], Some(Status::Read)),
            ("read", &[("sent", 5)], Some(Status::Read)),
            ("failed", &[], Some(Status::Failed)),
            ("pending", &[], None),
        ] {
            let mut message = message(State::Accepted, reports);
            message.told.status = Some(told.to_owned());
            assert_eq!(message.status(), shown, "{told}");
        }
    }

    #[test]
    fn each_participant_of_a_group_has_statuses_of_their_own() {
        let mut message = message(State::Accepted, &[("delivered", 4), ("delivered", 2), ("read", 5), ("sent", 1)]);
        for (report, participant) in message.reports.iter_mut().zip([Some("ann"), Some("bob"), Some("bob"), None]) {
            report.participant = participant.map(str::to_owned);
        }
        let (at, shown) = (Time::from_seconds, message.participants());
        assert_eq!(shown["ann"], BTreeMap::from([("delivered", at(4))]));
        assert_eq!(shown["bob"], BTreeMap::from([("delivered", at(2)), ("read", at(5))]));
        assert_eq!(message.statuses()["delivered"], at(2));
    }

    #[test]
    fn the_conversation_that_says_when_it_ends_is_shown() {
        let mut message = message(State::Accepted, &[("delivered", 2), ("sent", 3), ("read", 4)]);
        let told = [json!({"id": "c"}), json!({"id": "c", "expiration_timestamp": "9"})];
        message.reports.iter_mut().zip(&told).for_each(|(report, told)| report.conversation = Some(told.clone()));
        assert_eq!(message.meta_conversation(), Some(&told[1]));
    }
}
