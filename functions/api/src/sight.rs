//! What a caller sees of the inbox, for every route that names a conversation, a contact, something in them, or a file (P45).
//!
//! Guarantee: what is out of sight is answered as what does not exist.
use domain::access::{Role, Sight};
use domain::attachment::Attachment;
use domain::canned_text::{Reader, TextModule};
use domain::channel::Assignee;
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::ids::{AttachmentId, ContactId, ConversationId, MessageId};
use store::CannedFilter;

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

/// An attachment that is in sight, with whether it has a row yet. What came with a message is seen as that is. An upload is its
/// uploader's, of all who use a canned text with it, and of all who see the message that it went with, where they name that;
/// one of which nobody knows who brought it is left to those who see everything.
pub(crate) async fn attachment(
    app: &App,
    caller: &Caller,
    id: &AttachmentId,
    went_with: Option<&MessageId>,
) -> Result<(Attachment, bool), Problem> {
    let found = app.store.attachment_get(id).await?.ok_or_else(|| missing(id))?;
    let is_seen = match id.message() {
        Some(message) => within(app, caller, &message.conversation()).await?,
        None => {
            caller.sight == Sight::All
                || found.0.uploaded_by == Some(caller.actor())
                || is_of_message(app, caller, id, went_with).await?
                || is_of_text(app, caller, id).await?
        }
    };
    if is_seen { Ok(found) } else { Err(missing(id)) }
}

/// An attachment that a caller names to have it sent, now or with a canned text.
pub(crate) async fn named_attachment(
    app: &App,
    caller: &Caller,
    field: &str,
    id: &AttachmentId,
) -> Result<Attachment, Problem> {
    match attachment(app, caller, id, None).await {
        Ok((found, _)) => Ok(found),
        Err(Problem::NotFound { .. }) => Err(Problem::unknown(field, "names an attachment that does not exist")),
        Err(problem) => Err(problem),
    }
}

async fn is_of_message(
    app: &App,
    caller: &Caller,
    id: &AttachmentId,
    went_with: Option<&MessageId>,
) -> Result<bool, Problem> {
    let Some(message) = went_with else { return Ok(false) };
    if !within(app, caller, &message.conversation()).await? {
        return Ok(false);
    }
    let message = app.store.message_get(message).await?;
    Ok(message.is_some_and(|message| message.media.attached.iter().any(|attached| attached.id == *id)))
}

async fn is_of_text(app: &App, caller: &Caller, id: &AttachmentId) -> Result<bool, Problem> {
    const PAGE: usize = 100;
    let scopes = reader(app, caller).await?.scopes();
    let filter = CannedFilter { scopes: &scopes, modules: TextModule::ALL, words: &[] };
    let mut after = None;
    loop {
        let page = app.store.canned_texts_page(filter, PAGE, after.as_ref()).await?;
        if page.items.iter().any(|canned| canned.files.contains(id)) {
            return Ok(true);
        }
        after = match page.next {
            Some(next) => Some(next),
            None => return Ok(false),
        };
    }
}

/// Who looks at canned texts. A user's groups count whatever of the inbox they see.
pub(crate) async fn reader(app: &App, caller: &Caller) -> Result<Reader, Problem> {
    let user = match &caller.user {
        Some(id) => app.store.user_get(id).await?,
        None => None,
    };
    let groups = user.map(|user| user.groups).unwrap_or_default();
    Ok(Reader { user: caller.user.clone(), groups, is_admin: caller.role == Role::Admin })
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
