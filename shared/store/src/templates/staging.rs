//! How a list becomes the mirror as one change: rows are staged, one write of the account's sync row makes them count, and
//! then they are folded, each into its content.
//!
//! Guarantee: a reader sees all of a list or nothing of it, wherever its sync was cut off; a webhook that comes in between
//! is neither lost nor undone.
use domain::Time;
use domain::ids::TemplateId;
use domain::template::{Note, Template, merge};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::rows::{self, CONTENT, Held};
use crate::error::StoreError;
use crate::expression::{Values, n, s, values};
use crate::keys;
use crate::table::{Put, Store, Updated};

/// How many rows are written at once.
const ABREAST: usize = 8;
/// How often a row that others change at the same moment is read anew.
const TRIES_MAX: u32 = 8;

impl Store {
    /// Puts what a list says of templates beside what they show. A later run's rows stay.
    pub async fn templates_stage(&self, run: u64, templates: &[Template]) -> Result<(), StoreError> {
        each(templates, |template| self.template_stage(run, template)).await
    }

    async fn template_stage(&self, run: u64, template: &Template) -> Result<(), StoreError> {
        const OPERATION: &str = "template_stage";
        let (list_pk, list_sk) = keys::list_templates(&template.waba_id, &template.name, &template.language);
        let values = values([
            (":next", s(rows::staged(OPERATION, template)?)),
            (":run", n(run)),
            (":entity", s("template")),
            (":v", n(1)),
            (":list_pk", s(list_pk)),
            (":list_sk", s(list_sk)),
            (":id", s(template.id.as_str())),
            (":waba_id", s(&template.waba_id)),
            (":name", s(&template.name)),
            (":language", s(&template.language)),
        ]);
        let expression = "SET #next = :next, #next_run = :run, #entity = :entity, #v = :v, #list_pk = :list_pk, \
                          #list_sk = :list_sk, #id = :id, #waba_id = :waba_id, #name = :name, #language = :language";
        let condition = "attribute_not_exists(#next_run) OR #next_run <= :run";
        match self.update(OPERATION, &keys::template(&template.id), expression, condition, values).await? {
            Updated::Done => Ok(()),
            // This run was given up for dead and another one has come so far.
            Updated::Refused(_) => Err(StoreError::Contended { operation: OPERATION }),
        }
    }

    /// Makes what a committed run staged the content of its rows.
    pub async fn templates_fold(&self, run: u64, ids: &[TemplateId]) -> Result<(), StoreError> {
        each(ids, |id| self.template_fold(run, id)).await
    }

    async fn template_fold(&self, run: u64, id: &TemplateId) -> Result<(), StoreError> {
        const OPERATION: &str = "template_fold";
        for _ in 0..TRIES_MAX {
            let item = self.get(OPERATION, &keys::template(id)).await?;
            let Some(held) = item.map(|item| rows::held(OPERATION, item)).transpose()? else { return Ok(()) };
            let Some(mut next) = held.seen(Some(run)).filter(|_| held.staged_by() == Some(run)) else { return Ok(()) };
            next.course.revision = held.revision().saturating_add(1);
            if self.template_write(OPERATION, &held, &next, Some(run)).await? {
                return Ok(());
            }
        }
        Err(StoreError::Contended { operation: OPERATION })
    }

    /// Takes away what runs staged that never committed; a row that shows nothing else goes with it.
    pub async fn templates_discard(&self, held: &[Held]) -> Result<(), StoreError> {
        each(held, |held| self.template_discard(held)).await
    }

    async fn template_discard(&self, held: &Held) -> Result<(), StoreError> {
        const OPERATION: &str = "template_discard";
        let Some(run) = held.staged_by() else { return Ok(()) };
        let values = values([(":run", n(run))]);
        let key = keys::template(&held.id);
        if held.is_bare() {
            return self.delete(OPERATION, &key, "#next_run = :run AND attribute_not_exists(#synced_at)", values).await;
        }
        self.update(OPERATION, &key, "REMOVE #next, #next_run", "#next_run = :run", values).await?;
        Ok(())
    }

