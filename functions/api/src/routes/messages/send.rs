//! From a draft to a queued message: find whom it is for, ask the rules, write. Nothing is made for a message that the
//! rules refuse.
use std::time::Duration;

use domain::Time;
use domain::attachment::MessageMedia;
use domain::channel::Channel;
use domain::consent::Statement;
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::health::Health;
use domain::ids::{ChannelId, ContactId, ConversationId, MessageId};
use domain::message::{Direction, Dispatch, Message, Source, State, Told};
use domain::sending::limits::{Started, messaging_limit};
use domain::sending::{Grounds, Refusal, Situation, TemplateUse, needs_phone, permit};
use domain::settings::Settings;
use domain::template::{DELETED, Fallbacks, Template};
use serde_json::{Value, json};
use store::{Inserted, StoreError};
use whatsapp::send::{Filled, fill, fits};

use super::agreed::agreed;
use super::attach;
use super::compose::{Draft, Whom, field_errors};
use super::load;
use crate::idempotent::Ticket;
use crate::problem::Problem;
use crate::{App, recipient};

/// How often a recipient is looked up again when another request makes the same contact at the same time.
const TRIES_MAX: u32 = 3;

pub(super) enum Recipient {
    Known(Contact),
    New(Contact),
}

impl Recipient {
    pub(super) fn contact(&self) -> &Contact {
        match self {
            Recipient::Known(contact) | Recipient::New(contact) => contact,
        }
    }
}

