//! The audit log, for those who look into it and for those who check its chain.
use axum::Json;
use axum::extract::State;
use domain::access::Actor;
use domain::audit as entity;
use serde::{Deserialize, Serialize};
use store::AuditOf;
use utoipa::{IntoParams, ToSchema};

use crate::area::area;
use crate::fields::{Moment, Stamp, Text};
use crate::input::{Input, Nothing};
use crate::page::{self, Limit, Listing, Place};
use crate::problem::Problem;
use crate::{Answer, App};

area! {
    ReadAudit: list;
}

const LIST: &str = "audit";

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only what this user or key asked for; `bootstrap` for the administrator's key of the deployment.
    #[param(inline)]
    actor: Option<Text<64>>,
    /// Only what names this id in its path, or made it.
    #[param(inline)]
    target: Option<Text<128>>,
    /// Only from then on.
    #[param(inline)]
    from: Option<Moment>,
    /// Only before.
    #[param(inline)]
    to: Option<Moment>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    cursor: Option<Place>,
}

/// The end of the chain, as it was just before the page was read.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditHead)]
struct HeadView {
    /// Of the last entry; 0 if there is none.
    number: u64,
    /// Of the last entry; zeros if there is none.
    seal: String,
}

/// One change that was asked for. Its `seal` is the SHA-256, in hex, of these as lines: `casement audit 1`, `number`,
/// `previous`, `at`, `actor`, `credential`, `method`, `route`, `target` (or `-`), `fields` with commas between them, and
/// `idempotency` (or `-`).
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct EntryView {
    number: u64,
    /// The seal of the entry before; zeros in the first.
    previous: String,
    seal: String,
    at: Stamp,
    /// The user or key that asked for it.
    actor: String,
    /// What they came with: the id of a key, or of the user whose token it was.
    credential: String,
    method: String,
    /// With `{id}` in place of the id.
    route: String,
    /// The id in the path.
    target: Option<String>,
    /// Names of the members and parameters that were sent, never their values.
    fields: Vec<String>,
    /// SHA-256 of the `Idempotency-Key`, in hex.
    idempotency: Option<String>,
    /// What was answered. Written afterwards and not part of the seal; null if nobody knows.
    status: Option<u16>,
    /// The id of what was made. As `status`.
    made: Option<String>,
}

impl From<entity::Entry> for EntryView {
    fn from(entry: entity::Entry) -> EntryView {
        let ask = entry.ask;
        EntryView {
            number: entry.number,
            previous: entry.previous.as_str().to_owned(),
            seal: entry.seal.as_str().to_owned(),
            at: Stamp(ask.at),
            actor: ask.actor.to_string(),
            credential: ask.credential,
            method: ask.method,
            route: ask.route,
            target: ask.target,
            fields: ask.fields,
            idempotency: ask.idempotency,
            status: entry.status,
            made: entry.made,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = AuditLog)]
struct AuditView {
    head: HeadView,
    #[serde(flatten)]
    entries: Listing<EntryView>,
}

/// Lists what was asked for that changes something, the latest first. `casement audit verify` checks that nothing is missing.
#[utoipa::path(get, path = "/v1/audit", params(AuditQuery), responses((status = 200, body = AuditView)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, AuditQuery>) -> Answer<AuditView> {
    let of = match (query.actor, query.target) {
        (Some(_), Some(_)) => return Err(Problem::field("target", "must not be given together with actor")),
        (Some(actor), None) => {
            let actor = Actor::parse(&actor.0);
            AuditOf::Actor(
                actor.ok_or_else(|| Problem::field("actor", "must be the id of a user or key, or bootstrap"))?,
            )
        }
        (None, Some(target)) => AuditOf::Target(target.0),
        (None, None) => AuditOf::All,
    };
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let (from, to) = (query.from.map(|from| from.0), query.to.map(|to| to.0));
    // The head first: an entry that comes meanwhile is behind it, and never missing before it.
    let head = app.store.audit_head().await?;
    let page = app.store.audit_page(&of, (from, to), query.limit.0, cursor.as_ref()).await?;
    let head = HeadView { number: head.number, seal: head.seal.as_str().to_owned() };
    Ok(Json(AuditView { head, entries: Listing::of(LIST, page, EntryView::from) }))
}
