//! Document sources: few rows in one partition, each written on the revision that was seen.
use domain::Time;
use domain::document::{DocumentSource, Pattern};
use domain::ids::{DocumentSourceId, SecretId};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys;
use crate::table::{Order, Put, Range, Store};

#[derive(Serialize, Deserialize)]
struct DocumentSourceRow {
    id: String,
    name: String,
    url: String,
    headers: Vec<String>,
    /// Where it is kept, not what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<String>,
    created_at: i64,
    revision: u32,
}

impl Row for DocumentSourceRow {
    const ENTITY: &'static str = "document-source";
}

fn item(operation: &'static str, source: &DocumentSource) -> Result<Attributes, StoreError> {
    let row = DocumentSourceRow {
        id: source.id.to_string(),
        name: source.name.clone(),
        url: source.url.as_str().to_owned(),
        headers: source.headers.clone(),
        secret_id: source.secret.as_ref().map(ToString::to_string),
        filename: source.filename.as_ref().map(|pattern| pattern.as_str().to_owned()),
        mime_type: source.mime_type.clone(),
        created_at: source.created_at.millis(),
        revision: source.revision,
    };
    encode(operation, &keys::document_source(&source.id), None, &row)
}

fn read(operation: &'static str, item: Attributes) -> Result<DocumentSource, StoreError> {
    let row: DocumentSourceRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a document source with {what} unreadable"));
    let secret = row.secret_id.map(|id| SecretId::parse(&id).ok_or_else(|| odd("its secret"))).transpose()?;
    let filename = row.filename.map(|text| Pattern::parse(&text).map_err(|_| odd("its file names"))).transpose()?;
    Ok(DocumentSource {
        id: DocumentSourceId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        name: row.name,
        url: Pattern::address(&row.url).map_err(|_| odd("its address"))?,
        headers: row.headers,
        secret,
        filename,
        mime_type: row.mime_type,
        created_at: Time::from_millis(row.created_at),
        revision: row.revision,
    })
}

impl Store {
    pub async fn document_source_create(&self, source: &DocumentSource) -> Result<Put<DocumentSource>, StoreError> {
        const OPERATION: &str = "document_source_create";
        match self.put_new(OPERATION, item(OPERATION, source)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read(OPERATION, item)?)),
        }
    }

    pub async fn document_source_get(&self, id: &DocumentSourceId) -> Result<Option<DocumentSource>, StoreError> {
        const OPERATION: &str = "document_source_get";
        self.get(OPERATION, &keys::document_source(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// All of them, the oldest first.
    pub async fn document_sources_all(&self) -> Result<Vec<DocumentSource>, StoreError> {
        const OPERATION: &str = "document_sources_all";
        let range =
            || Range { index: None, pk: keys::DOCUMENT_SOURCES, range: None, order: Order::Ascending, limit: 100 };
        self.query_all(OPERATION, range).await?.into_iter().map(|item| read(OPERATION, item)).collect()
    }

    /// Writes `next` in place of the revision before it; `false` if others changed it meanwhile, or it is gone.
    pub async fn document_source_update(&self, next: &DocumentSource) -> Result<bool, StoreError> {
        const OPERATION: &str = "document_source_update";
        let seen = values([(":seen", n(next.revision.saturating_sub(1)))]);
        self.put_where(OPERATION, item(OPERATION, next)?, "#revision = :seen", seen).await
    }

    /// Deletes it as it was seen.
    pub async fn document_source_delete(&self, seen: &DocumentSource) -> Result<(), StoreError> {
        let values = values([(":seen", n(seen.revision))]);
        let key = keys::document_source(&seen.id);
        self.delete("document_source_delete", &key, "#revision = :seen", values).await
    }
}
