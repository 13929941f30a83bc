//! Contacts and leads: the people on WhatsApp.
use axum::Json;
use axum::extract::{Extension, State};
use domain::contact as entity;
use domain::contact_field;
use domain::identity::{Identity, IdentityKind as Kind};
use domain::ids;
use lambda_http::http::StatusCode;
use runtime::clock;
use serde::Deserialize;
use utoipa::ToSchema;

use super::consents::{NewConsent, tell_all};
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{
    AssigneeChoice, AssigneeInput, Bsuid, ContactId, ContactKind, Identifier, Members, Phone, Word, given, nullable,
};
use crate::input::{Input, Nothing};
use crate::page::Listing;
use crate::people::must_exist;
use crate::problem::{FieldError, Problem};
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX, recipient, sight};

mod details;
mod search;
mod view;

use details::{Emails, FieldsInput, FieldsPatch, Name, Stage, Tags};
use search::ContactsQuery;
pub(super) use view::ContactView;

area! {
    ReadInbox: list, read;
    WriteInbox: create, change, convert;
}

const LIST: &str = "contacts";
const CONSENTS_MAX: usize = 10;

/// A contact has a phone, a BSUID, or both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewContact {
    phone: Option<Phone>,
    bsuid: Option<Bsuid>,
    /// E-mail addresses, which lead to nobody and may be shared.
    #[serde(default)]
    emails: Emails,
    kind: ContactKind,
    name: Option<Name>,
    #[schema(value_type = Option<AssigneeChoice>)]
    owner: Option<AssigneeInput>,
    /// One of the settings' stages; their default unless given.
    #[schema(inline)]
    stage: Option<Stage>,
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
    /// One of the settings' stages, or null.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(inline)]
    stage: Option<Option<Stage>>,
    /// Takes the place of all e-mail addresses.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    emails: Option<Emails>,
    /// Takes the place of all tags.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    tags: Option<Tags>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    fields: Option<FieldsPatch>,
}

/// What is settled with the conversion, beside it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Conversion {
    #[serde(default, deserialize_with = "given")]
    #[schema(inline, nullable = false)]
    stage: Option<Stage>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<AssigneeChoice>)]
    owner: Option<AssigneeInput>,
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
        if let Some(stage) = &self.stage {
            contact.stage = stage.as_ref().map(|stage| stage.0.clone());
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

/// The contact, or the one that it was merged into.
pub(super) async fn load(app: &App, caller: &Caller, id: &ids::ContactId) -> Result<entity::Contact, Problem> {
    let mut contact = sight::contact(app, caller, id).await?;
    if contact.thread != contact.id {
        contact = app.store.contact_own(&contact.id).await?.ok_or_else(|| sight::missing(id))?;
    }
    reached(app, contact).await
}

/// The contact as it is now: who has written since WhatsApp could not deliver is reachable again. That is looked up only
/// for those few, so that no message costs a write for it.
async fn reached(app: &App, mut contact: entity::Contact) -> Result<entity::Contact, Problem> {
    if contact.reach.unreachable_since.is_some() {
        let mut wrote = None;
        for channel in app.store.channels_all().await? {
            for thread in contact.threads() {
                let id = ids::ConversationId::of(&channel.id, thread);
                let conversation = app.store.conversation_get(&id).await?;
                wrote = wrote.max(conversation.and_then(|conversation| conversation.last_inbound_at));
            }
        }
        if !contact.reach.is_unreachable(wrote) {
            contact.reach.unreachable_since = None;
        }
    }
    Ok(contact)
}

pub(super) async fn shown(app: &App, contact: entity::Contact) -> Result<ContactView, Problem> {
    let limits = app.store.settings_get().await?.limits;
    let identities = app.store.contact_identities(&contact).await?;
    Ok(ContactView::of(contact, identities, &limits, clock::now()))
}

/// Holds stage and fields to what the business settled; `before`: what the contact was.
pub(super) async fn hold(
    app: &App,
    before: Option<&entity::Contact>,
    contact: &mut entity::Contact,
) -> Result<(), Problem> {
    let settings = app.store.settings_get().await?.contacts;
    if let Some(stage) = &contact.stage
        && before.and_then(|before| before.stage.as_ref()) != Some(stage)
        && !settings.stages.contains(stage)
    {
        return Err(Problem::field("stage", format!("must be one of: {}", settings.stages.join(", "))));
    }
    let defined = app.store.contact_fields_all().await?.fields;
    // Whoever becomes a contact is held to what contacts must have.
    let is_converted = before.is_some_and(|before| before.kind != contact.kind);
    let before = before.map(|before| &before.fields);
    let checked = contact_field::check(&defined, contact.kind, before, &mut contact.fields);
    let lacking = contact_field::lacking(&defined, contact.kind, &contact.fields);
    let problems = checked.err().unwrap_or_default().into_iter().chain(lacking.into_iter().filter(|_| is_converted));
    let errors: Vec<FieldError> =
        problems.map(|problem| FieldError::new(format!("fields.{}", problem.key), problem.wrong)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::InvalidInput(errors)) }
}

