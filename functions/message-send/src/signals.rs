//! Shows customers that their messages were read, and that somebody is writing.
//!
//! Guarantees: nothing that depends on them; one that Meta does not take is tried a few times and dropped with a line in the
//! log, so that it never holds up the messages of its conversation for long. Typing that is over is not shown.
use std::time::Duration;

use domain::Time;
use domain::channel::{Channel, ChannelState, ReadReceipts};
use domain::conversation::{Signal, SignalKind, answers_all};
use queue::SignalTask;
use runtime::{chain, clock};
use whatsapp::errors::Reaction;
use whatsapp::send::{Reply, signal};

use crate::error::SendError;
use crate::{Loaded, Sender};

/// Deliveries of a task before it is dropped.
const TRIES_MAX: u32 = 3;
/// Meta shows typing for so long.
const TYPING_FOR: Duration = Duration::from_secs(25);
/// Meta takes a receipt for a message of at most this age.
const RECEIPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

impl Sender {
    pub(crate) async fn signal(&self, task: &SignalTask, deliveries: u32) -> Result<(), SendError> {
        let Err(error) = self.show(task).await else { return Ok(()) };
        if deliveries < TRIES_MAX {
            return Err(error);
        }
        tracing::warn!(error = chain(&error), "a receipt or typing was given up");
        Ok(())
    }

    async fn show(&self, task: &SignalTask) -> Result<(), SendError> {
        let (Some(id), Some(kind)) = (task.conversation(), task.kind()) else { return Err(SendError::Gone) };
        let conversation = self.store.conversation_get(&id).await?.ok_or(SendError::Gone)?;
        // A later wish of its kind has a task of its own.
        let Some(wish) = conversation.signal(kind).filter(|wish| **wish == task.wish()) else { return Ok(()) };
        let channel = self.store.channel_get(&conversation.channel_id).await?.ok_or(SendError::Gone)?;
        if !is_to_be_shown(&channel, kind, wish, clock::now()) {
            return Ok(());
        }
        let body = signal(&wish.wamid, kind == SignalKind::Typing);
        let reply = match self.client().await?.1.signal(&channel.phone_number_id, &body).await {
            Ok(None) => return Ok(()),
            Ok(Some(reply)) => reply,
            Err(error) => return Err(SendError::PutOff { reason: chain(&error) }),
        };
        // Showing it twice is showing it once.
        if reply.reaction().is_some_and(|reaction| reaction.is_retried() || reaction == Reaction::InDoubt) {
            return Err(SendError::PutOff { reason: said(&reply) });
        }
        tracing::warn!(reply = said(&reply), "Meta did not take a receipt or typing");
        Ok(())
    }

    /// Up to which message an answer shows the customer that theirs were read, where the channel wants that.
    pub(crate) async fn answer_receipt(&self, loaded: &Loaded, now: Time) -> Result<Option<Signal>, SendError> {
        let Loaded { message, channel, conversation: Some(conversation), .. } = loaded else { return Ok(None) };
        let Some(at) = conversation.last_inbound_at else { return Ok(None) };
        let is_wanted = channel.read_receipts == ReadReceipts::OnAnswer
            && at.plus(RECEIPT_FOR) > now
            && answers_all(conversation, message.received_at);
        if !is_wanted {
            return Ok(None);
        }
        let read = self.store.message_inbound_at(&conversation.id, at).await?;
        let read = read.and_then(|read| read.wamid).map(|wamid| Signal { wamid, at });
        Ok(read.filter(|read| conversation.lacks_receipt(read)))
    }
}

/// Without Meta's texts, which may name people.
fn said(reply: &Reply) -> String {
    match reply {
        Reply::Accepted(_) => "accepted".to_owned(),
        Reply::Refused(error) => format!("error {}", error.code.unwrap_or_default()),
        Reply::Unreadable { status } => format!("HTTP {status}"),
    }
}

fn is_to_be_shown(channel: &Channel, kind: SignalKind, wish: &Signal, now: Time) -> bool {
    let is_fresh = match kind {
        SignalKind::Typing => wish.at.plus(TYPING_FOR) > now,
        SignalKind::Receipt => wish.at.plus(RECEIPT_FOR) > now,
    };
    is_fresh && channel.state == ChannelState::Active
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::contact::ContactKind;
    use domain::ids::ChannelId;

    fn channel(state: ChannelState) -> Channel {
        Channel {
            id: ChannelId::of_number("1"),
            phone_number_id: "1".to_owned(),
            waba_id: "2".to_owned(),
            display_phone_number: "+1".to_owned(),
            nickname: "Shop".to_owned(),
            add_as: ContactKind::Lead,
            assign_to: None,
            state,
            read_receipts: ReadReceipts::default(),
            marketing_api: domain::channel::MarketingApi::default(),
            pricing_model: domain::channel::Charging::default(),
            created_at: Time::from_seconds(0),
        }
    }

    #[test]
    fn what_is_over_is_not_shown() {
        const DAY: i64 = 24 * 3600;
        use SignalKind::{Receipt, Typing};
        for (kind, age, state, is_shown) in [
            (Typing, 0, ChannelState::Active, true),
            (Typing, 24, ChannelState::Active, true),
            (Typing, 25, ChannelState::Active, false),
            (Receipt, 25, ChannelState::Active, true),
            (Receipt, 30 * DAY - 1, ChannelState::Active, true),
            (Receipt, 30 * DAY, ChannelState::Active, false),
            (Receipt, 0, ChannelState::Disabled, false),
            (Typing, 0, ChannelState::Disabled, false),
        ] {
            let wish = Signal { wamid: "wamid.A".to_owned(), at: Time::from_seconds(1000) };
            let now = Time::from_seconds(1000 + age);
            assert_eq!(is_to_be_shown(&channel(state), kind, &wish, now), is_shown, "{kind} {age} {state}");
        }
    }
}
