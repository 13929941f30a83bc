//! Waits for a stack to come to rest.
//!
//! Work moves from place to place (webhook, queue, function, table, stream, queue …) and each place is looked at in turn, so one
//! look may miss what moves behind its back. But only an invocation moves work: a look counts if none ran or began during it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Stack;

const LOOK: Duration = Duration::from_millis(2);

/// What was still under way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not at rest after {} ms: {left}", limit.as_millis())]
pub struct Unrest {
    pub limit: Duration,
    pub left: String,
}

pub(super) async fn wait(stack: &Stack, limit: Duration) -> Result<(), Unrest> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(simulator) = &stack.simulator {
            simulator.drain(deadline.saturating_duration_since(Instant::now())).await;
        }
        let before = stack.lambda.activity();
        let left = left(stack).await;
        if left.is_empty() && before == stack.lambda.activity() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let left = if left.is_empty() { "invocations came and went".to_owned() } else { left };
            return Err(Unrest { limit, left });
        }
        sleep(LOOK).await;
    }
}

/// What is under way, in words; empty when nothing is.
async fn left(stack: &Stack) -> String {
    let mut left = Vec::new();
    let running = stack.lambda.activity().running;
    if running > 0 {
        left.push(format!("{running} invocations"));
    }
    if let Some(simulator) = &stack.simulator
        && !simulator.drain(Duration::ZERO).await
    {
        left.push("webhooks on their way".to_owned());
    }
    let functions = stack.template.functions.values();
    for function in functions.filter(|function| !stack.holds.is_held(&function.logical_id)) {
        for mapping in &function.sqs {
            match stack.aws.sqs().depth(&mapping.queue_arn) {
                Ok(depth) if depth.total() == 0 => {}
                Ok(depth) => left.push(format!(
                    "{}: {} visible, {} in flight, {} delayed",
                    mapping.queue_arn.rsplit(':').next().unwrap_or_default(),
                    depth.visible,
                    depth.in_flight,
                    depth.delayed
                )),
                Err(error) => left.push(error.to_string()),
            }
        }
        for mapping in &function.streams {
            match stack.aws.streams(&mapping.stream_arn).read(1) {
                Ok(records) if records.is_empty() => {}
                Ok(_) => left.push(format!("records in the stream of {}", mapping.table)),
                Err(error) => left.push(error.to_string()),
            }
        }
    }
    left.join("; ")
}
