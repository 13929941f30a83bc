//! The claim of a send on its conversation: the rules of the window as a condition, and the mark by which a crash shows.
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Time;
use domain::conversation::{
    Conversation, ConversationStatus, SendClaim, Signal, WindowState, answers_all, handled_by, waits_once_released,
};
use domain::ids::{ChannelId, MessageId};
use domain::message::Message;
use domain::sending::{ClaimPlan, HoldPlan, Line};

use super::{NOBODYS, START, TRIES_MAX, author_in, read, start_values};
use crate::codec::text;
use crate::error::StoreError;
use crate::expression::{Values, n, s};
use crate::keys;
use crate::table::{Store, Updated};

const RECEIPT: &str = ", #receipt_wamid = :receipt_wamid, #receipt_at = :receipt_at";

/// What else goes with a claim.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The message is free-form: the window must be open until then.
    pub within_window_until: Option<Time>,
    /// The answer shows the customer that their messages up to this one were read.
    pub receipt: Option<&'a Signal>,
    /// This claim's own, see [`Store::send_claim`].
    pub nonce: &'a str,
}

/// Nobody has claimed the conversation since it was seen.
fn unclaimed_since(seen: Option<&Conversation>, values: &mut Values) -> String {
    let Some(before) = seen.and_then(|seen| seen.sending.as_ref()) else {
        return "attribute_not_exists(#sending)".to_owned();
    };
    values.insert(":before".to_owned(), s(before.message.as_str()));
    values.insert(":before_attempt".to_owned(), n(before.attempt));
    "#sending = :before AND #attempt = :before_attempt".to_owned()
}

/// Nobody has taken a place in the conversation's pace since it was seen.
fn unpaid_since(seen: Option<&Conversation>, values: &mut Values) -> String {
    let Some(before) = seen.and_then(|seen| seen.pace.paid_at) else {
        return " AND attribute_not_exists(#paid_at)".to_owned();
    };
    values.insert(":seen_paid_at".to_owned(), n(before.millis()));
    " AND #paid_at = :seen_paid_at".to_owned()
}

/// The last reply is this one.
fn replied(message: &Message, expression: &mut String, remove: &mut Vec<String>, values: &mut Values) {
    let author = message.author();
    expression.push_str(", #replied = :now");
    for (name, by) in author_in(author.as_ref()) {
        match by {
            Some(by) => {
                expression.push_str(&format!(", #{name} = :{name}"));
                values.insert(format!(":{name}"), s(by));
            }
            None => remove.push(format!("#{name}")),
        }
    }
}

/// What a claim tells of the conversation beside the wait, as it was before it.
fn as_before(before: Option<&Conversation>) -> Vec<(&'static str, Option<AttributeValue>)> {
    let reply = before.and_then(|before| before.last_reply.as_ref());
    let at = |at: Option<Time>| at.map(|at| n(at.millis()));
    let author = author_in(reply.and_then(|reply| reply.author.as_ref()));
    let unread = before.filter(|before| !before.unread.is_empty());
    let marks = unread.map(|before| AttributeValue::Ns(before.unread.iter().map(ToString::to_string).collect()));
    let mut told = vec![
        ("last_out", at(before.and_then(|before| before.last_outbound_at))),
        ("handled", at(before.and_then(|before| before.handled_at))),
        ("replied", at(reply.map(|reply| reply.at))),
        ("entry_answered", at(before.and_then(|before| before.entry_point.answered_at))),
        ("unread", marks),
    ];
    told.extend(author.map(|(name, by)| (name, by.map(s))));
    told
}

