//! What a message would cost, as the preview shows it (P55).
use serde_json::{Value, json};
use simulator::Template;

use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::ANN;

async fn world() -> World {
    let world = World::metered().await;
    let template = |name, category| Template::text(name, "en_US", category, "Hello");
    world
        .has_templates(vec![
            template("offer", "MARKETING"),
            template("order", "UTILITY"),
            template("code", "AUTHENTICATION"),
        ])
        .await;
    world
}

fn template(world: &World, to: &str, name: &str) -> Value {
    json!({
        "channel_id": world.channel().id, "to": {"phone": to}, "type": "template",
        "template": {"name": name, "language": {"code": "en_US"}},
    })
}

async fn preview(world: &World, message: Value) -> Value {
    let answer = world.post("/v1/messages/preview", message).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// `11800 USD India marketing`, and `fallback` or why it is free.
fn shown(preview: &Value) -> String {
    let price = &preview["price"];
    if price.is_null() {
        let codes = preview["problems"].as_array().unwrap().iter().filter_map(|problem| problem["type"].as_str());
        return if codes.into_iter().any(|code| code.ends_with("/no-rate")) { "no-rate" } else { "nothing" }.to_owned();
    }
    let text = |name: &str| price[name].as_str().unwrap().to_owned();
    let fallback = if price["is_fallback"] == true { " fallback" } else { "" };
    let free = price["free_because"].as_str().map(|why| format!(" {why}")).unwrap_or_default();
    format!("{} {} {} {}{fallback}{free}", price["amount_micros"], text("currency"), text("market"), text("category"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_market_category_and_price() {
    let world = world().await;
    for (to, name, expected) in [
        ("+919812345678", "offer", "11800 USD India marketing"),
        ("+919812345678", "order", "1400 USD India utility"),
        ("+919812345678", "code", "1400 USD India authentication"),
        ("+16505559301", "order", "3400 USD North America utility"),
        ("+18765559301", "offer", "74000 USD Rest of Latin America marketing"),
        ("+821012345678", "offer", "159700 USD Other marketing fallback"),
        ("+881612345678", "offer", "159700 USD unknown marketing fallback"),
    ] {
        assert_eq!(shown(&preview(&world, template(&world, to, name)).await), expected, "{to} {name}");
    }
    let abroad = json!({"billing": {"international_authentication": ["IN"], "time_zone": "asia/kolkata"}});
    let settings = world.call("PATCH", "/v1/settings", Some(abroad)).await;
    assert_eq!(settings.body["billing"], json!({"international_authentication": ["IN"], "time_zone": "Asia/Kolkata"}));
    let code = preview(&world, template(&world, "+919812345678", "code")).await;
    assert_eq!(shown(&code), "30400 USD India authentication_international");
    let bsuid = json!({"to": {"bsuid": "ES.9301"}});
    let mut offer = template(&world, "", "offer");
    offer["to"] = bsuid["to"].clone();
    assert_eq!(shown(&preview(&world, offer).await), "70700 USD Spain marketing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_template_is_free_within_the_months_allowance() {
    let world = world().await;
    world.hears(ANN, "Hello").await;
    let text = |body: &str| {
        json!({
            "channel_id": world.channel().id, "to": {"phone": format!("+{ANN}")}, "type": "text", "text": {"body": body}, "split": true,
        })
    };
    let free = preview(&world, text("Hi")).await;
    assert_eq!(shown(&free), "0 USD North America service allowance");
    assert_eq!(free["price"]["forecast"], json!({"free_service_messages": 0, "charged_messages": null}));
    // A template in the open window is charged since October 2026.
    let order = preview(&world, template(&world, &format!("+{ANN}"), "order")).await;
    assert_eq!(shown(&order), "3400 USD North America utility");
    let card = json!({
        "currency": "USD", "valid_from": "2026-11-01", "source": "Our contract", "rules": {"free_service_messages": 0},
        "rates": [{"market": "North America", "category": "service", "rate": "0.005"}],
    });
    assert_eq!(world.call("PUT", "/v1/credits/rates", Some(card)).await.status, 200);
    let charged = preview(&world, text(&"word ".repeat(1_000))).await;
    assert_eq!(shown(&charged), "10000 USD North America service", "two messages");
    assert_eq!((&charged["price"]["messages"], &charged["price"]["each_micros"]), (&json!(2), &json!(5_000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_rate_is_refused_and_what_is_not_metered_has_no_price() {
    let world = world().await;
    let offer = agreed(template(&world, "+919812345678", "offer"));
    world.prefers(json!({"pricing_model": "per_conversation"})).await;
    let refused = preview(&world, offer.clone()).await;
    assert_eq!((shown(&refused).as_str(), &refused["can_send"]), ("no-rate", &json!(false)), "{refused}");
    let refused = world.post("/v1/messages", offer.clone()).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body["type"].as_str().unwrap().ends_with("/no-rate"), "{}", refused.body);
    let day = json!({
        "currency": "USD", "model": "per_conversation", "valid_from": "2026-11-01", "source": "A reseller",
        "rates": [{"market": "India", "category": "marketing", "rate": "0.01"}],
    });
    assert_eq!(world.call("PUT", "/v1/credits/rates", Some(day)).await.status, 200);
    assert_eq!(shown(&preview(&world, offer.clone()).await), "10000 USD India marketing");
    world.prefers(json!({"pricing_model": "unmetered"})).await;
    let unmetered = preview(&world, offer).await;
    assert_eq!((shown(&unmetered).as_str(), &unmetered["can_send"]), ("nothing", &json!(true)), "{unmetered}");
}