/// The messages that the draft becomes, the first one first.
pub(super) async fn queue(app: &App, draft: Draft, ticket: &Ticket) -> Result<Vec<Message>, Problem> {
    for _ in 0..TRIES_MAX {
        let mut plan = plan(app, &draft, ticket).await?;
        if ticket.is_repeated
            && let Some(first) = plan.messages.first()
            && let Some(before) = app.store.message_get(&first.id).await?
        {
            // It was permitted then. Its further parts may not have been written.
            let mut all = vec![before];
            all.extend(insert(app, plan.messages.split_off(1)).await?);
            return Ok(all);
        }
        let problems = examine(app, &draft, &mut plan, ticket.at).await?;
        if let Some(first) = problems.into_iter().next() {
            // Who must say yes themselves is asked.
            if first.is_pending_consent() && make(app, &plan.recipient).await? {
                plan.record(app, ticket.at).await?;
            }
            return Err(first);
        }
        if make(app, &plan.recipient).await? {
            plan.record(app, ticket.at).await?;
            return insert(app, plan.messages).await;
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// `false`: somebody else made the person meanwhile.
async fn make(app: &App, recipient: &Recipient) -> Result<bool, Problem> {
    match recipient {
        Recipient::Known(_) => Ok(true),
        Recipient::New(contact) => Ok(app.store.contact_create(contact).await?),
    }
}

/// What is to become of a draft; nothing of it is written yet.
pub(super) struct Plan {
    channel: Channel,
    recipient: Recipient,
    pub(super) conversation: Option<Conversation>,
    pub(super) template: TemplateUse,
    pub(super) settings: Settings,
    /// Values that were put in for missing ones.
    pub(super) filled: Vec<String>,
    pub(super) messages: Vec<Message>,
    /// A consent that came with it and is news.
    agreed: Option<Statement>,
}

impl Plan {
    /// Nobody, if only the message would make the contact.
    pub(super) fn contact(&self) -> Option<&Contact> {
        match &self.recipient {
            Recipient::Known(contact) => Some(contact),
            Recipient::New(_) => None,
        }
    }

    async fn record(&self, app: &App, now: Time) -> Result<(), Problem> {
        let agreed = self.agreed.iter().cloned().collect::<Vec<_>>();
        if !agreed.is_empty() {
            app.store.consents_tell(self.recipient.contact(), agreed, &self.settings.consent, now).await?;
        }
        Ok(())
    }
}

pub(super) async fn plan(app: &App, draft: &Draft, ticket: &Ticket) -> Result<Plan, Problem> {
    let channel = app.store.channel_get(&draft.channel_id).await?;
    let channel = channel.ok_or_else(|| Problem::unknown("channel_id", "names a channel that does not exist"))?;
    let recipient = resolve(app, &draft.to, channel.add_as, ticket).await?;
    let messages = messages(draft, &channel.id, &recipient.contact().id, ticket);
    let (conversation, template, settings) = (None, TemplateUse::None, Settings::default());
    Ok(Plan { channel, recipient, conversation, template, settings, filled: Vec::new(), messages, agreed: None })
}

/// Completes the first message, and says all that speaks against sending it now. The error is one of our own.
pub(super) async fn examine(app: &App, draft: &Draft, plan: &mut Plan, now: Time) -> Result<Vec<Problem>, Problem> {
    let mut problems = Vec::new();
    let Some(mut message) = plan.messages.first().cloned() else { return Ok(problems) };
    note(permitted(app, draft, plan, &message, now).await, &mut problems)?;
    if let TemplateUse::Found(template) = &plan.template {
        let filled = complete(app, template, &message).await?;
        message.content = filled.payload;
        plan.filled = filled.fields;
        if let Err(wrong) = fits(template, &message.content) {
            problems.push(Problem::TemplateParameters(field_errors(wrong)));
        }
    }
    if let Some(name) = needs_phone(&plan.template).filter(|_| !plan.recipient.contact().has_phone()) {
        problems.push(Problem::SendRefused(Refusal::PhoneNeeded { name: name.to_owned() }));
    }
    note(refer(app, draft, &mut message, now).await, &mut problems)?;
    note(attach::resolve(app, &draft.files, &mut message).await, &mut problems)?;
    if let Some(first) = plan.messages.first_mut() {
        *first = message;
    }
    Ok(problems)
}

/// Tells what the caller can do something about from what they cannot.
fn note(outcome: Result<(), Problem>, problems: &mut Vec<Problem>) -> Result<(), Problem> {
    match outcome {
        Err(error @ (Problem::Unavailable(_) | Problem::Internal(_) | Problem::ChangedMeanwhile)) => Err(error),
        Err(problem) => {
            problems.push(problem);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Whether the rules let the message out now.
async fn permitted(app: &App, draft: &Draft, plan: &mut Plan, message: &Message, now: Time) -> Result<(), Problem> {
    let channel = &plan.channel;
    plan.conversation = app.store.conversation_get(&message.conversation_id).await?;
    plan.template = app.store.template_used(&channel.waba_id, &message.kind, &message.content).await?;
    let health = app.store.health_of(channel).await?;
    plan.settings = app.store.settings_get().await?;
    let started = started(app, &health, &plan.template, now).await?;
    let contact = plan.recipient.contact();
    let mut consents = contact.consents.clone();
    plan.agreed = match (&draft.consent, &plan.template) {
        (Some(given), TemplateUse::Found(template)) => {
            let settings = &plan.settings.consent;
            agreed(given, template, message, contact.created_at, settings, &mut consents, now)?
        }
        _ => None,
    };
    let Contact { reach, sends, .. } = contact;
    let consent = Grounds { consents: &consents, message: None };
    let (health, conversation, template) = (&health, plan.conversation.as_ref(), &plan.template);
    let (settings, started) = (&plan.settings, &started);
    let situation =
        Situation { channel, health, reach, consent, conversation, template, settings, sends, started, now };
    match permit(&situation) {
        Err(Refusal::TemplateUnknown { name, language, .. }) => {
            let named = app.store.templates_named(&channel.waba_id, &name).await?;
            let others = named.into_iter().filter(|template| template.status != DELETED);
            let others = others.map(|template| template.language).collect();
            Err(Problem::SendRefused(Refusal::TemplateUnknown { name, language, others }))
        }
        outcome => outcome.map_err(Problem::SendRefused),
    }
}

/// What the business set for the template is read only where the message lacks something.
async fn complete(app: &App, template: &Template, message: &Message) -> Result<Filled, Problem> {
    let filled = fill(template, &message.content, &Fallbacks::default());
    if fits(template, &filled.payload).is_ok() {
        return Ok(filled);
    }
    Ok(fill(template, &message.content, &app.store.template_fallbacks(&template.id).await?))
}

/// Whom the portfolio wrote to first, where that matters.
pub(super) async fn started(
    app: &App,
    health: &Health,
    template: &TemplateUse,
    now: Time,
) -> Result<Started, StoreError> {
    match (template, messaging_limit(health)) {
        (TemplateUse::Found(_), Some(_)) => app.store.started(now).await,
        _ => Ok(Started::default()),
    }
}

/// Puts Meta's ids in the place of what the caller named.
async fn refer(app: &App, draft: &Draft, message: &mut Message, now: Time) -> Result<(), Problem> {
    if let Some(quoted) = &draft.context {
        message.context = Some(quoted.quoted(app, &message.conversation_id).await?);
    }
    if let Some(target) = &draft.reacts_to {
        message.content["message_id"] = json!(target.reacted_to(app, &message.conversation_id, now).await?);
    }
    Ok(())
}

async fn resolve(
    app: &App,
    to: &Whom,
    add_as: domain::contact::ContactKind,
    ticket: &Ticket,
) -> Result<Recipient, Problem> {
    match to {
        Whom::Contact(id) => match app.store.contact_get(id).await? {
            Some(contact) => Ok(Recipient::Known(contact)),
            None => Err(Problem::unknown("to.contact_id", "names a contact that does not exist")),
        },
        Whom::Identity(identity) => {
            let identities = vec![identity.clone()];
            let found = match recipient::find(&app.store, &identities).await? {
                Some(id) => app.store.contact_get(&id).await?,
                None => None,
            };
            Ok(match found {
                Some(contact) => Recipient::Known(contact),
                None => {
                    let id = ContactId::new(ticket.at, ticket.entropy);
                    Recipient::New(recipient::stranger(id, add_as, identities, ticket.at))
                }
            })
        }
    }
}

/// One message for each content, in the order of their times.
fn messages(draft: &Draft, channel: &ChannelId, contact: &ContactId, ticket: &Ticket) -> Vec<Message> {
    let conversation_id = ConversationId::of(channel, contact);
    let message = |(place, content): (u64, &Value)| {
        let at = ticket.at.plus(Duration::from_millis(place));
        Message {
            id: MessageId::new(&conversation_id, at, ticket.entropy),
            conversation_id: conversation_id.clone(),
            channel_id: channel.clone(),
            contact_id: contact.clone(),
            direction: Direction::Outbound,
            kind: draft.kind.clone(),
            content: content.clone(),
            options: draft.options.clone(),
            context: None,
            told: Told::default(),
            wamid: None,
            at,
            received_at: at,
            source: Source::Live,
            written_state: State::Queued,
            attempt: 1,
            dispatch: Dispatch { priority: draft.priority, ..Dispatch::default() },
            faults: Vec::new(),
            reports: Vec::new(),
            annotations: Vec::new(),
            media: MessageMedia::default(),
        }
    };
    (0..).zip(&draft.contents).map(message).collect()
}

/// One after the other: in the order in which they are written they go out.
async fn insert(app: &App, messages: Vec<Message>) -> Result<Vec<Message>, Problem> {
    let mut inserted = Vec::new();
    for message in messages {
        inserted.push(match app.store.message_queue(&message).await? {
            Inserted::New => message,
            Inserted::Before { .. } => load(app, &message.id).await?,
        });
    }
    Ok(inserted)
}
