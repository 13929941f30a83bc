//! `webhook-ingest`: Meta's webhook, from API Gateway to the inbound queue.
use std::process::ExitCode;

use webhook_ingest::Ingest;

fn main() -> ExitCode {
    runtime::serve(Ingest::new, |ingest, event| async move { ingest.handle(event).await })
}
