//! How fast messages may go to Meta: a bucket per person, and one per number that processes take from in blocks.
//!
//! The bucket of a pair is one moment, at which its debt is paid: it borrows as Meta's does, and costs no write beside the
//! claim. The bucket of a number is a count per slot of a quarter of a second, in one row: a process takes a block of it
//! only when it sends more than [`OWN_PER_SECOND`]. Three quarters of the limit are given out (Meta counts inbound messages
//! too), in slots of 3/16 of it: any second touches five slots at most, so that no more than 15/16 of the limit leaves in
//! it, and one or two messages more per process.
use std::time::Duration;

use crate::{Time, words};

/// One message to a person in this time, in the long run.
pub const PAIR_INTERVAL: Duration = Duration::from_secs(6);
/// So many at once, borrowed from the time that follows.
pub const PAIR_BURST: u32 = 45;
/// What each process may send per second without asking.
pub const OWN_PER_SECOND: u32 = 1;
pub const SLOT: Duration = Duration::from_millis(250);
/// Of each slot, the fifth that only replies get.
const RESERVE: u32 = 5;
/// A process takes this part of a slot at once, so that little is left over where many processes send.
const BLOCK: u32 = 16;
/// … but no fewer than these, or each message would cost a write more.
const BLOCK_MIN: u32 = 3;

words! {
    /// Replies go before bulk.
    pub enum Priority {
        Reply = "reply",
        Bulk = "bulk",
    }
}

words! {
    /// What Meta lets a number send.
    pub enum Throughput {
        Standard = "standard",
        High = "high",
        /// The number is also used in the phone's app.
        Coexistence = "coexistence",
    }
}

impl Throughput {
    /// Messages per second, in and out.
    pub fn per_second(self) -> u32 {
        match self {
            Throughput::Standard => 80,
            Throughput::High => 1_000,
            Throughput::Coexistence => 20,
        }
    }
}

/// When the debt of a pair is paid after one message more, if it may go now; otherwise how long it waits.
pub fn pair(paid_at: Option<Time>, now: Time) -> Result<Time, Duration> {
    let paid_at = paid_at.map_or(now, |paid_at| paid_at.max(now));
    let credit = PAIR_INTERVAL.saturating_mul(PAIR_BURST.saturating_sub(1));
    let wait = between(now.plus(credit), paid_at);
    if wait.is_zero() { Ok(paid_at.plus(PAIR_INTERVAL)) } else { Err(wait) }
}

/// As [`pair`], for a message that waits its turn: when it may go, and when the debt is then paid.
pub fn pair_turn(paid_at: Option<Time>, now: Time) -> (Time, Time) {
    let wait = pair(paid_at, now).err().unwrap_or_default();
    (now.plus(wait), paid_at.map_or(now, |paid_at| paid_at.max(now)).plus(PAIR_INTERVAL))
}

/// How long it is from `from` to `to`; nothing if that is over.
pub fn between(from: Time, to: Time) -> Duration {
    Duration::from_millis(u64::try_from(to.millis().saturating_sub(from.millis())).unwrap_or_default())
}

/// The slot that holds `now`, by its number.
pub fn slot(now: Time) -> i64 {
    now.floor(SLOT).millis()
}

/// What a slot holds, for messages of this priority.
pub fn capacity(limit: u32, priority: Priority) -> u32 {
    let all = limit.saturating_mul(3) / 16;
    match priority {
        Priority::Reply => all,
        Priority::Bulk => all.saturating_sub((all / RESERVE).max(1)),
    }
}

/// How many a process takes at once, of a slot from which `taken` are gone; 0: nothing is left.
pub fn block(limit: u32, priority: Priority, taken: u32) -> u32 {
    let size = (capacity(limit, Priority::Reply) / BLOCK).max(BLOCK_MIN);
    capacity(limit, priority).saturating_sub(taken).min(size)
}

/// What one process has left of its own and of its last block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// The second of `own`.
    second: i64,
    own: u32,
    /// The slot of `leased`.
    slot: i64,
    leased: u32,
}

impl Allowance {
    /// Takes one, if there is one without asking.
    pub fn take(&mut self, now: Time) -> bool {
        if self.second != now.seconds() {
            (self.second, self.own) = (now.seconds(), OWN_PER_SECOND);
        }
        let pot = if self.slot == slot(now) && self.leased > 0 { &mut self.leased } else { &mut self.own };
        let is_there = *pot > 0;
        *pot = pot.saturating_sub(1);
        is_there
    }

    /// A block of `count` of the slot `slot` was given.
    pub fn add(&mut self, slot: i64, count: u32) {
        let left = if self.slot == slot { self.leased } else { 0 };
        (self.slot, self.leased) = (slot, left.saturating_add(count));
    }
}

#[cfg(test)]
mod tests;
