//! Contacts and leads: the people on WhatsApp.
use axum::Json;
use axum::extract::{Extension, State};
use domain::contact as entity;
use domain::identity::{Identity, IdentityKind as Kind};
use domain::ids;
use lambda_http::http::StatusCode;
use runtime::clock;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::consents::{NewConsent, tell_all};
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{
    AssigneeChoice, AssigneeInput, Bsuid, ContactId, ContactKind, Identifier, Members, Phone, Word, given, nullable,
};
use crate::input::{Input, Nothing};
use crate::page::{self, Limit, Listing, Place};
use crate::people::must_exist;
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX, recipient, sight};

mod details;
mod view;

use details::{FieldsInput, FieldsPatch, Name, Tags};
use view::ContactView;

area! {
    ReadInbox: list, read;
    WriteInbox: create, change;
}

const LIST: &str = "contacts";
const CONSENTS_MAX: usize = 10;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ContactsQuery {
    /// Only whom this phone leads to, in any form of the number.
    #[param(inline)]
    phone: Option<Phone>,
    /// Only whom this user id leads to.
    #[param(inline)]
    bsuid: Option<Bsuid>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    cursor: Option<Place>,
}

/// A contact has a phone, a BSUID, or both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewContact {
    phone: Option<Phone>,
    bsuid: Option<Bsuid>,
    kind: ContactKind,
    name: Option<Name>,
    #[schema(value_type = Option<AssigneeChoice>)]
    owner: Option<AssigneeInput>,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    fields: FieldsInput,
    /// What the person allows already.
    #[serde(default)]
    #[schema(value_type = Vec<NewConsent>, max_items = 10)]
    consents: Vec<Members<NewConsent>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    kind: Option<ContactKind>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Name>)]
    name: Option<Option<Name>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AssigneeChoice>)]
    owner: Option<Option<AssigneeInput>>,
    /// Takes the place of all tags.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    tags: Option<Tags>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    fields: Option<FieldsPatch>,
}

impl ContactPatch {
    fn apply(&self, contact: &mut entity::Contact) -> Result<(), Problem> {
        if let Some(Word(kind)) = self.kind {
            contact.kind = kind;
        }
        if let Some(name) = &self.name {
            contact.name = name.as_ref().map(|name| name.0.clone());
            contact.is_named_by_hand = name.is_some();
        }
        if let Some(owner) = &self.owner {
            contact.owner = owner.as_ref().and_then(|owner| owner.0.clone());
        }
        if let Some(tags) = &self.tags {
            contact.tags = tags.texts();
        }
        match &self.fields {
            Some(fields) => fields.apply(&mut contact.fields),
            None => Ok(()),
        }
    }
}

/// The strongest first.
fn identities(phone: Option<Phone>, bsuid: Option<Bsuid>) -> Vec<Identity> {
    let bsuid = bsuid.map(|bsuid| Identity::new(Kind::Bsuid, bsuid.0));
    let phone = phone.map(|phone| Identity::new(Kind::Phone, phone.0));
    bsuid.into_iter().chain(phone).collect()
}

pub(super) async fn load(app: &App, caller: &Caller, id: &ids::ContactId) -> Result<entity::Contact, Problem> {
    reached(app, sight::contact(app, caller, id).await?).await
}

/// The contact as it is now: who has written since WhatsApp could not deliver is reachable again. That is looked up only
/// for those few, so that no message costs a write for it.
async fn reached(app: &App, mut contact: entity::Contact) -> Result<entity::Contact, Problem> {
    if contact.reach.unreachable_since.is_some() {
        let mut wrote = None;
        for channel in app.store.channels_all().await? {
            let id = ids::ConversationId::of(&channel.id, &contact.id);
            let conversation = app.store.conversation_get(&id).await?;
            wrote = wrote.max(conversation.and_then(|conversation| conversation.last_inbound_at));
        }
        if !contact.reach.is_unreachable(wrote) {
            contact.reach.unreachable_since = None;
        }
    }
    Ok(contact)
}

async fn shown(app: &App, contact: entity::Contact) -> Result<ContactView, Problem> {
    let limits = app.store.settings_get().await?.limits;
    Ok(ContactView::of(contact, &limits, clock::now()))
}

