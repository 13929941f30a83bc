//! Who sees which of the messages that wait for their time. Marks stand beside the conversation, one for each message and each
//! who sees it: whoever has the conversation; where none is there yet, the contact's owner and whoever has another conversation
//! of theirs. event-relay keeps them in step; whoever lists them holds each message against its own row, and against who sees it
//! now.
use std::collections::{BTreeMap, BTreeSet};

use domain::Time;
use domain::channel::Assignee;
use domain::ids::{ContactId, ConversationId, MessageId};
use domain::message::{Message, State};
use serde::{Deserialize, Serialize};

use super::read_message;
use crate::codec::{Attributes, Row, decode, encode, text};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{s, values};
use crate::keys::{self, LIST};
use crate::table::{Order, Range, Store};

/// So many marks, or messages, of a conversation are read at once.
const READ: usize = 500;

#[derive(Serialize, Deserialize)]
struct WaitsRow {
    message_id: String,
}

impl Row for WaitsRow {
    const ENTITY: &'static str = "waits";
}

impl Store {
    /// Brings the marks of a conversation in step with what waits in it and with who sees that. Twice is once.
    pub async fn messages_waiting_index(
        &self,
        conversation: &ConversationId,
        contact: &ContactId,
        now: Time,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "messages_waiting_index";
        let (pk, order) = (conversation.as_str(), Order::Ascending);
        let range = Range { index: None, pk, range: Some(keys::WAITS), order, limit: READ };
        let standing = self.query(OPERATION, range, None).await?.items;
        let first = self.messages_scheduled_in(conversation, now, READ, None).await?;
        if standing.is_empty() && first.items.is_empty() && first.next.is_none() {
            return Ok(());
        }
        // Read after the marks, so that none is taken away for what was before it was put there.
        let seen_by = self.waiting_seen_by(conversation, contact).await?;
        let mut wanted = BTreeMap::new();
        let mut after = None;
        while !seen_by.is_empty() {
            let page = self.messages_scheduled_in(conversation, now, READ, after.as_ref()).await?;
            for message in page.items {
                let marks = seen_by.iter().map(|one| (keys::waits(&message.id, one).sk, (message.id.clone(), one)));
                wanted.extend(marks);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let standing: BTreeSet<&str> = standing.iter().filter_map(|item| text(item, "sk")).collect();
        for (message, seen_by) in wanted.iter().filter(|(sk, _)| !standing.contains(sk.as_str())).map(|(_, mark)| mark)
        {
            let (key, list) = (keys::waits(message, seen_by), keys::list_waits(message, seen_by));
            let row = WaitsRow { message_id: message.to_string() };
            self.put(OPERATION, encode(OPERATION, &key, Some(&list), &row)?).await?;
        }
        for sk in standing.into_iter().filter(|sk| !wanted.contains_key(*sk)) {
            let key = keys::Key { pk: conversation.to_string(), sk: sk.to_owned() };
            self.delete(OPERATION, &key, "#entity = :waits", values([(":waits", s(WaitsRow::ENTITY))])).await?;
        }
        Ok(())
    }

    async fn waiting_seen_by(
        &self,
        conversation: &ConversationId,
        contact: &ContactId,
    ) -> Result<BTreeSet<Assignee>, StoreError> {
        if let Some(found) = self.conversation_get(conversation).await? {
            return Ok(found.assignee.into_iter().collect());
        }
        let Some(contact) = self.contact_get(contact).await? else { return Ok(BTreeSet::new()) };
        let given = self.contacts_given(&[&contact]).await?;
        Ok(contact.owner.into_iter().chain(given.into_values().flatten()).collect())
    }

    /// What waits and one of these sees, the next to go first.
    pub async fn messages_waiting_of(
        &self,
        seen_by: &[Assignee],
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Message>, StoreError> {
        const OPERATION: &str = "messages_waiting_of";
        let after = after.map(|cursor| cursor.0.as_str());
        let pages = seen_by.iter().map(|one| async move {
            let (pk, order) = (keys::waits_of(one), Order::Ascending);
            self.query(OPERATION, Range { index: Some(LIST), pk: &pk, range: None, order, limit }, after).await
        });
        let pages = futures::future::try_join_all(pages).await?;
        let mut is_more = pages.iter().any(|page| page.next.is_some());
        let mut marks: Vec<Attributes> = pages.into_iter().flat_map(|page| page.items).collect();
        let place = |mark: &Attributes| text(mark, LIST.sk).unwrap_or_default().to_owned();
        marks.sort_by_key(place);
        marks.dedup_by_key(|mark| place(mark));
        is_more |= marks.len() > limit;
        marks.truncate(limit);
        let next = marks.last().filter(|_| is_more).map(|last| Cursor(place(last)));
        let mut ids = Vec::new();
        for item in self.rows_of(OPERATION, &marks).await? {
            let row: WaitsRow = decode(OPERATION, item)?;
            ids.extend(MessageId::parse(&row.message_id));
        }
        let rows = self.get_many(OPERATION, &ids.iter().map(keys::message).collect::<Vec<_>>()).await?;
        let messages: Result<Vec<Message>, StoreError> =
            rows.into_iter().map(|item| read_message(OPERATION, item)).collect();
        let mut by_id: BTreeMap<MessageId, Message> =
            messages?.into_iter().map(|message| (message.id.clone(), message)).collect();
        let items = ids.iter().filter_map(|id| by_id.remove(id));
        let items = items.filter(|message| message.written_state == State::Scheduled).collect();
        Ok(Page { items, next })
    }
}
