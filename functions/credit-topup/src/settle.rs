//! What messages cost, as Meta says. The settlements of a batch are booked together; a message is looked at whole each time, so
//! that it does not matter which of its facts brought the task, in which order, or how often.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use domain::Time;
use domain::ids::{ConversationId, MessageId};
use domain::message::{Direction, Message, Status};
use domain::money::{Currency, Micros};
use domain::pricing::{Category, Quote, Told, told};
use domain::wallet::{Charged, EntryKind, Line, Price, PriceState, Verdict, verdict};
use futures::future::{join_all, try_join};
use runtime::{chain, clock};
use store::{Booked, Booking, Counted, Side};

use crate::CreditDesk;
use crate::error::CreditError;

/// The Cloud API's name of the type.
const TEMPLATE: &str = "template";
/// How often a message is looked at anew that others changed meanwhile.
const TRIES_MAX: u32 = 4;

/// What became of the settlements of a batch.
#[derive(Debug, Default)]
pub(crate) struct Settled(Mutex<BTreeMap<MessageId, CreditError>>);

impl Settled {
    fn fail(&self, message: &MessageId, error: CreditError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(message.clone(), error);
    }

    pub(crate) fn outcome(&self, message: &MessageId) -> Result<(), CreditError> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(message) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

struct Planned {
    message: MessageId,
    currency: Currency,
    booking: Booking,
}

impl CreditDesk {
    /// Settles messages, one of a conversation after the other: what one costs may follow from the one before.
    pub(crate) async fn settle(&self, messages: BTreeSet<MessageId>) -> Settled {
        let settled = Settled::default();
        let mut open: Vec<MessageId> = messages.into_iter().collect();
        while !open.is_empty() {
            let mut conversations: BTreeSet<ConversationId> = BTreeSet::new();
            let (round, rest) = open.into_iter().partition(|message| conversations.insert(message.conversation()));
            self.settle_round(round, &settled).await;
            open = rest;
        }
        settled
    }

    async fn settle_round(&self, mut open: Vec<MessageId>, settled: &Settled) {
        for _ in 0..TRIES_MAX {
            let plans = join_all(open.iter().map(|message| self.plan(message))).await;
            let mut planned = Vec::new();
            for (message, plan) in open.iter().zip(plans) {
                match plan {
                    Ok(plan) => planned.extend(plan),
                    Err(error) => settled.fail(message, error),
                }
            }
            open = self.book(planned, settled).await;
            if open.is_empty() {
                return;
            }
        }
        open.iter().for_each(|message| settled.fail(message, CreditError::Raced));
    }

    /// Gives back the messages that are to be looked at anew.
    async fn book(&self, planned: Vec<Planned>, settled: &Settled) -> Vec<MessageId> {
        let Some(first) = planned.first() else { return Vec::new() };
        let currency = first.currency.clone();
        let (messages, bookings): (Vec<MessageId>, Vec<Booking>) =
            planned.into_iter().map(|planned| (planned.message, planned.booking)).unzip();
        let booked = match self.store.book(&currency, &bookings, clock::now()).await {
            Ok(booked) => booked,
            Err(error) => {
                tracing::warn!(error = chain(&error), "settlements are left for a retry");
                messages.iter().for_each(|message| settled.fail(message, CreditError::Batch));
                return Vec::new();
            }
        };
        let mut anew = Vec::new();
        for (message, outcome) in messages.into_iter().zip(booked.outcomes) {
            match outcome {
                Booked::Now(_) => {}
                Booked::Before => anew.push(message),
                Booked::OtherCurrency(wallet) => settled.fail(&message, CreditError::Currency { wallet }),
                Booked::Overflow => settled.fail(&message, CreditError::Overflow),
            }
        }
        anew
    }

