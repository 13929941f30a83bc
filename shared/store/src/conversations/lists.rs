//! Lists of conversations: by last activity, by how long they wait, by when they fall due.
use domain::Time;
use domain::conversation::Conversation;
use domain::ids::ChannelId;

use super::read;
use crate::codec::{Attributes, text};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys::{self, DUE, DUE_SHARDS, Index, LIST, WAITING};
use crate::table::{Order, Range, Store};

impl Store {
    /// The most recently active first.
    pub async fn conversations_page(
        &self,
        channels: &[ChannelId],
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Conversation>, StoreError> {
        let partitions = channels.iter().map(keys::list_conversations).collect();
        self.merge("conversations_page", LIST, partitions, Order::Descending, limit, after).await
    }

    /// Those that wait for an answer, the longest waiting first.
    pub async fn conversations_waiting(
        &self,
        channels: &[ChannelId],
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Conversation>, StoreError> {
        let partitions = channels.iter().map(keys::waiting).collect();
        self.merge("conversations_waiting", WAITING, partitions, Order::Ascending, limit, after).await
    }

    /// Conversations whose window must be looked at by `now`; at most `limit` of each shard.
    pub async fn windows_due(&self, now: Time, limit: usize) -> Result<Vec<Conversation>, StoreError> {
        const OPERATION: &str = "windows_due";
        let mut due = Vec::new();
        let until = keys::due_until(now);
        for shard in 0..DUE_SHARDS {
            let pk = keys::due_windows(shard);
            let range = Range { index: Some(DUE), pk: &pk, range: Some(("0", &until)), order: Order::Ascending, limit };
            due.extend(self.query(OPERATION, range, None).await?.items);
        }
        let rows = self.rows_of(OPERATION, &due).await?;
        rows.into_iter().map(|item| read(OPERATION, item)).collect()
    }

    /// One page out of several partitions of an index. The sort keys are unique over all of them, so the last one shown
    /// says where to go on in each.
    async fn merge(
        &self,
        operation: &'static str,
        index: Index,
        partitions: Vec<String>,
        order: Order,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Conversation>, StoreError> {
        let after = after.map(|cursor| cursor.0.as_str());
        let pages = partitions.iter().map(|pk| {
            let range = Range { index: Some(index), pk, range: None, order, limit };
            self.query(operation, range, after)
        });
        let pages = futures::future::try_join_all(pages).await?;
        let more_behind = pages.iter().any(|page| page.next.is_some());
        let mut entries: Vec<Attributes> = pages.into_iter().flat_map(|page| page.items).collect();
        entries.sort_by(|a, b| {
            let ordering = text(a, index.sk).cmp(&text(b, index.sk));
            if order == Order::Ascending { ordering } else { ordering.reverse() }
        });
        let more = more_behind || entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().and_then(|entry| text(entry, index.sk));
        let next = last.filter(|_| more).map(|place| Cursor(place.to_owned()));
        let rows = self.rows_of(operation, &entries).await?;
        let items = rows.into_iter().map(|item| read(operation, item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }
}
