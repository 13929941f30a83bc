//! Cards of rates: what messages cost from a day on. A card is loaded whole; one that is there is replaced only if that is asked
//! for, and what was quoted by it keeps its rate.
use std::cmp::Reverse;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use domain::calendar::Date;
use domain::pricing::{Card, Loaded, Sheet, in_force, shipped};
use runtime::clock;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{CardId, Currency, Day, PricingModel};
use crate::input::{Input, Nothing};
use crate::page::{Limit, Listing, PageQuery, Place};
use crate::problem::{FieldError, Problem};
use crate::{Answer, App, EDIT_TRIES_MAX};

mod body;
mod view;

use body::{NewRates, RatesQuery};
use view::CardView;

area! {
    ReadCredits: list;
    ManageCredits: put;
}

const LIST: &str = "rates";
const WHAT: &str = "card of rates";

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only this one, with its rates.
    #[param(inline)]
    id: Option<CardId>,
    /// Only those that are in force on this day, with their rates.
    #[param(inline)]
    on: Option<Day>,
    #[param(inline)]
    currency: Option<Currency>,
    #[param(inline)]
    model: Option<PricingModel>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(inline)]
    cursor: Option<Place>,
}

/// A card, and how it came here; a shipped one was there from the beginning.
struct Known {
    card: Arc<Card>,
    loaded: Option<Loaded>,
}

impl Known {
    fn revision(&self) -> i64 {
        self.loaded.as_ref().map_or(0, |loaded| loaded.revision)
    }
}

/// The shipped cards, but for those in whose place others were loaded, and the loaded ones, which go before them.
async fn all(app: &App) -> Result<Vec<Known>, Problem> {
    let loaded = app.store.rate_cards().await?;
    let is_shipped = |card: &&Card| !loaded.iter().any(|loaded| loaded.id == card.id);
    let shipped = shipped().iter().filter(is_shipped);
    let mut all: Vec<Known> = shipped.map(|card| Known { card: Arc::new(card.clone()), loaded: None }).collect();
    for loaded in loaded {
        let card = app.rates.content(&loaded).await?;
        all.push(Known { card, loaded: Some(loaded) });
    }
    Ok(all)
}

/// Whether it is this card that counts on the day.
fn is_in_force(all: &[Known], card: &Card, on: Date) -> bool {
    let cards = all.iter().map(|known| known.card.as_ref());
    in_force(cards, &card.currency, card.model, on).is_ok_and(|found| found.id == card.id)
}

async fn today(app: &App) -> Result<Date, Problem> {
    Ok(app.store.settings_get().await?.billing.zone().date(clock::now()))
}

/// Lists the cards of rates, by currency and model, the latest first. What a card says of markets, rates and rules is shown
/// where `id` or `on` is given.
#[utoipa::path(get, path = "/v1/credits/rates", params(ListQuery), responses((status = 200, body = Listing<CardView>)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, ListQuery>) -> Answer<Listing<CardView>> {
    let today = today(&app).await?;
    let on = query.on.as_ref().and_then(|day| Date::parse(&day.0));
    let all = all(&app).await?;
    let is_wanted = |card: &Card| {
        query.id.as_ref().is_none_or(|id| id.0 == card.id.as_str())
            && on.is_none_or(|on| is_in_force(&all, card, on))
            && query.currency.as_ref().is_none_or(|currency| currency.0 == card.currency.code())
            && query.model.is_none_or(|model| model.0 == card.model)
    };
    let mut wanted: Vec<&Known> = all.iter().filter(|known| is_wanted(&known.card)).collect();
    wanted.sort_by_key(|Known { card, .. }| (card.currency.code(), card.model, Reverse(card.valid_from)));
    let is_whole = query.id.is_some() || on.is_some();
    let view = |known: &Known| CardView::of(known, is_in_force(&all, &known.card, today), is_whole);
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    Ok(Json(Listing::part(LIST, wanted, &page, |known| known.card.id.as_str(), view)?))
}

/// Loads a card: as JSON, or as `text/csv` in the layout in which WhatsApp publishes its cards or with a rate in each row
/// (`market,category,tier_from,rate`); what a file does not say of the card is given in the query. Everything that is wrong is
/// named. Loading the same card again changes nothing.
#[utoipa::path(
    put,
    path = "/v1/credits/rates",
    params(RatesQuery),
    request_body(content((NewRates = "application/json"), (String = "text/csv"))),
    responses((status = 200, body = CardView))
)]
async fn put(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, body, .. }: Input<Nothing, RatesQuery, NewRates>,
) -> Answer<CardView> {
    let is_replacing = query.replace;
    let sheet = body.sheet(query)?;
    let today = today(&app).await?;
    for _ in 0..EDIT_TRIES_MAX {
        let known = all(&app).await?;
        let card = sheet.check(base(&sheet, &known)?).map_err(wrong)?;
        let before = known.iter().find(|known| known.card.id == card.id);
        if let Some(same) = before.filter(|before| *before.card == card) {
            return Ok(Json(CardView::of(same, is_in_force(&known, &card, today), true)));
        }
        let other = known.iter().find(|known| known.loaded.is_some() && takes_place_of(&card, &known.card));
        if let Some(other) = before.filter(|_| !is_replacing).or(other) {
            return Err(Problem::AlreadyExists { what: WHAT, id: other.card.id.to_string() });
        }
        let revision = before.map_or(0, Known::revision).saturating_add(1);
        if app.store.rate_card_put(&card, &Loaded::of(&card, caller.actor().as_str(), clock::now(), revision)).await? {
            app.rates.forget();
            let known = all(&app).await?;
            let loaded = known.iter().find(|known| known.card.id == card.id).ok_or(Problem::ChangedMeanwhile)?;
            return Ok(Json(CardView::of(loaded, is_in_force(&known, &loaded.card, today), true)));
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// Whose markets and rules count where a sheet says nothing: the shipped card's, unless it names another.
fn base<'a>(sheet: &Sheet, known: &'a [Known]) -> Result<Option<&'a Card>, Problem> {
    let Some(id) = &sheet.base else { return Ok(shipped().first()) };
    let named = known.iter().find(|known| known.card.id.as_str() == id);
    let unknown = || Problem::unknown("base", "names a card of rates that does not exist");
    named.map(|known| Some(known.card.as_ref())).ok_or_else(unknown)
}

/// Two cards of one kind that begin on one day: nobody could say which of them counts.
fn takes_place_of(card: &Card, other: &Card) -> bool {
    let kind = |card: &Card| (card.currency.clone(), card.model, card.valid_from);
    card.id != other.id && kind(card) == kind(other)
}

fn wrong(problems: Vec<domain::pricing::Problem>) -> Problem {
    Problem::InvalidRates(problems.into_iter().map(|problem| FieldError::new(problem.at, problem.wrong)).collect())
}
