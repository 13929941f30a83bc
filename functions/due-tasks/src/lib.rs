//! Looks every minute at what has fallen due: messages that are held back and may go on, in the order in which they were
//! asked for, those that have waited for too long, messages whose time has come, blocks of which one message is to find out
//! whether they are over, conversations that were put off until now, credit that is held for messages of which nothing more
//! will be heard, and reminders of the business's people.
//!
//! Guarantees: a message is sent on by one write that counts its attempt up, so that two runs at once send it on once; what
//! is not done in this run is found by the next one.
mod holds;
mod reminders;
mod scheduled;
mod snoozes;
mod webhooks;

use domain::channel::Channel;
use domain::health::{BlockReason, Change, Health, Look, Subject, look};
use domain::message::{Fault, HoldState};
use domain::sending::limits::{in_time, messaging_limit};
use domain::settings::Settings;
use domain::wallet::Recharge;
use runtime::{Boot, Fatal, chain, clock};
use serde::{Deserialize, Serialize};
use store::{RatesReader, Store, StoreError};

/// Messages looked at in one go.
const PAGE: usize = 100;
/// Goes of one run for one reason of one channel; what is left waits a minute.
const PAGES_MAX: usize = 20;
/// Messages of each shard whose turn came in the last minute.
const PACED_MAX: usize = 1_000;
/// Purchases of credit of which nothing was heard, in one run.
const TOP_UPS_MAX: usize = 100;

pub struct DueTasks {
    store: Store,
    rates: RatesReader,
}

/// The schedule's event. Only the clock matters, and that is our own.
#[derive(Debug, Deserialize)]
pub struct Tick {}

/// What a run did, for whoever invokes it by hand.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub released: usize,
    pub probed: usize,
    /// Their time was over.
    pub refused: usize,
    /// Holds of credit that ended without a word of Meta's.
    pub expired: usize,
    /// Purchases of credit of which somebody is to ask what became of them, and waits of auto-recharge that are over.
    pub woken: usize,
    /// Notifications that were put off and came back, or are of no use any more.
    pub reminded: usize,
    /// Users whose quiet hours are over.
    pub summarized: usize,
    /// Conversations that are back.
    pub unsnoozed: usize,
    /// Scheduled messages that were queued, and those that nobody wanted any more.
    pub queued: usize,
    pub cancelled: usize,
    /// Events that are delivered again to webhooks that failed.
    pub delivered_again: usize,
    pub failed: usize,
}

impl DueTasks {
    pub async fn new(boot: &Boot) -> Result<DueTasks, Fatal> {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        boot.warm_dynamodb().await;
        Ok(DueTasks { rates: RatesReader::new(store.clone()), store })
    }

    pub async fn handle(&self, _: Tick) -> Result<Report, lambda_runtime::Error> {
        let mut report = Report::default();
        // First, as they are exact to the minute.
        if let Err(error) = self.reminders(&mut report).await {
            tracing::error!(error = chain(&error), "reminders wait for a minute more");
            report.failed += 1;
        }
        let settings = self.store.settings_get().await?;
        self.scheduled(&settings, &mut report).await?;
        for message in self.store.messages_paced(clock::now(), PACED_MAX).await? {
            report.released += usize::from(self.store.message_send_on(&message, HoldState::Released).await?);
        }
        for channel in self.store.channels_all().await? {
            // One channel's trouble is not another's.
            if let Err(error) = self.channel(&channel, &settings, &mut report).await {
                tracing::error!(channel.id = channel.id.as_str(), error = chain(&error), "held messages wait on");
                report.failed += 1;
            }
        }
        if let Err(error) = self.snoozes(&mut report).await {
            tracing::error!(error = chain(&error), "conversations come back a minute later");
            report.failed += 1;
        }
        if let Err(error) = self.money(&mut report).await {
            tracing::error!(error = chain(&error), "credit is held for a minute more");
            report.failed += 1;
        }
        if let Err(error) = self.webhooks(&mut report).await {
            tracing::error!(error = chain(&error), "webhooks wait for a minute more");
            report.failed += 1;
        }
        Ok(report)
    }

    async fn money(&self, report: &mut Report) -> Result<(), StoreError> {
        self.holds(report).await?;
        self.purses().await?;
        self.purchases(report).await
    }

