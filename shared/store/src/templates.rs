//! The mirror of Meta's template lists: reading it. What a sync has staged counts for all readers at the same moment.
use std::collections::HashMap;
use std::time::Duration;

use domain::Time;
use domain::ids::TemplateId;
use domain::sending::TemplateUse;
use domain::template::{Template, language};
use serde_json::Value;

use crate::codec::Attributes;
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys::{self, LIST};
use crate::table::{Order, Range, Store};

mod fallbacks;
mod filtered;
mod orders;
mod rows;
mod staging;
mod syncs;

pub use filtered::TemplateFilter;
pub use orders::Placement;
pub(crate) use orders::read as read_order;
pub use rows::Held;
pub(crate) use syncs::read_sync;

/// Long after a commit nobody can have begun to read before it, whatever the clocks say.
const SETTLED: Duration = Duration::from_secs(15);
const TRIES_MAX: u32 = 4;

/// The runs that count, by account.
#[derive(Default)]
struct Committed {
    runs: HashMap<String, u64>,
    /// One of them was committed just now.
    is_fresh: bool,
}

/// A part of the list of all templates.
#[derive(Clone, Copy)]
struct Part<'a> {
    operation: &'static str,
    /// Between these keys.
    range: Option<(&'a str, &'a str)>,
    limit: usize,
}

/// What a row shows by itself; staged content shows in the stream when it is folded.
pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Option<Template>, StoreError> {
    rows::held(operation, item).map(Held::shown)
}

impl Store {
    pub async fn template_get(&self, id: &TemplateId) -> Result<Option<Template>, StoreError> {
        const OPERATION: &str = "template_get";
        let item = self.get(OPERATION, &keys::template(id)).await?;
        let Some(held) = item.map(|item| rows::held(OPERATION, item)).transpose()? else { return Ok(None) };
        let committed = match held.staged_by() {
            None => None,
            Some(_) => self.template_sync_get(&held.waba_id).await?.map(|sync| sync.committed),
        };
        Ok(held.seen(committed))
    }

    /// The template that the content of a message names, if it is a template message.
    pub async fn template_used(&self, waba_id: &str, kind: &str, content: &Value) -> Result<TemplateUse, StoreError> {
        if kind != "template" {
            return Ok(TemplateUse::None);
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (name, language) = (text(&content["name"]), language(&text(&content["language"]["code"])));
        let found = self.template_get(&TemplateId::of(waba_id, &name, &language)).await?;
        Ok(match found {
            Some(template) => TemplateUse::Found(Box::new(template)),
            None => TemplateUse::Missing { name, language },
        })
    }

    /// A part of the list as it is to be seen at one moment. `now`: when the reader began.
    async fn templates_seen(
        &self,
        part: Part<'_>,
        after: Option<&str>,
        now: Time,
    ) -> Result<Page<Template>, StoreError> {
        let mut read = self.templates_read(part, after).await?;
        let mut committed = self.committed(&read.items, now).await?;
        // A run that was committed after some of these rows were read, and before others, would show in half of them.
        for _ in 0..TRIES_MAX {
            if !committed.is_fresh {
                break;
            }
            read = self.templates_read(part, after).await?;
            let before = std::mem::replace(&mut committed, self.committed(&read.items, now).await?);
            if before.runs == committed.runs {
                break;
            }
        }
        let seen = |held: &Held| held.seen(committed.runs.get(&held.waba_id).copied());
        Ok(Page { items: read.items.iter().filter_map(seen).collect(), next: read.next })
    }

    async fn templates_read(&self, part: Part<'_>, after: Option<&str>) -> Result<Page<Held>, StoreError> {
        let Part { operation, range, limit } = part;
        let range = Range { index: Some(LIST), pk: "templates", range, order: Order::Ascending, limit };
        let page = self.query(operation, range, after).await?;
        Ok(Page { items: self.templates_held(operation, &page.items).await?, next: page.next })
    }

    /// The runs that count for these rows.
    async fn committed(&self, rows: &[Held], now: Time) -> Result<Committed, StoreError> {
        let mut committed = Committed::default();
        for held in rows {
            if committed.runs.contains_key(&held.waba_id) {
                continue;
            }
            let sync = self.template_sync_get(&held.waba_id).await?;
            let run = sync.as_ref().map_or(0, |sync| sync.committed);
            committed.is_fresh |= sync.and_then(|sync| sync.committed_at).is_some_and(|at| at > now.minus(SETTLED));
            committed.runs.insert(held.waba_id.clone(), run);
        }
        committed.is_fresh |= rows.iter().any(|held| held.staged_by() == committed.runs.get(&held.waba_id).copied());
        Ok(committed)
    }

    async fn templates_held(&self, operation: &'static str, entries: &[Attributes]) -> Result<Vec<Held>, StoreError> {
        let rows = self.rows_of(operation, entries).await?;
        rows.into_iter().map(|item| rows::held(operation, item)).collect()
    }

    /// For the rare webhook that says no more than Meta's id.
    pub async fn template_by_meta_id(&self, waba_id: &str, meta_id: &str) -> Result<Option<TemplateId>, StoreError> {
        let held = self.templates_of(waba_id).await?;
        let is_it = |held: &Held| held.seen(None).is_some_and(|template| template.meta_id == meta_id);
        Ok(held.into_iter().find(is_it).map(|held| held.id))
    }

    /// All that is held of one account, with what is staged there.
    pub async fn templates_of(&self, waba_id: &str) -> Result<Vec<Held>, StoreError> {
        const OPERATION: &str = "templates_of";
        let (low, high) = keys::list_templates_of(waba_id);
        let mut templates = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let range = Range {
                index: Some(LIST),
                pk: "templates",
                range: Some((&low, &high)),
                order: Order::Ascending,
                limit: 100,
            };
            let page = self.query(OPERATION, range, after.as_ref().map(|cursor| cursor.0.as_str())).await?;
            templates.extend(self.templates_held(OPERATION, &page.items).await?);
            after = page.next;
            if after.is_none() {
                return Ok(templates);
            }
        }
    }
}
