//! Fields that an administrator defines for contacts and leads. What is written of a contact is held to them from then on; what
//! stands in contacts already stays.
use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Extension, State};
use domain::contact_field::{self as entity, ALL_OPTIONS_MAX, ContactFields, FIELDS_MAX, OPTIONS_MAX, StandardField};
use domain::ids;
use domain::text::fold;
use lambda_http::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{ContactFieldId, FieldKey, FieldModule, FieldType, Identifier, Stamp, Text, Word, given};
use crate::input::{Input, Nothing};
use crate::page::{Listing, PageQuery};
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX};

area! {
    ReadSetup: list;
    ManageSetup: create, change, remove;
}

const LIST: &str = "contact-fields";

type Label = Text<64>;
type ChoiceOption = Text<64>;

#[derive(Serialize, ToSchema)]
#[schema(as = ContactField)]
struct FieldView {
    id: ContactFieldId,
    /// The member of a contact's `fields` that holds its value.
    key: String,
    /// What people and merge fields call it.
    label: String,
    module: FieldModule,
    #[serde(rename = "type")]
    kind: FieldType,
    /// Of a `choice`.
    options: Vec<String>,
    /// A contact of the module is not made without it, and does not lose it.
    required: bool,
    created_at: Stamp,
}

impl From<entity::ContactField> for FieldView {
    fn from(field: entity::ContactField) -> FieldView {
        FieldView {
            id: field.id.into(),
            key: field.key,
            label: field.label,
            module: Word(field.module),
            kind: Word(field.kind),
            options: field.options,
            required: field.is_required,
            created_at: Stamp(field.created_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewField {
    key: FieldKey,
    #[schema(inline)]
    label: Label,
    module: FieldModule,
    #[serde(rename = "type")]
    kind: FieldType,
    /// What a `choice` lets choose from; of no other type.
    #[serde(default)]
    #[schema(max_items = 50, value_type = Vec<String>)]
    options: Vec<ChoiceOption>,
    #[serde(default)]
    required: bool,
}

/// Key and type stay as they are: the values of contacts would not follow.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FieldPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(inline, nullable = false)]
    label: Option<Label>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    module: Option<FieldModule>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 50, value_type = Option<Vec<String>>)]
    options: Option<Vec<ChoiceOption>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    required: Option<bool>,
}

impl FieldPatch {
    fn apply(&self, field: &mut entity::ContactField) {
        if let Some(Text(label)) = &self.label {
            field.label.clone_from(label);
        }
        if let Some(Word(module)) = self.module {
            field.module = module;
        }
        if let Some(options) = &self.options {
            field.options = options.iter().map(|option| option.0.clone()).collect();
        }
        if let Some(required) = self.required {
            field.is_required = required;
        }
    }
}

/// Whether the field may stand among the others.
fn check(field: &entity::ContactField, all: &ContactFields) -> Result<(), Problem> {
    let is_choice = field.kind == entity::FieldType::Choice;
    let distinct: BTreeSet<String> = field.options.iter().map(|option| fold(option)).collect();
    let is_good = if is_choice { !field.options.is_empty() } else { field.options.is_empty() };
    if !is_good || field.options.len() > OPTIONS_MAX || distinct.len() < field.options.len() {
        let wrong = format!("must have 1 to {OPTIONS_MAX} options, each once, of a choice, and none of another type");
        return Err(Problem::field("options", wrong));
    }
    let others = || all.fields.iter().filter(|other| other.id != field.id);
    let options: usize = others().map(|other| other.options.len()).sum();
    if options + field.options.len() > ALL_OPTIONS_MAX {
        return Err(Problem::field("options", format!("must be at most {ALL_OPTIONS_MAX} together with all others")));
    }
    let label = fold(field.label.trim());
    let is_standard = StandardField::ALL.iter().any(|standard| fold(standard.word()) == label);
    if is_standard || field.label.contains([']', '[', '|', '$', '.']) {
        return Err(Problem::field("label", "must not be one that every contact has, nor have any of [ ] | $ ."));
    }
    let taken = others().find(|other| other.key == field.key || fold(other.label.trim()) == label);
    match taken {
        Some(other) => Err(Problem::AlreadyExists { what: ids::ContactFieldId::WHAT, id: other.id.to_string() }),
        None => Ok(()),
    }
}

fn missing(id: &ids::ContactFieldId) -> Problem {
    Problem::NotFound { what: ids::ContactFieldId::WHAT, id: id.to_string() }
}

/// Lists the fields that are defined, the oldest first.
#[utoipa::path(get, path = "/v1/contact-fields", params(PageQuery), responses((status = 200, body = Listing<FieldView>)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<FieldView>> {
    let fields = app.store.contact_fields_all().await?.fields;
    Ok(Json(Listing::part(LIST, fields, &query, |field| field.id.as_str(), FieldView::from)?))
}

