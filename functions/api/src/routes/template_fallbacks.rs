//! What stands in for a value that a message does not give for a template's variable (P36).
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use domain::ids;
use domain::template::{Fallbacks, Template};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use whatsapp::send::check_fallbacks;

use crate::area::area;
use crate::fields::{Identifier, TemplateId, Text};
use crate::input::{Input, Nothing};
use crate::problem::{FieldError, Problem};
use crate::{Answer, App};

area! {
    ReadSetup: read;
    SyncTemplates: replace;
}

/// What Meta takes as the value of a variable.
type Value = Text<1024>;

/// A value for each variable that is to have one. A message's own value, and its own `fallback`, go before these. The codes of
/// authentication templates have none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTemplateFallbacks)]
struct FallbacksInput {
    /// By the name of the variable in the header: `1` or `first_name`.
    #[serde(default)]
    header: BTreeMap<String, Value>,
    /// By the name of the variable in the body.
    #[serde(default)]
    body: BTreeMap<String, Value>,
    /// By the place of the button, counted from 0: what completes its address.
    #[serde(default)]
    buttons: BTreeMap<String, Value>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TemplateFallbacks)]
struct FallbacksView {
    header: BTreeMap<String, String>,
    body: BTreeMap<String, String>,
    buttons: BTreeMap<String, String>,
}

impl From<Fallbacks> for FallbacksView {
    fn from(fallbacks: Fallbacks) -> FallbacksView {
        let Fallbacks { header, body, buttons } = fallbacks;
        let buttons = buttons.into_iter().map(|(place, value)| (place.to_string(), value)).collect();
        FallbacksView { header, body, buttons }
    }
}

impl FallbacksInput {
    fn read(self, template: &Template) -> Result<Fallbacks, Problem> {
        let mut buttons = BTreeMap::new();
        for (place, value) in self.buttons {
            let at =
                place.parse().map_err(|_| Problem::field(format!("buttons.{place}"), "must be a button's place"))?;
            buttons.insert(at, value.0);
        }
        let texts = |values: BTreeMap<String, Value>| values.into_iter().map(|(name, value)| (name, value.0)).collect();
        let fallbacks = Fallbacks { header: texts(self.header), body: texts(self.body), buttons };
        let wrong: Vec<FieldError> = check_fallbacks(template, &fallbacks).into_iter().map(FieldError::from).collect();
        if wrong.is_empty() { Ok(fallbacks) } else { Err(Problem::InvalidInput(wrong)) }
    }
}

async fn template(app: &App, id: &ids::TemplateId) -> Result<Template, Problem> {
    let found = app.store.template_get(id).await?;
    found.ok_or_else(|| Problem::NotFound { what: ids::TemplateId::WHAT, id: id.to_string() })
}

/// Reads what stands in for missing values of a template.
#[utoipa::path(
    get,
    path = "/v1/templates/{id}/fallbacks",
    params(("id" = TemplateId, Path)),
    responses((status = 200, body = FallbacksView))
)]
async fn read(State(app): State<App>, Input { id, .. }: Input<ids::TemplateId>) -> Answer<FallbacksView> {
    template(&app, &id).await?;
    Ok(Json(app.store.template_fallbacks(&id).await?.into()))
}

/// Sets what stands in for missing values of a template, in place of what stood in before.
#[utoipa::path(
    put,
    path = "/v1/templates/{id}/fallbacks",
    params(("id" = TemplateId, Path)),
    request_body = FallbacksInput,
    responses((status = 200, body = FallbacksView))
)]
async fn replace(
    State(app): State<App>,
    Input { id, body, .. }: Input<ids::TemplateId, Nothing, FallbacksInput>,
) -> Answer<FallbacksView> {
    let fallbacks = body.read(&template(&app, &id).await?)?;
    app.store.template_set_fallbacks(&id, &fallbacks).await?;
    Ok(Json(fallbacks.into()))
}
