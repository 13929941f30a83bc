//! Failures to order, as the caller of the Graph side meets them.

use std::time::{Duration, Instant};

use serde_json::json;
use simulator::{Fault, FaultOrder, Operation, Outcome};

use crate::support::World;

const TO: &str = "+34600111222";

#[tokio::test]
async fn an_ordered_error_has_its_own_status_and_body_and_strikes_as_often_as_told() {
    let world = World::new().await;
    world.ana_writes();
    world.simulator.add_fault(FaultOrder::from(Fault::error(131_056)).times(2).for_recipient("34 600 111 222"));
    world.simulator.put_customer(simulator::CustomerInput { wa_id: Some("34600333444".into()), ..Default::default() });
    assert_eq!(world.send_text("+34600333444", "not meant").await.status, 200);
    for _ in 0..2 {
        let answer = world.send_text(TO, "Hola").await;
        assert_eq!((answer.status, answer.code()), (400, 131_056));
        assert_eq!(answer.json["error"]["error_data"]["messaging_product"], "whatsapp");
    }
    assert_eq!(world.send_text(TO, "Hola").await.status, 200);

    world.simulator.add_fault(Fault::Error {
        code: 2,
        status: Some(500),
        subcode: Some(1_675_030),
        title: Some("An unexpected error occurred".into()),
        details: None,
        is_transient: Some(true),
    });
    let answer = world.send_text(TO, "Hola").await;
    assert_eq!(answer.status, 500);
    let error = &answer.json["error"];
    assert_eq!((&error["is_transient"], &error["error_subcode"]), (&json!(true), &json!(1_675_030)));
    assert_eq!(error["message"], "(#2) An unexpected error occurred");
    let outcome = world.simulator.sends().pop().unwrap().outcome;
    assert_eq!(outcome, Outcome::Refused { status: 500, code: 2, details: None });
}

#[tokio::test]
async fn a_timeout_after_accepting_gives_no_answer_but_statuses() {
    let world = World::new().await;
    world.ana_writes();
    world.simulator.add_fault(Fault::Timeout { accepted: true });
    let body = crate::support::text_to(TO, "Hola");
    assert!(tokio::time::timeout(Duration::from_millis(300), world.try_send(&body)).await.is_err());
    world.settled().await;
    assert_eq!(world.receiver.status_names(), ["sent", "delivered", "read"]);
    let sends = world.simulator.sends();
    assert_eq!((sends[0].is_accepted(), sends[0].fault.as_deref()), (true, Some("timeout")));

    world.simulator.add_fault(Fault::Timeout { accepted: false });
    assert!(tokio::time::timeout(Duration::from_millis(200), world.try_send(&body)).await.is_err());
    assert_eq!(world.simulator.sends()[1].outcome, Outcome::Lost);
    let begun = Instant::now();
    world.simulator.shutdown().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(3), "a call that hangs does not hold the shutdown up");
}

#[tokio::test]
async fn slow_answers_bad_gateways_and_resets() {
    let world = World::new().await;
    world.ana_writes();
    world.simulator.add_fault(Fault::Slow { delay_ms: 150 });
    let begun = Instant::now();
    assert_eq!(world.send_text(TO, "slow").await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(150));

    for accepted in [true, false] {
        world.simulator.clear_sends();
        world.simulator.add_fault(Fault::BadGateway { accepted });
        let answer = world.send_text(TO, "bad gateway").await;
        assert_eq!(answer.status, 502);
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(answer.text.contains("<html>"));
        assert_eq!(world.simulator.accepted().len(), usize::from(accepted));

        world.simulator.add_fault(Fault::Reset { accepted });
        let body = crate::support::text_to(TO, "reset");
        world.try_send(&body).await.unwrap_err();
        assert_eq!(world.simulator.accepted().len(), 2 * usize::from(accepted));
    }
    assert_eq!(world.send_text(TO, "well again").await.status, 200);

    world.simulator.add_fault(FaultOrder::from(Fault::error(190)).on(Operation::Nodes));
    let path = format!("/v26.0/{}", world.simulator.config().phone_number_id);
    assert_eq!(world.get(&path).await.status, 401);
    assert_eq!(world.get(&path).await.status, 200);
}
