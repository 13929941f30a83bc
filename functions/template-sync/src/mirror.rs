//! One account's list: read whole, compared, written.
use domain::Time;
use domain::ids::TemplateId;
use domain::template::{SyncState, Template, TemplateSync, sync};
use runtime::{chain, clock};
use whatsapp::templates::WireTemplate;

use crate::{Sync, SyncError};

/// Meta allows 6,000 templates for an account; a page holds at least 25.
const PAGES_MAX: usize = 400;

impl Sync {
    pub(crate) async fn mirror(&self, waba_id: &str, requested_at: Time) -> Result<(), SyncError> {
        let mut outcome = TemplateSync {
            waba_id: waba_id.to_owned(),
            state: SyncState::Done,
            requested_at,
            finished_at: None,
            listed: 0,
            changed: 0,
            deleted: 0,
            problem: None,
        };
        let result = self.apply(waba_id, &mut outcome).await;
        if let Err(error) = &result {
            outcome.state = SyncState::Failed;
            outcome.problem = Some(chain(error));
        }
        outcome.finished_at = Some(clock::now());
        self.store.template_sync_put(&outcome).await?;
        result
    }

    async fn apply(&self, waba_id: &str, outcome: &mut TemplateSync) -> Result<(), SyncError> {
        let now = clock::now();
        let listed = self.list(waba_id, now).await?;
        let held = self.store.templates_of(waba_id).await?;
        let plan = sync(&held, &listed, now);
        self.store.templates_put(plan.changed.iter().chain(&plan.deleted)).await?;
        let count = |templates: &[Template]| u64::try_from(templates.len()).unwrap_or(u64::MAX);
        (outcome.listed, outcome.changed, outcome.deleted) =
            (count(&listed), count(&plan.changed), count(&plan.deleted));
        Ok(())
    }

    /// The whole list.
    async fn list(&self, waba_id: &str, now: Time) -> Result<Vec<Template>, SyncError> {
        let mut templates = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = self.asked(async |client| client.templates_page(waba_id, after.as_deref()).await).await?;
            templates.extend(page.templates.iter().filter_map(|wire| to_domain(waba_id, wire, now)));
            after = page.next;
            if after.is_none() {
                return Ok(templates);
            }
        }
        Err(SyncError::Endless { pages: PAGES_MAX })
    }
}

/// A template without a name or a language cannot be sent, so it is none.
pub(crate) fn to_domain(waba_id: &str, wire: &WireTemplate, now: Time) -> Option<Template> {
    let (name, language) = (wire.name.clone()?, wire.language.clone()?);
    Some(Template {
        id: TemplateId::of(waba_id, &name, &language),
        waba_id: waba_id.to_owned(),
        meta_id: wire.id.clone().unwrap_or_default(),
        name,
        language,
        status: wire.status.as_ref().map_or("UNKNOWN", |status| status.word()).to_owned(),
        category: wire.category.as_ref().map_or("UNKNOWN", |category| category.word()).to_owned(),
        parameter_format: wire.parameter_format.as_ref().map_or("POSITIONAL", |format| format.word()).to_owned(),
        components: serde_json::Value::Array(wire.components.clone()),
        quality: wire.quality.as_ref().map(|quality| quality.word().to_owned()),
        rejected_reason: wire.rejected_reason.clone(),
        synced_at: now,
    })
}
