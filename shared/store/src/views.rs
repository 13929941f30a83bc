//! Views: a row each, found by its id, and in the list of those whose it is.
use std::collections::BTreeMap;

use domain::Time;
use domain::access::Actor;
use domain::ids::{GroupId, UserId, ViewId};
use domain::inbox::{Filter, Sort, View, ViewScope};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::cursor::Page;
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys::{self, IndexKey, LIST};
use crate::table::{Order, Put, Range, Store};

/// Views of one user, of one group or of all that are listed.
pub const VIEWS_MAX: usize = 100;

#[derive(Serialize, Deserialize)]
struct ViewRow {
    id: String,
    name: String,
    /// Whose it is; neither: all have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// Each word of the filter with its value.
    filter: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<String>,
    created_by: String,
    created_at: i64,
    revision: i64,
}

impl Row for ViewRow {
    const ENTITY: &'static str = "view";
}

fn read(operation: &'static str, item: Attributes) -> Result<View, StoreError> {
    let row: ViewRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a view with {what} unreadable"));
    let scope = match (row.user, row.group) {
        (Some(user), _) => ViewScope::Mine(UserId::parse(&user).ok_or_else(|| odd("its user"))?),
        (None, Some(group)) => ViewScope::Group(GroupId::parse(&group).ok_or_else(|| odd("its group"))?),
        (None, None) => ViewScope::All,
    };
    let words = row.filter.iter().map(|(word, value)| (word.as_str(), value.as_str()));
    Ok(View {
        id: ViewId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        name: row.name,
        scope,
        filter: Filter::of_words(words).map_err(|_| odd("its filter"))?,
        sort: row.sort.as_deref().map(|sort| Sort::parse(sort).ok_or_else(|| odd("its order"))).transpose()?,
        created_by: Actor::parse(&row.created_by).ok_or_else(|| odd("its author"))?,
        created_at: Time::from_millis(row.created_at),
        revision: row.revision,
    })
}

fn list(scope: &ViewScope) -> String {
    match scope {
        ViewScope::Mine(user) => keys::list_views_of_user(user),
        ViewScope::Group(group) => keys::list_views_of_group(group),
        ViewScope::All => keys::LIST_VIEWS_OF_ALL.to_owned(),
    }
}

fn item(operation: &'static str, view: &View) -> Result<Attributes, StoreError> {
    let (user, group) = match &view.scope {
        ViewScope::Mine(user) => (Some(user.to_string()), None),
        ViewScope::Group(group) => (None, Some(group.to_string())),
        ViewScope::All => (None, None),
    };
    let row = ViewRow {
        id: view.id.to_string(),
        name: view.name.clone(),
        user,
        group,
        filter: view.filter.words().into_iter().map(|(word, value)| (word.to_owned(), value)).collect(),
        sort: view.sort.map(|sort| sort.to_string()),
        created_by: view.created_by.as_str().to_owned(),
        created_at: view.created_at.millis(),
        revision: view.revision,
    };
    let place: IndexKey = (list(&view.scope), view.id.to_string());
    encode(operation, &keys::view(&view.id), Some(&place), &row)
}

impl Store {
    pub async fn view_create(&self, view: &View) -> Result<Put<View>, StoreError> {
        const OPERATION: &str = "view_create";
        match self.put_new(OPERATION, item(OPERATION, view)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read(OPERATION, item)?)),
        }
    }

    pub async fn view_get(&self, id: &ViewId) -> Result<Option<View>, StoreError> {
        const OPERATION: &str = "view_get";
        self.get(OPERATION, &keys::view(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// Those of each of these, the oldest first.
    pub async fn views_of(&self, scopes: &[ViewScope]) -> Result<Vec<View>, StoreError> {
        const OPERATION: &str = "views_of";
        let lists: Vec<String> = scopes.iter().map(list).collect();
        let pages = lists.iter().map(|pk| {
            let range = Range { index: Some(LIST), pk, range: None, order: Order::Ascending, limit: VIEWS_MAX };
            self.query(OPERATION, range, None)
        });
        let pages = futures::future::try_join_all(pages).await?;
        let entries: Vec<Attributes> = pages.into_iter().flat_map(|Page { items, .. }| items).collect();
        let rows = self.rows_of(OPERATION, &entries).await?;
        rows.into_iter().map(|item| read(OPERATION, item)).collect()
    }

    /// Writes a view in place of the one that was seen; `false` if it is not the same any more.
    pub async fn view_update(&self, seen: &View, next: &View) -> Result<bool, StoreError> {
        const OPERATION: &str = "view_update";
        let next = View { revision: seen.revision.saturating_add(1), ..next.clone() };
        let values = values([(":revision", n(seen.revision))]);
        self.put_where(OPERATION, item(OPERATION, &next)?, "#revision = :revision", values).await
    }

    pub async fn view_delete(&self, seen: &View) -> Result<(), StoreError> {
        let values = values([(":revision", n(seen.revision))]);
        self.delete("view_delete", &keys::view(&seen.id), "#revision >= :revision", values).await
    }
}
