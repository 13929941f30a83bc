//! Conversations: one row each, moved forward by conditional updates only.
use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Time;
use domain::channel::Assignee;
use domain::conversation::{
    Arrival, Conversation, ConversationStatus, Held, Pace, SendClaim, UNREAD_MAX, Window, WindowState, is_plain,
    receive, start,
};
use domain::health::BlockReason;
use domain::ids::{ChannelId, ContactId, ConversationId, MessageId};
use serde::{Deserialize, Serialize};

use crate::channels::{assignee, assignee_text};
use crate::codec::{Attributes, Row, decode};
use crate::error::StoreError;
use crate::expression::{Values, n, s, values};
use crate::keys;
use crate::table::{Store, Updated};

mod lists;
mod sends;

/// How often a change is decided anew when others write the row at the same time.
const TRIES_MAX: u32 = 8;

#[derive(Serialize, Deserialize)]
struct ConversationRow {
    id: String,
    channel_id: String,
    contact_id: String,
    status: String,
    assignee: String,
    /// Only while the window is open: the message that opens the next one sets it anew.
    window_opened: Option<i64>,
    /// When the window that closed had opened.
    window_last_opened: Option<i64>,
    window_closes: Option<i64>,
    window_state: Option<String>,
    last_in: Option<i64>,
    last_out: Option<i64>,
    arrived: Option<i64>,
    handled: Option<i64>,
    seen: Option<i64>,
    waiting_from: Option<i64>,
    #[serde(default)]
    unread: BTreeSet<u32>,
    sending: Option<String>,
    attempt: Option<u32>,
    /// When the debt of the pace is paid; what is held, and why.
    paid_at: Option<i64>,
    held: Option<String>,
    held_reason: Option<String>,
    created_at: i64,
    revision: i64,
}

