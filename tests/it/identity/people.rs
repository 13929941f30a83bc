//! People as webhooks name them.
use serde_json::{Value, json};
use simulator::{Content, CustomerInput, Inbound, SendRecord};

use crate::world::World;
use crate::world::webhooks::{now, text};

/// How a webhook names somebody: by any of the two, or by both.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named<'a> {
    pub(crate) wa_id: Option<&'a str>,
    pub(crate) user_id: Option<&'a str>,
}

pub(crate) fn phone(wa_id: &str) -> Named<'_> {
    Named { wa_id: Some(wa_id), user_id: None }
}

pub(crate) fn user(user_id: &str) -> Named<'_> {
    Named { wa_id: None, user_id: Some(user_id) }
}

pub(crate) fn both<'a>(wa_id: &'a str, user_id: &'a str) -> Named<'a> {
    Named { wa_id: Some(wa_id), user_id: Some(user_id) }
}

/// Without the members that are null: Meta leaves out what it does not tell.
pub(crate) fn told(mut value: Value) -> Value {
    value.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    value
}

impl Named<'_> {
    /// The value of a webhook in which this person writes.
    pub(crate) fn writes(&self, world: &World, wamid: &str, profile: Value) -> Value {
        let mut message = text("", wamid, now(), wamid);
        message["from"] = json!(self.wa_id);
        message["from_user_id"] = json!(self.user_id);
        let contact = told(json!({"wa_id": self.wa_id, "user_id": self.user_id, "profile": profile}));
        world.value(json!({"contacts": [contact], "messages": [told(message)]}))
    }
}

impl World {
    pub(crate) async fn written_by(&self, named: Named<'_>, wamid: &str) {
        let value = named.writes(self, wamid, json!({"name": "Somebody"}));
        self.deliver_and_settle(&self.messages_webhook(value)).await;
    }

    /// What WhatsApp says about somebody's change.
    pub(crate) async fn system(&self, wamid: &str, from: Named<'_>, system: Value) {
        let message = told(json!({
            "from": from.wa_id, "from_user_id": from.user_id, "id": wamid, "timestamp": now().to_string(),
            "type": "system", "system": told(system),
        }));
        self.deliver_and_settle(&self.messages_webhook(self.value(json!({"messages": [message]})))).await;
    }

    /// Somebody whom the simulator knows writes, so that it holds the window open too.
    pub(crate) async fn customer_writes(&self, customer: Value, from: &str) {
        self.simulator().put_customer(serde_json::from_value::<CustomerInput>(customer).unwrap());
        let message: Content = serde_json::from_value(json!({"type": "text", "body": "Hello"})).unwrap();
        let inbound =
            Inbound { from: from.to_owned(), message, context: None, referral: None, timestamp: None, id: None };
        self.simulator().inbound(inbound).unwrap();
        self.settle().await;
    }

    pub(crate) async fn contacts(&self) -> Vec<Value> {
        self.get("/v1/contacts?limit=100").await["items"].as_array().unwrap().clone()
    }

    pub(crate) async fn contact_by(&self, named: Named<'_>) -> Value {
        let query = match (named.user_id, named.wa_id) {
            (Some(user_id), _) => format!("bsuid={user_id}"),
            (None, Some(wa_id)) => format!("phone=%2B{wa_id}"),
            (None, None) => panic!("by what?"),
        };
        let found = self.get(&format!("/v1/contacts?{query}")).await;
        found["items"].get(0).unwrap_or_else(|| panic!("{named:?} leads to nobody")).clone()
    }

    /// The conversation of a contact, of which there must be one.
    pub(crate) async fn conversation_of(&self, contact: &Value) -> Value {
        let mut theirs = self.conversations("?limit=100").await;
        theirs.retain(|conversation| conversation["contact_id"] == contact["id"]);
        assert_eq!(theirs.len(), 1, "{theirs:?}");
        theirs.remove(0)
    }

    /// The call to Meta that answering this contact leads to.
    pub(crate) async fn answer_to(&self, contact: &Value) -> SendRecord {
        let conversation = self.conversation_of(contact).await;
        let before = self.sends().len();
        let message = self.reply_and_settle(&conversation, "Hello!").await;
        assert_eq!(message["state"], "accepted", "{message}");
        let sends = self.sends();
        assert_eq!(sends.len(), before + 1);
        sends[before].clone()
    }
}

/// The values of a contact's identities of one type.
pub(crate) fn identities(contact: &Value, kind: &str) -> Vec<String> {
    let all = contact["identities"].as_array().unwrap().iter();
    let mut values: Vec<String> = all
        .filter(|identity| identity["type"] == kind)
        .map(|identity| identity["value"].as_str().unwrap().to_owned())
        .collect();
    values.sort();
    values
}