    /// Has credit-topup ask about what had no answer. Each row is put off by the write that wakes it.
    async fn purchases(&self, report: &mut Report) -> Result<(), StoreError> {
        let now = clock::now();
        for top_up in self.store.top_ups_due(now, TOP_UPS_MAX).await? {
            report.woken += usize::from(self.store.top_up_wake(&top_up, top_up.next_look(now)).await?);
        }
        if let Some(recharge) = self.store.recharge_due(now).await? {
            report.woken += usize::from(self.store.recharge_wake(&recharge, Recharge::due_again(now)).await?);
        }
        Ok(())
    }

    async fn channel(&self, channel: &Channel, settings: &Settings, report: &mut Report) -> Result<(), StoreError> {
        let now = clock::now();
        let mut health = Health::default();
        for (subject, own) in self.store.healths_of(channel).await? {
            // Over by the clock; now it is also told.
            let lapsed = own.blocks.iter().filter(|(_, block)| block.is_set && !block.is_in_force(now));
            let lifts = lapsed.filter_map(|(reason, block)| Some(Change::Lift { reason: *reason, at: block.until? }));
            let lifts: Vec<Change> = lifts.collect();
            if !lifts.is_empty() {
                self.store.health_change(&subject, &lifts).await?;
            }
            health = health.with(&own);
        }
        for reason in health.blocks.keys().chain(&[BlockReason::MessagingLimit]) {
            self.end(channel, *reason, settings, report).await?;
        }
        self.started(channel, &health, report).await?;
        for (reason, block) in &health.blocks {
            match look(block, now) {
                Look::Release => self.release(channel, *reason, report).await?,
                Look::Probe => self.probe(channel, *reason, report).await?,
                Look::Wait => {}
            }
        }
        Ok(())
    }

    /// Refuses what is not to be sent any more, the oldest first. The barrier goes first: after a crash in between the message is
    /// met again.
    async fn end(
        &self,
        channel: &Channel,
        reason: BlockReason,
        settings: &Settings,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let now = clock::now();
        for message in self.store.messages_held(&channel.id, reason, PAGE * PAGES_MAX).await? {
            if let Err(refusal) = in_time(&message, settings, now) {
                self.store.send_barrier_end(&message.id).await?;
                let is_done = self.store.message_hold_end(&message, &Fault::from(&refusal)).await?;
                report.refused += usize::from(is_done);
            }
        }
        Ok(())
    }

    /// Sends on as many as there is room for under Meta's limit on the people whom the business writes to first.
    async fn started(&self, channel: &Channel, health: &Health, report: &mut Report) -> Result<(), StoreError> {
        const REASON: BlockReason = BlockReason::MessagingLimit;
        if self.store.messages_held(&channel.id, REASON, 1).await?.is_empty() {
            return Ok(());
        }
        let now = clock::now();
        let Some(limit) = messaging_limit(health) else { return self.release(channel, REASON, report).await };
        let room = limit.saturating_sub(self.store.started(now).await?.used(now));
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(PAGE * PAGES_MAX);
        for message in self.store.messages_held(&channel.id, REASON, room).await? {
            report.released += usize::from(self.store.message_send_on(&message, HoldState::Released).await?);
        }
        Ok(())
    }

    async fn release(&self, channel: &Channel, reason: BlockReason, report: &mut Report) -> Result<(), StoreError> {
        for _ in 0..PAGES_MAX {
            let held = self.store.messages_held(&channel.id, reason, PAGE).await?;
            for message in &held {
                report.released += usize::from(self.store.message_send_on(message, HoldState::Released).await?);
            }
            if held.len() < PAGE {
                break;
            }
        }
        Ok(())
    }

    /// The next probe is planned first: a run that is cut off does not send one message after another.
    async fn probe(&self, channel: &Channel, reason: BlockReason, report: &mut Report) -> Result<(), StoreError> {
        let (subject, now) = (Subject::Number(channel.id.clone()), clock::now());
        match self.store.messages_held(&channel.id, reason, 1).await?.first() {
            Some(first) => {
                self.store.health_change(&subject, &[Change::Probing { reason, at: now }]).await?;
                report.probed += usize::from(self.store.message_send_on(first, HoldState::Probe).await?);
            }
            // Nothing waits: the next message that is asked for finds out.
            None => {
                self.store.health_change(&subject, &[Change::Passed { reason, at: now }]).await?;
            }
        }
        Ok(())
    }
}
