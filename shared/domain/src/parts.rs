//! A message of several attachments: one parent, and an ordinary message for each of them (P20).
use crate::message::{Message, State, Status};

/// How many attachments one message takes.
pub const ATTACHMENTS_MAX: usize = 5;
/// The type of a parent.
pub const KIND: &str = "attachments";

/// The parent's state: that of the part which is furthest behind; refused only if all are.
pub fn state(parent: &Message) -> State {
    if matches!(parent.written_state, State::Queued | State::Scheduled) {
        return parent.written_state;
    }
    let any = |state: &State| parent.media.children.iter().any(|child| child.state() == *state);
    let order = [State::Queued, State::Sending, State::InDoubt, State::Accepted, State::Refused, State::Cancelled];
    order.into_iter().find(any).unwrap_or(parent.written_state)
}

/// The parent's status: `failed` if a part failed, else what every part has come to.
pub fn status(parent: &Message) -> Option<Status> {
    let statuses: Vec<Option<Status>> = parent.media.children.iter().map(Message::status).collect();
    if statuses.contains(&Some(Status::Failed)) {
        return Some(Status::Failed);
    }
    let sent = statuses.len() >= parent.media.parts.len();
    statuses.into_iter().collect::<Option<Vec<Status>>>().filter(|_| sent)?.into_iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;
    use crate::attachment::{MessageMedia, Part};
    use crate::ids::{ChannelId, ContactId, ConversationId, MessageId};
    use crate::message::{Direction, Source, StatusReport};

    fn message(state: State, status: Option<&str>, media: MessageMedia) -> Message {
        let (channel_id, contact_id) = (ChannelId::of_number("1"), ContactId::derive(&["ann"]));
        let conversation_id = ConversationId::of(&channel_id, &contact_id);
        let at = Time::from_seconds(1);
        let report = |status: &str| StatusReport {
            status: status.to_owned(),
            at,
            wamid: None,
            faults: vec![],
            pricing: None,
            conversation: None,
            participant: None,
        };
        Message {
            id: MessageId::new(&conversation_id, at, [0; 10]),
            conversation_id,
            channel_id,
            contact_id,
            direction: Direction::Outbound,
            kind: KIND.to_owned(),
            content: serde_json::Value::Null,
            options: serde_json::Value::Null,
            context: None,
            told: Default::default(),
            wamid: None,
            at,
            received_at: at,
            source: Source::Live,
            written_state: state,
            attempt: 1,
            dispatch: crate::message::Dispatch::default(),
            price: None,
            faults: vec![],
            reports: status.map(report).into_iter().collect(),
            annotations: vec![],
            media,
        }
    }

    #[test]
    fn a_parent_is_where_its_parts_are() {
        use State::{Accepted, InDoubt, Queued, Refused, Scheduled};
        for (written, children, state_shown, status_shown) in [
            (Queued, vec![], Queued, None),
            (Scheduled, vec![], Scheduled, None),
            (Accepted, vec![(Accepted, Some("read")), (Queued, None)], Queued, None),
            (Accepted, vec![(Accepted, Some("read")), (InDoubt, None)], InDoubt, None),
            (Accepted, vec![(Accepted, Some("read")), (Refused, None)], Accepted, None),
            (Accepted, vec![(Refused, None), (Refused, None)], Refused, None),
            (Accepted, vec![(Accepted, Some("read")), (Accepted, Some("sent"))], Accepted, Some(Status::Sent)),
            (Accepted, vec![(Accepted, Some("read")), (Accepted, Some("failed"))], Accepted, Some(Status::Failed)),
            (Accepted, vec![(Accepted, Some("read"))], Accepted, None),
        ] {
            let child = |(state, status): &(State, Option<&str>)| message(*state, *status, MessageMedia::default());
            let part = || Part { kind: "image".to_owned(), content: serde_json::Value::Null, attached: None };
            let media = MessageMedia {
                parts: vec![part(), part()],
                children: children.iter().map(child).collect(),
                ..MessageMedia::default()
            };
            let parent = message(written, None, media);
            assert_eq!((state(&parent), status(&parent)), (state_shown, status_shown), "{children:?}");
        }
    }
}
