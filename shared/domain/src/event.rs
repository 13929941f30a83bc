//! Events: facts that follow from a change of state, told to whoever listens.
//!
//! An event's id follows from the fact, so that telling it twice is telling it once.
use std::time::Duration;

use crate::Time;
use crate::conversation::{Conversation, WindowState};
use crate::ids::{ChannelId, ContactId, ConversationId, EventId};
use crate::message::Status;

crate::words! {
    /// Facts about single messages are told to webhooks and not kept: the messages and their statuses are themselves the
    /// record. Only what went wrong with one is also in the journal.
    pub enum EventKind {
        /// A medium could not be fetched in all tries; it can be tried anew.
        AttachmentFailed = "attachment.failed",
        /// The business's scanner condemned a file; it is deleted.
        AttachmentInfected = "attachment.infected",
        ChannelCreated = "channel.created",
        /// A reaction, an edit or a deletion of a message that we do not hold.
        AnnotationUnmatched = "annotation.unmatched",
        /// A call between a customer and the business.
        CallChanged = "call.changed",
        /// A lead became a contact.
        ContactConverted = "contact.converted",
        ContactCreated = "contact.created",
        /// A table of contacts was read to its end, or could not be read.
        ContactImportEnded = "contact.import_ended",
        /// Another contact was merged into one.
        ContactMerged = "contact.merged",
        ContactUnmerged = "contact.unmerged",
        /// A contact of the business's phone was added, edited or removed there.
        ContactSynced = "contact.synced",
        ConversationAssigned = "conversation.assigned",
        ConversationClosed = "conversation.closed",
        /// Somebody opened it again, or the customer wrote.
        ConversationReopened = "conversation.reopened",
        /// Somebody put it off.
        ConversationSnoozed = "conversation.snoozed",
        /// Somebody took it from whoever had it, and gave it to nobody.
        ConversationUnassigned = "conversation.unassigned",
        /// What was put off is back: its time has come, the customer wrote, or somebody took it back.
        ConversationWoken = "conversation.woken",
        /// An entry of the ledger that is not about a message.
        CreditsBooked = "credits.booked",
        /// The balance fell below a level at which somebody wants to know.
        CreditsLow = "credits.low",
        /// Credit was bought, and can be spent.
        CreditsToppedUp = "credits.topped_up",
        /// A purchase brought nothing, or brought money that cannot be booked.
        CreditsTopUpFailed = "credits.top_up_failed",
        /// The saved card brought nothing.
        CreditsRechargeFailed = "credits.recharge_failed",
        /// Nothing is bought by itself any more until somebody says so.
        CreditsRechargeOff = "credits.recharge_off",
        /// Nothing more is bought by itself in this month.
        CreditsRechargeCapped = "credits.recharge_capped",
        /// Somebody has to pay by themselves, at the link in it: the saved card does not pay.
        CreditsPaymentWanted = "credits.payment_wanted",
        /// A card's owner asks their bank for the money back.
        CreditsDisputed = "credits.disputed",
        /// The ledger does not add up.
        CreditsUnbalanced = "credits.unbalanced",
        /// Our charges of a day are not what Meta says that it charged.
        CreditsUnreconciled = "credits.unreconciled",
        GroupChanged = "group.changed",
        /// A message in a group, which is no thread of any of its people.
        GroupMessage = "group.message",
        /// Who answers in a thread changed.
        HandoverChanged = "handover.changed",
        /// The business does not share its phone's history.
        HistoryDeclined = "history.declined",
        /// How much of the phone's history has come.
        HistoryProgress = "history.progress",
        /// WhatsApp took it.
        MessageAccepted = "message.accepted",
        MessageDelivered = "message.delivered",
        /// The business wrote it elsewhere.
        MessageEchoed = "message.echoed",
        MessageFailed = "message.failed",
        /// It will not be sent: somebody said so, or it was not wanted any more when its time came.
        MessageCancelled = "message.cancelled",
        MessageInDoubt = "message.in_doubt",
        MessagePlayed = "message.played",
        MessageRead = "message.read",
        /// A customer wrote.
        MessageReceived = "message.received",
        MessageRefused = "message.refused",
        MessageSent = "message.sent",
        /// A status of a kind that is not known.
        MessageStatus = "message.status",
        /// Somebody wrote an internal note; it names those whom the note mentions.
        NoteAdded = "note.added",
        /// A card of rates was loaded, or another one in its place.
        RatesUpdated = "rates.updated",
        /// A message in a thread that another responder owns.
        StandbyMessage = "standby.message",
        /// The business changed its settings.
        SettingsUpdated = "settings.updated",
        /// A customer service window opens.
        WindowOpening = "window.opening",
        /// It is about to close, and the customer still waits for an answer.
        WindowClosing = "window.closing",
        WindowClosed = "window.closed",
        /// An account, number or business webhook of a kind that is not known, kept as it came. The kinds that are known
        /// follow; each carries the webhook too.
        AccountChanged = "account.changed",
        AccountAlerted = "account.alerted",
        AccountRestricted = "account.restricted",
        AccountReviewed = "account.reviewed",
        AccountViolated = "account.violated",
        BanChanged = "account.ban_changed",
        CapabilityChanged = "account.capability_changed",
        ConnectionChanged = "account.connection_changed",
        PartnerChanged = "account.partner_changed",
        PaymentsChanged = "account.payments_changed",
        PricingChanged = "account.pricing_changed",
        NameChanged = "channel.name_changed",
        QualityChanged = "channel.quality_changed",
        ChannelSecurity = "channel.security",
        SettingsChanged = "channel.settings_changed",
        ThroughputChanged = "channel.throughput_changed",
        UsernameChanged = "channel.username_changed",
        /// Messages of a channel, or of all channels of an account, are held back from now on.
        ChannelBlocked = "channel.blocked",
        /// They go on.
        ChannelResumed = "channel.resumed",
        /// What a person allows us to write them about is another than before.
        ConsentChanged = "consent.changed",
        TemplateStatusChanged = "template.status_changed",
        TemplateQualityChanged = "template.quality_changed",
        TemplateCategoryChanged = "template.category_changed",
        /// Meta will change it; what is sent from then on needs consent, and costs, as of the new one.
        TemplateCategoryAnnounced = "template.category_announced",
        /// A Flow's state or its endpoint's health.
        FlowChanged = "flow.changed",
        /// A customer clicked, or did something else that Meta tells.
        UserActed = "user.acted",
        /// A lead or a purchase that Meta recognised.
        ConversionReported = "conversion.reported",
        /// An error of the number with no message to hang on.
        ChannelError = "channel.error",
        /// Template webhooks, kept as they came; each also starts a sync.
        TemplateChanged = "template.changed",
        /// A status of a message that we do not hold.
        StatusUnmatched = "status.unmatched",
        /// A webhook for a number that is no channel.
        WebhookUnrouted = "webhook.unrouted",
        /// All tries to deliver an event to one of the business's own webhooks failed.
        WebhookDeliveryFailed = "webhook.delivery_failed",
        /// One of the business's own webhooks gets no events any more until somebody says so.
        WebhookPaused = "webhook.paused",
        /// Somebody tries out one of the business's own webhooks.
        WebhookTested = "webhook.tested",
        /// Any other webhook that changes no state of ours, an unknown one too.
        WebhookKept = "webhook.kept",
    }
}

