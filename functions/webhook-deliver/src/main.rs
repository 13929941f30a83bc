//! `webhook-deliver`: events, to the business's own webhooks.
use std::process::ExitCode;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::Fatal;
use webhook_deliver::Deliver;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let function = Deliver::new(&boot).await?;
        let function = &function;
        let serve = service_fn(move |event: LambdaEvent<SqsEvent>| function.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
