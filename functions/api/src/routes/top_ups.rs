//! Credit that is bought: a link to pay at, and what became of it.
use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, State};
use domain::channel::ChannelState;
use domain::ids;
use domain::money;
use domain::wallet::{self as entity, Payee, TOP_UP_MAX, TopUpMethod as Method, TopUpState as Course, Trouble, Wish};
use lambda_http::http::{StatusCode, Uri};
use payments::stripe::Stripe;
use payments::{AmountRefusal, Money, Provider};
use serde::{Deserialize, Serialize};
use store::Put;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{Currency, Id, Identifier, Stamp, TopUpId, TopUpMethod, TopUpState, WebAddress, Word};
use crate::input::{Input, Nothing};
use crate::page::{self, Listing, PageQuery};
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App};

area! {
    ReadCredits: list, read;
    ManageCredits: create;
}

const LIST: &str = "top-ups";
/// The link takes a moment, and a caller who gets it with the answer need not ask again.
const WAIT: Duration = Duration::from_millis(150);
const WAITS_MAX: u32 = 30;

#[derive(Serialize, ToSchema)]
#[schema(as = TopUp)]
struct TopUpView {
    id: TopUpId,
    method: TopUpMethod,
    amount_micros: i64,
    currency: String,
    state: TopUpState,
    /// Where to pay, while it can be paid.
    checkout_url: Option<String>,
    /// Until when it can be paid there.
    expires_at: Option<Stamp>,
    /// Whether the card may be charged again by auto-recharge.
    save_card: bool,
    /// What came and was booked.
    granted_micros: Option<i64>,
    problem: Option<TroubleView>,
    /// The purchase of auto-recharge that failed and that this one makes good.
    makes_good: Option<TopUpId>,
    /// The key that asked for it; null where auto-recharge did.
    requested_by: Option<String>,
    requested_at: Stamp,
}

/// Why it is not as it should be.
#[derive(Serialize, ToSchema)]
#[schema(as = Trouble)]
struct TroubleView {
    /// The provider's word where it has one, such as `insufficient_funds`.
    code: String,
    message: String,
}

impl From<Trouble> for TroubleView {
    fn from(Trouble { code, message }: Trouble) -> TroubleView {
        TroubleView { code, message }
    }
}

