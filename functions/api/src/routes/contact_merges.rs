//! Contacts that may be one person: proposed pairs, their merge by choice, its undoing, and the word that they are not one.
use axum::Json;
use axum::extract::{Extension, State};
use domain::contact::Contact;
use domain::contact_merge::{Merge, Prefer, Unmergeable, merge as join, unmerge as part};
use domain::contact_search::Term;
use domain::ids;
use lambda_http::http::StatusCode;
use runtime::clock;
use serde::{Deserialize, Serialize};
use store::Page;
use utoipa::ToSchema;

use super::contacts::{ContactView, load, shown};
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{ContactId, Id, given, vocabulary};
use crate::input::{Input, Nothing};
use crate::page::{self, Listing, PageQuery};
use crate::problem::Problem;
use crate::{Answer, App, EDIT_TRIES_MAX, sight};

area! {
    ReadInbox: duplicates;
    WriteInbox: dismiss, merge, unmerge;
}

const LIST: &str = "contact-pairs";

domain::words! {
    pub(crate) enum Likeness {
        /// Each claims an identity of the other.
        Identity = "identity",
        Email = "email",
        /// A number in another form.
        Phone = "phone",
    }
}

vocabulary! { DuplicateReason = Likeness, MergePreference = domain::contact_merge::Prefer }

/// Two contacts that may be one person.
#[derive(Serialize, ToSchema)]
#[schema(as = DuplicatePair)]
struct PairView {
    contacts: Vec<ContactView>,
    reasons: Vec<DuplicateReason>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactPair)]
struct Pair {
    contact_id: ContactId,
    other_id: ContactId,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeInput {
    /// The contact that goes: it stays readable, and is answered for by the one that stays.
    with: ContactId,
    /// Whose name, owner, stage and fields count where both have them; `survivor` unless given.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    prefer: Option<MergePreference>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UnmergeInput {
    /// One of the contact's `merged`.
    with: ContactId,
}

/// Why they may be one, as they are now; nothing, where they are not.
async fn reasons(app: &App, one: &Contact, other: &Contact) -> Result<Vec<Likeness>, Problem> {
    if one.merged_into.is_some() || other.merged_into.is_some() || one.distinct.contains(&other.id) {
        return Ok(Vec::new());
    }
    let mut reasons = Vec::new();
    if one.merge_proposals.contains(&other.id) || other.merge_proposals.contains(&one.id) {
        reasons.push(Likeness::Identity);
    }
    for term in app.store.contacts_alike(one, other).await? {
        let reason = if matches!(term, Term::Email(_)) { Likeness::Email } else { Likeness::Phone };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    Ok(reasons)
}

/// Lists pairs of contacts that may be one person, the latest first. A page may have fewer pairs than asked for, or none, and
/// still have a next one.
#[utoipa::path(
    get,
    path = "/v1/contacts/duplicates",
    params(PageQuery),
    responses((status = 200, body = Listing<PairView>))
)]
async fn duplicates(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, .. }: Input<Nothing, PageQuery>,
) -> Answer<Listing<PairView>> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let page = app.store.pairs_page(query.limit.0, cursor.as_ref()).await?;
    let ids: Vec<ids::ContactId> = page.items.iter().flat_map(|(one, other)| [one.clone(), other.clone()]).collect();
    let contacts = app.store.contacts_get(&ids).await?;
    let find = |id: &ids::ContactId| contacts.iter().find(|contact| contact.id == *id);
    let mut items = Vec::new();
    for (one, other) in &page.items {
        let Some((one, other)) = find(one).zip(find(other)) else { continue };
        let are_seen = sight::knows(&app, &caller, one).await? && sight::knows(&app, &caller, other).await?;
        let reasons = if are_seen { reasons(&app, one, other).await? } else { Vec::new() };
        if !reasons.is_empty() {
            let contacts = vec![shown(&app, one.clone()).await?, shown(&app, other.clone()).await?];
            items.push(PairView { contacts, reasons: reasons.into_iter().map(crate::fields::Word).collect() });
        }
    }
    Ok(Json(Listing::of(LIST, Page { items, next: page.next }, |view| view)))
}

