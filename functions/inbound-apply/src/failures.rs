//! Errors that come by webhook: the same reactions as to those that Meta answers, as far as they still make sense.
use domain::Time;
use domain::channel::Channel;
use domain::event::EventKind;
use domain::ids::{ContactId, ConversationId};
use queue::Atom;
use store::Met;
use whatsapp::errors::{GraphError, Reaction};

use crate::Apply;
use crate::error::ApplyError;
use crate::keep::About;

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
