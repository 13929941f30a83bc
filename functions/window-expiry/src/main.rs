//! `window-expiry`: closes windows whose time has come.
use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use runtime::Fatal;
use window_expiry::{Expiry, Tick};

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let function = Expiry::new(&boot).await?;
        let function = &function;
        let serve = service_fn(move |event: LambdaEvent<Tick>| function.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
