//! A card as somebody wrote it: read from CSV or filled from JSON, then checked as a whole, with every problem named.
use std::collections::BTreeMap;

mod csv;

use super::{Card, CardId, Category, Country, Market, Markets, PricingModel, Rules, Tier};
use crate::calendar::Date;
use crate::money::{Currency, Micros};

/// The market of a line that gives a fallback: the rate for whatever market has none.
pub const EVERYWHERE: &str = "*";
/// Bounds against slips of the finger, not business rules. The dearest known message costs some hundred units of its currency.
const RATE_MAX: Micros = Micros::new(1_000_000_000_000);
pub const LINES_MAX: usize = 10_000;
const TEXT_MAX: usize = 500;

/// Everything as it was written; what is absent of rules and markets is taken from the base.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Follows from currency, model and day where it is not given.
    pub id: Option<String>,
    pub currency: Option<String>,
    pub model: Option<String>,
    pub valid_from: Option<String>,
    pub source: Option<String>,
    /// The id of the card whose markets and rules count where this one says nothing.
    pub base: Option<String>,
    pub free_in_window: Option<String>,
    pub free_service_messages: Option<String>,
    pub free_entry_point: Option<String>,
    /// `marketing_lite=marketing`, and so on.
    pub like: Option<String>,
    /// A market and its countries, `*` for all others.
    pub markets: Vec<(String, String)>,
    pub lines: Vec<Line>,
    /// What a table says about its currency, with where it does.
    currencies: Vec<(String, String)>,
}

/// One rate.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Where it stands, for whoever has to mend it.
    pub at: String,
    pub column: String,
    pub market: String,
    pub category: String,
    pub tier_from: String,
    pub rate: String,
}

/// What is wrong with a sheet, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub at: String,
    pub wrong: String,
}

impl Problem {
    pub(super) fn new(at: impl Into<String>, wrong: impl Into<String>) -> Problem {
        Problem { at: at.into(), wrong: wrong.into() }
    }
}

impl Sheet {
    /// Takes what a CSV says; it says nothing that is given already.
    pub fn read_csv(mut self, text: &str) -> Result<Sheet, Vec<Problem>> {
        let mut read = Sheet::default();
        csv::read(text, &mut read)?;
        let given = |given: Option<String>, read: Option<String>| given.or(read);
        self.id = given(self.id, read.id);
        self.currency = given(self.currency, read.currency);
        self.model = given(self.model, read.model);
        self.valid_from = given(self.valid_from, read.valid_from);
        self.source = given(self.source, read.source);
        self.base = given(self.base, read.base);
        self.free_in_window = given(self.free_in_window, read.free_in_window);
        self.free_service_messages = given(self.free_service_messages, read.free_service_messages);
        self.free_entry_point = given(self.free_entry_point, read.free_entry_point);
        self.like = given(self.like, read.like);
        Ok(Sheet { markets: read.markets, lines: read.lines, currencies: read.currencies, ..self })
    }

    /// Notes what is said of the card under this name. False: no such name is known.
    fn say(&mut self, name: &str, value: &str) -> bool {
        let member = match name {
            "id" => &mut self.id,
            "currency" => &mut self.currency,
            "model" => &mut self.model,
            "valid_from" => &mut self.valid_from,
            "source" => &mut self.source,
            "base" => &mut self.base,
            "free_in_window" => &mut self.free_in_window,
            "free_service_messages" => &mut self.free_service_messages,
            "free_entry_point" => &mut self.free_entry_point,
            "like" => &mut self.like,
            "market" => {
                let (market, countries) = value.split_once('=').unwrap_or((value, ""));
                self.markets.push((market.trim().to_owned(), countries.trim().to_owned()));
                return true;
            }
            _ => return false,
        };
        *member = Some(value.to_owned());
        true
    }

