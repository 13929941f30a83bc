//! What a message shows beside its own content: what it refers to, what was done to it, and the answer of a flow as data.
use std::collections::BTreeMap;

use domain::message::{Annotation, Message};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::{Author, Stamp, Word};

/// What a message refers to.
#[derive(Serialize, ToSchema)]
#[schema(as = Context)]
pub(super) struct ContextView {
    /// The wamid of the message that this one quotes; null of one that was only forwarded.
    message_id: Option<String>,
    /// Who wrote the quoted message, as Meta names them.
    from: Option<String>,
    forwarded: bool,
    /// It was forwarded many times.
    frequently_forwarded: bool,
    /// The product that the customer asks about.
    referred_product: Option<ReferredProduct>,
}

#[derive(Serialize, ToSchema)]
struct ReferredProduct {
    catalog_id: Option<String>,
    product_retailer_id: Option<String>,
}

impl ContextView {
    pub(super) fn of(message: &Message) -> Option<ContextView> {
        let told = message.told.context.as_ref();
        if told.is_none() && message.context.is_none() {
            return None;
        }
        let told = told.unwrap_or(&Value::Null);
        let number = |value: &Value| value.is_number().then(|| value.to_string());
        let text = |value: &Value| {
            let text = value.as_str().map(str::to_owned).or_else(|| number(value));
            text.filter(|text| !text.is_empty())
        };
        let is = |name: &str| told[name].as_bool().unwrap_or(told[name] == "true");
        let product = told.get("referred_product").filter(|product| product.is_object());
        Some(ContextView {
            message_id: message.context.clone(),
            from: text(&told["from"]),
            forwarded: is("forwarded"),
            frequently_forwarded: is("frequently_forwarded"),
            referred_product: product.map(|product| ReferredProduct {
                catalog_id: text(&product["catalog_id"]),
                product_retailer_id: text(&product["product_retailer_id"]),
            }),
        })
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = ShownReaction)]
pub(super) struct ReactionView {
    by: Author,
    emoji: String,
    at: Stamp,
}

impl From<(&Annotation, &str)> for ReactionView {
    fn from((reaction, emoji): (&Annotation, &str)) -> ReactionView {
        ReactionView { by: Word(reaction.by), emoji: emoji.to_owned(), at: Stamp(reaction.at) }
    }
}

/// Beside the members named here it has one named like its `type`, as a message has.
#[derive(Serialize, ToSchema)]
#[schema(as = Edit)]
pub(super) struct EditView {
    by: Author,
    at: Stamp,
    /// Null where Meta did not tell the new content.
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(flatten)]
    #[schema(value_type = BTreeMap<String, Object>)]
    content: BTreeMap<String, Value>,
}

impl From<&Annotation> for EditView {
    fn from(edit: &Annotation) -> EditView {
        let Annotation { by, at, content: now, .. } = edit;
        let told = now["type"].as_str().map(str::to_owned);
        let named = || now.as_object()?.keys().find(|name| *name != "context").cloned();
        let kind = told.or_else(named);
        let content = kind.as_deref().map(|kind| content(kind, &now[kind], &["by", "at", "type"])).unwrap_or_default();
        EditView { by: Word(*by), at: Stamp(*at), kind, content }
    }
}

/// A person of a group, by wa_id or BSUID, and how far the message came with them.
#[derive(Serialize, ToSchema)]
#[schema(as = Participant)]
pub(super) struct ParticipantView {
    user: String,
    statuses: BTreeMap<String, Stamp>,
}

pub(super) fn participants(message: &Message) -> Vec<ParticipantView> {
    let view = |(user, statuses): (&str, BTreeMap<&str, domain::Time>)| ParticipantView {
        user: user.to_owned(),
        statuses: statuses.into_iter().map(|(status, at)| (status.to_owned(), Stamp(at))).collect(),
    };
    message.participants().into_iter().map(view).collect()
}

/// The member that is named like the type, unless it would hide one of `members`.
pub(super) fn content(kind: &str, content: &Value, members: &[&str]) -> BTreeMap<String, Value> {
    let is_shown = !content.is_null() && !members.contains(&kind);
    let shown = is_shown.then(|| (kind.to_owned(), with_answer(kind, content)));
    shown.into_iter().collect()
}

/// The answer of a flow is JSON inside a string: beside it stands what it says. One that is not JSON stays text.
fn with_answer(kind: &str, content: &Value) -> Value {
    let mut content = content.clone();
    let reply = content.get_mut("nfm_reply").and_then(Value::as_object_mut).filter(|_| kind == "interactive");
    if let Some(reply) = reply {
        let answer = reply.get("response_json").and_then(Value::as_str);
        let answer = answer.and_then(|answer| serde_json::from_str::<Value>(answer).ok());
        if let Some(answer) = answer.filter(|answer| answer.is_object() || answer.is_array()) {
            reply.entry("response").or_insert(answer);
        }
    }
    content
}

/// In statuses of groups Meta writes the price into it.
pub(super) fn without_pricing(conversation: &Value) -> Value {
    let mut conversation = conversation.clone();
    if let Some(members) = conversation.as_object_mut() {
        members.remove("pricing");
    }
    conversation
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Time;
    use domain::message::{AnnotationKind, Author as Side};
    use serde_json::json;

    #[test]
    fn the_answer_of_a_flow_is_data_beside_its_string() {
        for (answer, shown) in [
            (json!("{\"flow_token\":\"t\",\"day\":1}"), Some(json!({"flow_token": "t", "day": 1}))),
            (json!("not JSON"), None),
            (json!("5"), None),
            (json!({"day": 1}), None),
            (json!(null), None),
        ] {
            let came = json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": answer}});
            let mut seen = content("interactive", &came, &[])["interactive"].clone();
            let response = seen["nfm_reply"].as_object_mut().unwrap().remove("response");
            assert_eq!((response, &seen), (shown, &came), "and nothing else differs");
        }
        assert_eq!(content("status", &json!({}), &["status"]), BTreeMap::new());
    }

    #[test]
    fn an_edit_shows_what_the_message_says_now() {
        let edit = |content| {
            let at = Time::from_seconds(5);
            let edit = Annotation { kind: AnnotationKind::Edit, by: Side::Customer, at, content };
            serde_json::to_value(EditView::from(&edit)).unwrap()
        };
        let text = json!({"body": "new"});
        for (now, kind, member) in [
            (json!({"type": "text", "text": text, "context": {"id": "M"}}), json!("text"), Some(&text)),
            (json!({"context": {"id": "M"}, "text": text}), json!("text"), Some(&text)),
            (json!({"type": "at", "at": "odd"}), json!("at"), None),
            (json!(null), json!(null), None),
        ] {
            let shown = edit(now.clone());
            assert_eq!((&shown["type"], shown.get("text")), (&kind, member), "{now}");
            assert_eq!(shown["at"], "1970-01-01T00:00:05Z");
        }
    }
}
