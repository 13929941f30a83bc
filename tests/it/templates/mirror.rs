//! The mirror of Meta's list: whole, marked, counted, shown while it runs, and asked for by whoever has a reason (P35).
use std::time::{Duration, Instant};

use domain::template::GATHER;
use serde_json::{Value, json};
use simulator::{Act, Fault, FaultOrder, Operation, TemplateOrder};

use super::scenes::template;
use crate::world::World;

fn list_fault(fault: Fault) -> FaultOrder {
    FaultOrder::from(fault).on(Operation::MessageTemplates)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_mirrored_to_its_end_and_what_it_lacks_is_marked() {
    let world = World::start().await;
    for n in 0..130 {
        world.listed(template(&format!("t{n:03}"), "APPROVED"));
    }
    let first = world.synced().await;
    assert_eq!((&first["listed"], &first["added"], &first["pages"]), (&json!(131), &json!(130), &json!(2)), "{first}");
    assert_eq!(world.mirrored().await.len(), 131);

    world.unlisted("t007");
    world.listed(template("t008", "PAUSED"));
    world.listed(template("fresh", "PENDING"));
    let second = world.synced().await;
    let counts = ["listed", "added", "changed", "deleted", "failed"].map(|name| second[name].as_u64().unwrap());
    assert_eq!((second["state"].as_str(), counts), (Some("done"), [131, 1, 1, 1, 0]), "{second}");
    let mirrored = world.mirrored().await;
    assert_eq!((&mirrored["t007"]["status"], &mirrored["t008"]["status"]), (&json!("DELETED"), &json!("PAUSED")));
    assert_eq!((mirrored.len(), &mirrored["fresh"]["status"]), (132, &json!("PENDING")));
    let course = world.template_shown("t008").await["course"].clone();
    assert_eq!((&course[0]["value"], &course[0]["source"]), (&json!("PAUSED"), &json!("sync")));

    let told = world.events("template.status_changed").await;
    assert_eq!(told.len(), 2, "each change once: {told:?}");
    let paused = told.iter().find(|event| event["data"]["name"] == "t008").unwrap();
    for member in ["template_id", "meta_id", "language", "waba_id"] {
        assert!(paused["data"][member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {paused}");
    }
    let third = world.synced().await;
    let counts = ["added", "changed", "deleted"].map(|name| third[name].as_u64().unwrap());
    assert_eq!(counts, [0, 0, 0], "what is marked stays marked and is not counted again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_fails_is_read_again_and_a_list_that_fails_changes_nothing() {
    let mut world = World::hasty().await;
    for n in 0..250 {
        world.listed(template(&format!("t{n:03}"), "APPROVED"));
    }
    world.synced().await;
    world.listed(template("t001", "PAUSED"));
    world.listed(template("t249", "PAUSED"));

    // The second page is refused for good: a half list is no list.
    let refused = Fault::Answer { status: 400, body: json!({"error": {"message": "no", "code": 131_059}}) };
    world.simulator().add_fault(list_fault(Fault::Slow { delay_ms: 1 }));
    world.simulator().add_fault(list_fault(refused));
    let good_at = world.sync_row().await["last_good_at"].clone();
    let failed = world.synced().await;
    assert_eq!((&failed["state"], &failed["last_good_at"]), (&json!("failed"), &good_at), "{failed}");
    assert!(failed["problem"].as_str().unwrap().contains("131059"), "{failed}");
    let mirrored = world.mirrored().await;
    assert!(mirrored.values().all(|template| template["status"] == "APPROVED"), "nothing of it was taken over");

    // What passes is asked for again, page by page.
    for fault in [Fault::error(80_007), Fault::BadGateway { accepted: false }, Fault::Reset { accepted: false }] {
        world.simulator().add_fault(list_fault(fault));
    }
    let done = world.synced().await;
    assert_eq!(
        (&done["state"], &done["changed"], &done["problem"]),
        (&json!("done"), &json!(2), &Value::Null),
        "{done}"
    );

    // What lasts is asked for again by the queue, and ends where a person sees it.
    world.simulator().add_fault(list_fault(Fault::error(80_007)).times(100));
    let throttled = world.synced().await;
    assert_eq!(throttled["state"], "failed", "{throttled}");
    assert!(throttled["problem"].as_str().unwrap().contains("80007"), "{throttled}");
    world.expect_dead_letters(1);
    world.simulator().clear_faults();
    assert_eq!(world.synced().await["state"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_rotated_in_the_middle_of_a_list_is_read_again() {
    let world = World::start().await;
    for n in 0..150 {
        world.listed(template(&format!("t{n:03}"), "APPROVED"));
    }
    world.simulator().add_fault(list_fault(Fault::Slow { delay_ms: 1_500 }));
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    tokio::time::sleep(Duration::from_millis(700)).await;
    world.revoke_token("EAAnext");
    world.store_token("EAAnext");
    world.settle().await;
    let done = world.sync_row().await;
    assert_eq!((&done["state"], &done["listed"]), (&json!("done"), &json!(151)), "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_shows_how_far_it_is_while_it_runs() {
    let world = World::start().await;
    for n in 0..350 {
        world.listed(template(&format!("t{n:03}"), "APPROVED"));
    }
    world.simulator().add_fault(list_fault(Fault::Slow { delay_ms: 600 }).times(4));
    let asked = world.post("/v1/templates/sync", json!({})).await;
    assert_eq!(asked.body["items"][0]["state"], "requested", "{}", asked.body);
    let (mut seen, begun) = (Vec::new(), Instant::now());
    while begun.elapsed() < Duration::from_secs(30) {
        let sync = world.sync_row().await;
        if sync["state"] == "running" {
            assert!(sync["finished_at"].is_null() && sync["started_at"].is_string(), "{sync}");
            let is_half = (1..=3).contains(&sync["pages"].as_u64().unwrap());
            let shows = world.mirrored().await.contains_key("t000");
            assert!(!is_half || !shows || world.sync_row().await["pages"] == 4, "it shows before all of it is read");
            seen.push((sync["pages"].as_u64().unwrap(), sync["listed"].as_u64().unwrap()));
        }
        if sync["state"] == "done" && !seen.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    seen.dedup();
    assert!(seen.is_sorted() && seen.contains(&(1, 100)) && seen.contains(&(2, 200)), "{seen:?}");
    assert_eq!(world.mirrored().await.len(), 351);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_and_every_wish_are_answered_and_many_wishes_make_few_syncs() {
    let world = World::start().await;
    world.listed(template("fresh", "APPROVED"));
    assert_eq!(world.stack.tick("template-sync").await.unwrap(), json!({"requested": 1}));
    world.settle().await;
    assert!(world.mirrored().await.contains_key("fresh"), "by schedule");

    // Each list that is read takes a second, and uses up one of these.
    let budget = 1_000;
    world.simulator().add_fault(list_fault(Fault::Slow { delay_ms: 1_000 }).times(budget));
    let read = |world: &World| budget - world.simulator().faults()[0].times;
    let begun = Instant::now();
    for n in 0..40 {
        let score = if n % 2 == 0 { "GREEN" } else { "YELLOW" };
        world.play("fresh", Act::Quality { score: score.into() });
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    world.settle().await;
    let (lists, took) = (read(&world), begun.elapsed());
    // One at once, one for the last of them, and one for each time that they were gathered for.
    let most = 2 + u32::try_from(took.as_millis() / GATHER.as_millis()).unwrap();
    assert!((1..=most).contains(&lists), "40 webhooks in {took:?} made {lists} syncs");

    let (before, begun) = (read(&world), Instant::now());
    let asked = (0..12).map(|_| world.post("/v1/templates/sync", json!({})));
    assert!(futures::future::join_all(asked).await.iter().all(|answer| answer.status == 202));
    let took = begun.elapsed();
    world.settle().await;
    let lists = read(&world) - before;
    // One at once, one for those that came while it was read, and one for each second more.
    let most = 2 + u32::try_from(took.as_secs()).unwrap();
    assert!((1..=most).contains(&lists), "12 wishes in {took:?} made {lists} syncs");
    assert_eq!(world.sync_row().await["state"], "done");
}

/// What a webhook says while a list is on its way is later than the list.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_not_undone_by_a_list_that_was_begun_before_it() {
    let world = World::start().await;
    world.listed(template("order", "APPROVED"));
    world.listed(template("gone", "APPROVED"));
    world.synced().await;
    // The list is made up now, and comes late.
    world.simulator().add_fault(list_fault(Fault::Slow { delay_ms: 2_500 }));
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    while world.sync_row().await["state"] != "running" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    world.play("order", Act::Pause { for_ms: None, by_rate: false });
    world.play("gone", Act::Delete);
    world.template_shows("order", |template| template["status"] == "PAUSED").await;
    while world.sync_row().await["state"] == "running" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mirrored = world.mirrored().await;
    let statuses = ["order", "gone"].map(|name| mirrored[name]["status"].as_str().unwrap());
    assert_eq!(statuses, ["PAUSED", "DELETED"], "the list had both of them approved");
    world.settle().await;
    let mirrored = world.mirrored().await;
    assert_eq!(["order", "gone"].map(|name| mirrored[name]["status"].as_str().unwrap()), ["PAUSED", "DELETED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_account_has_a_sync_of_its_own() {
    let world = World::start().await;
    let body = json!({
        "phone_number_id": "700", "waba_id": "701", "display_phone_number": "+1 555 0700", "nickname": "Second",
        "add_as": "lead",
    });
    assert_eq!(world.post("/v1/channels", body).await.status, 201);
    world.settle().await;
    let syncs = world.get("/v1/templates/syncs").await;
    let states: Vec<_> =
        syncs["items"].as_array().unwrap().iter().map(|one| (&one["waba_id"], &one["state"])).collect();
    // The simulated Meta knows one account only.
    assert!(states.contains(&(&json!("701"), &json!("failed"))), "{syncs}");
    assert!(states.contains(&(&json!(world.channel().waba_id), &json!("done"))), "{syncs}");
    let only = world.post("/v1/templates/sync", json!({"waba_id": world.channel().waba_id})).await;
    assert_eq!(only.body["items"].as_array().unwrap().len(), 1);
    let order = TemplateOrder { template: template("order", "APPROVED"), notify: true };
    world.simulator().put_template(order);
    world.settle().await;
    assert!(world.mirrored().await.contains_key("order"), "a webhook about an unknown template brings it");
}