    /// The card, or everything that is wrong. `base`: whose markets and rules count where the sheet says nothing.
    pub fn check(&self, base: Option<&Card>) -> Result<Card, Vec<Problem>> {
        let mut problems = Vec::new();
        let head = self.head(&mut problems);
        let rules = self.rules(base, head.as_ref().map(|head| head.model), &mut problems);
        let markets = self.split(base, &mut problems);
        let (rates, fallback) = self.rates(&markets, &mut problems);
        match head {
            Some(Head { id, currency, model, valid_from, source }) if problems.is_empty() => {
                Ok(Card { id, currency, model, valid_from, source, rules, markets, rates, fallback })
            }
            Some(_) | None => Err(problems),
        }
    }

    fn head(&self, problems: &mut Vec<Problem>) -> Option<Head> {
        let currency =
            member("currency", &self.currency, "is no code of three capital letters", problems, Currency::parse);
        let model = self.model.clone().or_else(|| Some(PricingModel::default().word().to_owned()));
        let model =
            member("model", &model, "is neither per_message nor per_conversation", problems, PricingModel::parse);
        let valid_from = member("valid_from", &self.valid_from, "is no day such as 2026-10-01", problems, Date::parse);
        let is_source = |text: &str| (1..=TEXT_MAX).contains(&text.trim().len()).then(|| text.trim().to_owned());
        let source =
            member("source", &self.source, "must say in a few words where the rates are from", problems, is_source);
        let (currency, model, valid_from) = (currency?, model?, valid_from?);
        for (at, told) in &self.currencies {
            // Meta writes `$US`; only a code can be compared.
            if Currency::parse(told).is_some_and(|told| told != currency) {
                problems.push(Problem::new(at, format!("is in {told}, the card in {}", currency.code())));
            }
        }
        let named = || format!("{}-{model}-{valid_from}", currency.code().to_lowercase());
        let id = Some(self.id.clone().unwrap_or_else(named));
        let wrong = "may have small letters, digits, `.`, `-` and `_`, 64 of them at most";
        let id = member("id", &id, wrong, problems, CardId::parse)?;
        Some(Head { id, currency, model, valid_from, source: source? })
    }

    fn rules(&self, base: Option<&Card>, model: Option<PricingModel>, problems: &mut Vec<Problem>) -> Rules {
        let fits = |card: &&Card| model == Some(card.model);
        let Rules { mut free_in_window, mut free_service_messages, mut is_entry_point_free, mut like } =
            base.filter(fits).map(|card| card.rules.clone()).unwrap_or_default();
        if let Some(words) = &self.free_in_window {
            free_in_window = list(words).map(Category::read).collect();
        }
        if let Some(number) = &self.free_service_messages {
            let wrong = "is no number of messages";
            let read = |text: &str| text.parse().ok();
            free_service_messages =
                member("free_service_messages", &Some(number.clone()), wrong, problems, read).unwrap_or_default();
        }
        if let Some(word) = &self.free_entry_point {
            let read = |word: &str| (word == "true" || word == "false").then_some(word == "true");
            let word = Some(word.clone());
            is_entry_point_free =
                member("free_entry_point", &word, "is neither true nor false", problems, read).unwrap_or_default();
        }
        if let Some(pairs) = &self.like {
            let pair = |pair: &str| {
                let (category, other) = pair.split_once('=')?;
                Some((Category::read(category), Category::read(other)))
            };
            let pairs: Option<BTreeMap<_, _>> = list(pairs).map(pair).collect();
            if pairs.is_none() {
                problems.push(Problem::new("like", "is no list such as marketing_lite=marketing"));
            }
            like = pairs.unwrap_or_default();
        }
        Rules { free_in_window, free_service_messages, is_entry_point_free, like }
    }

    fn split(&self, base: Option<&Card>, problems: &mut Vec<Problem>) -> Markets {
        if self.markets.is_empty() {
            return base.map(|card| card.markets.clone()).unwrap_or_default();
        }
        let mut markets = Markets::default();
        for (name, countries) in &self.markets {
            let at = format!("market {name}");
            let market = Market::new(name);
            if name.trim().is_empty() || countries.is_empty() {
                problems.push(Problem::new(&at, "has no name or no countries"));
            }
            for code in list(countries) {
                let before = match Country::parse(code) {
                    Some(country) => markets.of.insert(country, market.clone()),
                    None if code == EVERYWHERE => markets.rest.replace(market.clone()),
                    None => {
                        problems.push(Problem::new(&at, format!("`{code}` is no country of two capital letters")));
                        None
                    }
                };
                if let Some(before) = before {
                    problems.push(Problem::new(&at, format!("`{code}` is in {before} already")));
                }
            }
        }
        markets
    }

