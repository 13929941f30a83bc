//! Each rule of pricing, a row each.
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::Time;

fn at(hour: u32) -> Time {
    Time::from_seconds(1_790_812_800).plus(Duration::from_secs(3600).saturating_mul(hour))
}

fn country(code: &str) -> Country {
    Country::parse(code).unwrap()
}

fn category(word: &str) -> Category {
    Category::read(word)
}

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

/// India has everything, Spain two tiers and no service, the rest of the world nothing but a name.
fn card(model: PricingModel) -> Card {
    let one = |micros| vec![Tier { from: 0, rate: Micros::new(micros) }];
    let rate = |market: &str, word: &str, tiers| ((Market::new(market), category(word)), tiers);
    Card {
        id: CardId::parse("usd-2026-10").unwrap(),
        currency: usd(),
        model,
        valid_from: Date::parse("2026-10-01").unwrap(),
        source: "a test".to_owned(),
        rules: Rules {
            free_in_window: [].into(),
            free_service_messages: 1_000,
            is_entry_point_free: true,
            like: [(category("marketing_lite"), Category::MARKETING)].into(),
        },
        markets: Markets {
            of: [("IN", "India"), ("ES", "Spain")].map(|(of, market)| (country(of), Market::new(market))).into(),
            rest: Some(Market::new("Other")),
        },
        rates: [
            rate("India", "marketing", one(11_800)),
            rate("India", "utility", one(1_400)),
            rate("India", "service", one(1_400)),
            rate("India", "authentication", one(1_400)),
            rate("India", "authentication-international", one(30_400)),
            rate("Spain", "marketing", one(70_700)),
            rate(
                "Spain",
                "utility",
                vec![Tier { from: 0, rate: Micros::new(20_000) }, Tier { from: 101, rate: Micros::new(18_000) }],
            ),
        ]
        .into(),
        fallback: [(Category::MARKETING, Micros::new(85_900)), (Category::UTILITY, Micros::new(30_000))].into(),
    }
}

fn usage(service: u64, charged: u64) -> Usage {
    let charged = [((Market::new("Spain"), Category::UTILITY), charged)].into();
    Usage { service: Some(service), charged, conversations: [].into() }
}

fn conversations(of: &[(&str, u32)]) -> Usage {
    let conversations = of.iter().map(|(word, hour)| (category(word), at(*hour))).collect();
    Usage { service: Some(5_000), conversations, ..Usage::default() }
}

/// `1400 India/utility`, with the tier where it is not the first, `fallback`, or why it is free.
fn shown(outcome: &Result<Quote, NoRate>) -> String {
    let quote = match outcome {
        Ok(quote) => quote,
        Err(NoRate::Card { .. }) => return "no card".to_owned(),
        Err(NoRate::Market { category, .. }) => return format!("no market for {category}"),
        Err(NoRate::Rate { market, category, .. }) => return format!("no rate {market}/{category}"),
    };
    let mut text = format!("{} {}/{}", quote.amount.get(), quote.market, quote.category);
    if quote.tier_from > 0 {
        text += &format!(" from {}", quote.tier_from);
    }
    if quote.is_fallback {
        text += " fallback";
    }
    quote.free.map_or(text.clone(), |why| format!("{text} {why}"))
}

