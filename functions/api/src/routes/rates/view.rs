//! A card of rates as the API shows it.
use std::collections::BTreeMap;

use domain::pricing::{Card, Category, EVERYWHERE, Tier};
use serde::Serialize;
use utoipa::ToSchema;

use super::Known;
use crate::fields::{PricingModel, Stamp, Word};

#[derive(Serialize, ToSchema)]
#[schema(as = RateCard)]
pub(super) struct CardView {
    id: String,
    currency: String,
    model: PricingModel,
    /// The day from whose beginning on it counts, in the account's time zone.
    valid_from: String,
    /// Where its rates are from.
    source: String,
    /// Whether it is the one that counts now.
    in_force: bool,
    /// Null: it came with Casement.
    loaded_at: Option<Stamp>,
    /// The key that loaded it.
    loaded_by: Option<String>,
    /// Counts how often it was loaded with another content; 0: never.
    revision: i64,
    /// What it says; null where it was not asked for.
    content: Option<ContentView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RateCardContent)]
struct ContentView {
    rules: RulesView,
    /// A market and its countries; `*` for all others.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    markets: BTreeMap<String, Vec<String>>,
    rates: Vec<RateView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RateRules)]
struct RulesView {
    /// Categories that cost nothing in an open customer service window.
    free_in_window: Vec<String>,
    /// So many delivered service messages of a number and a calendar month cost nothing.
    free_service_messages: u64,
    /// Whether nothing is charged in a free entry point.
    free_entry_point: bool,
    /// Categories without rates of their own, and those whose rates they have.
    #[schema(value_type = BTreeMap<String, String>)]
    like: BTreeMap<String, String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Rate)]
struct RateView {
    /// `*`: every market that has no rate of the category.
    market: String,
    category: String,
    /// From which message of the month on it applies.
    tier_from: u64,
    rate_micros: i64,
}

impl CardView {
    pub(super) fn of(known: &Known, is_in_force: bool, is_whole: bool) -> CardView {
        let Known { card, loaded } = known;
        CardView {
            id: card.id.to_string(),
            currency: card.currency.code().to_owned(),
            model: Word(card.model),
            valid_from: card.valid_from.to_string(),
            source: card.source.clone(),
            in_force: is_in_force,
            loaded_at: loaded.as_ref().map(|loaded| Stamp(loaded.at)),
            loaded_by: loaded.as_ref().map(|loaded| loaded.by.clone()),
            revision: known.revision(),
            content: is_whole.then(|| ContentView::of(card)),
        }
    }
}

impl ContentView {
    fn of(card: &Card) -> ContentView {
        let mut markets: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (country, market) in &card.markets.of {
            markets.entry(market.to_string()).or_default().push(country.to_string());
        }
        if let Some(rest) = &card.markets.rest {
            markets.entry(rest.to_string()).or_default().push(EVERYWHERE.to_owned());
        }
        let rate = |market: &str, category: &Category, tier: &Tier| RateView {
            market: market.to_owned(),
            category: category.to_string(),
            tier_from: tier.from,
            rate_micros: tier.rate.get(),
        };
        let rates = card.rates.iter();
        let rates = rates.flat_map(|((market, category), tiers)| {
            tiers.iter().map(move |tier| rate(market.as_str(), category, tier))
        });
        let fallback = card.fallback.iter();
        let fallback = fallback.map(|(category, micros)| rate(EVERYWHERE, category, &Tier { from: 0, rate: *micros }));
        let rules = &card.rules;
        ContentView {
            rules: RulesView {
                free_in_window: rules.free_in_window.iter().map(ToString::to_string).collect(),
                free_service_messages: rules.free_service_messages,
                free_entry_point: rules.is_entry_point_free,
                like: rules.like.iter().map(|(of, other)| (of.to_string(), other.to_string())).collect(),
            },
            markets,
            rates: rates.chain(fallback).collect(),
        }
    }
}
