//! One run: an account's list is read whole, compared, and applied as one change.
//!
//! Guarantee: until the one write that commits the run, readers see what was there before; after it, all of the list. A run
//! that dies is cleaned up, or brought to its end, by the next one.
use std::collections::BTreeSet;

use domain::Time;
use domain::ids::TemplateId;
use domain::template::{Course, More, SyncState, Template, TemplateSync, sync};
use runtime::{chain, clock};
use store::HeldTemplate;
use whatsapp::templates::WireTemplate;

use crate::Sync;
use crate::error::SyncError;

/// Meta allows 6,000 templates for an account; a page holds at least 25.
const PAGES_MAX: usize = 400;

/// What one run found.
#[derive(Default)]
struct Found {
    listed: Vec<Template>,
    /// Listed without a name or a language: it cannot be sent, so it is none.
    failed: u64,
}

impl Sync {
    /// Runs to the end and tells how it went. `run` has been begun.
    pub(crate) async fn mirror(&self, mut run: TemplateSync) -> Result<(), SyncError> {
        let result = self.apply(&mut run).await;
        if matches!(result, Err(SyncError::Overtaken)) {
            return Ok(());
        }
        let problem = result.as_ref().err().map(|error| chain(error));
        let now = clock::now();
        let ended = |row: Option<TemplateSync>| {
            let row = row.filter(|row| row.run == run.run)?;
            let is_good = problem.is_none();
            let state = match is_good {
                // What was wished for in the meantime is not answered by this run.
                true if run.started_at.is_some_and(|started| row.requested_at > started) => SyncState::Requested,
                true => SyncState::Done,
                false => SyncState::Failed,
            };
            Some(TemplateSync {
                state,
                finished_at: Some(now),
                problem: problem.clone(),
                last_good_at: if is_good { Some(now) } else { row.last_good_at },
                listed_at: if is_good { run.started_at } else { row.listed_at },
                requested_at: row.requested_at,
                urgent_at: row.urgent_at,
                ..run.clone()
            })
        };
        self.store.template_sync_change(&run.waba_id, ended).await?;
        result
    }

    async fn apply(&self, run: &mut TemplateSync) -> Result<(), SyncError> {
        let read_at = run.started_at.unwrap_or_else(clock::now);
        let found = self.list(run, read_at).await?;
        let held = self.store.templates_of(&run.waba_id).await?;
        // An earlier run that was cut off between its commit and its end.
        let unfolded: Vec<TemplateId> =
            held.iter().filter(|held| held.staged_by() == Some(run.committed)).map(|held| held.id.clone()).collect();
        self.store.templates_fold(run.committed, &unfolded).await?;
        let seen: Vec<Template> = held.iter().filter_map(|held| held.seen(Some(run.committed))).collect();
        let plan = sync(&seen, &found.listed, read_at);
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        (run.added, run.deleted, run.failed) = (count(plan.added), count(plan.deleted.len()), found.failed);
        run.changed = count(plan.changed.len()).saturating_sub(run.added);
        let staged: Vec<Template> = plan.changed.into_iter().chain(plan.deleted).collect();
        let ids: BTreeSet<&TemplateId> = staged.iter().map(|template| &template.id).collect();
        // One that was cut off before its commit.
        let is_left =
            |held: &&HeldTemplate| held.staged_by().is_some_and(|by| by != run.committed) && !ids.contains(&held.id);
        let left: Vec<HeldTemplate> = held.iter().filter(is_left).cloned().collect();
        self.store.templates_discard(&left).await?;
        if staged.is_empty() {
            return Ok(());
        }
        self.store.templates_stage(run.run, &staged).await?;
        self.commit(run).await?;
        let ids: Vec<TemplateId> = staged.iter().map(|template| template.id.clone()).collect();
        self.store.templates_fold(run.run, &ids).await?;
        Ok(())
    }

    /// From here on the list counts.
    async fn commit(&self, run: &mut TemplateSync) -> Result<(), SyncError> {
        let (number, now) = (run.run, clock::now());
        let committed = |row: Option<TemplateSync>| {
            let row = row.filter(|row| row.run == number && row.committed != number)?;
            Some(TemplateSync { committed: number, committed_at: Some(now), ..row })
        };
        let row = self.store.template_sync_change(&run.waba_id, committed).await?;
        if row.is_none_or(|row| row.committed != number) {
            return Err(SyncError::Overtaken);
        }
        (run.committed, run.committed_at) = (number, Some(now));
        Ok(())
    }

    /// The whole list. A token that was rotated is read again once.
    async fn list(&self, run: &mut TemplateSync, read_at: Time) -> Result<Found, SyncError> {
        let mut found = Found::default();
        let mut client = self.client().await?;
        let mut is_renewed = false;
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = match self.page(&client, &run.waba_id, after.as_deref()).await {
                Err(error) if error.is_about_credentials() && !is_renewed => {
                    is_renewed = true;
                    self.token.refresh().await?;
                    client = self.client().await?;
                    self.page(&client, &run.waba_id, after.as_deref()).await
                }
                page => page,
            }?;
            for wire in &page.templates {
                match to_domain(&run.waba_id, wire, read_at) {
                    Some(template) => found.listed.push(template),
                    None => found.failed = found.failed.saturating_add(1),
                }
            }
            run.pages = run.pages.saturating_add(1);
            run.listed = u64::try_from(found.listed.len()).unwrap_or(u64::MAX);
            if !self.store.template_sync_progress(run).await? {
                return Err(SyncError::Overtaken);
            }
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
        Err(SyncError::Endless { pages: PAGES_MAX })
    }
}

pub(crate) fn to_domain(waba_id: &str, wire: &WireTemplate, read_at: Time) -> Option<Template> {
    let (name, language) = (wire.name.clone()?, wire.language.clone()?);
    let template = Template {
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
        more: More {
            sub_category: wire.sub_category.clone(),
            previous_category: wire.previous_category.as_ref().map(|category| category.word().to_owned()),
            correct_category: wire.correct_category.as_ref().map(|category| category.word().to_owned()),
            ttl_seconds: wire.ttl_seconds,
            is_link_tracking_off: wire.is_link_tracking_off,
            library_template_name: wire.library_template_name.clone(),
            quality_at: wire.quality_at,
        },
        course: Course::default(),
        synced_at: read_at,
    };
    Some(template)
}
