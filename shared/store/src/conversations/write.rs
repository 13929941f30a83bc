//! The update that writes a whole conversation, on the revision that it was decided on.
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Time;
use domain::conversation::Conversation;
use domain::ids::ConversationId;

use super::{START, start_values};
use crate::channels::assignee_text;
use crate::error::StoreError;
use crate::expression::{Values, n, s};
use crate::keys;
use crate::table::{Store, Updated};

/// An update that sets what is there and removes what is not, on one revision.
pub(super) struct Write {
    set: Vec<String>,
    remove: Vec<String>,
    values: Values,
}

impl Write {
    pub(super) fn of(next: &Conversation, now: Time) -> Write {
        let mut values = start_values(&next.channel_id, &next.contact_id, now);
        values.insert(":status".to_owned(), s(next.status.word()));
        values.insert(":revision".to_owned(), n(next.revision));
        let mut write = Write { set: vec![START.to_owned(), "#status = :status".to_owned()], remove: vec![], values };
        let decided = next.assignee.is_some() || next.last_inbound_at.is_some();
        write.text("assignee", decided.then(|| assignee_text(next.assignee.as_ref()).to_owned()));
        write
    }

    pub(super) fn value(&mut self, name: &str, value: Option<AttributeValue>) {
        match value {
            Some(value) => {
                self.set.push(format!("#{name} = :{name}"));
                self.values.insert(format!(":{name}"), value);
            }
            None => self.remove.push(format!("#{name}")),
        }
    }

    pub(super) fn time(&mut self, name: &str, at: Option<Time>) {
        self.value(name, at.map(|at| n(at.millis())));
    }

    pub(super) fn text(&mut self, name: &str, text: Option<String>) {
        self.value(name, text.map(s));
    }

    pub(super) async fn run(
        self,
        store: &Store,
        operation: &'static str,
        id: &ConversationId,
    ) -> Result<Updated, StoreError> {
        let remove = if self.remove.is_empty() { String::new() } else { format!("REMOVE {}", self.remove.join(", ")) };
        let expression = format!("SET {} {remove} ADD #revision :one", self.set.join(", "));
        let condition = "attribute_not_exists(#pk) OR #revision = :revision";
        store.update(operation, &keys::conversation(id), &expression, condition, self.values).await
    }
}
