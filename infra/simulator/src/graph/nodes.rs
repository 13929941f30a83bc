//! Reading the number, the account, a template and a file: the members that were asked for, in the form of a Graph node.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::Method;
use serde_json::{Map, Value, json};

use super::errors::GraphError;
use super::{Call, admit, analytics, fault, media, templates};
use crate::config::Config;
use crate::core::Core;
use crate::state::faults::Operation;

/// `GET /{version}/{id}`
pub(crate) async fn node(core: &Core, call: &Call) -> Response {
    let read = admit(core, call).and_then(|()| {
        if let Some(file) = media::node(core, call) {
            return file;
        }
        let found = (call.method == Method::GET).then(|| find(core, &call.node)).flatten();
        let (node, default) = found.ok_or_else(|| GraphError::unsupported(&call.method, &call.node))?;
        let fields = call.parameter("fields");
        let mut answer = select(&node, fields, default);
        if call.node == core.config.waba_id
            && let Some(charges) = core.read(|state| analytics::charges(state, fields))?
        {
            answer["pricing_analytics"] = charges;
        }
        Ok(answer)
    });
    answer(core, call, read).await
}

/// `GET /{version}/{waba_id}/phone_numbers`
pub(crate) async fn phone_numbers(core: &Core, call: &Call) -> Response {
    let read = admit(core, call).and_then(|()| {
        if call.node != core.config.waba_id {
            return Err(GraphError::unsupported(&call.method, &call.node));
        }
        let node = select(&number(&core.config), call.parameter("fields"), NUMBER_FIELDS);
        Ok(json!({"data": [node], "paging": {"cursors": {"before": templates::cursor(0), "after": templates::cursor(0)}}}))
    });
    answer(core, call, read).await
}

/// Answers what was read, unless a fault was ordered for reads.
async fn answer(core: &Core, call: &Call, read: Result<Value, GraphError>) -> Response {
    let struck = core.write(|state| state.take_fault(Operation::Nodes, None));
    let regular = async { read.map_or_else(GraphError::into_response, |node| Json(node).into_response()) };
    fault::under(core, &call.link, struck, regular).await
}

const NUMBER_FIELDS: &[&str] =
    &["verified_name", "code_verification_status", "display_phone_number", "quality_rating", "id"];
const APP_FIELDS: &[&str] = &["id", "name", "category"];
const ACCOUNT_FIELDS: &[&str] = &["id", "name", "timezone_id", "message_template_namespace"];

fn find(core: &Core, id: &str) -> Option<(Value, &'static [&'static str])> {
    if id == core.config.phone_number_id {
        return Some((number(&core.config), NUMBER_FIELDS));
    }
    if id == core.config.waba_id {
        return Some((account(&core.config), ACCOUNT_FIELDS));
    }
    if id == core.config.app_id || id == "app" {
        let app = json!({"id": core.config.app_id, "name": core.config.verified_name, "category": "Business"});
        return Some((app, APP_FIELDS));
    }
    core.read(|state| {
        let template = state.templates.iter().find(|template| template.id == id)?;
        Some((json!(template), templates::DEFAULT_FIELDS))
    })
}

fn number(config: &Config) -> Value {
    json!({
        "id": config.phone_number_id,
        "display_phone_number": config.display_phone_number,
        "verified_name": config.verified_name,
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "status": "CONNECTED",
        "throughput": {"level": "STANDARD"},
        "whatsapp_business_manager_messaging_limit": "TIER_250",
        "account_mode": "LIVE",
        "platform_type": "CLOUD_API",
        "is_official_business_account": false,
        "is_on_biz_app": false,
        "is_pin_enabled": true,
        "health_status": {
            "can_send_message": "AVAILABLE",
            "entities": [{"entity_type": "PHONE_NUMBER", "id": config.phone_number_id, "can_send_message": "AVAILABLE"}],
        },
    })
}

fn account(config: &Config) -> Value {
    json!({
        "id": config.waba_id,
        "name": config.verified_name,
        "currency": "USD",
        "timezone_id": "1",
        "message_template_namespace": "casement_simulator",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "country": "US",
    })
}

/// The members named in `fields`, or the default ones. The id is always there; what a node does not have is left out.
pub(crate) fn select(node: &Value, fields: Option<&str>, default: &[&str]) -> Value {
    let named: Vec<&str> = match fields {
        Some(fields) => fields.split(',').map(str::trim).filter(|name| !name.is_empty()).chain(["id"]).collect(),
        None => default.to_vec(),
    };
    named.into_iter().filter_map(|name| Some((name.to_owned(), node.get(name)?.clone()))).collect::<Map<_, _>>().into()
}
