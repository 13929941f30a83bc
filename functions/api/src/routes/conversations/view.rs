//! A conversation as the API shows it.
use domain::Time;
use domain::conversation::{Referral, Reply};
use domain::settings::WindowSettings;
use serde::Serialize;
use store::Found;
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

/// The last message that somebody of the business wrote.
#[derive(Serialize, ToSchema)]
#[schema(as = LastReply)]
struct ReplyView {
    at: Stamp,
    /// Who wrote it: the id of a user or a key, or `bootstrap`. Null: somebody on the business's phone.
    author: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Conversation)]
pub(in crate::routes) struct ConversationView {
    id: ConversationId,
    channel_id: ChannelId,
    contact_id: ContactId,
    status: ConversationStatus,
    assignee: Option<AssigneeView>,
    /// How many messages the user who asks has not read, or for a key that is no user's, nobody; 40 stands for 40 or more.
    unread: usize,
    /// Meta's time of the customer's last message.
    last_inbound_at: Option<Stamp>,
    last_outbound_at: Option<Stamp>,
    last_reply: Option<ReplyView>,
    /// Since when the customer waits for an answer.
    waiting_since: Option<Stamp>,
    window: WindowView,
    /// The contact's owner.
    owner: Option<AssigneeView>,
    labels: Vec<String>,
    /// It is out of the lists until then, or until the customer writes.
    snoozed_until: Option<Stamp>,
    source: Option<SourceView>,
    created_at: Stamp,
}

impl ConversationView {
    pub(in crate::routes) fn of(found: Found, settings: &WindowSettings, now: Time) -> ConversationView {
        let Found { conversation, unread } = found;
        let window = WindowView::of(&conversation, settings, now);
        let snoozed_until = conversation.snoozed_until.filter(|until| now < *until);
        let author = |reply: &Reply| reply.author.as_ref().map(ToString::to_string);
        let last_reply = conversation.last_reply.as_ref();
        ConversationView {
            id: conversation.id.into(),
            channel_id: conversation.channel_id.into(),
            contact_id: conversation.contact_id.into(),
            status: Word(conversation.status),
            assignee: conversation.assignee.map(AssigneeView::from),
            unread,
            last_inbound_at: conversation.last_inbound_at.map(Stamp),
            last_outbound_at: conversation.last_outbound_at.map(Stamp),
            last_reply: last_reply.map(|reply| ReplyView { at: Stamp(reply.at), author: author(reply) }),
            waiting_since: conversation.waiting_since.map(Stamp),
            window,
            owner: conversation.owner.map(AssigneeView::from),
            labels: conversation.labels.into_iter().collect(),
            snoozed_until: snoozed_until.map(Stamp),
            source: conversation.source.map(SourceView::from),
            created_at: Stamp(conversation.created_at),
        }
    }
}
