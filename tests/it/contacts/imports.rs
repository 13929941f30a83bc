//! Tables of contacts: taken as a job, repaired where that is safe, and reported row by row.
use bytes::Bytes;
use http::Request;
use local::aws::{Fault, FaultAction};
use serde_json::{Value, json};

use crate::world::World;

pub(super) const FUNCTION: &str = "ContactImportFunction";

pub(super) async fn imported(world: &World, body: Value) -> Value {
    let taken = world.post("/v1/contacts/imports", body).await;
    assert_eq!((taken.status, &taken.body["state"]), (202, &json!("queued")), "{}", taken.body);
    world.settle().await;
    ended(world, &taken.body).await
}

pub(super) async fn ended(world: &World, import: &Value) -> Value {
    world.get(&format!("/v1/contacts/imports/{}", import["id"].as_str().unwrap())).await
}

/// All of them, page by page.
pub(super) async fn rows(world: &World, import: &Value) -> Vec<Value> {
    let path = format!("/v1/contacts/imports/{}/rows?limit=100", import["id"].as_str().unwrap());
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("{path}{cursor}")).await;
        rows.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return rows };
        cursor = format!("&cursor={next}");
    }
}

pub(super) fn counts(import: &Value) -> [i64; 5] {
    ["done", "created", "updated", "skipped", "failed"].map(|name| import[name].as_i64().unwrap())
}

