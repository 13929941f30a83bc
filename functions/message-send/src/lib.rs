//! Sends queued messages to Meta: each attempt at most once.
//!
//! Guarantees: Meta is called only by whoever claimed the conversation for this attempt, with the window's rule in the
//! claim's condition; an attempt that was claimed and left no outcome (a crash, a lost answer) becomes in doubt and is not
//! sent again by itself; only what Meta certainly did not take is tried again. What a block or its pace keeps back is held:
//! written first and then acknowledged, and sent on by due-tasks in the order in which it was asked for.
mod afford;
mod attempt;
mod count;
mod error;
mod outcome;
mod pauses;
mod reactions;
mod request;
mod settle;
mod signals;
mod token;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Time;
use domain::channel::Channel;
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::health::{BlockReason, Health};
use domain::ids::{ChannelId, MessageId};
use domain::message::Message;
use domain::pacing::Allowance;
use domain::sending::limits::{Started, messaging_limit};
use domain::sending::{Grounds, Situation, Step, TRIES_MAX, TemplateUse, looks_from, next_step};
use domain::settings::Settings;
use net::Http;
use queue::{Queue, SendTask, SignalTask};
use runtime::{Boot, Failure, Fatal, Secret, Task, batch, chain, clock};
use store::{Outcome, RatesReader, SettingsReader, Store};
use whatsapp::client::Client;

use error::SendError;
use pauses::Pauses;

pub struct Sender {
    store: Store,
    settings: SettingsReader,
    rates: RatesReader,
    queue: Queue,
    dead_letters: Queue,
    token: Secret,
    graph: Graph,
    /// The client, with the token that it was made of.
    client: Mutex<Option<(Arc<str>, Client)>>,
    allowances: Mutex<HashMap<ChannelId, Allowance>>,
}

/// Where Meta is.
struct Graph {
    http: Http,
    url: String,
    version: String,
}

/// All that the decision rests on.
struct Loaded {
    message: Message,
    channel: Channel,
    health: Health,
    contact: Contact,
    conversation: Option<Conversation>,
    ahead: Option<BlockReason>,
    template: TemplateUse,
    settings: Settings,
    started: Started,
}

impl Loaded {
    fn situation(&self, now: Time) -> Situation<'_> {
        Situation {
            channel: &self.channel,
            health: &self.health,
            reach: &self.contact.reach,
            consent: Grounds { consents: &self.contact.consents, message: Some(&self.message.id) },
            conversation: self.conversation.as_ref(),
            ahead: self.ahead,
            template: &self.template,
            settings: &self.settings,
            sends: &self.contact.sends,
            started: &self.started,
            now,
        }
    }
}

impl Sender {
    pub async fn new(boot: &Boot) -> Result<Sender, Fatal> {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        let sender = Sender {
            settings: SettingsReader::new(store.clone()),
            rates: RatesReader::new(store.clone()),
            store,
            queue: boot.queue(boot.env("SEND_QUEUE_URL")?),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
            token: boot.secret(boot.env("ACCESS_TOKEN_PARAMETER")?),
            graph: Graph { http: boot.http.clone(), url: boot.env("GRAPH_URL")?, version: boot.env("GRAPH_VERSION")? },
            client: Mutex::default(),
            allowances: Mutex::default(),
        };
        boot.warm_dynamodb().await;
        Ok(sender)
    }

    pub async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
        let pauses = Pauses::default();
        let work = async |task: Task<'_>| {
            let done = self.send(&task).await;
            done.map_err(|error| {
                pauses.note(&task, error.pause(task.deliveries));
                // The queue would park it without a word.
                if task.deliveries >= TRIES_MAX { Failure::reject(error) } else { error.into() }
            })
        };
        let done = batch::each(&event, &self.dead_letters, work).await;
        for record in done.batch_item_failures.iter().filter_map(|failure| batch::record(&event, failure)) {
            // Otherwise it waits for the visibility timeout; if this fails, it does.
            if let Err(error) = self.queue.come_again(record.receipt, pauses.of(&record)).await {
                tracing::warn!(error = chain(&error), "the next try waits for the visibility timeout");
            }
        }
        Ok(done)
    }

    async fn send(&self, task: &Task<'_>) -> Result<(), SendError> {
        if let Ok(signal) = SignalTask::parse(task.body) {
            return self.signal(&signal, task.deliveries).await;
        }
        let send = SendTask::parse(task.body)?;
        let id = send.message().ok_or(SendError::NoMessageId)?;
        let loaded = self.load(&id).await?;
        // A task of an attempt that is over has nothing to say about the next one.
        if loaded.message.attempt != send.attempt() {
            return Ok(());
        }
        let message = &loaded.message;
        match next_step(message, &loaded.situation(clock::now()), task.deliveries) {
            Step::Nothing => Ok(()),
            Step::Doubt => self.settle(message, &Outcome::InDoubt).await,
            Step::Refuse(refusal) => self.refuse(message, &refusal).await,
            Step::Wait(pause) => Err(SendError::TooFast { pause }),
            Step::Hold(plan) => self.hold(&loaded, &plan).await,
            Step::Claim(plan) => match self.unaffordable(&loaded).await? {
                None => self.attempt(&loaded, &plan, task.deliveries).await,
                Some(refusal) => self.refuse(message, &refusal).await,
            },
        }
    }

    async fn load(&self, id: &MessageId) -> Result<Loaded, SendError> {
        let message = self.store.message_get(id).await?.ok_or(SendError::Gone)?;
        let channel = self.store.channel_get(&message.channel_id).await?.ok_or(SendError::Gone)?;
        let (health, contact, conversation, template, settings) = futures::future::try_join5(
            self.store.health_of(&channel),
            self.store.contact_get(&message.contact_id),
            self.store.conversation_get(&message.conversation_id),
            self.store.template_used(&channel.waba_id, &message.kind, &message.content),
            self.settings.get(clock::now()),
        )
        .await?;
        let started = match (&template, messaging_limit(&health)) {
            (TemplateUse::Found(_), Some(_)) => self.store.started(clock::now()).await?,
            _ => Started::default(),
        };
        let ahead = match looks_from(&message, conversation.as_ref()) {
            Some(from) => self.store.message_ahead(&message, from).await?,
            None => None,
        };
        let contact = contact.ok_or(SendError::Gone)?;
        Ok(Loaded { message, channel, health, contact, conversation, ahead, template, settings, started })
    }
}
