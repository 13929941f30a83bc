//! Views: filters with a name, of one user, of a group or of all, and those that everybody has.
use super::{Filter, Sort, Who, Whose, Within};
use crate::access::Actor;
use crate::conversation::ConversationStatus;
use crate::ids::{GroupId, UserId, ViewId};
use crate::{Time, words};

/// Who has a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewScope {
    Mine(UserId),
    Group(GroupId),
    All,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub id: ViewId,
    pub name: String,
    pub scope: ViewScope,
    pub filter: Filter,
    /// Absent: the filter's usual one.
    pub sort: Option<Sort>,
    pub created_by: Actor,
    pub created_at: Time,
    pub revision: i64,
}

/// Who looks at views or changes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer<'a> {
    pub user: Option<&'a UserId>,
    pub groups: &'a [GroupId],
    pub sees_all: bool,
}

impl ViewScope {
    /// Whether it is theirs to look at.
    pub fn is_shown_to(&self, viewer: &Viewer<'_>) -> bool {
        match self {
            ViewScope::Mine(user) => viewer.user == Some(user),
            ViewScope::Group(group) => viewer.sees_all || viewer.groups.contains(group),
            ViewScope::All => true,
        }
    }

    /// Whether they may save views for them, and change and delete those there are. One that all have is changed by those who see
    /// what all have.
    pub fn is_kept_by(&self, viewer: &Viewer<'_>) -> bool {
        match self {
            ViewScope::All => viewer.sees_all,
            ViewScope::Mine(_) | ViewScope::Group(_) => self.is_shown_to(viewer),
        }
    }
}

words! {
    /// Their words are their ids.
    pub enum BuiltIn {
        All = "all",
        AllUnreplied = "all_unreplied",
        Mine = "mine",
        SentToday = "sent_today",
        Unreplied = "unreplied",
    }
}

impl BuiltIn {
    pub fn name(self) -> &'static str {
        match self {
            BuiltIn::All => "All",
            BuiltIn::AllUnreplied => "All unreplied",
            BuiltIn::Mine => "Mine",
            BuiltIn::SentToday => "Sent today",
            BuiltIn::Unreplied => "Unreplied",
        }
    }

    /// For who is no user, what is everybody's stands in for what would be theirs.
    pub fn filter(self, has_user: bool) -> Filter {
        let (me, mine) = (has_user.then_some(Who::Me), has_user.then_some(Whose::Me));
        match self {
            BuiltIn::All => Filter::default(),
            BuiltIn::AllUnreplied => Filter { unreplied: Some(true), ..Filter::default() },
            BuiltIn::Mine => Filter { assignee: mine, status: Some(ConversationStatus::Open), ..Filter::default() },
            BuiltIn::SentToday => Filter { replied_by: me, replied_within: Some(Within::Today), ..Filter::default() },
            BuiltIn::Unreplied => Filter { assignee: mine, unreplied: Some(true), ..Filter::default() },
        }
    }
}
