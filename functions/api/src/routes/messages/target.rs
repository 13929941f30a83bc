//! The message that another one quotes or reacts to. It must stand in the same conversation, and WhatsApp must know it.
use std::time::Duration;

use domain::Time;
use domain::ids::{ConversationId, MessageId};
use domain::message::Message;

use crate::App;
use crate::problem::{FieldError, Problem};

/// WhatsApp takes reactions to messages of at most this age.
const REACTED_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// A message as the caller names it.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Ours(MessageId),
    Wamid(String),
}

impl Target {
    pub(super) fn read(text: &str) -> Target {
        MessageId::parse(text).map_or_else(|| Target::Wamid(text.to_owned()), Target::Ours)
    }

    /// The wamid of what `context` quotes.
    pub(super) async fn quoted(&self, app: &App, conversation: &ConversationId) -> Result<String, Problem> {
        const FIELD: &str = "context.message_id";
        wamid(&self.find(app, conversation, FIELD).await?, FIELD)
    }

    /// The wamid of what is reacted to.
    pub(super) async fn reacted_to(
        &self,
        app: &App,
        conversation: &ConversationId,
        now: Time,
    ) -> Result<String, Problem> {
        const FIELD: &str = "reaction.message_id";
        let found = self.find(app, conversation, FIELD).await?;
        if found.kind == "reaction" {
            return Err(refused(FIELD, "must not be a reaction itself"));
        }
        if found.at.plus(REACTED_FOR) < now {
            return Err(refused(FIELD, "must not be older than 30 days"));
        }
        wamid(&found, FIELD)
    }

    async fn find(&self, app: &App, conversation: &ConversationId, field: &str) -> Result<Message, Problem> {
        let found = match self {
            Target::Ours(id) if id.conversation() == *conversation => app.store.message_get(id).await?,
            Target::Ours(_) => None,
            Target::Wamid(wamid) => app.store.message_find(conversation, wamid, None).await?,
        };
        found.ok_or_else(|| Problem::unknown(field, "names no message of this conversation"))
    }
}

fn wamid(found: &Message, field: &str) -> Result<String, Problem> {
    let wamid = found.wamid().map(str::to_owned);
    wamid.ok_or_else(|| refused(field, "is not known to WhatsApp yet; try again when the message is accepted"))
}

fn refused(field: &str, message: &str) -> Problem {
    Problem::InvalidMessage(vec![FieldError::new(field, message)])
}
