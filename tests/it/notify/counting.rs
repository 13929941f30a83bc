//! What is counted for whom.
use serde_json::json;

use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now, text};

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_a_conversation_are_one_notification_that_counts() {
    let world = World::start().await;
    let (uma, vic) = (world.hire_agent("Uma").await, world.hire_agent("Vic").await);
    let conversation = world.handed(ANN, json!({"user_id": uma.id})).await;
    assert!(world.unopened_by(&uma).await.is_empty(), "it was written before it was theirs");
    world.asks(ANN, "wamid.2").await;
    world.asks(ANN, "wamid.3").await;
    world.asks(ANN, "wamid.3").await;
    let unopened = world.unopened_by(&uma).await;
    assert_eq!(unopened.len(), 1, "{unopened:?}");
    let one = &unopened[0];
    assert_eq!((&one["count"], &one["conversation_id"]), (&json!(2), &conversation["id"]), "twice is once");
    assert_eq!((&one["state"], &one["contact_id"]), (&json!("unopened"), &conversation["contact_id"]));
    assert!(one["first_at"].as_str() <= one["last_at"].as_str(), "{one}");
    assert!(!one.to_string().contains("Secret"), "{one}");
    assert!(world.unopened_by(&vic).await.is_empty(), "nobody else is told");
    let listed = world.on_behalf(&uma, "GET", "/v1/notifications", None).await.body;
    assert_eq!(listed["unopened"], 2, "the message, and that the conversation was given: {listed}");
}

