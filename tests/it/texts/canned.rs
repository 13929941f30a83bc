//! Canned texts as they are kept: made, changed, found, deleted.
use serde_json::{Value, json};

use super::{names, problem};
use crate::world::World;

async fn list(world: &World, query: &str) -> Value {
    world.get(&format!("/v1/canned-texts{query}")).await
}

fn path(canned: &Value) -> String {
    format!("/v1/canned-texts/{}", canned["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_made_changed_and_deleted() {
    let world = World::start().await;
    world.defines("city", "City").await;
    let body = json!({
        "name": "Welcome", "module": "leads", "text": "Hi $[leads.first name|there] in $[Leads.City]", "scope": "all",
        "shortcut": "hi",
    });
    let made = world.post("/v1/canned-texts", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["text"], "Hi $[Leads.First Name|there] in $[Leads.City]");
    assert_eq!(made.body["fields"], json!(["Leads.City", "Leads.First Name"]));
    let kept = world.get(&path(&made.body)).await;
    assert_eq!(kept, made.body);
    // For whom it is stays; everything else may change, and what says nothing new changes nothing.
    let moved = world.call("PATCH", &path(&kept), Some(json!({"module": "contacts"}))).await;
    assert_eq!((moved.status, &moved.body["errors"][0]["field"]), (400, &json!("module")), "{}", moved.body);
    let same = world.call("PATCH", &path(&kept), Some(json!({"module": "leads", "name": "Welcome"}))).await;
    assert_eq!(same.body, kept);
    let change = json!({"name": "Good morning", "text": "Good morning $[Leads.Full Name|]", "shortcut": null});
    let changed = world.call("PATCH", &path(&kept), Some(change)).await;
    assert_eq!((changed.status, &changed.body["shortcut"]), (200, &Value::Null), "{}", changed.body);
    assert_eq!(world.get(&path(&kept)).await, changed.body);
    assert_eq!(names(&list(&world, "?search=welcome").await), [""; 0]);
    assert_eq!(names(&list(&world, "?search=morn").await), ["Good morning"]);
    assert_eq!(names(&list(&world, "?shortcut=hi").await), [""; 0]);
    let gone = world.call("DELETE", &path(&kept), None).await;
    assert_eq!((gone.status, &gone.body), (200, &changed.body));
    assert_eq!(world.call("GET", &path(&kept), None).await.status, 404);
    assert_eq!(world.call("DELETE", &path(&kept), None).await.status, 404);
    assert_eq!(names(&list(&world, "").await), [""; 0]);
    let again = json!({"name": "Welcome", "module": "leads", "text": "Hi", "scope": "all", "shortcut": "HI"});
    assert_eq!(world.post("/v1/canned-texts", again).await.status, 201, "its shortcut is free");
}

/// A label may change after a text was saved: the text follows its field.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_survives_that_its_field_is_renamed() {
    let world = World::start().await;
    let field = world.defines("city", "City").await;
    let canned = world.canned("Where", "In $[Leads.City|town]").await;
    let renamed = world
        .call("PATCH", &format!("/v1/contact-fields/{}", field.as_str().unwrap()), Some(json!({"label": "Place"})))
        .await;
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    assert_eq!(world.get(&path(&canned)).await["text"], "In $[Leads.Place|town]");
    let refused = world
        .post("/v1/canned-texts", json!({"name": "Old", "module": "leads", "text": "$[Leads.City]", "scope": "all"}));
    let refused = refused.await;
    assert_eq!((refused.status, problem(&refused)), (422, "merge-field-unknown"));
    assert!(refused.body["detail"].as_str().unwrap().contains("Place"), "it says what there is: {}", refused.body);
    // What was written by the new label is the same text.
    let same = world.call("PATCH", &path(&canned), Some(json!({"text": "In $[Leads.Place|town]"}))).await;
    assert_eq!(same.body["text"], "In $[Leads.Place|town]");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_names_the_fields_of_those_whom_it_is_for() {
    let world = World::start().await;
    for (module, text, status) in [
        ("leads", "$[Leads.First Name] $[User.Name] $[Channel.Phone]", 201),
        ("contacts", "$[Contacts.First Name]", 201),
        ("leads", "$[Contacts.First Name]", 422),
        ("contacts", "$[Leads.First Name]", 422),
        ("leads", "$[Leads.First Name", 422),
        ("leads", "a literal \\$[Leads.Nothing]", 201),
    ] {
        let body = json!({"name": "N", "module": module, "text": text, "scope": "all"});
        let made = world.post("/v1/canned-texts", body).await;
        assert_eq!(made.status, status, "{module} {text}: {}", made.body);
        assert!(status == 201 || made.body["errors"][0]["field"] == "text");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_found_by_module_shortcut_and_each_word_of_their_name() {
    let world = World::start().await;
    for (name, module, shortcut) in [
        ("Öffnungszeiten am Samstag", "leads", Some("zeit")),
        ("Office address", "contacts", Some("Büro")),
        ("Offer for the offices of Oslo", "leads", None),
        ("Samstag geschlossen", "contacts", None),
    ] {
        let body = json!({"name": name, "module": module, "text": "x", "scope": "all", "shortcut": shortcut});
        let made = world.post("/v1/canned-texts", body).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
    let (zeiten, office, offer, closed) =
        ("Öffnungszeiten am Samstag", "Office address", "Offer for the offices of Oslo", "Samstag geschlossen");
    for (query, found) in [
        ("", vec![offer, office, zeiten, closed]),
        ("?module=leads", vec![offer, zeiten]),
        ("?search=offi", vec![office, offer]),
        ("?search=%C3%96FF", vec![office, offer, zeiten]),
        ("?search=sam", vec![zeiten, closed]),
        ("?search=off+osl", vec![offer]),
        ("?search=sam&module=contacts", vec![closed]),
        ("?search=zeiten", vec![]),
        ("?shortcut=buro", vec![office]),
        ("?shortcut=ZEIT", vec![zeiten]),
        ("?shortcut=ZEIT&module=contacts", vec![]),
        ("?scope=all&search=oslo", vec![offer]),
        ("?scope=group", vec![]),
    ] {
        let mut names: Vec<String> = names(&list(&world, query).await).into_iter().map(str::to_owned).collect();
        if query.contains("search") {
            names.sort_by_key(|name| found.iter().position(|found| found == name));
        }
        assert_eq!(names, found, "{query}");
        // Page by page there is each once, too.
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        let sign = if query.is_empty() { "?" } else { "&" };
        loop {
            let page = list(&world, &format!("{query}{sign}limit=1{cursor}")).await;
            paged.extend(self::names(&page).into_iter().map(str::to_owned));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        paged.sort_by_key(|name| found.iter().position(|found| found == name));
        assert_eq!(paged, found, "{query}, in pages");
    }
}

/// The whole is one transaction: what leads to a text is there with it and goes with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_repeated_makes_one_text() {
    let world = World::start().await;
    let body = json!({"name": "Once", "module": "leads", "text": "x", "scope": "all", "shortcut": "once"});
    let key = world.stack.admin_key();
    let first = world.call_as(key, "POST", "/v1/canned-texts", Some(body.clone()), Some("k1")).await;
    let again = world.call_as(key, "POST", "/v1/canned-texts", Some(body.clone()), Some("k1")).await;
    assert_eq!((first.status, again.status, &first.body), (201, 201, &again.body));
    let other = world.call_as(key, "POST", "/v1/canned-texts", Some(body), Some("k2")).await;
    assert_eq!((other.status, problem(&other), &other.body["id"]), (409, "shortcut-taken", &first.body["id"]));
    assert_eq!(names(&list(&world, "").await), ["Once"]);
}
