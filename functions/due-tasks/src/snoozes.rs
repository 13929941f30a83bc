//! Conversations that were put off and are to come back. Lists show them by the clock already; here it is told, once.
use runtime::clock;
use store::StoreError;

use crate::{DueTasks, Report};

/// In one run, of each shard.
const SNOOZES_MAX: usize = 500;

impl DueTasks {
    pub(crate) async fn snoozes(&self, report: &mut Report) -> Result<(), StoreError> {
        for due in self.store.snoozes_due(clock::now(), SNOOZES_MAX).await? {
            report.unsnoozed += usize::from(self.store.snooze_end(&due, clock::now()).await?);
        }
        Ok(())
    }
}
