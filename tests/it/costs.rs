//! What messages cost, summed up, and held against what Meta says that it charged.
use domain::Time;
use serde_json::{Value, json};
use simulator::{Charge, Fault, FaultOrder, Operation, SettingsPatch, Template};

use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::{ANN, BOB, now};

const CREDITS: &str = "CreditTopupFunction";
const SPANIARD: &str = "34600111222";
const DAY: i64 = 24 * 3600;

impl World {
    /// A world with credit, and an offer that costs something.
    async fn trading() -> World {
        let world = World::priced(|options| options.time_scale = 1000).await;
        let grant = json!({"amount_micros": 50_000_000, "currency": "USD", "reason": "to spend"});
        assert_eq!(world.post("/v1/credits/adjustments", grant).await.status, 202);
        let offer = Template::text("offer", "en_US", "MARKETING", "Everything must go");
        world.simulator().put_template(simulator::TemplateOrder { template: offer, notify: false });
        assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
        world.settle().await;
        world
    }

    /// Sends a template to somebody, and it is paid.
    async fn pays_for(&self, wa_id: &str, template: &str) -> Value {
        let message = json!({
            "channel_id": self.channel().id, "to": {"phone": format!("+{wa_id}")},
            "type": "template", "template": {"name": template, "language": {"code": "en_US"}},
        });
        let answer = self.post("/v1/messages", agreed(message)).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
        let message = self.message(&answer.body["id"]).await;
        assert_eq!(message["price"]["state"], "posted", "{message}");
        message
    }

    /// Runs what runs daily, so many days from now; whether it came to its end.
    async fn days_later(&self, days: i64) -> bool {
        let fired_at = Time::from_seconds(now() + days * DAY).to_string();
        let ran = self.stack.invoke(CREDITS, &json!({"source": "aws.events", "time": fired_at})).await;
        self.settle().await;
        ran.is_ok_and(|report| report == json!({"differences": 0, "reconciled": 1}))
    }

    /// The latest report.
    async fn report(&self) -> Value {
        self.get("/v1/credits/reconciliations?limit=1").await["items"][0].clone()
    }

    async fn costs(&self, by: &str) -> Value {
        let (from, to) = (Time::from_seconds(now() - 3600), Time::from_seconds(now() + 3600));
        self.get(&format!("/v1/credits/costs?by={by}&from={from}&to={to}")).await
    }
}

/// The keys of sums and how many messages each has; what they cost is checked to be the total.
fn sums(costs: &Value) -> Vec<(Value, i64)> {
    let items = costs["items"].as_array().unwrap();
    let sum = |name: &str| items.iter().map(|item| item[name].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum("messages"), sum("cost_micros")), (costs["messages"].as_i64().unwrap(), total(costs)), "{costs}");
    items.iter().map(|item| (item["key"].clone(), item["messages"].as_i64().unwrap())).collect()
}

