//! When a message goes: not before its time, in the minute that follows it, once.
use serde_json::{Value, json};

use super::{SOON, at, is};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_goes_at_its_time_and_once() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    let due = now() + SOON;
    let second = world.scheduled(&conversation, "2", due + 1, json!({})).await;
    let first = world.scheduled(&conversation, "1", due, json!({})).await;
    let far = world.scheduled(&conversation, "far", due + 3600, json!({})).await;
    let message = world.message(&first).await;
    assert_eq!(message["scheduled"]["only_if_unanswered"], false);
    assert_eq!(message["at"], message["scheduled"]["send_at"]);
    assert_eq!(world.minute().await["queued"], 0, "it is not their time");
    assert!(world.received_by(ANN).is_empty());
    world.comes(due + 1).await;
    // Two runs at once queue each once.
    let (one, other) = tokio::join!(world.stack.tick("due-tasks"), world.stack.tick("due-tasks"));
    let queued = [one.unwrap(), other.unwrap()].iter().map(|report| report["queued"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(queued, 2);
    world.settle().await;
    assert_eq!(world.minute().await["queued"], 0);
    let bodies: Vec<Value> = world.received_by(ANN).iter().map(|send| send.body["text"]["body"].clone()).collect();
    assert_eq!(bodies, ["1", "2"], "in the order of their times");
    for id in [&first, &second] {
        assert_eq!(world.outcome(id).await, is("accepted", ""));
    }
    assert_eq!(world.outcome(&far).await, is("scheduled", ""));
    assert!(world.events("message.refused").await.is_empty());
}

/// A message that waits is at the end of its thread; once it went it has its place there.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_stands_in_its_thread_at_its_time() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    let due = now() + SOON;
    world.scheduled(&conversation, "later", due, json!({})).await;
    world.reply_and_settle(&conversation, "now").await;
    let texts = async || world.texts(ANN).await;
    assert_eq!(texts().await, ["Hello", "now", "later"]);
    world.comes(due).await;
    world.minute().await;
    world.reply_and_settle(&conversation, "then").await;
    assert_eq!(texts().await, ["Hello", "now", "later", "then"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_taken_within_its_bounds() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    for seconds in [-120, 181 * 24 * 3600] {
        let refused = world.later(&conversation, "x", now() + seconds, json!({})).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (400, &json!("send_at")), "{}", refused.body);
    }
    // A clock that is a little slow asks for now.
    let soon = world.later(&conversation, "x", now() - 20, json!({})).await;
    assert_eq!((soon.status, &soon.body["state"], &soon.body["scheduled"]), (202, &json!("queued"), &Value::Null));
    for (more, field) in [
        (json!({"send_at": null, "only_if_unanswered": true}), "only_if_unanswered"),
        (json!({"send_at": null, "fallback": {"template": {}}}), "fallback"),
        (json!({"split": true}), "split"),
        (json!({"valid_until": at(now() + 30)}), "valid_until"),
        (json!({"fallback": {"template": {"name": "hello_world"}}}), "fallback.template.language"),
    ] {
        let refused = world.later(&conversation, "x", now() + 60, more).await;
        assert_eq!(refused.body["errors"][0]["field"], field, "{}", refused.body);
    }
}

/// A preview tells what would speak against it then; none of that stops a message from being taken.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_change_until_then_is_told_and_not_refused() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    let message = json!({
        "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
        "type": "text", "text": {"body": "x"}, "send_at": at(now() + 2 * 24 * 3600),
    });
    let preview = world.post("/v1/messages/preview", message.clone()).await;
    assert_eq!((preview.status, &preview.body["can_send"]), (200, &json!(true)), "{}", preview.body);
    assert_eq!((&preview.body["problems"], &preview.body["send_at"]), (&json!([]), &message["send_at"]));
    assert!(preview.body["doubts"][0]["type"].as_str().unwrap().ends_with("window-closed"), "{}", preview.body);
    assert_eq!(world.post("/v1/messages", message).await.status, 202);
    // Somebody whom nobody knows becomes a contact at once, and gets a template then.
    let stranger = json!({
        "channel_id": world.channel().id, "to": {"phone": format!("+{BOB}")}, "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}}, "send_at": at(now() + 60),
    });
    let taken = world.post("/v1/messages", stranger.clone()).await;
    assert_eq!((taken.status, &taken.body["state"]), (202, &json!("scheduled")), "{}", taken.body);
    assert_eq!(world.contact_with(BOB).await["id"], taken.body["contact_id"]);
    // What can never go is refused.
    let mut unknown = stranger;
    unknown["template"]["name"] = json!("no_such_template");
    let refused = world.post("/v1/messages", unknown).await;
    assert_eq!((refused.status, crate::texts::problem(&refused)), (422, "template-unknown"), "{}", refused.body);
}

