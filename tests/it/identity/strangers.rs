//! Somebody writes, or is written to, for the first time.
use serde_json::{Value, json};

use super::people::{both, identities, phone, user};
use crate::world::World;
use crate::world::consents::agreed;

/// P32: the phone is data about a person, not who they are.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_a_phone_is_a_contact_and_is_answered() {
    let world = World::start().await;
    let customer =
        json!({"name": "Uma", "bsuid": "US.5001", "username": "uma", "phone_hidden": true, "wa_id": "16505557001"});
    world.customer_writes(customer, "US.5001").await;

    let contacts = world.contacts().await;
    assert_eq!(contacts.len(), 1);
    let contact = &contacts[0];
    assert_eq!(
        (identities(contact, "bsuid"), identities(contact, "username")),
        (vec!["US.5001".to_owned()], vec!["uma".to_owned()])
    );
    assert!(identities(contact, "wa_id").is_empty() && identities(contact, "phone").is_empty());
    assert_eq!(contact["name"], "Uma");
    let conversation = world.conversation_of(contact).await;
    assert_eq!((&conversation["window"]["state"], &conversation["unread"]), (&json!("open"), &json!(1)));

    let send = world.answer_to(contact).await;
    assert_eq!((&send.body["recipient"], send.body.get("to")), (&json!("US.5001"), None));
    let thread = world.thread(&conversation).await;
    assert_eq!(thread[0]["status"], "read", "its statuses found it: {thread:?}");
}

/// The same person under one name after the other, in every order in which they may come to be known.
#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_one_contact_under_whatever_name() {
    let world = World::start().await;
    let orders =
        [["both", "user", "phone"], ["phone", "both", "user"], ["user", "both", "phone"], ["both", "phone", "user"]];
    for (index, order) in orders.iter().enumerate() {
        let (wa_id, user_id) = (format!("1650555710{index}"), format!("US.600{index}"));
        for (step, name) in order.iter().enumerate() {
            let named = match *name {
                "both" => both(&wa_id, &user_id),
                "user" => user(&user_id),
                _ => phone(&wa_id),
            };
            world.written_by(named, &format!("wamid.{index}.{step}")).await;
        }
        let contact = world.contact_by(phone(&wa_id)).await;
        assert_eq!(contact["id"], world.contact_by(user(&user_id)).await["id"], "{order:?}");
        assert_eq!(
            (identities(&contact, "bsuid"), identities(&contact, "wa_id")),
            (vec![user_id], vec![wa_id]),
            "{order:?}"
        );
        assert_eq!(world.thread(&world.conversation_of(&contact).await).await.len(), 3, "{order:?}");
        assert_eq!(contact["merge_proposals"], json!([]), "{order:?}");
    }
    assert_eq!(world.contacts().await.len(), orders.len());
}

/// A username is lent, and a parent BSUID may be shared: neither says who somebody is.
#[tokio::test(flavor = "multi_thread")]
async fn a_username_and_a_parent_id_are_data_and_no_keys() {
    let world = World::start().await;
    for (index, user_id) in ["US.7001", "US.7002"].iter().enumerate() {
        let mut value =
            user(user_id).writes(&world, &format!("wamid.{index}"), json!({"name": "Same", "username": "@same"}));
        value["contacts"][0]["parent_user_id"] = json!("US.ENT.7");
        value["messages"][0]["from_parent_user_id"] = json!("US.ENT.7");
        world.deliver_and_settle(&world.messages_webhook(value)).await;
    }
    let contacts = world.contacts().await;
    assert_eq!(contacts.len(), 2);
    for contact in &contacts {
        assert_eq!(identities(contact, "username"), ["same"]);
        assert_eq!(identities(contact, "parent_bsuid"), ["US.ENT.7"]);
        assert_eq!(contact["merge_proposals"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_was_added_by_phone_is_whoever_writes_from_it() {
    let world = World::start().await;
    let added = json!({"phone": "+1 (650) 555-7201", "kind": "contact", "name": "Typed In", "tags": ["vip"]});
    let added = world.post("/v1/contacts", added).await;
    assert_eq!(added.status, 201, "{}", added.body);
    world.written_by(both("16505557201", "US.7201"), "wamid.1").await;

    let contacts = world.contacts().await;
    assert_eq!(contacts.len(), 1);
    let contact = &contacts[0];
    let facts = ["id", "kind", "name", "tags"].map(|name| &contact[name]);
    assert_eq!(facts, ["id", "kind", "name", "tags"].map(|name| &added.body[name]), "what people wrote stays");
    assert_eq!(identities(contact, "phone"), ["+16505557201"]);
    assert_eq!(
        (identities(contact, "wa_id"), identities(contact, "bsuid")),
        (vec!["16505557201".to_owned()], vec!["US.7201".to_owned()])
    );

    let again = world.post("/v1/contacts", json!({"phone": "16505557201", "kind": "lead"})).await;
    assert_eq!((again.status, &again.body["id"]), (409, &contact["id"]), "{}", again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_written_to_first_becomes_what_the_channel_says() {
    let world = World::start().await;
    let channel = world.channel().id.clone();
    let template = |to: Value| json!({"channel_id": channel, "to": to, "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    for (add_as, to, named) in [
        ("lead", json!({"phone": "+49 151 23456789"}), phone("4915123456789")),
        ("contact", json!({"bsuid": "DE.8001"}), user("DE.8001")),
    ] {
        let changed = world.call("PATCH", &format!("/v1/channels/{channel}"), Some(json!({"add_as": add_as}))).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let refused = json!({"channel_id": channel, "to": to, "type": "text", "text": {"body": "Hello?"}});
        assert_eq!(world.post("/v1/messages", refused).await.status, 422, "no window");
        let sent = world.post("/v1/messages", agreed(template(to.clone()))).await;
        assert_eq!(sent.status, 202, "{}", sent.body);
        world.settle().await;
        assert_eq!(world.message(&sent.body["id"]).await["state"], "accepted");
        let contact = world.contact_by(named).await;
        assert_eq!((&contact["kind"], &contact["id"]), (&json!(add_as), &sent.body["contact_id"]));
        assert_eq!(world.conversation_of(&contact).await["window"]["state"], "closed");
    }
    let recipients: Vec<Value> =
        world.sends().iter().map(|send| json!([send.body["to"], send.body["recipient"]])).collect();
    assert_eq!(recipients, [json!(["+4915123456789", null]), json!([null, "DE.8001"])]);
    assert_eq!(world.contacts().await.len(), 2, "the refused ones made none");
}
