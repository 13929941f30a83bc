//! A conversation as the API shows it.
use domain::Time;
use domain::conversation::{Conversation, Referral, Window, WindowState as Open};
use serde::Serialize;
use utoipa::ToSchema;

use crate::fields::{AssigneeView, ChannelId, ContactId, ConversationId, ConversationStatus, Stamp, WindowState, Word};

#[derive(Serialize, ToSchema)]
#[schema(as = Window)]
pub(in crate::routes) struct WindowView {
    /// By the clock: closed from `closes_at` on, also before the event `window.closed` is told.
    state: WindowState,
    /// By Meta's clock; null if the customer never wrote.
    opened_at: Option<Stamp>,
    closes_at: Option<Stamp>,
}

impl WindowView {
    pub(in crate::routes) fn of(window: Option<Window>, now: Time) -> WindowView {
        let is_open = window.is_some_and(|window| window.is_open(now));
        WindowView {
            state: Word(if is_open { Open::Open } else { Open::Closed }),
            opened_at: window.map(|window| Stamp(window.opened_at)),
            closes_at: window.map(|window| Stamp(window.closes_at)),
        }
    }
}

/// The ad or post from which the customer last came.
#[derive(Serialize, ToSchema)]
#[schema(as = ConversationSource)]
pub(super) struct SourceView {
    /// `ad`, `post` or a later word of Meta's.
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    url: Option<String>,
    headline: Option<String>,
    /// Meta's id of the click; absent for ads in Status.
    click_id: Option<String>,
    /// Meta's time of the message that told it.
    at: Stamp,
}

impl From<Referral> for SourceView {
    fn from(referral: Referral) -> SourceView {
        let Referral { kind, id, url, headline, click_id, at } = referral;
        SourceView { kind, id, url, headline, click_id, at: Stamp(at) }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Conversation)]
pub(super) struct ConversationView {
    id: ConversationId,
    channel_id: ChannelId,
    contact_id: ContactId,
    status: ConversationStatus,
    assignee: Option<AssigneeView>,
    /// How many messages nobody has read; 40 stands for 40 or more.
    unread: usize,
    /// Meta's time of the customer's last message.
    last_inbound_at: Option<Stamp>,
    last_outbound_at: Option<Stamp>,
    /// Since when the customer waits for an answer.
    waiting_since: Option<Stamp>,
    window: WindowView,
    source: Option<SourceView>,
    created_at: Stamp,
}

impl ConversationView {
    pub(super) fn of(conversation: Conversation, now: Time) -> ConversationView {
        ConversationView {
            id: conversation.id.into(),
            channel_id: conversation.channel_id.into(),
            contact_id: conversation.contact_id.into(),
            status: Word(conversation.status),
            assignee: conversation.assignee.map(AssigneeView::from),
            unread: conversation.unread.len(),
            last_inbound_at: conversation.last_inbound_at.map(Stamp),
            last_outbound_at: conversation.last_outbound_at.map(Stamp),
            waiting_since: conversation.waiting_since.map(Stamp),
            window: WindowView::of(conversation.window, now),
            source: conversation.source.map(SourceView::from),
            created_at: Stamp(conversation.created_at),
        }
    }
}