/// What was previewed is what goes: values are those of the moment when it was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn merge_fields_are_filled_in_when_a_message_is_taken() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    let body = "Hello $[Leads.First Name|there]";
    let due = now() + SOON;
    let id = world.scheduled(&conversation, body, due, json!({"merge": true})).await;
    let expected = world.message(&id).await["text"]["body"].clone();
    assert_eq!(expected, format!("Hello {ANN}").as_str());
    let path = format!("/v1/contacts/{}", conversation["contact_id"].as_str().unwrap());
    world.call("PATCH", &path, Some(json!({"name": "Somebody else"}))).await;
    world.comes(due).await;
    world.minute().await;
    assert_eq!(world.received_by(ANN)[0].body["text"]["body"], expected);
}

/// P47: what is sent instead is merged with it, or refused with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_is_merged_too() {
    let world = World::hasty().await;
    world.has_templates(vec![simulator::Template::text("order", "en_US", "UTILITY", "{{1}}, it is here.")]).await;
    let conversation = world.met(ANN).await;
    let with = |text: &str| {
        json!({
            "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
            "type": "text", "text": {"body": "It is here."}, "merge": true, "send_at": at(now() + SOON),
            "fallback": {"template": {"name": "order", "language": {"code": "en_US"}, "components": [
                {"type": "body", "parameters": [{"type": "text", "text": text}]},
            ]}},
        })
    };
    let taken = world.post("/v1/messages", with("$[Leads.Full Name]")).await;
    assert_eq!(taken.status, 202, "{}", taken.body);
    let parameter = &taken.body["scheduled"]["fallback"]["components"][0]["parameters"][0];
    assert_eq!(parameter["text"], ANN, "{}", taken.body);
    let refused = world.post("/v1/messages", with("$[Leads.Shoe Size]")).await;
    assert_eq!((refused.status, crate::texts::problem(&refused)), (422, "merge-field-unknown"), "{}", refused.body);
    assert_eq!(refused.body["errors"][0]["field"], "fallback.template.components[0].parameters[0].text");
}

/// Files go across when it is time, not before.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_files_goes_with_them() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    let file = world.upload("a.pdf", "application/pdf", &crate::media::desk::content(1, 3000)).await;
    let other = world.upload("b.pdf", "application/pdf", &crate::media::desk::content(2, 3000)).await;
    let one = json!({"type": "document", "document": {"attachment_id": file}, "text": null});
    let several = json!({
        "type": "attachments", "attachments": [{"attachment_id": file}, {"attachment_id": other}], "caption": "Both",
    });
    let (due, mut ids) = (now() + SOON, Vec::new());
    for (place, message) in [(0, one), (1, several)] {
        let mut request = message;
        request.as_object_mut().unwrap().remove("text");
        request["channel_id"] = conversation["channel_id"].clone();
        request["to"] = json!({"contact_id": conversation["contact_id"]});
        request["send_at"] = json!(at(due + place));
        let taken = world.post("/v1/messages", request).await;
        assert_eq!((taken.status, &taken.body["state"]), (202, &json!("scheduled")), "{}", taken.body);
        ids.push(taken.body["id"].clone());
    }
    world.settle().await;
    assert!(world.uploaded().is_empty());
    world.comes(due + 1).await;
    assert_eq!(world.minute().await["queued"], 2);
    assert_eq!(world.received_by(ANN).len(), 3);
    for id in &ids {
        assert_eq!(world.outcome(id).await, is("accepted", ""));
    }
}
