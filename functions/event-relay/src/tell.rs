//! What a change of a row means for others.
use domain::Time;
use domain::attachment::Attachment;
use domain::channel::Channel;
use domain::conversation::{Conversation, SignalKind};
use domain::event::{Event, EventKind, conversation_changed};
use domain::ids::EventId;
use domain::message::{Direction, Message, State};
use domain::template::order::{Order, OrderState};
use domain::template::{SyncState, WAIT_AFTER_HINT};
use domain::wallet::{AdjustmentState, Wallet};
use queue::{AdjustmentTask, Entry, OrderTask, SendTask, SignalTask, SyncTask};
use serde_json::json;
use store::Change;

use crate::inbox::Copy;
use crate::{account, credits, inbox};

/// All that one batch of the stream has to say.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    pub(crate) sends: Vec<Entry>,
    pub(crate) syncs: Vec<Entry>,
    pub(crate) credits: Vec<Entry>,
    pub(crate) media: Vec<Entry>,
    /// Files that a scanner is to look at.
    pub(crate) scans: Vec<Attachment>,
    pub(crate) events: Vec<Event>,
    /// What stands elsewhere of conversations and of contacts, in order.
    pub(crate) copies: Vec<Copy>,
    /// The balance as it was last, and when, if it changed.
    pub(crate) wallet: Option<(Wallet, Time)>,
}

impl Telling {
    /// `at`: when the row changed, in milliseconds.
    pub(crate) fn add(&mut self, change: Change, at: i64) {
        let at = Time::from_millis(at);
        match change {
            Change::Attachment { old, new } => self.attachment(old.as_deref(), *new, at),
            Change::Message { old, new } => {
                self.media_of(old.as_deref(), &new);
                self.message(old.as_deref(), &new, at);
                self.price_of(old.as_deref(), &new);
            }
            Change::Conversation { old, new } => {
                self.signals(old.as_deref(), &new);
                self.events.extend(conversation_changed(old.as_deref(), &new, at));
                self.inbox(old, new);
            }
            Change::Channel { new, created: true } => self.channel(new, at),
            Change::Contact { old: None, new } => self.events.push(Event {
                id: EventId::derive(&[EventKind::ContactCreated.word(), new.id.as_str()]),
                kind: EventKind::ContactCreated,
                at: new.created_at,
                channel_id: None,
                contact_id: Some(new.id),
                conversation_id: None,
                data: json!({"kind": new.kind.word()}),
            }),
            Change::Contact { old: Some(old), new } => {
                self.owner_of(&old, &new);
                self.events.extend(account::consents(&old, &new, at));
            }
            Change::Note(note) => self.events.push(inbox::note(&note)),
            Change::Health { subject, old, new } => {
                self.events.extend(account::blocks(&subject, old.as_deref(), &new));
            }
            Change::Template { old: Some(old), new } => self.events.extend(account::template(&old, &new, at)),
            Change::RateCard(loaded) => self.events.push(account::rates(&loaded)),
            Change::Settings { old, new } => self.events.extend(account::settings(old.map(|old| *old), &new)),
            Change::TemplateOrder { old, new } => self.order(old.as_deref(), &new),
            // A webhook about a template is only a hint that the list has changed.
            Change::Event(event) if event.kind == EventKind::TemplateChanged => {
                if let Some(waba_id) = event.data["waba_id"].as_str() {
                    let wish = at.plus(WAIT_AFTER_HINT);
                    self.syncs.push(SyncTask::new(waba_id, wish.millis()).entry());
                }
            }
            Change::TemplateSync { new } if new.state == SyncState::Requested => {
                self.syncs.push(SyncTask::new(&new.waba_id, new.requested_at.millis()).entry());
            }
            Change::Adjustment { new } if new.state == AdjustmentState::Requested => {
                self.credits.push(AdjustmentTask::new(&new.id).entry());
            }
            Change::Entry(entry) => self.events.extend(credits::booked(&entry)),
            Change::TopUp { old, new } => self.top_up(old.as_deref(), &new, at),
            Change::Recharge { old, new } => self.recharge(old.as_deref(), &new, at),
            Change::Wallet { old: _, new } => self.wallet = Some((new, at)),
            Change::Reconciliation { old, new } => self.events.extend(credits::reconciled(old.as_deref(), &new)),
            Change::Proof(proved) => self.events.extend(credits::proved(&proved)),
            Change::Status { message, report } => self.priced(&message, &report),
            Change::Channel { created: false, .. }
            | Change::Template { old: None, .. }
            | Change::Event(_)
            | Change::TemplateSync { .. }
            | Change::Adjustment { .. }
            | Change::Other => {}
        }
    }

    fn channel(&mut self, new: Channel, at: Time) {
        // A new channel's templates are wanted at once.
        self.syncs.push(SyncTask::new(&new.waba_id, at.millis()).entry());
        self.events.push(Event {
            id: EventId::derive(&[EventKind::ChannelCreated.word(), new.id.as_str()]),
            kind: EventKind::ChannelCreated,
            at: new.created_at,
            channel_id: Some(new.id),
            contact_id: None,
            conversation_id: None,
            data: json!({"nickname": new.nickname}),
        });
    }

    /// What is asked of Meta for a template, once.
    fn order(&mut self, old: Option<&Order>, new: &Order) {
        let is_new = old.is_none_or(|old| old.number != new.number);
        if is_new && new.state == OrderState::Queued {
            self.syncs.push(OrderTask::new(&new.template_id, new.number).entry());
        }
    }

    /// New wishes to show the customer something.
    fn signals(&mut self, old: Option<&Conversation>, new: &Conversation) {
        for kind in SignalKind::ALL {
            let before = old.and_then(|old| old.signal(*kind));
            if let Some(signal) = new.signal(*kind).filter(|signal| before != Some(signal)) {
                self.sends.push(SignalTask::new(&new.id, *kind, signal).entry());
            }
        }
    }

    fn message(&mut self, old: Option<&Message>, new: &Message, at: Time) {
        let moved = old.is_none_or(|old| {
            let place = |message: &Message| (message.written_state, message.attempt, message.media.is_awaited);
            place(old) != place(new)
        });
        if new.direction != Direction::Outbound || !moved {
            return;
        }
        let kind = match new.written_state {
            // Its file goes ahead of it, see `media_of`.
            State::Queued if new.media.is_awaited => return,
            State::Queued => {
                self.sends.push(SendTask::new(&new.id, new.attempt).entry());
                return;
            }
            State::InDoubt => EventKind::MessageInDoubt,
            State::Refused => EventKind::MessageRefused,
            State::Cancelled => EventKind::MessageCancelled,
            State::Received | State::Scheduled | State::Sending | State::Accepted => return,
        };
        let reason = new.faults.first().map(|fault| json!({"code": fault.code, "title": fault.title}));
        self.events.push(Event {
            id: EventId::derive(&[kind.word(), new.id.as_str(), &new.attempt.to_string()]),
            kind,
            at,
            channel_id: Some(new.channel_id.clone()),
            contact_id: Some(new.contact_id.clone()),
            conversation_id: Some(new.conversation_id.clone()),
            data: json!({"message_id": new.id.as_str(), "reason": reason}),
        });
    }
}
