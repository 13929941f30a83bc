//! The walk through one place of the store, piece by piece.
//!
//! Where a place is sorted by the hour, a piece holds whole hours, so that sorting it sorts everything. An hour in which more
//! happened than one piece holds is sorted within each of its pieces only. What is to be sorted by the end of its window is one
//! piece altogether, as that is asked for within a day.
use std::collections::{HashMap, HashSet};

use domain::Time;
use domain::channel::Assignee;
use domain::conversation::{Conversation, ConversationStatus};
use domain::ids::ConversationId;
use domain::inbox::{By, Driver};

use super::Search;
use crate::codec::{Attributes, text};
use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::keys::{self, ANSWERED, ASSIGNED, ATTENDING, DUE, DUE_SHARDS, Index, Key, LIST, OWNED, WAITING};
use crate::table::{Order, Range, Store, key_of};

const OPERATION: &str = "inbox";
/// Rows that are looked at together: as many as a page still lacks, within these bounds; in a place that is sorted by the hour
/// always as at first, so that a page that is asked for again falls into the same pieces.
const CHUNK_MIN: usize = 25;
const CHUNK_MAX: usize = 100;
/// The most of one hour that is sorted together.
const PIECE_MAX: usize = 1_000;
/// So many keys count as a row where no row is read for them: they cost less, but take requests too.
const KEYS_OF_A_ROW: usize = 5;

pub(super) struct Walk<'a> {
    store: &'a Store,
    search: &'a Search<'a>,
    index: Option<Index>,
    partitions: Vec<String>,
    /// Other places with the same keys: what is not in each of them is passed over before its row is read.
    narrowing: Vec<Place>,
    range: Option<(String, String)>,
    /// The keys of the place sort as what is shown.
    is_exact: bool,
    /// They say nothing of it.
    is_unsorted: bool,
    order: Order,
    chunk: usize,
    /// Everything up to here is behind.
    from: String,
    /// And of the piece that follows, what comes before this place.
    skip: String,
    met: HashSet<ConversationId>,
    is_over: bool,
    /// Rows looked at, with what keys alone cost.
    pub(super) read: usize,
}

pub(super) struct Met {
    pub(super) conversation: Conversation,
    pub(super) place: String,
}

pub(super) struct Piece {
    pub(super) begins: String,
    pub(super) met: Vec<Met>,
}

/// Between the two halves of a cursor; no key has one.
const BREAK: char = ' ';

/// An index, or none where rows of their own stand for the conversations, and its partitions.
type Place = (Option<Index>, Vec<String>);

/// Where a driver's rows lie.
fn place(search: &Search<'_>, driver: &Driver) -> Place {
    let statuses = || ConversationStatus::ALL.iter().filter(|of| search.filter.status.is_none_or(|only| only == **of));
    let given = |assignees: &[Assignee]| {
        statuses().flat_map(|status| assignees.iter().map(|to| keys::assigned(to, *status))).collect()
    };
    match driver {
        Driver::Nowhere => (None, Vec::new()),
        Driver::Waiting(None) => (Some(WAITING), search.channels.iter().map(keys::waiting).collect()),
        Driver::Waiting(Some(assignees)) => (Some(ATTENDING), given(assignees)),
        Driver::Assigned(assignees) => (Some(ASSIGNED), given(assignees)),
        Driver::Answered(user) => (Some(ANSWERED), vec![user.to_string()]),
        Driver::Owned(user) => (Some(OWNED), vec![user.to_string()]),
        Driver::Labelled(label) => (None, vec![keys::labelled(label)]),
        Driver::Snoozed => (None, vec![keys::SNOOZED.to_owned()]),
        Driver::Closing => {
            (Some(DUE), (0..DUE_SHARDS).flat_map(|of| [keys::due_windows(of), keys::due_closings(of)]).collect())
        }
        Driver::All { is_unassigned } => {
            let of = |channel| {
                let list =
                    move |is_assigned| statuses().map(move |of| keys::list_conversations(channel, *of, is_assigned));
                list(false).chain(list(true).filter(|_| !*is_unassigned))
            };
            (Some(LIST), search.channels.iter().flat_map(of).collect())
        }
    }
}

