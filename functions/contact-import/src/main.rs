//! `contact-import`: tables of contacts, row by row.
use std::process::ExitCode;

use aws_lambda_events::sqs::SqsEvent;
use contact_import::Import;
use domain::Time;
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::Fatal;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let function = Import::new(&boot).await?;
        let function = &function;
        let serve = service_fn(move |event: LambdaEvent<SqsEvent>| {
            function.handle(event.payload, Time::from_millis(event.context.deadline.cast_signed()))
        });
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
