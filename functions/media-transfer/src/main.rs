//! `media-transfer`: files, from Meta to the bucket and from the bucket to Meta.
use std::process::ExitCode;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{LambdaEvent, service_fn};
use media_transfer::Transfer;
use runtime::Fatal;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let function = Transfer::new(&boot).await?;
        let function = &function;
        let serve = service_fn(move |event: LambdaEvent<SqsEvent>| function.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
