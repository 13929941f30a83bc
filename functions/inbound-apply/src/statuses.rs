//! What became of a message of ours. A status finds it by our own id, which Meta echoes; without one, by the wamid among
//! the messages of its recipient.
use domain::Time;
use domain::event::EventKind;
use domain::ids::{ConversationId, MessageId};
use domain::message::{Fault, Message, State, StatusReport};
use queue::Atom;
use serde_json::Value;
use whatsapp::webhook::Status;

use crate::Apply;
use crate::directory::Who;
use crate::error::ApplyError;

/// A status without our id that overtakes the answer to its own send waits for it, this many deliveries long.
const EARLY_DELIVERIES_MAX: u32 = 3;

/// Where a status without our id belongs.
enum Match {
    Message(MessageId),
    /// A send to this person has no answer yet: the status may be of that one.
    Later,
    Nothing,
}

impl Apply {
    pub(crate) async fn status(&self, atom: &Atom<'_>, received_at: Time, deliveries: u32) -> Result<(), ApplyError> {
        let status = match Status::read(atom.part) {
            Ok(status) => status,
            Err(error) => return self.keep(atom, EventKind::WebhookKept, Some(&error.to_string())).await,
        };
        let message = match status.opaque.as_deref().and_then(MessageId::parse) {
            Some(message) => message,
            None => match self.find(atom, &status).await? {
                Match::Message(message) => message,
                Match::Later if deliveries <= EARLY_DELIVERIES_MAX => return Err(ApplyError::Early),
                Match::Later | Match::Nothing => {
                    return self
                        .keep(atom, EventKind::StatusUnmatched, Some("no message of ours has this wamid"))
                        .await;
                }
            },
        };
        let report = StatusReport {
            status: status.word.word().to_owned(),
            at: status.at.unwrap_or(received_at),
            wamid: Some(status.wamid.clone()),
            faults: status.errors.iter().map(Fault::from).collect(),
            pricing: pricing(atom)?,
        };
        let participant = status.group_id.is_some().then(|| {
            let person = &status.recipient;
            person.wa_id.as_deref().or(person.user_id.as_deref()).unwrap_or_default()
        });
        self.store.status_insert(&message, &report, participant, atom.part.get()).await?;
        self.failures(&message.conversation(), &status.errors, report.at).await
    }

    async fn find(&self, atom: &Atom<'_>, status: &Status) -> Result<Match, ApplyError> {
        let channel = match &atom.phone_number_id {
            Some(number) => self.directory.channel(number).await?,
            None => None,
        };
        let who = Who::new(&[&status.recipient], None, None);
        let Some(channel) = channel.filter(|_| who.is_known()) else { return Ok(Match::Nothing) };
        let Some(contact) = self.directory.find(&who).await? else { return Ok(Match::Nothing) };
        let conversation = ConversationId::of(&channel.id, &contact);
        if let Some(message) = self.store.message_find(&conversation, &status.wamid).await? {
            return Ok(Match::Message(message.id));
        }
        let conversation = self.store.conversation_get(&conversation).await?;
        let sending = match conversation.and_then(|conversation| conversation.sending) {
            Some(claim) => self.store.message_get(&claim.message).await?,
            None => None,
        };
        let unanswered = |message: &Message| message.wamid.is_none() && message.written_state == State::Queued;
        Ok(if sending.as_ref().is_some_and(unanswered) { Match::Later } else { Match::Nothing })
    }

    /// Meta says that the window was closed at `at`, whatever we believed (P24). What the customer wrote since then, or in
    /// that very second, has opened another one.
    pub(crate) async fn close_window(&self, conversation: &ConversationId, at: Time) -> Result<(), ApplyError> {
        let conversation = self.store.conversation_get(conversation).await?;
        let silent = conversation.filter(|seen| seen.last_inbound_at.is_none_or(|last| last < at));
        if let Some((conversation, window)) = silent.and_then(|seen| Some((seen.clone(), seen.window?))) {
            self.store.window_close(&conversation, window).await?;
        }
        Ok(())
    }
}

/// As Meta wrote it; in group statuses it may stand inside the conversation.
fn pricing(atom: &Atom<'_>) -> Result<Option<Value>, ApplyError> {
    let raw: Value = serde_json::from_str(atom.part.get())?;
    let found = raw.get("pricing").or_else(|| raw.get("conversation")?.get("pricing"));
    Ok(found.filter(|pricing| pricing.is_object()).cloned())
}
