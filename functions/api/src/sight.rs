//! What a caller sees of the inbox, for every route that names a conversation, a contact, or something in them (P45).
//!
//! Guarantee: what is out of sight is answered as what does not exist.
use domain::access::Sight;
use domain::channel::Assignee;
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::ids::{AttachmentId, ContactId, ConversationId, MessageId};

use crate::App;
use crate::auth::Caller;
use crate::fields::Identifier;
use crate::problem::Problem;

pub(crate) fn missing<I: Identifier>(id: &I) -> Problem {
    Problem::NotFound { what: I::WHAT, id: id.text().to_owned() }
}

pub(crate) async fn conversation(app: &App, caller: &Caller, id: &ConversationId) -> Result<Conversation, Problem> {
    let found = app.store.conversation_get(id).await?;
    found.filter(|found| caller.sight.sees(found.assignee.as_ref())).ok_or_else(|| missing(id))
}

/// Nothing is read for those who see everything.
pub(crate) async fn within(app: &App, caller: &Caller, id: &ConversationId) -> Result<bool, Problem> {
    if caller.sight == Sight::All {
        return Ok(true);
    }
    let found = app.store.conversation_get(id).await?;
    Ok(found.is_some_and(|found| caller.sight.sees(found.assignee.as_ref())))
}

/// Whether there is a conversation, and it is out of sight.
pub(crate) async fn is_hidden(app: &App, caller: &Caller, id: &ConversationId) -> Result<bool, Problem> {
    if caller.sight == Sight::All {
        return Ok(false);
    }
    let found = app.store.conversation_get(id).await?;
    Ok(found.is_some_and(|found| !caller.sight.sees(found.assignee.as_ref())))
}

/// That a message is in sight: as its conversation is.
pub(crate) async fn message(app: &App, caller: &Caller, id: &MessageId) -> Result<(), Problem> {
    if within(app, caller, &id.conversation()).await? { Ok(()) } else { Err(missing(id)) }
}

/// That an attachment is in sight: as its message is. An upload stands in no conversation; its id, of 80 random bits, is told
/// to whom uploaded it alone.
pub(crate) async fn attachment(app: &App, caller: &Caller, id: &AttachmentId) -> Result<(), Problem> {
    let is_seen = match id.message() {
        Some(message) => within(app, caller, &message.conversation()).await?,
        None => true,
    };
    if is_seen { Ok(()) } else { Err(missing(id)) }
}

pub(crate) async fn contact(app: &App, caller: &Caller, id: &ContactId) -> Result<Contact, Problem> {
    let found = app.store.contact_get(id).await?.ok_or_else(|| missing(id))?;
    if knows(app, caller, &found).await? { Ok(found) } else { Err(missing(id)) }
}

/// Whether a contact is in sight: its owner is, or one of its conversations.
pub(crate) async fn knows(app: &App, caller: &Caller, contact: &Contact) -> Result<bool, Problem> {
    if caller.sight.sees(contact.owner.as_ref()) {
        return Ok(true);
    }
    let given = app.store.contacts_given(&[contact]).await?;
    Ok(given.into_values().flatten().any(|assignee| caller.sight.sees(Some(&assignee))))
}

/// To whom that goes which a caller makes: to themselves, where they would not see it otherwise.
pub(crate) fn given(caller: &Caller) -> Option<Assignee> {
    match &caller.sight {
        Sight::All => None,
        Sight::Only { user, .. } => Some(Assignee::User(user.clone())),
    }
}

/// What is said of somebody who is there and out of sight, where a caller names them by what they know already: a phone.
pub(crate) fn hidden(field: impl Into<String>) -> Problem {
    Problem::unknown(field, "leads to somebody whom you may not see")
}
