//! Tokens of an identity provider, signed for real by one that is played here: who they let in, and all that they do not.
use serde_json::{Value, json};

use super::kind;
use super::provider::{AUDIENCE, Provider, Signer, raw};
use crate::world::{Answer, World};

async fn desk() -> (World, Provider) {
    let provider = Provider::start().await;
    let issuer = provider.issuer.clone();
    let world = World::with(|options| {
        options.parameters.insert("OidcIssuer".to_owned(), issuer);
        options.parameters.insert("OidcAudience".to_owned(), AUDIENCE.to_owned());
    })
    .await;
    (world, provider)
}

async fn add(world: &World, name: &str, email: &str) -> String {
    let made = world.post("/v1/users", json!({"name": name, "role": "agent", "email": email})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn me(world: &World, token: &str) -> Answer {
    world.call_as(token, "GET", "/v1/me", None, None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_logs_in_with_a_verified_address_is_that_user_from_then_on() {
    let (world, provider) = desk().await;
    let uma = add(&world, "Uma", "uma@example.org").await;
    let first = provider.claims(json!({"sub": "auth0|1", "email": "Uma@Example.org", "email_verified": true}));
    let answer = me(&world, &provider.rsa.token(&first)).await;
    assert_eq!((answer.status, &answer.body["actor"]), (200, &json!(uma)), "{}", answer.body);
    assert_eq!(world.get(&format!("/v1/users/{uma}")).await["external_id"], "auth0|1");
    // Their address may change; what the provider calls them does not.
    let later = provider.claims(json!({"sub": "auth0|1"}));
    for signer in [&provider.rsa, &provider.ec] {
        let answer = me(&world, &signer.token(&later)).await;
        assert_eq!((answer.status, &answer.body["actor"]), (200, &json!(uma)), "{}: {}", signer.algorithm, answer.body);
    }
    let token = provider.ec.token(&later);
    assert_eq!(world.call_as(&token, "GET", "/v1/contacts", None, None).await.status, 200);
    assert_eq!(world.call_as(&token, "GET", "/v1/api-keys", None, None).await.status, 403, "the role is the user's");
    let made =
        world.call_as(&token, "POST", "/v1/contacts", Some(json!({"phone": "+16505559401", "kind": "lead"})), None);
    assert_eq!(made.await.status, 201);
    let noted = world.get(&format!("/v1/audit?actor={uma}")).await["items"][0].clone();
    assert_eq!((&noted["route"], &noted["credential"]), (&json!("/v1/contacts"), &json!(uma)), "{noted}");
    world.done("PATCH", &format!("/v1/users/{uma}"), json!({"is_active": false})).await;
    assert_eq!(me(&world, &token).await.status, 401, "who is not active is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_nobody_added_is_told_so() {
    let (world, provider) = desk().await;
    let uma = add(&world, "Uma", "uma@example.org").await;
    let gone = add(&world, "Gone", "gone@example.org").await;
    world.done("PATCH", &format!("/v1/users/{gone}"), json!({"is_active": false})).await;
    world.done("PATCH", &format!("/v1/users/{uma}"), json!({"external_id": "auth0|1"})).await;
    for claims in [
        json!({"sub": "auth0|2"}),
        json!({"sub": "auth0|2", "email": "nobody@example.org", "email_verified": true}),
        json!({"sub": "auth0|2", "email": "gone@example.org", "email_verified": true}),
        json!({"sub": "auth0|2", "email": "uma@example.org", "email_verified": true}),
    ] {
        let answer = me(&world, &provider.rsa.token(&provider.claims(claims.clone()))).await;
        assert_eq!((answer.status, kind(&answer)), (403, "unknown-user"), "{claims}: {}", answer.body);
    }
    world.done("PATCH", &format!("/v1/users/{uma}"), json!({"external_id": null})).await;
    for verified in [json!(false), json!("no"), Value::Null] {
        let claims = json!({"sub": "auth0|2", "email": "uma@example.org", "email_verified": verified});
        let answer = me(&world, &provider.rsa.token(&provider.claims(claims))).await;
        assert_eq!((answer.status, kind(&answer)), (403, "unknown-user"), "an address that is not verified");
    }
    assert_eq!(world.get(&format!("/v1/users/{uma}")).await["external_id"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_hold_is_refused() {
    let (world, provider) = desk().await;
    let uma = add(&world, "Uma", "uma@example.org").await;
    world.done("PATCH", &format!("/v1/users/{uma}"), json!({"external_id": "auth0|1"})).await;
    let now = crate::world::webhooks::now();
    let good = provider.claims(json!({"sub": "auth0|1"}));
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    assert_eq!(me(&world, &provider.rsa.token(&good)).await.status, 200, "the control");
    let signed = |claims: &Value| provider.rsa.token(claims);
    let header = |alg: &str| json!({"alg": alg, "typ": "JWT", "kid": provider.rsa.kid});
    let (other_rsa_kid, stranger) = (provider.rsa.kid.clone(), Signer::ec("ec-1"));
    let mut tampered = signed(&good);
    let payload = raw(&with("sub", json!("auth0|9")));
    let parts: Vec<&str> = tampered.split('.').collect();
    tampered = format!("{}.{payload}.{}", parts[0], parts[2]);
    for (what, token) in [
        ("unsigned", format!("{}.{}.", raw(&header("none")), raw(&good))),
        ("unsigned, with a signature", format!("{}.{}.AAAA", raw(&header("None")), raw(&good))),
        ("signed with the public key as a secret", provider.rsa.as_secret(&other_rsa_kid, &good)),
        ("for others", signed(&with("aud", json!("another")))),
        ("for several others", signed(&with("aud", json!(["another", "more"])))),
        ("for nobody", signed(&with("aud", Value::Null))),
        ("of another issuer", signed(&with("iss", json!("https://issuer.example")))),
        ("over", signed(&with("exp", json!(now - 60)))),
        ("without an end", signed(&with("exp", Value::Null))),
        ("with an end that is a text", signed(&with("exp", json!((now + 600).to_string())))),
        ("not yet", signed(&with("nbf", json!(now + 300)))),
        ("with a beginning that is a text", signed(&with("nbf", json!("tomorrow")))),
        ("of nobody", signed(&with("sub", json!("")))),
        ("changed on the way", tampered),
        ("signed by a stranger in the provider's name", stranger.token(&good)),
        ("of an algorithm that is another key's", provider.ec.named(&provider.rsa.kid, &good)),
        ("by a key that nobody knows", Signer::ec("ec-9").token(&good)),
        ("no token at all", "a.b.c".to_owned()),
    ] {
        let answer = me(&world, &token).await;
        assert_eq!((answer.status, kind(&answer)), (401, "unauthenticated"), "{what}: {}", answer.body);
    }
    for (what, claims) in [
        ("for several", with("aud", json!(["more", AUDIENCE]))),
        ("over a moment ago, by a clock that is ahead", with("exp", json!(now - 10))),
        ("from a moment on, by a clock that is behind", with("nbf", json!(now + 10))),
    ] {
        assert_eq!(me(&world, &signed(&claims)).await.status, 200, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_of_the_provider_are_found_and_it_is_not_asked_for_each_token() {
    let (world, provider) = desk().await;
    let uma = add(&world, "Uma", "uma@example.org").await;
    world.done("PATCH", &format!("/v1/users/{uma}"), json!({"external_id": "auth0|1"})).await;
    let claims = provider.claims(json!({"sub": "auth0|1"}));
    assert_eq!(me(&world, &provider.rsa.token(&claims)).await.status, 200);
    for _ in 0..30 {
        assert_eq!(me(&world, &Signer::ec("unknown").token(&claims)).await.status, 401);
    }
    let asked = provider.asked();
    assert!(asked <= 4, "{asked} looks for 31 tokens: each process may look once in a while");
    let next = Signer::ec("ec-2");
    provider.publish(&[&provider.rsa, &next]);
    let mut is_known = false;
    for _ in 0..40 {
        is_known = me(&world, &next.token(&claims)).await.status == 200;
        if is_known {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    assert!(is_known, "a key that was added");
    provider.stop();
    assert_eq!(me(&world, &next.token(&claims)).await.status, 200, "keys are remembered while the provider is down");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_never_answered_is_no_fault_of_the_caller() {
    let (world, provider) = desk().await;
    provider.stop();
    let token = provider.rsa.token(&provider.claims(json!({"sub": "auth0|1"})));
    for _ in 0..2 {
        let answer = me(&world, &token).await;
        assert_eq!((answer.status, kind(&answer)), (503, "unavailable"), "{}", answer.body);
    }
    assert_eq!(world.call("GET", "/v1/me", None).await.status, 200, "keys of the API work all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_provider_no_token_is_taken() {
    let provider = Provider::start().await;
    let world = World::start().await;
    let token = provider.rsa.token(&provider.claims(json!({"sub": "auth0|1"})));
    let answer = me(&world, &token).await;
    assert_eq!((answer.status, provider.asked()), (401, 0), "{}", answer.body);
}
