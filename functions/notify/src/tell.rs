//! Tells users by the ways that their rules name; sockets hear of it from `realtime`.
//!
//! Each way is claimed before it is used: after a crash, or an answer that was lost, somebody may not be told, and nobody is
//! told twice. The notification stands in their list either way.
use domain::access::User;
use domain::ids::{NotificationId, UserId};
use domain::notification::{Notification, NotificationState, Plan, Rules, Way, plan};
use net::Mail;
use runtime::{chain, clock};

use crate::Notify;
use crate::error::NotifyError;
use crate::words::{self, Words};

/// A summary looks at so many of the latest notifications.
const SUMMARY_MAX: usize = 100;

impl Notify {
    pub(crate) async fn tell(&self, user: &str, notification: &str, telling: &str) -> Result<(), NotifyError> {
        let user = UserId::parse(user).ok_or(NotifyError::NoId)?;
        let id = NotificationId::parse(notification).ok_or(NotifyError::NoId)?;
        let Some(notification) = self.store.notification_get(&user, &id).await? else { return Ok(()) };
        // Opened, dismissed or put off by now.
        if notification.state != NotificationState::Unopened || notification.telling() != telling {
            return Ok(());
        }
        let (rules, now) = (self.store.notification_rules(&user).await?, clock::now());
        let ways = match plan(&rules, notification.kind, now) {
            Plan::Wait(end) => return Ok(self.store.summary_plan(&user, end).await?),
            Plan::Tell(ways) => ways,
        };
        let (reader, conversation) =
            (self.store.user_get(&user).await?, self.store.conversation_get(&notification.conversation_id).await?);
        let (Some(reader), Some(conversation)) = (reader, conversation) else { return Ok(()) };
        if !reader.is_active || !self.sees(&reader, conversation.assignee.as_ref()).await? {
            return Ok(());
        }
        let contact = self.store.contact_get(&notification.contact_id).await?;
        let name = contact.and_then(|contact| contact.name).unwrap_or_else(|| "somebody without a name".to_owned());
        let words = words::of(&notification, &name, self.link.as_deref());
        for way in ways {
            self.tell_by(way, &rules, &reader, (id.as_str(), telling), &words).await?;
        }
        Ok(())
    }

    pub(crate) async fn summarize(&self, user: &str, number: u32) -> Result<(), NotifyError> {
        let user = UserId::parse(user).ok_or(NotifyError::NoId)?;
        let summary = self.store.summary_get(&user).await?;
        if !summary.is_some_and(|summary| summary.is_due && summary.number == number) {
            return Ok(());
        }
        let Some(reader) = self.store.user_get(&user).await?.filter(|user| user.is_active) else { return Ok(()) };
        let (rules, now) = (self.store.notification_rules(&user).await?, clock::now());
        // The hours were changed meanwhile.
        if let Some(end) = rules.quiet_until(now) {
            return Ok(self.store.summary_plan(&user, end).await?);
        }
        let mut unopened = Vec::new();
        for one in self.store.notifications_page(&user, NotificationState::Unopened, SUMMARY_MAX, None).await?.items {
            let conversation = self.store.conversation_get(&one.conversation_id).await?;
            if let Some(conversation) = conversation
                && self.sees(&reader, conversation.assignee.as_ref()).await?
            {
                unopened.push(one);
            }
        }
        for way in rules.all_ways() {
            let is_wanted = |one: &&Notification| rules.wants(one.kind, way);
            let waiting: Vec<&Notification> = unopened.iter().filter(is_wanted).collect();
            if let Some(words) = words::summary(&waiting, self.link.as_deref()) {
                self.tell_by(way, &rules, &reader, ("summary", &number.to_string()), &words).await?;
            }
        }
        Ok(())
    }

    async fn tell_by(
        &self,
        way: Way,
        rules: &Rules,
        reader: &User,
        (subject, fact): (&str, &str),
        words: &Words,
    ) -> Result<(), NotifyError> {
        let user = &rules.user_id;
        let Some(address) = self.address(way, rules, reader) else { return Ok(()) };
        if !self.store.told_claim(user, subject, way, fact, clock::now()).await? {
            return Ok(());
        }
        let Err(error) = self.send(way, address, words).await else { return Ok(()) };
        if error.is_final() {
            // The address does not take it, and another way may.
            tracing::warn!(user.id = user.as_str(), way = way.word(), error = chain(&error), "somebody cannot be told");
            return Ok(());
        }
        if error.is_untold() {
            self.store.told_release(user, subject, way, fact).await?;
            return Err(error);
        }
        tracing::warn!(
            user.id = user.as_str(),
            way = way.word(),
            error = chain(&error),
            "somebody may not have been told"
        );
        Ok(())
    }

    /// Where the user is told by a way; `None`: not at all, or not from here.
    fn address<'a>(&self, way: Way, rules: &'a Rules, reader: &'a User) -> Option<&'a str> {
        match way {
            Way::Email => reader.email.as_deref().filter(|_| self.sender.is_some()),
            Way::Slack | Way::Teams => rules.webhook(way),
            Way::Live => None,
        }
    }

    async fn send(&self, way: Way, address: &str, words: &Words) -> Result<(), NotifyError> {
        match (way, &self.sender) {
            (Way::Email, Some(from)) => {
                let mail = Mail { from, to: address, subject: &words.subject, text: &words.text };
                Ok(self.aws.send_mail(&mail).await?)
            }
            (Way::Slack | Way::Teams, _) => Ok(self.say(way, address, words).await?),
            (Way::Email | Way::Live, _) => Ok(()),
        }
    }
}
