//! A card of rates: what is charged from a day on, in one currency and by one model. Data that is loaded, with its source.
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::{CardId, Category, Country, Free, Market, NoRate, PricingModel, Quote};
use crate::calendar::Date;
use crate::money::{Currency, Micros};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub id: CardId,
    pub currency: Currency,
    pub model: PricingModel,
    /// From the beginning of this day in the account's time zone, until a later card takes over.
    pub valid_from: Date,
    /// Where its rates are from.
    pub source: String,
    pub rules: Rules,
    pub markets: Markets,
    /// The tiers of each by their beginning; the first begins at 0.
    pub rates: BTreeMap<(Market, Category), Vec<Tier>>,
    /// For markets that have no rate of the category. What has neither is not sent.
    pub fallback: BTreeMap<Category, Micros>,
}

/// What is free, and what is priced like something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Categories that cost nothing in an open customer service window.
    pub free_in_window: BTreeSet<Category>,
    /// So many delivered service messages per number and calendar month cost nothing.
    pub free_service_messages: u64,
    /// Whether nothing is charged in a free entry point.
    pub is_entry_point_free: bool,
    /// A category that has no rates of its own has those of another.
    pub like: BTreeMap<Category, Category>,
}

/// How the world is split into markets; it changes as the rates do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markets {
    pub of: BTreeMap<Country, Market>,
    /// Where all other countries are.
    pub rest: Option<Market>,
}

impl Markets {
    pub(super) fn has(&self, market: &Market) -> bool {
        self.rest.as_ref() == Some(market) || self.of.values().any(|of| of == market)
    }
}

/// A rate, and from which message of the month on it applies, as Meta's tiers are written: 0, 100001 …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    pub from: u64,
    pub rate: Micros,
}

/// The card that counts on this day; of two of one day the later in the list.
pub fn in_force<'a>(
    cards: impl IntoIterator<Item = &'a Card>,
    currency: &Currency,
    model: PricingModel,
    on: Date,
) -> Result<&'a Card, NoRate> {
    let fits = |card: &&Card| card.currency == *currency && card.model == model && card.valid_from <= on;
    let card = cards.into_iter().filter(fits).max_by_key(|card| card.valid_from);
    card.ok_or_else(|| NoRate::Card { currency: currency.clone(), model, on })
}

impl Card {
    /// The market of a recipient; [`Market::UNKNOWN`] where the card has none for them.
    pub fn market(&self, country: Option<Country>) -> Market {
        let named = country.and_then(|country| self.markets.of.get(&country).or(self.markets.rest.as_ref()));
        named.cloned().unwrap_or(Market::UNKNOWN)
    }

    fn tiers(&self, market: &Market, category: &Category) -> Option<&[Tier]> {
        self.rates.get(&(market.clone(), category.clone())).map(Vec::as_slice)
    }

    pub(super) fn has_rate(&self, market: &Market, category: &Category) -> bool {
        self.tiers(market, category).is_some()
    }

    pub(super) fn categories(&self) -> impl Iterator<Item = &Category> {
        self.rates.keys().map(|(_, category)| category).chain(self.fallback.keys())
    }

    pub(super) fn has_tiers(&self, market: &Market, category: &Category) -> bool {
        let like = self.rules.like.get(category);
        let tiers = self.tiers(market, category).or_else(|| self.tiers(market, like?));
        tiers.is_some_and(|tiers| tiers.len() > 1)
    }

    /// What is charged. `volume`: so many messages were charged in the market and the category this month.
    pub(super) fn charge(&self, market: &Market, category: &Category, volume: u64) -> Option<Quote> {
        let like = self.rules.like.get(category);
        let tiers = self.tiers(market, category).or_else(|| self.tiers(market, like?));
        let this = volume.saturating_add(1);
        let tier = tiers.and_then(|tiers| tiers.iter().rev().find(|tier| tier.from <= this)).copied();
        let fallback = || self.fallback.get(category).or_else(|| self.fallback.get(like?)).copied();
        let is_fallback = tier.is_none();
        let Tier { from, rate } = tier.or_else(|| Some(Tier { from: 0, rate: fallback()? }))?;
        Some(Quote {
            amount: rate,
            currency: self.currency.clone(),
            market: market.clone(),
            category: category.clone(),
            model: self.model,
            card: self.id.clone(),
            tier_from: from,
            is_fallback,
            free: None,
        })
    }

    pub(super) fn free(&self, market: &Market, category: &Category, why: Free) -> Quote {
        Quote {
            amount: Micros::ZERO,
            currency: self.currency.clone(),
            market: market.clone(),
            category: category.clone(),
            model: self.model,
            card: self.id.clone(),
            tier_from: 0,
            is_fallback: false,
            free: Some(why),
        }
    }

    pub(super) fn no_rate(&self, country: Option<Country>, market: Market, category: Category) -> NoRate {
        let card = self.id.clone();
        if market == Market::UNKNOWN {
            NoRate::Market { card, country, category }
        } else {
            NoRate::Rate { card, market, category }
        }
    }
}