/// What was there when somebody looked is not told again, however late it is told.
#[tokio::test(flavor = "multi_thread")]
async fn an_opened_or_dismissed_one_begins_anew() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    world.handed(ANN, json!({"user_id": uma.id})).await;
    for (round, what, state) in [(1, "open", "opened"), (2, "dismiss", "dismissed")] {
        let wamid = format!("wamid.round.{round}");
        world.asks(ANN, &wamid).await;
        let one = world.unopened_by(&uma).await.remove(0);
        assert_eq!(one["count"], 1, "{one}");
        let done = world.handles(&uma, &one, what, None).await;
        assert_eq!((done.status, &done.body["state"]), (200, &json!(state)));
        assert_eq!(world.handles(&uma, &one, what, None).await.body, done.body, "once more changes nothing");
        world.asks(ANN, &wamid).await;
        assert!(world.unopened_by(&uma).await.is_empty(), "that message was there");
        assert_eq!(world.notices(&uma, state, "message").await.len(), 1);
    }
    // A task that comes late tells of a message that the user could see when they looked.
    let hold = world.stack.hold("NotifyFunction");
    world.deliver(&world.asked(ANN, "wamid.late")).await;
    world.settle().await;
    let one = world.notices(&uma, "dismissed", "message").await.remove(0);
    let path = format!("/v1/notifications/{}/open", one["id"].as_str().unwrap());
    assert_eq!(world.on_behalf(&uma, "POST", &path, None).await.status, 200);
    drop(hold);
    world.settle().await;
    assert!(world.unopened_by(&uma).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_member_of_a_group_has_their_own() {
    let world = World::start().await;
    let (sales, support) = (world.found_team("Sales").await, world.found_team("Support").await);
    let uma = world.hire("Uma", "agent", "group", &[&sales]).await;
    let vic = world.hire("Vic", "agent", "all", &[&sales]).await;
    let own = world.hire("Own", "agent", "own", &[&sales]).await;
    let other = world.hire("Other", "agent", "group", &[&support]).await;
    world.handed(ANN, json!({"group_id": sales})).await;
    world.asks(ANN, "wamid.2").await;
    let (umas, vics) = (world.unopened_by(&uma).await, world.unopened_by(&vic).await);
    assert_eq!((umas.len(), vics.len()), (1, 1));
    assert_ne!(umas[0]["id"], vics[0]["id"]);
    assert_eq!(world.handles(&uma, &umas[0], "open", None).await.status, 200);
    assert_eq!((world.unopened_by(&uma).await.len(), world.unopened_by(&vic).await.len()), (0, 1));
    assert_eq!(world.handles(&uma, &vics[0], "open", None).await.status, 404, "nobody reaches another's");
    // Whose reach is their own does not see what is the group's (P45).
    assert!(world.unopened_by(&own).await.is_empty() && world.unopened_by(&other).await.is_empty());
    let inactive = world.call("PATCH", &format!("/v1/users/{}", vic.id), Some(json!({"is_active": false}))).await;
    assert_eq!(inactive.status, 200, "{}", inactive.body);
    world.asks(ANN, "wamid.3").await;
    assert_eq!(world.unopened_by(&uma).await[0]["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_is_told_to_whom_the_settings_say() {
    let world = World::start().await;
    let admin = world.hire("Ada", "admin", "all", &[]).await;
    let agent = world.hire("Uma", "agent", "all", &[]).await;
    world.asks(ANN, "wamid.1").await;
    assert!(world.unopened_by(&admin).await.is_empty());
    world.settle_on(json!({"notifications": {"unassigned": "admins"}})).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    world.asks(ANN, "wamid.2").await;
    assert_eq!(world.unopened_by(&admin).await.len(), 1);
    assert!(world.unopened_by(&agent).await.is_empty());
    assert_eq!(world.events("settings.updated").await[0]["data"]["sections"], json!(["notifications"]));
}

/// A contact has an owner also while nobody has the conversation.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_is_told_to_the_owner_of_the_contact_who_sees_it() {
    let world = World::start().await;
    let (uma, vic) = (world.hire("Uma", "agent", "all", &[]).await, world.hire_agent("Vic").await);
    let own = world.hire("Own", "agent", "own", &[]).await;
    world.asks(ANN, "wamid.1").await;
    let conversation = world.conversation_with(ANN).await;
    let path = format!("/v1/contacts/{}", conversation["contact_id"].as_str().unwrap());
    for (number, owner) in [&uma, &own].into_iter().enumerate() {
        let owned = world.call("PATCH", &path, Some(json!({"owner": {"user_id": owner.id}}))).await;
        assert_eq!(owned.status, 200, "{}", owned.body);
        world.asks(ANN, &format!("wamid.owned.{number}")).await;
    }
    assert_eq!(world.unopened_by(&uma).await[0]["count"], 1);
    assert!(world.unopened_by(&own).await.is_empty() && world.unopened_by(&vic).await.is_empty());
    let assign = format!("/v1/conversations/{}/assign", conversation["id"].as_str().unwrap());
    assert_eq!(world.call("PATCH", &path, Some(json!({"owner": {"user_id": uma.id}}))).await.status, 200);
    assert_eq!(world.post(&assign, json!({"user_id": vic.id})).await.status, 200);
    world.asks(ANN, "wamid.given").await;
    assert_eq!(world.unopened_by(&uma).await[0]["count"], 1, "it is Vic's by now");
    assert_eq!(world.unopened_by(&vic).await.len(), 1);
}

/// P44: somebody who left, groups in which nobody is or nobody sees it, a group that is gone, a role that nobody has any more.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_is_there_for_is_told_as_what_nobody_has() {
    let world = World::start().await;
    let admin = world.hire("Ada", "admin", "all", &[]).await;
    let (uma, vic) = (world.hire_agent("Uma").await, world.hire_agent("Vic").await);
    let ida = world.hire("Ida", "integration", "all", &[]).await;
    let (empty, former) = (world.found_team("Empty").await, world.found_team("Former").await);
    let apart = world.found_team("Apart").await;
    let own = world.hire("Own", "agent", "own", &[&apart]).await;
    let conversation = world.handed(ANN, json!({"user_id": vic.id})).await;
    let assign = format!("/v1/conversations/{}/assign", conversation["id"].as_str().unwrap());
    world.settle_on(json!({"notifications": {"unassigned": "admins"}})).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let left = Some(json!({"is_active": false}));
    let cases = [
        (json!({"user_id": uma.id}), "PATCH", format!("/v1/users/{}", uma.id), left.clone(), 200),
        (json!({"group_id": empty}), "GET", format!("/v1/groups/{empty}"), None, 200),
        (json!({"group_id": apart}), "GET", format!("/v1/groups/{apart}"), None, 200),
        (json!({"group_id": former}), "DELETE", format!("/v1/groups/{former}"), None, 204),
        (json!({"role": "integration"}), "PATCH", format!("/v1/users/{}", ida.id), left, 200),
    ];
    for (number, (assignee, method, path, body, status)) in cases.into_iter().enumerate() {
        let given = world.post(&assign, assignee.clone()).await;
        assert_eq!(given.status, 200, "{}", given.body);
        world.settle().await;
        let gone = world.call(method, &path, body).await;
        assert_eq!(gone.status, status, "{}", gone.body);
        world.asks(ANN, &format!("wamid.{number}")).await;
        let told = world.unopened_by(&admin).await;
        assert_eq!((told.len(), &told[0]["count"]), (1, &json!(1)), "{assignee}");
        assert!(world.unopened_by(&own).await.is_empty() && world.unopened_by(&vic).await.is_empty());
        assert_eq!(world.handles(&admin, &told[0], "open", None).await.status, 200);
    }
    assert!(world.notices(&admin, "unopened", "assignment").await.is_empty(), "it was not given to them");
    for (assignee, told) in [(json!({"user_id": null}), 1), (json!({"user_id": vic.id}), 0)] {
        assert_eq!(world.post(&assign, json!({"group_id": empty})).await.status, 200);
        world.asks(ANN, &format!("wamid.told.{told}")).await;
        assert_eq!(world.unopened_by(&admin).await.len(), 1);
        assert_eq!(world.post(&assign, assignee.clone()).await.status, 200);
        world.settle().await;
        assert_eq!(world.unopened_by(&admin).await.len(), told, "taken back once somebody has it: {assignee}");
    }
}

/// P44: else nobody would answer.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_active_is_given_nothing() {
    let world = World::start().await;
    let (uma, sales) = (world.hire_agent("Uma").await, world.found_team("Sales").await);
    let conversation = world.handed(ANN, json!({"group_id": sales})).await;
    let user = format!("/v1/users/{}", uma.id);
    let to = json!({"user_id": uma.id});
    let of = |list: &str, id: &str, end: &str| format!("/v1/{list}/{}{end}", conversation[id].as_str().unwrap());
    for is_active in [false, true] {
        assert_eq!(world.call("PATCH", &user, Some(json!({"is_active": is_active}))).await.status, 200);
        for (method, path, body, field) in [
            ("POST", of("conversations", "id", "/assign"), to.clone(), "body"),
            ("POST", of("conversations", "id", "/hand-over"), json!({"to": to}), "to"),
            ("PATCH", of("contacts", "contact_id", ""), json!({"owner": to}), "owner"),
            ("PATCH", of("channels", "channel_id", ""), json!({"assign_to": to}), "assign_to"),
        ] {
            let answer = world.call(method, &path, Some(body)).await;
            if is_active {
                assert_eq!(answer.status, 200, "{path}: {}", answer.body);
                continue;
            }
            let error = &answer.body["errors"][0];
            assert_eq!((answer.status, &error["field"]), (422, &json!(field)), "{path}: {}", answer.body);
            assert!(error["message"].as_str().unwrap().ends_with("who is not active"), "{error}");
        }
    }
}

