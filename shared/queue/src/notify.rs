//! Tasks about people of the business: what is to be counted for them, and what they are to be told.
use domain::Time;
use domain::channel::Assignee;
use domain::ids::{ConversationId, NotificationId, UserId};
use domain::notification::{Notification, NotificationKind};
use serde::{Deserialize, Serialize};

use crate::producer::Entry;
use crate::{Malformed, fingerprint};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum NotifyTask {
    /// Count something for whom it concerns.
    #[serde(rename = "count_notification_v1")]
    Count {
        kind: String,
        conversation_id: String,
        /// Without one: whoever has the conversation then.
        #[serde(skip_serializing_if = "Option::is_none")]
        receiver: Option<String>,
        /// Who did it, and needs not be told.
        #[serde(skip_serializing_if = "Option::is_none")]
        done_by: Option<String>,
        fact: String,
        at: i64,
        stored_at: i64,
    },
    /// A conversation is no more of whom it was of: what they were told of it is of no use to them.
    #[serde(rename = "withdraw_notifications_v1")]
    Withdraw { conversation_id: String, from: String, fact: String },
    /// Tell a user of a notification, for this time.
    #[serde(rename = "tell_notification_v1")]
    Tell { user_id: String, notification_id: String, telling: String },
    /// Tell a user what waited for the end of their quiet hours.
    #[serde(rename = "tell_summary_v1")]
    Summary { user_id: String, number: u32 },
}

impl NotifyTask {
    /// `receiver` and the user whose doing it is; `fact` tells it from others of its kind; `stored_at`: since when it can be seen.
    pub fn count(
        kind: NotificationKind,
        conversation: &ConversationId,
        (receiver, done_by): (Option<&Assignee>, Option<&UserId>),
        fact: &str,
        (at, stored_at): (Time, Time),
    ) -> NotifyTask {
        let receiver = receiver.map(|receiver| receiver.as_str().to_owned());
        NotifyTask::Count {
            kind: kind.to_string(),
            conversation_id: conversation.to_string(),
            receiver,
            done_by: done_by.map(ToString::to_string),
            fact: fact.to_owned(),
            at: at.millis(),
            stored_at: stored_at.millis(),
        }
    }

    /// `fact` tells it from others of the conversation.
    pub fn withdraw(conversation: &ConversationId, from: &Assignee, fact: &str) -> NotifyTask {
        NotifyTask::Withdraw {
            conversation_id: conversation.to_string(),
            from: from.as_str().to_owned(),
            fact: fact.to_owned(),
        }
    }

    pub fn tell(notification: &Notification) -> NotifyTask {
        NotifyTask::Tell {
            user_id: notification.user_id.to_string(),
            notification_id: notification.id.to_string(),
            telling: notification.telling(),
        }
    }

    pub fn summary(user: &UserId, number: u32) -> NotifyTask {
        NotifyTask::Summary { user_id: user.to_string(), number }
    }

    pub fn parse(body: &str) -> Result<NotifyTask, Malformed> {
        serde_json::from_str(body).map_err(|source| Malformed { expected: "notify", source })
    }

    /// In order within a conversation, and for a user; once for each fact.
    pub fn entry(&self) -> Entry {
        let body = serde_json::json!(self).to_string();
        let group = match self {
            NotifyTask::Count { conversation_id, .. } | NotifyTask::Withdraw { conversation_id, .. } => conversation_id,
            NotifyTask::Tell { user_id, .. } | NotifyTask::Summary { user_id, .. } => user_id,
        };
        Entry { group: Some(group.clone()), once: Some(fingerprint(&[body.as_bytes()])), body }
    }
}

/// What whoever has a socket open is to hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum LiveTask {
    #[serde(rename = "live_conversation_v1")]
    Conversation { conversation_id: String, at: i64 },
    #[serde(rename = "live_notification_v1")]
    Notification { user_id: String, notification_id: String, at: i64 },
    /// The user's quiet hours are over, and something waited for that.
    #[serde(rename = "live_summary_v1")]
    Summary { user_id: String, at: i64 },
}

impl LiveTask {
    pub fn conversation(conversation: &ConversationId, at: Time) -> LiveTask {
        LiveTask::Conversation { conversation_id: conversation.to_string(), at: at.millis() }
    }

    pub fn notification(user: &UserId, notification: &NotificationId, at: Time) -> LiveTask {
        let (user_id, notification_id) = (user.to_string(), notification.to_string());
        LiveTask::Notification { user_id, notification_id, at: at.millis() }
    }

    pub fn summary(user: &UserId, at: Time) -> LiveTask {
        LiveTask::Summary { user_id: user.to_string(), at: at.millis() }
    }

    pub fn parse(body: &str) -> Result<LiveTask, Malformed> {
        serde_json::from_str(body).map_err(|source| Malformed { expected: "live", source })
    }

    /// In no order: a hint says only that there is something to read.
    pub fn entry(&self) -> Entry {
        Entry { body: serde_json::json!(self).to_string(), group: None, once: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_about_people_read_back_and_others_are_refused() {
        let (conversation, user) = (ConversationId::derive(&["c"]), UserId::derive(&["u"]));
        let (at, assignee) = (Time::from_seconds(7), Assignee::User(user.clone()));
        let message = NotifyTask::count(NotificationKind::Message, &conversation, (None, None), "msg", (at, at));
        let whom = (Some(&assignee), Some(&user));
        let given = NotifyTask::count(NotificationKind::Assignment, &conversation, whom, "3", (at, at));
        let taken = NotifyTask::withdraw(&conversation, &assignee, "3");
        for task in [message, given, taken, NotifyTask::summary(&user, 3)] {
            assert_eq!(NotifyTask::parse(&task.entry().body).unwrap(), task);
        }
        let notification = NotificationId::derive(&["n"]);
        for task in [LiveTask::conversation(&conversation, at), LiveTask::notification(&user, &notification, at)] {
            assert_eq!(LiveTask::parse(&task.entry().body).unwrap(), task);
        }
        for body in [r#"{"type":"tell_summary_v2","user_id":"x","number":1}"#, "{}", "[]", ""] {
            assert!(NotifyTask::parse(body).is_err() && LiveTask::parse(body).is_err(), "{body}");
        }
    }
}