#[test]
fn a_message_is_quoted_by_market_category_window_and_tier() {
    use Window::{Closed, EntryPoint, Open};
    let card = card(PricingModel::PerMessage);
    let before_october = Card {
        rules: Rules { free_in_window: [Category::UTILITY, Category::SERVICE].into(), ..card.rules.clone() },
        ..card.clone()
    };
    let no_rest = Card { markets: Markets { rest: None, ..card.markets.clone() }, ..card.clone() };
    let paid_entry = Card { rules: Rules { is_entry_point_free: false, ..card.rules.clone() }, ..card.clone() };
    let (none, much) = (usage(0, 0), usage(1_000, 0));
    for (card, of, word, window, usage, expected) in [
        (&card, "IN", "MARKETING", Closed, &none, "11800 India/marketing"),
        (&card, "IN", "UTILITY", Closed, &none, "1400 India/utility"),
        (&card, "IN", "marketing", Open, &none, "11800 India/marketing"),
        // Since October 2026 the window makes no template free, before it utility and service were.
        (&card, "IN", "utility", Open, &none, "1400 India/utility"),
        (&before_october, "IN", "utility", Open, &none, "0 India/utility open_window"),
        (&before_october, "IN", "utility", Closed, &none, "1400 India/utility"),
        (&before_october, "IN", "service", Open, &much, "0 India/service open_window"),
        (&before_october, "IN", "marketing", Open, &none, "11800 India/marketing"),
        (&card, "IN", "service", Open, &usage(999, 0), "0 India/service allowance"),
        (&card, "IN", "service", Open, &usage(1_000, 0), "1400 India/service"),
        (&card, "IN", "marketing", EntryPoint, &much, "0 India/marketing entry_point"),
        (&card, "IN", "service", EntryPoint, &much, "0 India/service entry_point"),
        (&paid_entry, "IN", "marketing", EntryPoint, &none, "11800 India/marketing"),
        (&before_october, "IN", "utility", EntryPoint, &none, "0 India/utility entry_point"),
        // The hundredth message is the last of the first tier.
        (&card, "ES", "utility", Closed, &usage(0, 99), "20000 Spain/utility"),
        (&card, "ES", "utility", Closed, &usage(0, 100), "18000 Spain/utility from 101"),
        (&card, "ES", "marketing_lite", Closed, &none, "70700 Spain/marketing_lite"),
        (&card, "DE", "marketing", Closed, &none, "85900 Other/marketing fallback"),
        (&card, "DE", "marketing_lite", Closed, &none, "85900 Other/marketing_lite fallback"),
        (&card, "DE", "authentication", Closed, &none, "no rate Other/authentication"),
        (&card, "ES", "service", Open, &much, "no rate Spain/service"),
        (&card, "IN", "general_purpose_ai", Open, &much, "no rate India/general_purpose_ai"),
        (&card, "", "marketing", Closed, &none, "85900 unknown/marketing fallback"),
        (&card, "", "service", Open, &much, "no market for service"),
        (&no_rest, "DE", "utility", Closed, &none, "30000 unknown/utility fallback"),
        (&no_rest, "DE", "authentication", Closed, &none, "no market for authentication"),
    ] {
        let (country, category) = (Country::parse(of), category(word));
        let ask = Ask { country, category, window, is_international: false, at: at(0), usage };
        let outcome = quote(card, &ask);
        assert_eq!(shown(&outcome), expected, "{of} {word} {window}");
        // Nothing is free without a reason.
        assert!(outcome.is_err() || outcome.is_ok_and(|quote| quote.amount > Micros::ZERO || quote.free.is_some()));
    }
}

#[test]
fn authentication_is_international_where_the_card_says_so() {
    let card = card(PricingModel::PerMessage);
    for (of, word, is_international, expected) in [
        ("IN", "authentication", true, "30400 India/authentication_international"),
        ("IN", "authentication", false, "1400 India/authentication"),
        ("IN", "utility", true, "1400 India/utility"),
        ("ES", "utility", true, "20000 Spain/utility"),
    ] {
        let (country, window) = (Country::parse(of), Window::Closed);
        let ask = Ask { country, category: category(word), window, is_international, at: at(0), usage: &usage(0, 0) };
        assert_eq!(shown(&quote(&card, &ask)), expected, "{of} {word} {is_international}");
    }
}

#[test]
fn a_conversation_is_paid_by_its_first_message() {
    let mut card = card(PricingModel::PerConversation);
    card.rules.free_service_messages = 0;
    for (word, began, hour, expected) in [
        ("marketing", &[][..], 0, "11800 India/marketing"),
        ("marketing", &[("marketing", 0)], 1, "0 India/marketing open_conversation"),
        ("marketing", &[("marketing", 0)], 23, "0 India/marketing open_conversation"),
        ("marketing", &[("marketing", 0)], 24, "11800 India/marketing"),
        // The later message was settled first.
        ("marketing", &[("marketing", 10)], 5, "0 India/marketing open_conversation"),
        ("marketing", &[("marketing", 30)], 5, "11800 India/marketing"),
        ("utility", &[("marketing", 0)], 1, "1400 India/utility"),
        ("service", &[("marketing", 0)], 1, "0 India/service open_conversation"),
        ("service", &[], 1, "1400 India/service"),
    ] {
        let usage = conversations(began);
        let (country, window) = (Country::parse("IN"), Window::Open);
        let ask =
            Ask { country, category: category(word), window, is_international: false, at: at(hour), usage: &usage };
        assert_eq!(shown(&quote(&card, &ask)), expected, "{word} {began:?} {hour}");
        let charged = Told::Charged { category: Some(category(word)) };
        let settled = requote(&card, Basis::Country(country), &charged, at(hour), &usage);
        assert_eq!(shown(&settled), expected, "settled: {word} {began:?} {hour}");
    }
}