    /// Takes over what webhooks tell of a template that is held. `false`: there is none, or all of it is known.
    pub async fn template_told(&self, id: &TemplateId, notes: &[Note]) -> Result<bool, StoreError> {
        const OPERATION: &str = "template_told";
        for _ in 0..TRIES_MAX {
            let item = self.get(OPERATION, &keys::template(id)).await?;
            let Some(held) = item.map(|item| rows::held(OPERATION, item)).transpose()? else { return Ok(false) };
            let sync = self.template_sync_get(&held.waba_id).await?;
            let committed = sync.as_ref().map(|sync| sync.committed);
            let Some(seen) = held.seen(committed) else { return Ok(false) };
            let Some(next) = seen.told(notes, sync.and_then(|sync| sync.listed_at)) else { return Ok(false) };
            let folded = held.staged_by().filter(|run| Some(*run) == committed);
            if self.template_write(OPERATION, &held, &next, folded).await? {
                return Ok(true);
            }
        }
        Err(StoreError::Contended { operation: OPERATION })
    }

    /// Takes over what Meta says of one template that was asked for by itself.
    pub async fn template_refresh(&self, listed: &Template) -> Result<(), StoreError> {
        self.template_change(&listed.id, listed, |held| merge(held, listed)).await
    }

    /// Meta said that the template is deleted.
    pub async fn template_deleted(&self, template: &Template, at: Time) -> Result<(), StoreError> {
        self.template_change(&template.id, template, |held| held.unwrap_or(template).deleted(at)).await
    }

    async fn template_change(
        &self,
        id: &TemplateId,
        first: &Template,
        change: impl Fn(Option<&Template>) -> Template,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "template_change";
        for _ in 0..TRIES_MAX {
            let item = self.get(OPERATION, &keys::template(id)).await?;
            let Some(held) = item.map(|item| rows::held(OPERATION, item)).transpose()? else {
                if self.put_new(OPERATION, rows::item(OPERATION, &change(None))?).await? == Put::Written {
                    return Ok(());
                }
                continue;
            };
            let committed = self.template_sync_get(&first.waba_id).await?.map(|sync| sync.committed);
            let seen = held.seen(committed);
            let mut next = change(seen.as_ref());
            if Some(&next) == seen.as_ref() {
                return Ok(());
            }
            next.course.revision = held.revision().saturating_add(1);
            let folded = held.staged_by().filter(|run| Some(*run) == committed);
            if self.template_write(OPERATION, &held, &next, folded).await? {
                return Ok(());
            }
        }
        Err(StoreError::Contended { operation: OPERATION })
    }

    /// Writes the content of a row, if nobody changed it since it was read. `folded`: with what this run staged in it.
    async fn template_write(
        &self,
        operation: &'static str,
        held: &Held,
        next: &Template,
        folded: Option<u64>,
    ) -> Result<bool, StoreError> {
        let mut item = rows::item(operation, next)?;
        let mut values: Values = values([(":seen", n(held.revision()))]);
        let (mut set, mut gone) = (Vec::new(), Vec::new());
        for name in CONTENT {
            match item.remove(name) {
                Some(value) => {
                    values.insert(format!(":{name}"), value);
                    set.push(format!("#{name} = :{name}"));
                }
                None => gone.push(format!("#{name}")),
            }
        }
        let is_unseen =
            if held.is_bare() { "attribute_not_exists(#synced_at)" } else { "attribute_exists(#synced_at)" };
        let mut condition = format!("{is_unseen} AND (attribute_not_exists(#revision) OR #revision = :seen)");
        if let Some(run) = folded {
            gone.extend(["#next", "#next_run"].map(str::to_owned));
            condition.push_str(" AND #next_run = :run");
            values.insert(":run".to_owned(), n(run));
        }
        let removal = if gone.is_empty() { String::new() } else { format!(" REMOVE {}", gone.join(", ")) };
        let expression = format!("SET {}{removal}", set.join(", "));
        let updated = self.update(operation, &keys::template(&held.id), &expression, &condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}

/// Does something for each of many, a few at a time.
async fn each<'a, T, F>(all: &'a [T], act: impl Fn(&'a T) -> F) -> Result<(), StoreError>
where
    F: Future<Output = Result<(), StoreError>>,
{
    stream::iter(all).map(|one| Ok(act(one))).try_buffer_unordered(ABREAST).try_collect().await
}
