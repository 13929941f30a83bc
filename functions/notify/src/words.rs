//! What is said of a notification outside: who and how often, never what they wrote.
use std::collections::BTreeSet;

use domain::ids::ConversationId;
use domain::notification::{COUNT_MAX, Notification, NotificationKind};

/// A subject of an e-mail and what stands under it; a chat shows both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) subject: String,
    pub(crate) text: String,
}

fn many(count: usize, one: &str, more: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        COUNT_MAX.. => format!("{count} or more {more}"),
        count => format!("{count} {more}"),
    }
}

/// Where people open a conversation, if the business said so; else its id.
fn place(link: Option<&str>, conversation: &ConversationId) -> String {
    match link {
        Some(link) => link.replace("{id}", conversation.as_str()),
        None => format!("Conversation {conversation}"),
    }
}

pub(crate) fn of(notification: &Notification, contact: &str, link: Option<&str>) -> Words {
    let count = notification.count();
    let is_reminder = notification.reminders > 0;
    let what = match notification.kind {
        NotificationKind::Message => format!("{} from {contact}", many(count, "message", "messages")),
        NotificationKind::Mention => {
            format!("{} in the conversation with {contact}", many(count, "mention", "mentions"))
        }
        NotificationKind::Assignment => format!("The conversation with {contact} was given to you"),
    };
    let subject = if is_reminder { format!("Reminder: {what}") } else { what };
    let (first, last) = (notification.first_at, notification.last_at);
    let when = if first == last { format!("At {last}.") } else { format!("The first at {first}, the last at {last}.") };
    let text = format!("{when}\n{}", place(link, &notification.conversation_id));
    Words { subject, text }
}

/// What waited for the end of somebody's quiet hours; `None` where nothing did.
pub(crate) fn summary(waiting: &[&Notification], link: Option<&str>) -> Option<Words> {
    let conversations: BTreeSet<&ConversationId> = waiting.iter().map(|one| &one.conversation_id).collect();
    if conversations.is_empty() {
        return None;
    }
    let messages: usize =
        waiting.iter().filter(|one| one.kind == NotificationKind::Message).map(|one| one.count()).sum();
    let others = waiting.iter().filter(|one| one.kind != NotificationKind::Message).count();
    let parts = [(messages, "message", "messages"), (others, "other notification", "other notifications")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, more)| if count == 1 { format!("1 {one}") } else { format!("{count} {more}") })
        .collect();
    let places: Vec<String> = conversations.iter().map(|conversation| place(link, conversation)).collect();
    let count = conversations.len();
    let these = if count == 1 { "1 conversation".to_owned() } else { format!("{count} conversations") };
    Some(Words { subject: format!("{} in {these}", parts.join(" and ")), text: places.join("\n") })
}

#[cfg(test)]
mod tests {
    use domain::Time;
    use domain::ids::{ChannelId, ContactId, UserId};
    use domain::notification::{Occurrence, counted};

    use super::*;

    fn notification(kind: NotificationKind, contact: &str, count: i64) -> Notification {
        let (channel_id, contact_id) = (ChannelId::of_number("1"), ContactId::derive(&[contact]));
        let conversation_id = ConversationId::of(&channel_id, &contact_id);
        let mut held = None;
        for number in 0..count {
            let at = Time::from_seconds(1_795_321_800 + number);
            let occurrence = Occurrence {
                user_id: UserId::derive(&["uma"]),
                kind,
                channel_id: channel_id.clone(),
                contact_id: contact_id.clone(),
                conversation_id: conversation_id.clone(),
                fact: number.to_string(),
                at,
                stored_at: at,
            };
            held = counted(held.as_ref(), &occurrence, at).or(held);
        }
        held.unwrap()
    }

    #[test]
    fn it_says_who_and_how_often() {
        use NotificationKind::{Assignment, Mention, Message};
        for (kind, count, reminders, subject) in [
            (Message, 1, 0, "1 message from Ann"),
            (Message, 3, 0, "3 messages from Ann"),
            (Message, 120, 0, "99 or more messages from Ann"),
            (Message, 3, 1, "Reminder: 3 messages from Ann"),
            (Mention, 1, 0, "1 mention in the conversation with Ann"),
            (Assignment, 1, 0, "The conversation with Ann was given to you"),
        ] {
            let one = Notification { reminders, ..notification(kind, "ann", count) };
            assert_eq!(of(&one, "Ann", None).subject, subject);
        }
        let one = notification(Message, "ann", 2);
        let link = of(&one, "Ann", Some("https://console.example/c/{id}")).text;
        let expected = format!(
            "The first at 2026-11-22T04:30:00Z, the last at 2026-11-22T04:30:01Z.\nhttps://console.example/c/{}",
            one.conversation_id
        );
        assert_eq!(link, expected);
    }

    #[test]
    fn a_summary_counts_what_waited() {
        use NotificationKind::{Mention, Message};
        let (ann, bob) = (notification(Message, "ann", 2), notification(Message, "bob", 1));
        let mention = notification(Mention, "ann", 1);
        for (waiting, subject) in [
            (vec![], None),
            (vec![&bob], Some("1 message in 1 conversation")),
            (vec![&ann, &bob], Some("3 messages in 2 conversations")),
            (vec![&ann, &mention], Some("2 messages and 1 other notification in 1 conversation")),
        ] {
            assert_eq!(summary(&waiting, None).map(|words| words.subject).as_deref(), subject);
        }
    }
}
