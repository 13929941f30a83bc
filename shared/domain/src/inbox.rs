//! Which conversations somebody asks for: filters, how they are found, and views, which are filters with a name.
//!
//! [`Filter::matches`] is the rule. How the store finds them, see [`Filter::driver`], only decides what that costs.
use std::time::Duration;

use crate::access::Actor;
use crate::channel::Assignee;
use crate::conversation::{Conversation, ConversationStatus, WINDOW};
use crate::ids::{ChannelId, UserId};
use crate::{Time, words};

mod driver;
mod note;
mod span;
mod view;
mod words;

pub use driver::Driver;
pub use note::{MENTIONS_MAX, Note};
pub use span::{Span, Within};
pub use view::{BuiltIn, View, ViewScope, Viewer};
pub use words::OddWord;

/// The activity by which conversations are found may lie so much before the last message: what is long on its way.
const SLACK: Duration = Duration::from_secs(2 * 3600);

words! {
    pub enum WindowFilter {
        Open = "open",
        /// Open, and about to close, by the setting for its notice.
        Closing = "closing",
        Closed = "closed",
    }
}

words! {
    #[derive(Default)]
    pub enum Sort {
        /// The latest activity, or the shortest wait, first.
        #[default]
        Newest = "newest",
        Oldest = "oldest",
    }
}

/// Somebody whom a filter names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Who asks.
    Me,
    User(UserId),
}

/// Whom a conversation is given to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    Me,
    Nobody,
    Of(Assignee),
}

/// All that is given must be true of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub channel: Option<ChannelId>,
    pub status: Option<ConversationStatus>,
    pub assignee: Option<Whose>,
    /// The contact's owner.
    pub owner: Option<Who>,
    /// Who wrote the last reply.
    pub replied_by: Option<Who>,
    /// Whether the customer waits for an answer.
    pub unreplied: Option<bool>,
    /// For at least so long.
    pub unreplied_for: Option<Span>,
    pub replied_within: Option<Within>,
    /// Of either side.
    pub last_message_within: Option<Within>,
    pub label: Option<String>,
    /// By who asks; without a user by anybody.
    pub unread: Option<bool>,
    pub window: Option<WindowFilter>,
    /// Absent: what is put off is left out.
    pub snoozed: Option<bool>,
}

/// The circumstances in which a filter is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub now: Time,
    /// When the day began, for the business.
    pub today: Time,
    /// How long before its end a window is about to close.
    pub closing: Duration,
}

/// By what conversations are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Their last activity, to the minute.
    Activity,
    /// Since when the customer waits.
    Waiting,
    /// When their window closes.
    Closing,
}

impl Filter {
    /// The filter as `me` asks it; `None`: it speaks of somebody, and nobody asks.
    pub fn asked_by(&self, me: Option<&UserId>) -> Option<Filter> {
        let mut asked = self.clone();
        for who in [&mut asked.owner, &mut asked.replied_by] {
            if *who == Some(Who::Me) {
                *who = Some(Who::User(me?.clone()));
            }
        }
        if asked.assignee == Some(Whose::Me) {
            asked.assignee = Some(Whose::Of(Assignee::User(me?.clone())));
        }
        Some(asked)
    }

    /// Of a filter that was [`Filter::asked_by`] somebody. `unread`: how many messages they have not read.
    pub fn matches(&self, conversation: &Conversation, unread: usize, at: &Moment) -> bool {
        self.matches_all_but_unread(conversation, at) && self.unread.is_none_or(|wanted| wanted == (unread > 0))
    }

    /// As [`Filter::matches`] for what the conversation itself says.
    pub fn matches_all_but_unread(&self, conversation: &Conversation, at: &Moment) -> bool {
        let Conversation { channel_id, status, waiting_since, last_reply, last_inbound_at, last_outbound_at, .. } =
            conversation;
        let waits_too_long = |span: &Span| waiting_since.is_some_and(|since| since <= span.before(at.now));
        let last_message = (*last_inbound_at).max(*last_outbound_at);
        let is_within = |last: Option<Time>, within: &Within| last.is_some_and(|last| within.begins(at) <= last);
        self.channel.as_ref().is_none_or(|channel| channel == channel_id)
            && self.status.is_none_or(|wanted| wanted == *status)
            && self.assignee.as_ref().is_none_or(|whose| whose.is(conversation.assignee.as_ref()))
            && self.owner.as_ref().is_none_or(|who| who.owns(conversation.owner.as_ref()))
            && self
                .replied_by
                .as_ref()
                .is_none_or(|who| who.wrote(last_reply.as_ref().and_then(|reply| reply.author.as_ref())))
            && self.unreplied.is_none_or(|wanted| wanted == waiting_since.is_some())
            && self.unreplied_for.as_ref().is_none_or(waits_too_long)
            && self
                .replied_within
                .as_ref()
                .is_none_or(|within| is_within(last_reply.as_ref().map(|reply| reply.at), within))
            && self.last_message_within.as_ref().is_none_or(|within| is_within(last_message, within))
            && self.label.as_ref().is_none_or(|label| conversation.labels.contains(label))
            && self.window.is_none_or(|window| window.is(conversation, at))
            && self.snoozed.unwrap_or_default() == conversation.is_snoozed(at.now)
    }

    pub fn by(&self) -> By {
        if self.window == Some(WindowFilter::Closing) {
            return By::Closing;
        }
        let waits = self.unreplied == Some(true) || self.unreplied_for.is_some() || self.unread == Some(true);
        if waits { By::Waiting } else { By::Activity }
    }

    /// Who waits longest comes first, or whose window closes next, or what happened last.
    pub fn usual_sort(&self) -> Sort {
        match self.by() {
            By::Waiting | By::Closing => Sort::Oldest,
            By::Activity => Sort::Newest,
        }
    }

    /// What matches was active since then.
    pub fn active_since(&self, at: &Moment) -> Option<Time> {
        let within = [&self.replied_within, &self.last_message_within].into_iter().flatten();
        let opened = self.window.filter(|window| *window != WindowFilter::Closed).map(|_| at.now.minus(WINDOW));
        within.map(|within| within.begins(at)).chain(opened).max().map(|since| since.minus(SLACK))
    }

    /// What matches waits since then or longer.
    pub fn waiting_until(&self, at: &Moment) -> Option<Time> {
        self.unreplied_for.as_ref().map(|span| span.before(at.now))
    }
}

impl Who {
    fn owns(&self, owner: Option<&Assignee>) -> bool {
        matches!((self, owner), (Who::User(user), Some(Assignee::User(owner))) if user == owner)
    }

    fn wrote(&self, author: Option<&Actor>) -> bool {
        matches!((self, author), (Who::User(user), Some(Actor::User(author))) if user == author)
    }
}

impl Whose {
    fn is(&self, assignee: Option<&Assignee>) -> bool {
        match (self, assignee) {
            (Whose::Nobody, None) => true,
            (Whose::Of(whose), Some(assignee)) => whose == assignee,
            (Whose::Me | Whose::Nobody | Whose::Of(_), _) => false,
        }
    }
}

impl WindowFilter {
    fn is(self, conversation: &Conversation, at: &Moment) -> bool {
        let window = conversation.window.filter(|window| window.is_open(at.now));
        match self {
            WindowFilter::Open => window.is_some(),
            WindowFilter::Closing => window.is_some_and(|window| window.remaining(at.now) <= at.closing),
            WindowFilter::Closed => window.is_none(),
        }
    }
}

#[cfg(test)]
mod tests;
