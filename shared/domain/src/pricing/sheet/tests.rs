//! What is read of a sheet, and each thing that can be wrong with it.
use super::*;
use crate::pricing::shipped;

const HEAD: &str = "# currency: EUR\n# valid_from: 2026-10-01\n# source: a test\n";

fn base() -> Option<&'static Card> {
    shipped().first()
}

fn checked(text: &str) -> Result<Card, Vec<Problem>> {
    Sheet::default().read_csv(text)?.check(base())
}

fn problems(text: &str) -> Vec<String> {
    let problems = checked(text).err().unwrap_or_default();
    problems.iter().map(|problem| format!("{}: {}", problem.at, problem.wrong)).collect()
}

fn rates(card: &Card) -> Vec<String> {
    let tier = |tier: &Tier| format!("{}:{}", tier.from, tier.rate.get());
    let one = |((market, category), tiers): (&(Market, Category), &Vec<Tier>)| {
        format!("{market}/{category} {}", tiers.iter().map(tier).collect::<Vec<_>>().join(" "))
    };
    card.rates.iter().map(one).collect()
}

/// Notes of Meta's around the table, columns in its spelling, a market with a comma in quotes, and no rate in four spellings.
#[test]
fn the_layout_of_metas_own_cards_is_read() {
    let text = format!(
        "{HEAD}# model: per_message\r\n\u{20}\r\n\"Cost per message, effective October 1, 2026\",,,\r\nMarket,Currency,Marketing*,Utility,\"Authentication-\nInternational\",Service,\r\nIndia,EUR,0.0104,0.0012,n/a,N/A,\r\n\"Rest of \"\"Africa\"\"\",EUR,,-,\u{2013},0.0035,\r\n\r\n"
    );
    let text = text.replace("Authentication-\nInternational", "Authentication-International");
    let told = problems(&text);
    assert_eq!(told, ["row 9: no country is in market `Rest of \"Africa\"`: name its countries"]);
    let card = checked(&text.replace("\"\"", "")).unwrap();
    assert_eq!(rates(&card), ["India/marketing 0:10400", "India/utility 0:1200", "Rest of Africa/service 0:3500"]);
    assert_eq!(card.id.as_str(), "eur-per_message-2026-10-01");
    assert_eq!((card.currency.code(), card.valid_from.to_string().as_str()), ("EUR", "2026-10-01"));
    assert_eq!(
        (card.source.as_str(), &card.markets, &card.rules),
        ("a test", &base().unwrap().markets, &base().unwrap().rules)
    );
}

#[test]
fn the_long_layout_has_tiers_and_fallbacks() {
    let text = format!(
        "{HEAD}market,category,tier_from,rate\nSpain,utility,100001,0.0162\nSpain,UTILITY,1,0.018\nSpain,general-purpose ai,,0.5\n*,marketing,,0.15\n"
    );
    let card = checked(&text).unwrap();
    assert_eq!(rates(&card), ["Spain/general_purpose_ai 0:500000", "Spain/utility 0:18000 100001:16200"]);
    assert_eq!(card.fallback, [(Category::MARKETING, Micros::new(150_000))].into());
}

#[test]
fn a_sheet_has_markets_and_rules_of_its_own_or_those_of_its_base() {
    let text = format!(
        "{HEAD}# id: mine\n# market: West = FR ES\n# market: Rest = *\n# free_in_window: service, utility\n# free_service_messages: 5\n# free_entry_point: false\n# like: news=marketing\nmarket,category,rate\nWest,utility,0.02\nRest,utility,0.03\n"
    );
    let card = checked(&text).unwrap();
    let country = |code| card.market(Country::parse(code)).to_string();
    assert_eq!([country("FR"), country("DE")], ["West", "Rest"]);
    let expected = Rules {
        free_in_window: [Category::SERVICE, Category::UTILITY].into(),
        free_service_messages: 5,
        is_entry_point_free: false,
        like: [(Category::read("news"), Category::MARKETING)].into(),
    };
    assert_eq!(card.rules, expected);
    // The rules of another model are none of its own: nothing is free that was not said to be.
    let text = format!("{HEAD}# model: per_conversation\nmarket,category,rate\nSpain,utility,0.02\n");
    assert_eq!(checked(&text).unwrap().rules, Rules::default());
}

