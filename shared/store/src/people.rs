//! Users and groups: those whom conversations are assigned to.
//!
//! Guarantee: who is in a group, and whom an e-mail or a name of the identity provider leads to, is written with the user or
//! not at all; no two users have one of the latter in common.
use domain::Time;
use domain::access::{Group, Reach, Role, Sight, User};
use domain::ids::{GroupId, UserId};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode, text};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, LIST};
use crate::table::{Order, Put, Range, Store, Transaction, Updated};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    created_at: i64,
    /// Absent: it never changed.
    #[serde(default)]
    revision: i64,
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
        external_id: row.external_id,
        created_at: Time::from_millis(row.created_at),
        revision: row.revision,
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
        external_id: user.external_id.clone(),
        created_at: user.created_at.millis(),
        revision: user.revision,
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

/// What leads to a user who logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// In whatever letters.
    Email(String),
    /// What the identity provider calls them.
    Subject(String),
}

impl Login {
    /// All that leads to the user.
    fn of(user: &User) -> Vec<Login> {
        let email = user.email.clone().map(Login::Email);
        let subject = user.external_id.clone().map(Login::Subject);
        email.into_iter().chain(subject).collect()
    }

    fn key(&self) -> keys::Key {
        match self {
            Login::Email(email) => keys::login("email", &email.to_lowercase()),
            Login::Subject(subject) => keys::login("subject", subject),
        }
    }
}

/// The outcome of writing a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserWrite {
    Written,
    /// It is there already, or was changed meanwhile.
    Refused,
    /// Another user has it.
    Taken(Login, UserId),
}

/// A user, by what leads to them.
#[derive(Serialize, Deserialize)]
struct LoginRow {
    user: String,
}

impl Row for LoginRow {
    const ENTITY: &'static str = "login";
}

/// That somebody is in a group.
#[derive(Serialize, Deserialize)]
struct MemberRow {
    user: String,
}

impl Row for MemberRow {
    const ENTITY: &'static str = "member";
}

fn user_item(operation: &'static str, user: &User) -> Result<Attributes, StoreError> {
    let list = keys::list_users(user.created_at, &user.id);
    encode(operation, &keys::user(&user.id), Some(&list), &user_row(user))
}

fn member(operation: &'static str, group: &GroupId, user: &UserId) -> Result<Attributes, StoreError> {
    encode(operation, &keys::member(group, user), None, &MemberRow { user: user.to_string() })
}

impl Store {
    pub async fn user_create(&self, user: &User) -> Result<UserWrite, StoreError> {
        const OPERATION: &str = "user_create";
        let transaction = self.transaction(OPERATION).put_new(user_item(OPERATION, user)?);
        self.user_write(OPERATION, transaction, None, user).await
    }

    /// Writes `next`, whose revision is the one after that of `seen`, if the user still is as seen.
    pub async fn user_update(&self, seen: &User, next: &User) -> Result<UserWrite, StoreError> {
        const OPERATION: &str = "user_update";
        // A row from before revisions has none.
        let condition = "attribute_exists(#pk) AND (attribute_not_exists(#revision) OR #revision = :seen)";
        let item = user_item(OPERATION, next)?;
        let transaction = self.transaction(OPERATION).put_where(item, condition, values([(":seen", n(seen.revision))]));
        self.user_write(OPERATION, transaction, Some(seen), next).await
    }

