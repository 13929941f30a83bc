//! What is to become of a draft: for whom it is, and its messages. Nothing of it is written yet.
use std::time::Duration;

use domain::Time;
use domain::attachment::MessageMedia;
use domain::channel::Channel;
use domain::consent::ConsentState;
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::ids::{ChannelId, ContactId, ConversationId, MessageId};
use domain::message::{Direction, Dispatch, Message, Source, State, Told};
use domain::sending::{Refusal, Schedule, TemplateUse, Timing, timing};
use domain::settings::Settings;
use serde_json::Value;
use store::Priced;

use super::agreed::Agreed;
use super::compose::{Draft, Whom};
use crate::auth::Caller;
use crate::idempotent::Ticket;
use crate::problem::Problem;
use crate::{App, recipient, sight};

/// How far ahead a message's time may end.
const VALID_FOR_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

pub(super) enum Recipient {
    Known(Contact),
    New(Contact),
}

impl Recipient {
    pub(super) fn contact(&self) -> &Contact {
        match self {
            Recipient::Known(contact) | Recipient::New(contact) => contact,
        }
    }
}

pub(super) struct Plan {
    pub(super) channel: Channel,
    pub(super) recipient: Recipient,
    pub(super) conversation: Option<Conversation>,
    pub(super) template: TemplateUse,
    pub(super) settings: Settings,
    /// The consent that came with the message, if it is news.
    pub(super) agreed: Option<Agreed>,
    /// What one of the messages would cost.
    pub(super) priced: Priced,
    /// Values that were put in for missing ones.
    pub(super) filled: Vec<String>,
    pub(super) messages: Vec<Message>,
    /// What would speak against it when it is to go, as far as that is known; nothing of it stops the message from being taken.
    pub(super) doubts: Vec<Problem>,
}

impl Plan {
    /// When it is to go, if that is later.
    pub(super) fn schedule(&self) -> Option<&Schedule> {
        self.messages.first().and_then(|message| message.dispatch.schedule.as_ref())
    }

    /// Nobody, if only the message would make the contact.
    pub(super) fn contact(&self) -> Option<&Contact> {
        match &self.recipient {
            Recipient::Known(contact) => Some(contact),
            Recipient::New(_) => None,
        }
    }

    /// Whether the message waits for nothing but the person's own yes to the consent that came with it.
    pub(super) fn is_asked(&self, refusal: &Problem) -> bool {
        let is_pending = matches!(
            refusal,
            Problem::SendRefused(Refusal::NoConsent(lack)) if lack.state == Some(ConsentState::Pending)
        );
        is_pending && self.agreed.is_some()
    }
}

pub(super) async fn plan(app: &App, draft: &Draft, ticket: &Ticket) -> Result<Plan, Problem> {
    let goes_at = draft.ahead.as_ref().map_or(ticket.at, |ahead| ahead.send_at.max(ticket.at));
    if let Some(until) = draft.valid_until
        && (until <= goes_at || goes_at.plus(VALID_FOR_MAX) < until)
    {
        let expected = "must be after the time at which the message is to go, and at most 30 days behind it";
        return Err(Problem::field("valid_until", expected));
    }
    let channel = app.store.channel_get(&draft.channel_id).await?;
    let channel = channel.ok_or_else(|| Problem::unknown("channel_id", "names a channel that does not exist"))?;
    let recipient = resolve(app, &draft.to, &draft.caller, &channel, ticket).await?;
    let schedule = schedule(draft, ticket.at)?;
    let thread = &recipient.contact().thread;
    let id = ConversationId::of(&channel.id, thread);
    if sight::is_hidden(app, &draft.caller, &id).await? {
        return Err(Problem::unknown("channel_id", "has a conversation with them that you may not see"));
    }
    let messages = messages(draft, (&channel.id, thread), schedule.as_ref(), ticket);
    let (conversation, template, settings) = (None, TemplateUse::None, Settings::default());
    Ok(Plan {
        channel,
        recipient,
        conversation,
        template,
        settings,
        agreed: None,
        priced: Priced::Unmetered,
        filled: Vec::new(),
        messages,
        doubts: Vec::new(),
    })
}

