//! Conversations that are put off. A row beside the conversation says when it is to come back, in one transaction with the
//! conversation itself; whoever is late finds it there. A list goes by the clock and waits for nobody.
use domain::Time;
use domain::access::Actor;
use domain::conversation::Conversation;
use domain::ids::ConversationId;
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::cursor::Page;
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, DUE, DUE_SHARDS};
use crate::table::{Order, Range, Store, Updated};

#[derive(Serialize, Deserialize)]
struct SnoozeRow {
    id: String,
    until: i64,
    due_pk: String,
    due_sk: String,
}

impl Row for SnoozeRow {
    const ENTITY: &'static str = "snooze";
}

/// A conversation that was to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueSnooze {
    pub id: ConversationId,
    until: i64,
}

impl Store {
    /// Puts the conversation off, or off anew.
    pub async fn conversation_snooze(
        &self,
        id: &ConversationId,
        until: Time,
        by: &Actor,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        const OPERATION: &str = "conversation_snooze";
        let (due_pk, due_sk) = keys::due_snooze(until, id);
        let row = SnoozeRow { id: id.to_string(), until: until.millis(), due_pk, due_sk };
        let item = encode(OPERATION, &keys::snooze(id), None, &row)?;
        let values =
            values([(":until", n(until.millis())), (":by", s(by.as_str())), (":now", n(now.millis())), (":one", n(1))]);
        let set = "SET #snoozed = :until, #turned_at = :now, #turned_by = :by ADD #revision :one";
        let transaction =
            self.transaction(OPERATION).update(&keys::conversation(id), set, "attribute_exists(#pk)", values);
        let anything = "attribute_not_exists(#pk) OR attribute_exists(#pk)";
        match transaction.put_where(item, anything, crate::expression::Values::new()).commit().await? {
            Ok(()) => self.conversation_get(id).await,
            Err(_) => Ok(None),
        }
    }

    /// Takes the conversation back before its time. Its row goes when it is met.
    pub async fn conversation_wake(
        &self,
        id: &ConversationId,
        by: &Actor,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        self.conversation_change("conversation_wake", id, now, |next| next.wake(by, now)).await
    }

    /// Those of all shards whose time has come.
    pub async fn snoozes_due(&self, now: Time, limit: usize) -> Result<Vec<DueSnooze>, StoreError> {
        const OPERATION: &str = "snoozes_due";
        let mut due = Vec::new();
        for shard in 0..DUE_SHARDS {
            let (pk, until) = (keys::due_snoozes(shard), keys::due_until(now));
            let range = Range { index: Some(DUE), pk: &pk, range: Some(("0", &until)), order: Order::Ascending, limit };
            let Page { items, .. } = self.query(OPERATION, range, None).await?;
            for item in self.rows_of(OPERATION, &items).await? {
                due.push(read(OPERATION, item)?);
            }
        }
        Ok(due)
    }

    /// Its time is over: the conversation comes back if it still is put off until then, and then its row goes. `false`: it had
    /// come back, or was put off anew.
    pub async fn snooze_end(&self, due: &DueSnooze, now: Time) -> Result<bool, StoreError> {
        const OPERATION: &str = "snooze_end";
        let until = || values([(":until", n(due.until))]);
        let mut put_off = until();
        put_off.insert(":one".to_owned(), n(1));
        put_off.insert(":now".to_owned(), n(now.millis()));
        let key = keys::conversation(&due.id);
        let expression = "SET #turned_at = :now REMOVE #snoozed, #turned_by ADD #revision :one";
        let updated = self.update(OPERATION, &key, expression, "#snoozed = :until", put_off).await?;
        self.delete(OPERATION, &keys::snooze(&due.id), "#until = :until", until()).await?;
        Ok(matches!(updated, Updated::Done))
    }
}

fn read(operation: &'static str, item: Attributes) -> Result<DueSnooze, StoreError> {
    let row: SnoozeRow = decode(operation, item)?;
    let id = ConversationId::parse(&row.id).ok_or_else(|| StoreError::row(operation, "what is put off"))?;
    Ok(DueSnooze { id, until: row.until })
}