const TABLE: &str = "\u{feff}Mobile;E-Mail;First Name;Last Name;Tags;Stage;Shirt\r\n\
    0151 23456781;a@example.org;Ann;Ash;vip, press;Customer;M\r\n\
    4.91512E+12;;Bob;;;;\r\n\
    +49 0151 23456782;;\"Cat\r\nor Tom\";;;;\r\n\
    '+16505558501;none;Dan;;;nowhere;\r\n\
    0151 23456781;;Again;;late;;\r\n\
    ;;Nobody;;;;\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_read_repaired_and_reported_row_by_row() {
    let world = World::start().await;
    let body = json!({
        "csv": TABLE, "mapping": {"Shirt": "field.shirt"}, "default_country": "DE", "tags": ["fair"], "kind": "contact",
    });
    let import = imported(&world, body).await;
    assert_eq!((&import["state"], counts(&import)), (&json!("done"), [6, 2, 0, 1, 3]), "{import}");
    assert_eq!(import["columns"][6], "field.shirt");
    let rows = rows(&world, &import).await;
    let seen: Vec<(u64, &str)> =
        rows.iter().map(|row| (row["line"].as_u64().unwrap(), row["outcome"].as_str().unwrap())).collect();
    let expected = [(2, "created"), (3, "failed"), (4, "created"), (6, "failed"), (7, "skipped"), (8, "failed")];
    assert_eq!(seen, expected, "{rows:?}");
    for (row, list, part) in [
        (0, "repaired", "+4915123456781"),
        (1, "errors", "spreadsheet"),
        (2, "repaired", "+4915123456782"),
        (3, "errors", "email"),
        (3, "errors", "stage"),
        (5, "errors", "neither"),
    ] {
        assert!(rows[row][list].to_string().contains(part), "{part}: {}", rows[row]);
    }
    let ann = world.get("/v1/contacts?phone_ending=56781").await["items"][0].clone();
    assert_eq!(
        json!([ann["name"], ann["kind"], ann["tags"], ann["stage"], ann["fields"]]),
        json!(["Ann Ash", "contact", ["vip", "press", "fair"], "customer", {"shirt": "M"}])
    );
    assert_eq!(rows[0]["contact_id"], ann["id"]);
    assert_eq!(world.found("email=a@example.org", 10).await, ["Ann Ash"]);
    let turns = world.timeline(&ann, 10).await;
    assert!(turns.iter().any(|moment| moment["turn"]["data"]["import_id"] == import["id"]), "{turns:?}");
    assert_eq!(world.events("contact.import_ended").await[0]["data"]["failed"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_are_there_are_skipped_updated_or_refused_as_was_asked() {
    let world = World::start().await;
    world.added("+4915123456791", json!({"name": "Ann", "tags": ["vip"], "fields": {"city": "Bonn"}})).await;
    let table = "phone,name,field\n0049151 23456791,Ann Ash,7\n";
    for (rule, expected, name) in
        [("skip", [1, 0, 0, 1, 0], "Ann"), ("fail", [1, 0, 0, 0, 1], "Ann"), ("update", [1, 0, 1, 0, 0], "Ann Ash")]
    {
        let body = json!({
            "csv": table, "mapping": {"field": "field.size"}, "on_duplicate": rule, "tags": ["fair"], "kind": "contact",
        });
        let import = imported(&world, body).await;
        assert_eq!(counts(&import), expected, "{rule}");
        let contact = world.get("/v1/contacts?phone=%2B4915123456791").await["items"][0].clone();
        assert_eq!(contact["name"], name, "{rule}");
    }
    let contact = world.get("/v1/contacts?phone=%2B4915123456791").await["items"][0].clone();
    assert_eq!((&contact["tags"], &contact["kind"]), (&json!(["vip", "fair"]), &json!("contact")));
    assert_eq!(contact["fields"], json!({"city": "Bonn", "size": "7"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_cannot_be_read_is_refused_at_once() {
    let world = World::start().await;
    for (body, field) in [
        (json!({"csv": "phone,Shoe\n1,2"}), "csv"),
        (json!({"csv": "name\nAnn"}), "csv"),
        (json!({"csv": "phone\n"}), "csv"),
        (json!({"csv": "phone,name\n1,\"open"}), "csv"),
        (json!({"csv": "phone\n1", "mapping": {"phone": "telephone"}}), "mapping.phone"),
        (json!({"csv": "phone\n1", "mapping": {"Phone": "phone"}}), "csv"),
    ] {
        let refused = world.post("/v1/contacts/imports", body.clone()).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (400, &json!(field)), "{body}");
    }
    assert_eq!(world.get("/v1/contacts/imports").await["items"], json!([]));
}

/// The body may be the table itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_may_be_the_body() {
    let world = World::start().await;
    let url = format!("{}/v1/contacts/imports?default_country=DE&kind=lead", world.stack.api_url());
    let request = Request::builder().method("POST").uri(url).header("content-type", "text/csv");
    let request = request.header("authorization", format!("Bearer {}", world.stack.admin_key()));
    let answer = world.ask(request.body(Bytes::from_static(b"name,phone\nAnn,0151 23456784\n")).unwrap()).await;
    assert_eq!(answer.status(), 202, "{:?}", answer.body());
    world.settle().await;
    assert_eq!(world.found("phone_ending=56784", 10).await, ["Ann"]);
}

/// P46: wherever an import is cut off, it goes on, and no row is done twice.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_survives_a_crash_at_every_step() {
    let world = World::hasty().await;
    let faults = world.stack.aws().faults();
    let table = |play: u32| {
        let row = |index: u32| {
            format!("+1650560{:04},Person {index},{}\n", play * 4 + index % 3, "x".repeat(index.min(1) as usize))
        };
        format!("phone,name,tags\n{}not a phone,Nobody,\n", (0..4).map(row).collect::<String>())
    };
    let mut plays = 0;
    let mut play = async |fault: Option<Fault>| {
        let body = json!({"csv": table(plays), "on_duplicate": "update"});
        plays += 1;
        world.stack.lambda().cool(FUNCTION).await;
        drop(world.stack.aws().meter().take());
        fault.into_iter().for_each(|fault| faults.add(fault));
        let import = imported(&world, body).await;
        let calls = world.calls_of(FUNCTION);
        let was_met = faults.pending().is_empty();
        faults.clear();
        let rows = rows(&world, &import).await;
        let outcomes: Vec<Value> = rows.iter().map(|row| json!([row["row"], row["outcome"]])).collect();
        let all = world.get("/v1/contacts?limit=100").await["items"].as_array().unwrap().len();
        (calls, was_met, json!([import["state"], counts(&import), outcomes]), all)
    };
    let (steps, _, undisturbed, each) = play(None).await;
    assert_eq!(undisturbed[1], json!([5, 3, 1, 0, 1]), "{undisturbed}");
    let mut expected = each;
    for step in 1..=steps {
        for action in [FaultAction::KillBeforeExecuting, FaultAction::KillAfterExecuting] {
            let (_, was_met, seen, all) = play(Some(Fault::new(FUNCTION, action).nth(step))).await;
            assert!(was_met, "step {step} of {steps} was not reached");
            assert_eq!(seen, undisturbed, "{action:?} at step {step} of {steps}");
            expected = (expected + each).min(100);
            assert_eq!(all, expected, "{action:?} at step {step} of {steps}");
        }
    }
}
