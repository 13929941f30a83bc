//! What a template costs by now, where Meta moved it to another category after the message was taken: more is held, or the message
//! is refused.
use domain::message::Message;
use domain::money::Micros;
use domain::pricing::{Category, Quote, Requote, requote_before_send};
use domain::sending::{Refusal, TemplateUse};
use domain::wallet::{Price, PriceState};
use runtime::clock;
use store::{Priced, Subject, Taken};

use crate::error::SendError;
use crate::{Loaded, Sender};

impl Sender {
    /// Why the message cannot be paid for as its template is now.
    pub(crate) async fn unaffordable(&self, loaded: &Loaded) -> Result<Option<Refusal>, SendError> {
        let Loaded { message, channel, contact, conversation, template: used, settings, .. } = loaded;
        let TemplateUse::Found(template) = used else { return Ok(None) };
        let held = message.price.as_ref().filter(|price| price.state == PriceState::Held);
        if held.is_some_and(|price| is_of(&price.quote, &template.category)) || channel.pricing_model.model().is_none()
        {
            return Ok(None);
        }
        let subject = Subject {
            channel,
            contact,
            conversation: conversation.as_ref(),
            kind: &message.kind,
            template: used,
            settings,
        };
        let now = match self.rates.price(&subject, clock::now()).await? {
            Priced::Unmetered => return Ok(None),
            Priced::Refused(missing) => return Ok(Some(Refusal::NoRate(missing))),
            Priced::Quoted { quote, .. } => quote,
        };
        let more = match held.map(|price| requote_before_send(&price.quote, &now)) {
            Some(Requote::More(more)) => more,
            // What is too much comes back when Meta tells what it cost.
            Some(Requote::Keep | Requote::Less(_)) => return Ok(None),
            None if now.amount > Micros::ZERO => now.amount,
            None => return Ok(None),
        };
        self.hold_more(message, Price::hold(now, template.more.ttl_seconds, clock::now()), more).await
    }

    async fn hold_more(&self, message: &Message, to: Price, more: Micros) -> Result<Option<Refusal>, SendError> {
        match self.store.hold_raise(message, &to, more).await? {
            Taken::New => return Ok(None),
            Taken::Before => return Err(SendError::Changed),
            Taken::Short => {}
        }
        let available = self.store.credits_get().await?.and_then(|credits| credits.available()).unwrap_or_default();
        if available >= more {
            // It lies in purses: the next try finds it in the wallet.
            self.store.purses_return(None).await?;
            return Err(SendError::Changed);
        }
        let currency = Some(to.quote.currency);
        Ok(Some(Refusal::InsufficientCredits { needed: more, available, currency }))
    }
}

fn is_of(quote: &Quote, category: &str) -> bool {
    let category = Category::read(category);
    let is_abroad = quote.category == Category::AUTHENTICATION_INTERNATIONAL && category == Category::AUTHENTICATION;
    quote.category == category || is_abroad
}
