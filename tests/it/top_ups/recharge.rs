//! The balance falls, and credit is bought by itself: once, within its cap, and somebody is told.
use serde_json::{Value, json};
use simulator::{EventPlan, Fault, FaultOrder, Operation};

use super::scenes::{TWENTY, VISA};
use crate::world::World;

const FALL: i64 = -16_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_low_balance_buys_once_however_many_see_it() {
    let world = World::start().await;
    world.bought().await;
    world.recharge_at_five(json!({})).await;
    // Two hundred drops at once, of which the last hundred and fifty each see too little.
    let drops = (0..200).map(|_| world.adds(-80_000));
    futures::future::join_all(drops).await;
    world.settle().await;
    assert_eq!(world.charges().len(), 1, "{:?}", world.charges());
    assert_eq!(world.available().await, TWENTY - 16_000_000 + TWENTY);
    let now = world.auto_recharge().await;
    assert_eq!((&now["state"], &now["spent_this_month_micros"]), (&json!("idle"), &json!(TWENTY)), "{now}");
    let kinds: Vec<String> = world.ledger().await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "recharge").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_that_is_low_already_buys_as_soon_as_it_may() {
    let world = World::start().await;
    world.bought().await;
    world.adds(FALL).await;
    world.settle().await;
    assert_eq!(world.charges().len(), 0);
    world.recharge_at_five(json!({})).await;
    assert_eq!(world.charges().len(), 1);
    assert_eq!(world.available().await, 4_000_000 + TWENTY);
    // Far below zero one purchase is not enough, and there is a bound to the purchases of an hour.
    world.adds(-200_000_000).await;
    world.settle().await;
    assert_eq!(world.charges().len(), 3);
    assert_eq!(world.auto_recharge().await["state"], "backing_off");
}

/// The webhook may be faster than the answer, and the answer may never come (P53).
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_counts_once_whether_told_or_answered_or_both() {
    let world = World::hasty().await;
    world.bought().await;
    world.recharge_at_five(json!({})).await;
    let mut credit = TWENTY;
    for (charges, fault, copies) in
        [(1, None, 1), (2, Some(Fault::Slow { delay_ms: 1_500 }), 1), (3, Some(Fault::Reset { accepted: true }), 1)]
    {
        world.tell(Some("payment_intent.succeeded"), EventPlan { copies, ..EventPlan::default() });
        fault.into_iter().for_each(|fault| {
            world.simulator().add_fault(FaultOrder::from(fault).on(Operation::StripeCharges));
        });
        world.adds(-credit + 1_000_000).await;
        world.settle().await;
        credit = 1_000_000 + TWENTY;
        assert_eq!(world.charges().len(), charges);
        assert_eq!(world.available().await, credit);
        world.simulator().clear_event_plans();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_adds_no_more_than_its_cap() {
    let world = World::start().await;
    world.bought().await;
    world.recharge_at_five(json!({"monthly_cap_micros": 2 * TWENTY})).await;
    for charges in [1, 2, 2] {
        world.adds(-world.available().await + 1_000_000).await;
        world.settle().await;
        assert_eq!(world.charges().len(), charges);
    }
    assert_eq!(world.available().await, 1_000_000);
    assert_eq!(world.events("credits.recharge_capped").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_alert_is_told_once_until_the_balance_was_above_it() {
    let world = World::start().await;
    world.bought().await;
    let levels = json!({"enabled": false, "alert_levels_micros": [10_000_000, 2_000_000]});
    world.recharge_at_five(levels).await;
    let mut told: Vec<i64> = Vec::new();
    for (change, news) in [
        (-9_000_000, &[][..]),
        (-2_000_000, &[10_000_000][..]),
        (-1_000_000, &[]),
        (-7_000_000, &[2_000_000]),
        (11_000_000, &[]),
        (-3_000_000, &[10_000_000]),
    ] {
        world.adds(change).await;
        world.settle().await;
        told.extend(news);
        let events = world.events("credits.low").await;
        let mut levels: Vec<i64> = events.iter().map(|event| event["data"]["level_micros"].as_i64().unwrap()).collect();
        levels.sort_unstable();
        told.sort_unstable();
        assert_eq!(levels, told, "after {change}");
    }
    assert_eq!(world.charges(), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_up_is_shown_and_checked() {
    let world = World::start().await;
    let set_up = async |wish: Value| world.call("PUT", "/v1/credits/auto-recharge", Some(wish)).await;
    let good = json!({"enabled": true, "minimum_micros": 5_000_000, "amount_micros": TWENTY});
    let kind = |body: &Value| body["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert_eq!(kind(&set_up(good.clone()).await.body), "no-wallet");
    let unsaved = world.link(json!({})).await;
    world.pay(&unsaved, VISA);
    world.settle().await;
    assert_eq!(kind(&set_up(good.clone()).await.body), "no-saved-card");
    world.bought().await;
    for (member, value) in [
        ("amount_micros", json!(4_000_000)),
        ("amount_micros", json!(20_000_001)),
        ("minimum_micros", json!(-1)),
        ("monthly_cap_micros", json!(1)),
        ("alert_levels_micros", json!([1, 1])),
    ] {
        let mut wish = good.clone();
        wish[member] = value;
        let refused = set_up(wish).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (400, &json!(member)), "{}", refused.body);
    }
    let shown = set_up(good).await.body;
    assert_eq!(
        (&shown["enabled"], &shown["state"], &shown["card"]["last4"]),
        (&json!(true), &json!("idle"), &json!("4242"))
    );
    assert_eq!(world.auto_recharge().await, shown);
}
