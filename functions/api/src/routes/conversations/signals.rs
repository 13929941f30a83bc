//! What the customer is shown apart from messages. Here it is only wished for: the conversation's row says so, and
//! message-send, which has the token, tells WhatsApp.
use std::time::Duration;

use domain::Time;
use domain::channel::{ChannelState, ReadReceipts};
use domain::conversation::{Conversation, Signal};
use domain::sending::Refusal;

use crate::App;
use crate::problem::Problem;

/// WhatsApp marks messages of at most this age.
const MARKED_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// A client may tell every key that is pressed; WhatsApp shows each telling for 25 seconds.
const TYPING_PAUSE: Duration = Duration::from_secs(5);

/// What is wished for when somebody here has read the conversation.
pub(super) async fn receipt(app: &App, conversation: &Conversation, now: Time) -> Result<Option<Signal>, Problem> {
    let Some(at) = markable(conversation, now) else { return Ok(None) };
    let channel = app.store.channel_get(&conversation.channel_id).await?;
    let is_wanted = |channel: &domain::channel::Channel| {
        channel.state == ChannelState::Active && channel.read_receipts == ReadReceipts::OnRead
    };
    if !channel.as_ref().is_some_and(is_wanted) {
        return Ok(None);
    }
    let read = app.store.message_inbound_at(&conversation.id, at).await?;
    Ok(read.and_then(|read| read.wamid).map(|wamid| Signal { wamid, at }))
}

pub(super) async fn typing(app: &App, conversation: &Conversation, now: Time) -> Result<(), Problem> {
    let channel = app.store.channel_get(&conversation.channel_id).await?;
    if channel.is_none_or(|channel| channel.state == ChannelState::Disabled) {
        return Err(Problem::SendRefused(Refusal::ChannelDisabled));
    }
    let read = match markable(conversation, now) {
        Some(at) => app.store.message_inbound_at(&conversation.id, at).await?,
        None => None,
    };
    let wamid = read.and_then(|read| read.wamid).ok_or(Problem::SendRefused(Refusal::NothingToAnswer))?;
    let is_shown = conversation.typing.as_ref().is_some_and(|shown| {
        let is_ended = conversation.last_outbound_at.is_some_and(|answered| answered >= shown.at);
        shown.wamid == wamid && shown.at.plus(TYPING_PAUSE) > now && !is_ended
    });
    if !is_shown {
        app.store.conversation_typing(&conversation.id, &Signal { wamid, at: now }).await?;
    }
    Ok(())
}

/// Meta's time of the customer's last message, if WhatsApp still marks it.
fn markable(conversation: &Conversation, now: Time) -> Option<Time> {
    conversation.last_inbound_at.filter(|at| at.plus(MARKED_FOR) > now)
}
