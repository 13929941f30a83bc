//! Sends queued messages to Meta: each attempt at most once.
//!
//! Guarantees: Meta is called only by whoever claimed the conversation for this attempt, with the window's rule in the
//! claim's condition; an attempt that was claimed and left no outcome (a crash, a lost answer) becomes in doubt and is not
//! sent again by itself; only what Meta certainly did not take is tried again.
mod error;
mod outcome;
mod request;
mod settle;
mod signals;

use std::convert::Infallible;
use std::sync::Mutex;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::channel::Channel;
use domain::conversation::Conversation;
use domain::ids::MessageId;
use domain::message::{Message, State};
use domain::sending::{Step, TRIES_MAX, TemplateUse, next_step, pause};
use net::Http;
use queue::{Queue, SendTask, SignalTask};
use runtime::{Boot, Failure, Fatal, Secret, Task, batch, chain, clock};
use store::{Outcome, Store, Terms};
use whatsapp::client::{Client, Token};
use whatsapp::send::Reply;

use error::SendError;
use outcome::Answer;

pub struct Sender {
    store: Store,
    queue: Queue,
    dead_letters: Queue,
    token: Secret,
    graph: Graph,
    client: Mutex<Option<Client>>,
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
    conversation: Option<Conversation>,
    template: TemplateUse,
}

impl Sender {
    pub async fn new(boot: &Boot) -> Result<Sender, Fatal> {
        let sender = Sender {
            store: Store::new(boot.dynamodb(), boot.env("TABLE")?),
            queue: boot.queue(boot.env("SEND_QUEUE_URL")?),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
            token: boot.secret(boot.env("ACCESS_TOKEN_PARAMETER")?),
            graph: Graph { http: boot.http.clone(), url: boot.env("GRAPH_URL")?, version: boot.env("GRAPH_VERSION")? },
            client: Mutex::new(None),
        };
        boot.warm_dynamodb().await;
        Ok(sender)
    }

    pub async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
        let done = batch::each(&event, &self.dead_letters, async |task| self.send(&task).await.map_err(Failure::from));
        let done = done.await;
        for record in done.batch_item_failures.iter().filter_map(|failure| batch::record(&event, failure)) {
            // Otherwise it waits for the visibility timeout; if this fails, it does.
            if let Err(error) = self.queue.come_again(record.receipt, pause(record.deliveries)).await {
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
        let Loaded { message, channel, conversation, template } = &loaded;
        let now = clock::now();
        match next_step(message, channel, conversation.as_ref(), template, now) {
            Step::Nothing => Ok(()),
            Step::Doubt => self.settle(message, &Outcome::InDoubt).await,
            Step::Refuse(refusal) => self.settle(message, &outcome::refused(&refusal)).await,
            Step::Claim(claim) => {
                self.settle_predecessor(conversation.as_ref()).await?;
                // Everything that can fail without Meta is done before the claim: after it, a failure is a doubt.
                let request = match self.request(&loaded).await? {
                    Ok(request) => request,
                    Err(refusal) => return self.settle(message, &outcome::refused(&refusal)).await,
                };
                let (client, receipt) = (self.client().await?, self.answer_receipt(&loaded, now).await?);
                let terms = Terms { needs_window: *template == TemplateUse::None, receipt: receipt.as_ref() };
                if !self.store.send_claim(message, &claim, conversation.as_ref(), terms, now).await? {
                    return Err(SendError::Changed);
                }
                let answer = self.call(&client, &loaded, &request).await;
                if self.renewed(&loaded, &claim, &answer).await? {
                    return Ok(());
                }
                let accepted = match &answer {
                    Ok(Reply::Accepted(accepted)) => Some(accepted.clone()),
                    Ok(Reply::Refused(_) | Reply::Unreadable { .. }) | Err(_) => None,
                };
                let is_last = task.deliveries >= TRIES_MAX;
                match outcome::of(answer, is_last) {
                    Answer::Settled(outcome) => {
                        self.settle_answer(&loaded, &claim, &outcome).await?;
                        self.learn(&request, accepted.as_ref()).await;
                        Ok(())
                    }
                    Answer::WindowClosed(outcome) => {
                        self.close_window(&loaded).await?;
                        self.settle_answer(&loaded, &claim, &outcome).await
                    }
                    Answer::Later { reason, new_token } => {
                        // First of all: as long as the claim stands, a failure is a doubt.
                        self.store.send_release(&claim, conversation.as_ref()).await?;
                        if new_token {
                            *self.client.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
                            self.token.refresh().await?;
                        }
                        Err(SendError::PutOff { reason })
                    }
                }
            }
        }
    }

    async fn load(&self, id: &MessageId) -> Result<Loaded, SendError> {
        let message = self.store.message_get(id).await?.ok_or(SendError::Gone)?;
        let channel = self.store.channel_get(&message.channel_id).await?.ok_or(SendError::Gone)?;
        let conversation = self.store.conversation_get(&message.conversation_id).await?;
        let template = self.store.template_used(&channel.waba_id, &message.kind, &message.content).await?;
        Ok(Loaded { message, channel, conversation, template })
    }

    /// The send before this one in the conversation, should it have been cut off: its own task may never come again.
    async fn settle_predecessor(&self, conversation: Option<&Conversation>) -> Result<(), SendError> {
        let Some(claim) = conversation.and_then(|conversation| conversation.sending.as_ref()) else { return Ok(()) };
        let before = self.store.message_get(&claim.message).await?;
        let open = |before: &Message| before.written_state == State::Queued && before.attempt == claim.attempt;
        match before.filter(open) {
            Some(before) => self.settle(&before, &Outcome::InDoubt).await,
            None => Ok(()),
        }
    }

    /// The Graph client with the token as it was last read.
    async fn client(&self) -> Result<Client, SendError> {
        let held = self.client.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        if let Some(client) = held {
            return Ok(client);
        }
        let token = Token::new(self.token.get().await?.trim()).ok_or(SendError::Token)?;
        let client = Client::new(self.graph.http.clone(), &self.graph.url, &self.graph.version, token);
        *self.client.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(client.clone());
        Ok(client)
    }
}
