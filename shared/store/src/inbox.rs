//! Finds the conversations that a filter asks for: walks the narrowest place that holds all of them, in the order in which they
//! are shown, and holds the rest of the filter against each row.
//!
//! Guarantee: one request reads a bounded number of rows, however many there are. A page that meets the bound is short, or
//! empty, and says where to go on; nothing is left out or shown twice while nothing moves.
use domain::conversation::{Conversation, Seen};
use domain::ids::{ChannelId, UserId};
use domain::inbox::{By, Driver, Filter, Moment, Sort};

use crate::conversations;
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys;
use crate::table::{Order, Store};

mod walk;

use walk::{Met, Walk};

/// Rows that one page looks at.
const READ_MAX: usize = 1_000;
/// And a count, which stops earlier where it has found [`COUNT_MAX`].
const COUNT_READ_MAX: usize = 4_000;
/// Beyond this many there are only "more".
pub const COUNT_MAX: usize = 1_000;

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// As they ask it, see [`Filter::asked_by`].
    pub filter: &'a Filter,
    pub driver: &'a Driver,
    pub sort: Sort,
    pub at: Moment,
    /// Whose reading counts; `None`: everybody's.
    pub me: Option<&'a UserId>,
    /// All channels that count.
    pub channels: &'a [ChannelId],
}

/// A conversation with what one user has not read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub conversation: Conversation,
    pub unread: usize,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub count: usize,
    /// There are at least so many, and perhaps more.
    pub is_more: bool,
}

impl Search<'_> {
    fn order(&self) -> Order {
        // A wait is sorted by its beginning, a window by its end: what is newest comes last.
        match self.sort {
            Sort::Newest => Order::Descending,
            Sort::Oldest => Order::Ascending,
        }
    }

    /// Where a conversation belongs in the order that is shown.
    fn place(&self, conversation: &Conversation) -> String {
        let Conversation { id, waiting_since, window, active_at, .. } = conversation;
        match (self.filter.by(), waiting_since, window) {
            (By::Waiting, Some(since), _) => keys::waiting_since(*since, id),
            (By::Closing, _, Some(window)) => keys::due_at(window.closes_at, id),
            (By::Waiting | By::Closing | By::Activity, ..) => keys::activity(*active_at, id),
        }
    }
}

impl Store {
    pub async fn inbox_page(
        &self,
        search: &Search<'_>,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Found>, StoreError> {
        let mut walk = Walk::new(self, search, limit, after);
        let mut shown: Vec<(Found, String)> = Vec::new();
        while shown.len() <= limit {
            if walk.read >= READ_MAX {
                // Where the walk stands is where the next page begins, unless that shows less than was found.
                let next = shown.get(limit.saturating_sub(1)).map_or_else(|| walk.cursor(), |(_, place)| place.clone());
                shown.truncate(limit);
                let items = shown.into_iter().map(|(found, _)| found).collect();
                return Ok(Page { items, next: Some(Cursor(next)) });
            }
            let lacking = limit.saturating_add(1).saturating_sub(shown.len());
            let Some(piece) = walk.piece(lacking).await? else { break };
            let begins = piece.begins.clone();
            let matching = self.matching(search, piece.met).await?;
            shown.extend(matching.into_iter().map(|(found, place)| {
                let cursor = walk.behind(&begins, &place);
                (found, cursor)
            }));
        }
        let is_more = shown.len() > limit;
        shown.truncate(limit);
        let next = shown.last().filter(|_| is_more).map(|(_, cursor)| Cursor(cursor.clone()));
        Ok(Page { items: shown.into_iter().map(|(found, _)| found).collect(), next })
    }

    /// Exact up to [`COUNT_MAX`]: the rows are looked at as for a page.
    pub async fn inbox_count(&self, search: &Search<'_>) -> Result<Count, StoreError> {
        let mut walk = Walk::new(self, search, COUNT_MAX, None);
        let mut count = 0;
        while let Some(piece) = walk.piece(COUNT_MAX).await? {
            count += self.matching(search, piece.met).await?.len();
            if count > COUNT_MAX {
                return Ok(Count { count: COUNT_MAX, is_more: true });
            }
            if walk.read >= COUNT_READ_MAX && walk.is_open() {
                return Ok(Count { count, is_more: true });
            }
        }
        Ok(Count { count, is_more: false })
    }

    /// Those of them that match, with what is unread of each.
    async fn matching(&self, search: &Search<'_>, met: Vec<Met>) -> Result<Vec<(Found, String)>, StoreError> {
        let Search { filter, at, .. } = search;
        let met: Vec<Met> =
            met.into_iter().filter(|met| filter.matches_all_but_unread(&met.conversation, at)).collect();
        let seen = match search.me {
            Some(me) => {
                let open =
                    met.iter().map(|met| &met.conversation).filter(|conversation| !conversation.unread.is_empty());
                let open: Vec<_> = open.map(|conversation| &conversation.id).collect();
                self.conversations_seen(&open, me).await?
            }
            None => std::collections::HashMap::new(),
        };
        let found = met.into_iter().map(|Met { conversation, place }| {
            let unread = conversation.unread_of(seen.get(&conversation.id));
            (Found { conversation, unread }, place)
        });
        Ok(found.filter(|(found, _)| filter.matches(&found.conversation, found.unread, at)).collect())
    }

    /// What one user has not read of a conversation.
    pub async fn unread_of(&self, conversation: &Conversation, me: Option<&UserId>) -> Result<usize, StoreError> {
        let Some(me) = me.filter(|_| !conversation.unread.is_empty()) else { return Ok(conversation.unread.len()) };
        let seen = self.conversations_seen(&[&conversation.id], me).await?;
        let seen: Option<&Seen> = seen.get(&conversation.id);
        Ok(conversation.unread_of(seen))
    }

    pub(crate) async fn conversations_of(&self, keys: &[keys::Key]) -> Result<Vec<Conversation>, StoreError> {
        const OPERATION: &str = "conversations_of";
        let rows = self.get_many(OPERATION, keys).await?;
        rows.into_iter().map(|item| conversations::read(OPERATION, item)).collect()
    }
}
