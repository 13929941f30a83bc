//! A connected WhatsApp number with its nickname and preferences.
use crate::access::Role;
use crate::contact::ContactKind;
use crate::ids::{ChannelId, GroupId, UserId};
use crate::pricing::PricingModel;
use crate::{Time, words};

words! {
    pub enum ChannelState {
        Active = "active",
        /// Disconnected by the business; the history stays, nothing is sent.
        Disabled = "disabled",
    }
}

words! {
    /// When the customer is shown that their messages were read. That an agent here has read them is another matter (P29).
    #[derive(Default)]
    pub enum ReadReceipts {
        Never = "never",
        /// When somebody here marks the conversation as read.
        #[default]
        OnRead = "on_read",
        /// When an answer goes out.
        OnAnswer = "on_answer",
    }
}

words! {
    /// How marketing templates go out.
    #[derive(Default)]
    pub enum MarketingApi {
        /// By the Marketing Messages API, and by the Cloud API where Meta asks for that.
        #[default]
        Auto = "auto",
        CloudApi = "cloud_api",
    }
}

words! {
    /// How what a channel sends is paid for.
    #[derive(Default)]
    pub enum Charging {
        /// Out of the wallet, message by message, as Meta does.
        #[default]
        PerMessage = "per_message",
        /// Out of the wallet, by conversations of a day, as a reseller may.
        PerConversation = "per_conversation",
        /// Not out of the wallet: neither quoted nor held.
        Unmetered = "unmetered",
    }
}

impl Charging {
    /// By which cards it is priced; `None`: by none.
    pub fn model(self) -> Option<PricingModel> {
        match self {
            Charging::PerMessage => Some(PricingModel::PerMessage),
            Charging::PerConversation => Some(PricingModel::PerConversation),
            Charging::Unmetered => None,
        }
    }
}

/// Whom a conversation or a contact belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignee {
    User(UserId),
    Group(GroupId),
    /// Everybody who has the role.
    Role(Role),
}

impl Assignee {
    /// The one spelling in keys, rows, tasks and filters: it tells by itself which of these it is.
    pub fn as_str(&self) -> &str {
        match self {
            Assignee::User(id) => id.as_str(),
            Assignee::Group(id) => id.as_str(),
            Assignee::Role(role) => role.word(),
        }
    }

    pub fn parse(text: &str) -> Option<Assignee> {
        let group = || GroupId::parse(text).map(Assignee::Group);
        UserId::parse(text).map(Assignee::User).or_else(group).or_else(|| Role::parse(text).map(Assignee::Role))
    }
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
    pub read_receipts: ReadReceipts,
    pub marketing_api: MarketingApi,
    pub pricing_model: Charging,
    pub created_at: Time,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn channel() -> Channel {
        Channel {
            id: ChannelId::of_number("1"),
            phone_number_id: "1".to_owned(),
            waba_id: "2".to_owned(),
            display_phone_number: "+1".to_owned(),
            nickname: "Shop".to_owned(),
            add_as: ContactKind::Lead,
            assign_to: None,
            state: ChannelState::Active,
            read_receipts: ReadReceipts::default(),
            marketing_api: MarketingApi::default(),
            pricing_model: Charging::default(),
            created_at: Time::from_millis(0),
        }
    }
}
