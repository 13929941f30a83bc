//! By which ways a user wants to be told of what, and when not.
use std::collections::{BTreeMap, BTreeSet};

use crate::ids::UserId;
use crate::notification::{NotificationKind, QuietHours};
use crate::{Time, words};

words! {
    /// By what a user is told of a notification, beside the list of them.
    pub enum Way {
        Email = "email",
        /// Their open sockets.
        Live = "live",
        Slack = "slack",
        Teams = "teams",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub user_id: UserId,
    /// A kind that is absent is told by no way.
    pub ways: BTreeMap<NotificationKind, BTreeSet<Way>>,
    /// The addresses of incoming webhooks; whoever knows one may post there.
    pub slack_url: Option<String>,
    pub teams_url: Option<String>,
    pub quiet_hours: Option<QuietHours>,
    /// `None` while they are as they come.
    pub changed_at: Option<Time>,
    /// Grows with each write.
    pub revision: u32,
}

impl Rules {
    /// Those of a user who said nothing: messages live only, as there are many; what is meant for the user also by e-mail.
    pub fn usual(user_id: UserId) -> Rules {
        let personal = BTreeSet::from([Way::Email, Way::Live]);
        let ways = BTreeMap::from([
            (NotificationKind::Assignment, personal.clone()),
            (NotificationKind::Mention, personal),
            (NotificationKind::Message, BTreeSet::from([Way::Live])),
        ]);
        Rules { user_id, ways, slack_url: None, teams_url: None, quiet_hours: None, changed_at: None, revision: 0 }
    }

    pub fn wants(&self, kind: NotificationKind, way: Way) -> bool {
        self.ways.get(&kind).is_some_and(|ways| ways.contains(&way))
    }

    /// When the quiet hours end in which `now` lies; `None` if it lies in none.
    pub fn quiet_until(&self, now: Time) -> Option<Time> {
        self.quiet_hours.as_ref().and_then(|quiet| quiet.end(now))
    }

    /// The ways of any kind: by which a summary is told.
    pub fn all_ways(&self) -> BTreeSet<Way> {
        self.ways.values().flatten().copied().collect()
    }

    /// The webhook's address of a way that has one.
    pub fn webhook(&self, way: Way) -> Option<&str> {
        match way {
            Way::Slack => self.slack_url.as_deref(),
            Way::Teams => self.teams_url.as_deref(),
            Way::Email | Way::Live => None,
        }
    }
}

/// What is done about a notification that is news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    Tell(BTreeSet<Way>),
    /// Not now: a summary follows then.
    Wait(Time),
}

pub fn plan(rules: &Rules, kind: NotificationKind, now: Time) -> Plan {
    let ways = rules.ways.get(&kind).cloned().unwrap_or_default();
    match rules.quiet_until(now) {
        Some(end) if !ways.is_empty() => Plan::Wait(end),
        Some(_) | None => Plan::Tell(ways),
    }
}
