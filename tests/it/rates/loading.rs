//! Cards of rates by API: as JSON and as tables, refused with every problem, replaced only on request, told as events.
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const RATES: &str = "/v1/credits/rates";

fn card() -> Value {
    json!({
        "id": "sek-autumn", "currency": "SEK", "valid_from": "2026-10-01", "source": "Our contract",
        "rules": {"free_service_messages": 0},
        "rates": [
            {"market": "Spain", "category": "marketing", "rate": 0.75},
            {"market": "Spain", "category": "utility", "rate": "0.2"},
            {"market": "Spain", "category": "utility", "tier_from": 100_001, "rate": 0.18},
            {"market": "*", "category": "marketing", "rate": 1.5},
        ],
    })
}

async fn put_table(world: &World, query: &str, table: &str) -> Answer {
    let request = Request::builder().method("PUT").uri(format!("{}{RATES}{query}", world.stack.api_url()));
    let request = request.header("authorization", format!("Bearer {}", world.stack.admin_key()));
    let request = request.header("content-type", "text/csv; charset=utf-8").body(Bytes::from(table.to_owned()));
    let answer = world.ask(request.unwrap()).await;
    Answer { status: answer.status().as_u16(), body: serde_json::from_slice(answer.body()).unwrap() }
}

fn rates(card: &Value) -> Vec<String> {
    let rates = card["content"]["rates"].as_array().unwrap().iter();
    let rate = |rate: &Value| {
        let text = |name: &str| rate[name].as_str().unwrap().to_owned();
        format!("{} {} {}: {}", text("market"), text("category"), rate["tier_from"], rate["rate_micros"])
    };
    rates.map(rate).collect()
}