    /// Adds to the user's own write what leads to them, and their places in groups. All of it is written each time, so
    /// that a row from before these gets them too.
    async fn user_write(
        &self,
        operation: &'static str,
        mut transaction: Transaction<'_>,
        seen: Option<&User>,
        next: &User,
    ) -> Result<UserWrite, StoreError> {
        let logins = Login::of(next);
        for login in &logins {
            let row = encode(operation, &login.key(), None, &LoginRow { user: next.id.to_string() })?;
            let condition = "attribute_not_exists(#pk) OR #user = :user";
            transaction = transaction.put_where(row, condition, values([(":user", s(next.id.as_str()))]));
        }
        for group in &next.groups {
            transaction = transaction.put(member(operation, group, &next.id)?);
        }
        if let Some(seen) = seen {
            let kept: Vec<keys::Key> = logins.iter().map(Login::key).collect();
            for gone in Login::of(seen).iter().map(Login::key).filter(|key| !kept.contains(key)) {
                transaction = transaction.delete(&gone);
            }
            for left in seen.groups.iter().filter(|group| !next.groups.contains(group)) {
                transaction = transaction.delete(&keys::member(left, &next.id));
            }
        }
        let Err(failures) = transaction.commit().await? else { return Ok(UserWrite::Written) };
        let taken = logins.into_iter().zip(failures.iter().skip(1)).find_map(|(login, failure)| {
            let by = text(failure.as_ref()?, "user").and_then(UserId::parse)?;
            Some(UserWrite::Taken(login, by))
        });
        Ok(taken.filter(|_| failures.first().is_none_or(Option::is_none)).unwrap_or(UserWrite::Refused))
    }

    /// The user whom it leads to.
    pub async fn user_find(&self, login: &Login) -> Result<Option<User>, StoreError> {
        const OPERATION: &str = "user_find";
        let Some(row) = self.get_row::<LoginRow>(OPERATION, &login.key()).await? else { return Ok(None) };
        let id = UserId::parse(&row.user).ok_or_else(|| StoreError::row(OPERATION, "a login's user"))?;
        self.user_get(&id).await
    }

    pub async fn user_get(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        const OPERATION: &str = "user_get";
        self.get(OPERATION, &keys::user(id)).await?.map(|item| read_user(OPERATION, item)).transpose()
    }

    /// Those of them who are there, in any order.
    pub async fn users_get(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        const OPERATION: &str = "users_get";
        let keys: Vec<keys::Key> = ids.iter().map(keys::user).collect();
        self.get_many(OPERATION, &keys).await?.into_iter().map(|item| read_user(OPERATION, item)).collect()
    }

    /// The oldest first.
    pub async fn users_all(&self) -> Result<Vec<User>, StoreError> {
        self.people("users_all", "users").await?.into_iter().map(|item| read_user("users_all", item)).collect()
    }

    pub async fn users_with(&self, role: Role) -> Result<Vec<User>, StoreError> {
        Ok(self.users_all().await?.into_iter().filter(|user| user.role == role).collect())
    }

    /// What the user sees of the inbox, as their groups are now.
    pub async fn sight_of(&self, user: &User) -> Result<Sight, StoreError> {
        let members = if user.looks_at_groups() { self.members_of(&user.groups).await? } else { Vec::new() };
        Ok(Sight::of(user, members))
    }

    /// Who is in one of the groups, each once.
    pub async fn members_of(&self, groups: &[GroupId]) -> Result<Vec<UserId>, StoreError> {
        let members = groups.iter().map(|group| self.group_members(group));
        let mut members = futures::future::try_join_all(members).await?.concat();
        members.sort_unstable();
        members.dedup();
        Ok(members)
    }

    /// Who is in the group.
    pub async fn group_members(&self, group: &GroupId) -> Result<Vec<UserId>, StoreError> {
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

    /// `false`: there is no such group.
    pub async fn group_rename(&self, id: &GroupId, name: &str) -> Result<bool, StoreError> {
        let values = values([(":name", s(name))]);
        let updated =
            self.update("group_rename", &keys::group(id), "SET #name = :name", "attribute_exists(#pk)", values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    pub async fn group_delete(&self, id: &GroupId) -> Result<(), StoreError> {
        const OPERATION: &str = "group_delete";
        let deleted = self.transaction(OPERATION).delete(&keys::group(id)).commit().await?;
        deleted.map_err(|_| StoreError::Contended { operation: OPERATION })
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
