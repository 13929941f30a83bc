//! Events whose next try to deliver them is due.
use runtime::clock;
use store::StoreError;

use crate::{DueTasks, Report};

/// Of each shard, in one run.
const DUE_MAX: usize = 500;

impl DueTasks {
    /// Each is woken by the write that takes it out of the index, so that two runs at once wake it once.
    pub(crate) async fn webhooks(&self, report: &mut Report) -> Result<(), StoreError> {
        for delivery in self.store.deliveries_due(clock::now(), DUE_MAX).await? {
            report.delivered_again += usize::from(self.store.delivery_update(&delivery.woken()).await?);
        }
        Ok(())
    }
}
