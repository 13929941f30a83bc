//! The ledger of consent: what a contact allows, for each purpose, and who said so when.
use axum::Json;
use axum::extract::{Extension, State};
use domain::Time;
use domain::consent::{ConsentSource, Entry, Said, Statement};
use domain::contact::Contact;
use domain::ids;
use domain::settings::Settings;
use lambda_http::http::StatusCode;
use runtime::clock;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contacts::load;
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{ChannelId, ContactId, Id, Members, Moment, Purpose, Text, vocabulary};
use crate::idempotent::Ticket;
use crate::input::{Input, Nothing};
use crate::page::{self, Listing, PageQuery};
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App};

mod import;
mod row;
mod view;

use import::{ImportView, NewImport};
pub(super) use view::{ConsentsView, EntryView};

area! {
    ReadInbox: list;
    WriteInbox: record, import;
}

const LIST: &str = "consents";
pub(super) type Origin = Text<200>;
pub(super) type Proof = Text<2000>;

domain::words! {
    /// What can be recorded.
    pub(crate) enum Recorded {
        Given = "given",
        Withdrawn = "withdrawn",
    }
}

vocabulary! { RecordedState = Recorded }

/// What a contact allows, and all that was ever said about it, the latest first.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentLedger)]
struct LedgerView {
    current: ConsentsView,
    #[serde(flatten)]
    entries: Listing<EntryView>,
}

/// What was recorded.
#[derive(Serialize, ToSchema)]
struct RecordedConsents {
    current: ConsentsView,
    /// An entry for each purpose.
    items: Vec<EntryView>,
}

/// What a person said about messages of some purposes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConsent {
    /// `service`, `utility` and `marketing`: at least one, each once.
    #[schema(min_items = 1, max_items = 3, value_type = Vec<Purpose>)]
    purposes: Vec<Purpose>,
    state: RecordedState,
    /// When it was said, not in the future; now unless given. The latest holds.
    at: Option<Moment>,
    /// Where: the form, the shop, the call.
    #[schema(inline)]
    source: Origin,
    /// The text that the person agreed to, or the address of a record of it.
    #[schema(inline)]
    proof: Option<Proof>,
    /// From where to ask them, if this purpose asks for their own yes.
    channel_id: Option<ChannelId>,
}

/// Refuses a time that is not over yet. `field`: where it stands.
pub(super) fn past(at: Option<Moment>, now: Time, field: &str) -> Result<Option<Time>, Problem> {
    match at {
        Some(Moment(at)) if at > now => Err(Problem::field(field, "must not be in the future")),
        at => Ok(at.map(|Moment(at)| at)),
    }
}

impl NewConsent {
    /// `path`: where it stands in the body, with a dot; nothing for a body of its own.
    pub(super) async fn check(&self, app: &App, ticket: &Ticket, path: &str) -> Result<(), Problem> {
        let mut purposes = self.purposes.clone();
        purposes.sort_unstable();
        purposes.dedup();
        if purposes.is_empty() || purposes.len() < self.purposes.len() {
            return Err(Problem::field(format!("{path}purposes"), "must have one to three purposes, each once"));
        }
        past(self.at, ticket.at, &format!("{path}at"))?;
        if let Some(Id(channel)) = &self.channel_id
            && app.store.channel_get(channel).await?.is_none()
        {
            return Err(Problem::unknown(format!("{path}channel_id"), "names a channel that does not exist"));
        }
        Ok(())
    }

    fn statements(&self, contact: &ids::ContactId, ticket: &Ticket) -> Vec<Statement> {
        let at = self.at.map(|Moment(at)| at);
        // Said again with its time it is the same; said now, the same request is.
        let said = match at {
            Some(at) => format!("at {at}"),
            None => format!("now {} {}", ticket.at, hex::encode(ticket.entropy)),
        };
        let statement = |purpose| Statement {
            contact: contact.clone(),
            purpose,
            is_given: self.state.0 == Recorded::Given,
            said: at.map_or(Said::Now(ticket.at), Said::At),
            place: at.unwrap_or(ticket.at),
            source: ConsentSource::Api,
            origin: Some(self.source.0.clone()),
            proof: self.proof.as_ref().map(|proof| proof.0.clone()),
            channel: self.channel_id.as_ref().map(|id| id.0.clone()),
            message: None,
            fact: format!("{said} {}", self.source.0),
        };
        self.purposes.iter().map(|purpose| statement(purpose.0)).collect()
    }
}

/// Adds statements to the ledger; `contact` is told what holds then.
pub(super) async fn tell(
    app: &App,
    contact: &mut Contact,
    statements: Vec<Statement>,
    settings: &Settings,
    now: Time,
) -> Result<Vec<Entry>, Problem> {
    let entries = app.store.consents_tell(contact, statements, &settings.consent, now).await?;
    entries.iter().for_each(|entry| contact.consents.apply(entry));
    Ok(entries)
}

/// Reads what a contact allows, and the ledger of how that came.
#[utoipa::path(
    get,
    path = "/v1/contacts/{id}/consents",
    params(("id" = ContactId, Path), PageQuery),
    responses((status = 200, body = LedgerView))
)]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, query, .. }: Input<ids::ContactId, PageQuery>,
) -> Answer<LedgerView> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let contact = load(&app, &caller, &id).await?;
    let threads: Vec<ids::ContactId> = contact.threads().cloned().collect();
    let page = app.store.consents_page(&threads, query.limit.0, cursor.as_ref()).await?;
    let entries = Listing::of(LIST, page, EntryView::from);
    Ok(Json(LedgerView { current: ConsentsView::from(&contact.consents), entries }))
}

/// Records what a person allowed or took back. An entry of the ledger is never changed: what is later holds.
#[utoipa::path(
    post,
    path = "/v1/contacts/{id}/consents",
    params(("id" = ContactId, Path)),
    request_body = NewConsent,
    responses((status = 201, body = RecordedConsents))
)]
async fn record(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, fingerprint, .. }: Input<ids::ContactId, Nothing, NewConsent>,
) -> AnswerWith<RecordedConsents> {
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let mut contact = load(&app, &caller, &id).await?;
    body.check(&app, &ticket, "").await?;
    let statements = body.statements(&contact.id, &ticket);
    let settings = app.store.settings_get().await?;
    let entries = tell(&app, &mut contact, statements, &settings, ticket.at).await?;
    let items = entries.into_iter().map(EntryView::from).collect();
    Ok((StatusCode::CREATED, Json(RecordedConsents { current: ConsentsView::from(&contact.consents), items })))
}

/// Records the consents of many people: up to 500 rows, as a list or as CSV. Each row is judged on its own and reported;
/// a row that was imported before changes nothing.
#[utoipa::path(
    post,
    path = "/v1/consents/import",
    request_body = NewImport,
    responses((status = 200, body = ImportView))
)]
async fn import(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, .. }: Input<Nothing, Nothing, NewImport>,
) -> Answer<ImportView> {
    Ok(Json(import::run(&app, &caller, body, clock::now()).await?))
}

/// Consents that come with a new contact, checked already: one after the other, as they are listed.
pub(super) async fn tell_all(
    app: &App,
    contact: &mut Contact,
    consents: &[Members<NewConsent>],
    ticket: &Ticket,
) -> Result<(), Problem> {
    if consents.is_empty() {
        return Ok(());
    }
    let settings = app.store.settings_get().await?;
    for Members(consent) in consents {
        tell(app, contact, consent.statements(&contact.id, ticket), &settings, ticket.at).await?;
    }
    Ok(())
}
