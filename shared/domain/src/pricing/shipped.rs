//! The cards that Casement comes with: what is known of Meta's published rates, with date and source. Loaded cards take over from
//! their day on. There is none for conversations: Meta has not sold them since July 2025, so that a reseller's own card is needed.
use std::sync::LazyLock;

use super::{Card, Problem, Sheet};

const TEXTS: [&str; 3] = [
    include_str!("cards/usd-2026-10-01.csv"),
    include_str!("cards/eur-2026-10-01.csv"),
    include_str!("cards/inr-2026-10-01.csv"),
];

/// That no file has a problem is shown by a test.
static SHIPPED: LazyLock<Vec<Card>> = LazyLock::new(|| read().unwrap_or_default());

/// The first is the base of the others.
fn read() -> Result<Vec<Card>, Vec<Problem>> {
    let mut cards: Vec<Card> = Vec::new();
    for text in TEXTS {
        let card = Sheet::default().read_csv(text)?.check(cards.first())?;
        cards.push(card);
    }
    Ok(cards)
}

/// Their markets and rules are those of every loaded card that says nothing else.
pub fn shipped() -> &'static [Card] {
    &SHIPPED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::{Category, Country, Market};

    #[test]
    fn every_shipped_card_is_read_with_all_its_rates() {
        let shown: Vec<_> =
            shipped().iter().map(|card| (card.id.as_str(), card.rates.len(), card.fallback.len())).collect();
        assert_eq!(shown, [("usd-2026-10-01", 29, 5), ("eur-2026-10-01", 64, 4), ("inr-2026-10-01", 5, 0)]);
        let (usd, inr) = (&shipped()[0], &shipped()[2]);
        assert_eq!((&usd.markets, &usd.rules), (&inr.markets, &inr.rules));
        assert_eq!(usd.rules.free_service_messages, 1_000);
        assert!(usd.rules.is_entry_point_free && usd.rules.free_in_window.is_empty());
        for (_, category) in usd.rates.keys() {
            assert!(usd.fallback.contains_key(category), "{category}");
        }
    }

    #[test]
    fn markets_are_those_of_october_2026() {
        for (phone, market) in [
            ("+16505551234", "North America"),
            ("+14165551234", "North America"),
            ("+18765551234", "Rest of Latin America"),
            ("+17875551234", "Rest of Latin America"),
            ("+12425551234", "Other"), // not listed: the Bahamas
            ("+77012345678", "Kazakhstan"),
            ("+79161234567", "Russia"),
            ("+48123456789", "Poland"),
            ("+212612345678", "Morocco"),
            ("+447624123456", "United Kingdom"),
            ("+821012345678", "Other"),
        ] {
            assert_eq!(shipped()[0].market(Country::of_phone(phone)).as_str(), market, "{phone}");
        }
        assert_eq!(shipped()[0].market(None), Market::UNKNOWN);
    }

    #[test]
    fn the_rates_are_metas() {
        for (card, market, category, amount) in [
            (0, "India", "marketing", 11_800),
            (0, "India", "authentication_international", 30_400),
            (0, "North America", "service", 3_400),
            (1, "Spain", "marketing", 58_500),
            (1, "Romania", "service", 23_900),
            (2, "India", "marketing", 863_100),
            (2, "India", "authentication_international", 2_497_100),
        ] {
            let quote = shipped()[card].charge(&Market::new(market), &Category::read(category), 0).unwrap();
            assert_eq!((quote.amount.get(), quote.is_fallback), (amount, false), "{market} {category}");
        }
    }
}
