//! `due-tasks`: sends on what was held back and may go on.
use std::process::ExitCode;

use due_tasks::{DueTasks, Tick};
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::Fatal;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let function = DueTasks::new(&boot).await?;
        let function = &function;
        let serve = service_fn(move |event: LambdaEvent<Tick>| function.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
