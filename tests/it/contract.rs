//! A template is a contract: what a message gives is held against it before WhatsApp is asked, what is missing has a
//! fallback or is told, and the preview shows what the customer will see (P36, P37).
use serde_json::{Value, json};

use crate::world::World;
use crate::world::webhooks::ANN;

mod changes;
mod fallbacks;
mod headers;
mod previews;
mod samples;

impl World {
    /// A send of a template to Ann, whom nobody knows yet.
    fn to_ann(&self, template: &str, components: &Value) -> Value {
        json!({
            "channel_id": self.channel().id, "to": {"phone": format!("+{ANN}")}, "type": "template",
            "template": {"name": template, "language": {"code": "en_US"}, "components": components},
        })
    }

    async fn preview(&self, message: Value) -> Value {
        let answer = self.post("/v1/messages/preview", message).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }
}

fn text(value: &str) -> Value {
    json!({"type": "text", "text": value})
}

/// The last part of each problem's type.
fn problems(preview: &Value) -> Vec<&str> {
    let kinds = preview["problems"].as_array().unwrap().iter().map(|problem| problem["type"].as_str().unwrap());
    kinds.map(|kind| kind.rsplit('/').next().unwrap()).collect()
}
