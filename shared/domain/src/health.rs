//! What Meta lets an account or a number do: facts that it told, and blocks that hold messages back.
//!
//! Facts and blocks move forward by the time of the word that set them, so that a webhook that comes late or twice changes
//! nothing. A block is in force by the clock, never by somebody having looked: an expiry that passes lifts it.
use std::collections::BTreeMap;
use std::time::Duration;

use crate::ids::ChannelId;
use crate::{Time, words};

words! {
    /// What is known of an account or a number, each the last word on its matter.
    pub enum Fact {
        Quality = "quality",
        MessagingLimit = "messaging_limit",
        Throughput = "throughput",
        Name = "name",
        Username = "username",
        Review = "review",
        Ban = "ban",
        Alert = "alert",
        Capability = "capability",
        Violation = "violation",
        Security = "security",
        Partner = "partner",
        Pricing = "pricing",
        Settings = "settings",
        Payments = "payments",
    }
}

/// A fact's value and when Meta told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Meta's word where it has one.
    pub value: String,
    pub details: serde_json::Value,
    pub at: Time,
}

words! {
    /// Why messages are held back. Each is a matter of its own, with a last word of its own.
    pub enum BlockReason {
        /// Not a block of the channel: the messages to one person come too fast.
        Pace = "pace",
        /// Not a block of the channel either: as many people were written to first as Meta allows in a day.
        MessagingLimit = "messaging-limit",
        /// The token is refused (P28).
        Token = "token",
        Policy = "policy",
        Payment = "payment",
        Registration = "registration",
        DisplayName = "display-name",
        /// Meta's spam limit (P26): fewer conversations are to be started, for hours.
        SpamBrake = "spam-brake",
        RestrictedInitiated = "restricted-business-initiated",
        RestrictedReplies = "restricted-replies",
        RestrictedUtility = "restricted-utility-templates",
        Banned = "banned",
        Deleted = "account-deleted",
        Offboarded = "offboarded",
        PartnerRemoved = "partner-removed",
    }
}

words! {
    /// Which messages a block holds.
    pub enum Scope {
        All = "all",
        /// What the business sends outside the customer service window.
        BusinessInitiated = "business_initiated",
        /// What it sends inside.
        Replies = "replies",
        UtilityTemplates = "utility_templates",
    }
}

impl BlockReason {
    pub fn scope(self) -> Scope {
        match self {
            BlockReason::SpamBrake | BlockReason::RestrictedInitiated | BlockReason::MessagingLimit => {
                Scope::BusinessInitiated
            }
            BlockReason::RestrictedReplies => Scope::Replies,
            BlockReason::RestrictedUtility => Scope::UtilityTemplates,
            BlockReason::Pace
            | BlockReason::Token
            | BlockReason::Policy
            | BlockReason::Payment
            | BlockReason::Registration
            | BlockReason::DisplayName
            | BlockReason::Banned
            | BlockReason::Deleted
            | BlockReason::Offboarded
            | BlockReason::PartnerRemoved => Scope::All,
        }
    }

    /// Whether nobody tells when it is over, so that one message must find out.
    pub fn is_probed(self) -> bool {
        matches!(
            self,
            BlockReason::Token
                | BlockReason::Policy
                | BlockReason::Payment
                | BlockReason::Registration
                | BlockReason::DisplayName
        )
    }

    /// Whether new messages are refused while it is in force. Those that only wait for a token are taken and wait with
    /// the others.
    pub fn refuses(self) -> bool {
        !matches!(self, BlockReason::Token | BlockReason::Pace | BlockReason::MessagingLimit)
    }
}

/// The last word on one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub is_set: bool,
    /// When the word was spoken: Meta's time of a webhook, ours of an error.
    pub at: Time,
    pub since: Time,
    pub until: Option<Time>,
    pub detail: Option<String>,
    /// How often it has been set since it was last lifted.
    pub strikes: u32,
    /// When one message is to find out whether it is over.
    pub probe_at: Option<Time>,
}

impl Block {
    fn lifted(at: Time) -> Block {
        Block { is_set: false, at, since: at, until: None, detail: None, strikes: 0, probe_at: None }
    }

    pub fn is_in_force(&self, now: Time) -> bool {
        self.is_set && self.until.is_none_or(|until| now < until)
    }
}

/// What kind of message a block may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nature {
    /// No window is open.
    pub is_initiated: bool,
    pub is_utility: bool,
}

impl Scope {
    pub fn covers(self, nature: Nature) -> bool {
        match self {
            Scope::All => true,
            Scope::BusinessInitiated => nature.is_initiated,
            Scope::Replies => !nature.is_initiated,
            Scope::UtilityTemplates => nature.is_utility,
        }
    }
}

/// Whose health it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// By its WABA id: all its numbers.
    Account(String),
    Number(ChannelId),
}

/// All that is known of one account or one number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    pub facts: BTreeMap<Fact, Told>,
    pub blocks: BTreeMap<BlockReason, Block>,
    /// Grows with each write: a change is written on the revision that it was decided on, or not at all.
    pub revision: i64,
}

/// A change of health. Applying it twice or late changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Fact(Fact, Told),
    /// Meta says that it is so, until a time if it gives one.
    Block {
        reason: BlockReason,
        at: Time,
        until: Option<Time>,
        detail: Option<String>,
    },
    /// Meta says that it is not so.
    Lift {
        reason: BlockReason,
        at: Time,
    },
    /// A message was refused for it.
    Struck {
        reason: BlockReason,
        at: Time,
        detail: Option<String>,
    },
    /// A message that began on its way at `at` got through.
    Passed {
        reason: BlockReason,
        at: Time,
    },
    /// One message was sent to find out; the next one goes later.
    Probing {
        reason: BlockReason,
        at: Time,
    },
}

