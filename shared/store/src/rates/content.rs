//! What stands in a card, deflated: a world of rates with tiers stays far below what a row may hold.
use std::collections::BTreeMap;

use domain::money::Micros;
use domain::pricing::{Card, Category, Country, Loaded, Market, Markets, Rules, Tier};
use serde::{Deserialize, Serialize};

use crate::codec::{Row, pack, unpack};
use crate::error::StoreError;

#[derive(Serialize, Deserialize)]
pub(super) struct ContentRow {
    #[serde(with = "serde_bytes")]
    content: Vec<u8>,
}

impl Row for ContentRow {
    const ENTITY: &'static str = "rate-card-content";
}

#[derive(Serialize, Deserialize)]
struct Content {
    free_in_window: Vec<String>,
    free_service_messages: u64,
    free_entry_point: bool,
    like: BTreeMap<String, String>,
    /// A market and its countries.
    markets: BTreeMap<String, Vec<String>>,
    rest: Option<String>,
    /// A market, a category, and the tiers: from which message on, and the rate in micros.
    rates: BTreeMap<String, BTreeMap<String, Vec<(u64, i64)>>>,
    fallback: BTreeMap<String, i64>,
}

impl ContentRow {
    pub(super) fn of(operation: &'static str, card: &Card) -> Result<ContentRow, StoreError> {
        let Rules { free_in_window, free_service_messages, is_entry_point_free, like } = &card.rules;
        let (mut markets, mut rates) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, BTreeMap<_, _>>::new());
        for (country, market) in &card.markets.of {
            markets.entry(market.to_string()).or_default().push(country.to_string());
        }
        for ((market, category), tiers) in &card.rates {
            let tiers = tiers.iter().map(|tier| (tier.from, tier.rate.get())).collect();
            rates.entry(market.to_string()).or_default().insert(category.to_string(), tiers);
        }
        let content = Content {
            free_in_window: free_in_window.iter().map(ToString::to_string).collect(),
            free_service_messages: *free_service_messages,
            free_entry_point: *is_entry_point_free,
            like: like.iter().map(|(category, other)| (category.to_string(), other.to_string())).collect(),
            markets,
            rest: card.markets.rest.as_ref().map(ToString::to_string),
            rates,
            fallback: card.fallback.iter().map(|(category, rate)| (category.to_string(), rate.get())).collect(),
        };
        let json = serde_json::to_string(&content).map_err(|error| StoreError::row(operation, error))?;
        Ok(ContentRow { content: pack(&json) })
    }

    pub(super) fn read(self, operation: &'static str, loaded: &Loaded) -> Result<Card, StoreError> {
        let json = unpack(operation, &self.content)?;
        let content: Content = serde_json::from_str(&json).map_err(|error| StoreError::row(operation, error))?;
        let countries = |(market, codes): (String, Vec<String>)| {
            let market = Market::new(&market);
            let countries: Vec<_> = codes.iter().filter_map(|code| Country::parse(code)).collect();
            countries.into_iter().map(move |country| (country, market.clone()))
        };
        let rates = content.rates.into_iter().flat_map(|(market, categories)| {
            let market = Market::new(&market);
            let tier = |(from, rate)| Tier { from, rate: Micros::new(rate) };
            categories.into_iter().map(move |(category, tiers)| {
                ((market.clone(), Category::read(&category)), tiers.into_iter().map(tier).collect())
            })
        });
        Ok(Card {
            id: loaded.id.clone(),
            currency: loaded.currency.clone(),
            model: loaded.model,
            valid_from: loaded.valid_from,
            source: loaded.source.clone(),
            rules: Rules {
                free_in_window: content.free_in_window.iter().map(|word| Category::read(word)).collect(),
                free_service_messages: content.free_service_messages,
                is_entry_point_free: content.free_entry_point,
                like: content.like.iter().map(|(of, other)| (Category::read(of), Category::read(other))).collect(),
            },
            markets: Markets {
                of: content.markets.into_iter().flat_map(countries).collect(),
                rest: content.rest.as_deref().map(Market::new),
            },
            rates: rates.collect(),
            fallback: content.fallback.iter().map(|(of, rate)| (Category::read(of), Micros::new(*rate))).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::Time;
    use domain::pricing::{Sheet, shipped};

    use super::*;

    fn stored(card: &Card) -> (Card, usize) {
        let loaded = Loaded::of(card, "key", Time::from_seconds(1), 1);
        let row = ContentRow::of("test", card).unwrap();
        let size = row.content.len();
        (row.read("test", &loaded).unwrap(), size)
    }

    #[test]
    fn a_card_comes_back_as_it_was_stored() {
        for card in shipped() {
            assert_eq!(&stored(card).0, card);
        }
    }

    /// Each country a market, six categories, five tiers each: more than Meta will publish.
    #[test]
    fn a_world_of_rates_fits_a_row() {
        let mut csv = "# currency: USD\n# valid_from: 2026-10-01\n# source: a test\n".to_owned();
        let codes: Vec<String> =
            ('A'..='Z').flat_map(|one| ('A'..='J').map(move |other| format!("{one}{other}"))).take(250).collect();
        for code in &codes {
            csv += &format!("# market: Market of {code} = {code}\n");
        }
        csv += "market,category,tier_from,rate\n";
        for (number, code) in codes.iter().enumerate() {
            for (place, category) in ["marketing", "utility", "authentication", "service", "a", "b"].iter().enumerate()
            {
                for tier in 0..5 {
                    let rate = (number * 7919 + place * 104_729 + tier * 1_299_709) % 999_983 + 1;
                    csv += &format!("Market of {code},{category},{},0.{rate:06}\n", tier * 100_001);
                }
            }
        }
        let card = Sheet::default().read_csv(&csv).unwrap().check(None).unwrap();
        let (back, size) = stored(&card);
        assert_eq!((back.rates.len(), &back), (1_500, &card));
        assert!(size < 100_000, "{size} bytes");
    }
}
