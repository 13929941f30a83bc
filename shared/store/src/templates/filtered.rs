//! The list of templates with filters: the account narrows what is read, the rest passes over what does not fit.
use std::collections::BTreeMap;
use std::time::Duration;

use domain::Time;
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

/// Long after a commit nobody can have begun to read before it, whatever the clocks say.
const SETTLED: Duration = Duration::from_secs(15);
const TRIES_MAX: u32 = 4;

/// The runs that count, by account.
#[derive(Default)]
struct Runs {
    committed: BTreeMap<String, u64>,
    /// One of them was committed just now.
    is_fresh: bool,
}

impl Store {
    /// By account, name and language, as all of it is at one moment. `now`: when the reader began.
    pub async fn templates_filtered(
        &self,
        filter: &TemplateFilter,
        limit: usize,
        after: Option<&Cursor>,
        now: Time,
    ) -> Result<Page<Template>, StoreError> {
        let mut page = self.templates_filtered_once(filter, limit, after).await?;
        let mut runs = self.runs_of(&page.items, now).await?;
        // A run that was committed after some of these rows were read, and before others, would show in half of them.
        for _ in 0..TRIES_MAX {
            if !runs.is_fresh {
                break;
            }
            page = self.templates_filtered_once(filter, limit, after).await?;
            let before = std::mem::replace(&mut runs, self.runs_of(&page.items, now).await?);
            if before.committed == runs.committed {
                break;
            }
        }
        Ok(page)
    }

    async fn runs_of(&self, templates: &[Template], now: Time) -> Result<Runs, StoreError> {
        let mut runs = Runs::default();
        for template in templates {
            if runs.committed.contains_key(&template.waba_id) {
                continue;
            }
            let sync = self.template_sync_get(&template.waba_id).await?;
            runs.committed.insert(template.waba_id.clone(), sync.as_ref().map_or(0, |sync| sync.committed));
            runs.is_fresh |= sync.and_then(|sync| sync.committed_at).is_some_and(|at| at > now.minus(SETTLED));
        }
        Ok(runs)
    }

    async fn templates_filtered_once(
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
