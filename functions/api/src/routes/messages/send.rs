//! From a draft to a queued message: find whom it is for, ask the rules, write. Nothing is made for a message that the
//! rules refuse.
use domain::contact::Contact;
use domain::ids::{ChannelId, ContactId, ConversationId, MessageId};
use domain::message::{Direction, Dispatch, Message, Source, State};
use domain::sending::{Situation, permit};
use serde_json::json;
use store::{Inserted, NewMessage};

use super::compose::{Draft, Whom};
use super::load;
use crate::idempotent::Ticket;
use crate::problem::Problem;
use crate::{App, recipient};

/// How often a recipient is looked up again when another request makes the same contact at the same time.
const TRIES_MAX: u32 = 3;

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

pub(super) async fn queue(app: &App, draft: Draft, ticket: &Ticket) -> Result<Message, Problem> {
    let channel = app.store.channel_get(&draft.channel_id).await?;
    let channel = channel.ok_or_else(|| Problem::unknown("channel_id", "names a channel that does not exist"))?;
    for _ in 0..TRIES_MAX {
        let recipient = resolve(app, &draft.to, channel.add_as, ticket).await?;
        let message = message(&draft, &channel.id, &recipient.contact().id, ticket);
        if ticket.is_repeated
            && let Some(before) = app.store.message_get(&message.id).await?
        {
            return Ok(before);
        }
        let conversation = app.store.conversation_get(&message.conversation_id).await?;
        let template = app.store.template_used(&channel.waba_id, &draft.kind, &draft.content).await?;
        let health = app.store.health_of(&channel).await?;
        let situation = Situation {
            channel: &channel,
            health: &health,
            reach: &recipient.contact().reach,
            conversation: conversation.as_ref(),
            template: &template,
            now: ticket.at,
        };
        permit(&situation).map_err(Problem::SendRefused)?;
        let is_ready = match recipient {
            Recipient::Known(_) => true,
            Recipient::New(contact) => app.store.contact_create(&contact).await?,
        };
        if is_ready {
            return insert(app, message).await;
        }
    }
    Err(Problem::ChangedMeanwhile)
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

fn message(draft: &Draft, channel: &ChannelId, contact: &ContactId, ticket: &Ticket) -> Message {
    let conversation_id = ConversationId::of(channel, contact);
    Message {
        id: MessageId::new(&conversation_id, ticket.at, ticket.entropy),
        conversation_id,
        channel_id: channel.clone(),
        contact_id: contact.clone(),
        direction: Direction::Outbound,
        kind: draft.kind.clone(),
        content: draft.content.clone(),
        context: draft.context.clone(),
        wamid: None,
        at: ticket.at,
        received_at: ticket.at,
        source: Source::Live,
        written_state: State::Queued,
        attempt: 1,
        dispatch: Dispatch { priority: draft.priority, hold: None },
        faults: Vec::new(),
        reports: Vec::new(),
    }
}

async fn insert(app: &App, message: Message) -> Result<Message, Problem> {
    let raw = json!({"message": {&message.kind: &message.content}}).to_string();
    match app.store.message_insert(NewMessage { message: &message, raw: &raw }).await? {
        Inserted::New => Ok(message),
        Inserted::Before { .. } => load(app, &message.id).await,
    }
}
