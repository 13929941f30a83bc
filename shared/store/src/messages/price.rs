//! The price on a message's row, and the index of those that hold credit.
use domain::Time;
use domain::ids::MessageId;
use domain::money::{Currency, Micros};
use domain::pricing::{CardId, Category, Free, Market, PricingModel, Quote};
use domain::wallet::{Price, PriceState};
use serde::{Deserialize, Serialize};

use crate::codec::Attributes;
use crate::error::StoreError;
use crate::expression::{Values, s};
use crate::keys;

#[derive(Default, Serialize, Deserialize)]
pub(super) struct PriceRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    price_state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_held: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_until: Option<i64>,
    #[serde(flatten)]
    quote: Option<QuoteRow>,
}

/// What a quote leaves out where it is not so.
const UNSAID: [&str; 3] = ["price_tier", "price_fallback", "price_free"];

/// A quote among the attributes of another row.
#[derive(Serialize, Deserialize)]
pub(crate) struct QuoteRow {
    price_micros: i64,
    price_currency: String,
    price_market: String,
    price_category: String,
    price_model: String,
    price_card: String,
    #[serde(default, skip_serializing_if = "is_first")]
    price_tier: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    price_fallback: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_free: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_first(tier: &u64) -> bool {
    *tier == 0
}

impl QuoteRow {
    pub(crate) fn of(quote: &Quote) -> QuoteRow {
        QuoteRow {
            price_micros: quote.amount.get(),
            price_currency: quote.currency.code().to_owned(),
            price_market: quote.market.to_string(),
            price_category: quote.category.to_string(),
            price_model: quote.model.to_string(),
            price_card: quote.card.to_string(),
            price_tier: quote.tier_from,
            price_fallback: quote.is_fallback,
            price_free: quote.free.map(|why| why.to_string()),
        }
    }

    pub(crate) fn read(self, operation: &'static str) -> Result<Quote, StoreError> {
        let odd = || StoreError::row(operation, "a quote");
        Ok(Quote {
            amount: Micros::new(self.price_micros),
            currency: Currency::parse(&self.price_currency).ok_or_else(odd)?,
            market: Market::new(&self.price_market),
            category: Category::read(&self.price_category),
            model: PricingModel::parse(&self.price_model).ok_or_else(odd)?,
            card: CardId::parse(&self.price_card).ok_or_else(odd)?,
            tier_from: self.price_tier,
            is_fallback: self.price_fallback,
            free: self.price_free.as_deref().and_then(Free::parse),
        })
    }
}

impl PriceRow {
    pub(super) fn of(price: Option<&Price>) -> PriceRow {
        let Some(price) = price else { return PriceRow::default() };
        PriceRow {
            price_state: Some(price.state.to_string()),
            price_held: Some(price.held.get()),
            price_until: Some(price.expires_at.millis()),
            quote: Some(QuoteRow::of(&price.quote)),
        }
    }

    pub(super) fn read(self, operation: &'static str) -> Result<Option<Price>, StoreError> {
        let (Some(state), Some(quote)) = (self.price_state, self.quote) else { return Ok(None) };
        Ok(Some(Price {
            state: PriceState::parse(&state).ok_or_else(|| StoreError::row(operation, "the state of a price"))?,
            held: Micros::new(self.price_held.unwrap_or_default()),
            quote: quote.read(operation)?,
            expires_at: Time::from_millis(self.price_until.unwrap_or_default()),
        }))
    }
}

/// Lists a message that holds credit by when its hold ends.
pub(super) fn list_hold(item: &mut Attributes, id: &MessageId, price: Option<&Price>) {
    if let Some(price) = price.filter(|price| price.state == PriceState::Held) {
        let (pk, sk) = keys::hold(price.expires_at, id);
        item.insert(keys::HOLDS.pk.to_owned(), s(pk));
        item.insert(keys::HOLDS.sk.to_owned(), s(sk));
    }
}

/// The update of a message's price from one state to what it comes to. `list`: where it is found while it holds credit.
pub(crate) fn price_update(
    from: Option<PriceState>,
    to: &Price,
    list: Option<&MessageId>,
) -> Result<(String, String, Values), StoreError> {
    let row: Attributes =
        serde_dynamo::to_item(PriceRow::of(Some(to))).map_err(|error| StoreError::row("price_update", error))?;
    // What the quote before said and this one does not must not stay.
    let gone: Vec<String> =
        UNSAID.iter().filter(|name| !row.contains_key(**name)).map(|name| format!(", #{name}")).collect();
    let sets: Vec<String> = row.keys().map(|name| format!("#{name} = :{name}")).collect();
    let mut values: Values = row.into_iter().map(|(name, value)| (format!(":{name}"), value)).collect();
    let condition = match from {
        None => "attribute_exists(#pk) AND attribute_not_exists(#price_state)",
        Some(from) => {
            values.insert(":from".to_owned(), s(from.word()));
            "#price_state = :from"
        }
    };
    let expression = match list.map(|id| keys::hold(to.expires_at, id)) {
        None => format!("SET {} REMOVE #holds_pk, #holds_sk{}", sets.join(", "), gone.concat()),
        Some((pk, sk)) => {
            values.extend(crate::expression::values([(":holds_pk", s(pk)), (":holds_sk", s(sk))]));
            let gone = gone.concat().trim_start_matches(", ").to_owned();
            let remove = if gone.is_empty() { gone } else { format!(" REMOVE {gone}") };
            format!("SET {}, #holds_pk = :holds_pk, #holds_sk = :holds_sk{remove}", sets.join(", "))
        }
    };
    Ok((expression, condition.to_owned(), values))
}
