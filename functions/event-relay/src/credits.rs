//! What changes of messages and of the ledger mean for money.
use domain::event::{Event, EventKind};
use domain::ids::{EventId, MessageId};
use domain::message::{Direction, Message, State, Status, StatusReport};
use domain::money::Micros;
use domain::wallet::{Entry, EntryKind, PriceState, Reconciliation, ReconciliationState};
use queue::SettleTask;
use serde_json::{Value, json};
use store::Proved;

use crate::tell::Telling;

impl Telling {
    /// A status that tells a price, or that there is nothing to pay for.
    pub(crate) fn priced(&mut self, message: &MessageId, report: &StatusReport) {
        if report.pricing.is_some() || report.status == Status::Failed.word() {
            self.credits.push(SettleTask::new(message, &report.status).entry());
        }
    }

    /// A message that holds credit and is not sent after all; or whose hold was put off, so that it is looked at again.
    pub(crate) fn price_of(&mut self, old: Option<&Message>, new: &Message) {
        let held = new.price.as_ref().filter(|price| price.state == PriceState::Held);
        let (Some(price), Direction::Outbound) = (held, new.direction) else { return };
        let is_over = |message: &Message| matches!(message.written_state, State::Refused | State::Cancelled);
        let is_put_off = old.and_then(|old| old.price.as_ref()).is_some_and(|old| old.expires_at != price.expires_at);
        let ended = is_over(new) && !old.is_some_and(is_over);
        if ended || is_put_off {
            let fact = if ended { new.written_state.word().to_owned() } else { price.expires_at.sortable() };
            self.credits.push(SettleTask::new(&new.id, &fact).entry());
        }
    }
}

/// `credits.booked`, but for messages, which are their own record.
pub(crate) fn booked(entry: &Entry) -> Option<Event> {
    let line = &entry.line;
    if matches!(line.kind, EntryKind::Charge | EntryKind::Reversal) {
        return None;
    }
    Some(Event {
        id: EventId::derive(&[EventKind::CreditsBooked.word(), &entry.seq.to_string()]),
        kind: EventKind::CreditsBooked,
        at: entry.at,
        channel_id: None,
        contact_id: None,
        conversation_id: None,
        data: json!({
            "seq": entry.seq, "kind": line.kind.word(), "amount_micros": line.amount.get(),
            "currency": entry.currency.code(), "posted_after_micros": entry.posted_after.get(),
            "reference": line.reference, "reason": line.reason,
        }),
    })
}

/// `credits.unbalanced`.
pub(crate) fn proved(proved: &Proved) -> Option<Event> {
    let differences: Vec<&str> = proved.differences.iter().map(|difference| difference.word()).collect();
    (!differences.is_empty()).then(|| Event {
        id: EventId::derive(&[EventKind::CreditsUnbalanced.word(), &proved.at.sortable()]),
        kind: EventKind::CreditsUnbalanced,
        at: proved.at,
        channel_id: None,
        contact_id: None,
        conversation_id: None,
        data: json!({
            "differences": differences, "entries": proved.entries, "posted_micros": proved.posted.get(),
            "summed_micros": proved.summed.get(), "available_micros": proved.available.get(),
            "leased_micros": proved.leased.get(), "held_micros": proved.held.get(),
        }),
    })
}

/// `credits.unreconciled`; not again where the day is only done anew.
pub(crate) fn reconciled(old: Option<&Reconciliation>, report: &Reconciliation) -> Option<Event> {
    let differs = |report: &Reconciliation| report.state() == ReconciliationState::Differs;
    if !differs(report) || old.is_some_and(differs) {
        return None;
    }
    let day = report.day.to_string();
    let differences: Vec<Value> = report
        .compared
        .iter()
        .filter(|compared| compared.differs())
        .map(|compared| {
            json!({
                "market": compared.market.as_str(), "category": compared.category.as_str(),
                "messages": compared.ours.messages, "cost_micros": compared.ours.cost.get(),
                "metas_messages": compared.metas_messages, "metas_cost_micros": compared.metas_cost.map(Micros::get),
            })
        })
        .collect();
    Some(Event {
        id: EventId::derive(&[
            EventKind::CreditsUnreconciled.word(),
            &report.waba_id,
            &day,
            &report.made_at.sortable(),
        ]),
        kind: EventKind::CreditsUnreconciled,
        at: report.made_at,
        channel_id: None,
        contact_id: None,
        conversation_id: None,
        data: json!({"waba_id": report.waba_id, "day": day, "differences": differences}),
    })
}
