//! Who is told of what, apart from the rules of each user.
use domain::settings as entity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fields::{Unassigned, Word, given};

#[derive(Serialize, ToSchema)]
#[schema(as = NotificationSettings)]
pub(super) struct NotificationsView {
    /// Who is told of messages where nobody is there who has the conversation, or owns the contact, and sees it: `nobody`, or all
    /// `admins`.
    unassigned: Unassigned,
}

impl From<entity::NotificationSettings> for NotificationsView {
    fn from(notifications: entity::NotificationSettings) -> NotificationsView {
        NotificationsView { unassigned: Word(notifications.unassigned) }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotificationsPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    unassigned: Option<Unassigned>,
}

impl NotificationsPatch {
    pub(super) fn apply(&self, notifications: &mut entity::NotificationSettings) {
        if let Some(Word(unassigned)) = self.unassigned {
            notifications.unassigned = unassigned;
        }
    }
}
