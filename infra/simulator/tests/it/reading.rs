//! Reading the number and the account.

use serde_json::json;

use crate::support::World;

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
