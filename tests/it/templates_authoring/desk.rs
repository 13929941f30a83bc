//! What a business does with its templates.
use serde_json::{Value, json};
use simulator::{Fault, FaultOrder, Operation, Template};

use crate::world::{Answer, World};

pub const TYPES: &str = "https://casement.dev/problems/";

/// A utility template with one variable, as a business would write it.
pub fn draft(world: &World, name: &str) -> Value {
    json!({
        "waba_id": world.channel().waba_id, "name": name, "language": "en-US", "category": "utility",
        "components": [{
            "type": "body", "text": "Your order {{1}} can be collected today.",
            "example": {"body_text": [["4711"]]},
        }],
    })
}

/// As [`draft`], with these components.
pub fn with_components(world: &World, name: &str, components: Value) -> Value {
    let mut draft = draft(world, name);
    draft["components"] = components;
    draft
}

impl World {
    /// Orders a template; the answer while it is still to be carried out, and the template's id.
    pub async fn order_template(&self, draft: Value) -> Value {
        let answer = self.post("/v1/templates", draft).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.body
    }

    /// As [`World::order_template`], until it has been carried out; the template as it then is.
    pub async fn make_template(&self, draft: Value) -> Value {
        let ordered = self.order_template(draft).await;
        self.settle().await;
        self.template(&ordered["id"]).await
    }

    pub async fn template(&self, id: &Value) -> Value {
        self.get(&format!("/v1/templates/{}", id.as_str().unwrap())).await
    }

    pub async fn change_template(&self, id: &Value, change: Value) -> Answer {
        self.call("PATCH", &format!("/v1/templates/{}", id.as_str().unwrap()), Some(change)).await
    }

    pub async fn delete_template(&self, id: &Value, query: &str) -> Answer {
        self.call("DELETE", &format!("/v1/templates/{}{query}", id.as_str().unwrap()), None).await
    }

    pub async fn unpause_template(&self, id: &Value) -> Answer {
        self.call("POST", &format!("/v1/templates/{}/unpause", id.as_str().unwrap()), None).await
    }

    pub async fn sync_templates(&self) {
        assert_eq!(self.post("/v1/templates/sync", json!({})).await.status, 202);
        self.settle().await;
    }

    /// The template on Meta's side.
    pub fn at_meta(&self, name: &str, language: &str) -> Option<Template> {
        self.simulator().templates().into_iter().find(|one| one.name == name && one.language == language)
    }

    /// The names of Meta's templates, but for that of every new account.
    pub fn names_at_meta(&self) -> Vec<String> {
        let names = self.simulator().templates().into_iter().map(|one| one.name);
        names.filter(|name| name != "hello_world").collect()
    }

    /// The next calls about templates fail so.
    pub fn fail_templates(&self, fault: Fault, times: u32) {
        let order = FaultOrder { times, operation: Operation::MessageTemplates, ..FaultOrder::from(fault) };
        self.simulator().add_fault(order);
    }
}

/// The problem's last word, and `field: message` of each error.
pub fn problem(answer: &Answer) -> (String, Vec<String>) {
    let kind = answer.body["type"].as_str().unwrap_or_default().replace(TYPES, "");
    let told = |error: &Value| format!("{}: {}", error["field"].as_str().unwrap(), error["message"].as_str().unwrap());
    (kind, answer.body["errors"].as_array().map(|errors| errors.iter().map(told).collect()).unwrap_or_default())
}
