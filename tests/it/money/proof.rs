//! Once a day the ledger is added up, and a person is told where it does not add up.
use serde_json::json;

use super::{MARKETING, OFFER, RECEIPT, UTILITY, regular};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB};

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_adds_up_is_proved_every_day() {
    let world = World::with_prices().await;
    let paid = world.sells(OFFER, ANN).await;
    world.hears_of(&paid, &[("sent", regular("marketing"))]).await;
    world.sells(RECEIPT, BOB).await;
    assert_eq!(world.get("/v1/credits").await["proof"], json!(null));
    let report = world.stack.tick("credit-topup").await.unwrap();
    assert_eq!(report["differences"], 0, "{report}");
    world.settle().await;
    let credits = world.get("/v1/credits").await;
    assert_eq!((&credits["proof"]["entries"], &credits["proof"]["differences"]), (&json!(2), &json!([])));
    assert_eq!(world.balance().await, (10_000_000 - MARKETING - UTILITY, UTILITY, 10_000_000 - MARKETING));
    assert!(world.events("credits.unbalanced").await.is_empty());
}
