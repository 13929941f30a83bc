//! Messages that were asked for ahead of time and whose time has come: queued as if they were asked for now, or ended with the reason.
//!
//! Guarantees: each goes once, whoever else works at the same minute or cancels it; one that cannot be looked at holds up none but
//! those behind it in its conversation's shard, for a minute.
use domain::channel::Channel;
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::health::Health;
use domain::message::{Fault, Message, State};
use domain::money::Micros;
use domain::sending::limits::{Started, messaging_limit};
use domain::sending::{Due, Grounds, Refusal, Situation, TemplateUse, due, may_be_answered};
use domain::settings::Settings;
use domain::wallet::{Credits, Price};
use futures::future::join_all;
use runtime::{chain, clock};
use store::{Priced, Queued, Store, StoreError, Subject};

use crate::{DueTasks, Report};

/// Messages of each shard in one run; what is left waits a minute.
const GOING_MAX: usize = 500;

/// All that the decision rests on.
struct Loaded {
    channel: Channel,
    health: Health,
    contact: Contact,
    conversation: Option<Conversation>,
    /// What was said since, where that matters.
    thread: Vec<Message>,
}

enum Ended {
    Queued,
    Refused,
    Cancelled,
    /// It was not to be looked at, or somebody else was first.
    Nothing,
}

impl DueTasks {
    pub(crate) async fn scheduled(&self, settings: &Settings, report: &mut Report) -> Result<(), StoreError> {
        let shards = join_all(Store::due_shards().map(|shard| self.shard(shard, settings))).await;
        for shard in shards {
            let own = shard?;
            report.queued += own.queued;
            report.refused += own.refused;
            report.cancelled += own.cancelled;
            report.failed += own.failed;
        }
        Ok(())
    }

    /// In the order of their times, one after the other.
    async fn shard(&self, shard: u8, settings: &Settings) -> Result<Report, StoreError> {
        let mut report = Report::default();
        for message in self.store.messages_due_to_go(shard, clock::now(), GOING_MAX).await? {
            match self.go(&message, settings).await {
                Ok(Ended::Queued) => report.queued += 1,
                Ok(Ended::Refused) => report.refused += 1,
                Ok(Ended::Cancelled) => report.cancelled += 1,
                Ok(Ended::Nothing) => {}
                Err(error) => {
                    let id = message.id.as_str();
                    tracing::error!(message.id = id, error = chain(&error), "a scheduled message waits on");
                    report.failed += 1;
                }
            }
        }
        Ok(report)
    }

    async fn go(&self, message: &Message, settings: &Settings) -> Result<Ended, StoreError> {
        let Some(loaded) = self.load(message).await? else {
            let title = "recipient-gone".to_owned();
            let details = Some("The channel or the contact does not exist any more.".to_owned());
            return self.settle(message, State::Refused, &Fault { code: 0, title, details }).await;
        };
        let mut next = message.clone();
        let mut is_fallback = false;
        loop {
            let waba_id = &loaded.channel.waba_id;
            let template = self.store.template_used(waba_id, &next.kind, &next.content).await?;
            let now = clock::now();
            let started = match (&template, messaging_limit(&loaded.health)) {
                (TemplateUse::Found(_), Some(_)) => self.store.started(now).await?,
                _ => Started::default(),
            };
            let situation = Situation {
                channel: &loaded.channel,
                health: &loaded.health,
                reach: &loaded.contact.reach,
                consent: Grounds { consents: &loaded.contact.consents, message: Some(&message.id) },
                conversation: loaded.conversation.as_ref(),
                ahead: None,
                template: &template,
                settings,
                sends: &loaded.contact.sends,
                started: &started,
                now,
            };
            match due(&next, &situation, &loaded.thread, is_fallback) {
                Due::Nothing => return Ok(Ended::Nothing),
                Due::Cancel(answered) => return self.settle(message, State::Cancelled, &answered.into()).await,
                Due::Refuse(refusal) => return self.refuse(message, &refusal).await,
                Due::Queue => return self.queue(message, next, &loaded, (&template, settings)).await,
                Due::TryFallback => (next, is_fallback) = (with_fallback(message), true),
            }
        }
    }

    async fn load(&self, message: &Message) -> Result<Option<Loaded>, StoreError> {
        let channel = self.store.channel_get(&message.channel_id).await?;
        let contact = self.store.contact_get(&message.contact_id).await?;
        let (Some(channel), Some(contact)) = (channel, contact) else { return Ok(None) };
        let health = self.store.health_of(&channel).await?;
        let conversation = self.store.conversation_get(&message.conversation_id).await?;
        let asked = message.dispatch.schedule.as_ref();
        let thread = match asked.filter(|schedule| may_be_answered(schedule, conversation.as_ref())) {
            Some(schedule) => {
                self.store.messages_since(&message.conversation_id, schedule.asked_at, clock::now()).await?
            }
            None => Vec::new(),
        };
        Ok(Some(Loaded { channel, health, contact, conversation, thread }))
    }

    async fn queue(
        &self,
        seen: &Message,
        mut next: Message,
        loaded: &Loaded,
        (template, settings): (&TemplateUse, &Settings),
    ) -> Result<Ended, StoreError> {
        let subject = Subject {
            channel: &loaded.channel,
            contact: &loaded.contact,
            conversation: loaded.conversation.as_ref(),
            kind: &next.kind,
            template,
            settings,
        };
        let now = clock::now();
        match self.rates.price(&subject, now).await? {
            Priced::Refused(missing) => return self.refuse(seen, &Refusal::NoRate(missing)).await,
            // One of several files holds nothing: the messages that it becomes do.
            Priced::Quoted { quote, .. } if quote.amount > Micros::ZERO && next.media.parts.is_empty() => {
                let ttl_seconds = match template {
                    TemplateUse::Found(template) => template.more.ttl_seconds,
                    TemplateUse::None | TemplateUse::Missing { .. } => None,
                };
                next.price = Some(Price::hold(quote, ttl_seconds, now));
            }
            Priced::Quoted { .. } | Priced::Unmetered => {}
        }
        match self.store.schedule_queue(seen, &next, now).await? {
            Queued::Done => Ok(Ended::Queued),
            Queued::Changed => Ok(Ended::Nothing),
            Queued::Short { credits } => self.refuse(seen, &short(&next, credits.as_ref())).await,
        }
    }

    async fn refuse(&self, message: &Message, refusal: &Refusal) -> Result<Ended, StoreError> {
        self.settle(message, State::Refused, &Fault::from(refusal)).await
    }

    async fn settle(&self, message: &Message, state: State, fault: &Fault) -> Result<Ended, StoreError> {
        let is_done = self.store.schedule_end(message, state, Some(fault)).await?;
        let ended = if state == State::Cancelled { Ended::Cancelled } else { Ended::Refused };
        Ok(if is_done { ended } else { Ended::Nothing })
    }
}

fn short(message: &Message, credits: Option<&Credits>) -> Refusal {
    Refusal::short(std::slice::from_ref(message), credits)
}

/// The message with the template in its place.
fn with_fallback(message: &Message) -> Message {
    let mut next = message.clone();
    if let Some(schedule) = &mut next.dispatch.schedule
        && let Some(template) = schedule.fallback.take()
    {
        schedule.instead_of = Some((message.kind.clone(), message.content.clone()));
        (next.kind, next.content) = ("template".to_owned(), template);
        next.context = None;
        next.media = domain::attachment::MessageMedia::default();
    }
    next
}
