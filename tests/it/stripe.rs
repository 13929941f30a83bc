//! The provider against the simulated Stripe: what it orders is taken, what it is told is what it can ask for, and no answer
//! that is lost charges twice (P53).
use std::time::Duration;

use domain::money::{Currency, Micros};
use domain::{Retry, Time};
use net::{Http, Secrets, Token};
use payments::stripe::Stripe;
use payments::{
    Buyer, ChargeOutcome, CheckoutOrder, CheckoutStatus, DisputeStatus, Fact, Hardness, Money, PayError, PayEvent,
    PaymentStatus, Provider, RefundStatus, SavedCard, SavedCharge,
};
use ring::hmac;
use simulator::{Config, Fault, FaultOrder, Operation, Simulator, StripeAct, StripeKeys};

/// A business and the Stripe that it is paid by.
struct Scene {
    simulator: Simulator,
    stripe: Stripe,
}

fn money(micros: i64, code: &str) -> Money {
    Money { amount: Micros::new(micros), currency: Currency::parse(code).unwrap() }
}

fn now() -> Time {
    Time::from_millis(i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap())
}

impl Scene {
    async fn new() -> Scene {
        let simulator = Simulator::start(Config::default()).await.unwrap();
        let key = Token::new(&simulator.config().stripe_key).unwrap();
        let stripe = Stripe::new(Http::new(None).unwrap(), &simulator.stripe_url(), key);
        Scene { simulator, stripe }
    }