fn total(costs: &Value) -> i64 {
    costs["cost_micros"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_are_summed_up_by_what_is_asked_for() {
    let world = World::trading().await;
    assert_eq!(world.costs("day").await["items"], json!([]));
    let mut spent = 0;
    let mut conversations = Vec::new();
    for (wa_id, template) in [(ANN, "offer"), (ANN, "hello_world"), (SPANIARD, "offer")] {
        let message = world.pays_for(wa_id, template).await;
        spent += message["price"]["amount_micros"].as_i64().unwrap();
        conversations.push(message["conversation_id"].clone());
    }
    let credits = world.get("/v1/credits").await;
    assert_eq!(credits["posted_micros"], 50_000_000 - spent);
    conversations.dedup();
    let mut by_conversation = [(conversations[0].clone(), 2), (conversations[1].clone(), 1)];
    by_conversation.sort_by_key(|(id, _)| id.to_string());
    let agents = sums(&world.costs("agent").await);
    assert!(matches!(agents.as_slice(), [(key, 3)] if key.is_string()), "{agents:?}");
    for (by, expected) in [
        ("conversation", by_conversation.to_vec()),
        ("template", vec![(json!("hello_world"), 1), (json!("offer"), 2)]),
        ("channel", vec![(json!(world.channel().id), 3)]),
        ("market", vec![(json!("North America"), 2), (json!("Spain"), 1)]),
        ("category", vec![(json!("marketing_lite"), 2), (json!("utility"), 1)]),
    ] {
        let costs = world.costs(by).await;
        assert_eq!((sums(&costs), total(&costs)), (expected, spent), "{by}");
        assert_eq!((&costs["currency"], &costs["next_cursor"]), (&json!("USD"), &Value::Null));
    }
    let days = sums(&world.costs("day").await);
    assert_eq!(days.iter().map(|(_, messages)| messages).sum::<i64>(), 3);

    // Page by page, each with the same total.
    let (from, to) = (Time::from_seconds(now() - 3600), Time::from_seconds(now() + 3600));
    let path = format!("/v1/credits/costs?by=market&from={from}&to={to}&limit=1");
    let first = world.get(&path).await;
    let next = first["next_cursor"].as_str().unwrap().replace(' ', "%20");
    let second = world.get(&format!("{path}&cursor={next}")).await;
    assert_eq!((&first["items"][0]["key"], &second["items"][0]["key"]), (&json!("North America"), &json!("Spain")));
    assert_eq!((total(&first), total(&second), &second["next_cursor"]), (spent, spent, &Value::Null));
    // And nothing of another time.
    let before = world.get(&format!("/v1/credits/costs?by=market&from=2026-01-01T00:00:00Z&to={from}")).await;
    assert_eq!((&before["items"], total(&before)), (&json!([]), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_held_against_what_meta_says_that_it_charged() {
    let world = World::trading().await;
    for wa_id in [ANN, BOB, SPANIARD] {
        world.pays_for(wa_id, "offer").await;
    }
    assert!(world.days_later(1).await);
    let report = world.report().await;
    assert_eq!(
        (&report["state"], &report["problem"], &report["currency"]),
        (&json!("agrees"), &Value::Null, &json!("USD"))
    );
    assert_eq!(report["day"], Time::from_seconds(now()).to_string()[..10]);
    let charged = |report: &Value| -> Vec<(Value, i64, i64, bool)> {
        let charges = report["charges"].as_array().unwrap().iter();
        let row = |row: &Value| {
            let messages = |name: &str| row[name].as_i64().unwrap();
            (row["market"].clone(), messages("messages"), messages("whatsapp_messages"), row["differs"] == true)
        };
        charges.map(row).collect()
    };
    assert_eq!(charged(&report), [(json!("North America"), 2, 2, false), (json!("Spain"), 1, 1, false)]);
    assert_eq!(report["charges"][0]["whatsapp_cost_micros"], Value::Null, "a partner is billed");
    assert!(world.events("credits.unreconciled").await.is_empty());

    // Meta says more, also with what it costs; of another number that is no business of the wallet's.
    world.simulator().add_charge(Charge::regular("CA", "MARKETING_LITE"));
    world
        .simulator()
        .add_charge(Charge { phone_number: Some("15559999999".into()), ..Charge::regular("ES", "MARKETING_LITE") });
    let rate = report["charges"][0]["cost_micros"].as_i64().unwrap() / 2;
    let rates = Some([("MARKETING_LITE".to_owned(), rate)].into());
    world.simulator().change_settings(SettingsPatch { rates, ..SettingsPatch::default() });
    assert!(world.days_later(1).await);
    let report = world.report().await;
    assert_eq!(report["state"], "differs");
    assert_eq!(charged(&report), [(json!("North America"), 2, 3, true), (json!("Spain"), 1, 1, true)]);
    assert_eq!(report["charges"][0]["whatsapp_cost_micros"], 3 * rate);
    let told = world.events("credits.unreconciled").await;
    assert_eq!(told.len(), 1);
    let first = &told[0]["data"]["differences"][0];
    assert_eq!((&first["market"], &first["metas_messages"]), (&json!("North America"), &json!(3)));
    // The day done again is one report, and told once.
    assert!(world.days_later(1).await);
    assert_eq!(world.events("credits.unreconciled").await.len(), 1);
    assert_eq!(world.get("/v1/credits/reconciliations").await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_does_not_say_is_asked_for_again() {
    let world = World::trading().await;
    let silent = FaultOrder { operation: Operation::Nodes, ..FaultOrder::from(Fault::error(190)) };
    world.simulator().add_fault(silent);
    assert!(!world.days_later(2).await, "the run is to be repeated");
    let report = world.report().await;
    assert_eq!(report["state"], "failed");
    assert!(report["problem"].as_str().unwrap().contains("190"), "{report}");
    assert!(world.days_later(2).await);
    assert_eq!(world.report().await["state"], "agrees");
    assert!(world.events("credits.unreconciled").await.is_empty());
}
