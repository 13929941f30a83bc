//! What works without a key: whether the function runs, and the document that describes it.
use axum::Json;
use lambda_http::http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Answer;
use crate::area::area;
use crate::input::Input;
use crate::openapi::DOCUMENT;
use crate::problem::Problem;

area! {
    open: health, openapi;
}

#[derive(Serialize, ToSchema)]
#[schema(as = ApiHealth)]
struct Health {
    /// `ok`: the function runs and answers.
    status: &'static str,
}

/// Whether the API answers. Needs no key and reads nothing.
#[utoipa::path(get, path = "/v1/health", responses((status = 200, body = Health)))]
async fn health(_: Input) -> Answer<Health> {
    Ok(Json(Health { status: "ok" }))
}

/// This document. Needs no key.
#[utoipa::path(get, path = "/v1/openapi.json", responses((status = 200, body = Object)))]
async fn openapi(_: Input) -> Result<impl axum::response::IntoResponse, Problem> {
    Ok(([(CONTENT_TYPE, "application/json")], DOCUMENT))
}