/// When it is to go, if that is not now.
fn schedule(draft: &Draft, now: Time) -> Result<Option<Schedule>, Problem> {
    let Some(ahead) = &draft.ahead else { return Ok(None) };
    match timing(ahead.send_at, now) {
        Timing::Now => Ok(None),
        Timing::Over => Err(Problem::field("send_at", "must not be in the past")),
        Timing::TooFar => Err(Problem::field("send_at", "must be at most 180 days ahead")),
        Timing::Later => Ok(Some(Schedule {
            send_at: ahead.send_at,
            asked_at: now,
            only_if_unanswered: ahead.only_if_unanswered,
            fallback: ahead.fallback.clone(),
            instead_of: None,
        })),
    }
}

pub(super) async fn resolve(
    app: &App,
    to: &Whom,
    caller: &Caller,
    channel: &Channel,
    ticket: &Ticket,
) -> Result<Recipient, Problem> {
    match to {
        Whom::Contact(id) => match sight::contact(app, caller, id).await {
            Ok(contact) => Ok(Recipient::Known(in_thread(app, contact, channel).await?)),
            Err(Problem::NotFound { .. }) => {
                Err(Problem::unknown("to.contact_id", "names a contact that does not exist"))
            }
            Err(problem) => Err(problem),
        },
        Whom::Identity(identity) => {
            let identities = vec![identity.clone()];
            let found = match recipient::find(&app.store, &identities).await? {
                Some(id) => app.store.contact_get(&id).await?,
                None => None,
            };
            match found {
                Some(contact) if sight::knows(app, caller, &contact).await? => Ok(Recipient::Known(contact)),
                Some(_) => Err(sight::hidden("to")),
                None => {
                    let id = ContactId::new(ticket.at, ticket.entropy);
                    let stranger = Contact::stranger(id, channel.add_as, identities, ticket.at);
                    Ok(Recipient::New(Contact { owner: sight::given(caller), ..stranger }))
                }
            }
        }
    }
}

/// Of several threads that a person has on the channel since a merge, the one in which they wrote last.
async fn in_thread(app: &App, contact: Contact, channel: &Channel) -> Result<Contact, Problem> {
    if contact.merged.is_empty() || contact.thread != contact.id {
        return Ok(contact);
    }
    let mut latest = (None, contact.id.clone());
    for thread in contact.threads() {
        let conversation = app.store.conversation_get(&ConversationId::of(&channel.id, thread)).await?;
        // Meta's times are whole seconds: of two in one, the one that arrived last.
        let wrote = conversation.and_then(|thread| Some((thread.last_inbound_at?, thread.arrived_at)));
        if wrote > latest.0 {
            latest = (wrote, thread.clone());
        }
    }
    Ok(app.store.contact_get(&latest.1).await?.unwrap_or(contact))
}

/// One message for each content, in the order of their times. What goes later has its place in the thread by then.
fn messages(
    draft: &Draft,
    (channel, contact): (&ChannelId, &ContactId),
    schedule: Option<&Schedule>,
    ticket: &Ticket,
) -> Vec<Message> {
    let conversation_id = ConversationId::of(channel, contact);
    let goes_at = schedule.map_or(ticket.at, |schedule| schedule.send_at);
    let message = |(place, content): (u64, &Value)| {
        let at = goes_at.plus(Duration::from_millis(place));
        Message {
            id: MessageId::new(&conversation_id, at, ticket.entropy),
            conversation_id: conversation_id.clone(),
            channel_id: channel.clone(),
            contact_id: contact.clone(),
            direction: Direction::Outbound,
            kind: draft.kind.clone(),
            content: content.clone(),
            options: draft.options.clone(),
            context: None,
            told: Told::default(),
            wamid: None,
            at,
            received_at: ticket.at.plus(Duration::from_millis(place)),
            source: Source::Live,
            written_state: if schedule.is_some() { State::Scheduled } else { State::Queued },
            attempt: 1,
            dispatch: Dispatch {
                priority: draft.priority,
                valid_until: draft.valid_until,
                schedule: schedule.cloned(),
                by: Some(draft.caller.actor().to_string()),
                ..Dispatch::default()
            },
            price: None,
            faults: Vec::new(),
            reports: Vec::new(),
            annotations: Vec::new(),
            media: MessageMedia::default(),
        }
    };
    (0..).zip(&draft.contents).map(message).collect()
}
