//! One attempt: a place in the number's pace, the claim, the call, and what follows from its answer.
use std::sync::PoisonError;
use std::time::Duration;

use domain::Time;
use domain::conversation::Conversation;
use domain::health::{BlockReason, Change, Fact, Subject};
use domain::ids::ChannelId;
use domain::message::{HoldState, Message, State};
use domain::pacing::{Allowance, Priority, SLOT, Throughput, between, slot};
use domain::sending::{ClaimPlan, HoldPlan, TRIES_MAX, TemplateUse, WAITS_MAX, put_off};
use runtime::{clock, random};
use store::{Met, Outcome, Terms};
use whatsapp::send::Reply;

use crate::error::SendError;
use crate::outcome::{self, Answer};
use crate::{Loaded, Sender};

/// How long a message waits here for a place in the number's pace. Bulk leaves the room to replies.
const REPLY_WAITS: Duration = Duration::from_secs(2);
const BULK_WAITS: Duration = Duration::from_millis(500);
/// How long it waits elsewhere when it got none, first and then.
const SHORT: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(20);

impl Sender {
    pub(crate) async fn attempt(&self, loaded: &Loaded, plan: &ClaimPlan, deliveries: u32) -> Result<(), SendError> {
        let Loaded { message, conversation, template, .. } = loaded;
        self.settle_predecessor(conversation.as_ref()).await?;
        if !self.take_place(loaded).await? {
            if deliveries <= WAITS_MAX {
                return Err(SendError::TooFast { pause: SHORT });
            }
            return self.hold(loaded, &put_off(conversation.as_ref(), clock::now(), LONG)).await;
        }
        // Everything that can fail without Meta is done before the claim: after it, a failure is a doubt.
        let is_probe = message.dispatch.hold.as_ref().is_some_and(|hold| hold.state == HoldState::Probe);
        let (token, client) = if is_probe { self.fresh_client().await? } else { self.client().await? };
        let request = match self.request(loaded)? {
            Ok(request) => request,
            Err(refusal) => return self.refuse(message, &refusal).await,
        };
        let (now, nonce) = (clock::now(), random::nonce());
        let receipt = self.answer_receipt(loaded, now).await?;
        if let Some(plan) = self.count(loaded, now).await? {
            return self.hold(loaded, &plan).await;
        }
        let margin = loaded.settings.window.safety_margin();
        let within_window_until = (*template == TemplateUse::None).then(|| now.plus(margin));
        let terms = Terms { within_window_until, receipt: receipt.as_ref(), nonce: &nonce };
        if !self.store.send_claim(message, plan, conversation.as_ref(), terms, now).await? {
            return Err(SendError::Changed);
        }
        let answer = self.call(&client, loaded, &request).await;
        if self.renewed(loaded, &plan.claim, &answer).await? {
            return Ok(());
        }
        let accepted = match &answer {
            Ok(Reply::Accepted(accepted)) => Some(accepted.clone()),
            Ok(Reply::Refused(_) | Reply::Unreadable { .. }) | Err(_) => None,
        };
        match outcome::of(answer, deliveries >= TRIES_MAX) {
            Answer::Settled(outcome) => {
                self.settle_answer(loaded, &plan.claim, &outcome, None).await?;
                self.learn(&request, accepted.as_ref()).await;
                self.show_reaction(message, accepted.as_ref()).await;
                self.passed(loaded, &outcome, now).await
            }
            Answer::Refused { outcome, effect, detail } => {
                let met = self.met(loaded, &detail);
                self.settle_answer(loaded, &plan.claim, &outcome, effect.map(|effect| (effect, met))).await
            }
            Answer::WindowClosed(outcome) => {
                // The order is that of `settle_answer`.
                self.store.send_release(message, &plan.claim, conversation.as_ref()).await?;
                self.store.window_refuse(&message.conversation_id, now).await?;
                self.settle(message, &outcome).await
            }
            Answer::Later { reason } => {
                // First of all: as long as the claim stands, a failure is a doubt.
                self.store.send_release(message, &plan.claim, conversation.as_ref()).await?;
                Err(SendError::PutOff { reason })
            }
            Answer::Stopped { reason, detail } => {
                self.store.send_release(message, &plan.claim, conversation.as_ref()).await?;
                if reason == BlockReason::Token && self.was_replaced(&token).await? {
                    return Err(SendError::PutOff { reason: detail });
                }
                self.store.strike(reason, &self.met(loaded, &detail)).await?;
                self.hold(loaded, &HoldPlan::new(reason, None)).await
            }
        }
    }

