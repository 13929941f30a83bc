//! Conversations: one row each, moved forward by conditional updates only.
use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Time;
use domain::access::Actor;
use domain::channel::Assignee;
use domain::conversation::{
    Conversation, ConversationStatus, EntryPoint, Held, Pace, Reply, SendClaim, Signal, Turned, Window, WindowState,
};
use domain::health::BlockReason;
use domain::ids::{ChannelId, ContactId, ConversationId, MessageId};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode};
use crate::error::StoreError;
use crate::expression::{Values, n, s, values};
use crate::keys;
use crate::table::{Store, Updated};

mod arrivals;
mod facets;
mod referral;
mod sends;
mod signals;
mod snoozes;
mod windows;
mod work;
mod write;

pub use sends::Terms;
pub use snoozes::DueSnooze;
pub use windows::{DueWindow, DueWindows};
pub use work::PickedUp;
use write::Write;

/// How often a change is decided anew when others write the row at the same time.
const TRIES_MAX: u32 = 8;

#[derive(Serialize, Deserialize)]
struct ConversationRow {
    #[serde(rename = "pk")]
    id: String,
    channel_id: String,
    contact_id: String,
    status: String,
    /// Absent while nobody has decided: the customer's first message then says to whom it goes.
    #[serde(default)]
    assignee: String,
    turned_at: Option<i64>,
    turned_by: Option<String>,
    /// Only while the window is open: the message that opens the next one sets it anew.
    window_opened: Option<i64>,
    /// When the window that closed had opened.
    window_last_opened: Option<i64>,
    window_closes: Option<i64>,
    window_state: Option<String>,
    window_refused: Option<i64>,
    /// The end of the window of which window-expiry has looked whether its notice is to be told.
    noticed: Option<i64>,
    entry_answered: Option<i64>,
    entry_free: Option<i64>,
    entry_closes: Option<i64>,
    last_in: Option<i64>,
    last_out: Option<i64>,
    echoed: Option<i64>,
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
    again: Option<String>,
    receipt_wamid: Option<String>,
    receipt_at: Option<i64>,
    typing_wamid: Option<String>,
    typing_at: Option<i64>,
    source: Option<String>,
    active: Option<i64>,
    /// When the last reply went out, and who wrote it, if anybody knows: a user, by which it is found, or something else.
    replied: Option<i64>,
    answered_by: Option<String>,
    replied_by: Option<String>,
    /// The contact's owner.
    owned_by: Option<String>,
    #[serde(default, with = "serde_dynamo::string_set")]
    labels: BTreeSet<String>,
    snoozed: Option<i64>,
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
    let by = row.turned_by.as_deref().and_then(|by| turner(by, &row.assignee));
    let author = row.answered_by.or(row.replied_by);
    let sending = row.sending.as_deref().and_then(MessageId::parse);
    let held = row.held.as_deref().and_then(MessageId::parse);
    let reason = row.held_reason.as_deref().and_then(BlockReason::parse);
    Ok(Conversation {
        id: ConversationId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        channel_id: ChannelId::parse(&row.channel_id).ok_or_else(|| odd("channel_id"))?,
        contact_id: ContactId::parse(&row.contact_id).ok_or_else(|| odd("contact_id"))?,
        status: ConversationStatus::parse(&row.status).ok_or_else(|| odd("its status"))?,
        turned: row.turned_at.map(|at| Turned { at: Time::from_millis(at), by }),
        assignee: Assignee::parse(&row.assignee),
        window,
        refused_at: row.window_refused.map(Time::from_millis),
        noticed: row.noticed.map(Time::from_millis),
        entry_point: EntryPoint {
            answered_at: row.entry_answered.map(Time::from_millis),
            free_on: row.entry_free.map(Time::from_millis),
            closes_at: row.entry_closes.map(Time::from_millis),
        },
        last_inbound_at: row.last_in.map(Time::from_millis),
        last_outbound_at: row.last_out.map(Time::from_millis),
        echoed_at: row.echoed.map(Time::from_millis),
        arrived_at: row.arrived.map(Time::from_millis),
        handled_at: row.handled.map(Time::from_millis),
        seen_at: row.seen.map(Time::from_millis),
        waiting_since: row.waiting_from.map(Time::from_millis),
        unread: row.unread,
        sending: sending.zip(row.attempt).map(|(message, attempt)| SendClaim { message, attempt }),
        pace: Pace {
            paid_at: row.paid_at.map(Time::from_millis),
            held: held.zip(reason).map(|(message, reason)| Held { message, reason }),
            again: row.again.as_deref().and_then(MessageId::parse),
        },
        read_receipt: signal(row.receipt_wamid, row.receipt_at),
        typing: signal(row.typing_wamid, row.typing_at),
        source: row.source.as_deref().and_then(referral::read),
        active_at: Time::from_millis(row.active.or(row.last_in.max(row.last_out)).unwrap_or(row.created_at)),
        last_reply: row
            .replied
            .map(|at| Reply { at: Time::from_millis(at), author: author.as_deref().and_then(Actor::parse) }),
        owner: row.owned_by.as_deref().and_then(Assignee::parse),
        labels: row.labels,
        snoozed_until: row.snoozed.map(Time::from_millis),
        created_at: Time::from_millis(row.created_at),
        revision: row.revision,
    })
}

