//! `credit-topup`: what moves money, into the ledger.
use std::process::ExitCode;

use credit_topup::{CreditDesk, Trigger};
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::Fatal;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let function = CreditDesk::new(&boot).await?;
        let function = &function;
        let serve = service_fn(move |event: LambdaEvent<Trigger>| function.handle(event.payload));
        lambda_runtime::run(serve).await.map_err(Fatal::Lambda)
    })
}