#[test]
fn what_is_given_beside_the_file_counts_before_what_it_says() {
    let sheet = Sheet { currency: Some("USD".to_owned()), id: Some("x".to_owned()), ..Sheet::default() };
    let card = sheet.read_csv(&format!("{HEAD}# id: y\nmarket,category,rate\nSpain,utility,0.02\n")).unwrap();
    let card = card.check(base()).unwrap();
    assert_eq!((card.id.as_str(), card.currency.code()), ("x", "USD"));
}

#[test]
fn what_is_wrong_with_its_head_is_named() {
    let table = "market,category,tier_from,rate\nSpain,utility,,0.02\n";
    for (text, expected) in [
        ("a,b\n1,2\n".to_owned(), vec!["the file: has no row with the column `market`"]),
        (table.to_owned(), vec!["currency: is missing", "valid_from: is missing", "source: is missing"]),
        (
            format!("# currency: Euro\n# model: per_day\n# valid_from: 1 Oct\n# source:\n{table}"),
            vec![
                "currency: `Euro` is no code of three capital letters",
                "model: `per_day` is neither per_message nor per_conversation",
                "valid_from: `1 Oct` is no day such as 2026-10-01",
                "source: `` must say in a few words where the rates are from",
            ],
        ),
        (format!("{HEAD}# curency: EUR\n{table}"), vec!["row 4: `curency` is unknown"]),
        (
            format!("{HEAD}# id: A B\n{table}"),
            vec!["id: `A B` may have small letters, digits, `.`, `-` and `_`, 64 of them at most"],
        ),
        (
            format!("{HEAD}# free_service_messages: many\n# free_entry_point: yes\n# like: a-b\n{table}"),
            vec![
                "free_service_messages: `many` is no number of messages",
                "free_entry_point: `yes` is neither true nor false",
                "like: is no list such as marketing_lite=marketing",
            ],
        ),
        (
            format!(
                "{HEAD}# market: West = FR ES fr\n# market: East = ES\n# market: None\nmarket,category,rate\nWest,utility,0.02\n"
            ),
            vec![
                "market West: `fr` is no country of two capital letters",
                "market East: `ES` is in West already",
                "market None: has no name or no countries",
            ],
        ),
    ] {
        assert_eq!(problems(&text), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_with_its_table_is_named_with_its_row() {
    for (text, expected) in [
        ("a,b\n1,2\n".to_owned(), vec!["the file: has no row with the column `market`"]),
        (format!("{HEAD}market,category,rate\n"), vec!["rates: must be 1 to 10000, not 0"]),
        (format!("{HEAD}market,category\nSpain,utility\n"), vec!["the header: has no column `rate`"]),
        (
            format!("{HEAD}market,category,rate\nSpain,utility,0.02,EUR\n"),
            vec!["row 5: has more cells than the header"],
        ),
        (
            format!(
                "{HEAD}market,category,rate\nSpain,utility,0.0000001\nAtlantis,utility,0.02\nSpain,,1\nSpain,marketing,0\nSpain,service,-1\nSpain,news,1e3\nSpain,x\n"
            ),
            vec![
                "row 5, rate: `0.0000001` has more than six decimals",
                "row 6: no country is in market `Atlantis`: name its countries",
                "row 7: has no category",
                "row 8, rate: 0 is no rate: what costs nothing has a rule for it, not a rate",
                "row 9, rate: -1 is no rate: what costs nothing has a rule for it, not a rate",
                "row 10, rate: `1e3` is no decimal number such as 0.0118 (digits and one point, no exponent)",
                "row 11, rate: `` is no decimal number such as 0.0118 (digits and one point, no exponent)",
            ],
        ),
        (
            format!(
                "{HEAD}market,category,tier_from,rate\nSpain,utility,5,0.02\nIndia,utility,x,0.02\nIndia,utility,,0.02\nIndia,utility,1,0.01\n*,utility,7,1\n"
            ),
            vec![
                "row 6, tier_from: `x` is no number of messages",
                "row 8: the same market, category and tier stand on an earlier line",
                "row 9: a fallback is one rate for each category, without tiers",
                "Spain, utility: has no rate for the first message (tier 0)",
            ],
        ),
        (
            format!("{HEAD}Market,Currency,Utility\nSpain,$US,0.02\nIndia,USD,free\n"),
            vec![
                "row 6: is in USD, the card in EUR",
                "row 6, utility: `free` is no decimal number such as 0.0118 (digits and one point, no exponent)",
            ],
        ),
    ] {
        assert_eq!(problems(&text), expected, "{text}");
    }
}
