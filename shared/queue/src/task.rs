//! Tasks that event-relay derives from changes of the table.
use domain::Time;
use domain::conversation::{Signal, SignalKind};
use domain::ids::{AdjustmentId, ContactImportId, ConversationId, MessageId, TemplateId, TopUpId};
use serde::{Deserialize, Serialize};

use crate::Malformed;
use crate::producer::Entry;

/// How many groups share the settlements.
const SETTLE_SHARDS: u8 = 4;

/// A task whose body is one tagged object of ids.
macro_rules! task {
    ($(#[$meta:meta])* $name:ident, $tag:literal, { $($field:ident: $type:ty),+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            r#type: String,
            $($field: $type),+
        }

        impl $name {
            pub fn parse(body: &str) -> Result<$name, Malformed> {
                let malformed = |source| Malformed { expected: $tag, source };
                let task: $name = serde_json::from_str(body).map_err(malformed)?;
                if task.r#type != $tag {
                    return Err(malformed(serde::de::Error::custom(format!("type {} is unknown", task.r#type))));
                }
                Ok(task)
            }

            fn body(&self) -> String {
                serde_json::json!(self).to_string()
            }
        }
    };
}

task!(
    /// Send a queued message.
    SendTask, "send_message_v1", { message_id: String, attempt: u32 }
);
task!(
    /// Mirror the templates of an account.
    SyncTask, "sync_templates_v1", { waba_id: String, requested_at: i64 }
);
task!(
    /// Carry out what was asked for a template: the order of this number.
    OrderTask, "template_order_v1", { template_id: String, number: u32 }
);
task!(
    /// Book what an administrator adjusts.
    AdjustmentTask, "adjust_credits_v1", { adjustment_id: String }
);
task!(
    /// Look whether a message has its price now.
    SettleTask, "settle_message_v1", { message_id: String, fact: String }
);
task!(
    /// See a top-up on, or ask what became of it, for this time.
    TopUpTask, "top_up_v1", { top_up_id: String, look: u32 }
);
task!(
    /// Look whether the balance asks for more credit, or for somebody to be told.
    CheckTask, "check_balance_v1", { fact: String }
);

task!(
    /// Read a table of contacts on.
    ContactImportTask, "import_contacts_v1", { import_id: String, leg: u32 }
);
task!(
    /// Show a customer that their messages were read, or that somebody is writing.
    SignalTask, "signal_v1", { conversation_id: String, signal: String, wamid: String, at: i64 }
);

impl SendTask {
    pub fn new(message: &MessageId, attempt: u32) -> SendTask {
        SendTask { r#type: "send_message_v1".to_owned(), message_id: message.to_string(), attempt }
    }

    pub fn message(&self) -> Option<MessageId> {
        MessageId::parse(&self.message_id)
    }

    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// In order within a conversation; once per attempt.
    pub fn entry(&self) -> Entry {
        let conversation = self.message().map(|id| id.conversation().to_string()).unwrap_or_default();
        let once = format!("{}-{}", self.message_id, self.attempt);
        Entry { body: self.body(), group: Some(conversation), once: Some(once) }
    }
}

impl SignalTask {
    pub fn new(conversation: &ConversationId, kind: SignalKind, signal: &Signal) -> SignalTask {
        SignalTask {
            r#type: "signal_v1".to_owned(),
            conversation_id: conversation.to_string(),
            signal: kind.to_string(),
            wamid: signal.wamid.clone(),
            at: signal.at.millis(),
        }
    }

    pub fn conversation(&self) -> Option<ConversationId> {
        ConversationId::parse(&self.conversation_id)
    }

    pub fn kind(&self) -> Option<SignalKind> {
        SignalKind::parse(&self.signal)
    }

    /// Which wish of its kind it is.
    pub fn wish(&self) -> Signal {
        Signal { wamid: self.wamid.clone(), at: Time::from_millis(self.at) }
    }

    /// Among the sends of its conversation, in order; once per wish.
    pub fn entry(&self) -> Entry {
        let once = crate::fingerprint(&[self.body().as_bytes()]);
        Entry { body: self.body(), group: Some(self.conversation_id.clone()), once: Some(once) }
    }
}

impl SyncTask {
    /// `requested_at` in milliseconds.
    pub fn new(waba_id: &str, requested_at: i64) -> SyncTask {
        SyncTask { r#type: "sync_templates_v1".to_owned(), waba_id: waba_id.to_owned(), requested_at }
    }

    pub fn waba_id(&self) -> &str {
        &self.waba_id
    }

    pub fn requested_at(&self) -> i64 {
        self.requested_at
    }

    pub fn entry(&self) -> Entry {
        Entry { body: self.body(), group: None, once: None }
    }
}

impl OrderTask {
    pub fn new(template: &TemplateId, number: u32) -> OrderTask {
        OrderTask { r#type: "template_order_v1".to_owned(), template_id: template.to_string(), number }
    }

    pub fn template(&self) -> Option<TemplateId> {
        TemplateId::parse(&self.template_id)
    }

    pub fn number(&self) -> u32 {
        self.number
    }

    pub fn entry(&self) -> Entry {
        Entry { body: self.body(), group: None, once: None }
    }
}

impl AdjustmentTask {
    pub fn new(adjustment: &AdjustmentId) -> AdjustmentTask {
        AdjustmentTask { r#type: "adjust_credits_v1".to_owned(), adjustment_id: adjustment.to_string() }
    }

    pub fn adjustment(&self) -> Option<AdjustmentId> {
        AdjustmentId::parse(&self.adjustment_id)
    }

    pub fn entry(&self) -> Entry {
        Entry { body: self.body(), group: Some("wallet".to_owned()), once: Some(self.adjustment_id.clone()) }
    }
}

impl SettleTask {
    /// `fact`: what is new about the message.
    pub fn new(message: &MessageId, fact: &str) -> SettleTask {
        let (message_id, fact) = (message.to_string(), fact.to_owned());
        SettleTask { r#type: "settle_message_v1".to_owned(), message_id, fact }
    }

    pub fn message(&self) -> Option<MessageId> {
        MessageId::parse(&self.message_id)
    }

    /// In order for a conversation, for one message of it may pay for the others; once per fact; and few groups: the
    /// settlements of a batch are booked together.
    pub fn entry(&self) -> Entry {
        let conversation = self.message().map(|message| message.conversation().to_string()).unwrap_or_default();
        let shard = conversation.bytes().last().unwrap_or_default() % SETTLE_SHARDS;
        let once = crate::fingerprint(&[self.body().as_bytes()]);
        Entry { body: self.body(), group: Some(format!("settle-{shard}")), once: Some(once) }
    }
}

impl TopUpTask {
    pub fn new(top_up: &TopUpId, look: u32) -> TopUpTask {
        TopUpTask { r#type: "top_up_v1".to_owned(), top_up_id: top_up.to_string(), look }
    }

    pub fn top_up(&self) -> Option<TopUpId> {
        TopUpId::parse(&self.top_up_id)
    }

    /// Alone in its group: what a provider does not answer for one holds up no other.
    pub fn entry(&self) -> Entry {
        let once = format!("{}-{}", self.top_up_id, self.look);
        Entry { body: self.body(), group: Some(self.top_up_id.clone()), once: Some(once) }
    }
}

impl ContactImportTask {
    pub fn new(import: &ContactImportId, leg: u32) -> ContactImportTask {
        ContactImportTask { r#type: "import_contacts_v1".to_owned(), import_id: import.to_string(), leg }
    }

    pub fn import(&self) -> Option<ContactImportId> {
        ContactImportId::parse(&self.import_id)
    }

    pub fn leg(&self) -> u32 {
        self.leg
    }

    /// One at a time for an import; once for each time that it is handed on.
    pub fn entry(&self) -> Entry {
        let once = format!("{}-{}", self.import_id, self.leg);
        Entry { body: self.body(), group: Some(self.import_id.clone()), once: Some(once) }
    }
}

impl CheckTask {
    /// `fact`: what is new about the balance.
    pub fn new(fact: String) -> CheckTask {
        CheckTask { r#type: "check_balance_v1".to_owned(), fact }
    }

    pub fn entry(&self) -> Entry {
        let once = crate::fingerprint(&[self.body().as_bytes()]);
        Entry { body: self.body(), group: Some("balance".to_owned()), once: Some(once) }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{ChannelId, ContactId};

    use super::*;

    /// Here the last characters of the messages' ids differ, those of the conversation are the same.
    #[test]
    fn settlements_of_a_conversation_are_made_in_their_order() {
        let conversation = ConversationId::of(&ChannelId::of_number("1"), &ContactId::derive(&["ann"]));
        let group = |number: i64| {
            let message = MessageId::of_wamid(&conversation, Time::from_seconds(number), &format!("wamid.{number}"));
            SettleTask::new(&message, "sent").entry().group
        };
        let first = group(0);
        assert!(first.is_some());
        assert!((1..32).all(|number| group(number) == first));
    }

    #[test]
    fn tasks_read_back_and_others_are_refused() {
        let task = AdjustmentTask::new(&AdjustmentId::derive(&["t"]));
        assert_eq!(AdjustmentTask::parse(&task.body()).unwrap(), task);
        let conversation = ConversationId::derive(&["c"]);
        let wish = Signal { wamid: "wamid.A".to_owned(), at: Time::from_seconds(7) };
        let task = SignalTask::new(&conversation, SignalKind::Typing, &wish);
        let read = SignalTask::parse(&task.body()).unwrap();
        assert_eq!(
            (read.conversation(), read.kind(), read.wish()),
            (Some(conversation), Some(SignalKind::Typing), wish)
        );
        assert!(SendTask::parse(&task.body()).is_err());
        for body in [r#"{"type":"adjust_credits_v2","adjustment_id":"x"}"#, r#"{"type":"adjust_credits_v1"}"#, "[]", ""]
        {
            assert!(AdjustmentTask::parse(body).is_err(), "{body}");
        }
    }
}
