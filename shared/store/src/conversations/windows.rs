//! The ends of windows. An open window has one place in the index `due`, at its end: among those of which the notice is still to
//! come, and then among those that are to be closed. So the length of the notice is nobody's business but the reader's, and a
//! message that extends a window leaves its place alone: whoever meets it there moves it on.
use domain::Time;
use domain::conversation::{Conversation, FreeEntry, Window, WindowState, entry_point_told, refuse};
use domain::ids::ConversationId;

use super::{TRIES_MAX, read};
use crate::codec::{Attributes, text};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, DUE, DUE_SHARDS, IndexKey};
use crate::table::{Order, Range, Store, Updated};

/// Which places of windows are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueWindows {
    /// The notice is to come.
    Noticing,
    Closing,
}

impl DueWindows {
    /// Spread over so many partitions.
    pub const SHARDS: u8 = DUE_SHARDS;

    fn partition(self, shard: u8) -> String {
        match self {
            DueWindows::Noticing => keys::due_windows(shard),
            DueWindows::Closing => keys::due_closings(shard),
        }
    }
}

/// A conversation that was met in the index.
#[derive(Debug)]
pub struct DueWindow {
    pub conversation: Conversation,
    /// Its place is not where its window says that it should be.
    pub is_misplaced: bool,
}

/// Where the conversation of an open window is to be found.
pub(super) fn place(conversation: &Conversation) -> Option<IndexKey> {
    let window = conversation.window.filter(|window| window.state == WindowState::Open)?;
    let is_noticed = conversation.noticed == Some(window.closes_at);
    let id = &conversation.id;
    let pk = if is_noticed { keys::due_closing(id) } else { keys::due_window(id) };
    Some((pk, keys::due_at(window.closes_at, id)))
}

impl Store {
    /// A page of the conversations of one shard whose place lies before `until`.
    pub async fn windows_due(
        &self,
        which: DueWindows,
        shard: u8,
        until: Time,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<DueWindow>, StoreError> {
        const OPERATION: &str = "windows_due";
        let (pk, until) = (which.partition(shard), keys::due_until(until));
        let range = Range { index: Some(DUE), pk: &pk, range: Some(("0", &until)), order: Order::Ascending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let rows = self.rows_of(OPERATION, &page.items).await?;
        let met = |item: Attributes| {
            let at = text(&item, DUE.pk).zip(text(&item, DUE.sk)).map(|(pk, sk)| (pk.to_owned(), sk.to_owned()));
            let conversation = read(OPERATION, item)?;
            let is_misplaced = at.is_some() && at != place(&conversation);
            Ok(DueWindow { conversation, is_misplaced })
        };
        Ok(Page { items: rows.into_iter().map(met).collect::<Result<_, _>>()?, next: page.next })
    }

    /// Closes the window if it still closes when it was seen to; `false` if the customer wrote meanwhile.
    pub async fn window_close(&self, conversation: &Conversation, window: Window) -> Result<bool, StoreError> {
        let values = values([
            (":closed", s(WindowState::Closed.word())),
            (":open", s(WindowState::Open.word())),
            (":closes", n(window.closes_at.millis())),
            (":one", n(1)),
        ]);
        let expression = "SET #window_state = :closed, #window_last_opened = #window_opened \
             REMOVE #window_opened, #due_pk, #due_sk ADD #revision :one";
        let condition = "#window_state = :open AND #window_closes = :closes";
        let key = keys::conversation(&conversation.id);
        Ok(matches!(self.update("window_close", &key, expression, condition, values).await?, Updated::Done))
    }

    /// The notice of this end has had its time; the stream tells it, if the customer waits at the moment of this write. `false`:
    /// it had been already, or the customer wrote meanwhile.
    pub async fn window_notice(&self, conversation: &Conversation, window: Window) -> Result<bool, StoreError> {
        let id = &conversation.id;
        let values = values([
            (":open", s(WindowState::Open.word())),
            (":closes", n(window.closes_at.millis())),
            (":due_pk", s(keys::due_closing(id))),
            (":due_sk", s(keys::due_at(window.closes_at, id))),
            (":one", n(1)),
        ]);
        let expression = "SET #noticed = :closes, #due_pk = :due_pk, #due_sk = :due_sk ADD #revision :one";
        let condition = "#window_state = :open AND #window_closes = :closes \
             AND (attribute_not_exists(#noticed) OR #noticed <> :closes)";
        let updated = self.update("window_notice", &keys::conversation(id), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// Moves the conversation in the index to where its window says, if it is still as it was seen.
    pub async fn window_look_again(&self, conversation: &Conversation) -> Result<(), StoreError> {
        let Some((window, (pk, sk))) = conversation.window.zip(place(conversation)) else { return Ok(()) };
        let values = values([(":pk", s(pk)), (":sk", s(sk)), (":closes", n(window.closes_at.millis()))]);
        let condition = "#window_closes = :closes AND attribute_exists(#due_sk)";
        let key = keys::conversation(&conversation.id);
        self.update("window_look_again", &key, "SET #due_pk = :pk, #due_sk = :sk", condition, values).await?;
        Ok(())
    }

    /// Meta said that no window was open `at` that time (P24).
    pub async fn window_refuse(&self, id: &ConversationId, at: Time) -> Result<(), StoreError> {
        let change = |next: &mut Conversation| *next = refuse(next, at);
        self.conversation_change("window_refuse", id, at, change).await?;
        Ok(())
    }

    /// Meta told that a message to the customer was free by an entry point. Written only where that is news.
    pub async fn entry_point_told(&self, id: &ConversationId, word: &FreeEntry) -> Result<(), StoreError> {
        const OPERATION: &str = "entry_point_told";
        for _ in 0..TRIES_MAX {
            let Some(conversation) = self.conversation_get(id).await? else { return Ok(()) };
            let known = conversation.entry_point;
            let Some(next) = entry_point_told(&known, word) else { return Ok(()) };
            let mut values = values([(":one", n(1))]);
            let (mut set, mut conditions) = (Vec::new(), Vec::new());
            for (name, at, seen) in [("closes", next.closes_at, known.closes_at), ("free", next.free_on, known.free_on)]
            {
                let Some(at) = at.filter(|at| Some(*at) != seen) else { continue };
                set.push(format!("#entry_{name} = :{name}"));
                conditions.push(format!("(attribute_not_exists(#entry_{name}) OR #entry_{name} < :{name})"));
                values.insert(format!(":{name}"), n(at.millis()));
            }
            let expression = format!("SET {} ADD #revision :one", set.join(", "));
            let key = keys::conversation(id);
            // Refused: another status told more meanwhile.
            if let Updated::Done = self.update(OPERATION, &key, &expression, &conditions.join(" AND "), values).await? {
                return Ok(());
            }
        }
        Err(StoreError::Contended { operation: OPERATION })
    }
}
