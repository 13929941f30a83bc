//! A number or a user id changes, and two people turn out to be one, or not (P33).
use serde_json::{Value, json};

use super::people::{both, identities, phone, user};
use crate::world::World;

const OLD: &str = "16505558001";
const NEW: &str = "16505558002";

/// The thread of the one contact that there is, the earliest first, by wamid.
async fn the_thread(world: &World) -> Vec<String> {
    let contacts = world.contacts().await;
    assert_eq!(contacts.len(), 1, "{contacts:?}");
    let thread = world.thread(&world.conversation_of(&contacts[0]).await).await;
    let inbound = thread.iter().rev().filter(|message| message["direction"] == "inbound");
    inbound.map(|message| message["wamid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_a_new_number_is_the_same_person_and_is_written_to_there() {
    let world = World::start().await;
    world.customer_writes(json!({"wa_id": OLD, "bsuid": "US.8101"}), OLD).await;
    let before = world.contact_by(phone(OLD)).await;
    assert_eq!(world.answer_to(&before).await.body["to"], format!("+{OLD}"));

    let change = json!({"from": OLD, "message": {"type": "user_changed_number", "wa_id": NEW, "bsuid": "US.8102"}});
    world.simulator().inbound(serde_json::from_value(change).unwrap()).unwrap();
    world.settle().await;
    let contact = world.contact_by(phone(NEW)).await;
    assert_eq!(contact["id"], before["id"]);
    assert_eq!(identities(&contact, "wa_id"), [OLD, NEW], "the old number still leads to them");
    assert_eq!(identities(&contact, "bsuid"), ["US.8101", "US.8102"]);
    let thread = world.thread(&world.conversation_of(&contact).await).await;
    assert_eq!((&thread[0]["type"], &thread[0]["system"]["type"]), (&json!("system"), &json!("user_changed_number")));

    // The old number may be somebody else's by now: nothing of ours may go there.
    world.customer_writes(json!({"wa_id": NEW}), NEW).await;
    assert_eq!(world.answer_to(&contact).await.body["to"], format!("+{NEW}"));
    world.written_by(both(OLD, "US.8101"), "wamid.late").await;
    assert!(the_thread(&world).await.contains(&"wamid.late".to_owned()), "what was on its way still comes here");
    assert_eq!(world.answer_to(&contact).await.body["to"], format!("+{NEW}"), "and changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_comes_back_is_written_to_again() {
    let world = World::start().await;
    world.customer_writes(json!({"wa_id": OLD, "bsuid": "US.8201"}), OLD).await;
    for (index, (from, to)) in [(OLD, NEW), (NEW, OLD)].into_iter().enumerate() {
        world.system(&format!("wamid.{index}"), phone(from), json!({"type": "user_changed_number", "wa_id": to})).await;
        let contact = world.contact_by(phone(to)).await;
        world.customer_writes(json!({"wa_id": to, "without_bsuid": true}), to).await;
        assert_eq!(world.answer_to(&contact).await.body["to"], format!("+{to}"));
    }
    assert_eq!(world.contacts().await.len(), 1);
}

/// The forms in which Meta tells of a new user id, from the fullest to the barest.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_a_new_user_id_is_the_same_person() {
    let world = World::start().await;
    let body = |name: &str, old: &str, new: &str| format!("User {name} changed from {old} to {new}");
    let kind = "user_changed_user_id";
    for (index, (named, system)) in [
        (user("US.8300"), json!({"type": kind, "user_id": "US.9300", "previous_user_id": "US.8300"})),
        (
            both("16505558301", "US.8301"),
            json!({"type": kind, "user_id": "US.9301", "body": body("Ann", "US.8301", "US.9301")}),
        ),
        (user("US.8302"), json!({"type": kind, "body": body("Bo.B US.1", "US.8302", "US.9302")})),
        (
            user("US.8303"),
            json!({"type": kind, "user_id": "US.9303", "previous_user_id": "US.8303", "wa_id": "16505558303"}),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        world.written_by(named, &format!("wamid.{index}.1")).await;
        let before = world.contact_by(named).await;
        // Only the last two ids of the body, or the members, say who it was: nobody is named as the sender.
        world.system(&format!("wamid.{index}.2"), super::people::Named::default(), system.clone()).await;
        let (old, new) = (format!("US.830{index}"), format!("US.930{index}"));
        world.written_by(user(&new), &format!("wamid.{index}.3")).await;
        world.written_by(user(&old), &format!("wamid.{index}.4")).await;

        let contact = world.contact_by(user(&new)).await;
        assert_eq!(contact["id"], before["id"], "{system}");
        assert_eq!(contact["id"], world.contact_by(user(&old)).await["id"], "{system}");
        assert_eq!(identities(&contact, "bsuid"), [old, new], "{system}");
        assert_eq!(world.thread(&world.conversation_of(&contact).await).await.len(), 4, "{system}");
        assert_eq!(contact["merge_proposals"], json!([]), "{system}");
    }
    assert_eq!(world.contacts().await.len(), 4);
}

/// With a new user id comes a new number, which WhatsApp does not tell: the old one is not written to.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_whose_new_number_is_hidden_is_written_to_by_user_id() {
    let world = World::start().await;
    world.customer_writes(json!({"wa_id": OLD, "bsuid": "US.8401"}), OLD).await;
    let contact = world.contact_by(phone(OLD)).await;
    let system = json!({"type": "user_changed_user_id", "user_id": "US.8402", "previous_user_id": "US.8401"});
    world.system("wamid.change", user("US.8401"), system).await;
    world.customer_writes(json!({"bsuid": "US.8402", "phone_hidden": true, "wa_id": NEW}), "US.8402").await;
    let send = world.answer_to(&contact).await;
    assert_eq!((&send.body["recipient"], send.body.get("to")), (&json!("US.8402"), None));
    let contact = world.contact_by(user("US.8402")).await;
    for identity in contact["identities"].as_array().unwrap() {
        assert_eq!(identity["is_former"], identity["value"] != "US.8402", "{identity}");
    }
}

/// What a webhook says at first sight of somebody whom we never met under the old number.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_somebody_unknown_makes_one_contact() {
    let world = World::start().await;
    world
        .system("wamid.change", phone(OLD), json!({"type": "user_changed_number", "wa_id": NEW, "user_id": "US.8501"}))
        .await;
    world.written_by(both(NEW, "US.8501"), "wamid.new").await;
    world.written_by(phone(OLD), "wamid.old").await;
    assert_eq!(the_thread(&world).await, ["wamid.change", "wamid.new", "wamid.old"]);
}

fn proposals(contact: &Value) -> Vec<&str> {
    contact["merge_proposals"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect()
}

/// The new number is somebody else's contact already: a person decides, and nothing is merged in silence.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_number_that_is_taken_is_a_proposal_to_merge() {
    let world = World::start().await;
    world.written_by(phone(OLD), "wamid.old").await;
    world.written_by(phone(NEW), "wamid.new").await;
    for wamid in ["wamid.change", "wamid.change", "wamid.change.again"] {
        world.system(wamid, phone(OLD), json!({"type": "user_changed_number", "wa_id": NEW})).await;
    }
    let (old, new) = (world.contact_by(phone(OLD)).await, world.contact_by(phone(NEW)).await);
    assert_ne!(old["id"], new["id"]);
    assert_eq!(proposals(&old), [new["id"].as_str().unwrap()], "each once, however often it is told");
    assert_eq!(proposals(&new), [old["id"].as_str().unwrap()]);
    assert_eq!((identities(&old, "wa_id"), identities(&new, "wa_id")), (vec![OLD.to_owned()], vec![NEW.to_owned()]));
    let threads = [&old, &new].map(|contact| async { world.thread(&world.conversation_of(contact).await).await.len() });
    let [old_thread, new_thread] = threads;
    assert_eq!((old_thread.await, new_thread.await), (3, 1), "the threads stay apart");
}

/// A webhook names the user id of one and the number of another: the user id is the stronger.
#[tokio::test(flavor = "multi_thread")]
async fn ids_of_two_people_in_one_message_are_a_proposal_to_merge() {
    let world = World::start().await;
    world.written_by(user("US.8601"), "wamid.user").await;
    world.written_by(phone("16505558601"), "wamid.phone").await;
    world.written_by(both("16505558601", "US.8601"), "wamid.both").await;
    let (by_user, by_phone) = (world.contact_by(user("US.8601")).await, world.contact_by(phone("16505558601")).await);
    assert_ne!(by_user["id"], by_phone["id"]);
    assert_eq!(proposals(&by_user), [by_phone["id"].as_str().unwrap()]);
    assert_eq!(proposals(&by_phone), [by_user["id"].as_str().unwrap()]);
    let thread = world.thread(&world.conversation_of(&by_user).await).await;
    assert!(thread.iter().any(|message| message["wamid"] == "wamid.both"));
    // Neither has taken what is the other's.
    assert!(identities(&by_user, "wa_id").is_empty() && identities(&by_phone, "bsuid").is_empty());
}
