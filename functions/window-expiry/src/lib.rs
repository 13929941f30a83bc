//! Closes customer service windows whose time has come. Runs every minute.
//!
//! Guarantee: a window is closed only if it still ends when it was seen to end, so a message that comes in at the same
//! moment keeps it open; what fails now is found again a minute later.
use domain::conversation::{Conversation, Expiry as Verdict, expiry};
use runtime::{Boot, Fatal, chain, clock};
use serde::{Deserialize, Serialize};
use store::{Store, StoreError};

/// Conversations looked at in one go, of each shard.
const PAGE: usize = 100;
/// Goes of one run; what is left waits a minute.
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
        let mut report = Report::default();
        for _ in 0..PAGES_MAX {
            let due = self.store.windows_due(clock::now(), PAGE).await?;
            let before = report.failed;
            for conversation in &due {
                if let Err(error) = self.look(conversation, &mut report).await {
                    tracing::error!(conversation.id = conversation.id.as_str(), error = chain(&error), "not closed");
                    report.failed += 1;
                }
            }
            // Those that failed stay due and would be met again at once.
            if due.len() < PAGE || report.failed > before {
                break;
            }
        }
        Ok(report)
    }

    async fn look(&self, conversation: &Conversation, report: &mut Report) -> Result<(), StoreError> {
        let Some(window) = conversation.window else { return Ok(()) };
        match expiry(Some(&window), clock::now()) {
            Verdict::Close => {
                if self.store.window_close(conversation, window).await? {
                    report.closed += 1;
                }
            }
            Verdict::LookAgain(at) => {
                self.store.window_look_again(&conversation.id, window.closes_at, at).await?;
                report.extended += 1;
            }
            Verdict::Nothing => {}
        }
        Ok(())
    }
}
