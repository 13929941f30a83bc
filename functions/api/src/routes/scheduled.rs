//! Messages that wait for the time that they were asked for: listing and cancelling them.
use axum::Json;
use axum::extract::{Extension, State};
use domain::access::Sight;
use domain::ids;
use domain::message::{Message, State as MessageState};
use runtime::clock;
use serde::Deserialize;
use store::Page;
use utoipa::IntoParams;

use super::messages::{MessageView, find, load};
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{ChannelId, ConversationId, MessageId, vocabulary};
use crate::input::{Input, Nothing};
use crate::page::{Limit, Listing, Place, cursor};
use crate::problem::Problem;
use crate::{Answer, App, sight};

area! {
    ReadInbox: list;
    WriteInbox: cancel;
}

const LIST: &str = "scheduled";
/// How often a page is filled up whose messages were of another channel, or went out of sight just now.
const ROUNDS_MAX: usize = 5;

domain::words! {
    /// Messages of other states stand in their threads.
    pub(crate) enum Listed {
        Scheduled = "scheduled",
    }
}

vocabulary! { ListedState = Listed }

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ScheduledQuery {
    /// `scheduled`, also where it is not said.
    #[param(inline)]
    #[expect(dead_code, reason = "only says which list is meant")]
    state: Option<ListedState>,
    /// Only those of one conversation.
    #[param(inline)]
    conversation_id: Option<ConversationId>,
    /// Only those of one channel.
    #[param(inline)]
    channel_id: Option<ChannelId>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(inline)]
    cursor: Option<Place>,
}

/// Lists messages that wait for their time, the next to go first; of whom sees only some of the inbox, what they see. Those of
/// other channels than the one asked for are passed over, so a page may be short; it is the last one when it names no other.
#[utoipa::path(get, path = "/v1/messages", params(ScheduledQuery), responses((status = 200, body = Listing<MessageView>)))]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, .. }: Input<Nothing, ScheduledQuery>,
) -> Answer<Listing<MessageView>> {
    let (limit, within) = (query.limit.0, caller.sight.assignees());
    let mut page = Page { items: Vec::new(), next: cursor(query.cursor.as_ref(), LIST)? };
    for _ in 0..ROUNDS_MAX {
        let wanted = limit.saturating_sub(page.items.len());
        let found = match (&query.conversation_id, &within) {
            (Some(conversation), _) => {
                sight::conversation(&app, &caller, &conversation.0).await?;
                let (now, after) = (clock::now(), page.next.as_ref());
                app.store.messages_scheduled_in(&conversation.0, now, wanted, after).await?
            }
            (None, Some(within)) => app.store.messages_waiting_of(within, wanted, page.next.as_ref()).await?,
            (None, None) => app.store.messages_scheduled(wanted, page.next.as_ref()).await?,
        };
        for message in found.items {
            let is_asked = query.channel_id.as_ref().is_none_or(|channel| channel.0 == message.channel_id);
            if is_asked && is_seen(&app, &caller, &message).await? {
                page.items.push(message);
            }
        }
        page.next = found.next;
        if page.next.is_none() || page.items.len() >= limit {
            break;
        }
    }
    Ok(Json(Listing::of(LIST, page, MessageView::from)))
}

/// As its conversation is; where the message would begin one, as its contact.
async fn is_seen(app: &App, caller: &Caller, message: &Message) -> Result<bool, Problem> {
    if caller.sight == Sight::All {
        return Ok(true);
    }
    match app.store.conversation_get(&message.conversation_id).await? {
        Some(conversation) => Ok(caller.sight.sees(conversation.assignee.as_ref())),
        None => match app.store.contact_get(&message.contact_id).await? {
            Some(contact) => sight::knows(app, caller, &contact).await,
            None => Ok(false),
        },
    }
}

/// Cancels a message that waits for its time. One that is being queued at that moment is either cancelled or sent: the answer says
/// which. Cancelling it once more changes nothing.
#[utoipa::path(
    post,
    path = "/v1/messages/{id}/cancel",
    params(("id" = MessageId, Path)),
    responses((status = 200, body = MessageView))
)]
async fn cancel(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::MessageId>,
) -> Answer<MessageView> {
    let message = find(&app, &caller, &id).await?;
    if message.written_state == MessageState::Scheduled {
        app.store.schedule_end(&message, MessageState::Cancelled, None).await?;
    }
    let message = load(&app, &id).await?;
    let state = message.state();
    if state == MessageState::Cancelled { Ok(Json(message.into())) } else { Err(Problem::NotScheduled { state }) }
}