async fn updates(world: &World) -> Vec<Value> {
    world.settle().await;
    world.events("rates.updated").await.iter().map(|event| event["data"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_loaded_once_and_replaced_only_on_request() {
    let world = World::start().await;
    let shipped = world.get(RATES).await;
    let ids: Vec<_> = shipped["items"].as_array().unwrap().iter().map(|card| card["id"].clone()).collect();
    assert_eq!(ids, ["eur-2026-10-01", "inr-2026-10-01", "usd-2026-10-01"]);
    assert!(shipped["items"].as_array().unwrap().iter().all(|card| card["loaded_at"].is_null()));

    let loaded = world.call("PUT", RATES, Some(card())).await;
    assert_eq!(loaded.status, 200, "{}", loaded.body);
    assert_eq!((&loaded.body["revision"], &loaded.body["in_force"]), (&json!(1), &json!(true)));
    let expected = [
        "Spain marketing 0: 750000",
        "Spain utility 0: 200000",
        "Spain utility 100001: 180000",
        "* marketing 0: 1500000",
    ];
    assert_eq!(rates(&loaded.body), expected);
    let content = &loaded.body["content"];
    assert_eq!(content["rules"]["free_service_messages"], 0);
    assert_eq!(
        (&content["rules"]["free_entry_point"], &content["markets"]["Kazakhstan"]),
        (&json!(true), &json!(["KZ"]))
    );
    let again = world.call("PUT", RATES, Some(card())).await;
    assert_eq!((again.status, &again.body), (200, &loaded.body));

    let mut dearer = card();
    dearer["rates"][0]["rate"] = json!("0.8");
    let refused = world.call("PUT", RATES, Some(dearer.clone())).await;
    assert_eq!((refused.status, &refused.body["id"]), (409, &json!("sek-autumn")), "{}", refused.body);
    let mut beside = dearer.clone();
    beside["id"] = json!("sek-other");
    let refused = world.call("PUT", &format!("{RATES}?replace=true"), Some(beside)).await;
    assert_eq!(
        (refused.status, &refused.body["id"]),
        (409, &json!("sek-autumn")),
        "two begin on one day: {}",
        refused.body
    );
    let replaced = world.call("PUT", &format!("{RATES}?replace=true"), Some(dearer)).await;
    assert_eq!((replaced.status, &replaced.body["revision"]), (200, &json!(2)), "{}", replaced.body);
    assert_eq!(rates(&world.get(&format!("{RATES}?id=sek-autumn")).await["items"][0])[0], "Spain marketing 0: 800000");

    let told = updates(&world).await;
    assert_eq!(told.iter().map(|told| told["revision"].clone()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((&told[0]["card"], &told[0]["by"]), (&json!("sek-autumn"), &replaced.body["loaded_by"]));
    let of_day = world.get(&format!("{RATES}?on=2026-10-01&model=per_message&currency=SEK")).await;
    assert_eq!(of_day["items"].as_array().unwrap().len(), 1);
    let before = world.get(&format!("{RATES}?on=2026-09-30")).await;
    assert_eq!(before["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipped_card_gives_way_to_the_real_one() {
    let world = World::start().await;
    let csv = "Market,Currency,Marketing,Utility,Authentication,Authentication-International,Service\r\n\
               India,$US,0.0118,0.0014,0.0014,0.0304,0.0014\r\nSpain,$US,0.0707,0.02,n/a,n/a,0.02\r\n";
    let query = "?currency=USD&valid_from=2026-10-01&source=Meta";
    let loaded = put_table(&world, query, csv).await;
    assert_eq!(loaded.status, 200, "{}", loaded.body);
    assert_eq!((&loaded.body["id"], &loaded.body["in_force"]), (&json!("usd-per_message-2026-10-01"), &json!(true)));
    assert_eq!(rates(&loaded.body).len(), 8);
    let of_day = world.get(&format!("{RATES}?on=2026-11-01&currency=USD")).await;
    assert_eq!(of_day["items"][0]["id"], loaded.body["id"], "it goes before the one that came with Casement");
    let whole = world.get(&format!("{RATES}?currency=USD")).await;
    assert_eq!(whole["items"].as_array().unwrap().len(), 2);
    assert!(whole["items"].as_array().unwrap().iter().all(|card| card["content"].is_null()));

    // The notes of a table say the same, and the same table in JSON is the same card.
    let notes = format!("# currency: USD\n# valid_from: 2026-10-01\n# source: Meta\n{csv}");
    for same in [put_table(&world, "", &notes).await, world.call("PUT", RATES, Some(json!({"csv": notes}))).await] {
        assert_eq!((same.status, &same.body["revision"]), (200, &json!(1)), "{}", same.body);
    }
    assert_eq!(updates(&world).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_refused_with_all_that_is_wrong_and_where() {
    let world = World::start().await;
    let table =
        "market,category,tier_from,rate\nSpain,marketing,,0.0000001\nAtlantis,utility,,0.02\nSpain,utility,5,free\n";
    let refused = put_table(&world, "?currency=USD&valid_from=2026-12-01&source=x&base=nothing", table).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("base")), "{}", refused.body);
    let refused = put_table(&world, "?currency=USD&valid_from=2026-12-01", table).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body["type"].as_str().unwrap().ends_with("/invalid-rates"));
    let fields: Vec<_> =
        refused.body["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["source", "row 2, rate", "row 3", "row 4, rate"]);
    let mut wrong = card();
    wrong["rates"][1]["market"] = json!("Atlantis");
    wrong["rates"][2]["tier_from"] = json!(5);
    wrong["rates"][3]["rate"] = json!("0");
    let refused = world.call("PUT", RATES, Some(wrong)).await;
    let fields: Vec<_> =
        refused.body["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["rates[1]", "rates[3].rate", "Spain, utility"], "{}", refused.body);
    // Elsewhere a table is not taken.
    let request = Request::builder().method("POST").uri(format!("{}/v1/groups", world.stack.api_url()));
    let request = request.header("authorization", format!("Bearer {}", world.stack.admin_key()));
    let request = request.header("content-type", "text/csv").body(Bytes::from_static(b"name\nSales")).unwrap();
    assert_eq!(world.ask(request).await.status().as_u16(), 400);
    assert_eq!(updates(&world).await, Vec::<Value>::new());
}
