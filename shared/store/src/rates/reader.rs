//! What a message costs, by what the table knows: the cards in force, the wallet's currency and what was used before.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Time;
use domain::channel::Channel;
use domain::contact::Contact;
use domain::conversation::{Conversation, EntryPointState};
use domain::ids::ConversationId;
use domain::message::{AnnotationKind, Message};
use domain::money::Currency;
use domain::pricing::{
    Ask, Basis, Card, CardId, Category, Country, Loaded, NoRate, Quote, Told, Usage, Window, in_force, needs, needs_of,
    quote, requote, shipped,
};
use domain::sending::TemplateUse;
use domain::settings::Settings;

use crate::error::StoreError;
use crate::table::Store;

/// For how long a process goes by what it read.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// A message that is to be priced.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub channel: &'a Channel,
    pub contact: &'a Contact,
    pub conversation: Option<&'a Conversation>,
    /// The message's type, in the Cloud API's word.
    pub kind: &'a str,
    pub template: &'a TemplateUse,
    pub settings: &'a Settings,
}

/// What is known of the price of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Priced {
    /// No card is asked: its channel is unmetered, it is a reaction, it becomes other messages, or its template is not there, for
    /// which it is refused.
    Unmetered,
    Quoted {
        quote: Quote,
        /// The counts that the quote is a forecast by.
        usage: Usage,
    },
    Refused(NoRate),
}

impl Subject<'_> {
    /// What Meta charges such a message as.
    fn category(&self) -> Option<Category> {
        let is_free = self.kind == AnnotationKind::Reaction.word() || self.kind == domain::parts::KIND;
        match self.template {
            _ if is_free => None,
            TemplateUse::None => Some(Category::SERVICE),
            TemplateUse::Found(template) => Some(Category::read(&template.category)),
            TemplateUse::Missing { .. } => None,
        }
    }

    /// A free entry point that Meta has not confirmed may turn out to be none: until then a message in it is priced as any other.
    fn window(&self, now: Time) -> Window {
        let Some(conversation) = self.conversation else { return Window::Closed };
        let entry_point = conversation.entry_point(self.settings.window.entry_point(), now);
        if entry_point.is_some_and(|standing| standing.state == EntryPointState::Open) {
            Window::EntryPoint
        } else if conversation.is_within_window(now, Duration::ZERO) {
            Window::Open
        } else {
            Window::Closed
        }
    }
}

/// The cards as a process remembers them: which there are is read again when it is a second old, a card's rates once.
#[derive(Debug)]
pub struct RatesReader {
    store: Store,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    cards: Option<(Time, Arc<[Arc<Card>]>)>,
    contents: BTreeMap<(CardId, i64), Arc<Card>>,
    /// A wallet keeps its currency for life.
    currency: Option<Currency>,
}

impl RatesReader {
    pub fn new(store: Store) -> RatesReader {
        RatesReader { store, held: Mutex::default() }
    }

    /// The shipped cards, then those that were loaded, which go before them.
    pub async fn cards(&self, now: Time) -> Result<Arc<[Arc<Card>]>, StoreError> {
        if let Some(cards) = self.recall(now) {
            return Ok(cards);
        }
        let loaded = self.store.rate_cards().await?;
        let is_replaced = |card: &&Card| loaded.iter().any(|loaded| loaded.id == card.id);
        let mut cards: Vec<Arc<Card>> =
            shipped().iter().filter(|card| !is_replaced(card)).map(|card| Arc::new(card.clone())).collect();
        let mut contents = BTreeMap::new();
        for loaded in &loaded {
            let key = (loaded.id.clone(), loaded.revision);
            let card = self.content(loaded).await?;
            contents.insert(key, card.clone());
            cards.push(card);
        }
        let cards: Arc<[Arc<Card>]> = cards.into();
        let mut held = self.lock();
        (held.cards, held.contents) = (Some((now, cards.clone())), contents);
        Ok(cards)
    }

    /// The rates of a loaded card, which never change.
    pub async fn content(&self, loaded: &Loaded) -> Result<Arc<Card>, StoreError> {
        let known = self.lock().contents.get(&(loaded.id.clone(), loaded.revision)).cloned();
        match known {
            Some(card) => Ok(card),
            None => Ok(Arc::new(self.store.rate_card(loaded).await?)),
        }
    }

