//! Errors that come by webhook: the same reactions as to those that Meta answers, as far as they still make sense.
use domain::Time;
use domain::channel::Channel;
use domain::conversation::{may_wait_again, waits_again};
use domain::event::EventKind;
use domain::ids::{ContactId, ConversationId};
use queue::Atom;
use runtime::clock;
use store::Met;
use whatsapp::errors::{GraphError, Reaction};

use crate::Apply;
use crate::error::ApplyError;
use crate::keep::About;

/// Among so many of the latest messages another answer is looked for.
const THREAD_MAX: usize = 20;

impl Apply {
    /// `at`: Meta's time of the status that brought the errors.
    pub(crate) async fn failures(
        &self,
        conversation: &ConversationId,
        errors: &[GraphError],
        at: Time,
    ) -> Result<(), ApplyError> {
        if errors.iter().any(|error| error.reaction() == Reaction::CloseWindow) {
            self.store.window_refuse(conversation, at).await?;
        }
        if errors.iter().all(|error| error.effect().is_none()) {
            return Ok(());
        }
        let Some(conversation) = self.store.conversation_get(conversation).await? else { return Ok(()) };
        let Some(channel) = self.store.channel_get(&conversation.channel_id).await? else { return Ok(()) };
        self.effects(&channel, Some(&conversation.contact_id), errors, at).await
    }

    /// A message of ours did not arrive. Where it was the only answer, the customer waits again.
    pub(crate) async fn undelivered(&self, id: &ConversationId) -> Result<(), ApplyError> {
        let conversation = self.store.conversation_get(id).await?;
        let Some(conversation) = conversation.filter(may_wait_again) else { return Ok(()) };
        let thread = self.store.messages_page(id, THREAD_MAX, None).await?.items;
        if waits_again(&conversation, &thread) {
            self.store.conversation_waits_again(&conversation, clock::now()).await?;
        }
        Ok(())
    }

    /// An error of a number, with no message to hang on.
    pub(crate) async fn value_error(&self, atom: &Atom<'_>) -> Result<(), ApplyError> {
        let channel = self.channel(atom).await?;
        let error = GraphError::read_item(atom.part);
        if let (Some(channel), Some(error)) = (&channel, error) {
            self.effects(channel, None, &[error], Time::from_millis(atom.received_at)).await?;
        }
        let about = About { channel: channel.map(|channel| channel.id), ..About::default() };
        self.keep_about(atom, EventKind::ChannelError, None, about).await
    }

    async fn effects(
        &self,
        channel: &Channel,
        contact: Option<&ContactId>,
        errors: &[GraphError],
        at: Time,
    ) -> Result<(), ApplyError> {
        for error in errors {
            if let Some(effect) = error.effect() {
                let detail = error.summary();
                let met = Met { channel: &channel.id, waba_id: &channel.waba_id, contact, at, detail: &detail };
                self.store.effect_apply(effect, &met).await?;
            }
        }
        Ok(())
    }
}
