//! Checks the shape of a send before anything else is known of it: members, types and limits, refused with Meta's codes.
//! 100 is a wrong parameter of the call, 131008 something missing, 131009 something that is not allowed so.

mod contacts;
mod interactive;
mod node;
mod template;

use serde_json::Value;

use super::errors::GraphError;
use node::Node;

/// The types of a message that can be sent.
const TYPES: [&str; 11] = [
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "text",
    "video",
];

/// Checks a body and says what it is: a type of message, or `read`.
pub(crate) fn message(body: &Value) -> Result<String, GraphError> {
    let root = Node::root(body)?;
    match body.get("messaging_product").map(Value::as_str) {
        None => return Err(GraphError::parameter("The parameter messaging_product is required.")),
        Some(Some("whatsapp")) => {}
        Some(_) => return Err(GraphError::parameter("Param messaging_product must be one of {WHATSAPP}.")),
    }
    if body.get("status").is_some() {
        return read(&root);
    }
    common(&root)?;
    let kind = match root.get("type") {
        None => "text".to_owned(),
        Some(kind) => kind.string()?.to_ascii_lowercase(),
    };
    if !TYPES.contains(&kind.as_str()) {
        let known = TYPES.join(", ").to_uppercase();
        return Err(GraphError::parameter(format!("Param type must be one of {{{known}}} - got \"{kind}\".")));
    }
    let object = root.need(&kind)?;
    match kind.as_str() {
        "text" => text(&object)?,
        "location" => location(&object)?,
        "reaction" => reaction(&root, &object)?,
        "contacts" => contacts::check(&object)?,
        "interactive" => interactive::check(&object)?,
        "template" => template::check(&object)?,
        media_kind => media(&object, media_kind)?,
    }
    Ok(kind)
}

fn read(root: &Node) -> Result<String, GraphError> {
    if root.need("status")?.string()? != "read" {
        return Err(GraphError::parameter("Param status must be one of {READ}."));
    }
    root.need("message_id")?.length(1, usize::MAX)?;
    if let Some(typing) = root.get("typing_indicator")
        && typing.need("type")?.string()? != "text"
    {
        return Err(GraphError::parameter("Param typing_indicator['type'] must be one of {TEXT}."));
    }
    Ok("read".to_owned())
}

/// The members that every message may have.
fn common(root: &Node) -> Result<(), GraphError> {
    match (root.get("to"), root.get("recipient")) {
        (None, None) => return Err(GraphError::parameter("The parameter to is required.")),
        (to, recipient) => {
            for id in [to, recipient].into_iter().flatten() {
                if id.string()?.is_empty() {
                    return Err(GraphError::parameter(format!("Param {} must not be empty.", id.path())));
                }
            }
        }
    }
    if let Some(kind) = root.get("recipient_type")
        && !matches!(kind.string()?, "individual" | "group")
    {
        return Err(GraphError::parameter("Param recipient_type must be one of {INDIVIDUAL, GROUP}."));
    }
    if let Some(context) = root.get("context") {
        context.need("message_id")?.length(1, usize::MAX)?;
    }
    if let Some(opaque) = root.get("biz_opaque_callback_data") {
        opaque.length(0, 512)?;
    }
    if let Some(hash) = root.get("recipient_identity_key_hash") {
        hash.string()?;
    }
    Ok(())
}

fn text(text: &Node) -> Result<(), GraphError> {
    text.only(&["body", "preview_url"])?;
    let body = text.need("body")?;
    match body.string()?.chars().count() {
        0 => return Err(GraphError::parameter("Param text['body'] must not be empty.")),
        1..=4096 => {}
        _ => return Err(GraphError::parameter("Param text['body'] must be at most 4096 characters long.")),
    }
    text.get("preview_url").map_or(Ok(()), |flag| flag.boolean())
}

/// A media object: its id or its link, a caption or a file name where the kind has them.
fn media(media: &Node, kind: &str) -> Result<(), GraphError> {
    let allowed: &[&str] = match kind {
        "image" | "video" => &["id", "link", "caption", "provider"],
        "document" => &["id", "link", "caption", "filename", "provider"],
        "audio" => &["id", "link", "voice", "provider"],
        _ => &["id", "link", "provider"],
    };
    media.only(allowed)?;
    match (media.get("id"), media.get("link")) {
        (Some(_), Some(_)) => return Err(GraphError::invalid(format!("{kind}: give either id or link, not both."))),
        (None, None) => return Err(GraphError::missing(&format!("{}['id']", media.path()))),
        (Some(one), None) | (None, Some(one)) => one.length(1, 2_083)?,
    }
    if let Some(caption) = media.get("caption") {
        caption.length(0, 1024)?;
    }
    if let Some(filename) = media.get("filename") {
        filename.length(1, 240)?;
    }
    media.get("voice").map_or(Ok(()), |flag| flag.boolean())
}

fn location(location: &Node) -> Result<(), GraphError> {
    location.only(&["latitude", "longitude", "name", "address"])?;
    location.need("latitude")?.degrees(90.0)?;
    location.need("longitude")?.degrees(180.0)?;
    for name in ["name", "address"] {
        if let Some(text) = location.get(name) {
            text.length(0, 1_000)?;
        }
    }
    Ok(())
}

fn reaction(root: &Node, reaction: &Node) -> Result<(), GraphError> {
    reaction.only(&["message_id", "emoji"])?;
    reaction.need("message_id")?.length(1, usize::MAX)?;
    // An empty emoji takes a reaction back; the longest sequences join several code points.
    reaction.need("emoji")?.length(0, 16)?;
    match root.get("context") {
        Some(_) => Err(GraphError::invalid("A reaction cannot quote a message.")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