/// Lists contacts, the newest first, or those that all that is given is true of. Where `phone_ending` or `name` is given and no
/// `email`, they come in the order of their numbers or of the words that begin so. What was changed a moment ago may be found by
/// what it was before. A page may have fewer contacts than asked for, or none, and still have a next one.
#[utoipa::path(get, path = "/v1/contacts", params(ContactsQuery), responses((status = 200, body = Listing<ContactView>)))]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, .. }: Input<Nothing, ContactsQuery>,
) -> Answer<Listing<ContactView>> {
    let page = query.find(&app, &caller).await?;
    let mut views = Vec::with_capacity(page.items.len());
    let (limits, now) = (app.store.settings_get().await?.limits, clock::now());
    for contact in page.items {
        let contact = reached(&app, contact).await?;
        let identities = app.store.contact_identities(&contact).await?;
        views.push(ContactView::of(contact, identities, &limits, now));
    }
    Ok(Json(Listing::of(LIST, store::Page { items: views, next: page.next }, |view| view)))
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
    let id = ids::ContactId::new(ticket.at, ticket.entropy);
    if !ticket.is_repeated || app.store.contact_own(&id).await?.is_none() {
        must_exist(&app.store, owner.as_ref(), "owner").await?;
    }
    let stage = match body.stage {
        Some(stage) => Some(stage.0),
        None => app.store.settings_get().await?.contacts.default_stage,
    };
    let identities = identities.into_iter().chain(body.emails.identities()).collect();
    let mut contact = entity::Contact {
        stage,
        changed: Some(entity::Changed { at: ticket.at, by: caller.actor().to_string() }),
        is_named_by_hand: body.name.is_some(),
        name: body.name.map(|name| name.0),
        owner,
        tags: body.tags.texts(),
        fields: body.fields.into_texts(),
        ..entity::Contact::stranger(id, body.kind.0, identities, ticket.at)
    };
    hold(&app, None, &mut contact).await?;
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
    let seen = sight::contact(&app, &caller, &id).await?;
    // Whoever has it by now may have it again, also where they are not active any more.
    if let Some(Some(owner)) = &body.owner
        && seen.owner.as_ref() != owner.0.as_ref()
    {
        must_exist(&app.store, owner.0.as_ref(), "owner").await?;
    }
    let contact = edit(&app, &id, &caller, |contact| body.apply(contact)).await?;
    let Some(emails) = &body.emails else { return Ok(Json(shown(&app, contact).await?)) };
    set_emails(&app, &contact, emails.identities().collect()).await?;
    Ok(Json(shown(&app, load(&app, &caller, &id).await?).await?))
}

/// These and no others, of whichever of the contacts that are one person they were.
async fn set_emails(app: &App, contact: &entity::Contact, wanted: Vec<Identity>) -> Result<(), Problem> {
    let same: Vec<ids::ContactId> = contact.threads().cloned().collect();
    let mut more = wanted.clone();
    for row in app.store.contacts_get(&same).await? {
        let (kept, less): (Vec<Identity>, Vec<Identity>) = row
            .identities
            .into_iter()
            .filter(|identity| identity.kind == Kind::Email)
            .partition(|identity| wanted.contains(identity));
        more.retain(|identity| !kept.contains(identity));
        app.store.contact_set_emails(&row.id, &[], &less).await?;
    }
    Ok(app.store.contact_set_emails(&contact.id, &more, &[]).await?)
}

/// Makes a lead a contact, once. What contacts must have has to be there.
#[utoipa::path(
    post,
    path = "/v1/contacts/{id}/convert",
    params(("id" = ContactId, Path)),
    request_body = Conversion,
    responses((status = 200, body = ContactView))
)]
async fn convert(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::ContactId, Nothing, Conversion>,
) -> Answer<ContactView> {
    if let Some(owner) = &body.owner {
        must_exist(&app.store, owner.0.as_ref(), "owner").await?;
    }
    let contact = edit(&app, &id, &caller, |contact| {
        if contact.kind == entity::ContactKind::Contact {
            return Ok(());
        }
        contact.kind = entity::ContactKind::Contact;
        if let Some(stage) = &body.stage {
            contact.stage = Some(stage.0.clone());
        }
        if let Some(owner) = &body.owner {
            contact.owner.clone_from(&owner.0);
        }
        match &body.fields {
            Some(fields) => fields.apply(&mut contact.fields),
            None => Ok(()),
        }
    });
    Ok(Json(shown(&app, contact.await?).await?))
}

/// Writes what `change` makes of the contact as it is; decides anew if others change it at the same time.
async fn edit(
    app: &App,
    id: &ids::ContactId,
    caller: &Caller,
    change: impl Fn(&mut entity::Contact) -> Result<(), Problem> + Send,
) -> Result<entity::Contact, Problem> {
    for _ in 0..EDIT_TRIES_MAX {
        let seen = load(app, caller, id).await?;
        let mut next = seen.clone();
        change(&mut next)?;
        hold(app, Some(&seen), &mut next).await?;
        if next == seen {
            return Ok(seen);
        }
        next.changed = Some(entity::Changed { at: clock::now(), by: caller.actor().to_string() });
        if app.store.contact_update(&seen, &next).await? {
            return Ok(next);
        }
    }
    Err(Problem::ChangedMeanwhile)
}
