//! A connected WhatsApp number with its nickname and preferences.
use crate::contact::ContactKind;
use crate::ids::{ChannelId, GroupId, UserId};
use crate::{Time, words};

words! {
    pub enum ChannelState {
        Active = "active",
        /// Disconnected by the business; the history stays, nothing is sent.
        Disabled = "disabled",
    }
}

/// Whom a new conversation belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignee {
    User(UserId),
    Group(GroupId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub id: ChannelId,
    pub phone_number_id: String,
    pub waba_id: String,
    pub display_phone_number: String,
    pub nickname: String,
    /// What a person who writes for the first time becomes.
    pub add_as: ContactKind,
    pub assign_to: Option<Assignee>,
    pub state: ChannelState,
    pub created_at: Time,
}
