//! What a message would cost, as far as that can be known before WhatsApp tells.
use domain::Time;
use domain::money::Micros;
use domain::sending::{Refusal, TemplateUse};
use domain::wallet::Price;
use serde::Serialize;
use store::{Priced, Subject};
use utoipa::ToSchema;

use super::plan::Plan;
use crate::App;
use crate::fields::{FreeReason, Word};
use crate::problem::Problem;

/// A forecast: what is paid in the end follows from WhatsApp's word, in its status of the message.
#[derive(Serialize, ToSchema)]
#[schema(as = MessagePrice)]
pub(super) struct PriceView {
    /// How many messages it is for.
    messages: usize,
    /// What they cost together.
    amount_micros: i64,
    currency: String,
    /// What one of them costs.
    each_micros: i64,
    /// The recipient's market, or `unknown`.
    market: String,
    category: String,
    /// The card of rates; `GET /v1/credits/rates?id=` shows it.
    card: String,
    /// The volume tier: from which message of the month on the rate applies.
    tier_from: u64,
    /// The card has no rate for the market and the category: its fallback is used.
    is_fallback: bool,
    /// Null: it is charged.
    free_because: Option<FreeReason>,
    forecast: ForecastView,
}

/// What was counted before and the price depends on; null where it does not depend on it.
#[derive(Serialize, ToSchema)]
#[schema(as = PriceForecast)]
struct ForecastView {
    /// Service messages of the number that were free this month.
    free_service_messages: Option<u64>,
    /// Messages that were charged in the market and the category this month.
    charged_messages: Option<u64>,
}

/// The price of one of the messages that the plan has. Those that it has are alike: of one type, to one recipient.
pub(super) async fn price(app: &App, plan: &Plan, now: Time) -> Result<Priced, Problem> {
    let Some(first) = plan.messages.first() else { return Ok(Priced::Unmetered) };
    // Files become messages of their own.
    let kind = first.media.parts.first().map_or(first.kind.as_str(), |part| part.kind.as_str());
    let subject = Subject {
        channel: &plan.channel,
        contact: plan.recipient.contact(),
        conversation: plan.conversation.as_ref(),
        kind,
        template: &plan.template,
        settings: &plan.settings,
    };
    Ok(app.rates.price(&subject, now).await?)
}

/// What speaks against sending something of this price.
pub(super) async fn refusal(app: &App, plan: &Plan) -> Result<Option<Problem>, Problem> {
    let quote = match &plan.priced {
        Priced::Refused(missing) => return Ok(Some(Problem::SendRefused(Refusal::NoRate(missing.clone())))),
        Priced::Quoted { quote, .. } if quote.amount > Micros::ZERO => quote,
        Priced::Quoted { .. } | Priced::Unmetered => return Ok(None),
    };
    let needed = Micros::new(i64::try_from(count(plan)).map_or(i64::MAX, |all| quote.amount.get().saturating_mul(all)));
    let available = app.store.credits_get().await?.and_then(|credits| credits.available()).unwrap_or_default();
    let currency = Some(quote.currency.clone());
    let refusal = Refusal::InsufficientCredits { needed, available, currency };
    Ok((available < needed).then_some(Problem::SendRefused(refusal)))
}

/// What goes later holds nothing until then. Of the others each message holds what it may cost. One of several files holds nothing: the messages that it becomes do.
pub(super) fn hold(plan: &mut Plan, now: Time) {
    let Priced::Quoted { quote, .. } = &plan.priced else { return };
    if quote.amount <= Micros::ZERO || plan.schedule().is_some() {
        return;
    }
    let ttl_seconds = match &plan.template {
        TemplateUse::Found(template) => template.more.ttl_seconds,
        TemplateUse::None | TemplateUse::Missing { .. } => None,
    };
    for message in plan.messages.iter_mut().filter(|message| message.media.parts.is_empty()) {
        message.price = Some(Price::hold(quote.clone(), ttl_seconds, now));
    }
}

/// How many messages it becomes.
fn count(plan: &Plan) -> usize {
    plan.messages.iter().map(|message| message.media.parts.len().max(1)).sum()
}

impl PriceView {
    /// Nothing where there is no price.
    pub(super) fn of(plan: &Plan) -> Option<PriceView> {
        let Priced::Quoted { quote, usage } = &plan.priced else { return None };
        let messages = count(plan);
        let each = quote.amount.get();
        Some(PriceView {
            messages,
            amount_micros: i64::try_from(messages).map_or(i64::MAX, |messages| each.saturating_mul(messages)),
            currency: quote.currency.code().to_owned(),
            each_micros: each,
            market: quote.market.to_string(),
            category: quote.category.to_string(),
            card: quote.card.to_string(),
            tier_from: quote.tier_from,
            is_fallback: quote.is_fallback,
            free_because: quote.free.map(Word),
            forecast: ForecastView {
                free_service_messages: usage.service,
                charged_messages: usage.charged.get(&(quote.market.clone(), quote.category.clone())).copied(),
            },
        })
    }
}
