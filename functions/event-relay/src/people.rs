//! What changes mean for the people of the business: what is counted for them, what they are told, what their sockets hear of.
use domain::Time;
use domain::access::Actor;
use domain::channel::Assignee;
use domain::conversation::Conversation;
use domain::inbox::Note;
use domain::message::{Direction, Message, Source};
use domain::notification::{Notification, NotificationKind};
use queue::{LiveTask, NotifyTask};
use store::Summary;

use crate::tell::Telling;

impl Telling {
    /// A message of the customer, once; what comes of histories and phones tells nobody anything (P41).
    pub(crate) fn received(&mut self, old: Option<&Message>, new: &Message) {
        let is_theirs = new.direction == Direction::Inbound && new.source == Source::Live && new.kind != "system";
        if old.is_none() && is_theirs {
            let times = (new.at, new.received_at);
            let (kind, id) = (NotificationKind::Message, new.id.as_str());
            self.notify.push(NotifyTask::count(kind, &new.conversation_id, (None, None), id, times).entry());
        }
    }

    /// A conversation that somebody gave to somebody; nobody is told of their own doing. Whom a channel gives its new ones to is
    /// told of the message.
    pub(crate) fn assigned(&mut self, old: Option<&Conversation>, new: &Conversation, at: Time) {
        let Some(old) = old.filter(|old| old.assignee != new.assignee) else { return };
        if let Some(before) = &old.assignee {
            self.notify.push(NotifyTask::withdraw(&new.id, before, &new.revision.to_string()).entry());
        }
        if let Some(assignee) = new.assignee.as_ref().filter(|_| old.last_inbound_at == new.last_inbound_at) {
            let (kind, fact) = (NotificationKind::Assignment, new.revision.to_string());
            let by = match new.turned.as_ref().and_then(|turned| turned.by.as_ref()) {
                Some(Actor::User(user)) => Some(user),
                Some(Actor::Key(_) | Actor::Bootstrap) | None => None,
            };
            let whom = (Some(assignee), by);
            self.notify.push(NotifyTask::count(kind, &new.id, whom, &fact, (at, at)).entry());
        }
    }

    /// Whom a note names; nobody is told of their own.
    pub(crate) fn mentioned(&mut self, note: &Note) {
        let others = note.mentions.iter().filter(|user| note.author != Actor::User((*user).clone()));
        for user in others {
            let (user, times) = (Assignee::User(user.clone()), (note.created_at, note.created_at));
            let kind = NotificationKind::Mention;
            let task = NotifyTask::count(kind, &note.conversation_id, (Some(&user), None), note.id.as_str(), times);
            self.notify.push(task.entry());
        }
    }

    pub(crate) fn notification(&mut self, old: Option<&Notification>, new: &Notification, at: Time) {
        if new.is_news(old) {
            self.notify.push(NotifyTask::tell(new).entry());
        }
        self.live.push(LiveTask::notification(&new.user_id, &new.id, at).entry());
    }

    pub(crate) fn summary(&mut self, summary: &Summary) {
        if summary.is_due {
            self.notify.push(NotifyTask::summary(&summary.user_id, summary.number).entry());
            self.live.push(LiveTask::summary(&summary.user_id, summary.at).entry());
        }
    }
}
