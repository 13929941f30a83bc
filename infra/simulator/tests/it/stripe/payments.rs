//! Paying at a page, charging a saved card, and what comes of a payment later.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_buyer_pays_at_the_page_and_comes_back() {
    let world = world().await;
    let ordered = world.order_checkout(&[]).await.json;
    assert_eq!((&ordered["status"], &ordered["payment_status"]), (&json!("open"), &json!("unpaid")));
    let url = text(&ordered["url"]);
    let page = |method: Method, body: &str| {
        let request = Request::builder().method(method).uri(&url).body(body.to_owned().into()).unwrap();
        world.ask(request)
    };
    let shown = page(Method::GET, "").await.unwrap().text;
    assert!(shown.contains("50.00 USD") && shown.contains("Credits &amp; more"), "{shown}");

    let declined = page(Method::POST, "card=pm_card_chargeDeclined").await.unwrap();
    assert!(declined.text.contains("Your card was declined."), "{}", declined.text);
    let paid = page(Method::POST, "card=4242+4242+4242+4242").await.unwrap();
    let back = format!("https://shop.example/back?cs={}", text(&ordered["id"]));
    assert_eq!((paid.status, paid.headers["location"].to_str().unwrap()), (303, back.as_str()));

    let session = world.read(&format!("/v1/checkout/sessions/{}", text(&ordered["id"]))).await;
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("paid")));
    assert_eq!(session["url"], json!(null));
    let path = format!("/v1/payment_intents/{}?expand%5B0%5D=payment_method", text(&session["payment_intent"]));
    let intent = world.read(&path).await;
    assert_eq!((&intent["amount_received"], &intent["metadata"]["order"]), (&json!(5000), &json!("top_1")));
    assert_eq!(intent["payment_method"]["card"]["last4"], "4242");
    assert_eq!(intent["payment_method"]["customer"], intent["customer"]);
    let mut told = world.told().await;
    told.sort();
    let expected = [
        "charge.succeeded",
        "checkout.session.completed",
        "customer.created",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
    ];
    assert_eq!(told, expected);
    assert!(page(Method::GET, "").await.unwrap().text.contains("This page is over"));
}

#[tokio::test]
async fn a_saved_card_ends_as_the_test_card_that_it_is() {
    let world = world().await;
    let (customer, saved) = world.saved().await;
    for (at, (card, status, code, decline)) in [
        ("pm_card_visa", 200, None, None),
        ("pm_card_chargeDeclined", 402, Some("card_declined"), Some("generic_decline")),
        ("pm_card_chargeDeclinedInsufficientFunds", 402, Some("card_declined"), Some("insufficient_funds")),
        ("pm_card_chargeDeclinedStolenCard", 402, Some("card_declined"), Some("stolen_card")),
        ("pm_card_chargeDeclinedExpiredCard", 402, Some("expired_card"), Some("expired_card")),
        ("pm_card_authenticationRequired", 402, Some("authentication_required"), Some("authentication_required")),
        ("pm_card_chargeCustomerFail", 402, Some("card_declined"), Some("generic_decline")),
        ("pm_usBankAccount_success", 200, None, None),
    ]
    .into_iter()
    .enumerate()
    {
        // By its name, and as what a card that was saved turns into.
        world.play(StripeAct::Script { method: saved.clone(), cards: vec![card.to_owned()] });
        for method in [card, &saved] {
            let answer = world.charge(&customer, method, &format!("{at} {method}")).await.unwrap();
            assert_eq!(answer.status, status, "{card}: {}", answer.text);
            assert_eq!(answer.json["error"]["code"], json!(code), "{card}");
            assert_eq!(answer.json["error"]["decline_code"], json!(decline), "{card}");
            if status == 402 {
                assert_eq!(answer.json["error"]["payment_intent"]["status"], "requires_payment_method");
            }
        }
    }
    let listed = world.read(&format!("/v1/payment_intents?customer={customer}&limit=3")).await;
    assert_eq!((listed["data"].as_array().unwrap().len(), &listed["has_more"]), (3, &json!(true)));
    let last = text(&listed["data"][2]["id"]);
    let rest = world.read(&format!("/v1/payment_intents?customer={customer}&limit=100&starting_after={last}")).await;
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["has_more"]), (14, &json!(false)));
}

#[tokio::test]
async fn a_payment_that_takes_days_is_completed_unpaid_and_told_when_it_ends() {
    let world = world().await;
    for (succeeds, kind) in [(true, "async_payment_succeeded"), (false, "async_payment_failed")] {
        let session = world.checkout().await;
        let done = world.pay(&session, "pm_usBankAccount_success");
        assert_eq!((&done["status"], &done["payment_status"]), (&json!("complete"), &json!("unpaid")));
        let payment = text(&done["payment_intent"]);
        world.play(StripeAct::Settle { payment: payment.clone(), succeeds });
        let told = world.objects(&format!("checkout.session.{kind}")).await;
        assert_eq!(told[0]["payment_status"], if succeeds { "paid" } else { "unpaid" });
        assert!(world.simulator.play_stripe(StripeAct::Settle { payment, succeeds }).is_err(), "it ends once");
    }
}

