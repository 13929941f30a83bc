//! The daily proof that the ledger adds up. Where it does not, a person is told: by an event, and by a dead letter, whose queue has
//! an alarm.
use std::time::Duration;

use domain::wallet::Proof;
use queue::Entry;
use runtime::clock;
use store::Proved;

use crate::CreditDesk;
use crate::error::CreditError;

/// How often it is looked again: while money moves nothing can be said, and what is held shows in the index a moment later.
const TRIES_MAX: u32 = 8;

const PAUSE: Duration = Duration::from_millis(500);

impl CreditDesk {
    /// In how many ways the ledger does not add up.
    pub(crate) async fn prove(&self) -> Result<usize, CreditError> {
        let mut last: Option<Proof> = None;
        for _ in 0..TRIES_MAX {
            let proof = self.store.ledger_prove(clock::now()).await?;
            let is_balanced = proof.as_ref().is_some_and(|proof| proof.differences().is_empty());
            last = proof.or(last);
            if is_balanced {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let Some(proof) = last else { return Ok(0) };
        let proved = Proved::from(&proof);
        self.store.proof_put(&proved).await?;
        if !proved.differences.is_empty() {
            let words: Vec<&str> = proved.differences.iter().map(|difference| difference.word()).collect();
            let (reason, once) = (format!("the ledger does not add up: {}", words.join(", ")), proved.at.sortable());
            let letter = Entry { body: format!("{proof:?}"), group: Some("proof".to_owned()), once: Some(once) };
            tracing::error!(differences = words.join(", "), "the ledger does not add up");
            self.dead_letters.park(&letter, &reason).await?;
        }
        Ok(proved.differences.len())
    }
}
