//! Finding a message of a conversation by what Meta calls it, or by when it came.
use domain::Time;
use domain::ids::{ConversationId, MessageId};
use domain::message::{Direction, Message, Source};

use super::rows::assemble;
use crate::error::StoreError;
use crate::keys;
use crate::table::{Order, Range, Store};

/// How far back a wamid is looked for.
const FIND_PAGES_MAX: usize = 10;
const PAGE: usize = 100;

impl Store {
    /// The message of a conversation that has this wamid, for what names it by nothing else; of both directions, or of one.
    pub async fn message_find(
        &self,
        conversation: &ConversationId,
        wamid: &str,
        direction: Option<Direction>,
    ) -> Result<Option<Message>, StoreError> {
        let mut after = None;
        for _ in 0..FIND_PAGES_MAX {
            let page = self.messages_page(conversation, PAGE, after.as_ref()).await?;
            let is_it = |message: &Message| {
                message.wamid() == Some(wamid) && direction.is_none_or(|direction| direction == message.direction)
            };
            if let Some(found) = page.items.into_iter().find(is_it) {
                return Ok(Some(found));
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(None)
    }

    /// The customer's live message of this time by Meta's clock. Its times are whole seconds: of several, the last to arrive.
    pub async fn message_inbound_at(
        &self,
        conversation: &ConversationId,
        at: Time,
    ) -> Result<Option<Message>, StoreError> {
        const OPERATION: &str = "message_inbound_at";
        let [first, last] =
            [[0; 10], [u8::MAX; 10]].map(|tail| keys::message(&MessageId::new(conversation, at, tail)).sk);
        let range = Some((first.as_str(), last.as_str()));
        let range = Range { index: None, pk: conversation.as_str(), range, order: Order::Descending, limit: PAGE };
        let messages = assemble(OPERATION, self.query(OPERATION, range, None).await?.items)?.messages;
        let is_it = |message: &Message| message.direction == Direction::Inbound && message.source == Source::Live;
        Ok(messages.into_iter().filter(is_it).max_by_key(|message| (message.received_at, message.id.clone())))
    }
}