impl Store {
    /// Claims the conversation for one attempt to send `message`. `seen` is the conversation that the decision was made
    /// on; its claim must still be the one there. The customer is answered, unless something came while the
    /// message was on its way here. Its nonce is this call's own: should the table have taken the claim and the answer been
    /// lost on its way, the repetition finds it and knows it.
    /// `false`: the conversation changed meanwhile, decide again.
    pub async fn send_claim(
        &self,
        message: &Message,
        plan: &ClaimPlan,
        seen: Option<&Conversation>,
        terms: Terms<'_>,
        now: Time,
    ) -> Result<bool, StoreError> {
        let claim = &plan.claim;
        let (id, asked_at) = (&message.conversation_id, message.received_at);
        let mut values = start_values(&message.channel_id, &message.contact_id, now);
        values.extend(crate::expression::values([
            (":message", s(claim.message.as_str())),
            (":attempt", n(claim.attempt)),
            (":status_open", s(ConversationStatus::Open.word())),
            (":activity", s(keys::activity(now, id))),
            (":active_sk", s(keys::active(now, id))),
            (":nonce", s(terms.nonce)),
        ]));
        let receipt = if terms.receipt.is_some() { RECEIPT } else { "" };
        let mut expression = format!(
            "SET {START}, {NOBODYS}{receipt}, #sending = :message, #attempt = :attempt, #nonce = :nonce, #last_out = :now, \
             #list_sk = :activity, #active = :now, #active_sk = :active_sk, #status = if_not_exists(#status, :status_open)"
        );
        let mut condition = unclaimed_since(seen, &mut values);
        if let Some(receipt) = terms.receipt {
            values.insert(":receipt_wamid".to_owned(), s(&receipt.wamid));
            values.insert(":receipt_at".to_owned(), n(receipt.at.millis()));
            condition.push_str(" AND (attribute_not_exists(#receipt_at) OR #receipt_at <= :receipt_at)");
        }
        if let Some(until) = terms.within_window_until {
            values.insert(":window_open".to_owned(), s(WindowState::Open.word()));
            values.insert(":until".to_owned(), n(until.millis()));
            condition.push_str(" AND #window_state = :window_open AND #window_closes > :until");
        }
        if message.is_answer() && seen.is_some_and(|seen| seen.is_entered_by_answer(now)) {
            expression.push_str(", #entry_answered = :now");
        }
        if let Some(paid_at) = plan.paid_at {
            expression.push_str(", #paid_at = :paid_at");
            values.insert(":paid_at".to_owned(), n(paid_at.millis()));
            condition.push_str(&unpaid_since(seen, &mut values));
        }
        let mut remove: Vec<String> = Vec::new();
        match plan.line {
            Line::Stays => {}
            Line::BeginsHere => expression.push_str(", #again = :message"),
            Line::Ends => remove.extend(["#held", "#held_reason", "#again"].map(str::to_owned)),
        }
        if let Some(again) = seen.and_then(|seen| seen.pace.again.as_ref()).filter(|_| plan.line != Line::Stays) {
            condition.push_str(" AND #again = :seen_again");
            values.insert(":seen_again".to_owned(), s(again.as_str()));
        }
        if message.is_answer() {
            expression.push_str(", #handled = :handled");
            values.insert(":handled".to_owned(), n(handled_by(seen, message).millis()));
            replied(message, &mut expression, &mut remove, &mut values);
        }
        if message.is_answer() && seen.is_none_or(|seen| answers_all(seen, asked_at)) {
            remove.extend(["#waiting_from", "#waiting_pk", "#waiting_sk", "#unread"].map(str::to_owned));
            condition.push_str(" AND (attribute_not_exists(#arrived) OR #arrived <= :asked)");
            values.insert(":asked".to_owned(), n(asked_at.millis()));
        }
        if !remove.is_empty() {
            expression.push_str(&format!(" REMOVE {}", remove.join(", ")));
        }
        expression.push_str(" ADD #revision :one");
        let key = keys::conversation(id);
        Ok(match self.update("send_claim", &key, &expression, &condition, values).await? {
            Updated::Done => true,
            Updated::Refused(item) => item.is_some_and(|item| text(&item, "nonce") == Some(terms.nonce)),
        })
    }

    /// What comes after `message` in its conversation waits behind it from now on; and where it is held again, what was
    /// released with it.
    pub async fn send_barrier(&self, message: &Message, plan: &HoldPlan, now: Time) -> Result<(), StoreError> {
        let id = &message.conversation_id;
        let mut values = start_values(&message.channel_id, &message.contact_id, now);
        values.extend(crate::expression::values([
            (":held", s(message.id.as_str())),
            (":status_open", s(ConversationStatus::Open.word())),
            (":activity", s(keys::activity(now, id))),
            (":active_sk", s(keys::active(now, id))),
        ]));
        let mut expression = format!(
            "SET {START}, {NOBODYS}, #list_sk = if_not_exists(#list_sk, :activity), #active = if_not_exists(#active, :now), \
             #active_sk = if_not_exists(#active_sk, :active_sk), #status = if_not_exists(#status, :status_open)"
        );
        if plan.is_barrier {
            expression.push_str(", #held = :held, #held_reason = :reason");
            values.insert(":reason".to_owned(), s(plan.reason.word()));
        }
        if let Some(paid_at) = plan.paid_at {
            expression.push_str(", #paid_at = :paid_at");
            values.insert(":paid_at".to_owned(), n(paid_at.millis()));
        }
        // Told again, its place in the pace is not taken twice.
        let mut condition = "attribute_not_exists(#held) OR #held <> :held";
        if plan.is_again {
            expression.push_str(", #again = :held");
            condition = "attribute_exists(#pk)";
        }
        expression.push_str(" ADD #revision :one");
        self.update("send_barrier", &keys::conversation(id), &expression, condition, values).await?;
        Ok(())
    }

