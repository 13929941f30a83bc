//! What contacts are called and reached by: profiles, the phone's address book, numbers that customers give.
use serde_json::{Value, json};

use super::scene::message;
use crate::identity::people::{both, phone, user};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now, text};

fn sync(action: &str, contact: Value, at: i64) -> Value {
    json!({"state_sync": [{"type": "contact", "contact": contact, "action": action, "metadata": {"timestamp": at.to_string()}}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_without_a_name_takes_the_profiles() {
    let world = World::start().await;
    let without = json!({"messages": [text(ANN, "wamid.1", now() - 9, "Hello")]});
    world.told("messages", without).await;
    assert_eq!(world.contact_with(ANN).await["name"], Value::Null);
    world.stack.lambda().cool(crate::truth::people::INBOUND_APPLY).await;
    world.says(&[text(ANN, "wamid.2", now() - 8, "It is me")]).await;
    assert_eq!(world.contact_with(ANN).await["name"], "Ann Ash");
    world.stack.lambda().cool(crate::truth::people::INBOUND_APPLY).await;
    let renamed = json!({"contacts": [{"wa_id": ANN, "profile": {"name": "Annie"}}], "messages": [text(ANN, "wamid.3", now(), "!")]});
    world.told("messages", renamed).await;
    assert_eq!(world.contact_with(ANN).await["name"], "Ann Ash", "a name that is there stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phones_address_book_names_whom_we_know() {
    let world = World::start().await;
    world.says(&[text(ANN, "wamid.1", now() - 60, "Hello")]).await;
    let at = now() - 50;
    let named = async |name: &str| {
        let contact = world.contact_with(ANN).await;
        assert_eq!(contact["name"], name);
        contact
    };
    world
        .told("smb_app_state_sync", sync("add", json!({"full_name": "Ann of the Shop", "phone_number": ANN}), at))
        .await;
    named("Ann of the Shop").await;
    world.told("smb_app_state_sync", sync("edit", json!({"first_name": "Annie", "phone_number": ANN}), at + 9)).await;
    world.told("smb_app_state_sync", sync("edit", json!({"full_name": "Between", "phone_number": ANN}), at + 5)).await;
    let contact = named("Annie").await;
    world.told("smb_app_state_sync", sync("remove", json!({"phone_number": ANN}), at + 12)).await;
    named("Annie").await;

    // What a person of the business chose here stays.
    let path = format!("/v1/contacts/{}", contact["id"].as_str().unwrap());
    let chosen = world.call("PATCH", &path, Some(json!({"name": "Ms Ash"}))).await;
    assert_eq!((chosen.status, &chosen.body["name"]), (200, &json!("Ms Ash")));
    world.told("smb_app_state_sync", sync("edit", json!({"full_name": "Annie 2", "phone_number": ANN}), at + 20)).await;
    named("Ms Ash").await;
    assert_eq!(world.call("PATCH", &path, Some(json!({"tags": ["vip"]}))).await.status, 200);
    world.told("smb_app_state_sync", sync("edit", json!({"full_name": "Annie 3", "phone_number": ANN}), at + 21)).await;
    named("Ms Ash").await;
    // Until they give it back.
    assert_eq!(world.call("PATCH", &path, Some(json!({"name": null}))).await.status, 200);
    world.told("smb_app_state_sync", sync("edit", json!({"full_name": "Annie 4", "phone_number": ANN}), at + 22)).await;
    named("Annie 4").await;

    world.told("smb_app_state_sync", sync("add", json!({"full_name": "Nobody we met", "phone_number": BOB}), at)).await;
    assert_eq!(world.get("/v1/contacts").await["items"].as_array().unwrap().len(), 1, "it makes no contact");
    assert_eq!(world.events("contact.synced").await.len(), 8);
}

fn card(wamid: &str, number: &str, origin: Option<&str>) -> Value {
    let mut card =
        json!({"name": {"formatted_name": "Me"}, "phones": [{"phone": format!("+{number}"), "wa_id": number}]});
    if let Some(origin) = origin {
        card["origin"] = json!(origin);
    }
    message("", wamid, now(), "contacts", json!([card]))
}

/// Somebody known by user id alone, and what they send.
async fn sends(world: &World, user_id: &str, mut said: Value) {
    said.as_object_mut().unwrap().remove("from");
    said["from_user_id"] = json!(user_id);
    world
        .told(
            "messages",
            json!({"contacts": [{"user_id": user_id, "profile": {"name": "Somebody"}}], "messages": [said]}),
        )
        .await;
}

/// P32: the number that a customer gives when asked is theirs; the number on any other card is somebody's.
#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_asked_for_leads_to_whoever_gave_it() {
    let world = World::start().await;
    sends(&world, "US.1", text("", "wamid.1", now() - 9, "Hello")).await;
    sends(&world, "US.1", card("wamid.2", BOB, None)).await;
    sends(&world, "US.1", card("wamid.3", BOB, Some("other"))).await;
    assert_eq!(world.get(&format!("/v1/contacts?phone=%2B{BOB}")).await["items"], json!([]), "of a friend");
    sends(&world, "US.1", card("wamid.4", ANN, Some("contact_request"))).await;
    let contact = world.contact_by(user("US.1")).await;
    assert_eq!(world.contact_with(ANN).await["id"], contact["id"]);
    let identities = contact["identities"].to_string();
    assert!(identities.contains(&format!("+{ANN}")) && identities.contains("\"wa_id\""), "{identities}");
    world.says(&[text(ANN, "wamid.5", now(), "From my number")]).await;
    assert_eq!(world.thread(&world.conversation_of(&contact).await).await.len(), 5, "one thread");
    assert_eq!(contact["merge_proposals"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_somebody_else_that_was_asked_for_is_a_proposal_to_merge() {
    let world = World::start().await;
    world.says(&[text(ANN, "wamid.0", now() - 9, "I am Ann")]).await;
    sends(&world, "US.1", card("wamid.1", ANN, Some("contact_request"))).await;
    let (ann, other) = (world.contact_by(phone(ANN)).await, world.contact_by(user("US.1")).await);
    assert_ne!(ann["id"], other["id"]);
    assert_eq!(ann["merge_proposals"], json!([other["id"]]));
    assert_eq!(other["merge_proposals"], json!([ann["id"]]));
}

/// Who is known by which alias, however many write at once under the same number and different user ids: a message stands
/// in a thread whose contact lists what it came under, or has a merge proposed.
#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_with_one_number_and_many_user_ids_stand_where_they_belong() {
    let world = World::start().await;
    let numbers: Vec<String> = (0..6).map(|index| format!("1650559{index:04}")).collect();
    let mut bodies = Vec::new();
    let mut sent = Vec::new();
    for (index, number) in numbers.iter().enumerate() {
        for part in 0..4 {
            let user_id = format!("US.{index}{part}");
            for (form, named) in [("both", both(number, &user_id)), ("user", user(&user_id)), ("phone", phone(number))]
            {
                let wamid = format!("wamid.{index}.{part}.{form}");
                let value = named.writes(&world, &wamid, json!({"name": "Somebody"}));
                bodies.push(world.messages_webhook(value));
                sent.push((wamid, named.wa_id.map(str::to_owned), named.user_id.map(str::to_owned)));
            }
        }
    }
    futures::future::join_all(bodies.iter().map(|body| world.deliver(body))).await;
    world.settle().await;

    let mut found = std::collections::BTreeMap::new();
    for conversation in world.conversations("?limit=100").await {
        let contact = world.get(&format!("/v1/contacts/{}", conversation["contact_id"].as_str().unwrap())).await;
        for message in world.thread(&conversation).await {
            let before = found.insert(message["wamid"].as_str().unwrap().to_owned(), contact.clone());
            assert!(before.is_none(), "{message} is there twice");
        }
    }
    for (wamid, wa_id, user_id) in &sent {
        let contact = found.get(wamid).unwrap_or_else(|| panic!("{wamid} is lost"));
        let listed: Vec<&str> =
            contact["identities"].as_array().unwrap().iter().map(|one| one["value"].as_str().unwrap()).collect();
        let is_listed = |id: &Option<String>| id.as_deref().is_none_or(|id| listed.contains(&id));
        let is_open = contact["merge_proposals"].as_array().is_some_and(|proposals| !proposals.is_empty());
        let came_under_one = wa_id.is_none() || user_id.is_none();
        assert!(is_listed(wa_id) && is_listed(user_id) || (is_open && !came_under_one), "{wamid}: {contact}");
    }
    // Every alias leads to a contact that lists it.
    for (_, wa_id, user_id) in &sent {
        for (id, named) in [(wa_id, wa_id.as_deref().map(phone)), (user_id, user_id.as_deref().map(user))] {
            if let (Some(id), Some(named)) = (id, named) {
                let contact = world.contact_by(named).await;
                assert!(contact["identities"].to_string().contains(id.as_str()), "{id}: {contact}");
            }
        }
    }
}

/// A contact and its aliases change together: no crash leaves one that the other does not know of.
#[tokio::test(flavor = "multi_thread")]
async fn a_further_alias_survives_a_crash_at_every_step() {
    use local::aws::{Fault, FaultAction};
    let world = World::hasty().await;
    for step in 1..=6 {
        let (number, user_id) = (format!("1650553{step:04}"), format!("US.3{step}"));
        world.deliver_and_settle(&world.written(&number, &format!("wamid.{step}.1"), now() - 9, "Hello")).await;
        world.stack.lambda().cool(crate::truth::people::INBOUND_APPLY).await;
        let kill = Fault::new(crate::truth::people::INBOUND_APPLY, FaultAction::KillAfterExecuting).nth(step);
        world.stack.aws().faults().add(kill);
        let value = both(&number, &user_id).writes(&world, &format!("wamid.{step}.2"), json!({"name": "Somebody"}));
        world.deliver_and_settle(&world.messages_webhook(value)).await;
        world.stack.aws().faults().clear();
        let contact = world.contact_by(user(&user_id)).await;
        assert_eq!(contact["id"], world.contact_by(phone(&number)).await["id"]);
        assert!(contact["identities"].to_string().contains(&user_id), "{contact}");
        assert_eq!(world.thread(&world.conversation_of(&contact).await).await.len(), 2);
    }
}
