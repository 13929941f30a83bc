//! Hints: that there is something to read, never what it is. Whoever gets one reads it by the API, as what they then may.
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use domain::Time;
use domain::access::Sight;
use domain::ids::{ConversationId, NotificationId, UserId};
use domain::notification::{NotificationState, Plan, Way, plan};
use futures::future::try_join_all;
use net::Reached;
use queue::LiveTask;
use runtime::{Failure, clock};
use serde_json::json;
use store::{Socket, StoreError};

use crate::Realtime;

#[derive(Debug, thiserror::Error)]
pub(crate) enum HintError {
    #[error("the task cannot be read")]
    Task(#[from] queue::Malformed),
    #[error("the task names nothing that there could be")]
    NoId,
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("who listens could not be read")]
    Audience,
    #[error("a socket was not reached")]
    Socket(#[from] net::AwsError),
}

impl From<HintError> for Failure {
    fn from(error: HintError) -> Failure {
        let is_final = match &error {
            HintError::Task(_) | HintError::NoId => true,
            HintError::Socket(error) => error.retry() == domain::Retry::Never,
            HintError::Store(_) | HintError::Audience => false,
        };
        if is_final { Failure::reject(error) } else { Failure::retry(error) }
    }
}

/// Who listens, and what each of them sees now (P45): read for each batch, and never kept from when a socket was opened.
#[derive(Debug, Default)]
pub(crate) struct Audience {
    sockets: Vec<Socket>,
    sights: BTreeMap<UserId, Sight>,
}

impl Realtime {
    pub(crate) async fn audience(&self) -> Result<Audience, HintError> {
        let sockets = self.store.sockets_all().await?;
        let ids: Vec<UserId> =
            sockets.iter().map(|socket| socket.user_id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        let mut sights = BTreeMap::new();
        for user in self.store.users_get(&ids).await?.into_iter().filter(|user| user.is_active) {
            let sight = self.store.sight_of(&user).await?;
            sights.insert(user.id, sight);
        }
        let (open, closed) = sockets.into_iter().partition(|socket| sights.contains_key(&socket.user_id));
        // Of those who may do nothing any more.
        let closed: Vec<Socket> = closed;
        for socket in &closed {
            self.aws.close_socket(&self.api, &socket.id).await?;
            self.store.socket_remove(&socket.id).await?;
        }
        Ok(Audience { sockets: open, sights })
    }

    pub(crate) async fn hint(&self, audience: &Audience, body: &str) -> Result<(), HintError> {
        match LiveTask::parse(body)? {
            _ if audience.sockets.is_empty() => Ok(()),
            LiveTask::Conversation { conversation_id, at } => {
                let id = ConversationId::parse(&conversation_id).ok_or(HintError::NoId)?;
                let hearers = self.who_see(audience, &id).await?;
                self.push(audience, &hearers, "conversation.changed", id.as_str(), at).await
            }
            LiveTask::Notification { user_id, notification_id, at } => {
                let user = UserId::parse(&user_id).ok_or(HintError::NoId)?;
                let id = NotificationId::parse(&notification_id).ok_or(HintError::NoId)?;
                self.notified(audience, &user, &id, at).await
            }
            LiveTask::Summary { user_id, at } => {
                let user = UserId::parse(&user_id).ok_or(HintError::NoId)?;
                let wants = self.store.notification_rules(&user).await?.all_ways().contains(&Way::Live);
                let hearers = if wants { BTreeSet::from([user]) } else { BTreeSet::new() };
                self.push(audience, &hearers, "notification.summary", &user_id, at).await
            }
        }
    }

    async fn notified(
        &self,
        audience: &Audience,
        user: &UserId,
        id: &NotificationId,
        at: i64,
    ) -> Result<(), HintError> {
        if !audience.sights.contains_key(user) {
            return Ok(());
        }
        let Some(notification) = self.store.notification_get(user, id).await? else { return Ok(()) };
        let rules = self.store.notification_rules(user).await?;
        let is_wanted = rules.wants(notification.kind, Way::Live);
        // That one was opened elsewhere disturbs nobody.
        let is_quiet = notification.state == NotificationState::Unopened
            && matches!(plan(&rules, notification.kind, clock::now()), Plan::Wait(_));
        if !is_wanted || is_quiet {
            return Ok(());
        }
        let mut hearers = self.who_see(audience, &notification.conversation_id).await?;
        hearers.retain(|hearer| hearer == user);
        self.push(audience, &hearers, "notification", id.as_str(), at).await
    }

    async fn who_see(&self, audience: &Audience, id: &ConversationId) -> Result<BTreeSet<UserId>, HintError> {
        let Some(conversation) = self.store.conversation_get(id).await? else { return Ok(BTreeSet::new()) };
        let sees = |sight: &Sight| sight.sees(conversation.assignee.as_ref());
        Ok(audience.sights.iter().filter(|(_, sight)| sees(sight)).map(|(user, _)| user.clone()).collect())
    }

    async fn push(
        &self,
        audience: &Audience,
        hearers: &BTreeSet<UserId>,
        kind: &str,
        id: &str,
        at: i64,
    ) -> Result<(), HintError> {
        let hint = json!({"type": kind, "id": id, "at": Time::from_millis(at).to_string()});
        let hint = Bytes::from(hint.to_string());
        let sockets = audience.sockets.iter().filter(|socket| hearers.contains(&socket.user_id));
        let sent = sockets.map(|socket| self.send(socket, hint.clone()));
        try_join_all(sent).await.map(drop)
    }

    async fn send(&self, socket: &Socket, hint: Bytes) -> Result<(), HintError> {
        match self.aws.post_to_socket(&self.api, &socket.id, hint).await? {
            Reached::Yes => {}
            Reached::Gone => self.store.socket_remove(&socket.id).await?,
        }
        Ok(())
    }
}
