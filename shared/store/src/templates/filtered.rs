//! The list of templates with filters: the account narrows what is read, the rest passes over what does not fit.
use domain::template::Template;

use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys::{self, LIST};
use crate::table::{Order, Range, Store};

/// How many rows are looked at in one go.
const STEP: usize = 100;

/// Only templates of which all that is given is true; words in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateFilter {
    pub waba_id: Option<String>,
    pub name: Option<String>,
    pub language: Option<String>,
    pub status: Option<String>,
    pub category: Option<String>,
}

impl TemplateFilter {
    fn takes(&self, template: &Template) -> bool {
        let same = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        let word = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
        };
        same(&self.waba_id, &template.waba_id)
            && same(&self.name, &template.name)
            && same(&self.language, &template.language)
            && word(&self.status, &template.status)
            && word(&self.category, &template.category)
    }

    fn range(&self) -> Option<(String, String)> {
        let waba_id = self.waba_id.as_ref()?;
        Some(match &self.name {
            Some(name) => keys::list_templates_named(waba_id, name),
            None => keys::list_templates_of(waba_id),
        })
    }
}

impl Store {
    /// By account, name and language.
    pub async fn templates_filtered(
        &self,
        filter: &TemplateFilter,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Template>, StoreError> {
        const OPERATION: &str = "templates_filtered";
        let bounds = filter.range();
        let range = bounds.as_ref().map(|(low, high)| (low.as_str(), high.as_str()));
        let mut after = after.map(|cursor| cursor.0.clone());
        let mut items: Vec<Template> = Vec::new();
        loop {
            let range = Range { index: Some(LIST), pk: "templates", range, order: Order::Ascending, limit: STEP };
            let page = self.query(OPERATION, range, after.as_deref()).await?;
            let seen = self.templates_seen(OPERATION, &page.items).await?;
            items.extend(seen.into_iter().filter(|template| filter.takes(template)));
            if items.len() > limit {
                items.truncate(limit);
                let last = items.last().map(|last| keys::list_templates(&last.waba_id, &last.name, &last.language).1);
                return Ok(Page { items, next: last.map(Cursor) });
            }
            match page.next {
                Some(next) => after = Some(next.0),
                None => return Ok(Page { items, next: None }),
            }
        }
    }
}