fn sort_key(index: Option<Index>) -> &'static str {
    index.map_or("sk", |index| index.sk)
}

impl<'a> Walk<'a> {
    pub(super) fn new(store: &'a Store, search: &'a Search<'a>, limit: usize, after: Option<&Cursor>) -> Walk<'a> {
        let (index, partitions) = place(search, search.driver);
        let since = |since: Time| (keys::active_from(since), "~".to_owned());
        let until = |until: Time| ("0".to_owned(), keys::due_until(until));
        let range = match search.driver {
            Driver::Waiting(_) => search.filter.waiting_until(&search.at).map(until),
            Driver::Closing => Some(until(search.at.now.plus(search.at.closing))),
            Driver::Nowhere
            | Driver::Assigned(_)
            | Driver::Answered(_)
            | Driver::Owned(_)
            | Driver::Labelled(_)
            | Driver::Snoozed
            | Driver::All { .. } => search.filter.active_since(&search.at).map(since),
        };
        let is_exact = matches!(search.driver, Driver::Waiting(_) | Driver::Closing | Driver::All { .. });
        let is_unsorted = !is_exact && search.filter.by() == By::Closing;
        let after = after.map(|cursor| cursor.0.as_str()).unwrap_or_default();
        let (from, skip) = after.split_once(BREAK).unwrap_or((after, ""));
        Walk {
            store,
            search,
            index,
            partitions,
            narrowing: search.filter.narrowing(search.driver).iter().map(|driver| place(search, driver)).collect(),
            range,
            is_exact,
            is_unsorted,
            order: search.order(),
            chunk: if is_unsorted { CHUNK_MAX } else { (limit + 1).clamp(CHUNK_MIN, CHUNK_MAX) },
            from: from.to_owned(),
            skip: skip.to_owned(),
            met: HashSet::new(),
            is_over: false,
            read: 0,
        }
    }

    /// Where the next piece begins.
    pub(super) fn cursor(&self) -> String {
        format!("{}{BREAK}", self.from)
    }

    /// Behind `place`, in the piece that `begins` there.
    pub(super) fn behind(&self, begins: &str, place: &str) -> String {
        if self.is_exact { format!("{place}{BREAK}") } else { format!("{begins}{BREAK}{place}") }
    }

    pub(super) fn is_open(&self) -> bool {
        !self.is_over
    }

    /// `lacking`: how many rows somebody is out for.
    pub(super) async fn piece(&mut self, lacking: usize) -> Result<Option<Piece>, StoreError> {
        if self.is_over {
            return Ok(None);
        }
        let begins = self.from.clone();
        if self.is_exact {
            self.chunk = lacking.clamp(CHUNK_MIN, CHUNK_MAX);
        }
        let entries = self.entries().await?;
        let Some(last) = entries.last() else { return Ok(None) };
        self.from = last.0.clone();
        let count = entries.len();
        let (entries, beside) = self.narrowed(entries).await?;
        self.read += entries.len() + (count - entries.len() + beside).div_ceil(KEYS_OF_A_ROW);
        let mut met = self.rows(entries).await?;
        if !self.is_exact {
            met.sort_by(|a, b| self.sorted(&a.place, &b.place));
            // Asked for by pages of another size, what is to be skipped may go on in the pieces that follow.
            let skip = std::mem::take(&mut self.skip);
            let is_passed = met.iter().any(|met| self.sorted(&skip, &met.place).is_le());
            met.retain(|met| skip.is_empty() || self.sorted(&skip, &met.place).is_lt());
            if !is_passed {
                self.skip = skip;
            }
        }
        met.retain(|met| self.met.insert(met.conversation.id.clone()));
        Ok(Some(Piece { begins, met }))
    }

    fn sorted(&self, a: &str, b: &str) -> std::cmp::Ordering {
        if self.order == Order::Ascending { a.cmp(b) } else { b.cmp(a) }
    }

    /// The entries of the next piece, with their places.
    async fn entries(&mut self) -> Result<Vec<(String, Attributes)>, StoreError> {
        let mut entries: Vec<(String, Attributes)> = Vec::new();
        let mut from = self.from.clone();
        loop {
            let (some, is_more) = self.merged(&from).await?;
            entries.extend(some);
            let Some((last, _)) = entries.last() else {
                self.is_over = true;
                return Ok(entries);
            };
            if self.is_exact || !is_more {
                self.is_over = !is_more;
                return Ok(entries);
            }
            let whole = entries.iter().take_while(|(place, _)| !keys::same_hour(place, last)).count();
            if whole > 0 && !self.is_unsorted {
                entries.truncate(whole);
                return Ok(entries);
            }
            if entries.len() >= PIECE_MAX {
                return Ok(entries);
            }
            from.clone_from(last);
        }
    }

    /// What comes next in all partitions: the keys sort over all of them.
    async fn merged(&self, from: &str) -> Result<(Vec<(String, Attributes)>, bool), StoreError> {
        let sk = sort_key(self.index);
        let range = self.range.as_ref().map(|(low, high)| (low.as_str(), high.as_str()));
        let from = (!from.is_empty()).then_some(from);
        let pages = self.partitions.iter().map(|pk| {
            let range = Range { index: self.index, pk, range, order: self.order, limit: self.chunk };
            self.store.query(OPERATION, range, from)
        });
        let pages = futures::future::try_join_all(pages).await?;
        let more_behind = pages.iter().any(|page| page.next.is_some());
        let items = pages.into_iter().flat_map(|page| page.items);
        let mut entries: Vec<(String, Attributes)> =
            items.filter_map(|item| Some((text(&item, sk)?.to_owned(), item))).collect();
        entries.sort_by(|(a, _), (b, _)| self.sorted(a, b));
        let is_more = more_behind || entries.len() > self.chunk;
        entries.truncate(self.chunk);
        Ok((entries, is_more))
    }

    /// Those that the other places hold too, and how many keys that took. A place that holds very many there tells little: it is
    /// left out.
    async fn narrowed(
        &self,
        mut entries: Vec<(String, Attributes)>,
    ) -> Result<(Vec<(String, Attributes)>, usize), StoreError> {
        let mut beside = 0;
        for (index, partitions) in &self.narrowing {
            if entries.is_empty() {
                break;
            }
            let places = || entries.iter().map(|(place, _)| place.as_str());
            let range = places().min().zip(places().max());
            let pages = partitions.iter().map(|pk| {
                let range = Range { index: *index, pk, range, order: self.order, limit: PIECE_MAX };
                self.store.query(OPERATION, range, None)
            });
            let pages = futures::future::try_join_all(pages).await?;
            beside += pages.iter().map(|page| page.items.len()).sum::<usize>();
            if pages.iter().all(|page| page.next.is_none()) {
                let sk = sort_key(*index);
                let held: HashSet<&str> =
                    pages.iter().flat_map(|page| &page.items).filter_map(|item| text(item, sk)).collect();
                entries.retain(|(place, _)| held.contains(place.as_str()));
            }
        }
        Ok((entries, beside))
    }

    async fn rows(&self, entries: Vec<(String, Attributes)>) -> Result<Vec<Met>, StoreError> {
        let key = |item: &Attributes| match self.index {
            Some(_) => key_of(item),
            // A row of the place itself, which names its conversation.
            None => text(item, "id").and_then(ConversationId::parse).map(|id| keys::conversation(&id)),
        };
        let wanted: Vec<(String, Key)> =
            entries.into_iter().filter_map(|(place, item)| Some((place, key(&item)?))).collect();
        let mut keys: Vec<Key> = wanted.iter().map(|(_, key)| key.clone()).collect();
        keys.sort_by(|a, b| a.pk.cmp(&b.pk));
        keys.dedup();
        let rows = self.store.conversations_of(&keys).await?;
        let mut rows: HashMap<Key, Conversation> =
            rows.into_iter().map(|conversation| (keys::conversation(&conversation.id), conversation)).collect();
        let met = |(place, key): (String, Key)| {
            let conversation = rows.remove(&key)?;
            let place = if self.is_exact { place } else { self.search.place(&conversation) };
            Some(Met { conversation, place })
        };
        Ok(wanted.into_iter().filter_map(met).collect())
    }
}
