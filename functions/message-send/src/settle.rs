//! Writes what became of an attempt.
use domain::conversation::SendClaim;
use domain::effect::Effect;
use domain::message::Message;
use domain::sending::Refusal;
use store::{Met, Outcome};
use whatsapp::send::Reply;

use crate::error::SendError;
use crate::{Loaded, Sender, outcome};

impl Sender {
    /// A message that has an outcome already keeps it.
    pub(crate) async fn settle(&self, message: &Message, outcome: &Outcome) -> Result<(), SendError> {
        self.store.message_settle(&message.id, message.attempt, outcome).await?;
        Ok(())
    }

    /// Refused by a rule of ours. What waited behind the message waits no more.
    pub(crate) async fn refuse(&self, message: &Message, refusal: &Refusal) -> Result<(), SendError> {
        if message.dispatch.hold.is_some() {
            self.store.send_barrier_end(&message.id).await?;
        }
        self.settle(message, &outcome::refused(refusal)).await
    }

    /// Meta refused: the conversation, which was counted as answered, is not any more. That comes first: after a crash in between
    /// the refused message is tried once more, which is safe, and the customer is not forgotten. What else the refusal
    /// changes comes in between for the same reason.
    pub(crate) async fn settle_answer(
        &self,
        loaded: &Loaded,
        claim: &SendClaim,
        outcome: &Outcome,
        effect: Option<(Effect, Met<'_>)>,
    ) -> Result<(), SendError> {
        if matches!(outcome, Outcome::Refused { .. }) && (loaded.message.is_answer() || effect.is_some()) {
            self.store.send_release(&loaded.message, claim, loaded.conversation.as_ref()).await?;
        }
        if let Some((effect, met)) = effect {
            self.store.effect_apply(effect, &met).await?;
        }
        self.settle(&loaded.message, outcome).await
    }

    /// Meta certainly refused, for the file alone: it goes across anew, and then the message once more.
    pub(crate) async fn renewed(
        &self,
        loaded: &Loaded,
        claim: &SendClaim,
        answer: &Result<Reply, net::SendError>,
    ) -> Result<bool, SendError> {
        let message = &loaded.message;
        if !outcome::is_about_file(message, answer) {
            return Ok(false);
        }
        self.store.send_release(&loaded.message, claim, loaded.conversation.as_ref()).await?;
        Ok(self.store.message_renew(&message.id, message.attempt).await?)
    }
}
