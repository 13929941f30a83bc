//! What a change of a row means for others.
use std::collections::{BTreeMap, BTreeSet};

use domain::Time;
use domain::attachment::Attachment;
use domain::channel::Channel;
use domain::contact::Contact;
use domain::contact_timeline::{Turn, handled};
use domain::conversation::{Conversation, SignalKind};
use domain::event::{Event, EventKind, window_changed};
use domain::ids::{ContactId, ConversationId, EventId};
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
    pub(crate) notify: Vec<Entry>,
    pub(crate) live: Vec<Entry>,
    /// The conversations in which something changed, and when last: a batch tells each once.
    pub(crate) changed: BTreeMap<ConversationId, Time>,
    pub(crate) contact_imports: Vec<Entry>,
    /// Files that a scanner is to look at.
    pub(crate) scans: Vec<Attachment>,
    pub(crate) events: Vec<Event>,
    /// What stands elsewhere of conversations and of contacts, in order.
    pub(crate) copies: Vec<Copy>,
    /// Contacts whose terms are to be brought in step, and when they or who has their conversations changed.
    pub(crate) contacts: BTreeMap<ContactId, Time>,
    pub(crate) turns: Vec<Turn>,
    /// Conversations in which a message begins or ends to wait for its time, and whose they are.
    pub(crate) waiting: BTreeMap<ConversationId, ContactId>,
    /// Contacts who, or whose conversations, are somebody else's: others see what waits.
    pub(crate) regarded: BTreeSet<ContactId>,
    /// Contacts that may be one person.
    pub(crate) pairs: Vec<(ContactId, ContactId, Time)>,
    /// Tasks of the business's own webhooks.
    pub(crate) hooks: Vec<Entry>,
    /// What webhooks may want to know: events that are in the journal by now, and those that are never.
    pub(crate) passing: Vec<Event>,
    /// Of which it is still to be found out whose they are.
    pub(crate) statuses: Vec<Event>,
    pub(crate) webhooks_changed: bool,
    /// The balance as it was last, and when, if it changed.
    pub(crate) wallet: Option<(Wallet, Time)>,
}

impl Telling {
    /// `at`: when the row changed, in milliseconds.
    pub(crate) fn add(&mut self, change: Change, at: i64) {
        let at = Time::from_millis(at);
        match change {
            Change::Attachment { old, new } => {
                self.changed.extend(new.id.message().map(|message| (message.conversation(), at)));
                self.attachment(old.as_deref(), *new, at);
            }
            Change::Message { old, new } => self.thread(old.as_deref(), *new, at),
            Change::Conversation { old, new } => {
                self.signals(old.as_deref(), &new);
                self.events.extend(window_changed(old.as_deref(), &new, at));
                self.turned(handled(old.as_deref(), &new, at), Some(&new.channel_id));
                self.assigned(old.as_deref(), &new, at);
                self.changed.insert(new.id.clone(), at);
                self.inbox(old, new, at);
            }
            Change::Channel { new, created: true } => self.channel(new, at),
            Change::Contact { old: None, new } => self.created(&new, at),
            Change::Contact { old: Some(old), new } => {
                self.owner_of(&old, &new);
                self.events.extend(account::consents(&old, &new, at));
                self.contact(Some(&old), &new, at);
            }
            Change::Note(note) => {
                self.events.push(inbox::note(&note));
                self.mentioned(&note);
                self.changed.insert(note.conversation_id, at);
            }
            Change::ContactImport { old, new } => self.contact_import(old.as_deref(), &new),
            Change::Health { subject, old, new } => {
                self.events.extend(account::blocks(&subject, old.as_deref(), &new));
            }
            Change::Template { old: Some(old), new } => self.events.extend(account::template(&old, &new, at)),
            Change::RateCard(loaded) => self.events.push(account::rates(&loaded)),
            Change::Settings { old, new } => self.events.extend(account::settings(old.map(|old| *old), &new)),
            Change::TemplateOrder { old, new } => self.order(old.as_deref(), &new),
            Change::Event(event) => self.event(event, at),
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
            Change::Status { message, report } => {
                self.priced(&message, &report);
                self.status(&message, &report);
                self.changed.insert(message.conversation(), at);
            }
            Change::Annotation { message } => {
                self.changed.insert(message.conversation(), at);
            }
            Change::Notification { old, new } => self.notification(old.as_deref(), &new, at),
            Change::Summary(summary) => self.summary(&summary),
            Change::Webhook { old, new } => self.webhook(old.as_deref(), &new),
            Change::WebhookGone => self.webhooks_changed = true,
            Change::Delivery { old, new } => self.delivery(old.as_deref(), &new),
            Change::Replay(replay) => self.replay(&replay),
            Change::Channel { created: false, .. }
            | Change::Template { old: None, .. }
            | Change::TemplateSync { .. }
            | Change::Adjustment { .. }
            | Change::Other => {}
        }
    }

    /// All that a message means for others.
    fn thread(&mut self, old: Option<&Message>, new: Message, at: Time) {
        self.media_of(old, &new);
        self.message(old, &new, at);
        self.price_of(old, &new);
        self.received(old, &new);
        self.passing(old, &new, at);
        let waits = |message: &Message| message.written_state == State::Scheduled;
        if old.is_some_and(waits) != waits(&new) {
            self.waiting.insert(new.conversation_id.clone(), new.contact_id.clone());
        }
        self.changed.insert(new.conversation_id, at);
    }

    fn created(&mut self, new: &Contact, at: Time) {
        self.contact(None, new, at);
        self.events.push(Event {
            id: EventId::derive(&[EventKind::ContactCreated.word(), new.id.as_str()]),
            kind: EventKind::ContactCreated,
            at: new.created_at,
            channel_id: None,
            contact_id: Some(new.id.clone()),
            conversation_id: None,
            data: json!({"kind": new.kind.word()}),
        });
    }

    /// What the journal has taken is told to webhooks.
    fn event(&mut self, event: Event, at: Time) {
        // A webhook about a template is only a hint that the list has changed.
        if event.kind == EventKind::TemplateChanged
            && let Some(waba_id) = event.data["waba_id"].as_str()
        {
            let wish = at.plus(WAIT_AFTER_HINT);
            self.syncs.push(SyncTask::new(waba_id, wish.millis()).entry());
        }
        self.passing.push(event);
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