impl From<entity::TopUp> for TopUpView {
    fn from(top_up: entity::TopUp) -> TopUpView {
        let is_link = top_up.method == Method::Checkout && top_up.url.is_some();
        TopUpView {
            method: Word(top_up.method),
            amount_micros: top_up.amount.get(),
            currency: top_up.currency.code().to_owned(),
            state: Word(top_up.state),
            expires_at: is_link.then(|| Stamp(top_up.expires_at())),
            checkout_url: top_up.url.filter(|_| top_up.state == Course::AwaitingPayment),
            save_card: top_up.keeps_card,
            granted_micros: top_up.granted.map(money::Micros::get),
            problem: top_up.problem.map(TroubleView::from),
            makes_good: top_up.makes_good.map(Id),
            requested_by: top_up.requested_by,
            requested_at: Stamp(top_up.requested_at),
            id: top_up.id.into(),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTopUp {
    /// Millionths of the currency's unit, in steps that the currency is charged in.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    amount_micros: i64,
    /// The wallet's if absent; the first purchase decides it.
    currency: Option<Currency>,
    /// Where the buyer comes back to. Nothing follows from that they did: `GET /v1/credits/top-ups/{id}` tells.
    success_url: Option<WebAddress>,
    /// Where a buyer who does not pay comes back to; `success_url` if absent.
    cancel_url: Option<WebAddress>,
    /// Whether the card may be charged again by auto-recharge. The buyer is asked for their consent.
    #[serde(default)]
    save_card: bool,
}

/// Refuses what no provider would charge exactly.
pub(super) fn chargeable(field: &str, amount: money::Micros, currency: &money::Currency) -> Result<(), Problem> {
    let code = currency.code();
    let wrong = |message: String| Err(Problem::field(field, message));
    if amount > TOP_UP_MAX {
        return wrong(format!("must be at most {}", TOP_UP_MAX.get()));
    }
    match Stripe::check(&Money { amount, currency: currency.clone() }) {
        Ok(()) => Ok(()),
        Err(AmountRefusal::UnknownCurrency) => Err(Problem::field("currency", "must be a currency of ISO 4217")),
        Err(AmountRefusal::NotPositive) => wrong("must be more than 0".to_owned()),
        Err(AmountRefusal::Uneven { step }) => {
            wrong(format!("must be a multiple of {}: {code} is charged in such steps", step.get()))
        }
        Err(AmountRefusal::TooSmall { minimum }) => {
            wrong(format!("must be at least {}: less than {minimum} {code} is not charged", minimum.get()))
        }
        Err(AmountRefusal::TooLarge { maximum }) => {
            wrong(format!("must be at most {}: more than {maximum} {code} is not charged at once", maximum.get()))
        }
    }
}

/// The page that says that all is well, for a buyer whom nobody wants back elsewhere.
fn somewhere(uri: &Uri) -> String {
    let host = uri.authority().map_or("localhost", |authority| authority.as_str());
    format!("{}://{host}/v1/health", uri.scheme_str().unwrap_or("https"))
}

async fn currency_of(app: &App, wanted: Option<&Currency>) -> Result<money::Currency, Problem> {
    let wanted = wanted.and_then(|Currency(code)| money::Currency::parse(code));
    match (app.store.wallet_get().await?, wanted) {
        (Some(wallet), Some(wanted)) if wallet.currency != wanted => {
            Err(Problem::OtherCurrency { wallet: wallet.currency.code().to_owned() })
        }
        (Some(wallet), _) => Ok(wallet.currency),
        (None, Some(wanted)) => Ok(wanted),
        (None, None) => Err(Problem::field("currency", "is needed: there is no credit yet that would decide it")),
    }
}

/// Buys credit: the answer has a link to pay at, or has it a moment later. It counts once it is paid.
#[utoipa::path(post, path = "/v1/credits/top-ups", request_body = NewTopUp, responses((status = 202, body = TopUpView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewTopUp>,
) -> AnswerWith<TopUpView> {
    let amount = money::Micros::new(body.amount_micros);
    let currency = currency_of(&app, body.currency.as_ref()).await?;
    chargeable("amount_micros", amount, &currency)?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let id = ids::TopUpId::new(ticket.at, ticket.entropy);
    if ticket.is_repeated
        && let Some(before) = app.store.top_up_get(&id).await?
    {
        return linked(&app, before).await;
    }
    if app.store.channels_all().await?.iter().all(|channel| channel.state != ChannelState::Active) {
        return Err(Problem::NoActiveChannel);
    }
    let customer = app.store.payer_get().await?.and_then(|payer| payer.customer);
    let success_url = body.success_url.map_or_else(|| somewhere(&uri), |WebAddress(url)| url);
    let wish = Wish {
        id,
        method: Method::Checkout,
        amount,
        currency,
        keeps_card: body.save_card,
        payee: Payee { customer, method: None },
        cancel_url: body.cancel_url.map_or_else(|| success_url.clone(), |WebAddress(url)| url),
        success_url,
        makes_good: None,
        requested_by: Some(caller.actor().to_string()),
    };
    let top_up = entity::TopUp::new(wish, ticket.at);
    let top_up = match app.store.top_up_create(&top_up).await? {
        Put::Written => top_up,
        Put::Exists(before) => before,
    };
    linked(&app, top_up).await
}

/// The top-up with its link, if that comes soon.
async fn linked(app: &App, mut top_up: entity::TopUp) -> AnswerWith<TopUpView> {
    for _ in 0..WAITS_MAX {
        if top_up.state != Course::Requested {
            break;
        }
        tokio::time::sleep(WAIT).await;
        top_up = app.store.top_up_get(&top_up.id).await?.unwrap_or(top_up);
    }
    if top_up.problem.as_ref().is_some_and(|problem| problem.code == entity::NOT_CONFIGURED) {
        return Err(Problem::PaymentsNotConfigured);
    }
    Ok((StatusCode::ACCEPTED, Json(top_up.into())))
}

/// Lists what was bought, the latest first.
#[utoipa::path(get, path = "/v1/credits/top-ups", params(PageQuery), responses((status = 200, body = Listing<TopUpView>)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<TopUpView>> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let page = app.store.top_ups_page(query.limit.0, cursor.as_ref()).await?;
    Ok(Json(Listing::of(LIST, page, TopUpView::from)))
}

/// Reads a top-up.
#[utoipa::path(get, path = "/v1/credits/top-ups/{id}", params(("id" = TopUpId, Path)), responses((status = 200, body = TopUpView)))]
async fn read(State(app): State<App>, Input { id, .. }: Input<ids::TopUpId>) -> Answer<TopUpView> {
    let top_up = app.store.top_up_get(&id).await?;
    let top_up = top_up.ok_or_else(|| Problem::NotFound { what: ids::TopUpId::WHAT, id: id.to_string() })?;
    Ok(Json(top_up.into()))
}
