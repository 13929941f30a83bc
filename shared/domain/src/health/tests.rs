//! Each word about health in any order, and what is held by it.
use super::*;

fn at(seconds: i64) -> Time {
    Time::from_seconds(seconds)
}

fn block(reason: BlockReason, from: i64, until: Option<i64>) -> Change {
    Change::Block { reason, at: at(from), until: until.map(at), detail: None }
}

fn after(changes: &[Change]) -> Health {
    Health::default().apply(changes).unwrap_or_default()
}

#[test]
fn words_of_meta_end_in_one_state_whatever_their_order() {
    use BlockReason::{Banned, RestrictedInitiated};
    let told = |value: &str, seconds| {
        Change::Fact(Fact::Quality, Told { value: value.to_owned(), details: serde_json::json!({}), at: at(seconds) })
    };
    let changes = [
        block(RestrictedInitiated, 10, Some(500)),
        Change::Lift { reason: RestrictedInitiated, at: at(20) },
        block(Banned, 5, None),
        Change::Lift { reason: Banned, at: at(30) },
        block(Banned, 40, None),
        told("YELLOW", 7),
        told("GREEN", 9),
    ];
    let expected = after(&changes);
    let in_force = |health: &Health, now| health.in_force(at(now)).map(|(reason, _)| reason).collect::<Vec<_>>();
    assert_eq!(in_force(&expected, 100), [Banned]);
    assert_eq!(expected.facts[&Fact::Quality].value, "GREEN");
    // Whatever comes late changes nothing.
    for start in 0..changes.len() {
        let mut order: Vec<Change> = changes.iter().cycle().skip(start).take(changes.len()).cloned().collect();
        order.reverse();
        let health = after(&order);
        assert_eq!(in_force(&health, 100), in_force(&expected, 100));
        assert_eq!(health.facts, expected.facts);
        assert_eq!(health.apply(&order), None, "told again, nothing changes");
        assert_eq!(health.apply(&changes), None, "in any order");
    }
}

#[test]
fn an_expiry_lifts_a_restriction_by_itself() {
    let health = after(&[block(BlockReason::RestrictedReplies, 10, Some(100))]);
    let reply = Nature { is_initiated: false, is_utility: false };
    for (now, held) in [(10, true), (99, true), (100, false)] {
        assert_eq!(health.holding(reply, at(now)).next().is_some(), held);
        let block = &health.blocks[&BlockReason::RestrictedReplies];
        assert_eq!(look(block, at(now)), if held { Look::Wait } else { Look::Release });
    }
}

/// P26: a brake is hours, and longer each time.
#[test]
fn the_brake_grows() {
    let mut health = Health::default();
    let mut now = at(0);
    for hours in [1, 6, 24, 24] {
        let struck = Change::Struck { reason: BlockReason::SpamBrake, at: now, detail: None };
        health = health.apply(std::slice::from_ref(&struck)).unwrap();
        // Others that were on their way when it was hit count no more.
        let beside =
            Change::Struck { reason: BlockReason::SpamBrake, at: now.plus(Duration::from_secs(5)), detail: None };
        assert_eq!(health.apply(&[beside, struck]), None);
        let block = &health.blocks[&BlockReason::SpamBrake];
        assert_eq!(block.until, Some(now.plus(Duration::from_secs(hours * 3600))));
        now = now.plus(Duration::from_secs(hours * 3600 + 1));
    }
}

/// P28: one message finds out, less and less often; the first that gets through lifts the block.
#[test]
fn a_block_that_nobody_lifts_is_probed() {
    let reason = BlockReason::Token;
    let mut health = after(&[Change::Struck { reason, at: at(0), detail: Some("190".to_owned()) }]);
    let mut now = at(0);
    for minutes in [1, 2, 5, 15, 30, 30] {
        let due = now.plus(Duration::from_secs(minutes * 60));
        assert_eq!(look(&health.blocks[&reason], due.minus(Duration::from_millis(1))), Look::Wait);
        assert_eq!(look(&health.blocks[&reason], due), Look::Probe);
        now = due;
        health = health.apply(&[Change::Probing { reason, at: now }]).unwrap();
        // The probe is refused as well.
        let refused = Change::Struck { reason, at: now.plus(Duration::from_secs(1)), detail: None };
        health = health.apply(&[refused]).unwrap_or(health);
        assert_eq!(health.blocks[&reason].since, at(0));
    }
    let early = Change::Passed { reason, at: at(-1) };
    assert_eq!(health.apply(&[early]), None, "a message that went before says nothing");
    let health = health.apply(&[Change::Passed { reason, at: now.plus(Duration::from_secs(2)) }]).unwrap();
    assert_eq!(look(&health.blocks[&reason], now.plus(Duration::from_secs(3))), Look::Release);
}

#[test]
fn an_account_and_its_number_count_together() {
    let account = after(&[block(BlockReason::Banned, 10, None)]);
    let number = after(&[block(BlockReason::SpamBrake, 20, None)]);
    let reasons: Vec<BlockReason> = account.with(&number).in_force(at(30)).map(|(reason, _)| reason).collect();
    assert_eq!(reasons, [BlockReason::SpamBrake, BlockReason::Banned]);
    let lifted =
        after(&[block(BlockReason::Banned, 10, None), Change::Lift { reason: BlockReason::Banned, at: at(20) }]);
    assert_eq!(account.with(&lifted).in_force(at(30)).count(), 1, "another subject's lift lifts nothing here");
}
