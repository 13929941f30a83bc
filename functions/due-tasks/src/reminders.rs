//! Notifications whose reminder's time has come, and what waited for the end of somebody's quiet hours.
//!
//! Guarantee: nothing comes before its time, and what has come is told once, by the row's change.
use runtime::clock;
use store::StoreError;

use crate::{DueTasks, Report};

/// Of each shard in one run; what is left waits a minute.
const REMINDERS_MAX: usize = 500;

impl DueTasks {
    pub(crate) async fn reminders(&self, report: &mut Report) -> Result<(), StoreError> {
        let now = clock::now();
        for due in self.store.reminders_due(now, REMINDERS_MAX).await? {
            let is_asked = due.reminder.is_some_and(|reminder| reminder.only_if_unanswered);
            let waits = match is_asked {
                true => self.store.conversation_get(&due.conversation_id).await?,
                false => None,
            };
            let waits = !is_asked || waits.is_some_and(|conversation| conversation.waiting_since.is_some());
            // Others may have changed it meanwhile; then it is found by the next run, or of no matter.
            if let Some(next) = due.reminded(waits, now) {
                report.reminded += usize::from(self.store.notification_write(&next).await?);
            }
        }
        for due in self.store.summaries_due(now, REMINDERS_MAX).await? {
            report.summarized += usize::from(self.store.summary_wake(&due).await?);
        }
        Ok(())
    }
}
