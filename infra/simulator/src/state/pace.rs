//! Meta's two limits on the pace of sends: per number and second, and per number and customer.

use std::collections::{BTreeMap, VecDeque};

/// One message to a customer in this time, in the long run; so many at once, borrowed from the time that follows.
const PAIR_INTERVAL_MS: i64 = 6_000;
const PAIR_BURST: i64 = 45;
const SECOND_MS: i64 = 1_000;

/// What was accepted lately.
#[derive(Default)]
pub(crate) struct Pace {
    accepted_ms: VecDeque<i64>,
    /// Per customer, when what was borrowed is paid back.
    paid_ms: BTreeMap<String, i64>,
}

/// Which limit a message exceeds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Exceeded {
    Throughput,
    Pair,
}

impl Pace {
    /// Counts one message more, if both limits allow it; a limit that is not given allows all.
    pub(crate) fn take(&mut self, to: &str, now_ms: i64, mps: Option<usize>, pair: bool) -> Result<(), Exceeded> {
        while self.accepted_ms.front().is_some_and(|at| *at <= now_ms - SECOND_MS) {
            self.accepted_ms.pop_front();
        }
        if mps.is_some_and(|mps| self.accepted_ms.len() >= mps) {
            return Err(Exceeded::Throughput);
        }
        let paid_ms = self.paid_ms.get(to).copied().unwrap_or(now_ms).max(now_ms);
        if pair && paid_ms - now_ms > (PAIR_BURST - 1) * PAIR_INTERVAL_MS {
            return Err(Exceeded::Pair);
        }
        self.accepted_ms.push_back(now_ms);
        self.paid_ms.insert(to.to_owned(), paid_ms + PAIR_INTERVAL_MS);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holds_so_many_and_a_customer_gets_a_burst() {
        let mut pace = Pace::default();
        let mut take = |to: &str, now, mps, pair| pace.take(to, now, mps, pair);
        assert_eq!([0, 1, 2].map(|now| take("a", now, Some(2), false)), [Ok(()), Ok(()), Err(Exceeded::Throughput)]);
        assert_eq!(take("a", 1_000, Some(2), false), Ok(()));
        for _ in 0..PAIR_BURST {
            assert_eq!(take("b", 5_000, None, true), Ok(()));
        }
        assert_eq!(take("b", 5_000, None, true), Err(Exceeded::Pair));
        assert_eq!(take("b", 11_000, None, true), Ok(()));
        assert_eq!(take("c", 5_000, None, true), Ok(()), "others go on");
    }
}
