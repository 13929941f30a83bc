//! What the people of the business are told: counts what concerns them, and tells them by the ways that they chose.
//!
//! Guarantees: what is delivered twice counts once; each user has rows of their own, whoever else is told; nobody is told twice
//! by one way, and in their quiet hours nobody is told at all, but by one summary afterwards; what customers wrote goes nowhere.
mod chat;
mod count;
mod error;
mod tell;
mod withdraw;
mod words;

use std::convert::Infallible;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use net::{Aws, Outside};
use queue::{NotifyTask, Queue};
use runtime::{Boot, Failure, Fatal, Task, batch};
use store::{SettingsReader, Store};

use count::Wanted;
use error::NotifyError;

/// Says in a variable that there is nothing.
const OFF: &str = "off";

pub struct Notify {
    store: Store,
    settings: SettingsReader,
    dead_letters: Queue,
    aws: Aws,
    outside: Outside,
    /// Whom e-mails are from; without one there are none.
    sender: Option<String>,
    /// Where people open a conversation.
    link: Option<String>,
}

impl Notify {
    pub async fn new(boot: &Boot) -> Result<Notify, Fatal> {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        let said = |value: String| (value != OFF).then_some(value);
        let notify = Notify {
            settings: SettingsReader::new(store.clone()),
            store,
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
            aws: boot.aws.clone(),
            outside: boot.outside(&boot.env("OUTSIDE_ADDRESSES")?)?,
            sender: said(boot.env("MAIL_SENDER")?),
            link: said(boot.env("CONVERSATION_LINK")?),
        };
        boot.warm_dynamodb().await;
        Ok(notify)
    }

    pub async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
        let work = async |task: Task<'_>| Box::pin(self.task(task.body)).await.map_err(Failure::from);
        Ok(batch::each(&event, &self.dead_letters, work).await)
    }

    async fn task(&self, body: &str) -> Result<(), NotifyError> {
        match NotifyTask::parse(body)? {
            NotifyTask::Count { kind, conversation_id, receiver, done_by, fact, at, stored_at } => {
                let wanted = Wanted {
                    kind: &kind,
                    conversation: &conversation_id,
                    receiver: receiver.as_deref(),
                    done_by: done_by.as_deref(),
                    fact: &fact,
                    at,
                    stored_at,
                };
                self.count(&wanted).await
            }
            NotifyTask::Withdraw { conversation_id, from, .. } => self.withdraw(&conversation_id, &from).await,
            NotifyTask::Tell { user_id, notification_id, telling } => {
                self.tell(&user_id, &notification_id, &telling).await
            }
            NotifyTask::Summary { user_id, number } => self.summarize(&user_id, number).await,
        }
    }
}
