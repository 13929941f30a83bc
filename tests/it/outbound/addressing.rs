//! To whom a message goes: by phone, by user id, by contact (P30, P32).
use serde_json::{Value, json};
use simulator::{CustomerInput, Template};

use super::problem;
use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::ANN;

const HELLO: &str = "hello_world";

fn template(name: &str) -> Value {
    agreed(json!({"type": "template", "template": {"name": name, "language": {"code": "en_US"}}}))
}

fn code(name: &str) -> Value {
    let mut message = template(name);
    let parameter = json!([{"type": "text", "text": "123456"}]);
    message["template"]["components"] = json!([
        {"type": "body", "parameters": parameter},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": parameter},
    ]);
    message
}

fn authentication() -> Template {
    let mut template = Template::text("login", "en_US", "AUTHENTICATION", "{{1}} is your code");
    let button = json!({"type": "URL", "text": "Copy code", "url": "https://example.org/otp?code={{1}}"});
    template.components.push(json!({"type": "BUTTONS", "buttons": [button]}));
    template
}

impl World {
    async fn send_to(&self, to: Value, message: Value) -> Value {
        let mut request = message;
        request["channel_id"] = json!(self.channel().id);
        request["to"] = to;
        let answer = self.post("/v1/messages", request).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
        self.message(&answer.body["id"]).await
    }

    fn customer(&self, members: Value) {
        self.simulator().put_customer(serde_json::from_value::<CustomerInput>(members).unwrap());
    }

    async fn identities(&self, contact: &Value) -> Value {
        self.get(&format!("/v1/contacts/{}", contact.as_str().unwrap())).await["identities"].clone()
    }
}

/// P30: the number is answered in WhatsApp's own spelling, and that is written to from then on.
#[tokio::test(flavor = "multi_thread")]
async fn the_spelling_that_whatsapp_answers_with_is_learned() {
    let world = World::start().await;
    world.customer(json!({"wa_id": "551187654321"}));
    let first = world.send_to(json!({"phone": "+55 11 98765-4321"}), template(HELLO)).await;
    assert_eq!(world.calls_of_message(&first["id"])[0].body["to"], "+5511987654321");
    let identities = world.identities(&first["contact_id"]).await;
    assert!(
        identities.as_array().unwrap().contains(&json!({"type": "wa_id", "value": "551187654321", "is_former": false})),
        "{identities}"
    );

    drop(world.stack.aws().meter().take());
    let second = world.send_to(json!({"phone": "+5511987654321"}), template(HELLO)).await;
    assert_eq!(second["contact_id"], first["contact_id"]);
    assert_eq!(world.calls_of_message(&second["id"])[0].body["to"], "+551187654321");
    let puts = world.stack.aws().meter().take();
    let puts = puts.keys().filter(|(function, operation)| function == "MessageSendFunction" && operation == "PutItem");
    assert_eq!(puts.count(), 0, "what is known is not written again");
}

/// P30: also where a webhook once told another spelling.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_spelling_takes_the_place_of_the_old_one() {
    let world = World::start().await;
    world.customer(json!({"wa_id": "551187654321"}));
    let conversation = world.met("5511987654321").await;
    let contact = json!({"contact_id": conversation["contact_id"]});
    for to in ["+5511987654321", "+551187654321", "+551187654321"] {
        let sent = world.send_to(contact.clone(), template(HELLO)).await;
        assert_eq!(world.calls_of_message(&sent["id"])[0].body["to"], to);
    }
    let found = world.get("/v1/contacts?phone=%2B5511987654321").await;
    assert_eq!(found["items"][0]["id"], conversation["contact_id"], "the old spelling still leads there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_id_is_written_to_where_no_phone_is_known() {
    let world = World::start().await;
    world.customer(json!({"wa_id": ANN, "bsuid": "US.13491208655302741918", "parent_bsuid": "US.ENT.506847293015824"}));
    for bsuid in ["US.13491208655302741918", "US.ENT.506847293015824"] {
        let sent = world.send_to(json!({"bsuid": bsuid}), template(HELLO)).await;
        assert_eq!((&sent["state"], &sent["status"]), (&json!("accepted"), &json!("read")), "{sent}");
        let body = &world.calls_of_message(&sent["id"])[0].body;
        assert_eq!((&body["recipient"], body.get("to")), (&json!(bsuid), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_is_named_in_one_way() {
    let world = World::start().await;
    for to in
        [json!({"phone": "+16505550101", "bsuid": "US.1"}), json!({}), json!({"phone": "12"}), json!({"bsuid": "1"})]
    {
        let mut request = template(HELLO);
        request["channel_id"] = json!(world.channel().id);
        request["to"] = to.clone();
        let answer = world.post("/v1/messages", request).await;
        assert_eq!((answer.status, problem(&answer)), (400, "invalid-input"), "{to}: {}", answer.body);
        assert!(answer.body["errors"][0]["field"].as_str().unwrap().starts_with("to"), "{}", answer.body);
    }
}

/// P32: a code goes to phones alone (131062).
#[tokio::test(flavor = "multi_thread")]
async fn a_code_needs_a_phone() {
    let world = World::start().await;
    world.has_templates(vec![authentication()]).await;
    world.customer(json!({"wa_id": ANN, "bsuid": "US.13491208655302741918"}));
    let mut request = code("login");
    request["channel_id"] = json!(world.channel().id);
    request["to"] = json!({"bsuid": "US.13491208655302741918"});
    for _ in 0..2 {
        let refused = world.post("/v1/messages", request.clone()).await;
        assert_eq!((refused.status, problem(&refused)), (422, "phone-needed"), "{}", refused.body);
    }
    // Also of somebody who is known by the user id already.
    world.send_to(json!({"bsuid": "US.13491208655302741918"}), template(HELLO)).await;
    let refused = world.post("/v1/messages", request).await;
    assert_eq!((refused.status, problem(&refused)), (422, "phone-needed"), "{}", refused.body);

    let sent = world.send_to(json!({"phone": format!("+{ANN}")}), code("login")).await;
    assert_eq!(sent["state"], "accepted");
    assert_eq!(world.sends().len(), 2, "WhatsApp was called for what can be sent");
}