    /// What is to be booked for a message, by all that is known of it now.
    async fn plan(&self, id: &MessageId) -> Result<Option<Planned>, CreditError> {
        let message = self.store.message_get(id).await?.ok_or(CreditError::Gone)?;
        if message.direction != Direction::Outbound {
            return Ok(None);
        }
        let told = message.pricing().and_then(told);
        let is_charged = told.as_ref().map(|told| matches!(told, Told::Charged { .. }));
        let price = message.price.as_ref();
        let booking = match (verdict(&message, is_charged), price, &told) {
            (Verdict::Void, Some(price), _) if message.status() == Some(Status::Failed) => Some(void(&message, price)),
            (Verdict::Charge | Verdict::Void, _, Some(told)) => self.by_word(&message, told).await?,
            (Verdict::Void, Some(price), None) => Some(void(&message, price)),
            (Verdict::Reverse, Some(price), _) => Some(reversal(&message, price)?),
            // Nothing was held for it: it counts as one of those that were free.
            (Verdict::Nothing, None, Some(told @ Told::Free { .. })) => self.by_word(&message, told).await?,
            (Verdict::Nothing | Verdict::Charge | Verdict::Void | Verdict::Reverse, _, _) => None,
        };
        let currency = booking.as_ref().and_then(currency_of);
        Ok(booking.zip(currency).map(|(booking, currency)| Planned { message: message.id, currency, booking }))
    }

    /// The booking of a message whose price Meta told. `None`: nobody asked for it to be metered, or it changes nothing.
    async fn by_word(&self, message: &Message, told: &Told) -> Result<Option<Booking>, CreditError> {
        let (channel, contact) =
            try_join(self.store.channel_get(&message.channel_id), self.store.contact_get(&message.contact_id)).await?;
        let (channel, contact) = channel.zip(contact).ok_or(CreditError::Gone)?;
        if message.price.is_none() && channel.pricing_model.model().is_none() {
            return Ok(None);
        }
        let now = clock::now();
        let settings = self.settings.get(now).await?;
        let at = message.first_priced().map_or(now, |report| report.at);
        let quote = self.rates.settle((message, &channel, &contact), (told, at), &settings, now).await?;
        let quote = quote.map_err(CreditError::NoRate)?;
        if message.price.is_none() && quote.free.is_some() && quote.category != Category::SERVICE {
            return Ok(None);
        }
        let month = settings.billing.zone().date(at).month();
        let (channel, conversation) = (message.channel_id.clone(), message.conversation_id.clone());
        let counted = Counted { quote: quote.clone(), channel, conversation, at, month };
        Ok(Some(Booking { counted: Some(counted), ..settlement(message, quote, now)? }))
    }
}

fn currency_of(booking: &Booking) -> Option<Currency> {
    booking.sides.iter().find_map(|side| match side {
        Side::Price { to, .. } => Some(to.quote.currency.clone()),
        Side::Once(_) | Side::Row(_) => None,
    })
}

/// The message's price becomes `to`, and what was held for it is free or paid with.
fn change(message: &Message, to: Price, line: Option<Line>) -> Booking {
    let from = message.price.as_ref();
    Booking {
        line,
        freed: from.map(Price::open).unwrap_or_default(),
        sides: vec![Side::Price { message: message.id.clone(), from: from.map(|from| from.state), to }],
        counted: None,
    }
}

fn settlement(message: &Message, quote: Quote, now: Time) -> Result<Booking, CreditError> {
    let before = message.price.clone();
    let (held, expires_at) = before.map_or((Micros::ZERO, now), |price| (price.held, price.expires_at));
    let is_paid = quote.free.is_none();
    let state = if is_paid { PriceState::Posted } else { PriceState::Voided };
    let line = is_paid.then(|| line(message, EntryKind::Charge, quote.amount.checked_neg(), &quote)).transpose()?;
    Ok(change(message, Price { state, held, quote, expires_at }, line))
}

fn void(message: &Message, price: &Price) -> Booking {
    change(message, Price { state: PriceState::Voided, ..price.clone() }, None)
}

fn reversal(message: &Message, price: &Price) -> Result<Booking, CreditError> {
    let line = line(message, EntryKind::Reversal, Some(price.quote.amount), &price.quote)?;
    Ok(change(message, Price { state: PriceState::Reversed, ..price.clone() }, Some(line)))
}

fn line(message: &Message, kind: EntryKind, amount: Option<Micros>, quote: &Quote) -> Result<Line, CreditError> {
    let template = (message.kind == TEMPLATE).then(|| message.content["name"].as_str().map(str::to_owned)).flatten();
    let about = Charged {
        message: message.id.clone(),
        channel: message.channel_id.clone(),
        contact: message.contact_id.clone(),
        wamid: message.wamid().map(str::to_owned),
        template,
        agent: message.dispatch.by.clone(),
        quote: quote.clone(),
    };
    Ok(Line {
        kind,
        amount: amount.ok_or(CreditError::Overflow)?,
        reference: message.id.to_string(),
        reason: None,
        by: None,
        about: Some(about),
    })
}
