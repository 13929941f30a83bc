//! Counts something for each user whom it concerns.
use std::time::Duration;

use domain::Time;
use domain::access::{Role, User};
use domain::channel::Assignee;
use domain::conversation::Conversation;
use domain::ids::ConversationId;
use domain::notification::{NotificationKind, Occurrence, counted};
use domain::settings::Unassigned;
use runtime::clock;

use crate::Notify;
use crate::error::NotifyError;

/// How often a row is read and decided about anew when others change it at the same time.
pub(crate) const TRIES_MAX: u32 = 5;
/// How long a conversation is waited for that its first message came ahead of, before the queue brings the task again.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// What is to be counted, as its task names it.
pub(crate) struct Wanted<'a> {
    pub(crate) kind: &'a str,
    pub(crate) conversation: &'a str,
    pub(crate) receiver: Option<&'a str>,
    pub(crate) done_by: Option<&'a str>,
    pub(crate) fact: &'a str,
    pub(crate) at: i64,
    pub(crate) stored_at: i64,
}

impl Notify {
    pub(crate) async fn count(&self, wanted: &Wanted<'_>) -> Result<(), NotifyError> {
        let kind = NotificationKind::parse(wanted.kind).ok_or(NotifyError::NoId)?;
        let id = ConversationId::parse(wanted.conversation).ok_or(NotifyError::NoId)?;
        let named = wanted.receiver.map(|text| Assignee::parse(text).ok_or(NotifyError::NoId)).transpose()?;
        let conversation = self.conversation(&id).await?;
        // It may have been given to somebody else since.
        let is_passed_on = kind == NotificationKind::Assignment && named.is_some() && named != conversation.assignee;
        if is_passed_on {
            return Ok(());
        }
        let given = conversation.assignee.as_ref();
        let whom = match &named {
            // Nobody else is meant.
            Some(_) => self.there(named.as_ref(), given).await?,
            None => self.hearers(&conversation, given).await?,
        };
        for user in whom.iter().filter(|user| wanted.done_by != Some(user.id.as_str())) {
            self.count_for(user, kind, &conversation, wanted).await?;
        }
        Ok(())
    }

    /// A first message is written beside its conversation, and may come ahead of it.
    async fn conversation(&self, id: &ConversationId) -> Result<Conversation, NotifyError> {
        for _ in 0..LOOKS {
            if let Some(conversation) = self.store.conversation_get(id).await? {
                return Ok(conversation);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(NotifyError::Early)
    }

    /// Who is told of messages while `given` has the conversation: they, or else the contact's owner, or else whoever is told of
    /// what nobody has. A message is not lost on those who left, or do not see it (P44).
    pub(crate) async fn hearers(
        &self,
        conversation: &Conversation,
        given: Option<&Assignee>,
    ) -> Result<Vec<User>, NotifyError> {
        let there = self.there(given, given).await?;
        if !there.is_empty() {
            return Ok(there);
        }
        let contact = self.store.contact_get(&conversation.contact_id).await?;
        let owner = contact.and_then(|contact| contact.owner);
        let there = self.there(owner.as_ref(), given).await?;
        if there.is_empty() { self.receivers(None).await } else { Ok(there) }
    }

    /// Of `whom`, if that is anybody, those who see what is given to `given` (P45).
    pub(crate) async fn there(
        &self,
        whom: Option<&Assignee>,
        given: Option<&Assignee>,
    ) -> Result<Vec<User>, NotifyError> {
        let users = if whom.is_some() { self.receivers(whom).await? } else { Vec::new() };
        let mut seeing = Vec::with_capacity(users.len());
        for user in users {
            if self.sees(&user, given).await? {
                seeing.push(user);
            }
        }
        Ok(seeing)
    }

    /// The active users who are meant, as groups and roles are now.
    async fn receivers(&self, whom: Option<&Assignee>) -> Result<Vec<User>, NotifyError> {
        let mut users = match whom {
            Some(Assignee::User(id)) => self.store.user_get(id).await?.into_iter().collect(),
            Some(Assignee::Group(id)) => {
                let members = self.store.members_of(std::slice::from_ref(id)).await?;
                self.store.users_get(&members).await?
            }
            Some(Assignee::Role(role)) => self.store.users_with(*role).await?,
            None => match self.settings.get(clock::now()).await?.notifications.unassigned {
                Unassigned::Nobody => Vec::new(),
                Unassigned::Admins => self.store.users_with(Role::Admin).await?,
            },
        };
        users.retain(|user: &User| user.is_active);
        Ok(users)
    }

    /// Whether what is given to `assignee` is in a user's sight as that is now (P45).
    pub(crate) async fn sees(&self, user: &User, assignee: Option<&Assignee>) -> Result<bool, NotifyError> {
        Ok(self.store.sight_of(user).await?.sees(assignee))
    }

    async fn count_for(
        &self,
        user: &User,
        kind: NotificationKind,
        conversation: &Conversation,
        wanted: &Wanted<'_>,
    ) -> Result<(), NotifyError> {
        let occurrence = Occurrence {
            user_id: user.id.clone(),
            kind,
            channel_id: conversation.channel_id.clone(),
            contact_id: conversation.contact_id.clone(),
            conversation_id: conversation.id.clone(),
            fact: wanted.fact.to_owned(),
            at: Time::from_millis(wanted.at),
            stored_at: Time::from_millis(wanted.stored_at),
        };
        for _ in 0..TRIES_MAX {
            let existing = self.store.notification_get(&user.id, &occurrence.notification()).await?;
            let Some(next) = counted(existing.as_ref(), &occurrence, clock::now()) else { return Ok(()) };
            if self.store.notification_write(&next).await? {
                return Ok(());
            }
        }
        Err(NotifyError::Contended)
    }
}