#[test]
fn a_later_card_takes_over_on_its_day() {
    let of = |id: &str, currency: &str, model, from: &str| Card {
        id: CardId::parse(id).unwrap(),
        currency: Currency::parse(currency).unwrap(),
        valid_from: Date::parse(from).unwrap(),
        ..card(model)
    };
    use PricingModel::{PerConversation, PerMessage};
    let cards = [
        of("new", "USD", PerMessage, "2026-10-01"),
        of("old", "USD", PerMessage, "2026-07-01"),
        of("inr", "INR", PerMessage, "2026-07-01"),
        of("talk", "USD", PerConversation, "2026-09-01"),
    ];
    for (currency, model, on, expected) in [
        ("USD", PerMessage, "2026-06-30", None),
        ("USD", PerMessage, "2026-07-01", Some("old")),
        ("USD", PerMessage, "2026-09-30", Some("old")),
        ("USD", PerMessage, "2026-10-01", Some("new")),
        ("USD", PerMessage, "2027-01-01", Some("new")),
        ("USD", PerConversation, "2026-10-01", Some("talk")),
        ("INR", PerMessage, "2026-10-01", Some("inr")),
        ("INR", PerConversation, "2026-10-01", None),
        ("EUR", PerMessage, "2026-10-01", None),
    ] {
        let (currency, on) = (Currency::parse(currency).unwrap(), Date::parse(on).unwrap());
        let found = in_force(&cards, &currency, model, on);
        assert_eq!(found.as_ref().ok().map(|card| card.id.as_str()), expected, "{currency:?} {model} {on}");
        let missing = NoRate::Card { currency, model, on };
        assert!(found.is_ok() || found == Err(missing));
    }
}

#[test]
fn metas_word_is_read_by_type_and_category() {
    let charged = |word: &str| Some(Told::Charged { category: Some(category(word)) });
    let free = |word: &str, why| Some(Told::Free { category: Some(category(word)), why });
    let regular = |word: &str| json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": word});
    for (pricing, expected) in [
        (regular("marketing"), charged("marketing")),
        (regular("authentication-international"), charged("authentication_international")),
        (regular("service"), charged("service")),
        (json!({"type": "regular", "billable": false, "category": "utility"}), charged("utility")),
        (json!({"type": "free_customer_service", "category": "service"}), free("service", Free::CustomerService)),
        (
            json!({"type": "free_group_customer_service", "category": "group_service"}),
            free("group_service", Free::CustomerService),
        ),
        (
            json!({"type": "free_entry_point", "billable": true, "category": "referral_conversion"}),
            free("referral_conversion", Free::EntryPoint),
        ),
        (json!({"type": "free_of_something", "category": "utility"}), free("utility", Free::NotBillable)),
        (json!({"type": "regular", "category": "utility", "subtype": "paid_exempt"}), free("utility", Free::Exempt)),
        // Before there was a type, and with one that we do not know.
        (json!({"billable": true, "pricing_model": "CBP", "category": "utility"}), charged("utility")),
        (json!({"billable": false, "category": "group_service"}), free("group_service", Free::NotBillable)),
        (json!({"type": "prepaid", "billable": true, "category": "utility"}), charged("utility")),
        (json!({"type": "prepaid", "category": "utility"}), None),
        (json!({"type": "regular"}), Some(Told::Charged { category: None })),
        (json!({"billable": "IS_BILLABLE", "category": "CONVERSATION_CATEGORY"}), None),
        (json!({}), None),
        (Value::Null, None),
    ] {
        assert_eq!(told(&pricing), expected, "{pricing}");
    }
}

