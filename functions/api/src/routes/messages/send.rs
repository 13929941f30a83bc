//! From a draft to a queued message: find whom it is for, ask the rules, write. Nothing is made for a message that the
//! rules refuse.
use std::time::Duration;

use domain::Time;
use domain::attachment::MessageMedia;
use domain::contact::Contact;
use domain::ids::{ChannelId, ContactId, ConversationId, MessageId};
use domain::message::{Direction, Dispatch, Message, Source, State, Told};
use serde_json::{Value, json};
use store::Inserted;

use super::attach;
use super::compose::{Draft, Whom};
use super::load;
use super::permitted::{Case, Verdict};
use crate::idempotent::Ticket;
use crate::problem::Problem;
use crate::{App, recipient};

/// How often a recipient is looked up again when another request makes the same contact at the same time.
const TRIES_MAX: u32 = 3;

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

/// The messages that the draft becomes, the first one first.
pub(super) async fn queue(app: &App, draft: Draft, ticket: &Ticket) -> Result<Vec<Message>, Problem> {
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
        let case = Case { app, channel: &channel, message: first, now: ticket.at };
        let agreed = match case.permitted(&recipient, draft.consent.as_ref()).await? {
            Verdict::Permitted(agreed) => agreed,
            Verdict::Asked(agreed, refusal) => {
                make(app, &recipient).await?;
                agreed.record(app, recipient.contact(), ticket.at).await?;
                return Err(Problem::SendRefused(refusal));
            }
        };
        refer(app, &draft, first, ticket.at).await?;
        attach::resolve(app, &draft.files, first).await?;
        if make(app, &recipient).await? {
            if let Some(agreed) = agreed {
                agreed.record(app, recipient.contact(), ticket.at).await?;
            }
            return insert(app, messages).await;
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// `false`: somebody else made the person meanwhile.
async fn make(app: &App, recipient: &Recipient) -> Result<bool, Problem> {
    match recipient {
        Recipient::Known(_) => Ok(true),
        Recipient::New(contact) => Ok(app.store.contact_create(contact).await?),
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
            dispatch: Dispatch { priority: draft.priority, ..Dispatch::default() },
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
