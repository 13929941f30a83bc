//! What changes of purchases, of auto-recharge and of the balance mean.
use domain::Time;
use domain::event::{Event, EventKind};
use domain::ids::{EventId, TopUpId};
use domain::wallet::{Plan, Recharge, RechargeState, TopUp, TopUpMethod, TopUpState, Wallet};
use queue::{CheckTask, TopUpTask};
use serde_json::{Value, json};

use crate::tell::Telling;
use crate::{Relay, RelayError};

fn event(kind: EventKind, fact: &[&str], at: Time, data: Value) -> Event {
    let fact: Vec<&str> = std::iter::once(kind.word()).chain(fact.iter().copied()).collect();
    Event { id: EventId::derive(&fact), kind, at, channel_id: None, contact_id: None, conversation_id: None, data }
}

impl Telling {
    pub(crate) fn top_up(&mut self, old: Option<&TopUp>, new: &TopUp, at: Time) {
        if old.is_none_or(|old| old.looks != new.looks) && !new.state.is_over() {
            self.credits.push(TopUpTask::new(&new.id, new.looks).entry());
        }
        let id = new.id.as_str();
        let data = json!({
            "top_up_id": id, "method": new.method.word(), "state": new.state.word(), "amount_micros": new.amount.get(),
            "granted_micros": new.granted.map(domain::money::Micros::get), "currency": new.currency.code(),
            "code": new.problem.as_ref().map(|problem| &problem.code),
            "reason": new.problem.as_ref().map(|problem| &problem.message),
            "url": new.url.as_ref().filter(|_| !new.state.is_over()), "dispute": new.dispute,
            "makes_good": new.makes_good.as_ref().map(TopUpId::as_str),
        });
        if old.map(|old| old.state) != Some(new.state) {
            let kind = match (new.state, new.method) {
                (TopUpState::Granted, _) => Some(EventKind::CreditsToppedUp),
                (TopUpState::Stuck, _) => Some(EventKind::CreditsTopUpFailed),
                (TopUpState::Failed | TopUpState::Refused, TopUpMethod::Recharge) => {
                    Some(EventKind::CreditsRechargeFailed)
                }
                (TopUpState::Failed | TopUpState::Refused, TopUpMethod::Checkout) => {
                    Some(EventKind::CreditsTopUpFailed)
                }
                // Nobody paid, and nobody lost anything.
                (TopUpState::Expired, _) => None,
                (TopUpState::Requested | TopUpState::AwaitingPayment | TopUpState::Processing, _) => None,
            };
            self.events.extend(kind.map(|kind| event(kind, &[id, new.state.word()], at, data.clone())));
        }
        if new.makes_good.is_some() && new.url.is_some() && old.is_some_and(|old| old.url.is_none()) {
            self.events.push(event(EventKind::CreditsPaymentWanted, &[id], at, data.clone()));
        }
        if let Some(dispute) = &new.dispute
            && old.is_some_and(|old| old.dispute.as_ref() != Some(dispute))
        {
            self.events.push(event(EventKind::CreditsDisputed, &[id, dispute], at, data));
        }
    }

    pub(crate) fn recharge(&mut self, old: Option<&Recharge>, new: &Recharge, at: Time) {
        // What begins is told as a top-up; anything else may leave the balance low.
        if new.in_flight.is_none() {
            self.credits.push(CheckTask::new(format!("recharge {}", new.revision)).entry());
        }
        let (revision, currency) = (new.revision.to_string(), new.settings.currency.code());
        let was_below = |level| old.is_some_and(|old| old.alerted.contains(level));
        for level in new.alerted.iter().filter(|level| !was_below(level)) {
            let data = json!({
                "level_micros": level.get(), "available_micros": new.seen.map(domain::money::Micros::get),
                "currency": currency,
            });
            self.events.push(event(EventKind::CreditsLow, &[&level.get().to_string(), &revision], at, data));
        }
        if let RechargeState::Off(reason) = new.state
            && old.is_none_or(|old| old.state != new.state)
        {
            let data = json!({"reason": reason.word()});
            self.events.push(event(EventKind::CreditsRechargeOff, &[&revision], at, data));
        }
        if let Some(month) = new.capped.filter(|month| old.is_none_or(|old| old.capped != Some(*month))) {
            let cap = new.settings.monthly_cap.map(domain::money::Micros::get);
            let data = json!({"month": month.to_string(), "monthly_cap_micros": cap, "currency": currency});
            self.events.push(event(EventKind::CreditsRechargeCapped, &[&revision], at, data));
        }
    }
}

impl Relay {
    /// Whether the balance, as it is after this batch, asks for anything. Most changes of it do not, and cost one read for all of
    /// the batch. What busy processes keep in purses is looked at by whoever does the task.
    pub(crate) async fn balance(&self, telling: &mut Telling) -> Result<(), RelayError> {
        let Some((Wallet { available, .. }, at)) = telling.wallet.clone() else { return Ok(()) };
        let Some(recharge) = self.store.recharge_get().await.map_err(RelayError::Balance)? else { return Ok(()) };
        let plan = recharge.check(available, true, &TopUpId::derive(&["balance"]), at);
        if plan != Plan::Nothing {
            let fact = format!("wallet {} {}", recharge.revision, available.get());
            telling.credits.push(CheckTask::new(fact).entry());
        }
        Ok(())
    }
}
