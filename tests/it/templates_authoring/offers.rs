//! What Meta itself offers, and the filters of our list.
use serde_json::json;

use super::desk::{draft, problem};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn metas_library_is_searched() {
    let world = World::start().await;
    for (query, names) in [
        ("?search=parcel&language=en-US", vec!["parcel_on_its_way_1"]),
        ("?topic=PAYMENTS&industry=FINANCIAL_SERVICES", vec!["payment_received_2", "balance_low_1"]),
        ("?usecase=FEEDBACK_SURVEY", vec!["how_was_it_1"]),
        ("?search=nothing", vec![]),
    ] {
        let found = world.get(&format!("/v1/templates/library{query}")).await;
        let items = found["items"].as_array().unwrap();
        assert_eq!(items.iter().map(|item| item["name"].as_str().unwrap()).collect::<Vec<_>>(), names, "{query}");
    }
    world.fail_templates(simulator::Fault::error(100), 1);
    let refused = world.call("GET", "/v1/templates/library?topic=NONSENSE", None).await;
    assert_eq!((refused.status, problem(&refused).0.as_str()), (422, "refused-by-meta"), "{}", refused.body);
    world.fail_templates(simulator::Fault::BadGateway { accepted: false }, 1);
    let away = world.call("GET", "/v1/templates/library", None).await;
    assert_eq!((away.status, problem(&away).0.as_str()), (503, "unavailable"), "{}", away.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn authentication_texts_are_shown_before_they_are_ordered() {
    let world = World::start().await;
    let query = "?languages=en-US,es_ES&add_security_recommendation=true&code_expiration_minutes=10";
    let shown = world.get(&format!("/v1/templates/authentication-preview{query}")).await;
    assert_eq!(
        shown["items"][0]["body"],
        "*{{1}}* is your verification code. For your security, do not share this code."
    );
    assert_eq!(shown["items"][1]["footer"], "Este código caduca en 10 minutos.");
    let refused = world.call("GET", "/v1/templates/authentication-preview?code_expiration_minutes=91", None).await;
    assert_eq!((refused.status, refused.body["errors"][0]["field"].as_str()), (400, Some("code_expiration_minutes")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_filtered_and_paged() {
    let world = World::start().await;
    for (name, language, category) in
        [("a", "en_US", "UTILITY"), ("a", "fr", "UTILITY"), ("b", "en_US", "MARKETING"), ("ab", "en_US", "UTILITY")]
    {
        let template = simulator::Template::text(name, language, category, "Hello there, all of you.");
        world.simulator().put_template(template.into());
    }
    world.sync_templates().await;
    world.simulator().add_review(simulator::Verdict::Wait);
    world.make_template(draft(&world, "c")).await;
    let waba = &world.channel().waba_id;
    for (query, names) in [
        (String::new(), vec!["a/en_US", "a/fr", "ab/en_US", "b/en_US", "c/en_US", "hello_world/en_US"]),
        ("name=a".to_owned(), vec!["a/en_US", "a/fr"]),
        (format!("waba_id={waba}&name=a"), vec!["a/en_US", "a/fr"]),
        ("language=en-US&category=utility".to_owned(), vec!["a/en_US", "ab/en_US", "c/en_US", "hello_world/en_US"]),
        ("status=PENDING".to_owned(), vec!["c/en_US"]),
        ("waba_id=4711".to_owned(), vec![]),
    ] {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = world.get(&format!("/v1/templates?limit=1&{query}{cursor}")).await;
            for item in page["items"].as_array().unwrap() {
                found.push(format!("{}/{}", item["name"].as_str().unwrap(), item["language"].as_str().unwrap()));
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(json!(found), json!(names), "{query}");
    }
}
