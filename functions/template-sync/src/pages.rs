//! One page of a list, read again where its failure may pass: the pages before it are not read anew.
use std::time::Duration;

use domain::Retry;
use whatsapp::client::{Client, ClientError};
use whatsapp::templates::Page;

use crate::Sync;

/// How often a page is asked for, and how long to wait before the next time, at first and at most.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(4);

impl Sync {
    /// What lasts longer than a few seconds is left to the queue, which brings the whole list again.
    pub(crate) async fn page(&self, client: &Client, waba_id: &str, after: Option<&str>) -> Result<Page, ClientError> {
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            let error = match client.templates_page(waba_id, after).await {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            match error.retry() {
                Retry::Now | Retry::After(_) if tries < TRIES => tokio::time::sleep(pause).await,
                Retry::Now | Retry::After(_) | Retry::Never => return Err(error),
            }
            (tries, pause) = (tries.saturating_add(1), pause.saturating_mul(4).min(PAUSE_MAX));
        }
    }
}
