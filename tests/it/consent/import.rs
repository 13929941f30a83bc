//! Consents that come in bulk.
use serde_json::{Value, json};

use crate::world::World;
use crate::world::webhooks::{ANN, BOB};

async fn import(world: &World, body: Value) -> Value {
    let answer = world.post("/v1/consents/import", body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.settle().await;
    answer.body
}

fn counts(report: &Value) -> Value {
    json!([report["recorded"], report["unchanged"], report["refused"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_is_judged_on_its_own_and_importing_twice_changes_nothing() {
    let world = World::hasty().await;
    world.met(ANN).await;
    let csv = format!(
        "\u{feff}Phone;Purpose;State;At;Source;Proof\r\n\
         00{ANN};marketing;given;2026-01-05T10:00:00Z;Fair;\"said \"\"yes\"\"; signed\"\r\n\
         +{ANN};utility;given;;Fair;\r\n\
         +{ANN};marketing;maybe;;;\r\n\
         0151 23;marketing;given;;;\r\n\
         +{BOB};marketing;given;;;\r\n"
    );
    let report = import(&world, json!({"csv": csv})).await;
    assert_eq!(counts(&report), json!([2, 0, 3]), "{report}");
    let errors: Vec<&str> = report["rows"].as_array().unwrap().iter().filter_map(|row| row["error"].as_str()).collect();
    assert!(errors[0].starts_with("state ") && errors[1].starts_with("phone ") && errors[2].contains("create_as"));
    assert_eq!(world.allows(ANN).await, [json!("given"), json!("given"), Value::Null]);
    let ledger = world.consent_ledger(ANN).await;
    assert_eq!((ledger.len(), &ledger[0]["source"]), (2, &json!("import")));
    assert!(ledger.iter().any(|entry| entry["proof"] == "said \"yes\"; signed"), "{ledger:?}");

    let again = import(&world, json!({"csv": csv, "create_as": "lead"})).await;
    assert_eq!(counts(&again), json!([1, 2, 2]), "{again}");
    assert_eq!((world.consent_ledger(ANN).await.len(), world.allows(BOB).await[0].clone()), (2, json!("given")));
    assert!(world.conversation_with(ANN).await["last_outbound_at"].is_null(), "an import starts nothing");
}

/// An import knows less than the person: a consent without a time yields to any word of theirs, before or after.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_list_undoes_no_stop() {
    let world = World::hasty().await;
    world.met(ANN).await;
    world.speaks(ANN, "STOP").await;
    let contact = world.contact_with(ANN).await["id"].clone();
    let rows = json!([
        {"contact_id": contact, "purpose": "marketing", "state": "given"},
        {"phone": ANN.parse::<u64>().unwrap(), "purpose": "marketing", "state": "given", "at": "2020-01-01T00:00:00Z"},
    ]);
    let report = import(&world, json!({"consents": rows})).await;
    assert_eq!(counts(&report), json!([2, 0, 0]), "{report}");
    assert_eq!(world.allows(ANN).await[0], "withdrawn");
    // A list of people who are to be left alone needs no time.
    world.met(BOB).await;
    let bob = world.contact_with(BOB).await["id"].clone();
    assert_eq!(world.consent(&bob, &["marketing"], "given").await.status, 201);
    let row = json!({"phone": format!("+{BOB}"), "purpose": "marketing", "state": "withdrawn", "source": "List 7"});
    for expected in [json!([1, 0, 0]), json!([0, 1, 0])] {
        assert_eq!(counts(&import(&world, json!({"consents": [row]})).await), expected);
    }
    assert_eq!(world.allows(BOB).await[0], "withdrawn");
}

#[tokio::test(flavor = "multi_thread")]
async fn some_hundreds_of_rows_are_one_call() {
    let world = World::hasty().await;
    let row = |index: usize| json!({"phone": format!("+1650777{index:04}"), "purpose": "marketing", "state": "given"});
    let rows: Vec<Value> = (0..200).map(|index| row(index / 2)).collect();
    // A busy machine leaves no time for some: they are said, and imported again.
    for round in 0.. {
        let report = import(&world, json!({"consents": rows, "create_as": "contact"})).await;
        assert_eq!(report["refused"], 0, "a row that names whom another one makes at the same time: {report}");
        if report["postponed"] == 0 {
            break;
        }
        assert!(round < 5, "{}", counts(&report));
    }
    assert_eq!(world.get("/v1/contacts?limit=100").await["items"].as_array().unwrap().len(), 100);
    for wrong in [
        json!({}),
        json!({"consents": []}),
        json!({"consents": vec![row(0); 501]}),
        json!({"csv": "phone,colour\n1,2"}),
        json!({"csv": "phone,purpose,state\n\"1"}),
        json!({"consents": [row(0)], "csv": "phone"}),
    ] {
        let answer = world.post("/v1/consents/import", wrong.clone()).await;
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.body);
    }
}
