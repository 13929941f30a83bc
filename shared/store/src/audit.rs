//! The audit log: one chain. The head and the entry behind it are written together or not at all; entries are found by time,
//! by who asked (index `list`) and by what it was about (a row for each entry, in the partition of its target).
use domain::Time;
use domain::access::Actor;
use domain::audit::{Ask, Entry, Head, Seal};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, bare, decode, encode, text};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, AUDIT, Key, LIST};
use crate::table::{Order, Range, Store};

#[derive(Serialize, Deserialize)]
struct HeadRow {
    number: u64,
    seal: String,
    at: i64,
}

impl Row for HeadRow {
    const ENTITY: &'static str = "audit-head";
}

#[derive(Serialize, Deserialize)]
struct EntryRow {
    number: u64,
    previous: String,
    seal: String,
    at: i64,
    actor: String,
    credential: String,
    method: String,
    route: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    fields: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    made: Option<String>,
}

impl Row for EntryRow {
    const ENTITY: &'static str = "audit-entry";
}

/// Which entries are asked for: all, those of an actor, or those about a target.
#[derive(Clone, Debug)]
pub enum AuditOf {
    All,
    Actor(Actor),
    Target(String),
}

fn read_head(operation: &'static str, item: Attributes) -> Result<Head, StoreError> {
    let row: HeadRow = decode(operation, item)?;
    let seal = Seal::parse(&row.seal).ok_or_else(|| StoreError::row(operation, "the head of the audit log"))?;
    Ok(Head { number: row.number, seal, at: Time::from_millis(row.at) })
}

fn read(operation: &'static str, item: Attributes) -> Result<Entry, StoreError> {
    let row: EntryRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("an audit entry with {what} unreadable"));
    Ok(Entry {
        number: row.number,
        previous: Seal::parse(&row.previous).ok_or_else(|| odd("previous"))?,
        seal: Seal::parse(&row.seal).ok_or_else(|| odd("its seal"))?,
        ask: Ask {
            at: Time::from_millis(row.at),
            actor: Actor::parse(&row.actor).ok_or_else(|| odd("its actor"))?,
            credential: row.credential,
            method: row.method,
            route: row.route,
            target: row.target,
            fields: row.fields,
            idempotency: row.idempotency,
        },
        status: row.status,
        made: row.made,
    })
}

fn item(operation: &'static str, entry: &Entry) -> Result<Attributes, StoreError> {
    let ask = entry.ask.clone();
    let row = EntryRow {
        number: entry.number,
        previous: entry.previous.as_str().to_owned(),
        seal: entry.seal.as_str().to_owned(),
        at: ask.at.millis(),
        actor: ask.actor.to_string(),
        credential: ask.credential,
        method: ask.method,
        route: ask.route,
        target: ask.target,
        fields: ask.fields,
        idempotency: ask.idempotency,
        status: None,
        made: None,
    };
    let key = keys::audit_entry(ask.at, entry.number);
    let list = keys::list_audit(&ask.actor, &key);
    encode(operation, &key, Some(&list), &row)
}

impl Store {
    pub async fn audit_head(&self) -> Result<Head, StoreError> {
        const OPERATION: &str = "audit_head";
        let found = self.get(OPERATION, &keys::audit_head()).await?;
        Ok(found.map(|item| read_head(OPERATION, item)).transpose()?.unwrap_or_else(Head::origin))
    }

    /// Adds the entry behind `head`. The inner `Err` is the head as it is by now, if another one came first.
    pub async fn audit_add(&self, head: &Head, entry: &Entry) -> Result<Result<(), Head>, StoreError> {
        const OPERATION: &str = "audit_add";
        let next = entry.head();
        let row = HeadRow { number: next.number, seal: next.seal.as_str().to_owned(), at: next.at.millis() };
        let row = encode(OPERATION, &keys::audit_head(), None, &row)?;
        let transaction = self.transaction(OPERATION);
        let transaction = match head.number {
            0 => transaction.put_new(row),
            _ => transaction.put_where(row, "#seal = :seal", values([(":seal", s(head.seal.as_str()))])),
        };
        let mut transaction = transaction.put_new(item(OPERATION, entry)?);
        if let Some(target) = &entry.ask.target {
            transaction = transaction.put_new(bare(OPERATION, &about(target, entry), "audit-mark")?);
        }
        match transaction.commit().await? {
            Ok(()) => Ok(Ok(())),
            Err(_) => Ok(Err(self.audit_head().await?)),
        }
    }

    /// What was answered, and the id of what was made.
    pub async fn audit_answer(&self, entry: &Entry, status: u16, made: Option<&str>) -> Result<(), StoreError> {
        const OPERATION: &str = "audit_answer";
        let mut told = values([(":status", n(status))]);
        let mut expression = "SET #status = :status".to_owned();
        if let Some(made) = made {
            told.insert(":made".to_owned(), s(made));
            expression.push_str(", #made = :made");
            self.put(OPERATION, bare(OPERATION, &about(made, entry), "audit-mark")?).await?;
        }
        let key = keys::audit_entry(entry.ask.at, entry.number);
        self.update(OPERATION, &key, &expression, "attribute_exists(#pk)", told).await?;
        Ok(())
    }

    /// The latest first; from `from` on, and before `to`.
    pub async fn audit_page(
        &self,
        of: &AuditOf,
        (from, to): (Option<Time>, Option<Time>),
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Entry>, StoreError> {
        const OPERATION: &str = "audit_page";
        let low = from.map_or_else(String::new, keys::audit_from);
        let high = to.map_or_else(|| "~".to_owned(), keys::audit_from);
        let (index, pk) = match of {
            AuditOf::All => (None, AUDIT.to_owned()),
            AuditOf::Actor(actor) => (Some(LIST), keys::list_audit_of(actor)),
            AuditOf::Target(target) => (None, keys::audit_about(target)),
        };
        let range = Range { index, pk: &pk, range: Some((&low, &high)), order: Order::Descending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let rows = match of {
            AuditOf::All => page.items,
            AuditOf::Actor(_) => self.rows_of(OPERATION, &page.items).await?,
            AuditOf::Target(_) => {
                let places = page.items.iter().filter_map(|mark| text(mark, "sk"));
                let keys: Vec<Key> = places.map(keys::audit_at).collect();
                let mut rows = self.get_many(OPERATION, &keys).await?;
                rows.sort_by(|one, other| text(other, "sk").cmp(&text(one, "sk")));
                rows
            }
        };
        let items = rows.into_iter().map(|item| read(OPERATION, item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }
}

/// The mark of an entry in the partition of what it is about.
fn about(target: &str, entry: &Entry) -> Key {
    let Key { sk, .. } = keys::audit_entry(entry.ask.at, entry.number);
    Key { pk: keys::audit_about(target), sk }
}
