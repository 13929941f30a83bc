//! Reading the number and the account.

use serde_json::{Value, json};
use simulator::{Charge, Content, SettingsPatch, StatusPlan};

use crate::support::{ANA, World};

#[tokio::test]
async fn the_number_and_the_account_show_the_members_asked_for() {
    let world = World::new().await;
    let config = world.simulator.config().clone();
    let number =
        world.get(&format!("/v26.0/{}?fields=display_phone_number,quality_rating", config.phone_number_id)).await;
    assert_eq!(
        number.json,
        json!({"display_phone_number": config.display_phone_number, "quality_rating": "GREEN", "id": config.phone_number_id})
    );
    assert_eq!(number.headers["facebook-api-version"], "v26.0");
    let numbers = world.get(&format!("/v26.0/{}/phone_numbers", config.waba_id)).await;
    assert_eq!(numbers.json["data"][0]["verified_name"], config.verified_name);
    let account = world.get(&format!("/v26.0/{}?fields=name", config.waba_id)).await;
    assert_eq!(account.json["id"], config.waba_id);
    let unknown = world.get("/v26.0/1").await;
    assert_eq!((unknown.status, &unknown.json["error"]["error_subcode"]), (400, &json!(33)));
    assert_eq!(unknown.json["error"]["type"], "GraphMethodException");
}

/// What Meta says that it charged for a day, with the points in order.
async fn charges(world: &World, start: i64) -> Vec<Value> {
    let waba_id = &world.simulator.config().waba_id;
    let fields = format!(
        "currency,pricing_analytics.start({start}).end({}).granularity(DAILY)\
         .dimensions([\"PRICING_CATEGORY\",\"PRICING_TYPE\",\"COUNTRY\"]).metric_types([\"COST\",\"VOLUME\"])",
        start + 86_400
    );
    let fields: String = fields.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = world.get(&format!("/v26.0/{waba_id}?fields={fields}")).await;
    assert_eq!(answer.json["currency"], "USD", "{}", answer.text);
    let data = answer.json["pricing_analytics"]["data"].as_array().unwrap();
    data.iter().flat_map(|data| data["data_points"].as_array().unwrap()).cloned().collect()
}

#[tokio::test]
async fn the_analytics_sum_up_what_arrived() {
    let world = World::new().await;
    world.says(ANA, Content::Text { body: "Hola".into() });
    let start = jiff::Timestamp::now().as_second() - 3600;
    assert_eq!(charges(&world, start).await, [Value::Null; 0]);

    let settings = SettingsPatch { free_service_messages: Some(1), ..SettingsPatch::default() };
    world.simulator.change_settings(settings);
    for _ in 0..3 {
        world.send_text(&format!("+{ANA}"), "Hola").await;
    }
    world.simulator.add_plan(StatusPlan::none());
    world.send_text(&format!("+{ANA}"), "Never arrives").await;
    world.simulator.add_plan(StatusPlan::failed(131_026));
    world.send_text(&format!("+{ANA}"), "Fails").await;
    world.simulator.add_charge(Charge::regular("BR", "MARKETING").times(5));
    world.simulator.add_charge(Charge::regular("ES", "SERVICE").times(-1));
    world.simulator.add_charge(Charge::regular("ES", "SERVICE").at(start - 1));
    let point = |category: &str, kind: &str, country: &str, volume: i64| {
        json!({"start": start, "end": start + 86_400, "pricing_category": category, "pricing_type": kind,
               "country": country, "volume": volume})
    };
    assert_eq!(
        charges(&world, start).await,
        [
            point("MARKETING", "REGULAR", "BR", 5),
            point("SERVICE", "FREE_CUSTOMER_SERVICE", "ES", 1),
            point("SERVICE", "REGULAR", "ES", 1),
        ]
    );
    let rates = [("MARKETING".to_owned(), 11_800), ("SERVICE".to_owned(), 2_000_000)].into();
    world.simulator.change_settings(SettingsPatch { rates: Some(rates), ..SettingsPatch::default() });
    let costs: Vec<Value> = charges(&world, start).await.iter().map(|point| point["cost"].clone()).collect();
    assert_eq!(costs, [json!(0.059), json!(0.0), json!(2.0)]);

    let waba_id = &world.simulator.config().waba_id;
    for wrong in ["start(1).end(2)", "start(2).end(1).granularity(DAILY)", "end(2).granularity(DAILY)"] {
        let answer = world.get(&format!("/v26.0/{waba_id}?fields=pricing_analytics.{wrong}")).await;
        assert_eq!((answer.status, &answer.json["error"]["code"]), (400, &json!(100)), "{wrong}");
    }
}
