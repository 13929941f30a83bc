//! Writes what became of an attempt, and what goes to Meta.
use domain::conversation::SendClaim;
use domain::effect::Effect;
use domain::identity::{Identity, IdentityKind};
use domain::message::Message;
use serde_json::Value;
use store::{Met, Outcome};
use whatsapp::send::{Recipient, body};

use crate::error::SendError;
use crate::{Loaded, Sender};

impl Sender {
    /// A message that has an outcome already keeps it.
    pub(crate) async fn settle(&self, message: &Message, outcome: &Outcome) -> Result<(), SendError> {
        self.store.message_settle(&message.id, message.attempt, outcome).await?;
        Ok(())
    }

    /// Meta refused: the customer, who was counted as answered, waits again. That comes first: after a crash in between
    /// the refused message is tried once more, which is safe, and the customer is not forgotten. What else the refusal
    /// changes comes in between for the same reason.
    pub(crate) async fn settle_answer(
        &self,
        loaded: &Loaded,
        claim: &SendClaim,
        outcome: &Outcome,
        effect: Option<(Effect, Met<'_>)>,
    ) -> Result<(), SendError> {
        let waited = loaded.conversation.as_ref().filter(|conversation| conversation.waiting_since.is_some());
        if matches!(outcome, Outcome::Refused { .. }) && (waited.is_some() || effect.is_some()) {
            self.store.send_release(claim, waited).await?;
        }
        if let Some((effect, met)) = effect {
            self.store.effect_apply(effect, &met).await?;
        }
        self.settle(&loaded.message, outcome).await
    }

    /// Closes the window that the send relied on. If the customer has written meanwhile, it is another one and stays.
    pub(crate) async fn close_window(&self, loaded: &Loaded) -> Result<(), SendError> {
        if let Some((conversation, window)) = loaded.conversation.as_ref().and_then(|seen| Some((seen, seen.window?))) {
            self.store.window_close(conversation, window).await?;
        }
        Ok(())
    }

    /// The request to Meta, with our own id in it, which every status brings back.
    pub(crate) fn body(&self, loaded: &Loaded) -> Result<Value, SendError> {
        let message = &loaded.message;
        let current: Vec<&Identity> = loaded.contact.current().collect();
        let to = recipient(&current).ok_or(SendError::NoRecipient)?;
        Ok(body(&to, &message.kind, &message.content, message.context.as_deref(), message.id.as_str()))
    }
}

/// The number under which WhatsApp knows the person, not the form that somebody typed (P30); else the user id.
fn recipient(identities: &[&Identity]) -> Option<Recipient> {
    let first = |kind| identities.iter().find(|identity| identity.kind == kind).map(|identity| identity.value.as_str());
    let wa_id = first(IdentityKind::WaId).map(|digits| format!("+{digits}"));
    let phone = wa_id.or_else(|| first(IdentityKind::Phone).map(str::to_owned));
    phone.map(Recipient::Phone).or_else(|| first(IdentityKind::Bsuid).map(|id| Recipient::Bsuid(id.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_meta_gave_is_written_to() {
        let identity = Identity::new;
        use IdentityKind::{Bsuid, Phone, WaId};
        let typed = identity(Phone, "+5511987654321");
        for (identities, to) in [
            (vec![typed.clone(), identity(WaId, "551187654321")], Some(Recipient::Phone("+551187654321".to_owned()))),
            (vec![typed], Some(Recipient::Phone("+5511987654321".to_owned()))),
            (vec![identity(Bsuid, "US.1")], Some(Recipient::Bsuid("US.1".to_owned()))),
            (vec![identity(Bsuid, "US.1"), identity(WaId, "1650")], Some(Recipient::Phone("+1650".to_owned()))),
            (vec![], None),
        ] {
            assert_eq!(recipient(&identities.iter().collect::<Vec<_>>()), to, "{identities:?}");
        }
    }
}
