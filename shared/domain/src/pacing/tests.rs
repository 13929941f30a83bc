//! The buckets against a clock that moves.
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "small numbers of a test")]
use std::collections::VecDeque;

use super::*;

const START: Time = Time::from_millis(1_000_000_000);

fn after(millis: u64) -> Time {
    START.plus(Duration::from_millis(millis))
}

#[test]
fn a_pair_borrows_its_burst_and_pays_it_back() {
    let mut paid_at = None;
    for _ in 0..PAIR_BURST {
        paid_at = Some(pair(paid_at, START).unwrap());
    }
    assert_eq!(pair(paid_at, START), Err(PAIR_INTERVAL), "the burst is used up");
    for (millis, allowed) in [(5_999, false), (6_000, true)] {
        assert_eq!(pair(paid_at, after(millis)).is_ok(), allowed, "{millis}");
    }
    // Twenty at once leave two minutes of debt.
    let twenty = (0..20).fold(None, |paid_at, _| Some(pair(paid_at, START).unwrap()));
    assert_eq!(twenty, Some(START.plus(Duration::from_secs(120))));
    assert_eq!(pair(twenty, after(200_000)).unwrap(), after(206_000), "a debt that is paid counts no more");
}

#[test]
fn turns_are_an_interval_apart() {
    let mut paid_at = (0..PAIR_BURST).fold(None, |paid_at, _| Some(pair(paid_at, START).unwrap()));
    for turn in 1..10 {
        let (at, paid) = pair_turn(paid_at, START);
        assert_eq!(at, START.plus(PAIR_INTERVAL.saturating_mul(turn)));
        paid_at = Some(paid);
    }
}

#[test]
fn replies_have_a_reserve() {
    use Priority::{Bulk, Reply};
    for (limit, priority, taken, expected) in [
        (80, Reply, 0, 3),
        (80, Reply, 12, 3),
        (80, Reply, 14, 1),
        (80, Reply, 15, 0),
        (80, Bulk, 0, 3),
        (80, Bulk, 11, 1),
        (80, Bulk, 12, 0),
        (20, Reply, 2, 1),
        (20, Reply, 0, 3),
        (20, Bulk, 1, 1),
        (20, Bulk, 2, 0),
        (1_000, Reply, 0, 11),
        (1_000, Bulk, 150, 0),
    ] {
        assert_eq!(block(limit, priority, taken), expected, "{limit} {priority} {taken}");
    }
}

/// The row that the processes share.
#[derive(Default)]
struct Row {
    slot: i64,
    taken: u32,
}

/// One message, if it may go: from what the process has, or from a block of the row.
fn send(allowance: &mut Allowance, row: &mut Row, limit: u32, priority: Priority, now: Time) -> bool {
    if allowance.take(now) {
        return true;
    }
    if row.slot != slot(now) {
        *row = Row { slot: slot(now), taken: 0 };
    }
    let count = block(limit, priority, row.taken);
    row.taken += count;
    allowance.add(row.slot, count);
    count > 0 && allowance.take(now)
}

/// However many processes send, at whatever moments: in no second does more leave than 15/16 of the limit and one message
/// per process and begun second.
#[test]
fn no_second_exceeds_the_limit() {
    for (limit, processes, seed) in
        [(80, 1_usize, 1_u64), (80, 10, 2), (80, 40, 3), (20, 5, 4), (1_000, 8, 5), (1_000, 60, 6)]
    {
        let mut random = seed;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        let (mut allowances, mut row) = (vec![Allowance::default(); processes], Row::default());
        let (mut last_second, mut sent, mut most): (VecDeque<i64>, usize, usize) = (VecDeque::new(), 0, 0);
        let mut millis = 0;
        while millis < 10_000 {
            let now = after(millis);
            for _ in 0..=next(u64::from(limit / 10)) {
                let process = usize::try_from(next(processes as u64)).unwrap();
                let priority = if next(3) == 0 { Priority::Bulk } else { Priority::Reply };
                if send(&mut allowances[process], &mut row, limit, priority, now) {
                    last_second.push_back(now.millis());
                    sent += 1;
                }
            }
            while last_second.front().is_some_and(|first| *first <= now.millis() - 1_000) {
                last_second.pop_front();
            }
            most = most.max(last_second.len());
            millis += next(20);
        }
        let bound = (limit * 15 / 16) as usize + 2 * processes;
        assert!(most <= bound, "{most} of {limit} in a second from {processes} processes");
        assert!(sent >= (limit * 6) as usize, "{sent} in ten seconds is far below {limit} per second");
    }
}