/// In place of the assignee's own id, so that most rows stay within a unit.
const THEMSELVES: &str = "self";

fn turner(by: &str, assignee: &str) -> Option<Actor> {
    Actor::parse(if by == THEMSELVES { assignee } else { by })
}

fn signal(wamid: Option<String>, at: Option<i64>) -> Option<Signal> {
    Some(Signal { wamid: wamid?, at: Time::from_millis(at?) })
}

/// What every first write of a conversation row sets, whoever makes it.
const START: &str = "#entity = if_not_exists(#entity, :entity), #v = if_not_exists(#v, :v), \
     #channel_id = if_not_exists(#channel_id, :channel), #contact_id = if_not_exists(#contact_id, :contact), \
     #created_at = if_not_exists(#created_at, :now)";

/// And every one that does not say who has it: until then nobody has, and it is open.
const NOBODYS: &str = "#list_pk = if_not_exists(#list_pk, :list_pk)";

fn start_values(channel: &ChannelId, contact: &ContactId, now: Time) -> Values {
    values([
        (":entity", s(ConversationRow::ENTITY)),
        (":v", n(ConversationRow::VERSION)),
        (":channel", s(channel.as_str())),
        (":contact", s(contact.as_str())),
        (":now", n(now.millis())),
        (":list_pk", s(keys::list_conversations(channel, ConversationStatus::Open, false))),
        (":one", n(1)),
    ])
}

impl Store {
    pub async fn conversation_get(&self, id: &ConversationId) -> Result<Option<Conversation>, StoreError> {
        const OPERATION: &str = "conversation_get";
        self.get(OPERATION, &keys::conversation(id)).await?.map(|item| read(OPERATION, item)).transpose()
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
        write.time("last_out", next.last_outbound_at);
        write.time("echoed", next.echoed_at);
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
        write.time("window_refused", next.refused_at);
        let (due_pk, due_sk) = windows::place(next).unzip();
        write.text("due_pk", due_pk);
        write.text("due_sk", due_sk);
        write.time("entry_answered", next.entry_point.answered_at);
        write.time("entry_free", next.entry_point.free_on);
        write.time("entry_closes", next.entry_point.closes_at);
        let marks = (!next.unread.is_empty())
            .then(|| AttributeValue::Ns(next.unread.iter().map(ToString::to_string).collect()));
        write.value("unread", marks);
        // These are never taken back.
        if let Some(receipt) = &next.read_receipt {
            write.text("receipt_wamid", Some(receipt.wamid.clone()));
            write.time("receipt_at", Some(receipt.at));
        }
        write.text("source", next.source.as_ref().map(referral::write));
        write.time("active", Some(next.active_at));
        let is_assigned = next.assignee.is_some();
        write.text("list_pk", Some(keys::list_conversations(&next.channel_id, next.status, is_assigned)));
        write.text("list_sk", Some(keys::activity(next.active_at, &next.id)));
        write.text("active_sk", Some(keys::active(next.active_at, &next.id)));
        write.time("turned_at", next.turned.as_ref().map(|turned| turned.at));
        let turned_by =
            next.turned.as_ref().and_then(|turned| turned.by.as_ref()).map(|by| match (by, &next.assignee) {
                (Actor::User(by), Some(Assignee::User(user))) if user == by => THEMSELVES,
                _ => by.as_str(),
            });
        write.text("turned_by", turned_by.map(str::to_owned));
        write.text("assigned_pk", next.assignee.as_ref().map(|assignee| keys::assigned(assignee, next.status)));
        let author = next.last_reply.as_ref().and_then(|reply| reply.author.as_ref());
        write.time("replied", next.last_reply.as_ref().map(|reply| reply.at));
        for (name, by) in author_in(author) {
            write.text(name, by);
        }
        let labels = (!next.labels.is_empty()).then(|| AttributeValue::Ss(next.labels.iter().cloned().collect()));
        write.value("labels", labels);
        write.time("snoozed", next.snoozed_until);
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
}

/// Where the author of the last reply is told: one of the two.
fn author_in(author: Option<&Actor>) -> [(&'static str, Option<String>); 2] {
    let told = |is_user: bool| {
        author.filter(|author| matches!(author, Actor::User(_)) == is_user).map(|author| author.as_str().to_owned())
    };
    [("answered_by", told(true)), ("replied_by", told(false))]
}