    /// Keeps the message back. What waits behind it is told first: after a crash in between it is held after all.
    pub(crate) async fn hold(&self, loaded: &Loaded, plan: &HoldPlan) -> Result<(), SendError> {
        let now = clock::now();
        let plan = plan.clone().in_order(&loaded.message, loaded.conversation.as_ref(), now);
        if plan.is_barrier || plan.is_again {
            self.store.send_barrier(&loaded.message, &plan, now).await?;
        }
        if !self.store.message_hold(&loaded.message, &plan).await? {
            self.store.send_barrier_end(&loaded.message.id).await?;
        }
        Ok(())
    }

    /// What this message was to find out about is over.
    async fn passed(&self, loaded: &Loaded, outcome: &Outcome, at: Time) -> Result<(), SendError> {
        let is_probe = loaded.message.dispatch.hold.as_ref().is_some_and(|hold| hold.state == HoldState::Probe);
        if is_probe && matches!(outcome, Outcome::Accepted { .. }) {
            let probed = loaded.health.in_force(at).filter(|(reason, _)| reason.is_probed());
            let passed: Vec<Change> = probed.map(|(reason, _)| Change::Passed { reason, at }).collect();
            self.store.health_change(&Subject::Number(loaded.channel.id.clone()), &passed).await?;
        }
        Ok(())
    }

    fn met<'a>(&self, loaded: &'a Loaded, detail: &'a str) -> Met<'a> {
        Met {
            channel: &loaded.channel.id,
            waba_id: &loaded.channel.waba_id,
            contact: Some(&loaded.contact.id),
            at: clock::now(),
            detail,
        }
    }

    /// Takes a place in what the number may send: one of this process's own, or of a block that it is given.
    async fn take_place(&self, loaded: &Loaded) -> Result<bool, SendError> {
        let told = loaded.health.facts.get(&Fact::Throughput).and_then(|told| Throughput::parse(&told.value));
        let limit = told.unwrap_or(Throughput::Standard).per_second();
        let (channel, priority) = (&loaded.channel.id, loaded.message.dispatch.priority);
        let patience = match priority {
            Priority::Reply => REPLY_WAITS,
            Priority::Bulk => BULK_WAITS,
        };
        let until = clock::now().plus(patience);
        loop {
            let now = clock::now();
            if self.allowance(channel, |allowance| allowance.take(now)) {
                return Ok(true);
            }
            let (of, count) = self.store.pace_lease(channel, limit, priority, now).await?;
            self.allowance(channel, |allowance| allowance.add(of, count));
            if count > 0 && self.allowance(channel, |allowance| allowance.take(now)) {
                return Ok(true);
            }
            if now >= until {
                return Ok(false);
            }
            let next = Time::from_millis(slot(now)).plus(SLOT);
            tokio::time::sleep(between(clock::now(), next)).await;
        }
    }

    fn allowance<T>(&self, channel: &ChannelId, act: impl FnOnce(&mut Allowance) -> T) -> T {
        let mut allowances = self.allowances.lock().unwrap_or_else(PoisonError::into_inner);
        act(allowances.entry(channel.clone()).or_default())
    }

    /// The send before this one in the conversation, should it have been cut off: its own task may never come again.
    async fn settle_predecessor(&self, conversation: Option<&Conversation>) -> Result<(), SendError> {
        let Some(claim) = conversation.and_then(|conversation| conversation.sending.as_ref()) else { return Ok(()) };
        let before = self.store.message_get(&claim.message).await?;
        let open = |before: &Message| before.written_state == State::Queued && before.attempt == claim.attempt;
        match before.filter(open) {
            Some(before) => self.settle(&before, &Outcome::InDoubt).await,
            None => Ok(()),
        }
    }
}