#[test]
fn a_message_is_settled_by_metas_word_and_the_rate_it_was_quoted_with() {
    let card = card(PricingModel::PerMessage);
    let quoted = |of: &str, word: &str, window| {
        let (country, category, usage) = (Country::parse(of), category(word), &usage(0, 0));
        quote(&card, &Ask { country, category, window, is_international: false, at: at(0), usage }).unwrap()
    };
    let charged = |word: &str| Told::Charged { category: Some(category(word)) };
    let (closed, utility, entered) = (
        quoted("IN", "marketing", Window::Closed),
        quoted("ES", "utility", Window::Closed),
        quoted("IN", "utility", Window::EntryPoint),
    );
    let elsewhere = quoted("DE", "marketing", Window::Closed);
    let (spain, unknown) = (Basis::Country(Country::parse("ES")), Basis::Country(None));
    let free = Told::Free { category: Some(Category::SERVICE), why: Free::CustomerService };
    let nothing = Told::Charged { category: None };
    for (basis, told, expected) in [
        (Basis::Quote(&closed), &charged("marketing"), "11800 India/marketing"),
        (Basis::Quote(&closed), &charged("utility"), "1400 India/utility"),
        (Basis::Quote(&closed), &charged("marketing-lite"), "11800 India/marketing_lite"),
        (Basis::Quote(&closed), &nothing, "11800 India/marketing"),
        (Basis::Quote(&closed), &free, "0 India/service customer_service"),
        (Basis::Quote(&closed), &charged("news"), "no rate India/news"),
        // The tier that it was quoted in stays, also when others have gone out meanwhile.
        (Basis::Quote(&utility), &charged("utility"), "20000 Spain/utility"),
        (Basis::Quote(&entered), &charged("utility"), "1400 India/utility"),
        (Basis::Quote(&entered), &nothing, "1400 India/utility"),
        (Basis::Quote(&elsewhere), &charged("marketing"), "85900 Other/marketing fallback"),
        (Basis::Quote(&elsewhere), &charged("utility"), "30000 Other/utility fallback"),
        (Basis::Quote(&elsewhere), &charged("service"), "no rate Other/service"),
        (spain, &charged("utility"), "18000 Spain/utility from 101"),
        (spain, &nothing, "no rate Spain/unknown"),
        (unknown, &charged("service"), "no market for service"),
        (unknown, &free, "0 unknown/service customer_service"),
    ] {
        let settled = requote(&card, basis, told, at(1), &usage(5_000, 500));
        assert_eq!(shown(&settled), expected, "{basis:?} {told:?}");
    }
}

#[test]
fn what_was_quoted_is_kept_unless_the_category_moved() {
    let quote = |word: &str, amount, free| Quote {
        amount: Micros::new(amount),
        category: category(word),
        free,
        ..card(PricingModel::PerMessage).charge(&Market::new("India"), &Category::UTILITY, 0).unwrap()
    };
    let open = Some(Free::OpenWindow);
    for (quoted, now, expected) in [
        (quote("utility", 5, None), quote("utility", 5, None), Requote::Keep),
        // A new card, another tier: the quote holds.
        (quote("utility", 5, None), quote("utility", 9, None), Requote::Keep),
        (quote("utility", 5, None), quote("utility", 0, open), Requote::Keep),
        (quote("utility", 5, None), quote("marketing", 12, None), Requote::More(Micros::new(7))),
        (quote("marketing", 12, None), quote("utility", 5, None), Requote::Less(Micros::new(7))),
        (quote("marketing", 12, None), quote("utility", 0, open), Requote::Less(Micros::new(12))),
        (quote("marketing", 5, None), quote("utility", 5, None), Requote::Keep),
        // It was to be free, and the window has closed since.
        (quote("utility", 0, open), quote("utility", 5, None), Requote::More(Micros::new(5))),
        (quote("utility", 0, open), quote("marketing", 12, None), Requote::More(Micros::new(12))),
        (quote("utility", 0, open), quote("utility", 0, open), Requote::Keep),
    ] {
        assert_eq!(requote_before_send(&quoted, &now), expected, "{quoted:?} {now:?}");
    }
}

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    let id = || CardId::parse("usd-2026-10").unwrap();
    let on = Date::parse("2026-11-22").unwrap();
    for (missing, words) in [
        (NoRate::Card { currency: usd(), model: PricingModel::PerMessage, on }, ["per_message", "USD", "2026-11-22"]),
        (
            NoRate::Market { card: id(), country: Country::parse("DE"), category: Category::SERVICE },
            ["DE", "usd-2026-10", "service"],
        ),
        (
            NoRate::Market { card: id(), country: None, category: Category::SERVICE },
            ["not known", "usd-2026-10", "service"],
        ),
        (
            NoRate::Rate { card: id(), market: Market::new("Spain"), category: Category::SERVICE },
            ["Spain", "usd-2026-10", "service"],
        ),
    ] {
        let text = missing.explain();
        assert!(words.iter().chain(&["PUT /v1/credits/rates"]).all(|word| text.contains(word)), "{text}");
    }
}

#[test]
fn card_ids_are_plain() {
    for (text, is_good) in
        [("usd-2026.10_a", true), ("", false), ("USD", false), ("a/b", false), (&"a".repeat(65), false)]
    {
        assert_eq!(CardId::parse(text).is_some(), is_good, "{text}");
    }
}
