//! Meta's own list of calling codes, in the folder that `WHATSAPP_CORPUS` names, against the markets that Casement comes with.
use std::path::PathBuf;

use domain::pricing::{Country, shipped};

/// Countries that were in a region when the list was published (December 2025) and have had a market of their own since.
const MOVED: [&str; 14] = [
    "Bangladesh",
    "Hong Kong",
    "Hungary",
    "Iraq",
    "Kuwait",
    "Morocco",
    "Nepal",
    "Oman",
    "Poland",
    "Qatar",
    "Romania",
    "Singapore",
    "Sri Lanka",
    "Ukraine",
];

/// The cells of a line, of which one may stand in quotes.
fn cells(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let marked: String =
        parts.map(|(n, part)| if n % 2 == 1 { part.replace(',', ";") } else { part.to_owned() }).collect();
    marked.split(',').map(str::to_owned).collect()
}

/// `1 (809, 829)` is 1809 and 1829.
fn prefixes(written: &str) -> Vec<String> {
    let (code, areas) = written.split_once('(').unwrap_or((written, ""));
    let areas: Vec<&str> =
        areas.trim_end_matches(')').split(';').map(str::trim).filter(|area| !area.is_empty()).collect();
    let code = code.trim();
    if areas.is_empty() { vec![code.to_owned()] } else { areas.iter().map(|area| format!("{code}{area}")).collect() }
}

#[test]
fn each_calling_code_of_metas_list_leads_to_its_market() {
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: its markets are skipped");
        return;
    };
    let list = std::fs::read_to_string(corpus.join("markets_dec2025.csv")).unwrap();
    let card = &shipped()[0];
    let mut seen = 0;
    for line in list.lines().skip(1) {
        let row = cells(line);
        let [country, written, market] = row.as_slice() else { panic!("{line}") };
        if written == "*" {
            assert_eq!(card.markets.rest.as_ref().map(|rest| rest.as_str()), Some(market.as_str()));
            continue;
        }
        let expected = if MOVED.contains(&country.as_str()) { country } else { market };
        for prefix in prefixes(written) {
            // Behind +1 comes an area code, behind any other a number that no neighbour has.
            let number = if prefix == "1" { format!("+{prefix}2125550100") } else { format!("+{prefix}312345678") };
            let found = card.market(Country::of_phone(&number));
            assert_eq!(found.as_str(), expected, "{country} {number}");
            seen += 1;
        }
    }
    assert!(seen > 130, "{seen}");
}