    /// Another card was loaded just now: the next quote is to be by it.
    pub fn forget(&self) {
        self.lock().cards = None;
    }

    /// The card by which a message was quoted.
    pub async fn card(&self, id: &CardId, now: Time) -> Result<Option<Arc<Card>>, StoreError> {
        Ok(self.cards(now).await?.iter().find(|card| card.id == *id).cloned())
    }

    /// The wallet's; dollars until there is a wallet.
    pub async fn currency(&self) -> Result<Currency, StoreError> {
        if let Some(currency) = self.lock().currency.clone() {
            return Ok(currency);
        }
        let known = self.store.wallet_get().await?.map(|wallet| wallet.currency);
        self.lock().currency.clone_from(&known);
        Ok(known.unwrap_or_else(Currency::dollar))
    }

    /// What the message would cost if it went out now.
    pub async fn price(&self, subject: &Subject<'_>, now: Time) -> Result<Priced, StoreError> {
        let (Some(model), Some(category)) = (subject.channel.pricing_model.model(), subject.category()) else {
            return Ok(Priced::Unmetered);
        };
        let currency = self.currency().await?;
        let on = subject.settings.billing.zone().date(now);
        let cards = self.cards(now).await?;
        let card = match in_force(cards.iter().map(AsRef::as_ref), &currency, model, on) {
            Ok(card) => card,
            Err(missing) => return Ok(Priced::Refused(missing)),
        };
        let country = Country::of_contact(subject.contact);
        let abroad = &subject.settings.billing.international_authentication;
        let ask = Ask {
            country,
            category,
            window: subject.window(now),
            is_international: country.is_some_and(|country| abroad.contains(&country)),
            at: now,
            usage: &Usage::default(),
        };
        let channel = &subject.channel.id;
        let conversation = ConversationId::of(channel, &subject.contact.thread);
        let usage = self.store.usage(&needs(card, &ask), channel, &conversation, on.month()).await?;
        let outcome = quote(card, &Ask { usage: &usage, ..ask });
        Ok(match outcome {
            Ok(quote) => Priced::Quoted { quote, usage },
            Err(missing) => Priced::Refused(missing),
        })
    }

    /// What a message cost, by Meta's word on it. `at`: when Meta delivered it.
    pub async fn settle(
        &self,
        (message, channel, contact): (&Message, &Channel, &Contact),
        (told, at): (&Told, Time),
        settings: &Settings,
        now: Time,
    ) -> Result<Result<Quote, NoRate>, StoreError> {
        let zone = settings.billing.zone();
        let cards = self.cards(now).await?;
        let quoted = message.price.as_ref().map(|price| &price.quote);
        let known = quoted.and_then(|quote| cards.iter().find(|card| card.id == quote.card)).map(AsRef::as_ref);
        let card = match (known, channel.pricing_model.model()) {
            (Some(card), _) => card,
            (None, model) => {
                let (currency, on) = (self.currency().await?, zone.date(message.at));
                let model = quoted.map(|quote| quote.model).or(model).unwrap_or_default();
                match in_force(cards.iter().map(AsRef::as_ref), &currency, model, on) {
                    Ok(card) => card,
                    Err(missing) => return Ok(Err(missing)),
                }
            }
        };
        let basis = quoted.map_or_else(|| Basis::Country(Country::of_contact(contact)), Basis::Quote);
        let needs = told.charged_as(quoted).map(|category| needs_of(card, &basis.market(card), &category));
        let month = zone.date(at).month();
        let usage = self.store.usage(&needs.unwrap_or_default(), &channel.id, &message.conversation_id, month).await?;
        Ok(requote(card, basis, told, at, &usage))
    }

    /// A clock that was set back makes none of it younger.
    fn recall(&self, now: Time) -> Option<Arc<[Arc<Card>]>> {
        let held = self.lock();
        let (since, cards) = held.cards.as_ref()?;
        (*since <= now && now < since.plus(FRESH_FOR)).then(|| cards.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
