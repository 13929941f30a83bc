//! `template-sync`: Meta's template lists, into the mirror.
use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use runtime::Fatal;
use template_sync::{Sync, Trigger};

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let function = Sync::new(&boot).await?;
        let function = &function;
        let serve = service_fn(move |event: LambdaEvent<Trigger>| function.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
