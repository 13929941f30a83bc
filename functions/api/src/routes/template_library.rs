//! What Meta itself offers: templates of its library, and its texts of authentication templates. Both are asked for while
//! the caller waits, and neither is kept.
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::template_orders::of_query;
use crate::area::area;
use crate::fields::{MetaId, Text};
use crate::input::{Input, Nothing};
use crate::meta::Question;
use crate::page::{self, Limit, Listing, Place};
use crate::problem::Problem;
use crate::{Answer, App};

area! {
    ReadSetup: library, preview;
}

const LIST: &str = "library";

type Word = Text<200>;
/// In an address a character may become twelve, and the gateway takes 10 KB of it.
type Codes = Text<600>;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LibraryQuery {
    /// Only templates whose name or texts hold this.
    #[param(inline)]
    search: Option<Word>,
    /// Meta's word, such as ORDER_MANAGEMENT.
    #[param(inline)]
    topic: Option<Word>,
    /// Meta's word, such as SHIPMENT_CONFIRMATION.
    #[param(inline)]
    usecase: Option<Word>,
    /// Meta's word, such as E_COMMERCE.
    #[param(inline)]
    industry: Option<Word>,
    /// As `en_US`.
    #[param(inline)]
    language: Option<Word>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(inline)]
    cursor: Option<Place>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PreviewQuery {
    /// Needed where there are several accounts.
    #[param(inline)]
    waba_id: Option<MetaId>,
    /// Codes with commas between them; all that Meta has unless given.
    #[param(inline)]
    languages: Option<Codes>,
    #[serde(default)]
    #[param(required = false)]
    add_security_recommendation: bool,
    /// 1 to 90.
    #[param(minimum = 1, maximum = 90)]
    code_expiration_minutes: Option<u32>,
}

/// As Meta shows it: `name`, `language`, `category`, `topic`, `usecase`, `industry`, `header`, `body`, `buttons` … A template
/// is made of it by its name, as `library_template_name` of `POST /v1/templates`.
#[derive(Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
struct LibraryTemplate(Value);

/// As Meta shows it: `language`, `body`, `footer`, `buttons`.
#[derive(Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
struct AuthenticationPreview(Value);

/// Searches Meta's library of templates, which are approved at once.
#[utoipa::path(
    get,
    path = "/v1/templates/library",
    params(LibraryQuery),
    responses((status = 200, body = Listing<LibraryTemplate>))
)]
async fn library(
    State(app): State<App>,
    Input { query, .. }: Input<Nothing, LibraryQuery>,
) -> Answer<Listing<LibraryTemplate>> {
    let after = page::foreign(query.cursor.as_ref(), LIST)?;
    let named = [
        ("search", query.search),
        ("topic", query.topic),
        ("usecase", query.usecase),
        ("industry", query.industry),
        ("language", query.language.map(|Text(code)| Text(domain::template::language(&code)))),
    ];
    let mut asked: Vec<(&str, String)> = named.into_iter().filter_map(|(name, text)| Some((name, text?.0))).collect();
    asked.push(("limit", query.limit.0.to_string()));
    asked.extend(after.map(|after| ("after", after)));
    let found = app.meta.asked(&Question::Library(&asked)).await?;
    let next = found["paging"]["next"].as_str().and(found["paging"]["cursors"]["after"].as_str());
    let next_cursor = next.map(|after| format!("{LIST}.{after}"));
    Ok(Json(Listing { items: items(&found).map(LibraryTemplate).collect(), next_cursor }))
}

/// Shows what an authentication template will say in each language.
#[utoipa::path(
    get,
    path = "/v1/templates/authentication-preview",
    params(PreviewQuery),
    responses((status = 200, body = Listing<AuthenticationPreview>))
)]
async fn preview(
    State(app): State<App>,
    Input { query, .. }: Input<Nothing, PreviewQuery>,
) -> Answer<Listing<AuthenticationPreview>> {
    if query.code_expiration_minutes.is_some_and(|minutes| !(1..=90).contains(&minutes)) {
        return Err(Problem::field("code_expiration_minutes", "must be a whole number from 1 to 90"));
    }
    let waba_id = of_query(&app, query.waba_id).await?;
    let mut asked = vec![
        ("category", "AUTHENTICATION".to_owned()),
        ("button_types", "OTP".to_owned()),
        ("add_security_recommendation", query.add_security_recommendation.to_string()),
    ];
    asked.extend(query.languages.map(|Text(codes)| ("languages", domain::template::language(&codes))));
    asked.extend(query.code_expiration_minutes.map(|minutes| ("code_expiration_minutes", minutes.to_string())));
    let found = app.meta.asked(&Question::Previews { waba_id: &waba_id, parameters: &asked }).await?;
    Ok(Json(Listing { items: items(&found).map(AuthenticationPreview).collect(), next_cursor: None }))
}

fn items(answer: &Value) -> impl Iterator<Item = Value> {
    answer["data"].as_array().into_iter().flatten().cloned()
}
