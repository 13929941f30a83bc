//! Who has something assigned: `{"user_id": …}`, `{"group_id": …}`, `{"role": …}` or null.
use domain::channel::Assignee;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::id::{GroupId, Id, UserId};
use super::members::Members;
use super::word::Word;
use super::{Role, nullable};

/// One of the three; null in its place, or in place of user_id or group_id, for nobody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssigneeChoice {
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<UserId>)]
    user_id: Option<Option<UserId>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<GroupId>)]
    group_id: Option<Option<GroupId>>,
    /// Everybody who has this role.
    role: Option<Role>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Members<AssigneeChoice>")]
pub(crate) struct AssigneeInput(pub(crate) Option<Assignee>);

impl TryFrom<Members<AssigneeChoice>> for AssigneeInput {
    type Error = &'static str;

    fn try_from(Members(choice): Members<AssigneeChoice>) -> Result<AssigneeInput, &'static str> {
        match (choice.user_id, choice.group_id, choice.role) {
            (Some(user), None, None) => Ok(AssigneeInput(user.map(|Id(user)| Assignee::User(user)))),
            (None, Some(group), None) => Ok(AssigneeInput(group.map(|Id(group)| Assignee::Group(group)))),
            (None, None, Some(Word(role))) => Ok(AssigneeInput(Some(Assignee::Role(role)))),
            (..) => Err("must have one of user_id, group_id and role"),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Assignee)]
pub(crate) struct AssigneeView {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<GroupId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
}

impl From<Assignee> for AssigneeView {
    fn from(assignee: Assignee) -> AssigneeView {
        let nobody = AssigneeView { user_id: None, group_id: None, role: None };
        match assignee {
            Assignee::User(user) => AssigneeView { user_id: Some(Id(user)), ..nobody },
            Assignee::Group(group) => AssigneeView { group_id: Some(Id(group)), ..nobody },
            Assignee::Role(role) => AssigneeView { role: Some(Word(role)), ..nobody },
        }
    }
}
