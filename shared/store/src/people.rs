//! Users and groups: those whom conversations are assigned to.
use domain::Time;
use domain::access::{Group, Reach, Role, User};
use domain::ids::{GroupId, UserId};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode, text};
use crate::error::StoreError;
use crate::keys::{self, LIST};
use crate::table::{Order, Put, Range, Store};

/// How many members of a group are read at once.
const MEMBERS_PAGE: usize = 500;

#[derive(Serialize, Deserialize)]
struct UserRow {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    role: String,
    /// Absent: everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    reach: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    /// Absent: they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_active: Option<bool>,
    created_at: i64,
}

impl Row for UserRow {
    const ENTITY: &'static str = "user";
}

#[derive(Serialize, Deserialize)]
struct GroupRow {
    id: String,
    name: String,
    created_at: i64,
}

impl Row for GroupRow {
    const ENTITY: &'static str = "group";
}

fn read_user(operation: &'static str, item: Attributes) -> Result<User, StoreError> {
    let row: UserRow = decode(operation, item)?;
    Ok(User {
        id: UserId::parse(&row.id).ok_or_else(|| StoreError::row(operation, "a user's id"))?,
        name: row.name,
        email: row.email,
        role: Role::parse(&row.role).ok_or_else(|| StoreError::row(operation, "a user's role"))?,
        reach: match &row.reach {
            Some(reach) => Reach::parse(reach).ok_or_else(|| StoreError::row(operation, "a user's reach"))?,
            None => Reach::default(),
        },
        groups: row.groups.iter().filter_map(|id| GroupId::parse(id)).collect(),
        is_active: row.is_active.unwrap_or(true),
        created_at: Time::from_millis(row.created_at),
    })
}

fn user_row(user: &User) -> UserRow {
    UserRow {
        id: user.id.to_string(),
        name: user.name.clone(),
        email: user.email.clone(),
        role: user.role.to_string(),
        reach: (user.reach != Reach::default()).then(|| user.reach.to_string()),
        groups: user.groups.iter().map(ToString::to_string).collect(),
        is_active: (!user.is_active).then_some(false),
        created_at: user.created_at.millis(),
    }
}

fn read_group(operation: &'static str, item: Attributes) -> Result<Group, StoreError> {
    let row: GroupRow = decode(operation, item)?;
    Ok(Group {
        id: GroupId::parse(&row.id).ok_or_else(|| StoreError::row(operation, "a group's id"))?,
        name: row.name,
        created_at: Time::from_millis(row.created_at),
    })
}

/// That somebody is in a group.
#[derive(Serialize, Deserialize)]
struct MemberRow {
    user: String,
}

impl Row for MemberRow {
    const ENTITY: &'static str = "member";
}

fn member(operation: &'static str, group: &GroupId, user: &UserId) -> Result<Attributes, StoreError> {
    encode(operation, &keys::member(group, user), None, &MemberRow { user: user.to_string() })
}

impl Store {
    /// Who is in a group is written beside the group, in the same transaction.
    pub async fn user_create(&self, user: &User) -> Result<Put<User>, StoreError> {
        const OPERATION: &str = "user_create";
        let list = keys::list_users(user.created_at, &user.id);
        let row = encode(OPERATION, &keys::user(&user.id), Some(&list), &user_row(user))?;
        let mut transaction = self.transaction(OPERATION).put_new(row);
        for group in &user.groups {
            transaction = transaction.put_new(member(OPERATION, group, &user.id)?);
        }
        match transaction.commit().await? {
            Ok(()) => Ok(Put::Written),
            Err(_) => match self.user_get(&user.id).await? {
                Some(before) => Ok(Put::Exists(before)),
                None => Err(StoreError::Contended { operation: OPERATION }),
            },
        }
    }

    pub async fn user_get(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        const OPERATION: &str = "user_get";
        self.get(OPERATION, &keys::user(id)).await?.map(|item| read_user(OPERATION, item)).transpose()
    }

    /// The oldest first.
    pub async fn users_all(&self) -> Result<Vec<User>, StoreError> {
        self.people("users_all", "users").await?.into_iter().map(|item| read_user("users_all", item)).collect()
    }

    /// Who is in one of the groups, each once.
    pub async fn members_of(&self, groups: &[GroupId]) -> Result<Vec<UserId>, StoreError> {
        let members = groups.iter().map(|group| self.group_members(group));
        let mut members = futures::future::try_join_all(members).await?.concat();
        members.sort_unstable();
        members.dedup();
        Ok(members)
    }

    async fn group_members(&self, group: &GroupId) -> Result<Vec<UserId>, StoreError> {
        const OPERATION: &str = "group_members";
        let range = || Range {
            index: None,
            pk: group.as_str(),
            range: Some(keys::MEMBERS),
            order: Order::Ascending,
            limit: MEMBERS_PAGE,
        };
        let rows = self.query_all(OPERATION, range).await?;
        Ok(rows.iter().filter_map(|row| text(row, "user").and_then(UserId::parse)).collect())
    }

    pub async fn group_create(&self, group: &Group) -> Result<Put<Group>, StoreError> {
        const OPERATION: &str = "group_create";
        let row =
            GroupRow { id: group.id.to_string(), name: group.name.clone(), created_at: group.created_at.millis() };
        let list = keys::list_groups(group.created_at, &group.id);
        match self.put_new(OPERATION, encode(OPERATION, &keys::group(&group.id), Some(&list), &row)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read_group(OPERATION, item)?)),
        }
    }

    pub async fn group_get(&self, id: &GroupId) -> Result<Option<Group>, StoreError> {
        const OPERATION: &str = "group_get";
        self.get(OPERATION, &keys::group(id)).await?.map(|item| read_group(OPERATION, item)).transpose()
    }

    /// The oldest first.
    pub async fn groups_all(&self) -> Result<Vec<Group>, StoreError> {
        self.people("groups_all", "groups").await?.into_iter().map(|item| read_group("groups_all", item)).collect()
    }

    async fn people(&self, operation: &'static str, list: &'static str) -> Result<Vec<Attributes>, StoreError> {
        let range = || Range { index: Some(LIST), pk: list, range: None, order: Order::Ascending, limit: 100 };
        let entries = self.query_all(operation, range).await?;
        self.rows_of(operation, &entries).await
    }
}
