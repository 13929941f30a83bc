//! Every file of Stripe's own examples, where they lie beside the folder that `WHATSAPP_CORPUS` names.
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::event::Fact;

fn files() -> Option<Vec<(String, Value)>> {
    #[expect(clippy::disallowed_methods, reason = "the corpus is an option of the test run, not of the product")]
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: Stripe's examples are skipped");
        return None;
    };
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let paths = fs::read_dir(corpus.join("../crm/stripe")).unwrap().map(|file| file.unwrap().path());
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (name(&path), serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}")))
    };
    Some(paths.map(read).collect())
}

fn event(kind: &str, object: &Value) -> Fact {
    super::super::events::read(&json!({"id": "evt_1", "type": kind, "data": {"object": object}})).fact
}

#[test]
fn every_example_is_read() {
    let Some(files) = files() else { return };
    for (name, value) in files {
        let object = Object(&value);
        match name.as_str() {
            "checkout.session.fixture.json" => {
                let state = states::checkout_state(&object).unwrap();
                assert!(states::checkout(&object).is_some() && state.payment.is_some() && !state.is_paid, "{state:?}");
                let fact = event("checkout.session.completed", &value);
                assert!(matches!(fact, Fact::Pending { checkout: Some(_), .. }), "{fact:?}");
            }
            "payment_intent.fixture.json" => {
                let state = states::payment(&object).unwrap();
                assert_eq!((state.status, &state.amount), (PaymentStatus::Unpaid, &money(10_990_000, "USD")));
                assert!(matches!(event("payment_intent.payment_failed", &value), Fact::Failed { .. }));
            }
            "payment_method.fixture.json" => {
                assert_eq!(states::card(&object).unwrap().last4, "4242");
                assert!(matches!(event("payment_method.detached", &value), Fact::CardDetached { .. }));
            }
            "refund.fixture.json" => assert!(matches!(event("refund.created", &value), Fact::Refunded(_))),
            "dispute.fixture.json" => {
                let Fact::Disputed(dispute) = event("charge.dispute.created", &value) else { panic!("{name}") };
                assert!(dispute.status.is_inquiry());
            }
            "customer.fixture.json" => {
                assert!(matches!(event("customer.deleted", &value), Fact::CustomerDeleted { .. }));
            }
            "charge.fixture.json" => assert!(matches!(event("charge.refunded", &value), Fact::Other(_))),
            "event.fixture.json" => {
                let event = super::super::events::read(&value);
                assert_eq!(event.fact, Fact::Other("plan.created".to_owned()));
                assert!(event.id.starts_with("evt_"));
            }
            "error.card_declined.402.json" => check_decline(&value, "pi_1", Hardness::Soft),
            "error.authentication_required.402.json" => check_decline(&value, "pi_2", Hardness::ActionNeeded),
            // What is asked of Stripe by its command line and for the endpoint: nothing that we are told.
            "webhook_endpoint.fixture.json" => assert_eq!(object.word("object"), "webhook_endpoint"),
            name if name.starts_with("cli-trigger.") => assert!(value["fixtures"].is_array(), "{name}"),
            name => panic!("{name} is not looked at"),
        }
    }
}

fn check_decline(body: &Value, expected: &str, hardness: Hardness) {
    let answer = Response::builder().status(402).body(body.to_string().into_bytes()).unwrap();
    let Refusal::Declined { payment, decline } = refusal::read(&answer) else { panic!("{body}") };
    assert_eq!((payment.as_deref(), decline.hardness), (Some(expected), hardness));
}