/// The brake's hours, by how often it was hit: 1, 6, 24.
const BRAKE_HOURS: [u64; 3] = [1, 6, 24];
/// The minutes between probes, by how many there were.
const PROBE_MINUTES: [u64; 5] = [1, 2, 5, 15, 30];
/// A brake that was hit so long ago is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(7 * 24 * 3600);
/// Hits within this time are one: they were on their way before anybody could know.
const ONE_STRIKE: Duration = Duration::from_secs(60);

fn step(table: &[u64], strikes: u32) -> u64 {
    let index = usize::try_from(strikes.saturating_sub(1)).unwrap_or(usize::MAX).min(table.len().saturating_sub(1));
    table.get(index).copied().unwrap_or(1)
}

fn brake_until(at: Time, strikes: u32) -> Time {
    at.plus(Duration::from_secs(step(&BRAKE_HOURS, strikes).saturating_mul(3600)))
}

fn probe_at(at: Time, strikes: u32) -> Time {
    at.plus(Duration::from_secs(step(&PROBE_MINUTES, strikes).saturating_mul(60)))
}

impl Health {
    /// What is left of two: an account's and one of its numbers'.
    #[must_use]
    pub fn with(&self, other: &Health) -> Health {
        let mut both = self.clone();
        for (fact, told) in &other.facts {
            both.learn(*fact, told);
        }
        for (reason, block) in &other.blocks {
            let theirs = both.blocks.get(reason);
            if theirs.is_none_or(|ours| (ours.is_set, ours.at) < (block.is_set, block.at)) {
                both.blocks.insert(*reason, block.clone());
            }
        }
        both
    }

    /// Later words win; of two of the same second the greater one, so that their order of arrival does not matter.
    fn learn(&mut self, fact: Fact, told: &Told) {
        let rank = |told: &Told| (told.at, told.value.clone(), told.details.to_string());
        if self.facts.get(&fact).is_none_or(|known| rank(known) < rank(told)) {
            self.facts.insert(fact, told.clone());
        }
    }

    /// The health after all of `changes`, or `None` if they change nothing.
    pub fn apply(&self, changes: &[Change]) -> Option<Health> {
        let mut next = self.clone();
        for change in changes {
            next.change(change);
        }
        (next != *self).then_some(next)
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::Fact(fact, told) => self.learn(*fact, told),
            Change::Block { reason, at, until, detail } => {
                let known = self.blocks.get(reason);
                if known.is_none_or(|known| known.at < *at) {
                    let since = known.filter(|known| known.is_in_force(*at)).map_or(*at, |known| known.since);
                    let (until, detail) = (*until, detail.clone());
                    let block = Block { is_set: true, at: *at, since, until, detail, strikes: 1, probe_at: None };
                    self.blocks.insert(*reason, block);
                }
            }
            Change::Lift { reason, at } => {
                // Also where nothing is known: the word that it was set may still come, late.
                let known = self.blocks.entry(*reason).or_insert_with(|| Block::lifted(Time::from_millis(i64::MIN)));
                if known.at < *at {
                    (known.is_set, known.at, known.probe_at) = (false, *at, None);
                }
            }
            Change::Struck { reason, at, detail } => self.strike(*reason, *at, detail.clone()),
            Change::Passed { reason, at } => {
                if let Some(block) = self.blocks.get_mut(reason).filter(|block| block.is_set && block.at <= *at) {
                    (block.is_set, block.at, block.probe_at, block.strikes) = (false, *at, None, 0);
                }
            }
            Change::Probing { reason, at } => {
                if let Some(block) = self.blocks.get_mut(reason).filter(|block| block.is_set) {
                    block.strikes = block.strikes.saturating_add(1);
                    block.probe_at = Some(probe_at(*at, block.strikes));
                }
            }
        }
    }

    fn strike(&mut self, reason: BlockReason, at: Time, detail: Option<String>) {
        let known = self.blocks.get(&reason);
        if known.is_some_and(|known| known.at.plus(ONE_STRIKE) > at && (known.is_set || known.at > at)) {
            return;
        }
        let held = known.filter(|known| known.is_in_force(at));
        let is_brake = !reason.is_probed();
        // A brake that is hit again soon after it was off holds longer; a probe that fails was counted when it left.
        let strikes = match known {
            Some(known) if is_brake && known.at.plus(FORGOTTEN) > at => known.strikes.saturating_add(1),
            Some(known) if known.is_set => known.strikes,
            _ => 1,
        };
        let block = Block {
            is_set: true,
            at,
            since: held.map_or(at, |held| held.since),
            until: is_brake.then(|| brake_until(at, strikes)),
            detail,
            strikes,
            probe_at: (!is_brake).then(|| held.and_then(|held| held.probe_at).unwrap_or_else(|| probe_at(at, strikes))),
        };
        self.blocks.insert(reason, block);
    }

    /// All that holds a message of this nature.
    pub fn holding(&self, nature: Nature, now: Time) -> impl Iterator<Item = (BlockReason, &Block)> {
        self.in_force(now).filter(move |(reason, _)| reason.scope().covers(nature))
    }

    pub fn in_force(&self, now: Time) -> impl Iterator<Item = (BlockReason, &Block)> {
        self.blocks.iter().filter(move |(_, block)| block.is_in_force(now)).map(|(reason, block)| (*reason, block))
    }
}

/// What due-tasks does about the messages that are held for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is over: all go on.
    Release,
    /// One goes to find out.
    Probe,
    Wait,
}

pub fn look(block: &Block, now: Time) -> Look {
    if !block.is_in_force(now) {
        Look::Release
    } else if block.probe_at.is_some_and(|at| at <= now) {
        Look::Probe
    } else {
        Look::Wait
    }
}

#[cfg(test)]
mod tests;
