//! `event-relay`: changes of the table, to the queues and the journal.
use std::process::ExitCode;

use aws_lambda_events::dynamodb::Event as StreamEvent;
use event_relay::Relay;
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::Fatal;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let function = Relay::new(&boot).await?;
        let function = &function;
        let serve = service_fn(move |event: LambdaEvent<StreamEvent>| function.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
