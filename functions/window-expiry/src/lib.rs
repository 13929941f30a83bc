//! Tells that customer service windows are about to close, and closes those whose time has come. Runs every minute.
//!
//! Guarantees: a window is closed, and its notice told, only if it still ends when it was seen to end, so a message that comes in
//! at the same moment keeps it open; the notice of an end is told once, and not after it; what fails now is found again a minute
//! later. How long before the end the notice is told is read with each run, and holds for all windows that are open then.
use std::time::Duration;

use domain::Time;
use domain::conversation::{Look, PROMPT, WINDOW, look};
use runtime::{Boot, Fatal, chain, clock};
use serde::{Deserialize, Serialize};
use store::{DueWindow, DueWindows, Store, StoreError};

/// Conversations looked at in one go.
const PAGE: usize = 100;
/// Goes of one run for one shard; what is left waits a minute.
const PAGES_MAX: usize = 20;

pub struct Expiry {
    store: Store,
}

/// The schedule's event. Only the clock matters, and that is our own.
#[derive(Debug, Deserialize)]
pub struct Tick {}

/// What a run did, for whoever invokes it by hand.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub closed: usize,
    /// Windows whose notice had its time, whether or not somebody waited for an answer.
    pub noticed: usize,
    pub extended: usize,
    pub failed: usize,
}

impl Expiry {
    pub async fn new(boot: &Boot) -> Result<Expiry, Fatal> {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        boot.warm_dynamodb().await;
        Ok(Expiry { store })
    }

    pub async fn handle(&self, _: Tick) -> Result<Report, lambda_runtime::Error> {
        let notice = self.store.settings_get().await?.window.closing_notice();
        let mut report = Report::default();
        let now = clock::now();
        for shard in 0..DueWindows::SHARDS {
            self.shard(DueWindows::Closing, shard, closing_until(notice, now), notice, &mut report).await?;
            let until = notice.map_or(now, |notice| now.plus(notice));
            self.shard(DueWindows::Noticing, shard, until, notice, &mut report).await?;
        }
        Ok(report)
    }

    async fn shard(
        &self,
        which: DueWindows,
        shard: u8,
        until: Time,
        notice: Option<Duration>,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let mut after = None;
        for _ in 0..PAGES_MAX {
            let page = self.store.windows_due(which, shard, until, PAGE, after.as_ref()).await?;
            for due in &page.items {
                if let Err(error) = self.look(due, notice, report).await {
                    let id = due.conversation.id.as_str();
                    tracing::error!(conversation.id = id, error = chain(&error), "left for the next run");
                    report.failed += 1;
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn look(&self, due: &DueWindow, notice: Option<Duration>, report: &mut Report) -> Result<(), StoreError> {
        let DueWindow { conversation, is_misplaced } = due;
        let Some(window) = conversation.window else { return Ok(()) };
        match look(conversation, notice, clock::now()) {
            Look::Close => report.closed += usize::from(self.store.window_close(conversation, window).await?),
            Look::Notice => report.noticed += usize::from(self.store.window_notice(conversation, window).await?),
            Look::Later if *is_misplaced => {
                self.store.window_look_again(conversation).await?;
                report.extended += 1;
            }
            Look::Later | Look::Nothing => {}
        }
        Ok(())
    }
}

/// A window that was extended after its notice is found at its former end; one that a late message extended has its place anew.
/// With a notice of about half a window or more the next one may come before that: the customer wrote within the notice before
/// the former end, and a little earlier than we heard of it, so the new end is at least a window less both behind it.
fn closing_until(notice: Option<Duration>, now: Time) -> Time {
    let ahead = notice.map(|notice| notice.saturating_mul(2).saturating_add(PROMPT).saturating_sub(WINDOW));
    now.plus(ahead.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_notice_of_about_half_a_window_looks_ahead() {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let now = Time::from_seconds(1_000_000);
        for (notice, ahead) in [(None, 0), (Some(2), 0), (Some(11), 0), (Some(12), 1), (Some(20), 17)] {
            assert_eq!(closing_until(notice.map(hours), now), now.plus(hours(ahead)), "{notice:?}");
        }
    }
}