/// Says that two contacts are not one person: they are not proposed again.
#[utoipa::path(
    post,
    path = "/v1/contacts/duplicates/dismiss",
    request_body = Pair,
    responses((status = 204))
)]
async fn dismiss(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, .. }: Input<Nothing, Nothing, Pair>,
) -> Result<StatusCode, Problem> {
    let (Id(one), Id(other)) = (body.contact_id, body.other_id);
    if one == other {
        return Err(Problem::field("other_id", "must be another contact"));
    }
    for (field, id) in [("contact_id", &one), ("other_id", &other)] {
        known(&app, &caller, id, field).await?;
    }
    if app.store.pair_dismiss(&one, &other, clock::now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::ChangedMeanwhile)
    }
}

/// The row of a contact that the body names, if it is in sight.
async fn known(app: &App, caller: &Caller, id: &ids::ContactId, field: &str) -> Result<Contact, Problem> {
    let is_seen = match app.store.contact_get(id).await? {
        Some(person) => sight::knows(app, caller, &person).await?,
        None => false,
    };
    let found = if is_seen { app.store.contact_own(id).await? } else { None };
    found.ok_or_else(|| Problem::unknown(field, "names a contact that does not exist"))
}

/// The rows of both, as they are: the one of the path must not be merged into another itself.
async fn both(
    app: &App,
    caller: &Caller,
    id: &ids::ContactId,
    with: &ids::ContactId,
) -> Result<(Contact, Contact), Problem> {
    let survivor = load(app, caller, id).await?;
    let other = known(app, caller, with, "with").await?;
    Ok((survivor, other))
}

/// Merges another contact into this one. This one has the identities, consents, tags, fields and threads of both from then on;
/// of each purpose the latest word holds; who writes under either name is this contact, in the thread and the window that they
/// had. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/contacts/{id}/merge",
    params(("id" = ContactId, Path)),
    request_body = MergeInput,
    responses((status = 200, body = ContactView))
)]
async fn merge(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::ContactId, Nothing, MergeInput>,
) -> Answer<ContactView> {
    let Id(with) = body.with;
    let prefer = body.prefer.map_or(Prefer::Survivor, |prefer| prefer.0);
    for _ in 0..EDIT_TRIES_MAX {
        let (survivor, other) = both(&app, &caller, &id, &with).await?;
        if other.merged_into.as_ref() == Some(&survivor.id) {
            return Ok(Json(shown(&app, survivor).await?));
        }
        if other.merged_into.is_some() {
            return Err(Problem::field("with", "must not be merged into another contact already"));
        }
        let at = clock::now();
        let (mut next, noted) =
            join(&survivor, &other, prefer, at, caller.actor().as_str()).map_err(|why| match why {
                Unmergeable::Same => Problem::field("with", "must be another contact"),
                Unmergeable::TooMany => Problem::field("with", "would be one too many to be merged into one contact"),
            })?;
        next.changed = Some(domain::contact::Changed { at, by: caller.actor().to_string() });
        if app.store.contact_merge(&survivor, &other, &next, &noted).await? {
            return Ok(Json(shown(&app, load(&app, &caller, &survivor.id).await?).await?));
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// Undoes a merge: both are as they were, and what came in between stays with the one in whose thread or on whose page it came.
/// What was said of consents in between holds for both. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/contacts/{id}/unmerge",
    params(("id" = ContactId, Path)),
    request_body = UnmergeInput,
    responses((status = 200, body = ContactView))
)]
async fn unmerge(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::ContactId, Nothing, UnmergeInput>,
) -> Answer<ContactView> {
    let Id(with) = body.with;
    for _ in 0..EDIT_TRIES_MAX {
        let survivor = app.store.contact_own(&id).await?.ok_or_else(|| sight::missing(&id))?;
        let (_, other) = both(&app, &caller, &id, &with).await?;
        if other.merged_into.is_none() {
            return Ok(Json(shown(&app, survivor).await?));
        }
        let noted: Option<Merge> = app.store.contact_merge_get(&survivor.id, &other.id).await?;
        let noted = noted.filter(|_| other.merged_into.as_ref() == Some(&survivor.id));
        let Some(noted) = noted else {
            return Err(Problem::field("with", "must be a contact that was merged into this one itself"));
        };
        let at = clock::now();
        let later = app.store.contact_merges_after(&noted).await?;
        let (mut next, back, later) = part(&survivor, &other, &noted, &later);
        next.changed = Some(domain::contact::Changed { at, by: caller.actor().to_string() });
        if app.store.contact_unmerge((&survivor, &next), (&other, &back), &noted, &later, at).await? {
            return Ok(Json(shown(&app, load(&app, &caller, &survivor.id).await?).await?));
        }
    }
    Err(Problem::ChangedMeanwhile)
}
