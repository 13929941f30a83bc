//! What became of a message of ours. A status finds it by our own id, which Meta echoes; without one, by the wamid among
//! the messages of its recipient.
use domain::Time;
use domain::event::EventKind;
use domain::ids::{ConversationId, MessageId};
use domain::message::Status::Failed;
use domain::message::{Direction, Fault, Message, State, StatusReport};
use queue::Atom;
use runtime::clock;
use serde_json::Value;
use whatsapp::webhook::Status;

use crate::Apply;
use crate::directory::Who;
use crate::error::ApplyError;

/// What is about a message of ours and overtakes the answer to its send waits for it, this many deliveries long.
pub(crate) const EARLY_DELIVERIES_MAX: u32 = 3;

/// What a wamid belongs to.
pub(crate) enum Match {
    Message(Box<Message>),
    /// A send in this conversation has no answer yet: it may be of that one.
    Later,
    Nothing,
}

impl Apply {
    pub(crate) async fn status(&self, atom: &Atom<'_>, received_at: Time, deliveries: u32) -> Result<(), ApplyError> {
        let status = match Status::read(atom.part) {
            Ok(status) => status,
            Err(error) => return self.keep(atom, EventKind::WebhookKept, Some(&error.to_string())).await,
        };
        let report = report(atom, &status, received_at)?;
        let message = match status.opaque.as_deref().and_then(MessageId::parse) {
            Some(message) => message,
            None => match self.find(atom, &status).await? {
                Match::Message(message) => message.id,
                Match::Later if deliveries <= EARLY_DELIVERIES_MAX => return Err(ApplyError::Early),
                Match::Later | Match::Nothing => return self.unmatched(atom, &status, &report).await,
            },
        };
        self.store.status_insert(&message, &report, atom.part.get()).await?;
        if let Some(word) = status.free_entry(report.at) {
            self.store.entry_point_told(&message.conversation(), &word).await?;
        }
        self.failures(&message.conversation(), &status.errors, report.at).await?;
        if report.status == Failed.word() { self.undelivered(&message.conversation()).await } else { Ok(()) }
    }

    /// One of a message that was sent elsewhere may come before that message's echo, which then takes it along.
    async fn unmatched(&self, atom: &Atom<'_>, status: &Status, report: &StatusReport) -> Result<(), ApplyError> {
        if let Some(channel) = self.channel(atom).await? {
            self.store.status_keep(&channel.id, &status.wamid, report, atom.part.get(), clock::now()).await?;
        }
        self.keep(atom, EventKind::StatusUnmatched, Some("no message of ours has this wamid")).await
    }

    async fn find(&self, atom: &Atom<'_>, status: &Status) -> Result<Match, ApplyError> {
        let channel = self.channel(atom).await?;
        let who = Who::new(&[&status.recipient], None, None);
        let Some(channel) = channel.filter(|_| who.is_known()) else { return Ok(Match::Nothing) };
        let Some(contact) = self.directory.find(&who).await? else { return Ok(Match::Nothing) };
        self.locate(&ConversationId::of(&channel.id, &contact), &status.wamid, Some(Direction::Outbound)).await
    }

    /// The message of a conversation that has this wamid.
    pub(crate) async fn locate(
        &self,
        conversation: &ConversationId,
        wamid: &str,
        direction: Option<Direction>,
    ) -> Result<Match, ApplyError> {
        if let Some(message) = self.store.message_find(conversation, wamid, direction).await? {
            return Ok(Match::Message(Box::new(message)));
        }
        let conversation = self.store.conversation_get(conversation).await?;
        let sending = match conversation.and_then(|conversation| conversation.sending) {
            Some(claim) => self.store.message_get(&claim.message).await?,
            None => None,
        };
        let unanswered = |message: &Message| message.wamid.is_none() && message.written_state == State::Queued;
        Ok(if sending.as_ref().is_some_and(unanswered) { Match::Later } else { Match::Nothing })
    }
}

fn report(atom: &Atom<'_>, status: &Status, received_at: Time) -> Result<StatusReport, ApplyError> {
    let raw: Value = serde_json::from_str(atom.part.get())?;
    let conversation = raw.get("conversation");
    // As Meta wrote it; in group statuses it may stand inside the conversation.
    let pricing = raw.get("pricing").or_else(|| conversation?.get("pricing"));
    let object = |value: Option<&Value>| value.filter(|value| value.is_object()).cloned();
    let person = &status.recipient;
    let participant = person.wa_id.clone().or_else(|| person.user_id.clone()).unwrap_or_default();
    Ok(StatusReport {
        status: status.word.word().to_owned(),
        at: status.at.unwrap_or(received_at),
        wamid: Some(status.wamid.clone()),
        faults: status.errors.iter().map(Fault::from).collect(),
        pricing: object(pricing),
        conversation: object(conversation),
        participant: status.group_id.is_some().then_some(participant),
    })
}