impl Row for ConversationRow {
    const ENTITY: &'static str = "conversation";
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Conversation, StoreError> {
    let row: ConversationRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a conversation with {what} unreadable"));
    let window_state = row.window_state.as_deref().and_then(WindowState::parse);
    let window = match (row.window_opened.or(row.window_last_opened), row.window_closes, window_state) {
        (Some(opened), Some(closes), Some(state)) => {
            Some(Window { opened_at: Time::from_millis(opened), closes_at: Time::from_millis(closes), state })
        }
        _ => None,
    };
    let sending = row.sending.as_deref().and_then(MessageId::parse);
    let held = row.held.as_deref().and_then(MessageId::parse);
    let reason = row.held_reason.as_deref().and_then(BlockReason::parse);
    Ok(Conversation {
        id: ConversationId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        channel_id: ChannelId::parse(&row.channel_id).ok_or_else(|| odd("channel_id"))?,
        contact_id: ContactId::parse(&row.contact_id).ok_or_else(|| odd("contact_id"))?,
        status: ConversationStatus::parse(&row.status).ok_or_else(|| odd("its status"))?,
        assignee: assignee(&row.assignee),
        window,
        last_inbound_at: row.last_in.map(Time::from_millis),
        last_outbound_at: row.last_out.map(Time::from_millis),
        arrived_at: row.arrived.map(Time::from_millis),
        handled_at: row.handled.map(Time::from_millis),
        seen_at: row.seen.map(Time::from_millis),
        waiting_since: row.waiting_from.map(Time::from_millis),
        unread: row.unread,
        sending: sending.zip(row.attempt).map(|(message, attempt)| SendClaim { message, attempt }),
        pace: Pace {
            paid_at: row.paid_at.map(Time::from_millis),
            held: held.zip(reason).map(|(message, reason)| Held { message, reason }),
        },
        created_at: Time::from_millis(row.created_at),
        revision: row.revision,
    })
}

/// What every first write of a conversation row sets, whoever makes it.
const START: &str = "#entity = if_not_exists(#entity, :entity), #v = if_not_exists(#v, :v), #id = if_not_exists(#id, :id), \
     #channel_id = if_not_exists(#channel_id, :channel), #contact_id = if_not_exists(#contact_id, :contact), \
     #created_at = if_not_exists(#created_at, :now), #assignee = if_not_exists(#assignee, :assignee), \
     #list_pk = if_not_exists(#list_pk, :list_pk)";

fn start_values(
    id: &ConversationId,
    channel: &ChannelId,
    contact: &ContactId,
    assign_to: Option<&Assignee>,
    now: Time,
) -> Values {
    values([
        (":entity", s(ConversationRow::ENTITY)),
        (":v", n(ConversationRow::VERSION)),
        (":id", s(id.as_str())),
        (":channel", s(channel.as_str())),
        (":contact", s(contact.as_str())),
        (":now", n(now.millis())),
        (":assignee", s(assignee_text(assign_to))),
        (":list_pk", s(keys::list_conversations(channel))),
        (":one", n(1)),
    ])
}

impl Store {
    pub async fn conversation_get(&self, id: &ConversationId) -> Result<Option<Conversation>, StoreError> {
        const OPERATION: &str = "conversation_get";
        self.get(OPERATION, &keys::conversation(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// The plain case of an inbound message, in one write and without a read: the message is newer than anything that
    /// happened in the conversation. `Err` gives the conversation for which it is not, for [`Store::conversation_receive`].
    ///
    /// It may run beside the message's own insert, also for a message that turns out to be a duplicate: whoever handled
    /// the conversation did so after Meta's time of that message, and then this condition fails.
    pub async fn conversation_receive_plain(
        &self,
        arrival: &Arrival,
        now: Time,
    ) -> Result<Result<(), Option<Conversation>>, StoreError> {
        const OPERATION: &str = "conversation_receive_plain";
        if !is_plain(arrival, now) {
            return Ok(Err(None));
        }
        let (at, id) = (arrival.at, &arrival.conversation);
        let mut values =
            start_values(id, &arrival.channel, &arrival.contact, arrival.assign_to.as_ref(), arrival.received_at);
        values.extend(crate::expression::values([
            (":at", n(at.millis())),
            (":arrived", n(arrival.received_at.millis())),
            (":closes", n(arrival.closes_at().millis())),
            (":window_open", s(WindowState::Open.word())),
            (":status_open", s(ConversationStatus::Open.word())),
            (":activity", s(keys::activity(at, id))),
            (":waiting_pk", s(keys::waiting(&arrival.channel))),
            (":waiting_sk", s(keys::waiting_since(at, id))),
            (":due_pk", s(keys::due_window(id))),
            (":due_sk", s(keys::due_at(arrival.closes_at(), id))),
            (":mark", AttributeValue::Ns(vec![arrival.mark().to_string()])),
            (":unread_max", n(UNREAD_MAX)),
        ]));
        let expression = format!(
            "SET {START}, #last_in = :at, #arrived = :arrived, #window_opened = if_not_exists(#window_opened, :at), #window_closes = :closes, \
             #window_state = :window_open, #status = :status_open, #list_sk = :activity, \
             #waiting_from = if_not_exists(#waiting_from, :at), #waiting_pk = :waiting_pk, \
             #waiting_sk = if_not_exists(#waiting_sk, :waiting_sk), #due_pk = :due_pk, \
             #due_sk = if_not_exists(#due_sk, :due_sk) ADD #unread :mark, #revision :one"
        );
        let condition = "(attribute_not_exists(#last_in) OR #last_in <= :at) \
             AND (attribute_not_exists(#handled) OR #handled < :at) \
             AND (attribute_not_exists(#seen) OR #seen < :at) \
             AND (attribute_not_exists(#unread) OR size(#unread) < :unread_max)";
        match self.update(OPERATION, &keys::conversation(id), &expression, condition, values).await? {
            Updated::Done => Ok(Ok(())),
            Updated::Refused(item) => Ok(Err(item.map(|item| read(OPERATION, item)).transpose()?)),
        }
    }

    /// Makes the conversation of a message that changes nothing in it, if there is none: what stands in a thread is found
    /// in the list of threads.
    pub async fn conversation_start(&self, arrival: &Arrival) -> Result<(), StoreError> {
        let (id, assign_to) = (&arrival.conversation, arrival.assign_to.as_ref());
        let mut values = start_values(id, &arrival.channel, &arrival.contact, assign_to, arrival.received_at);
        values.insert(":status_open".to_owned(), s(ConversationStatus::Open.word()));
        values.insert(":activity".to_owned(), s(keys::activity(arrival.at, id)));
        let expression = format!("SET {START}, #status = :status_open, #list_sk = :activity ADD #revision :one");
        let condition = "attribute_not_exists(#pk)";
        self.update("conversation_start", &keys::conversation(id), &expression, condition, values).await?;
        Ok(())
    }

    /// Any other case of an inbound message: decided by the domain on the row as it is, written if it still is.
    /// The message must be stored before, for `arrival.received_at` to be the time of its first arrival.
    pub async fn conversation_receive(
        &self,
        arrival: &Arrival,
        seen: Option<Conversation>,
        now: Time,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "conversation_receive";
        let mut seen = seen;
        for _ in 0..TRIES_MAX {
            let existing = match seen.take() {
                Some(conversation) => conversation,
                None => self.conversation_get(&arrival.conversation).await?.unwrap_or_else(|| start(arrival)),
            };
            let Some(next) = receive(&existing, arrival, now) else { return Ok(()) };
            match self.conversation_write(OPERATION, &next, now).await? {
                Updated::Done => return Ok(()),
                Updated::Refused(item) => seen = item.map(|item| read(OPERATION, item)).transpose()?,
            }
        }
        Err(StoreError::Contended { operation: OPERATION })
    }

    /// Writes all that people and messages change, if the row is still at `next.revision`.
    async fn conversation_write(
        &self,
        operation: &'static str,
        next: &Conversation,
        now: Time,
    ) -> Result<Updated, StoreError> {
        let mut write = Write::of(next, now);
        write.time("last_in", next.last_inbound_at);
        write.time("arrived", next.arrived_at);
        write.time("handled", next.handled_at);
        write.time("seen", next.seen_at);
        write.time("waiting_from", next.waiting_since);
        let opened = |state| next.window.filter(|window| window.state == state).map(|window| window.opened_at);
        write.time("window_opened", opened(WindowState::Open));
        write.time("window_last_opened", opened(WindowState::Closed));
        write.time("window_closes", next.window.map(|window| window.closes_at));
        write.text("window_state", next.window.map(|window| window.state.word().to_owned()));
        let waiting = next.waiting_since.map(|since| keys::waiting_since(since, &next.id));
        write.text("waiting_pk", waiting.as_ref().map(|_| keys::waiting(&next.channel_id)));
        write.text("waiting_sk", waiting);
        let due = next.window.filter(|window| window.state == WindowState::Open);
        write.text("due_pk", due.map(|_| keys::due_window(&next.id)));
        write.text("due_sk", due.map(|window| keys::due_at(window.closes_at, &next.id)));
        let marks = (!next.unread.is_empty())
            .then(|| AttributeValue::Ns(next.unread.iter().map(ToString::to_string).collect()));
        write.value("unread", marks);
        let activity = [next.last_inbound_at, next.last_outbound_at].into_iter().flatten().max();
        write.text("list_sk", activity.map(|at| keys::activity(at, &next.id)));
        write.run(self, operation, &next.id).await
    }

    /// Decides a change on the conversation as it is and writes it if it still is. `Ok(None)`: there is none such.
    async fn conversation_change(
        &self,
        operation: &'static str,
        id: &ConversationId,
        now: Time,
        change: impl Fn(&mut Conversation),
    ) -> Result<Option<Conversation>, StoreError> {
        for _ in 0..TRIES_MAX {
            let Some(existing) = self.conversation_get(id).await? else { return Ok(None) };
            let mut next = existing.clone();
            change(&mut next);
            if next == existing {
                return Ok(Some(existing));
            }
            if let Updated::Done = self.conversation_write(operation, &next, now).await? {
                next.revision = next.revision.saturating_add(1);
                return Ok(Some(next));
            }
        }
        Err(StoreError::Contended { operation })
    }

    pub async fn conversation_assign(
        &self,
        id: &ConversationId,
        to: Option<Assignee>,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        self.conversation_change("conversation_assign", id, now, |next| next.assignee.clone_from(&to)).await
    }

    /// Closing also ends the wait for an answer.
    pub async fn conversation_close(&self, id: &ConversationId, now: Time) -> Result<Option<Conversation>, StoreError> {
        let change = |next: &mut Conversation| {
            if next.status == ConversationStatus::Open {
                next.status = ConversationStatus::Closed;
                next.waiting_since = None;
                next.handled_at = Some(now);
            }
        };
        self.conversation_change("conversation_close", id, now, change).await
    }

    pub async fn conversation_reopen(
        &self,
        id: &ConversationId,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        self.conversation_change("conversation_reopen", id, now, |next| next.status = ConversationStatus::Open).await
    }

    /// An agent has seen all that was there at `now`. It stays unanswered.
    pub async fn conversation_read(&self, id: &ConversationId, now: Time) -> Result<Option<Conversation>, StoreError> {
        let change = |next: &mut Conversation| {
            if !next.unread.is_empty() {
                next.unread.clear();
                next.seen_at = Some(now);
            }
        };
        self.conversation_change("conversation_read", id, now, change).await
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

    /// Moves the time at which window-expiry looks at the conversation again.
    pub async fn window_look_again(&self, id: &ConversationId, seen: Time, at: Time) -> Result<(), StoreError> {
        let values = values([(":due_sk", s(keys::due_at(at, id))), (":closes", n(seen.millis()))]);
        let condition = "#window_closes = :closes AND attribute_exists(#due_sk)";
        let key = keys::conversation(id);
        self.update("window_look_again", &key, "SET #due_sk = :due_sk", condition, values).await?;
        Ok(())
    }
}

/// An update that sets what is there and removes what is not, on one revision.
struct Write {
    set: Vec<String>,
    remove: Vec<String>,
    values: Values,
}

impl Write {
    fn of(next: &Conversation, now: Time) -> Write {
        let mut values = start_values(&next.id, &next.channel_id, &next.contact_id, None, now);
        values.insert(":assignee".to_owned(), s(assignee_text(next.assignee.as_ref())));
        values.insert(":status".to_owned(), s(next.status.word()));
        values.insert(":revision".to_owned(), n(next.revision));
        let start = START.replace("if_not_exists(#assignee, :assignee)", ":assignee");
        Write { set: vec![start, "#status = :status".to_owned()], remove: Vec::new(), values }
    }

    fn value(&mut self, name: &str, value: Option<AttributeValue>) {
        match value {
            Some(value) => {
                self.set.push(format!("#{name} = :{name}"));
                self.values.insert(format!(":{name}"), value);
            }
            None => self.remove.push(format!("#{name}")),
        }
    }

    fn time(&mut self, name: &str, at: Option<Time>) {
        self.value(name, at.map(|at| n(at.millis())));
    }

    fn text(&mut self, name: &str, text: Option<String>) {
        self.value(name, text.map(s));
    }

    async fn run(self, store: &Store, operation: &'static str, id: &ConversationId) -> Result<Updated, StoreError> {
        let remove = if self.remove.is_empty() { String::new() } else { format!("REMOVE {}", self.remove.join(", ")) };
        let expression = format!("SET {} {remove} ADD #revision :one", self.set.join(", "));
        let condition = "attribute_not_exists(#pk) OR #revision = :revision";
        store.update(operation, &keys::conversation(id), &expression, condition, self.values).await
    }
}
