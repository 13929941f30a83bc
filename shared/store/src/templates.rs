//! The mirror of Meta's template lists, and how the last sync of each account went.
use domain::Time;
use domain::ids::TemplateId;
use domain::sending::TemplateUse;
use domain::template::{SyncState, Template, TemplateSync, language};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codec::{Attributes, Row, decode, encode};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, LIST};
use crate::table::{Order, Range, Store};

mod fallbacks;

#[derive(Serialize, Deserialize)]
struct TemplateRow {
    id: String,
    waba_id: String,
    meta_id: String,
    name: String,
    language: String,
    status: String,
    category: String,
    parameter_format: String,
    components: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_reason: Option<String>,
    synced_at: i64,
}

impl Row for TemplateRow {
    const ENTITY: &'static str = "template";
}

#[derive(Serialize, Deserialize)]
struct TemplateSyncRow {
    waba_id: String,
    state: String,
    requested_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<i64>,
    listed: u64,
    changed: u64,
    deleted: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Row for TemplateSyncRow {
    const ENTITY: &'static str = "template-sync";
}

fn to_row(template: &Template) -> TemplateRow {
    TemplateRow {
        id: template.id.to_string(),
        waba_id: template.waba_id.clone(),
        meta_id: template.meta_id.clone(),
        name: template.name.clone(),
        language: template.language.clone(),
        status: template.status.clone(),
        category: template.category.clone(),
        parameter_format: template.parameter_format.clone(),
        components: template.components.to_string(),
        quality: template.quality.clone(),
        rejected_reason: template.rejected_reason.clone(),
        synced_at: template.synced_at.millis(),
    }
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Template, StoreError> {
    let row: TemplateRow = decode(operation, item)?;
    Ok(Template {
        id: TemplateId::parse(&row.id).ok_or_else(|| StoreError::row(operation, "a template's id"))?,
        waba_id: row.waba_id,
        meta_id: row.meta_id,
        name: row.name,
        language: row.language,
        status: row.status,
        category: row.category,
        parameter_format: row.parameter_format,
        components: serde_json::from_str(&row.components).map_err(|error| StoreError::row(operation, error))?,
        quality: row.quality,
        rejected_reason: row.rejected_reason,
        synced_at: Time::from_millis(row.synced_at),
    })
}

pub(crate) fn read_sync(operation: &'static str, item: Attributes) -> Result<TemplateSync, StoreError> {
    let row: TemplateSyncRow = decode(operation, item)?;
    Ok(TemplateSync {
        waba_id: row.waba_id,
        state: SyncState::parse(&row.state).ok_or_else(|| StoreError::row(operation, "a sync's state"))?,
        requested_at: Time::from_millis(row.requested_at),
        finished_at: row.finished_at.map(Time::from_millis),
        listed: row.listed,
        changed: row.changed,
        deleted: row.deleted,
        problem: row.problem,
    })
}

/// What a webhook says of a template: members that it does not tell stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateWord {
    pub status: Option<String>,
    pub rejected_reason: Option<String>,
    pub quality: Option<String>,
    pub category: Option<String>,
}

impl Store {
    /// Takes over what a webhook says of a template that is held, if nothing later is known; a list that was read after it
    /// is later. Meta's times are whole seconds, and ours are not: what comes in the same second is taken over.
    pub async fn template_told(&self, id: &TemplateId, word: &TemplateWord, at: Time) -> Result<(), StoreError> {
        let reason = word.status.as_ref().and(word.rejected_reason.as_ref());
        let members = [
            ("status", word.status.as_ref()),
            ("quality", word.quality.as_ref()),
            ("category", word.category.as_ref()),
        ];
        for (name, value) in members.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            let mut values = values([
                (":value", s(value)),
                (":at", n(at.millis())),
                (":end", n(at.plus(std::time::Duration::from_millis(999)).millis())),
            ]);
            let mut expression = format!("SET #{name} = :value, #{name}_at = :at");
            if let Some(reason) = reason.filter(|_| name == "status") {
                expression.push_str(", #rejected_reason = :reason");
                values.insert(":reason".to_owned(), s(reason));
            }
            let condition = format!(
                "attribute_exists(#pk) AND #synced_at <= :end AND (attribute_not_exists(#{name}_at) OR #{name}_at < :at)"
            );
            self.update("template_told", &keys::template(id), &expression, &condition, values).await?;
        }
        Ok(())
    }

    /// Writes templates as Meta lists them: Meta's side is the truth, the last list wins.
    pub async fn templates_put<'a>(&self, templates: impl Iterator<Item = &'a Template>) -> Result<(), StoreError> {
        const OPERATION: &str = "templates_put";
        let item = |template: &Template| {
            let list = keys::list_templates(&template.waba_id, &template.name, &template.language);
            encode(OPERATION, &keys::template(&template.id), Some(&list), &to_row(template))
        };
        self.put_many(OPERATION, templates.map(item).collect::<Result<_, _>>()?).await
    }

    pub async fn template_get(&self, id: &TemplateId) -> Result<Option<Template>, StoreError> {
        const OPERATION: &str = "template_get";
        self.get(OPERATION, &keys::template(id)).await?.map(|item| read(OPERATION, item)).transpose()
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

    /// By account, name and language.
    pub async fn templates_page(&self, limit: usize, after: Option<&Cursor>) -> Result<Page<Template>, StoreError> {
        const OPERATION: &str = "templates_page";
        let range = Range { index: Some(LIST), pk: "templates", range: None, order: Order::Ascending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let rows = self.rows_of(OPERATION, &page.items).await?;
        let items = rows.into_iter().map(|item| read(OPERATION, item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// All that is held of one account.
    pub async fn templates_of(&self, waba_id: &str) -> Result<Vec<Template>, StoreError> {
        self.templates_between("templates_of", keys::list_templates_of(waba_id)).await
    }

    /// One template in all its languages.
    pub async fn templates_named(&self, waba_id: &str, name: &str) -> Result<Vec<Template>, StoreError> {
        self.templates_between("templates_named", keys::list_templates_named(waba_id, name)).await
    }

    async fn templates_between(
        &self,
        operation: &'static str,
        (low, high): (String, String),
    ) -> Result<Vec<Template>, StoreError> {
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
            let page = self.query(operation, range, after.as_ref().map(|cursor| cursor.0.as_str())).await?;
            for item in self.rows_of(operation, &page.items).await? {
                templates.push(read(operation, item)?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(templates);
            }
        }
    }

    pub async fn template_sync_get(&self, waba_id: &str) -> Result<Option<TemplateSync>, StoreError> {
        const OPERATION: &str = "template_sync_get";
        self.get(OPERATION, &keys::template_sync(waba_id)).await?.map(|item| read_sync(OPERATION, item)).transpose()
    }

    /// A request, or the outcome of one. The later one is right.
    pub async fn template_sync_put(&self, sync: &TemplateSync) -> Result<(), StoreError> {
        const OPERATION: &str = "template_sync_put";
        let row = TemplateSyncRow {
            waba_id: sync.waba_id.clone(),
            state: sync.state.to_string(),
            requested_at: sync.requested_at.millis(),
            finished_at: sync.finished_at.map(Time::millis),
            listed: sync.listed,
            changed: sync.changed,
            deleted: sync.deleted,
            problem: sync.problem.clone(),
        };
        self.put(OPERATION, encode(OPERATION, &keys::template_sync(&sync.waba_id), None, &row)?).await
    }
}
