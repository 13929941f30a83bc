//! Message templates over the Graph side: lists, creation, edits, deletion, unpausing, bulk upserts, previews and the library.

mod bulk;
mod create;
mod delete;
mod edit;
mod library;
mod list;
mod rules;

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::Method;
use serde_json::{Value, json};

use super::errors::GraphError;
use super::{Call, admit, fault};
use crate::core::Core;
use crate::state::faults::Operation;

pub(crate) use list::{DEFAULT_FIELDS, cursor};

/// Answers a call to one of the template edges, or under a template's own id.
pub(crate) async fn handle(core: &Arc<Core>, call: &Call) -> Response {
    let struck = core.write(|state| state.take_fault(Operation::MessageTemplates, None));
    let regular = async { act(core, call).map_or_else(GraphError::into_response, |body| Json(body).into_response()) };
    fault::under(core, &call.link, struck, regular).await
}

/// Whether a call without an edge is about templates: an edit of one, or the library.
pub(crate) fn is_concerned(core: &Core, call: &Call) -> bool {
    let is_template = || core.read(|state| state.templates.iter().any(|template| template.id == call.node));
    call.node == library::NODE || (call.method == Method::POST && is_template())
}

fn act(core: &Arc<Core>, call: &Call) -> Result<Value, GraphError> {
    admit(core, call)?;
    match (&call.method, call.edge.as_deref()) {
        (&Method::GET, Some("message_templates")) => list::list(core, call),
        (&Method::POST, Some("message_templates")) => create::create(core, call),
        (&Method::DELETE, Some("message_templates")) => delete::delete(core, call),
        (&Method::POST, Some("upsert_message_templates")) => bulk::upsert(core, call),
        (&Method::GET, Some("message_template_previews")) => bulk::previews(core, call),
        (&Method::GET, Some(library::NODE)) => library::list(core, call),
        (&Method::GET, None) if call.node == library::NODE => library::list(core, call),
        (&Method::POST, Some("unpause")) => edit::unpause(core, call),
        (&Method::POST, None) => edit::edit(core, call),
        _ => Err(GraphError::unsupported(&call.method, &call.path)),
    }
}

/// Edges of the account answer only under its own id.
fn of_account(core: &Core, call: &Call) -> Result<(), GraphError> {
    let is_ours = call.node == core.config.waba_id;
    is_ours.then_some(()).ok_or_else(|| GraphError::unsupported(&call.method, &call.node))
}

fn body(call: &Call) -> Result<Value, GraphError> {
    serde_json::from_slice(&call.body).map_err(|error| GraphError::parameter(format!("Invalid JSON: {error}")))
}

fn success() -> Value {
    json!({"success": true})
}