    /// Nothing waits behind `message` any more, which is not sent after all.
    pub async fn send_barrier_end(&self, message: &MessageId) -> Result<(), StoreError> {
        let values = crate::expression::values([(":held", s(message.as_str())), (":one", n(1))]);
        let key = keys::conversation(&message.conversation());
        let expression = "REMOVE #held, #held_reason ADD #revision :one";
        self.update("send_barrier_end", &key, expression, "#held = :held", values).await?;
        Ok(())
    }

    /// Gives the claim back after a call that Meta certainly did not act on. The customer waits again, if they did before; and
    /// unless the conversation has changed since it was seen, its last reply and what is unread are as they were. Safe to repeat;
    /// does nothing if somebody else holds the conversation.
    pub async fn send_release(
        &self,
        message: &Message,
        claim: &SendClaim,
        before: Option<&Conversation>,
    ) -> Result<(), StoreError> {
        let (mut since, mut told) = (before.and_then(|before| before.waiting_since), as_before(before));
        let mut revision = before.map_or(0, |before| before.revision).saturating_add(1);
        for _ in 0..TRIES_MAX {
            let waits = since.map(|since| (&message.channel_id, since));
            let found = self.release(claim, revision, waits, told).await?;
            let Some(found) = found.filter(|found| found.sending.as_ref() == Some(claim)) else { return Ok(()) };
            // Others have written since.
            (since, told) = (waits_once_released(before, &found, message), Vec::new());
            revision = found.revision;
        }
        Err(StoreError::Contended { operation: "send_release" })
    }

    /// If the row is the claim's and at `revision`; if not, what it is.
    async fn release(
        &self,
        claim: &SendClaim,
        revision: i64,
        waits: Option<(&ChannelId, Time)>,
        told: Vec<(&'static str, Option<AttributeValue>)>,
    ) -> Result<Option<Conversation>, StoreError> {
        const OPERATION: &str = "send_release";
        let id = claim.message.conversation();
        let mut values = crate::expression::values([
            (":message", s(claim.message.as_str())),
            (":attempt", n(claim.attempt)),
            (":revision", n(revision)),
            (":one", n(1)),
        ]);
        let (mut set, mut remove) = (Vec::new(), ["#sending", "#attempt", "#nonce"].map(str::to_owned).to_vec());
        if let Some((channel, since)) = waits {
            set.push("#waiting_from = if_not_exists(#waiting_from, :since)".to_owned());
            set.push("#waiting_pk = :waiting_pk, #waiting_sk = if_not_exists(#waiting_sk, :waiting_sk)".to_owned());
            values.insert(":since".to_owned(), n(since.millis()));
            values.insert(":waiting_pk".to_owned(), s(keys::waiting(channel)));
            values.insert(":waiting_sk".to_owned(), s(keys::waiting_since(since, &id)));
        }
        for (name, value) in told {
            match value {
                Some(value) => {
                    set.push(format!("#{name} = :{name}"));
                    values.insert(format!(":{name}"), value);
                }
                None => remove.push(format!("#{name}")),
            }
        }
        let set = if set.is_empty() { String::new() } else { format!("SET {} ", set.join(", ")) };
        let expression = format!("{set}REMOVE {} ADD #revision :one", remove.join(", "));
        let condition = "#sending = :message AND #attempt = :attempt AND #revision = :revision";
        match self.update(OPERATION, &keys::conversation(&id), &expression, condition, values).await? {
            Updated::Done => Ok(None),
            Updated::Refused(item) => item.map(|item| read(OPERATION, item)).transpose(),
        }
    }
}
