//! Lists of conversations: by last activity, by how long they wait.
use domain::conversation::Conversation;
use domain::ids::ChannelId;

use super::read;
use crate::codec::{Attributes, text};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys::{self, Index, LIST, WAITING};
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
