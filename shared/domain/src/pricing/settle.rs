//! What a message cost in the end: Meta's word decides between charged and free and on the category, whatever was quoted; the
//! rate is that of the card which the message was quoted by.
use serde_json::Value;

use super::{Card, Category, Country, Free, Market, NoRate, PricingModel, Quote, Usage};
use crate::Time;
use crate::money::Micros;

/// Meta's word on the price of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Charged {
        /// `None`: Meta did not say.
        category: Option<Category>,
    },
    Free {
        category: Option<Category>,
        why: Free,
    },
}

impl Told {
    /// What the message is charged as; `None`: it is not charged.
    pub fn charged_as(&self, quoted: Option<&Quote>) -> Option<Category> {
        match self {
            Told::Charged { category } => Some(self::category(category.as_ref(), quoted)),
            Told::Free { .. } => None,
        }
    }
}

/// Meta's word on it, else ours.
fn category(told: Option<&Category>, quoted: Option<&Quote>) -> Category {
    told.or_else(|| Some(&quoted?.category)).cloned().unwrap_or(Category::UNKNOWN)
}

/// Reads Meta's `pricing` object by its `type` and `category`; `billable`, which Meta will drop, counts only where there is no
/// `type`, or one that we do not know. `None`: it does not say whether the message is charged.
pub fn told(pricing: &Value) -> Option<Told> {
    let word = |name: &str| pricing.get(name).and_then(Value::as_str);
    let category = word("category").map(Category::read);
    let free = |why| Some(Told::Free { category: category.clone(), why });
    let charged = || Some(Told::Charged { category: category.clone() });
    if word("subtype") == Some("paid_exempt") {
        return free(Free::Exempt);
    }
    match word("type") {
        Some("regular") => charged(),
        Some("free_customer_service" | "free_group_customer_service") => free(Free::CustomerService),
        Some("free_entry_point") => free(Free::EntryPoint),
        Some(other) if other.starts_with("free") => free(Free::NotBillable),
        Some(_) | None => match pricing.get("billable").and_then(Value::as_bool)? {
            true => charged(),
            false => free(Free::NotBillable),
        },
    }
}

/// What is known of a message that is to be settled.
#[derive(Clone, Copy, Debug)]
pub enum Basis<'a> {
    /// Its quote. The card is the one that it was quoted by.
    Quote(&'a Quote),
    /// It was never quoted: the recipient's country. The card is the one that was in force then.
    Country(Option<Country>),
}

impl Basis<'_> {
    pub fn market(&self, card: &Card) -> Market {
        match self {
            Basis::Quote(quote) => quote.market.clone(),
            Basis::Country(country) => card.market(*country),
        }
    }
}

/// What the message costs by Meta's word. `at`: when Meta delivered it.
pub fn requote(card: &Card, basis: Basis, told: &Told, at: Time, usage: &Usage) -> Result<Quote, NoRate> {
    let (quoted, country) = match basis {
        Basis::Quote(quote) => (Some(quote), None),
        Basis::Country(country) => (None, country),
    };
    let market = basis.market(card);
    let (Told::Charged { category } | Told::Free { category, .. }) = told;
    let category = &self::category(category.as_ref(), quoted);
    if let Told::Free { why, .. } = told {
        return Ok(card.free(&market, category, *why));
    }
    if card.model == PricingModel::PerConversation && usage.covers(category, at) {
        return Ok(card.free(&market, category, Free::OpenConversation));
    }
    if let Some(quote) = quoted.filter(|quote| quote.free.is_none() && quote.category == *category) {
        return Ok(quote.clone());
    }
    let charge = card.charge(&market, category, usage.volume(&market, category));
    charge.ok_or_else(|| card.no_rate(country, market, category.clone()))
}

/// What is to be done before a message goes out that was quoted earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requote {
    Keep,
    /// So much must be held in addition, or the message is refused.
    More(Micros),
    /// So much of what is held is not needed.
    Less(Micros),
}

/// Meta moved the template to another category, or what was to be free is not. A message whose category stays keeps the rate
/// that it was quoted with.
pub fn requote_before_send(quoted: &Quote, now: &Quote) -> Requote {
    let stays = quoted.category == now.category && (quoted.free.is_none() || now.free.is_some());
    match now.amount.checked_sub(quoted.amount) {
        Some(more) if !stays && more > Micros::ZERO => Requote::More(more),
        Some(less) if !stays && less < Micros::ZERO => {
            Micros::ZERO.checked_sub(less).map_or(Requote::Keep, Requote::Less)
        }
        Some(_) | None => Requote::Keep,
    }
}
