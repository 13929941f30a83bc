//! The mirror of Meta's template lists: reading it. What a sync has staged counts for all readers at the same moment.
use domain::ids::TemplateId;
use domain::sending::TemplateUse;
use domain::template::{Template, language};
use serde_json::Value;

use crate::codec::Attributes;
use crate::cursor::Cursor;
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
use rows::Committed;
pub use rows::Held;
pub(crate) use syncs::read_sync;

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

    /// The templates behind entries of the list, as they are all to be seen at one moment.
    async fn templates_seen(
        &self,
        operation: &'static str,
        entries: &[Attributes],
    ) -> Result<Vec<Template>, StoreError> {
        let mut rows = self.templates_held(operation, entries).await?;
        let committed = self.committed(&rows).await?;
        // A run that was committed after some of these rows were read, and before others, would show in half of them.
        if rows.iter().any(|held| held.staged_by() == committed.get(&held.waba_id).copied()) {
            rows = self.templates_held(operation, entries).await?;
        }
        Ok(rows.iter().filter_map(|held| held.seen(committed.get(&held.waba_id).copied())).collect())
    }

    /// The runs that count for rows in which something is staged; nothing is read where nothing is.
    async fn committed(&self, rows: &[Held]) -> Result<Committed, StoreError> {
        let mut committed = Committed::new();
        for held in rows.iter().filter(|held| held.staged_by().is_some()) {
            if !committed.contains_key(&held.waba_id) {
                let run = self.template_sync_get(&held.waba_id).await?.map_or(0, |sync| sync.committed);
                committed.insert(held.waba_id.clone(), run);
            }
        }
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
