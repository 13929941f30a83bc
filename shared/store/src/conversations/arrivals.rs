//! What comes from Meta and moves a conversation: messages of the customer, calls, what the business wrote elsewhere, history.
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Time;
use domain::channel::Assignee;
use domain::conversation::{
    Arrival, Conversation, ConversationStatus, Turned, UNREAD_MAX, WindowState, call, echo, is_last, is_plain, mark,
    receive, start,
};
use domain::message::{Direction, Message, Source};

use super::{NOBODYS, START, TRIES_MAX, read, start_values};
use crate::channels::assignee_text;
use crate::error::StoreError;
use crate::expression::{n, s};
use crate::keys;
use crate::table::{Store, Updated};

/// Of what the customer wrote after an echo, so much is looked at.
const LATER_MAX: usize = 100;

impl Store {
    /// The plain case of an inbound message, in one write and without a read: the message is newer than anything that happened in
    /// the conversation, which is open and not put off. `Err` gives the conversation for which it is not, for
    /// [`Store::conversation_receive`].
    ///
    /// It may run beside the message's own insert, also for a message that turns out to be a duplicate: whoever handled
    /// the conversation did so after Meta's time of that message, or put it off, and then this condition fails.
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
        let mut values = start_values(&arrival.channel, &arrival.contact, arrival.received_at);
        values.extend(crate::expression::values([
            (":at", n(at.millis())),
            (":active_sk", s(keys::active(at, id))),
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
        // Where the channel says who has it, the first message is not plain: one write cannot both give the conversation to them
        // and leave it with nobody whom somebody took it from.
        let (assign, is_known) = if arrival.assign_to.is_some() {
            ("", "attribute_exists(#last_in) AND")
        } else {
            values.insert(":assignee".to_owned(), s(assignee_text(None)));
            (", #assignee = if_not_exists(#assignee, :assignee)", "")
        };
        let expression = format!(
            "SET {START}, {NOBODYS}{assign}, #last_in = :at, #active = :at, #active_sk = :active_sk, #arrived = :arrived, \
             #window_opened = if_not_exists(#window_opened, :at), #window_closes = :closes, \
             #window_state = :window_open, #status = if_not_exists(#status, :status_open), #list_sk = :activity, \
             #waiting_from = if_not_exists(#waiting_from, :at), #waiting_pk = :waiting_pk, \
             #waiting_sk = if_not_exists(#waiting_sk, :waiting_sk), #due_pk = if_not_exists(#due_pk, :due_pk), \
             #due_sk = if_not_exists(#due_sk, :due_sk) ADD #unread :mark, #revision :one"
        );
        let condition = format!(
            "{is_known} (attribute_not_exists(#status) OR #status = :status_open) \
             AND attribute_not_exists(#snoozed) \
             AND (attribute_not_exists(#last_in) OR #last_in <= :at) \
             AND (attribute_not_exists(#handled) OR #handled < :at) \
             AND (attribute_not_exists(#seen) OR #seen < :at) \
             AND (attribute_not_exists(#echoed) OR #echoed <= :at) \
             AND (attribute_not_exists(#window_closes) OR #window_closes <= :closes) \
             AND (attribute_not_exists(#window_refused) OR #window_refused <= :at) \
             AND (attribute_not_exists(#unread) OR size(#unread) < :unread_max)"
        );
        match self.update(OPERATION, &keys::conversation(id), &expression, &condition, values).await? {
            Updated::Done => Ok(Ok(())),
            Updated::Refused(item) => Ok(Err(item.map(|item| read(OPERATION, item)).transpose()?)),
        }
    }

    /// Makes the conversation of what changes nothing in it, if there is none: what stands in a thread is found in the list
    /// of threads, and until somebody writes in it at the time of the latest of these.
    pub async fn conversation_start(&self, arrival: &Arrival) -> Result<(), StoreError> {
        let id = &arrival.conversation;
        let mut values = start_values(&arrival.channel, &arrival.contact, arrival.received_at);
        values.insert(":status_open".to_owned(), s(ConversationStatus::Open.word()));
        values.insert(":activity".to_owned(), s(keys::activity(arrival.at, id)));
        values.insert(":at".to_owned(), n(arrival.at.millis()));
        values.insert(":active_sk".to_owned(), s(keys::active(arrival.at, id)));
        let mut assign = NOBODYS;
        if let Some(assign_to) = &arrival.assign_to {
            values.insert(":assignee".to_owned(), s(assignee_text(Some(assign_to))));
            values.insert(":assigned_pk".to_owned(), s(keys::assigned(assign_to, ConversationStatus::Open)));
            values.insert(
                ":list_pk".to_owned(),
                s(keys::list_conversations(&arrival.channel, ConversationStatus::Open, true)),
            );
            assign = "#assignee = if_not_exists(#assignee, :assignee), \
                 #assigned_pk = if_not_exists(#assigned_pk, :assigned_pk), #list_pk = :list_pk";
        }
        let expression = format!(
            "SET {START}, #status = if_not_exists(#status, :status_open), #list_sk = :activity, #active = :at, \
             #active_sk = :active_sk, {assign} ADD #revision :one"
        );
        let condition = "attribute_not_exists(#pk) OR (attribute_not_exists(#last_in) \
             AND attribute_not_exists(#last_out) AND #list_sk < :activity)";
        self.update("conversation_start", &keys::conversation(id), &expression, condition, values).await?;
        Ok(())
    }

    /// Makes the conversation of a message that is the first in it, and gives it to somebody who would otherwise not see
    /// what they send. One that is there stays as it is.
    pub async fn conversation_begin(&self, message: &Message, assignee: Assignee, now: Time) -> Result<(), StoreError> {
        let arrival = Arrival {
            conversation: message.conversation_id.clone(),
            channel: message.channel_id.clone(),
            contact: message.contact_id.clone(),
            message: message.id.clone(),
            at: now,
            received_at: now,
            assign_to: None,
            referral: None,
        };
        let turned = Some(Turned { at: now, by: message.author() });
        let begun = Conversation { assignee: Some(assignee), turned, ..start(&arrival) };
        self.conversation_write("conversation_begin", &begun, now).await?;
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
        let decide = async |existing: &Conversation| Ok(receive(existing, arrival, now));
        self.conversation_decide("conversation_receive", arrival, seen, now, decide).await
    }

    /// A call of the customer at `arrival.at`.
    pub async fn conversation_call(&self, arrival: &Arrival, now: Time) -> Result<(), StoreError> {
        let decide = async |existing: &Conversation| Ok(call(existing, arrival.at, now));
        self.conversation_decide("conversation_call", arrival, None, now, decide).await
    }

    /// A message of the business that was written elsewhere. It must be stored before, as one of the customer.
    pub async fn conversation_echo(&self, arrival: &Arrival, now: Time) -> Result<(), StoreError> {
        let decide = async |existing: &Conversation| {
            let later = if is_last(existing, arrival) { Vec::new() } else { self.written_after(arrival).await? };
            Ok(echo(existing, arrival, &later))
        };
        self.conversation_decide("conversation_echo", arrival, None, now, decide).await
    }

    /// Meta's times and the marks of what the customer wrote after the echo.
    async fn written_after(&self, echo: &Arrival) -> Result<Vec<(Time, u32)>, StoreError> {
        let page = self.messages_page(&echo.conversation, LATER_MAX, None).await?;
        let counts = |message: &&Message| {
            message.direction == Direction::Inbound && message.source == Source::Live && message.kind != "system"
        };
        let later = page.items.iter().filter(counts).filter(|message| message.at > echo.at);
        Ok(later.map(|message| (message.at, mark(&message.id))).collect())
    }

    /// Decides on the row as it is, or on the one that `arrival` starts, and writes it if it still is.
    async fn conversation_decide(
        &self,
        operation: &'static str,
        arrival: &Arrival,
        seen: Option<Conversation>,
        now: Time,
        decide: impl AsyncFn(&Conversation) -> Result<Option<Conversation>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut seen = seen;
        for _ in 0..TRIES_MAX {
            let existing = match seen.take() {
                Some(conversation) => conversation,
                None => self.conversation_get(&arrival.conversation).await?.unwrap_or_else(|| start(arrival)),
            };
            let Some(next) = decide(&existing).await? else { return Ok(()) };
            match self.conversation_write(operation, &next, now).await? {
                Updated::Done => return Ok(()),
                Updated::Refused(item) => seen = item.map(|item| read(operation, item)).transpose()?,
            }
        }
        Err(StoreError::Contended { operation })
    }
}
