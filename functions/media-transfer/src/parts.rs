//! The messages that a message of several files becomes: each to be sent, with what it may cost held, or refused because its file
//! did not get across or cannot be paid for.
use domain::attachment::{MessageMedia, Part};
use domain::channel::Channel;
use domain::message::{Direction, Dispatch, Fault, Message, Source, State, Told};
use domain::money::Micros;
use domain::sending::{Refusal, TemplateUse};
use domain::wallet::Price;
use runtime::clock;
use store::{Accepted, Priced, Subject};

use crate::Transfer;
use crate::error::TransferError;

impl Transfer {
    pub(crate) async fn parts(
        &self,
        parent: &Message,
        channel: &Channel,
        files: Vec<Result<Option<String>, Fault>>,
    ) -> Result<(), TransferError> {
        let now = clock::now();
        let contact = self.store.contact_get(&parent.contact_id).await?.ok_or(TransferError::NoId)?;
        let conversation = self.store.conversation_get(&parent.conversation_id).await?;
        let settings = self.settings.get(now).await?;
        for ((part, file), index) in parent.media.parts.iter().zip(files).zip(0..) {
            let mut message = child(parent, part, file, index);
            let (conversation, template) = (conversation.as_ref(), &TemplateUse::None);
            let subject =
                Subject { channel, contact: &contact, conversation, kind: &part.kind, template, settings: &settings };
            let refusal = match self.rates.price(&subject, now).await? {
                Priced::Quoted { quote, .. } if quote.amount > Micros::ZERO && message.faults.is_empty() => {
                    message.price = Some(Price::hold(quote, None, now));
                    match self.till.accept(&self.store, std::slice::from_ref(&message), now).await? {
                        Accepted::New | Accepted::Before => continue,
                        Accepted::Short { credits } => {
                            Some(Refusal::short(std::slice::from_ref(&message), credits.as_ref()))
                        }
                    }
                }
                Priced::Refused(missing) => Some(Refusal::NoRate(missing)),
                Priced::Quoted { .. } | Priced::Unmetered => None,
            };
            message.price = None;
            if let Some(refusal) = refusal {
                message.written_state = State::Refused;
                message.faults.push(Fault::from(&refusal));
            }
            self.store.message_queue(&message).await?;
        }
        Ok(())
    }
}

/// The child at `index`: to be sent, or refused because its file did not get across.
fn child(parent: &Message, part: &Part, file: Result<Option<String>, Fault>, index: u32) -> Message {
    let (meta_id, faults) = match file {
        Ok(meta_id) => (meta_id, Vec::new()),
        Err(fault) => (None, vec![fault]),
    };
    let later = std::time::Duration::from_millis(u64::from(index) + 1);
    Message {
        id: parent.id.part(parent.at, index),
        conversation_id: parent.conversation_id.clone(),
        channel_id: parent.channel_id.clone(),
        contact_id: parent.contact_id.clone(),
        direction: Direction::Outbound,
        kind: part.kind.clone(),
        content: part.content.clone(),
        options: parent.options.clone(),
        context: parent.context.clone().filter(|_| index == 0),
        told: Told::default(),
        wamid: None,
        at: parent.at.plus(later),
        received_at: parent.received_at,
        source: Source::Live,
        written_state: if faults.is_empty() { State::Queued } else { State::Refused },
        attempt: 1,
        dispatch: Dispatch { hold: None, ..parent.dispatch.clone() },
        price: None,
        faults,
        reports: Vec::new(),
        annotations: Vec::new(),
        media: MessageMedia {
            meta_id,
            attached: part.attached.clone().into_iter().collect(),
            parent: Some(parent.id.clone()),
            ..MessageMedia::default()
        },
    }
}
