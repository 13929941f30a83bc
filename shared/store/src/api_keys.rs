//! API keys, found by the hash of the key. The key itself is nowhere.
use domain::Time;
use domain::access::{ApiKey, Grant, Permission, Role};
use domain::ids::{ApiKeyId, UserId};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode, text};
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys::{self, LIST};
use crate::table::{Order, Put, Range, Store, Updated};

#[derive(Serialize, Deserialize)]
struct ApiKeyRow {
    id: String,
    name: String,
    /// Of a key that acts for no user.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<i64>,
}

impl Row for ApiKeyRow {
    const ENTITY: &'static str = "api-key";
}

fn read(operation: &'static str, item: Attributes) -> Result<ApiKey, StoreError> {
    let row: ApiKeyRow = decode(operation, item)?;
    let grant = match &row.user {
        Some(user) => UserId::parse(user).map(Grant::User),
        None => row.role.as_deref().and_then(Role::parse).map(Grant::Role),
    };
    Ok(ApiKey {
        id: ApiKeyId::parse(&row.id).ok_or_else(|| StoreError::row(operation, "a key's id"))?,
        name: row.name,
        grant: grant.ok_or_else(|| StoreError::row(operation, "a key's role or user"))?,
        // A scope that is not known any more allows nothing.
        scopes: row.scopes.map(|scopes| scopes.iter().filter_map(|scope| Permission::parse(scope)).collect()),
        created_at: Time::from_millis(row.created_at),
        revoked_at: row.revoked_at.map(Time::from_millis),
    })
}

impl Store {
    pub async fn api_key_create(&self, hash: &str, key: &ApiKey) -> Result<Put<()>, StoreError> {
        const OPERATION: &str = "api_key_create";
        let role = match &key.grant {
            Grant::Role(role) => Some(role.to_string()),
            Grant::User(_) => None,
        };
        let row = ApiKeyRow {
            id: key.id.to_string(),
            name: key.name.clone(),
            role,
            user: key.user().map(ToString::to_string),
            scopes: key.scopes.as_ref().map(|scopes| scopes.iter().map(ToString::to_string).collect()),
            created_at: key.created_at.millis(),
            revoked_at: None,
        };
        let list = keys::list_api_keys(key.created_at, &key.id);
        match self.put_new(OPERATION, encode(OPERATION, &keys::api_key(hash), Some(&list), &row)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(_) => Ok(Put::Exists(())),
        }
    }

    pub async fn api_key_find(&self, hash: &str) -> Result<Option<ApiKey>, StoreError> {
        const OPERATION: &str = "api_key_find";
        self.get(OPERATION, &keys::api_key(hash)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// All keys, revoked ones too, the oldest first.
    pub async fn api_keys_all(&self) -> Result<Vec<ApiKey>, StoreError> {
        let rows = self.api_key_rows("api_keys_all").await?;
        rows.into_iter().map(|item| read("api_keys_all", item)).collect()
    }

    /// `false` if there is no such key. Revoking twice keeps the first time.
    pub async fn api_key_revoke(&self, id: &ApiKeyId, now: Time) -> Result<bool, StoreError> {
        const OPERATION: &str = "api_key_revoke";
        let rows = self.api_key_rows(OPERATION).await?;
        let Some(row) = rows.iter().find(|row| text(row, "id") == Some(id.as_str())) else { return Ok(false) };
        let part = |name| text(row, name).unwrap_or_default().to_owned();
        let key = keys::Key { pk: part("pk"), sk: part("sk") };
        let values = values([(":now", n(now.millis()))]);
        let expression = "SET #revoked_at = if_not_exists(#revoked_at, :now)";
        let updated = self.update(OPERATION, &key, expression, "attribute_exists(#pk)", values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    async fn api_key_rows(&self, operation: &'static str) -> Result<Vec<Attributes>, StoreError> {
        let range = || Range { index: Some(LIST), pk: "api-keys", range: None, order: Order::Ascending, limit: 100 };
        let entries = self.query_all(operation, range).await?;
        self.rows_of(operation, &entries).await
    }
}