/// P41, P43: what did not just come from a customer notifies nobody.
#[tokio::test(flavor = "multi_thread")]
async fn reactions_and_old_messages_tell_nobody() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    world.handed(ANN, json!({"user_id": uma.id})).await;
    let mut reaction = text(ANN, "wamid.r", now(), "");
    reaction["type"] = json!("reaction");
    reaction["reaction"] = json!({"message_id": format!("wamid.first.{ANN}"), "emoji": "👍"});
    world.deliver_and_settle(&world.messages_webhook(world.value(json!({"messages": [reaction]})))).await;
    let mut echo = text("15550100200", "wamid.e", now(), "From the phone");
    echo["to"] = json!(ANN);
    let echoes = world.value(json!({"message_echoes": [echo]}));
    let body = crate::world::webhooks::entry(&world, &[("smb_message_echoes", echoes)]);
    world.deliver_and_settle(&crate::world::webhooks::webhook(&[body])).await;
    assert!(world.unopened_by(&uma).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_given_a_conversation_is_told_and_who_loses_it_no_more() {
    let world = World::start().await;
    let (uma, vic) = (world.hire_agent("Uma").await, world.hire_agent("Vic").await);
    let conversation = world.handed(ANN, json!({"user_id": uma.id})).await;
    world.asks(ANN, "wamid.2").await;
    let given = world.notices(&uma, "unopened", "assignment").await;
    assert_eq!((given.len(), &given[0]["count"], &given[0]["conversation_id"]), (1, &json!(1), &conversation["id"]));
    world.handed(ANN, json!({"user_id": vic.id})).await;
    assert_eq!(world.notices(&vic, "unopened", "assignment").await.len(), 1);
    assert!(world.unopened_by(&uma).await.is_empty(), "out of their sight (P45)");
    assert_eq!(world.on_behalf(&uma, "GET", "/v1/notifications", None).await.body["unopened"], 0, "and of their count");
    world.asks(ANN, "wamid.3").await;
    assert_eq!((world.unopened_by(&uma).await.len(), world.unopened_by(&vic).await.len()), (0, 1));
    let path = format!("/v1/notifications/{}", given[0]["id"].as_str().unwrap());
    assert_eq!(world.on_behalf(&uma, "GET", &path, None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_what_they_did_themselves() {
    let world = World::start().await;
    let sales = world.found_team("Sales").await;
    let uma = world.hire("Uma", "agent", "all", &[&sales]).await;
    let vic = world.hire("Vic", "agent", "all", &[&sales]).await;
    world.asks(ANN, "wamid.1").await;
    let conversation = world.conversation_with(ANN).await;
    let path = |what: &str| format!("/v1/conversations/{}/{what}", conversation["id"].as_str().unwrap());
    // Each gives it away first, so that the next has something to take.
    for (who, what, body, told) in [
        (&uma, "assign", json!({"user_id": uma.id}), [0, 0]),
        (&vic, "assign", json!({"user_id": uma.id}), [0, 0]),
        (&vic, "pick-up", json!({"force": true}), [0, 0]),
        (&uma, "hand-over", json!({"to": {"user_id": uma.id}, "note": "Mine, @Uma"}), [0, 0]),
        (&uma, "assign", json!({"group_id": sales}), [0, 1]),
        (&vic, "pick-up", json!({"force": false}), [0, 1]),
        (&vic, "assign", json!({"user_id": uma.id}), [1, 0]),
    ] {
        let answer = world.on_behalf(who, "POST", &path(what), Some(body.clone())).await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.body);
        world.settle().await;
        let given = async |who| world.notices(who, "unopened", "assignment").await.len();
        assert_eq!([given(&uma).await, given(&vic).await], told, "{what} {body}");
    }
    for who in [&uma, &vic] {
        assert!(world.notices(who, "unopened", "mention").await.is_empty(), "the note was one's own");
    }
}

/// What is told is taken back from whom a conversation was given to; others lose it from their sight by other ways.
#[tokio::test(flavor = "multi_thread")]
async fn what_left_the_sight_is_not_counted() {
    let world = World::start().await;
    let sales = world.found_team("Sales").await;
    let uma = world.hire("Uma", "agent", "group", &[&sales]).await;
    let vic = world.hire("Vic", "agent", "own", &[&sales]).await;
    let other = world.hire_agent("Other").await;
    let conversation = world.handed(ANN, json!({"user_id": vic.id})).await;
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    let note = json!({"body": "Please look", "mentions": [uma.id]});
    assert_eq!(world.on_behalf(&vic, "POST", &format!("{path}/notes"), Some(note)).await.status, 201);
    world.settle().await;
    let unopened = async || {
        let list = world.on_behalf(&uma, "GET", "/v1/notifications", None).await.body;
        (list["items"].as_array().unwrap().len(), list["unopened"].as_u64().unwrap())
    };
    assert_eq!(unopened().await, (1, 1), "the mention");
    for (assignee, count) in [(&other, 0), (&vic, 1)] {
        let answer = world.post(&format!("{path}/assign"), json!({"user_id": assignee.id})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        world.settle().await;
        let seen = usize::try_from(count).unwrap();
        assert_eq!(unopened().await, (seen, count));
    }
    let alone = world.call("PATCH", &format!("/v1/users/{}", uma.id), Some(json!({"groups": []}))).await;
    assert_eq!(alone.status, 200, "{}", alone.body);
    assert_eq!(unopened().await, (0, 0), "who left the group does not see it any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_note_names_is_told_if_they_see_it() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    let (vic, blind) = (world.hire("Vic", "agent", "all", &[]).await, world.hire_agent("Blind").await);
    let conversation = world.handed(ANN, json!({"user_id": uma.id})).await;
    let path = format!("/v1/conversations/{}/notes", conversation["id"].as_str().unwrap());
    let note = json!({"body": "Please look", "mentions": [uma.id, vic.id]});
    let answer = world.on_behalf(&uma, "POST", &path, Some(note)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    world.settle().await;
    let mentions = world.notices(&vic, "unopened", "mention").await;
    assert_eq!((mentions.len(), &mentions[0]["conversation_id"]), (1, &conversation["id"]));
    assert!(world.notices(&uma, "unopened", "mention").await.is_empty(), "it is their own");
    assert!(world.notices(&blind, "unopened", "mention").await.is_empty());
}

/// A function that dies between its writes, and a batch of the stream that is told again.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_on_the_way_counts_nothing_twice() {
    use local::aws::{Fault, FaultAction};
    let world = World::start().await;
    let sales = world.found_team("Sales").await;
    let uma = world.hire("Uma", "agent", "group", &[&sales]).await;
    let vic = world.hire("Vic", "agent", "group", &[&sales]).await;
    world.handed(BOB, json!({"group_id": sales})).await;
    for (function, operation) in [("NotifyFunction", "PutItem"), ("EventRelayFunction", "SendMessageBatch")] {
        world.stack.aws().faults().add(Fault {
            function: function.to_owned(),
            operation: Some(operation.to_owned()),
            nth: 1,
            times: 1,
            action: FaultAction::KillAfterExecuting,
        });
    }
    world.asks(BOB, "wamid.2").await;
    assert!(world.stack.aws().faults().pending().is_empty());
    for person in [&uma, &vic] {
        assert_eq!(world.unopened_by(person).await[0]["count"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_a_user_has_none() {
    let world = World::start().await;
    let answer = world.call("GET", "/v1/notifications", None).await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body["type"].as_str().unwrap().ends_with("/user-needed"));
}

/// What being told costs beside the message: a row for whoever is told, and nothing on the inbound path.
#[tokio::test(flavor = "multi_thread")]
async fn a_further_message_costs_one_write_for_each_who_is_told() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    world.handed(ANN, json!({"user_id": uma.id})).await;
    world.asks(ANN, "wamid.2").await;
    drop(world.stack.aws().meter().take());
    world.asks(ANN, "wamid.3").await;
    let taken = world.stack.aws().meter().take();
    let of = |function: &str| {
        let used = taken.iter().filter(|((name, _), _)| name == function).map(|(_, usage)| usage);
        used.fold((0.0, 0.0), |(table, index), usage| {
            (table + usage.table_write_units, index + usage.index_write_units)
        })
    };
    let (table, index) = of("NotifyFunction");
    // The minute may have changed in between.
    assert!(table == 1.0 && index <= 2.0, "{table} and {index}");
    let (table, index) = of("InboundApplyFunction");
    assert!(table <= 2.0 && index <= 4.0, "{table} and {index}");
}
