//! Users and groups: those whom conversations are assigned to.
use domain::Time;
use domain::access::{Group, Role, User};
use domain::ids::{GroupId, UserId};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::keys::{self, LIST};
use crate::table::{Order, Put, Range, Store};

#[derive(Serialize, Deserialize)]
struct UserRow {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    role: String,
    #[serde(default)]
    groups: Vec<String>,
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
        groups: row.groups.iter().filter_map(|id| GroupId::parse(id)).collect(),
        created_at: Time::from_millis(row.created_at),
    })
}

fn read_group(operation: &'static str, item: Attributes) -> Result<Group, StoreError> {
    let row: GroupRow = decode(operation, item)?;
    Ok(Group {
        id: GroupId::parse(&row.id).ok_or_else(|| StoreError::row(operation, "a group's id"))?,
        name: row.name,
        created_at: Time::from_millis(row.created_at),
    })
}

impl Store {
    pub async fn user_create(&self, user: &User) -> Result<Put<User>, StoreError> {
        const OPERATION: &str = "user_create";
        let row = UserRow {
            id: user.id.to_string(),
            name: user.name.clone(),
            email: user.email.clone(),
            role: user.role.to_string(),
            groups: user.groups.iter().map(ToString::to_string).collect(),
            created_at: user.created_at.millis(),
        };
        let list = keys::list_users(user.created_at, &user.id);
        match self.put_new(OPERATION, encode(OPERATION, &keys::user(&user.id), Some(&list), &row)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read_user(OPERATION, item)?)),
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
