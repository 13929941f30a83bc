//! The list of templates with filters: the account narrows what is read, the rest passes over what does not fit.
use domain::Time;
use domain::template::Template;

use super::Part;
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys;
use crate::table::Store;

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
    /// By account, name and language. `now`: when the reader began.
    pub async fn templates_filtered(
        &self,
        filter: &TemplateFilter,
        limit: usize,
        after: Option<&Cursor>,
        now: Time,
    ) -> Result<Page<Template>, StoreError> {
        let bounds = filter.range();
        let range = bounds.as_ref().map(|(low, high)| (low.as_str(), high.as_str()));
        let part = Part { operation: "templates_filtered", range, limit: STEP };
        let mut after = after.map(|cursor| cursor.0.clone());
        let mut items: Vec<Template> = Vec::new();
        loop {
            let page = self.templates_seen(part, after.as_deref(), now).await?;
            items.extend(page.items.into_iter().filter(|template| filter.takes(template)));
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
