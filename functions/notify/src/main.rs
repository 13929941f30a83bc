//! `notify`: what the people of the business are told.
use std::process::ExitCode;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{LambdaEvent, service_fn};
use notify::Notify;
use runtime::Fatal;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let function = Notify::new(&boot).await?;
        let function = &function;
        let serve = service_fn(move |event: LambdaEvent<SqsEvent>| function.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
