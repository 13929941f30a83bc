//! `webhook-ingest`: Meta's webhook, from API Gateway to the inbound queue.
use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use runtime::Fatal;
use webhook_ingest::{HttpEvent, Ingest};

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let ingest = Ingest::new(&boot).await?;
        let ingest = &ingest;
        let serve = service_fn(move |event: LambdaEvent<HttpEvent>| ingest.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
