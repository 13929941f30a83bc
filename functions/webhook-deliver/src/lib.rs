//! Delivers events to the business's own webhooks (Standard Webhooks), and asks for kept ones again.
//!
//! Guarantees: an event is delivered at least once, with the same id however often; each try is written down before it is
//! made, and what came of it after; one receiver that is slow or gone holds up no other; nothing is called but addresses that
//! the deployment allows, also where a name leads elsewhere than when it was saved.
mod error;
mod post;
mod replay;
mod sign;

use std::convert::Infallible;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::ids::{DeliveryId, ReplayId, WebhookId};
use domain::webhook::{Begin, Delivery, Outcome, Webhook};
use net::Outside;
use queue::{Queue, WebhookTask};
use runtime::{Boot, Failure, Fatal, Task, Vault, batch, chain, clock};
use store::{Put, Store};

use error::DeliverError;

/// What finds another one at work looks again when that one must be over.
const BUSY_FOR: Duration = Duration::from_secs(60);

pub struct Deliver {
    store: Store,
    outside: Outside,
    secrets: Vault,
    queue: Queue,
    dead_letters: Queue,
}

impl Deliver {
    pub async fn new(boot: &Boot) -> Result<Deliver, Fatal> {
        let deliver = Deliver {
            store: Store::new(boot.dynamodb(), boot.env("TABLE")?),
            outside: boot.outside(&boot.env("OUTSIDE_ADDRESSES")?)?,
            secrets: boot.vault(boot.env("OUTSIDE_SECRETS_PATH")?),
            queue: boot.queue(boot.env("WEBHOOK_QUEUE_URL")?),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
        };
        boot.warm_dynamodb().await;
        Ok(deliver)
    }

    pub async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
        Ok(batch::each(&event, &self.dead_letters, async |task| self.task(&task).await.map_err(Failure::from)).await)
    }

    async fn task(&self, task: &Task<'_>) -> Result<(), DeliverError> {
        match WebhookTask::parse(task.body)? {
            WebhookTask::Event { webhook_id, event } => {
                let webhook_id = WebhookId::parse(&webhook_id).ok_or(DeliverError::NoId)?;
                let event = event.read().ok_or(DeliverError::NoId)?;
                // Of what nobody wants any more no row is made.
                let Some(webhook) = self.store.webhook_get(&webhook_id).await? else { return Ok(()) };
                if webhook.logs(&event) && self.is_about_wanted(&webhook, &event).await? {
                    let queued = Delivery::queued(&webhook_id, event, None, clock::now());
                    return self.first(&webhook, &queued, task).await;
                }
                Ok(())
            }
            WebhookTask::Again { delivery_id, .. } => {
                let id = DeliveryId::parse(&delivery_id).ok_or(DeliverError::NoId)?;
                let Some(delivery) = self.store.delivery_get(&id).await? else { return Ok(()) };
                let webhook = self.store.webhook_get(&delivery.webhook_id).await?;
                self.next(webhook.as_ref(), &delivery, task).await
            }
            WebhookTask::Replay { replay_id, revision } => {
                self.replay(&ReplayId::parse(&replay_id).ok_or(DeliverError::NoId)?, revision).await
            }
        }
    }

    /// Whether the contact and the conversation of an event are now what the webhook asks for.
    async fn is_about_wanted(&self, webhook: &Webhook, event: &domain::event::Event) -> Result<bool, DeliverError> {
        let filter = &webhook.filter;
        if filter.asks_of_contact() {
            let Some(contact) = &event.contact_id else { return Ok(false) };
            let contact = self.store.contact_get(contact).await?;
            if !contact.is_some_and(|contact| filter.takes_contact(&contact)) {
                return Ok(false);
            }
        }
        if filter.asks_of_conversation() {
            let Some(conversation) = &event.conversation_id else { return Ok(false) };
            let conversation = self.store.conversation_get(conversation).await?;
            return Ok(conversation.is_some_and(|conversation| filter.takes_conversation(&conversation)));
        }
        Ok(true)
    }

    /// The row and its first try are one write. Of what a paused webhook is not told there is only the row.
    async fn first(&self, webhook: &Webhook, queued: &Delivery, task: &Task<'_>) -> Result<(), DeliverError> {
        let first = match (webhook.paused, queued.begin(task.id, clock::now())) {
            (None, Begin::Try(sending)) => *sending,
            (Some(_), Begin::Try(_)) => queued.cancelled(clock::now()),
            (_, Begin::Nothing | Begin::Busy) => return Ok(()),
        };
        match self.store.delivery_create(&first).await? {
            Put::Written if webhook.paused.is_some() => Ok(()),
            Put::Written => self.attempt(webhook, &first).await,
            Put::Exists(found) => self.next(Some(webhook), &found, task).await,
        }
    }

    async fn next(&self, webhook: Option<&Webhook>, found: &Delivery, task: &Task<'_>) -> Result<(), DeliverError> {
        let sending = match found.begin(task.id, clock::now()) {
            Begin::Nothing => return Ok(()),
            Begin::Busy => return self.busy(task).await,
            Begin::Try(sending) => sending,
        };
        let Some(webhook) = webhook.filter(|webhook| webhook.paused.is_none()) else {
            self.store.delivery_update(&found.cancelled(clock::now())).await?;
            return Ok(());
        };
        if self.store.delivery_update(&sending).await? {
            return self.attempt(webhook, &sending).await;
        }
        self.busy(task).await
    }

    async fn busy(&self, task: &Task<'_>) -> Result<(), DeliverError> {
        // Otherwise it waits for the visibility timeout; if this fails, it does.
        if let Err(error) = self.queue.come_again(task.receipt, BUSY_FOR).await {
            tracing::warn!(error = chain(&error), "the next look waits for the visibility timeout");
        }
        Err(DeliverError::Busy)
    }

    /// Makes one try, and writes down what came of it: of the delivery first, as that decides whether there is another one.
    async fn attempt(&self, webhook: &Webhook, sending: &Delivery) -> Result<(), DeliverError> {
        let (attempt, retry_after) = self.post(webhook, sending).await?;
        let now = clock::now();
        let outcome = Outcome::of(&attempt, retry_after, sending.tries_in_a_row, now, spread());
        self.store.delivery_update(&sending.tried(attempt, outcome, now)).await?;
        // Whoever changed the webhook meanwhile knows better, or the next try will.
        if let Some(next) = webhook.after(outcome, now) {
            self.store.webhook_update(&next).await?;
        }
        Ok(())
    }
}

fn spread() -> u8 {
    runtime::random::entropy().first().copied().unwrap_or_default()
}
