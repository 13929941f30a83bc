//! Who has a conversation: assigned, picked up, handed over; closed, labelled; who wrote the last reply.
use serde_json::{Value, json};

use super::{act, problem};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB};

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_take_a_conversation_at_once_one_has_it_and_the_other_is_told() {
    let world = World::start().await;
    let (uma, olaf) = (world.hire("Uma", "agent", "all", &[]).await, world.hire("Olaf", "agent", "all", &[]).await);
    for round in 0..4 {
        let ann = world.wrote(ANN, &format!("wamid.{round}")).await;
        assert_eq!(world.post(&act(&ann, "/assign"), json!({"user_id": null})).await.status, 200);
        let path = act(&ann, "/pick-up");
        let (one, other) = tokio::join!(
            world.call_by(&uma, "POST", &path, Value::Null),
            world.call_by(&olaf, "POST", &path, Value::Null)
        );
        let (won, lost, winner) = if one.status == 200 { (one, other, &uma) } else { (other, one, &olaf) };
        assert_eq!((won.status, lost.status), (200, 409), "{} {}", won.body, lost.body);
        assert_eq!(won.body["assignee"], json!({"user_id": winner.id}));
        assert_eq!((problem(&lost), &lost.body["id"]), ("already-taken", &json!(winner.id)));
        assert_eq!(world.call_by(winner, "POST", &path, Value::Null).await.status, 200, "again is once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_sees_everything_takes_a_conversation_by_force() {
    let world = World::start().await;
    let group = world.found_team("Sales").await;
    let uma = world.hire("Uma", "agent", "all", &[]).await;
    let olaf = world.hire("Olaf", "agent", "group", &[&group]).await;
    let ann = world.wrote(ANN, "wamid.1").await;
    assert_eq!(world.post(&act(&ann, "/assign"), json!({"group_id": group})).await.status, 200);
    let path = act(&ann, "/pick-up");
    let forced = world.call_by(&olaf, "POST", &path, json!({"force": true})).await;
    assert_eq!((forced.status, problem(&forced)), (400, "invalid-input"));
    assert_eq!(world.call_by(&olaf, "POST", &path, Value::Null).await.status, 200);
    assert_eq!(world.call_by(&uma, "POST", &path, Value::Null).await.status, 409);
    let taken = world.call_by(&uma, "POST", &path, json!({"force": true})).await;
    assert_eq!((taken.status, &taken.body["assignee"]), (200, &json!({"user_id": uma.id})));
    assert_eq!(world.call_by(&olaf, "POST", &path, Value::Null).await.status, 404, "it is out of sight");
    let no_user = world.post(&path, json!({})).await;
    assert_eq!((no_user.status, problem(&no_user)), (422, "user-needed"));
    world.settle().await;
    let assigned: Vec<Value> =
        world.events("conversation.assigned").await.into_iter().map(|event| event["data"].clone()).collect();
    let (uma, olaf) = (json!(uma.id), json!(olaf.id));
    let told = [
        json!({"user_id": uma, "before": olaf, "after": uma, "by": uma}),
        json!({"user_id": olaf, "before": group, "after": olaf, "by": olaf}),
        json!({"group_id": group, "before": null, "after": group, "by": "bootstrap"}),
    ];
    assert_eq!(assigned, told, "the latest first");
}

/// P45: what is handed over is the other's, with the note that came with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_handed_over_with_a_note() {
    let world = World::start().await;
    let (uma, olaf) = (world.hire("Uma", "agent", "own", &[]).await, world.hire("Olaf", "agent", "own", &[]).await);
    let ann = world.wrote(ANN, "wamid.1").await;
    assert_eq!(world.post(&act(&ann, "/assign"), json!({"user_id": uma.id})).await.status, 200);
    let path = act(&ann, "/hand-over");
    let over = json!({"to": {"user_id": olaf.id}, "note": "She wants it in blue"});
    assert_eq!(world.call_by(&olaf, "POST", &path, over.clone()).await.status, 404);
    let nobody = world.call_by(&uma, "POST", &path, json!({"to": {"user_id": null}})).await;
    assert_eq!((nobody.status, problem(&nobody)), (400, "invalid-input"));
    for _ in 0..2 {
        let given = world.call_as(&uma.key, "POST", &path, Some(over.clone()), Some("once")).await;
        assert_eq!((given.status, &given.body["assignee"]), (200, &json!({"user_id": olaf.id})), "{}", given.body);
    }
    assert!(world.found_by(&uma, "").await.is_empty());
    assert_eq!(world.found_by(&olaf, "").await, [ann["id"].clone()]);
    let notes = world.get_by(&olaf, &act(&ann, "/notes")).await;
    let notes = notes["items"].as_array().unwrap();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!((&notes[0]["body"], &notes[0]["author"]), (&json!("She wants it in blue"), &json!(uma.id)));
    assert_eq!(notes[0]["mentions"], json!([olaf.id]));
    assert!(world.sends().is_empty());
}

/// A repetition that comes late leaves what others did since.
#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_that_comes_again_takes_the_conversation_from_nobody() {
    let world = World::start().await;
    let (uma, olaf) = (world.hire("Uma", "agent", "all", &[]).await, world.hire("Olaf", "agent", "all", &[]).await);
    let vera = world.hire("Vera", "agent", "all", &[]).await;
    let ann = world.wrote(ANN, "wamid.1").await;
    let (path, over) = (act(&ann, "/hand-over"), json!({"to": {"user_id": olaf.id}, "note": "She wants it in blue"}));
    let hand_over = async || world.call_as(&uma.key, "POST", &path, Some(over.clone()), Some("once")).await;
    let given = hand_over().await;
    assert_eq!((given.status, &given.body["assignee"]), (200, &json!({"user_id": olaf.id})), "{}", given.body);
    let taken = world.call_by(&vera, "POST", &act(&ann, "/pick-up"), json!({"force": true})).await;
    assert_eq!((taken.status, &taken.body["assignee"]), (200, &json!({"user_id": vera.id})), "{}", taken.body);
    for wamid in ["wamid.2", "wamid.3"] {
        let again = hand_over().await;
        assert_eq!((again.status, &again.body["assignee"]), (200, &json!({"user_id": vera.id})), "{}", again.body);
        // Also when the customer was the last to change it.
        assert_eq!(world.post(&act(&ann, "/snooze"), json!({"minutes": 60})).await.status, 200);
        world.wrote(ANN, wamid).await;
    }
    assert_eq!(world.get(&act(&ann, "")).await["assignee"], json!({"user_id": vera.id}));
    assert_eq!(world.get(&act(&ann, "/notes")).await["items"].as_array().unwrap().len(), 1);
}

