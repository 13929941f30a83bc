//! The open sockets of the business's people: who opens one and who hears what.
//!
//! Guarantees: a socket is opened by a ticket that serves once, and by nobody who may do nothing any more; a hint says that there
//! is something to read and never what, and goes to those alone who see what it is about at that moment.
mod event;
mod hints;
mod sockets;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use net::Aws;
use queue::Queue;
use runtime::{Boot, Failure, Fatal, Task, batch, chain};
use store::Store;

pub use event::{Answer, Invocation};
use hints::HintError;

pub struct Realtime {
    store: Store,
    dead_letters: Queue,
    aws: Aws,
    /// Where sockets are reached from this side.
    api: String,
}

impl Realtime {
    pub async fn new(boot: &Boot) -> Result<Realtime, Fatal> {
        let realtime = Realtime {
            store: Store::new(boot.dynamodb(), boot.env("TABLE")?),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
            aws: boot.aws.clone(),
            api: boot.env("LIVE_URL")?.replacen("wss://", "https://", 1),
        };
        boot.warm_dynamodb().await;
        Ok(realtime)
    }

    pub async fn handle(&self, event: Invocation) -> Result<Answer, lambda_runtime::Error> {
        Ok(match event {
            Invocation::Hints(event) => Answer::Hints(Box::pin(self.hints(&event)).await),
            Invocation::Socket(event) => Answer::Socket(Box::pin(self.socket(&event)).await),
        })
    }

    async fn hints(&self, event: &SqsEvent) -> SqsBatchResponse {
        let audience = self.audience().await;
        if let Err(error) = &audience {
            tracing::warn!(error = chain(error), "nobody hears anything for now");
        }
        let audience = audience.as_ref();
        let work = async |task: Task<'_>| match audience {
            Ok(audience) => Box::pin(self.hint(audience, task.body)).await.map_err(Failure::from),
            Err(_) => Err(Failure::from(HintError::Audience)),
        };
        batch::each(event, &self.dead_letters, work).await
    }
}
