//! The filters as a plain model understands them: each is a question to a conversation, in words of its own. It shares no rule with
//! the store or the domain.
use std::collections::BTreeSet;

use domain::access::Actor;
use domain::channel::Assignee;
use domain::conversation::{Conversation, ConversationStatus};
use domain::inbox::Sort;
use tests::year::{LABELS, NOW, Year};

const DAY: i64 = 86_400_000;

/// Whose work is seen.
pub(super) type Sight = Option<Vec<Assignee>>;

type Question = Box<dyn Fn(&Year, &Conversation) -> bool>;

/// A word and a value of a filter, with what it asks.
pub(super) struct Asked {
    pub(super) word: &'static str,
    pub(super) value: String,
    question: Question,
    /// What it is sorted by, in milliseconds; `None`: by the last activity.
    sorted_by: Option<fn(&Conversation) -> i64>,
}

fn asked(word: &'static str, value: impl ToString, question: impl Fn(&Year, &Conversation) -> bool + 'static) -> Asked {
    let value = value.to_string();
    let sorted_by: Option<fn(&Conversation) -> i64> = match (word, value.as_str()) {
        ("window", "closing") => Some(closes),
        ("unreplied" | "unread", "true") | ("unreplied_for", _) => Some(|c| millis(c.waiting_since)),
        _ => None,
    };
    Asked { word, value, question: Box::new(question), sorted_by }
}

fn millis(at: Option<domain::Time>) -> i64 {
    at.map_or(i64::MIN, domain::Time::millis)
}

fn replied(conversation: &Conversation) -> i64 {
    millis(conversation.last_reply.as_ref().map(|reply| reply.at))
}

fn author(conversation: &Conversation) -> Option<&Actor> {
    conversation.last_reply.as_ref().and_then(|reply| reply.author.as_ref())
}

/// The end of the window, as it follows from the customer's last message.
fn closes(conversation: &Conversation) -> i64 {
    millis(conversation.last_inbound_at).saturating_add(DAY)
}

/// Every filter, each with values of its own. Who asks is the first of the users; the day began 8 hours ago; a window is about to
/// close in its last two hours.
pub(super) fn filters(year: &Year) -> Vec<Asked> {
    let now = NOW.millis();
    let mut all = Vec::new();
    for channel in &year.channels {
        let wanted = channel.clone();
        all.push(asked("channel_id", channel, move |_, c| c.channel_id == wanted));
    }
    all.push(asked("status", "open", |_, c| c.status == ConversationStatus::Open));
    all.push(asked("status", "closed", |_, c| c.status == ConversationStatus::Closed));
    all.push(asked("assignee", "me", |year, c| c.assignee == Some(Assignee::User(year.users[0].clone()))));
    all.push(asked("assignee", "none", |_, c| c.assignee.is_none()));
    let (user, group) = (year.users[2].clone(), year.groups[1].clone());
    all.push(asked("assignee", &user, |year, c| c.assignee == Some(Assignee::User(year.users[2].clone()))));
    all.push(asked("assignee", &group, |year, c| c.assignee == Some(Assignee::Group(year.groups[1].clone()))));
    all.push(asked("owner", "me", |year, c| c.owner == Some(Assignee::User(year.users[0].clone()))));
    all.push(asked("owner", &user, |year, c| c.owner == Some(Assignee::User(year.users[2].clone()))));
    all.push(asked("replied_by", "me", |year, c| author(c) == Some(&Actor::User(year.users[0].clone()))));
    all.push(asked("replied_by", &user, |year, c| author(c) == Some(&Actor::User(year.users[2].clone()))));
    all.push(asked("unreplied", "true", |_, c| c.waiting_since.is_some()));
    all.push(asked("unreplied", "false", |_, c| c.waiting_since.is_none()));
    for (value, days) in [("2d", 2), ("3w", 21), ("1m", 30)] {
        all.push(asked("unreplied_for", value, move |_, c| {
            c.waiting_since.is_some_and(|since| since.millis() <= now - days * DAY)
        }));
        all.push(asked("replied_within", value, move |_, c| replied(c) >= now - days * DAY));
        all.push(asked("last_message_within", value, move |_, c| {
            millis(c.last_inbound_at).max(millis(c.last_outbound_at)) >= now - days * DAY
        }));
    }
    all.push(asked("replied_within", "today", move |_, c| replied(c) >= now - DAY / 3));
    for label in LABELS {
        all.push(asked("label", label, move |_, c| c.labels.contains(label)));
    }
    all.push(asked("unread", "true", |year, c| year.unread(c) > 0));
    all.push(asked("unread", "false", |year, c| year.unread(c) == 0));
    all.push(asked("window", "open", move |_, c| closes(c) > now));
    all.push(asked("window", "closing", move |_, c| closes(c) > now && closes(c) - now <= DAY / 12));
    all.push(asked("window", "closed", move |_, c| closes(c) <= now));
    all.push(asked("snoozed", "true", |_, c| c.snoozed_until.is_some()));
    all.push(asked("snoozed", "false", |_, c| c.snoozed_until.is_none()));
    all
}

/// What is to be found, in its order.
pub(super) fn expected<'y>(year: &'y Year, sight: &Sight, asked: &[&Asked], sort: Option<Sort>) -> Vec<&'y str> {
    let says_snoozed = asked.iter().any(|asked| asked.word == "snoozed");
    let is_seen = |conversation: &Conversation| {
        sight.as_ref().is_none_or(|sight| conversation.assignee.as_ref().is_some_and(|given| sight.contains(given)))
    };
    // Where one of them asks for what is about to close, that comes before all else.
    let sorted = asked.iter().filter(|asked| asked.sorted_by.is_some()).max_by_key(|asked| asked.word == "window");
    let sorted_by = sorted.and_then(|asked| asked.sorted_by);
    let mut found: Vec<(i64, &str)> = year
        .conversations
        .iter()
        .filter(|conversation| is_seen(conversation) && (says_snoozed || conversation.snoozed_until.is_none()))
        .filter(|conversation| asked.iter().all(|asked| (asked.question)(year, conversation)))
        .map(|conversation| {
            let last = millis(conversation.last_inbound_at).max(millis(conversation.last_outbound_at));
            let place = sorted_by.map_or(last / 60_000, |place| place(conversation));
            (place, conversation.id.as_str())
        })
        .collect();
    found.sort_unstable();
    let ids: BTreeSet<&str> = found.iter().map(|(_, id)| *id).collect();
    assert_eq!(ids.len(), found.len());
    let is_newest_first = sort.map_or(sorted_by.is_none(), |sort| sort == Sort::Newest);
    if is_newest_first {
        found.reverse();
    }
    found.into_iter().map(|(_, id)| id).collect()
}
