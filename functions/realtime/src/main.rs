//! `realtime`: the open sockets of the business's people.
use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use realtime::{Invocation, Realtime};
use runtime::Fatal;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let function = Realtime::new(&boot).await?;
        let function = &function;
        let serve = service_fn(move |event: LambdaEvent<Invocation>| function.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
