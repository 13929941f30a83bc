//! The price on a message's row, and the index of those that hold credit.
use domain::Time;
use domain::ids::MessageId;
use domain::money::{Currency, Micros};
use domain::wallet::{Basis, Price, PriceState};
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
    price_posted: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_market: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_card: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_tier: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_until: Option<i64>,
}

impl PriceRow {
    pub(super) fn of(price: Option<&Price>) -> PriceRow {
        let Some(price) = price else { return PriceRow::default() };
        PriceRow {
            price_state: Some(price.state.to_string()),
            price_held: Some(price.held.get()),
            price_posted: price.posted.map(Micros::get),
            price_currency: Some(price.currency.code().to_owned()),
            price_market: Some(price.basis.market.clone()),
            price_category: Some(price.basis.category.clone()),
            price_card: Some(price.basis.card.clone()),
            price_tier: (price.basis.tier_from > 0).then_some(price.basis.tier_from),
            price_until: Some(price.expires_at.millis()),
        }
    }

    pub(super) fn read(self, operation: &'static str) -> Result<Option<Price>, StoreError> {
        let Some(state) = self.price_state else { return Ok(None) };
        let odd = || StoreError::row(operation, "a message's price");
        let basis = Basis {
            market: self.price_market.unwrap_or_default(),
            category: self.price_category.unwrap_or_default(),
            card: self.price_card.unwrap_or_default(),
            tier_from: self.price_tier.unwrap_or_default(),
        };
        Ok(Some(Price {
            state: PriceState::parse(&state).ok_or_else(odd)?,
            held: Micros::new(self.price_held.unwrap_or_default()),
            posted: self.price_posted.map(Micros::new),
            currency: self.price_currency.as_deref().and_then(Currency::parse).ok_or_else(odd)?,
            basis,
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

/// The update of a message's price from one state to what it comes to: it holds no credit any more.
pub(crate) fn price_update(from: Option<PriceState>, to: &Price) -> Result<(String, String, Values), StoreError> {
    let row: Attributes =
        serde_dynamo::to_item(PriceRow::of(Some(to))).map_err(|error| StoreError::row("price_update", error))?;
    let sets: Vec<String> = row.keys().map(|name| format!("#{name} = :{name}")).collect();
    let mut values: Values = row.into_iter().map(|(name, value)| (format!(":{name}"), value)).collect();
    let condition = match from {
        None => "attribute_exists(#pk) AND attribute_not_exists(#price_state)",
        Some(from) => {
            values.insert(":from".to_owned(), s(from.word()));
            "#price_state = :from"
        }
    };
    let expression = format!("SET {} REMOVE #holds_pk, #holds_sk", sets.join(", "));
    Ok((expression, condition.to_owned(), values))
}
