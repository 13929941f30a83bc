//! Takes back what users were told of a conversation that was theirs and is given to somebody else.
use domain::channel::Assignee;
use domain::conversation::Conversation;
use domain::ids::{ConversationId, NotificationId, UserId};
use domain::notification::{NotificationKind, NotificationState};
use runtime::clock;

use crate::Notify;
use crate::count::TRIES_MAX;
use crate::error::NotifyError;

impl Notify {
    pub(crate) async fn withdraw(&self, conversation: &str, from: &str) -> Result<(), NotifyError> {
        let id = ConversationId::parse(conversation).ok_or(NotifyError::NoId)?;
        let from = Assignee::parse(from).ok_or(NotifyError::NoId)?;
        let Some(conversation) = self.store.conversation_get(&id).await? else { return Ok(()) };
        let before = self.hearers(&conversation, Some(&from)).await?;
        let given = conversation.assignee.as_ref();
        let hear = self.hearers(&conversation, given).await?;
        let have = self.there(given, given).await?;
        for user in before {
            for kind in NotificationKind::ALL {
                // Whoever is told in somebody's place does not have it.
                let whose = if *kind == NotificationKind::Assignment { &have } else { &hear };
                if whose.iter().any(|other| other.id == user.id) {
                    continue;
                }
                // A mention is of use to whoever still sees where it stands.
                if *kind == NotificationKind::Mention && self.sees(&user, conversation.assignee.as_ref()).await? {
                    continue;
                }
                self.withdraw_from(&user.id, *kind, &conversation).await?;
            }
        }
        Ok(())
    }

    async fn withdraw_from(
        &self,
        user: &UserId,
        kind: NotificationKind,
        conversation: &Conversation,
    ) -> Result<(), NotifyError> {
        let id = NotificationId::of(user, kind.word(), &conversation.id);
        for _ in 0..TRIES_MAX {
            let held = self.store.notification_get(user, &id).await?;
            let is_open = |state| matches!(state, NotificationState::Unopened | NotificationState::Snoozed);
            let Some(held) = held.filter(|held| is_open(held.state)) else { return Ok(()) };
            let Some(next) = held.handled(NotificationState::Dismissed, clock::now()) else { return Ok(()) };
            if self.store.notification_write(&next).await? {
                return Ok(());
            }
        }
        Err(NotifyError::Contended)
    }
}