    fn play(&self, act: StripeAct) -> String {
        self.simulator.play_stripe(act).unwrap()["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The id of a checkout of this amount.
    async fn checkout(&self, order: &str, amount: &Money) -> Result<String, PayError> {
        let order = CheckoutOrder {
            key: &format!("buy:{order}"),
            order,
            amount,
            title: "Credits",
            buyer: Buyer::New { email: Some("ann@example.com") },
            keeps_card: true,
            success_url: "https://shop.example/back?cs={CHECKOUT_SESSION_ID}",
            cancel_url: "https://shop.example/",
            expires_at: Time::from_seconds(now().seconds() / 60 * 60 + 3600),
        };
        self.stripe.create_checkout(&order).await.map(|checkout| checkout.id)
    }

    /// A payment at a checkout by this card.
    async fn paid_by(&self, order: &str, card: &str) -> String {
        let session = self.checkout(order, &money(50_000_000, "USD")).await.unwrap();
        self.play(StripeAct::Pay { session: session.clone(), card: card.to_owned() });
        self.stripe.checkout(&session).await.unwrap().payment.unwrap()
    }

    async fn saved(&self) -> SavedCard {
        let payment = self.paid_by("top_first", "pm_card_visa").await;
        self.stripe.saved_card(&payment).await.unwrap().unwrap()
    }

    async fn charge(&self, key: &str, card: &SavedCard) -> Result<ChargeOutcome, PayError> {
        let charge = SavedCharge {
            key,
            order: key,
            amount: &money(20_000_000, "USD"),
            customer: card.customer.as_deref().unwrap(),
            method: &card.method,
            title: "Credits",
        };
        self.stripe.charge_saved(&charge).await
    }

    /// Everything that Stripe told, as the provider reads it.
    fn told(&self) -> Vec<Fact> {
        let secret = &self.simulator.config().stripe_webhook_secrets[0];
        let (at, key) = (now(), hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
        let secrets = Secrets::parse(secret).unwrap();
        let read = |body: String| -> Vec<PayEvent> {
            let mac = hmac::sign(&key, format!("{}.{body}", at.seconds()).as_bytes());
            let signature = format!("t={},v1={}", at.seconds(), hex::encode(mac));
            Stripe::parse_webhook(&secrets, |_| Some(&signature), body.as_bytes(), at).unwrap()
        };
        let events = self.simulator.stripe_events().into_iter().flat_map(|event| read(event.body));
        events.map(|event| event.fact).collect()
    }
}

#[tokio::test]
async fn a_purchase_is_told_as_it_can_be_asked_for() {
    let scene = Scene::new().await;
    for (order, amount) in [
        ("top_usd", money(50_000_000, "USD")),
        ("top_jpy", money(500_000_000, "JPY")),
        ("top_kwd", money(5_120_000, "KWD")),
    ] {
        let checkout = scene.checkout(order, &amount).await.unwrap();
        assert_eq!(scene.checkout(order, &amount).await.unwrap(), checkout, "the same key, the same link");
        let state = scene.stripe.checkout(&checkout).await.unwrap();
        assert_eq!((state.status, state.is_paid, state.order.as_deref()), (CheckoutStatus::Open, false, Some(order)));
        scene.play(StripeAct::Pay { session: checkout.clone(), card: "pm_card_chargeDeclined".to_owned() });
        scene.play(StripeAct::Pay { session: checkout.clone(), card: "pm_card_visa".to_owned() });

        let state = scene.stripe.checkout(&checkout).await.unwrap();
        assert_eq!((state.status, state.is_paid, state.amount), (CheckoutStatus::Complete, true, Some(amount.clone())));
        let payment = scene.stripe.payment(&state.payment.unwrap()).await.unwrap();
        assert_eq!((payment.status, &payment.amount), (PaymentStatus::Succeeded, &amount));
        let paid = scene.told().into_iter().filter_map(|fact| match fact {
            Fact::Paid { payment, checkout, order: Some(told), amount } if told == order => {
                Some((payment, checkout, amount))
            }
            _ => None,
        });
        let both = [(payment.id.clone(), None, amount.clone()), (payment.id, Some(checkout), amount)];
        assert_eq!(paid.collect::<Vec<_>>(), both, "by the payment and by the checkout");
    }
}

#[tokio::test]
async fn a_saved_card_pays_or_says_why_not() {
    let scene = Scene::new().await;
    let card = scene.saved().await;
    assert_eq!((card.brand.as_str(), card.last4.as_str()), ("visa", "4242"));
    use Hardness::{ActionNeeded, Hard, Soft};
    for (at, (name, expected)) in [
        ("pm_card_visa", None),
        ("pm_card_chargeDeclined", Some((Soft, "generic_decline"))),
        ("pm_card_chargeDeclinedInsufficientFunds", Some((Soft, "insufficient_funds"))),
        ("pm_card_chargeDeclinedProcessingError", Some((Soft, "processing_error"))),
        ("pm_card_chargeDeclinedStolenCard", Some((Hard, "stolen_card"))),
        ("pm_card_chargeDeclinedExpiredCard", Some((Hard, "expired_card"))),
        ("pm_card_authenticationRequired", Some((ActionNeeded, "authentication_required"))),
    ]
    .into_iter()
    .enumerate()
    {
        scene.play(StripeAct::Script { method: card.method.clone(), cards: vec![name.to_owned()] });
        let key = format!("recharge:{at}");
        let outcome = scene.charge(&key, &card).await.unwrap();
        let (ChargeOutcome::Succeeded { payment } | ChargeOutcome::Declined { payment: Some(payment), .. }) = &outcome
        else {
            panic!("{name}: {outcome:?}")
        };
        let state = scene.stripe.payment(payment).await.unwrap();
        assert_eq!(state.order.as_deref(), Some(key.as_str()));
        let declined = |outcome: &ChargeOutcome| match outcome {
            ChargeOutcome::Declined { decline, .. } => Some((decline.hardness, decline.code.clone())),
            _ => None,
        };
        let expected = expected.map(|(hardness, code)| (hardness, code.to_owned()));
        assert_eq!(declined(&outcome), expected, "{name}");
        assert_eq!(state.decline.map(|decline| (decline.hardness, decline.code)), expected, "{name}: when asked");
        assert_eq!(scene.charge(&key, &card).await.unwrap(), outcome, "{name}: the same key, the same outcome");
    }
    scene.play(StripeAct::Script { method: card.method.clone(), cards: vec!["pm_usBankAccount_success".to_owned()] });
    let ChargeOutcome::Pending { payment } = scene.charge("recharge:slow", &card).await.unwrap() else {
        panic!("it takes its time")
    };
    scene.play(StripeAct::Settle { payment: payment.clone(), succeeds: true });
    assert_eq!(scene.stripe.payment(&payment).await.unwrap().status, PaymentStatus::Succeeded);

    scene.play(StripeAct::Detach { method: card.method.clone() });
    let ChargeOutcome::Declined { payment: None, decline } = scene.charge("recharge:gone", &card).await.unwrap() else {
        panic!("the card is gone")
    };
    assert_eq!(decline.hardness, Hard);
    assert!(scene.told().contains(&Fact::CardDetached { method: card.method }));
}

#[tokio::test]
async fn a_lost_answer_charges_once() {
    let scene = Scene::new().await;
    let card = scene.saved().await;
    let since = now().minus(Duration::from_secs(60));
    let customer = card.customer.clone().unwrap();
    let order = "recharge:lost";
    assert_eq!(scene.stripe.payment_for(order, &customer, since).await.unwrap(), None);
    scene.simulator.add_fault(FaultOrder::from(Fault::Reset { accepted: true }).on(Operation::StripeCharges));
    let lost = scene.charge(order, &card).await.unwrap_err();
    assert!(matches!(lost, PayError::Send(_)) && lost.retry() == Retry::Now, "{lost}");

    let found = scene.stripe.payment_for(order, &customer, since).await.unwrap().unwrap();
    assert_eq!(found.status, PaymentStatus::Succeeded);
    let again = scene.charge(order, &card).await.unwrap();
    assert_eq!(again, ChargeOutcome::Succeeded { payment: found.id });
    let paid =
        scene.told().into_iter().filter(|fact| matches!(fact, Fact::Paid { order: Some(told), .. } if told == order));
    assert_eq!(paid.count(), 1);
}

#[tokio::test]
async fn a_payment_is_found_among_more_than_a_page() {
    let scene = Scene::new().await;
    let card = scene.saved().await;
    for at in 0..105 {
        scene.charge(&format!("recharge:{at}"), &card).await.unwrap();
    }
    let customer = card.customer.unwrap();
    for order in ["recharge:0", "recharge:104"] {
        let found = scene.stripe.payment_for(order, &customer, Time::from_seconds(0)).await.unwrap().unwrap();
        assert_eq!(found.order.as_deref(), Some(order));
    }
    assert_eq!(
        scene.stripe.payment_for("recharge:0", &customer, now().plus(Duration::from_secs(9))).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn what_was_paid_goes_back_in_parts_and_in_phases() {
    let scene = Scene::new().await;
    let payment = scene.paid_by("top_1", "pm_card_visa").await;
    let refund = scene.play(StripeAct::Refund { payment: payment.clone(), amount: Some(1000) });
    let found = scene.stripe.refund(&refund).await.unwrap();
    assert_eq!((found.payment.as_ref(), &found.amount), (Some(&payment), &money(10_000_000, "USD")));
    scene.play(StripeAct::SettleRefund { refund: refund.clone(), succeeds: false });
    assert_eq!(scene.stripe.refund(&refund).await.unwrap().status, RefundStatus::Failed);
    assert!(scene.told().iter().any(|fact| matches!(fact, Fact::RefundFailed(told) if told.id == refund)));

    let dispute = scene.play(StripeAct::Dispute { payment: payment.clone(), amount: None, is_inquiry: false });
    scene.play(StripeAct::Close { dispute: dispute.clone(), won: true });
    let found = scene.stripe.dispute(&dispute).await.unwrap();
    assert_eq!((found.status, found.payment), (DisputeStatus::Won, Some(payment)));
    let phases = scene.told().into_iter().filter_map(|fact| match fact {
        Fact::Disputed(_) => Some("disputed"),
        Fact::Withdrawn(_) => Some("withdrawn"),
        Fact::DisputeClosed(_) => Some("closed"),
        Fact::Reinstated(_) => Some("reinstated"),
        _ => None,
    });
    assert_eq!(phases.collect::<Vec<_>>(), ["disputed", "withdrawn", "closed", "reinstated"]);
}

#[tokio::test]
async fn each_refusal_says_whether_to_try_again() {
    let scene = Scene::new().await;
    let card = scene.saved().await;
    let is_over = |error: &PayError| error.retry() == Retry::Never;
    for status in [429, 500, 503] {
        scene.simulator.add_fault(FaultOrder::from(Fault::error(status)).on(Operation::StripeCharges));
        let busy = scene.charge("recharge:1", &card).await.unwrap_err();
        assert!(matches!(busy, PayError::Busy { .. }) && !is_over(&busy), "{busy}");
    }
    scene.charge("recharge:1", &card).await.unwrap();
    let other = SavedCard { method: "pm_card_visa".to_owned(), ..card.clone() };
    let reused = scene.charge("recharge:1", &other).await.unwrap_err();
    assert!(matches!(reused, PayError::KeyReused { .. }) && is_over(&reused), "{reused}");
    assert!(scene.stripe.payment("pi_none").await.unwrap_err().is_missing());
    let amount = scene.checkout("top_2", &money(1_000, "USD")).await.unwrap_err();
    assert!(matches!(amount, PayError::Amount(_)), "{amount}");
    let (low, cents) = (money(10_000, "EUR"), money(500_000, "EUR"));
    assert!(Stripe::check(&low).is_err() && Stripe::check(&cents).is_ok());
    let rotated = StripeKeys { api_key: Some("sk_test_rotated".to_owned()), ..StripeKeys::default() };
    scene.simulator.change_stripe_keys(rotated);
    let refused = scene.charge("recharge:3", &card).await.unwrap_err();
    assert!(refused.is_about_credentials() && is_over(&refused), "{refused}");
}
