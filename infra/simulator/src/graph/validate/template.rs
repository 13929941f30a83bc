//! The shape of a template send; whether it fits the template is checked where the templates are known.

use super::media;
use super::node::Node;
use crate::graph::errors::GraphError;

pub(super) fn check(template: &Node) -> Result<(), GraphError> {
    template.need("name")?.length(1, 512)?;
    template.need("language")?.need("code")?.length(1, 64)?;
    let components = template.get("components").map_or(Ok(Vec::new()), |list| list.list(0, usize::MAX))?;
    components.iter().try_for_each(component)
}

fn component(component: &Node) -> Result<(), GraphError> {
    let kind = component.need("type")?.string()?.to_ascii_lowercase();
    match kind.as_str() {
        "header" | "body" | "limited_time_offer" | "tap_target_configuration" => parameters(component),
        "button" => button(component),
        "carousel" => {
            for card in component.need("cards")?.list(2, 10)? {
                card.need("card_index")?.number()?;
                card.need("components")?.list(1, usize::MAX)?.iter().try_for_each(self::component)?;
            }
            Ok(())
        }
        "footer" | "buttons" | "call_permission_request" => Ok(()),
        other => Err(GraphError::parameter(format!("Param {}['type'] has no value \"{other}\".", component.path()))),
    }
}

const SUB_TYPES: [&str; 9] = [
    "quick_reply",
    "url",
    "copy_code",
    "flow",
    "catalog",
    "mpm",
    "voice_call",
    "order_details",
    "request_contact_info",
];

fn button(button: &Node) -> Result<(), GraphError> {
    let sub_type = button.need("sub_type")?.string()?.to_ascii_lowercase();
    if !SUB_TYPES.contains(&sub_type.as_str()) {
        return Err(GraphError::parameter(format!("Param {}['sub_type'] has no value \"{sub_type}\".", button.path())));
    }
    if let Some(index) = button.get("index")
        && !(0.0..10.0).contains(&index.number()?)
    {
        return Err(GraphError::invalid(format!("{} must be between 0 and 9.", index.path())));
    }
    parameters(button)
}

fn parameters(component: &Node) -> Result<(), GraphError> {
    let parameters = component.get("parameters").map_or(Ok(Vec::new()), |list| list.list(0, usize::MAX))?;
    parameters.iter().try_for_each(parameter)
}

fn parameter(parameter: &Node) -> Result<(), GraphError> {
    let kind = parameter.need("type")?.string()?.to_ascii_lowercase();
    let value = parameter.need(&kind)?;
    match kind.as_str() {
        // A quick reply button may carry any scalar here.
        "text" => value.string().map(|_| ()).or_else(|refusal| value.boolean().map_err(|_| refusal)),
        "payload" => value.length(1, 256),
        "coupon_code" => value.length(1, 20),
        "image" | "video" | "document" => media(&value, &kind),
        "currency" => {
            value.need("fallback_value")?.string()?;
            value.need("code")?.length(3, 3)?;
            value.need("amount_1000")?.number().map(|_| ())
        }
        "date_time" => value.need("fallback_value")?.string().map(|_| ()),
        "location" => {
            value.need("latitude")?.degrees(90.0)?;
            value.need("longitude")?.degrees(180.0)
        }
        "product" => {
            value.need("product_retailer_id")?.string()?;
            value.need("catalog_id")?.string().map(|_| ())
        }
        "limited_time_offer" => value.need("expiration_time_ms")?.number().map(|_| ()),
        "tap_target_configuration" => value.list(1, 1).map(|_| ()),
        "ttl_minutes" => value.number().map(|_| ()),
        "action" => value.object(),
        other => Err(GraphError::parameter(format!("Param {}['type'] has no value \"{other}\".", parameter.path()))),
    }
}
