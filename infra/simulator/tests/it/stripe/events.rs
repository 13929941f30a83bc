//! How events are told: signed, again until they are taken, and in whatever disorder was ordered.

use std::path::PathBuf;

use ring::hmac;
use serde_json::json;
use simulator::{EventPlan, Order, StripeKeys};

use super::*;

/// The MACs of a signature, and whether each is that of one of the secrets.
fn signers(header: &str, body: &str, secrets: &[&str]) -> Vec<bool> {
    let at = header.split(',').find_map(|item| item.strip_prefix("t=")).unwrap();
    let signed = format!("{at}.{body}");
    let made = |secret: &&str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        format!("v1={}", hex::encode(hmac::sign(&key, signed.as_bytes())))
    };
    secrets.iter().map(made).map(|mac| header.split(',').any(|item| item == mac)).collect()
}

#[tokio::test]
async fn events_are_signed_by_every_secret_that_is_in_use() {
    let world = world().await;
    world.checkout_and_pay().await;
    let rolled = vec!["whsec_new".to_owned(), "whsec_simulator".to_owned()];
    world.settled().await;
    let before = world.receiver.posts().len();
    world.simulator.change_stripe_keys(StripeKeys { webhook_secrets: Some(rolled), ..StripeKeys::default() });
    world.checkout_and_pay().await;
    world.settled().await;
    for (at, post) in world.receiver.posts().iter().enumerate() {
        let header = post.headers["stripe-signature"].to_str().unwrap();
        let signers = signers(header, &post.body, &["whsec_simulator", "whsec_new"]);
        assert_eq!(signers, [true, at >= before], "{header}");
        assert_eq!(post.json()["api_version"], VERSION);
    }
}

#[tokio::test]
async fn an_event_is_told_again_until_it_is_taken() {
    let world = world().await;
    world.receiver.answer_next_with([500, 400, 204]);
    let session = world.checkout().await;
    world.play(StripeAct::Expire { session });
    assert_eq!(world.told().await, ["checkout.session.expired"; 3]);
    let ids: Vec<Value> = world.receiver.posts().iter().map(|post| post.json()["id"].clone()).collect();
    assert_eq!(ids, vec![ids[0].clone(); 3]);
}

#[tokio::test]
async fn events_come_twice_late_or_never_as_ordered() {
    let world = world().await;
    let plan = |kind: &str, copies, delay_ms| EventPlan { kind: Some(kind.to_owned()), times: 1, copies, delay_ms };
    world.simulator.add_event_plan(plan("payment_intent.succeeded", 0, 0));
    world.simulator.add_event_plan(plan("charge.succeeded", 2, 0));
    world.simulator.add_event_plan(plan("payment_intent.created", 1, 400));
    world.checkout_and_pay().await;
    let told = world.told().await;
    let count = |kind: &str| told.iter().filter(|one| *one == kind).count();
    assert_eq!((count("payment_intent.succeeded"), count("charge.succeeded")), (0, 2), "{told:?}");
    assert_eq!(told.last().unwrap(), "payment_intent.created");
    // What was never told can still be had.
    let events = world.simulator.stripe_events();
    let dropped = events.iter().find(|event| event.kind == "payment_intent.succeeded").unwrap();
    world.play(StripeAct::Resend { event: dropped.id.clone(), copies: 3 });
    assert_eq!(world.objects("payment_intent.succeeded").await.len(), 3);
}

#[tokio::test]
async fn events_that_were_held_leave_in_reverse() {
    let world = world().await;
    world.simulator.pause_stripe();
    world.checkout_and_pay().await;
    world.simulator.resume_stripe(Order::Reversed);
    let mut told = world.told().await;
    told.reverse();
    let happened: Vec<String> = world.simulator.stripe_events().into_iter().map(|event| event.kind).collect();
    assert_eq!(told, happened);
}

#[tokio::test]
async fn the_books_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data: Some(folder.path().to_owned()), ..config() };
    let world = world_with(config.clone()).await;
    let (customer, method) = world.saved().await;
    let first = world.charge(&customer, &method, "recharge:1").await.unwrap();
    let open = world.checkout().await;
    world.settled().await;
    world.simulator.shutdown().await.unwrap();

    let world = world_with(config).await;
    let again = world.charge(&customer, &method, "recharge:1").await.unwrap();
    assert_eq!(again.json, first.json, "also what was answered to a key");
    world.pay(&open, "pm_card_visa");
    assert_eq!(world.objects("checkout.session.completed").await.len(), 1);
}

#[tokio::test]
async fn everything_can_be_done_over_http_too() {
    let world = world().await;
    let session = world.checkout().await;
    let paid =
        world.control(Method::POST, "/stripe", json!({"act": "pay", "session": session, "card": "pm_card_visa"})).await;
    assert_eq!(paid.json["payment_status"], "paid", "{}", paid.text);
    let books = world.call(Method::GET, "/_control/stripe", None, None).await.unwrap().json;
    assert_eq!(books["payments"].as_array().unwrap().len(), 1);
    let requests = world.call(Method::GET, "/_control/stripe/requests", None, None).await.unwrap().json;
    assert_eq!(requests[0]["path"], "/v1/checkout/sessions");
    for (method, path, body) in [
        (Method::POST, "/stripe/event-plan", json!({"copies": 2})),
        (Method::DELETE, "/stripe/event-plan", json!({})),
        (Method::POST, "/stripe/pause", json!({})),
        (Method::POST, "/stripe/resume", json!({"order": "reversed"})),
        (Method::PUT, "/stripe/keys", json!({"api_key": "sk_test_rotated"})),
        (Method::PUT, "/stripe/webhook", json!({"url": "http://127.0.0.1:1/gone"})),
    ] {
        assert_eq!(world.control(method, path, body).await.status, 204, "{path}");
    }
    assert_eq!(world.order_checkout(&[]).await.status, 401, "the key was rotated");
    let wrong =
        world.control(Method::POST, "/stripe", json!({"act": "settle", "payment": "pi_none", "succeeds": true}));
    assert_eq!(wrong.await.status, 404);
}

/// What Stripe's command line asks of Stripe to play a dispute.
#[tokio::test]
async fn the_dispute_of_stripes_own_command_line_is_played() {
    #[expect(clippy::disallowed_methods, reason = "the corpus is an option of the test run, not of the product")]
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: Stripe's examples are skipped");
        return;
    };
    let path = corpus.join("../crm/stripe/cli-trigger.charge.dispute.created.json");
    let trigger: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let call = &trigger["fixtures"][0];
    let mut pairs = Vec::new();
    for (name, value) in call["params"].as_object().unwrap() {
        match value.as_array() {
            Some(list) => pairs.extend(list.iter().map(|one| (format!("{name}[]"), text(one)))),
            None => pairs.push((name.clone(), value.to_string().trim_matches('"').to_owned())),
        }
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let world = world().await;
    let answer = world.stripe(Method::POST, call["path"].as_str().unwrap(), None, &form(&pairs)).await.unwrap();
    assert_eq!((answer.status, &answer.json["status"]), (200, &json!("succeeded")), "{}", answer.text);
    assert_eq!(world.objects("charge.dispute.created").await[0]["payment_intent"], answer.json["id"]);
}

impl World {
    async fn checkout_and_pay(&self) {
        let session = self.checkout().await;
        self.pay(&session, "pm_card_visa");
    }
}