/// Defines a field. Values that contacts have under its key already stay as they are until somebody changes them.
#[utoipa::path(post, path = "/v1/contact-fields", request_body = NewField, responses((status = 201, body = FieldView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewField>,
) -> AnswerWith<FieldView> {
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let field = entity::ContactField {
        id: ids::ContactFieldId::new(ticket.at, ticket.entropy),
        key: body.key.0,
        label: body.label.0,
        module: body.module.0,
        kind: body.kind.0,
        options: body.options.into_iter().map(|option| option.0).collect(),
        is_required: body.required,
        created_at: ticket.at,
    };
    for _ in 0..EDIT_TRIES_MAX {
        let mut all = app.store.contact_fields_all().await?;
        if let Some(made) = all.fields.iter().find(|made| made.id == field.id) {
            return Ok((StatusCode::CREATED, Json(made.clone().into())));
        }
        check(&field, &all)?;
        if all.fields.len() >= FIELDS_MAX {
            return Err(Problem::field("key", format!("is one too many: at most {FIELDS_MAX} fields can be defined")));
        }
        all.fields.push(field.clone());
        if app.store.contact_fields_update(&all).await? {
            return Ok((StatusCode::CREATED, Json(field.into())));
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// Changes a field's label, module or options, or whether it is required.
#[utoipa::path(
    patch,
    path = "/v1/contact-fields/{id}",
    params(("id" = ContactFieldId, Path)),
    request_body = FieldPatch,
    responses((status = 200, body = FieldView))
)]
async fn change(
    State(app): State<App>,
    Input { id, body, .. }: Input<ids::ContactFieldId, Nothing, FieldPatch>,
) -> Answer<FieldView> {
    for _ in 0..EDIT_TRIES_MAX {
        let mut all = app.store.contact_fields_all().await?;
        let seen = all.fields.iter().position(|field| field.id == id).ok_or_else(|| missing(&id))?;
        let mut field = all.fields[seen].clone();
        body.apply(&mut field);
        check(&field, &all)?;
        all.fields[seen] = field.clone();
        if app.store.contact_fields_update(&all).await? {
            return Ok(Json(field.into()));
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// Takes a definition away. The values of contacts stay, as free texts.
#[utoipa::path(
    delete,
    path = "/v1/contact-fields/{id}",
    params(("id" = ContactFieldId, Path)),
    responses((status = 204))
)]
async fn remove(State(app): State<App>, Input { id, .. }: Input<ids::ContactFieldId>) -> Result<StatusCode, Problem> {
    for _ in 0..EDIT_TRIES_MAX {
        let mut all = app.store.contact_fields_all().await?;
        let before = all.fields.len();
        all.fields.retain(|field| field.id != id);
        if all.fields.len() == before {
            return Err(missing(&id));
        }
        if app.store.contact_fields_update(&all).await? {
            return Ok(StatusCode::NO_CONTENT);
        }
    }
    Err(Problem::ChangedMeanwhile)
}
