//! What goes wrong: services that fail, functions that are killed, and statuses in any order.
use std::collections::BTreeSet;

use local::aws::{Fault, FaultAction};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use simulator::{PlannedStatus, Status, StatusPlan};

const FUNCTIONS: &[&str] =
    &["WebhookIngestFunction", "InboundApplyFunction", "EventRelayFunction", "MessageSendFunction", "ApiFunction"];
const MISHAPS: &[FaultAction] = &[
    FaultAction::Throttle,
    FaultAction::ServerError,
    FaultAction::TransactionConflict,
    FaultAction::DropBeforeExecuting,
    FaultAction::DropAfterExecuting,
    FaultAction::KillBeforeExecuting,
    FaultAction::KillAfterExecuting,
];

/// A mishap of one of the next calls of a function.
pub(super) fn mishap(random: &mut StdRng) -> Fault {
    let (function, action) = (FUNCTIONS.choose(random).unwrap(), *MISHAPS.choose(random).unwrap());
    let fault = Fault::new(function, action).nth(random.random_range(1..=6));
    match action {
        // One killed process is one try less of the five that a message has.
        FaultAction::KillBeforeExecuting | FaultAction::KillAfterExecuting => fault,
        // Only a write meets a conflict.
        FaultAction::TransactionConflict => fault.on(["UpdateItem", "PutItem"].choose(random).unwrap()),
        _ => fault.times(random.random_range(1..=3)),
    }
}

/// How Meta fails at one send: whether it takes the message, and whether we learn it.
pub(super) fn trouble_at_meta(random: &mut StdRng) -> simulator::FaultOrder {
    use simulator::Fault;
    let accepted = random.random();
    match random.random_range(0..5) {
        0 => Fault::BadGateway { accepted }.into(),
        1 => Fault::Reset { accepted }.into(),
        2 => Fault::Slow { delay_ms: random.random_range(1..300) }.into(),
        3 => simulator::FaultOrder::from(Fault::error(130_429)).times(random.random_range(1..=2)),
        _ => Fault::error(131_016).into(),
    }
}

/// Some statuses in some order, some of them told several times; and which words those are.
pub(super) fn statuses(random: &mut StdRng) -> (StatusPlan, BTreeSet<&'static str>) {
    let mut words = vec![Status::Sent, Status::Delivered, Status::Read];
    words.retain(|_| random.random_bool(0.75));
    if random.random_bool(0.1) {
        words.push(Status::Failed);
    }
    words.shuffle(random);
    let plan = |status: &Status| {
        let planned = PlannedStatus::from(*status).after_ms(random.random_range(0..60));
        let planned = planned.copies(*[1, 1, 1, 2, 3].choose(random).unwrap());
        if random.random_bool(0.2) { planned.before_answer() } else { planned }
    };
    let plan = StatusPlan::of(words.iter().map(plan).collect::<Vec<_>>());
    let plan = if random.random_bool(0.2) { plan.aggregated() } else { plan };
    (plan, words.iter().map(|status| status.name()).collect())
}
