//! Pairs that may be one person are proposed with the reason, and not again once somebody said that they are not.
use serde_json::{Value, json};

use crate::identity::people::{both, phone, user};
use crate::world::World;

async fn pairs(world: &World) -> Vec<(Vec<String>, Value)> {
    let page = world.get("/v1/contacts/duplicates").await;
    let pair = |pair: &Value| {
        let mut names: Vec<String> = pair["contacts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|contact| contact["name"].as_str().unwrap_or("-").to_owned())
            .collect();
        names.sort();
        (names, pair["reasons"].clone())
    };
    page["items"].as_array().unwrap().iter().map(pair).collect()
}

fn pair(one: &str, other: &str, reasons: &[&str]) -> (Vec<String>, Value) {
    (vec![one.to_owned(), other.to_owned()], json!(reasons))
}

#[tokio::test(flavor = "multi_thread")]
async fn pairs_are_proposed_with_their_reasons() {
    let world = World::start().await;
    let ann = world.added("+4915123456789", json!({"name": "Ann", "emails": ["a@example.org"]})).await;
    let bob = world.added("+49015123456789", json!({"name": "Bob"})).await;
    assert_eq!(pairs(&world).await, [pair("Ann", "Bob", &["phone"])]);
    let cat = world.added("+16505558401", json!({"name": "Cat", "emails": ["A@example.org"]})).await;
    assert_eq!(pairs(&world).await, [pair("Ann", "Cat", &["email"]), pair("Ann", "Bob", &["phone"])]);

    let dismissed = json!({"contact_id": bob["id"], "other_id": ann["id"]});
    for _ in 0..2 {
        assert_eq!(world.post("/v1/contacts/duplicates/dismiss", dismissed.clone()).await.status, 204);
    }
    world.patched(&bob, json!({"emails": ["b@example.org"]})).await;
    assert_eq!(pairs(&world).await, [pair("Ann", "Cat", &["email"])]);
    world.patched(&bob, json!({"emails": ["a@example.org"]})).await;
    assert_eq!(pairs(&world).await.len(), 2, "Bob and Cat, and not Bob and Ann");
    world.merged(&ann, &cat, "survivor").await;
    assert!(pairs(&world).await.iter().all(|(names, _)| !names.contains(&"Cat".to_owned())));
    world.unmerged(&ann, &cat).await;
    assert!(pairs(&world).await.contains(&pair("Ann", "Cat", &["email"])), "they may be one again");
    let nobody = json!({"contact_id": bob["id"], "other_id": "con_00000000000000000000000000"});
    assert_eq!(world.post("/v1/contacts/duplicates/dismiss", nobody).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_claims_an_identity_of_another_is_proposed() {
    let world = World::start().await;
    world.written_by(user("US.8402"), "wamid.user").await;
    world.written_by(phone("16505558402"), "wamid.phone").await;
    assert_eq!(pairs(&world).await, []);
    world.written_by(both("16505558402", "US.8402"), "wamid.both").await;
    assert_eq!(pairs(&world).await, [pair("Somebody", "Somebody", &["identity"])]);
}