impl EventKind {
    /// Of a message's status, by WhatsApp's word.
    pub fn of_status(word: &str) -> EventKind {
        match Status::parse(word) {
            Some(Status::Sent) => EventKind::MessageSent,
            Some(Status::Delivered) => EventKind::MessageDelivered,
            Some(Status::Read) => EventKind::MessageRead,
            Some(Status::Played) => EventKind::MessagePlayed,
            Some(Status::Failed) => EventKind::MessageFailed,
            None => EventKind::MessageStatus,
        }
    }

    /// Whether it is in no journal: a fact about a single message that went as it should, or of which its status tells.
    pub fn is_passing(self) -> bool {
        matches!(
            self,
            EventKind::MessageAccepted
                | EventKind::MessageDelivered
                | EventKind::MessageEchoed
                | EventKind::MessageFailed
                | EventKind::MessagePlayed
                | EventKind::MessageRead
                | EventKind::MessageReceived
                | EventKind::MessageSent
                | EventKind::MessageStatus
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    pub kind: EventKind,
    pub at: Time,
    pub channel_id: Option<ChannelId>,
    pub contact_id: Option<ContactId>,
    pub conversation_id: Option<ConversationId>,
    pub data: serde_json::Value,
}

impl Event {
    /// `fact` tells this occurrence from other events of its kind about the same subject.
    pub fn about(conversation: &Conversation, kind: EventKind, fact: &str, at: Time, data: serde_json::Value) -> Event {
        Event {
            id: EventId::derive(&[kind.word(), conversation.id.as_str(), fact]),
            kind,
            at,
            channel_id: Some(conversation.channel_id.clone()),
            contact_id: Some(conversation.contact_id.clone()),
            conversation_id: Some(conversation.id.clone()),
            data,
        }
    }
}

/// What a change of a conversation at `at` means for its window. Each opening, each end that draws near while the customer waits,
/// and each closing is told once: their ids follow from the times by which Meta's side knows the window.
pub fn window_changed(old: Option<&Conversation>, new: &Conversation, at: Time) -> Option<Event> {
    let window = new.window?;
    let was_open = old.and_then(|old| old.window).is_some_and(|window| window.state == WindowState::Open);
    let is_noticed = old.is_some_and(|old| old.noticed != new.noticed) && new.noticed == Some(window.closes_at);
    let (kind, fact, at) = match window.state {
        WindowState::Open if !was_open => (EventKind::WindowOpening, window.opened_at, window.opened_at),
        WindowState::Open if is_noticed && new.waiting_since.is_some() => {
            (EventKind::WindowClosing, window.closes_at, at)
        }
        WindowState::Closed if was_open => {
            let closed_at = new.window_closed_at(at, Duration::ZERO)?;
            (EventKind::WindowClosed, window.closes_at, closed_at)
        }
        WindowState::Open | WindowState::Closed => return None,
    };
    let mut data = serde_json::json!({
        "opened_at": window.opened_at.to_string(), "closes_at": window.closes_at.to_string(),
    });
    if kind == EventKind::WindowClosing {
        data["remaining_seconds"] = window.remaining(at).as_secs().into();
        data["waiting_since"] = new.waiting_since.map(|since| since.to_string()).into();
    }
    if kind == EventKind::WindowClosed {
        data["reason"] = if at < window.closes_at { "refused_by_whatsapp" } else { "expired" }.into();
    }
    Some(Event::about(new, kind, &fact.sortable(), at, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Arrival, Window, receive, start};
    use crate::ids::MessageId;

    fn with_window(opened: i64, closes: i64, state: WindowState) -> Conversation {
        let (channel, contact) = (ChannelId::of_number("1"), ContactId::derive(&["ann"]));
        let conversation = ConversationId::of(&channel, &contact);
        let at = Time::from_seconds(opened);
        let message = MessageId::of_wamid(&conversation, at, "w");
        let (received_at, assign_to, referral) = (at, None, None);
        let arrival = Arrival { conversation, channel, contact, message, at, received_at, assign_to, referral };
        let mut conversation = receive(&start(&arrival), &arrival, at).unwrap();
        let closes_at = Time::from_seconds(closes);
        conversation.window = Some(Window { opened_at: at, closes_at, state });
        conversation
    }

    #[test]
    fn windows_tell_when_they_open_and_close() {
        let open = with_window(0, 100, WindowState::Open);
        let extended = with_window(0, 150, WindowState::Open);
        let closed = with_window(0, 100, WindowState::Closed);
        let anew = with_window(120, 220, WindowState::Open);
        use EventKind::{WindowClosed, WindowClosing, WindowOpening};
        let noticed =
            |of: &Conversation| Conversation { noticed: of.window.map(|window| window.closes_at), ..of.clone() };
        let told = noticed(&open);
        let answered = Conversation { waiting_since: None, ..open.clone() };
        let passed_over = noticed(&answered);
        let extended_after = Conversation { noticed: told.noticed, ..extended.clone() };
        let told_again = noticed(&extended);
        for (old, new, told) in [
            (None, &open, Some(WindowOpening)),
            (Some(&open), &extended, None),
            (Some(&open), &closed, Some(WindowClosed)),
            (Some(&closed), &closed, None),
            (Some(&open), &told, Some(WindowClosing)),
            (Some(&told), &told, None),
            (Some(&answered), &passed_over, None),
            (Some(&told), &extended_after, None),
            (Some(&extended_after), &told_again, Some(WindowClosing)),
            (Some(&told), &closed, Some(WindowClosed)),
            (Some(&closed), &anew, Some(WindowOpening)),
        ] {
            let event = window_changed(old, new, Time::from_seconds(200));
            assert_eq!(event.map(|event| event.kind), told);
        }
    }
}
