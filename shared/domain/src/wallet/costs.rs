//! What messages cost, summed up from the ledger by what one wants to know.
use std::collections::BTreeMap;

use super::reconcile::{Tally, charged};
use super::{Charged, Entry, Overflow};
use crate::calendar::Zone;

crate::words! {
    /// What costs are summed up by.
    pub enum CostBy {
        Conversation = "conversation",
        /// The key that sent the messages.
        Agent = "agent",
        Template = "template",
        /// Of the account's time zone, on which the charge was booked.
        Day = "day",
        Channel = "channel",
        Market = "market",
        Category = "category",
    }
}

/// The sums so far.
#[derive(Clone, Debug)]
pub struct Costs {
    by: CostBy,
    zone: Zone,
    /// By what they are about; under `None` what is about nothing of the kind, as a text that has no template.
    pub sums: BTreeMap<Option<String>, Tally>,
    pub total: Tally,
}

impl Costs {
    pub fn new(by: CostBy, zone: Zone) -> Costs {
        Costs { by, zone, sums: BTreeMap::new(), total: Tally::default() }
    }

    /// Entries that are about no message cost nothing.
    pub fn add(&mut self, entry: &Entry) -> Result<(), Overflow> {
        let (Some((messages, cost)), Some(about)) = (charged(entry)?, &entry.line.about) else { return Ok(()) };
        let key = self.key(entry, about);
        self.sums.entry(key).or_default().add(messages, cost)?;
        self.total.add(messages, cost)
    }

    fn key(&self, entry: &Entry, about: &Charged) -> Option<String> {
        match self.by {
            CostBy::Conversation => Some(about.conversation().to_string()),
            CostBy::Agent => about.agent.clone(),
            CostBy::Template => about.template.clone(),
            CostBy::Day => Some(self.zone.date(entry.at).to_string()),
            CostBy::Channel => Some(about.channel.to_string()),
            CostBy::Market => Some(about.quote.market.to_string()),
            CostBy::Category => Some(about.quote.category.to_string()),
        }
    }
}
