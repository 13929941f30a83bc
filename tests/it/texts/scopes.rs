//! Who sees and who writes which texts.
use serde_json::{Value, json};

use super::{names, problem};
use crate::world::World;

fn text(scope: &str, name: &str) -> Value {
    json!({"name": name, "module": "leads", "text": "x", "scope": scope})
}

fn of_group(group: &str, name: &str) -> Value {
    json!({"name": name, "module": "leads", "text": "x", "scope": "group", "group_id": group})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_seen_by_whom_it_is_for_and_written_by_whom_it_belongs_to() {
    let world = World::start().await;
    let (sales, support) = (world.found_team("Sales").await, world.found_team("Support").await);
    // What of the inbox they see has nothing to do with it.
    let eva = world.hire("Eva", "agent", "own", &[&sales]).await;
    let bob = world.hire("Bob", "agent", "all", &[&support]).await;
    let root = world.hire("Root", "admin", "all", &[]).await;
    let create = async |by, body: Value| world.on_behalf(by, "POST", "/v1/canned-texts", Some(body)).await;
    let mine = create(&eva, text("mine", "Of Eva")).await;
    let group = create(&eva, of_group(&sales, "Of Sales")).await;
    let all = create(&root, text("all", "Of all")).await;
    for (made, kind) in [(&mine, "mine"), (&group, "group"), (&all, "all")] {
        assert_eq!((made.status, &made.body["scope"]), (201, &json!(kind)), "{}", made.body);
    }
    assert_eq!((&mine.body["user_id"], &group.body["group_id"]), (&json!(eva.id), &json!(sales)));
    for (who, body, expected) in [
        (&eva, text("all", "x"), "forbidden"),
        (&eva, of_group(&support, "x"), "forbidden"),
        (&eva, of_group("grp_00000000000000000000000000", "x"), "unknown-reference"),
        (&eva, text("group", "x"), "invalid-input"),
    ] {
        let refused = create(who, body).await;
        assert_eq!(problem(&refused), expected, "{}", refused.body);
    }
    // A key that belongs to no user has no texts of its own.
    let refused = world.post("/v1/canned-texts", text("mine", "x")).await;
    assert_eq!((problem(&refused), &refused.body["errors"][0]["field"]), ("invalid-input", &json!("scope")));

    for (who, seen) in [(&eva, vec!["Of all", "Of Eva", "Of Sales"]), (&bob, vec!["Of all"]), (&root, vec!["Of all"])] {
        let listed = world.on_behalf(who, "GET", "/v1/canned-texts", None).await;
        assert_eq!(names(&listed.body), seen);
        let searched = world.on_behalf(who, "GET", "/v1/canned-texts?search=of", None).await;
        let mut searched = names(&searched.body);
        searched.sort_by_key(|name| name.to_lowercase());
        assert_eq!(searched, seen);
    }
    let path = |made: &crate::world::Answer| format!("/v1/canned-texts/{}", made.body["id"].as_str().unwrap());
    for (who, made, read, write) in [
        (&eva, &mine, 200, 200),
        (&eva, &group, 200, 200),
        (&eva, &all, 200, 403),
        (&bob, &mine, 404, 404),
        (&bob, &group, 404, 404),
        (&bob, &all, 200, 403),
        (&root, &mine, 200, 200),
        (&root, &group, 200, 200),
        (&root, &all, 200, 200),
    ] {
        assert_eq!(world.on_behalf(who, "GET", &path(made), None).await.status, read);
        let changed = world.on_behalf(who, "PATCH", &path(made), Some(json!({"text": "y"}))).await;
        assert_eq!(changed.status, write, "{}", changed.body);
        if write != 200 {
            assert_eq!(world.on_behalf(who, "DELETE", &path(made), None).await.status, write);
        }
    }
    // A text is given only to those for whom one may write.
    let given = world.on_behalf(&eva, "PATCH", &path(&mine), Some(json!({"scope": "all"}))).await;
    assert_eq!(given.status, 403, "{}", given.body);
    let given = world.on_behalf(&eva, "PATCH", &path(&mine), Some(json!({"scope": "group", "group_id": sales}))).await;
    assert_eq!((given.status, &given.body["user_id"]), (200, &Value::Null), "{}", given.body);
    let of_group = world.on_behalf(&root, "GET", &format!("/v1/canned-texts?group_id={}", sales), None).await;
    assert_eq!(names(&of_group.body), ["Of Eva", "Of Sales"]);
    let hidden = world.on_behalf(&bob, "GET", &format!("/v1/canned-texts?group_id={}", sales), None).await;
    assert_eq!(names(&hidden.body), [""; 0]);
}

/// Of all texts that somebody uses no two are made that have one shortcut; where a wider one came later, the nearest is first.
#[tokio::test(flavor = "multi_thread")]
async fn a_shortcut_leads_to_one_text() {
    let world = World::start().await;
    let sales = world.found_team("Sales").await;
    let eva = world.hire("Eva", "agent", "all", &[&sales]).await;
    let bob = world.hire("Bob", "agent", "all", &[]).await;
    let with = |mut body: Value, shortcut: &str| {
        body["shortcut"] = json!(shortcut);
        body
    };
    let create = async |by, body: Value| world.on_behalf(by, "POST", "/v1/canned-texts", Some(body)).await;
    let group = create(&eva, with(of_group(&sales, "Of Sales"), "Grüße")).await;
    assert_eq!(group.status, 201, "{}", group.body);
    for body in [with(of_group(&sales, "x"), "grusse"), with(text("mine", "x"), " GRÜSSE ")] {
        let refused = create(&eva, body).await;
        assert_eq!((problem(&refused), &refused.body["id"]), ("shortcut-taken", &group.body["id"]), "{}", refused.body);
    }
    // Bob does not see it.
    let mine = create(&bob, with(text("mine", "Of Bob"), "Grüße")).await;
    assert_eq!(mine.status, 201, "{}", mine.body);
    let all = world.post("/v1/canned-texts", with(text("all", "Of all"), "grüße")).await;
    assert_eq!(all.status, 201, "{}", all.body);
    for (who, found) in [(&eva, ["Of Sales", "Of all"]), (&bob, ["Of Bob", "Of all"])] {
        let called = world.on_behalf(who, "GET", "/v1/canned-texts?shortcut=gr%C3%BC%C3%9Fe", None).await;
        assert_eq!(names(&called.body), found);
    }
    let taken = world
        .on_behalf(
            &bob,
            "PATCH",
            &format!("/v1/canned-texts/{}", mine.body["id"].as_str().unwrap()),
            Some(json!({"shortcut": "grüße"})),
        )
        .await;
    assert_eq!(taken.status, 200, "it has it already: {}", taken.body);
}