    #[expect(clippy::type_complexity, reason = "the two halves of a card, named where they are taken")]
    fn rates(
        &self,
        markets: &Markets,
        problems: &mut Vec<Problem>,
    ) -> (BTreeMap<(Market, Category), Vec<Tier>>, BTreeMap<Category, Micros>) {
        if self.lines.is_empty() || self.lines.len() > LINES_MAX {
            problems.push(Problem::new("rates", format!("must be 1 to {LINES_MAX}, not {}", self.lines.len())));
        }
        let (mut rates, mut fallback) = (BTreeMap::<_, Vec<Tier>>::new(), BTreeMap::new());
        for line in &self.lines {
            let Some(Tier { from, rate }) = line.tier(problems) else { continue };
            let (market, category) = (Market::new(&line.market), Category::read(&line.category));
            let mut wrong = |wrong: &str| problems.push(Problem::new(&line.at, wrong));
            if category.as_str().is_empty() {
                wrong("has no category");
            } else if line.market == EVERYWHERE {
                if from > 0 || fallback.insert(category, rate).is_some() {
                    wrong("a fallback is one rate for each category, without tiers");
                }
            } else if !markets.has(&market) {
                wrong(&format!("no country is in market `{market}`: name its countries"));
            } else {
                let tiers = rates.entry((market, category)).or_default();
                if tiers.iter().any(|tier| tier.from == from) {
                    wrong("the same market, category and tier stand on an earlier line");
                }
                tiers.push(Tier { from, rate });
            }
        }
        for ((market, category), tiers) in &mut rates {
            tiers.sort_by_key(|tier| tier.from);
            if tiers.first().is_none_or(|tier| tier.from > 0) {
                problems
                    .push(Problem::new(format!("{market}, {category}"), "has no rate for the first message (tier 0)"));
            }
        }
        (rates, fallback)
    }
}

struct Head {
    id: CardId,
    currency: Currency,
    model: PricingModel,
    valid_from: Date,
    source: String,
}

impl Line {
    /// `row 7, rate` of a table, `rates[7].rate` of a list.
    fn place(&self, column: &str) -> String {
        let dot = if self.at.ends_with(']') { "." } else { ", " };
        format!("{}{dot}{column}", self.at)
    }

    fn tier(&self, problems: &mut Vec<Problem>) -> Option<Tier> {
        let mut wrong = |column: &str, wrong: String| problems.push(Problem::new(self.place(column), wrong));
        let rate = match Micros::parse(&self.rate) {
            Ok(rate) if rate <= Micros::ZERO || rate > RATE_MAX => {
                wrong(&self.column, format!("{rate} is no rate: what costs nothing has a rule for it, not a rate"));
                None
            }
            Ok(rate) => Some(rate),
            Err(why) => {
                wrong(&self.column, format!("`{}` {}", self.rate, why.explain()));
                None
            }
        };
        // The first tier is written as beginning at 0 and at 1.
        let from = match self.tier_from.as_str() {
            "" | "0" | "1" => Some(0),
            other => other.parse().ok(),
        };
        if from.is_none() {
            wrong("tier_from", format!("`{}` is no number of messages", self.tier_from));
        }
        Some(Tier { from: from?, rate: rate? })
    }
}

/// The words of a list, parted by blanks or commas.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',']).filter(|word| !word.is_empty())
}

fn member<T>(
    name: &str,
    value: &Option<String>,
    wrong: &str,
    problems: &mut Vec<Problem>,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let found = value.as_deref().and_then(read);
    if found.is_none() {
        let told = value.as_ref().map_or_else(|| "is missing".to_owned(), |value| format!("`{value}` {wrong}"));
        problems.push(Problem::new(name, told));
    }
    found
}

#[cfg(test)]
mod tests;
