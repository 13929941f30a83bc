//! `inbound-apply`: atoms of webhooks, from the inbound queue to the table.
use std::process::ExitCode;

use aws_lambda_events::sqs::SqsEvent;
use inbound_apply::Apply;
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::Fatal;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let apply = Apply::new(&boot).await?;
        let apply = &apply;
        let serve = service_fn(move |event: LambdaEvent<SqsEvent>| apply.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