/// Lists contacts, the newest first, or finds one by phone or BSUID.
#[utoipa::path(get, path = "/v1/contacts", params(ContactsQuery), responses((status = 200, body = Listing<ContactView>)))]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, .. }: Input<Nothing, ContactsQuery>,
) -> Answer<Listing<ContactView>> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let wanted = identities(query.phone, query.bsuid);
    if wanted.len() > 1 {
        return Err(Problem::field("bsuid", "must not be given together with phone"));
    }
    if wanted.is_empty() {
        let mut page = app.store.contacts_page(query.limit.0, cursor.as_ref()).await?;
        for contact in &mut page.items {
            *contact = reached(&app, contact.clone()).await?;
        }
        let (limits, now) = (app.store.settings_get().await?.limits, clock::now());
        return Ok(Json(Listing::of(LIST, page, |contact| ContactView::of(contact, &limits, now))));
    }
    let found = match recipient::find(&app.store, &wanted).await? {
        Some(id) => match load(&app, &caller, &id).await {
            Ok(contact) => Some(shown(&app, contact).await?),
            Err(Problem::NotFound { .. }) => None,
            Err(problem) => return Err(problem),
        },
        None => None,
    };
    Ok(Json(Listing { items: found.into_iter().collect(), next_cursor: None }))
}

/// Adds a contact.
#[utoipa::path(post, path = "/v1/contacts", request_body = NewContact, responses((status = 201, body = ContactView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewContact>,
) -> AnswerWith<ContactView> {
    let by_phone = body.phone.is_some();
    let identities = identities(body.phone, body.bsuid);
    if identities.is_empty() {
        return Err(Problem::field("phone", "is missing; give phone, bsuid or both"));
    }
    let ticket = fingerprint.ticket(&app, &caller).await?;
    if body.consents.len() > CONSENTS_MAX {
        return Err(Problem::field("consents", format!("must have at most {CONSENTS_MAX} consents")));
    }
    for (index, Members(consent)) in body.consents.iter().enumerate() {
        consent.check(&app, &ticket, &format!("consents[{index}].")).await?;
    }
    // Who sees only some would lose a contact of nobody at once.
    let owner = body.owner.and_then(|owner| owner.0).or_else(|| sight::given(&caller));
    must_exist(&app.store, owner.as_ref(), "owner").await?;
    let id = ids::ContactId::new(ticket.at, ticket.entropy);
    let mut contact = entity::Contact {
        is_named_by_hand: body.name.is_some(),
        name: body.name.map(|name| name.0),
        owner,
        tags: body.tags.texts(),
        fields: body.fields.into_texts(),
        ..entity::Contact::stranger(id, body.kind.0, identities, ticket.at)
    };
    let known = recipient::find(&app.store, &contact.identities).await?;
    if known.is_none() && app.store.contact_create(&contact).await? {
        tell_all(&app, &mut contact, &body.consents, &ticket).await?;
        return Ok((StatusCode::CREATED, Json(shown(&app, contact).await?)));
    }
    let existing = match known {
        Some(existing) => Some(existing),
        None => recipient::find(&app.store, &contact.identities).await?,
    };
    match existing {
        Some(existing) if existing == contact.id => {
            let mut contact = load(&app, &caller, &existing).await?;
            tell_all(&app, &mut contact, &body.consents, &ticket).await?;
            Ok((StatusCode::CREATED, Json(shown(&app, contact).await?)))
        }
        Some(existing) => match sight::contact(&app, &caller, &existing).await {
            Ok(_) => Err(Problem::AlreadyExists { what: ids::ContactId::WHAT, id: existing.to_string() }),
            Err(Problem::NotFound { .. }) => Err(sight::hidden(if by_phone { "phone" } else { "bsuid" })),
            Err(problem) => Err(problem),
        },
        None => Err(Problem::ChangedMeanwhile),
    }
}

/// Reads a contact.
#[utoipa::path(get, path = "/v1/contacts/{id}", params(("id" = ContactId, Path)), responses((status = 200, body = ContactView)))]
async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ContactId>,
) -> Answer<ContactView> {
    Ok(Json(shown(&app, load(&app, &caller, &id).await?).await?))
}

/// Changes what people edit of a contact.
#[utoipa::path(
    patch,
    path = "/v1/contacts/{id}",
    params(("id" = ContactId, Path)),
    request_body = ContactPatch,
    responses((status = 200, body = ContactView))
)]
async fn change(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::ContactId, Nothing, ContactPatch>,
) -> Answer<ContactView> {
    sight::contact(&app, &caller, &id).await?;
    if let Some(Some(owner)) = &body.owner {
        must_exist(&app.store, owner.0.as_ref(), "owner").await?;
    }
    for _ in 0..EDIT_TRIES_MAX {
        let seen = load(&app, &caller, &id).await?;
        let mut next = seen.clone();
        body.apply(&mut next)?;
        if next == seen || app.store.contact_update(&seen, &next).await? {
            return Ok(Json(shown(&app, next).await?));
        }
    }
    Err(Problem::ChangedMeanwhile)
}
