//! A card of rates as it is loaded: the members of a body, or a table in its member `csv`, which a body of `text/csv` is.
use std::collections::BTreeMap;

use domain::pricing::{Line, Sheet};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::fields::{CardId, Currency, Day, Members, PricingModel, Rate, Text};
use crate::problem::Problem;

type Source = Text<500>;
type Name = Text<100>;
type Table = Text<262_144>;

/// What is said of a card beside its file. What a body or the file itself says as well counts there.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RatesQuery {
    /// Load the card in place of one of the same id. What was quoted by that one keeps its rate.
    #[serde(default)]
    #[param(required = false)]
    pub(super) replace: bool,
    #[param(inline)]
    id: Option<CardId>,
    #[param(inline)]
    currency: Option<Currency>,
    #[param(inline)]
    model: Option<PricingModel>,
    #[param(inline)]
    valid_from: Option<Day>,
    #[param(inline)]
    source: Option<Source>,
    #[param(inline)]
    base: Option<CardId>,
}

/// Either `rates` or `csv`. `currency`, `valid_from` and `source` are needed, here, in the query or in the table.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRates {
    /// Follows from currency, model and day unless given.
    #[schema(inline)]
    id: Option<CardId>,
    currency: Option<Currency>,
    /// `per_message` unless given.
    model: Option<PricingModel>,
    /// The day from whose beginning on it counts, in the account's time zone.
    #[schema(inline)]
    valid_from: Option<Day>,
    /// Where its rates are from.
    #[schema(inline)]
    source: Option<Source>,
    /// The card whose markets and rules count where this one says nothing: the one in dollars that Casement comes with unless given.
    #[schema(inline)]
    base: Option<CardId>,
    #[schema(value_type = Option<RulesInput>)]
    rules: Option<Members<RulesInput>>,
    /// All markets and their countries; `*` stands for all others.
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>)]
    markets: Option<BTreeMap<Name, Vec<Place>>>,
    #[schema(max_items = 10_000, value_type = Option<Vec<RateInput>>)]
    rates: Option<Vec<Members<RateInput>>>,
    /// A table with `# name: value` lines before it.
    #[schema(inline)]
    csv: Option<Table>,
}

/// What is free, and what is priced like something else; what is absent is as in the base.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateRulesInput)]
struct RulesInput {
    /// Categories that cost nothing in an open customer service window.
    #[schema(value_type = Option<Vec<String>>)]
    free_in_window: Option<Vec<Name>>,
    /// So many delivered service messages of a number and a calendar month cost nothing.
    free_service_messages: Option<u64>,
    /// Whether nothing is charged in a free entry point.
    free_entry_point: Option<bool>,
    /// Categories without rates of their own, and those whose rates they have.
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    like: Option<BTreeMap<Name, Name>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RateInput {
    /// `*`: every market that has no rate of the category.
    #[schema(inline)]
    market: Name,
    #[schema(inline)]
    category: Name,
    /// From which message of the month on it applies; 0 unless given.
    #[serde(default)]
    tier_from: u64,
    #[schema(inline)]
    rate: Rate,
}

/// A country, or `*`.
#[derive(Clone, Debug)]
struct Place(String);

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Place, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_place = text == domain::pricing::EVERYWHERE || domain::pricing::Country::parse(&text).is_some();
        let wrong = || serde::de::Error::custom("must be * or a country of ISO 3166: two capital letters, such as DE");
        is_place.then_some(Place(text)).ok_or_else(wrong)
    }
}

impl NewRates {
    pub(super) fn sheet(self, query: RatesQuery) -> Result<Sheet, Problem> {
        let mut sheet = Sheet::default();
        sheet.id = self.id.or(query.id).map(|id| id.0);
        sheet.currency = self.currency.or(query.currency).map(|currency| currency.0);
        sheet.model = self.model.or(query.model).map(|model| model.0.word().to_owned());
        sheet.valid_from = self.valid_from.or(query.valid_from).map(|day| day.0);
        sheet.source = self.source.or(query.source).map(|source| source.0);
        sheet.base = self.base.or(query.base).map(|base| base.0);
        if let Some(Members(rules)) = self.rules {
            rules.say(&mut sheet);
        }
        let (rates, table) = match (self.rates, self.csv) {
            (Some(rates), None) => (rates, None),
            (None, Some(table)) => (Vec::new(), Some(table)),
            (Some(_), Some(_)) | (None, None) => {
                return Err(Problem::field("rates", "is missing; give either rates or csv"));
            }
        };
        if let Some(table) = table {
            sheet = sheet.read_csv(&table.0).map_err(super::wrong)?;
        }
        if let Some(markets) = self.markets {
            let codes = |places: Vec<Place>| places.into_iter().map(|place| place.0).collect::<Vec<_>>().join(" ");
            sheet.markets = markets.into_iter().map(|(market, places)| (market.0, codes(places))).collect();
        }
        sheet.lines.extend(rates.into_iter().enumerate().map(|(place, Members(rate))| Line {
            at: format!("rates[{place}]"),
            column: "rate".to_owned(),
            market: rate.market.0,
            category: rate.category.0,
            tier_from: rate.tier_from.to_string(),
            rate: rate.rate.0,
        }));
        Ok(sheet)
    }
}

impl RulesInput {
    fn say(self, sheet: &mut Sheet) {
        let words = |words: Vec<Name>| words.into_iter().map(|word| word.0).collect::<Vec<_>>().join(",");
        sheet.free_in_window = self.free_in_window.map(words);
        sheet.free_service_messages = self.free_service_messages.map(|number| number.to_string());
        sheet.free_entry_point = self.free_entry_point.map(|is_free| is_free.to_string());
        let pair = |(of, other): (Name, Name)| format!("{}={}", of.0, other.0);
        sheet.like = self.like.map(|like| like.into_iter().map(pair).collect::<Vec<_>>().join(","));
    }
}