/// P45: what is given to a role is in sight of whoever has it and sees more than their own, and is told to all of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_given_to_everybody_who_has_a_role() {
    let world = World::start().await;
    let ann = world.wrote(ANN, "wamid.1").await;
    let path = act(&ann, "/assign");
    let to_agents = json!({"role": "agent"});
    let refused = world.post(&path, to_agents.clone()).await;
    assert_eq!((refused.status, problem(&refused)), (422, "unknown-reference"), "nobody has it");
    let uma = world.hire("Uma", "agent", "group", &[]).await;
    let olaf = world.hire("Olaf", "agent", "own", &[]).await;
    let ida = world.hire("Ida", "admin", "all", &[]).await;
    let given = world.post(&path, to_agents.clone()).await;
    assert_eq!((given.status, &given.body["assignee"]), (200, &to_agents), "{}", given.body);
    world.settle().await;
    for (person, told) in [(&uma, 1), (&olaf, 0), (&ida, 0)] {
        assert_eq!(world.notices(person, "unopened", "assignment").await.len(), told, "{}", person.id);
    }
    assert_eq!(world.found_by(&uma, "").await, [ann["id"].clone()]);
    assert_eq!(world.found_by(&uma, "?assignee=agent").await, [ann["id"].clone()]);
    assert!(world.found_by(&olaf, "").await.is_empty());
    assert!(world.found_by(&ida, "?assignee=admin").await.is_empty());
    let taken = world.call_by(&uma, "POST", &act(&ann, "/pick-up"), Value::Null).await;
    assert_eq!((taken.status, &taken.body["assignee"]), (200, &json!({"user_id": uma.id})));
    let up = json!({"to": {"role": "admin"}, "note": "She wants a refund"});
    let over = world.call_by(&uma, "POST", &act(&ann, "/hand-over"), up).await;
    assert_eq!((over.status, &over.body["assignee"]), (200, &json!({"role": "admin"})), "{}", over.body);
    world.settle().await;
    assert_eq!(world.notices(&ida, "unopened", "assignment").await.len(), 1);
    assert!(world.found_by(&uma, "").await.is_empty());
    let told = world.events("conversation.assigned").await;
    assert!(told.iter().any(|event| event["data"]["role"] == "admin" && event["data"]["by"] == uma.id), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_put_on_and_taken_off_and_found_by() {
    let world = World::start().await;
    let (ann, bob) = (world.wrote(ANN, "wamid.1").await, world.wrote(BOB, "wamid.2").await);
    let change = |conversation: &Value, labels: Value| {
        let (world, path) = (&world, act(conversation, ""));
        async move { world.call("PATCH", &path, Some(json!({"labels": labels}))).await }
    };
    let put = change(&ann, json!({"add": ["vip", "needs a call"]})).await;
    assert_eq!((put.status, &put.body["labels"]), (200, &json!(["needs a call", "vip"])), "{}", put.body);
    assert_eq!(change(&bob, json!({"add": ["vip"]})).await.status, 200);
    world.settle().await;
    let found = |label: &'static str| {
        let world = &world;
        async move {
            let found = world.conversations(&format!("?label={label}")).await;
            found.iter().map(|found| found["id"].clone()).collect::<Vec<_>>()
        }
    };
    let vip = found("vip").await;
    assert!(vip.len() == 2 && vip.contains(&ann["id"]) && vip.contains(&bob["id"]), "{vip:?}");
    assert_eq!(found("needs%20a%20call").await, [ann["id"].clone()]);
    let taken = change(&ann, json!({"add": ["late"], "remove": ["vip", "not there"]})).await;
    assert_eq!(taken.body["labels"], json!(["late", "needs a call"]));
    world.settle().await;
    assert_eq!(found("vip").await, [bob["id"].clone()]);
    let many: Vec<String> = (0..20).map(|number| format!("label {number}")).collect();
    let refused = change(&ann, json!({"add": many})).await;
    assert_eq!((refused.status, problem(&refused)), (400, "invalid-input"));
    assert_eq!(world.get(&act(&ann, "")).await["labels"], json!(["late", "needs a call"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_reply_says_who_wrote_it() {
    let world = World::start().await;
    let uma = world.hire("Uma", "agent", "all", &[]).await;
    let ann = world.wrote(ANN, "wamid.1").await;
    assert_eq!(ann["last_reply"], Value::Null);
    let message = json!({
        "channel_id": ann["channel_id"], "to": {"contact_id": ann["contact_id"]}, "type": "text", "text": {"body": "Hi"},
    });
    let sent = world.call_by(&uma, "POST", "/v1/messages", message).await;
    assert_eq!((sent.status, &sent.body["author"]), (202, &json!(uma.id)), "{}", sent.body);
    world.settle().await;
    let replied = world.get(&act(&ann, "")).await;
    assert_eq!((&replied["last_reply"]["author"], &replied["unread"]), (&json!(uma.id), &json!(0)));
    for (query, count) in [("?replied_by=me&replied_within=today", 1), ("?view=sent_today", 1), ("?view=unreplied", 0)]
    {
        assert_eq!(world.found_by(&uma, query).await.len(), count, "{query}");
    }
    world.reply_and_settle(&ann, "And more").await;
    assert_eq!(world.get(&act(&ann, "")).await["last_reply"]["author"], "bootstrap");
    assert!(world.found_by(&uma, "?replied_by=me").await.is_empty());
    assert_eq!(world.found_by(&uma, "?replied_within=1h").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contacts_owner_stands_on_its_conversations() {
    let world = World::start().await;
    let uma = world.hire("Uma", "agent", "all", &[]).await;
    let ann = world.wrote(ANN, "wamid.1").await;
    assert_eq!(ann["owner"], Value::Null);
    let contact = format!("/v1/contacts/{}", ann["contact_id"].as_str().unwrap());
    let owned = world.call("PATCH", &contact, Some(json!({"owner": {"user_id": uma.id}}))).await;
    assert_eq!(owned.status, 200, "{}", owned.body);
    world.settle().await;
    assert_eq!(world.get(&act(&ann, "")).await["owner"], json!({"user_id": uma.id}));
    assert_eq!(world.found_by(&uma, "?owner=me").await, [ann["id"].clone()]);
    assert_eq!(world.call("PATCH", &contact, Some(json!({"owner": {"user_id": null}}))).await.status, 200);
    world.settle().await;
    assert!(world.found_by(&uma, "?owner=me").await.is_empty());
}

/// A conversation that begins has the owner that its contact has already.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_conversation_is_of_its_contacts_owner() {
    let world = World::start().await;
    let uma = world.hire("Uma", "agent", "all", &[]).await;
    let person = json!({"phone": format!("+{ANN}"), "kind": "contact", "owner": {"user_id": uma.id}});
    assert_eq!(world.post("/v1/contacts", person).await.status, 201);
    let ann = world.wrote(ANN, "wamid.1").await;
    assert_eq!(ann["owner"], json!({"user_id": uma.id}));
    assert_eq!(world.found_by(&uma, "?owner=me").await, [ann["id"].clone()]);
}
