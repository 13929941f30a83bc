//! A conversation as the API shows it.
use domain::Time;
use domain::conversation::{Conversation, Referral};
use domain::settings::WindowSettings;
use serde::Serialize;
use utoipa::ToSchema;

use super::window::WindowView;
use crate::fields::{AssigneeView, ChannelId, ContactId, ConversationId, ConversationStatus, Stamp, Word};

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
    pub(super) fn of(conversation: Conversation, settings: &WindowSettings, now: Time) -> ConversationView {
        let window = WindowView::of(&conversation, settings, now);
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
            window,
            source: conversation.source.map(SourceView::from),
            created_at: Stamp(conversation.created_at),
        }
    }
}
