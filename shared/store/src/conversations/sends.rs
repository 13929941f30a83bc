//! The claim of a send on its conversation: the rules of the window as a condition, and the mark by which a crash shows.
use domain::Time;
use domain::conversation::{Conversation, ConversationStatus, SendClaim, Signal, WindowState, answers_all};
use domain::message::Message;

use super::{START, read, start_values};
use crate::error::StoreError;
use crate::expression::{n, s};
use crate::keys;
use crate::table::{Store, Updated};

const RECEIPT: &str = ", #receipt_wamid = :receipt_wamid, #receipt_at = :receipt_at";

/// What else goes with a claim.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// The message is free-form.
    pub needs_window: bool,
    /// The answer shows the customer that their messages up to this one were read.
    pub receipt: Option<&'a Signal>,
}

impl Store {
    /// Claims the conversation for one attempt to send `message`. `seen` is the conversation that the decision was made
    /// on; its claim must still be the one there. The customer is answered, unless something came while the
    /// message was on its way here.
    /// `false`: the conversation changed meanwhile, decide again.
    pub async fn send_claim(
        &self,
        message: &Message,
        claim: &SendClaim,
        seen: Option<&Conversation>,
        terms: Terms<'_>,
        now: Time,
    ) -> Result<bool, StoreError> {
        let (id, asked_at) = (&message.conversation_id, message.received_at);
        let handled_at = seen.and_then(|seen| seen.handled_at).map_or(asked_at, |handled| handled.max(asked_at));
        let mut values = start_values(id, &message.channel_id, &message.contact_id, now);
        values.extend(crate::expression::values([
            (":message", s(claim.message.as_str())),
            (":attempt", n(claim.attempt)),
            (":handled", n(handled_at.millis())),
            (":status_open", s(ConversationStatus::Open.word())),
            (":activity", s(keys::activity(now, id))),
        ]));
        let receipt = if terms.receipt.is_some() { RECEIPT } else { "" };
        let mut expression = format!(
            "SET {START}{receipt}, #sending = :message, #attempt = :attempt, #last_out = :now, #handled = :handled, \
             #list_sk = :activity, #status = if_not_exists(#status, :status_open) ADD #revision :one"
        );
        let mut condition = match seen.and_then(|seen| seen.sending.as_ref()) {
            None => "attribute_not_exists(#sending)".to_owned(),
            Some(before) => {
                values.insert(":before".to_owned(), s(before.message.as_str()));
                values.insert(":before_attempt".to_owned(), n(before.attempt));
                "#sending = :before AND #attempt = :before_attempt".to_owned()
            }
        };
        if let Some(receipt) = terms.receipt {
            values.insert(":receipt_wamid".to_owned(), s(&receipt.wamid));
            values.insert(":receipt_at".to_owned(), n(receipt.at.millis()));
            condition.push_str(" AND (attribute_not_exists(#receipt_at) OR #receipt_at <= :receipt_at)");
        }
        if terms.needs_window {
            values.insert(":window_open".to_owned(), s(WindowState::Open.word()));
            condition.push_str(" AND #window_state = :window_open AND #window_closes > :now");
        }
        if seen.is_none_or(|seen| answers_all(seen, asked_at)) {
            expression.push_str(" REMOVE #waiting_from, #waiting_pk, #waiting_sk, #unread");
            condition.push_str(" AND (attribute_not_exists(#arrived) OR #arrived <= :asked)");
            values.insert(":asked".to_owned(), n(asked_at.millis()));
        }
        let key = keys::conversation(id);
        let updated = self.update("send_claim", &key, &expression, &condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// Gives the claim back after a call that Meta certainly did not act on. The customer waits again, if they did before.
    /// Safe to repeat; does nothing if somebody else holds the conversation.
    pub async fn send_release(
        &self,
        claim: &SendClaim,
        before: Option<&Conversation>,
    ) -> Result<Option<Conversation>, StoreError> {
        const OPERATION: &str = "send_release";
        let id = claim.message.conversation();
        let mut values = crate::expression::values([
            (":message", s(claim.message.as_str())),
            (":attempt", n(claim.attempt)),
            (":one", n(1)),
        ]);
        let mut expression = String::new();
        if let Some((conversation, since)) = before.and_then(|before| Some((before, before.waiting_since?))) {
            expression.push_str(
                "SET #waiting_from = if_not_exists(#waiting_from, :since), #waiting_pk = :waiting_pk, \
                 #waiting_sk = if_not_exists(#waiting_sk, :waiting_sk) ",
            );
            values.insert(":since".to_owned(), n(since.millis()));
            values.insert(":waiting_pk".to_owned(), s(keys::waiting(&conversation.channel_id)));
            values.insert(":waiting_sk".to_owned(), s(keys::waiting_since(since, &id)));
        }
        expression.push_str("REMOVE #sending, #attempt ADD #revision :one");
        let condition = "#sending = :message AND #attempt = :attempt";
        match self.update(OPERATION, &keys::conversation(&id), &expression, condition, values).await? {
            Updated::Done => Ok(None),
            Updated::Refused(item) => item.map(|item| read(OPERATION, item)).transpose(),
        }
    }
}
