//! Who has something assigned: `{"user_id": …}`, `{"group_id": …}` or null.
use domain::channel::Assignee;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::id::{GroupId, Id, UserId};
use super::members::Members;
use super::nullable;

/// One of the two; null in its place for nobody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssigneeChoice {
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<UserId>)]
    user_id: Option<Option<UserId>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<GroupId>)]
    group_id: Option<Option<GroupId>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Members<AssigneeChoice>")]
pub(crate) struct AssigneeInput(pub(crate) Option<Assignee>);

impl TryFrom<Members<AssigneeChoice>> for AssigneeInput {
    type Error = &'static str;

    fn try_from(Members(choice): Members<AssigneeChoice>) -> Result<AssigneeInput, &'static str> {
        match (choice.user_id, choice.group_id) {
            (Some(user), None) => Ok(AssigneeInput(user.map(|Id(user)| Assignee::User(user)))),
            (None, Some(group)) => Ok(AssigneeInput(group.map(|Id(group)| Assignee::Group(group)))),
            (Some(_), Some(_)) | (None, None) => Err("must have either user_id or group_id"),
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
}

impl From<Assignee> for AssigneeView {
    fn from(assignee: Assignee) -> AssigneeView {
        match assignee {
            Assignee::User(user) => AssigneeView { user_id: Some(Id(user)), group_id: None },
            Assignee::Group(group) => AssigneeView { user_id: None, group_id: Some(Id(group)) },
        }
    }
}
