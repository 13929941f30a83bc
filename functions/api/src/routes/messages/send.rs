//! From a draft to a queued message: plan, examine, write. Nothing is made for a message that the rules refuse.
use domain::Time;
use domain::message::Message;
use domain::sending::Refusal;
use store::{Accepted, Inserted};

use super::compose::Draft;
use super::examine::examine;
use super::load;
use super::plan::{Recipient, plan};
use super::price;
use crate::idempotent::Ticket;
use crate::problem::Problem;
use crate::{App, sight};

/// How often a recipient is looked up again when another request makes the same contact at the same time.
const TRIES_MAX: u32 = 3;

/// The messages that the draft becomes, the first one first.
pub(super) async fn queue(app: &App, mut draft: Draft, ticket: &Ticket) -> Result<Vec<Message>, Problem> {
    for _ in 0..TRIES_MAX {
        let mut plan = plan(app, &draft, ticket).await?;
        if ticket.is_repeated
            && let Some(first) = plan.messages.first()
            && let Some(before) = app.store.message_get(&first.id).await?
        {
            // It was permitted then. Its further parts may not have been written.
            let mut all = vec![before];
            all.extend(insert(app, plan.messages.split_off(1), ticket.at).await?);
            return Ok(all);
        }
        if let Some(problem) = draft.problems.drain(..).next() {
            return Err(problem);
        }
        let refusal = match examine(app, &draft, &mut plan, ticket.at).await?.into_iter().next() {
            // The person must say yes themselves: it is recorded, so that they are asked, and the message is refused.
            Some(refusal) if plan.is_asked(&refusal) => Some(refusal),
            Some(refusal) => return Err(refusal),
            None => None,
        };
        price::hold(&mut plan, ticket.at);
        if make(app, &plan.recipient).await? {
            if let Some(agreed) = plan.agreed {
                agreed.record(app, plan.recipient.contact(), ticket.at).await?;
            }
            if let (None, None, Some(assignee), Some(first)) =
                (&refusal, &plan.conversation, sight::given(&draft.caller), plan.messages.first())
            {
                app.store.conversation_begin(first, assignee, ticket.at).await?;
            }
            return match refusal {
                None => insert(app, plan.messages, ticket.at).await,
                Some(refusal) => Err(refusal),
            };
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

/// Those that may cost something together, with what they hold; the others one after the other. In the order in which they are
/// written they go out.
async fn insert(app: &App, messages: Vec<Message>, now: Time) -> Result<Vec<Message>, Problem> {
    if messages.iter().any(|message| message.price.is_some()) {
        return match app.till.accept(&app.store, &messages, now).await? {
            Accepted::New => Ok(messages),
            Accepted::Before => {
                futures::future::try_join_all(messages.iter().map(|message| load(app, &message.id))).await
            }
            Accepted::Short { credits } => Err(Problem::SendRefused(Refusal::short(&messages, credits.as_ref()))),
        };
    }
    let mut inserted = Vec::new();
    for message in messages {
        inserted.push(match app.store.message_queue(&message).await? {
            Inserted::New => message,
            Inserted::Before { .. } => load(app, &message.id).await?,
        });
    }
    Ok(inserted)
}