#[tokio::test]
async fn a_payment_is_refunded_in_parts_and_no_further() {
    let world = world().await;
    let session = world.checkout().await;
    let payment = text(&world.pay(&session, "pm_card_visa")["payment_intent"]);
    let refund = async |amount: &str| {
        let body = form(&[("payment_intent", &payment), ("amount", amount)]);
        world.stripe(Method::POST, "/v1/refunds", None, &body).await.unwrap()
    };
    let part = refund("2000").await.json;
    assert_eq!((&part["amount"], &part["status"]), (&json!(2000), &json!("succeeded")));
    assert_eq!(refund("3001").await.status, 400);
    world.play(StripeAct::Refund { payment: payment.clone(), amount: None });
    assert_eq!(refund("1").await.status, 400);
    let told = world.objects("refund.created").await;
    assert_eq!(told.iter().map(|refund| refund["amount"].as_i64().unwrap()).sum::<i64>(), 5000);
    assert_eq!(world.objects("charge.refunded").await.len(), 2);

    let later = text(&part["id"]);
    world.play(StripeAct::SettleRefund { refund: later.clone(), succeeds: false });
    assert_eq!(world.read(&format!("/v1/refunds/{later}")).await["status"], "failed");
    assert_eq!(world.objects("refund.failed").await.len(), 1);
    assert_eq!(refund("2000").await.status, 200, "what failed can be refunded again");
}

#[tokio::test]
async fn a_dispute_goes_through_its_phases() {
    let world = world().await;
    for (won, last) in [(true, "won"), (false, "lost")] {
        let session = world.checkout().await;
        let payment = text(&world.pay(&session, "pm_card_visa")["payment_intent"]);
        let dispute = text(&world.play(StripeAct::Dispute { payment, amount: None, is_inquiry: false })["id"]);
        world.play(StripeAct::Close { dispute: dispute.clone(), won });
        assert_eq!(world.read(&format!("/v1/disputes/{dispute}")).await["status"], last);
    }
    let mut told = world.told().await;
    told.retain(|kind| kind.starts_with("charge.dispute."));
    told.sort();
    let mut expected = [["closed", "created", "funds_withdrawn"]; 2].concat();
    expected.push("funds_reinstated");
    expected.sort_unstable();
    assert_eq!(told, expected.iter().map(|phase| format!("charge.dispute.{phase}")).collect::<Vec<_>>());

    let inquiry = world.checkout().await;
    let payment = text(&world.pay(&inquiry, "pm_card_createDisputeInquiry")["payment_intent"]);
    let opened = world.objects("charge.dispute.created").await.pop().unwrap();
    assert_eq!((&opened["payment_intent"], &opened["status"]), (&json!(payment), &json!("warning_needs_response")));
    assert_eq!(world.objects("charge.dispute.funds_withdrawn").await.len(), 2, "an inquiry takes no money");
}

#[tokio::test]
async fn a_session_runs_out_and_is_paid_no_more() {
    let world = world().await;
    let session = world.checkout().await;
    world.play(StripeAct::Expire { session: session.clone() });
    assert_eq!(world.told().await, ["checkout.session.expired"]);
    let late = StripeAct::Pay { session: session.clone(), card: "pm_card_visa".to_owned() };
    assert!(world.simulator.play_stripe(late).is_err());
    assert_eq!(world.read(&format!("/v1/checkout/sessions/{session}")).await["status"], "expired");
}

#[tokio::test]
async fn a_card_that_was_taken_off_is_charged_no_more() {
    let world = world().await;
    let (customer, method) = world.saved().await;
    world.play(StripeAct::Renew { method: method.clone() });
    world.play(StripeAct::Detach { method: method.clone() });
    let refused = world.charge(&customer, &method, "after").await.unwrap();
    assert_eq!((refused.status, &refused.json["error"]["param"]), (400, &json!("payment_method")));
    world.play(StripeAct::DeleteCustomer { customer: customer.clone() });
    let refused = world.charge(&customer, "pm_card_visa", "later").await.unwrap();
    assert_eq!(refused.json["error"]["code"], "resource_missing");
    let told = world.told().await;
    for kind in ["payment_method.automatically_updated", "payment_method.detached", "customer.deleted"] {
        assert!(told.iter().any(|one| one == kind), "{kind}");
    }
}
