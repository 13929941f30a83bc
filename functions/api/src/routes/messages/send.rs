//! From a draft to a queued message: find whom it is for, ask the rules, write. Nothing is made for a message that the
//! rules refuse.
use std::time::Duration;

use domain::Time;
use domain::attachment::MessageMedia;
use domain::channel::Channel;
use domain::contact::Contact;
use domain::health::Health;
use domain::ids::{ChannelId, ContactId, ConversationId, MessageId};
use domain::message::{Direction, Dispatch, Message, Source, State, Told};
use domain::sending::limits::{Started, messaging_limit};
use domain::sending::{Refusal, Situation, TemplateUse, needs_phone, permit};
use serde_json::{Value, json};
use store::{Inserted, StoreError};
use whatsapp::send::fits;

use super::attach;
use super::compose::{Draft, Whom, field_errors};
use super::load;
use crate::idempotent::Ticket;
use crate::problem::Problem;
use crate::{App, recipient};

/// How often a recipient is looked up again when another request makes the same contact at the same time.
const TRIES_MAX: u32 = 3;

/// How far ahead a message's time may end.
const VALID_FOR_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

enum Recipient {
    Known(Contact),
    New(Contact),
}

impl Recipient {
    fn contact(&self) -> &Contact {
        match self {
            Recipient::Known(contact) | Recipient::New(contact) => contact,
        }
    }
}

/// The messages that the draft becomes, the first one first.
pub(super) async fn queue(app: &App, draft: Draft, ticket: &Ticket) -> Result<Vec<Message>, Problem> {
    if let Some(until) = draft.valid_until
        && (until <= ticket.at || ticket.at.plus(VALID_FOR_MAX) < until)
    {
        return Err(Problem::field("valid_until", "must be in the future, and at most 30 days ahead"));
    }
    let channel = app.store.channel_get(&draft.channel_id).await?;
    let channel = channel.ok_or_else(|| Problem::unknown("channel_id", "names a channel that does not exist"))?;
    for _ in 0..TRIES_MAX {
        let recipient = resolve(app, &draft.to, channel.add_as, ticket).await?;
        let mut messages = messages(&draft, &channel.id, &recipient.contact().id, ticket);
        let Some(first) = messages.first_mut() else { return Ok(messages) };
        if ticket.is_repeated
            && let Some(before) = app.store.message_get(&first.id).await?
        {
            // It was permitted then. Its further parts may not have been written.
            let mut all = vec![before];
            all.extend(insert(app, messages.split_off(1)).await?);
            return Ok(all);
        }
        permitted(app, &channel, &recipient, first, ticket.at).await?;
        refer(app, &draft, first, ticket.at).await?;
        attach::resolve(app, &draft.files, first).await?;
        let is_ready = match recipient {
            Recipient::Known(_) => true,
            Recipient::New(contact) => app.store.contact_create(&contact).await?,
        };
        if is_ready {
            return insert(app, messages).await;
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// Whether the rules let the message out now.
async fn permitted(
    app: &App,
    channel: &Channel,
    recipient: &Recipient,
    message: &Message,
    now: Time,
) -> Result<(), Problem> {
    let conversation = app.store.conversation_get(&message.conversation_id).await?;
    let template = app.store.template_used(&channel.waba_id, &message.kind, &message.content).await?;
    let health = app.store.health_of(channel).await?;
    let settings = app.store.settings_get().await?;
    let started = started(app, &health, &template, now).await?;
    let Contact { reach, sends, .. } = recipient.contact();
    let (health, conversation, template) = (&health, conversation.as_ref(), &template);
    let (settings, started) = (&settings, &started);
    let situation = Situation { channel, health, reach, conversation, template, settings, sends, started, now };
    permit(&situation).map_err(Problem::SendRefused)?;
    if let TemplateUse::Found(template) = template {
        fits(template, &message.content).map_err(|wrong| Problem::TemplateParameters(field_errors(wrong)))?;
    }
    let Some(name) = needs_phone(template) else { return Ok(()) };
    let has_phone = recipient.contact().has_phone();
    if has_phone { Ok(()) } else { Err(Problem::SendRefused(Refusal::PhoneNeeded { name: name.to_owned() })) }
}

/// Whom the portfolio wrote to first, where that matters.
pub(super) async fn started(
    app: &App,
    health: &Health,
    template: &TemplateUse,
    now: Time,
) -> Result<Started, StoreError> {
    match (template, messaging_limit(health)) {
        (TemplateUse::Found(_), Some(_)) => app.store.started(now).await,
        _ => Ok(Started::default()),
    }
}

/// Puts Meta's ids in the place of what the caller named.
async fn refer(app: &App, draft: &Draft, message: &mut Message, now: Time) -> Result<(), Problem> {
    if let Some(quoted) = &draft.context {
        message.context = Some(quoted.quoted(app, &message.conversation_id).await?);
    }
    if let Some(target) = &draft.reacts_to {
        message.content["message_id"] = json!(target.reacted_to(app, &message.conversation_id, now).await?);
    }
    Ok(())
}

async fn resolve(
    app: &App,
    to: &Whom,
    add_as: domain::contact::ContactKind,
    ticket: &Ticket,
) -> Result<Recipient, Problem> {
    match to {
        Whom::Contact(id) => match app.store.contact_get(id).await? {
            Some(contact) => Ok(Recipient::Known(contact)),
            None => Err(Problem::unknown("to.contact_id", "names a contact that does not exist")),
        },
        Whom::Identity(identity) => {
            let identities = vec![identity.clone()];
            let found = match recipient::find(&app.store, &identities).await? {
                Some(id) => app.store.contact_get(&id).await?,
                None => None,
            };
            Ok(match found {
                Some(contact) => Recipient::Known(contact),
                None => {
                    let id = ContactId::new(ticket.at, ticket.entropy);
                    Recipient::New(recipient::stranger(id, add_as, identities, ticket.at))
                }
            })
        }
    }
}

/// One message for each content, in the order of their times.
fn messages(draft: &Draft, channel: &ChannelId, contact: &ContactId, ticket: &Ticket) -> Vec<Message> {
    let conversation_id = ConversationId::of(channel, contact);
    let message = |(place, content): (u64, &Value)| {
        let at = ticket.at.plus(Duration::from_millis(place));
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
            received_at: at,
            source: Source::Live,
            written_state: State::Queued,
            attempt: 1,
            dispatch: Dispatch { priority: draft.priority, hold: None, valid_until: draft.valid_until },
            faults: Vec::new(),
            reports: Vec::new(),
            annotations: Vec::new(),
            media: MessageMedia::default(),
        }
    };
    (0..).zip(&draft.contents).map(message).collect()
}

/// One after the other: in the order in which they are written they go out.
async fn insert(app: &App, messages: Vec<Message>) -> Result<Vec<Message>, Problem> {
    let mut inserted = Vec::new();
    for message in messages {
        inserted.push(match app.store.message_queue(&message).await? {
            Inserted::New => message,
            Inserted::Before { .. } => load(app, &message.id).await?,
        });
    }
    Ok(inserted)
}
