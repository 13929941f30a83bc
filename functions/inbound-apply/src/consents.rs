//! What a customer's message says about what they allow: a word like STOP or START as the whole message or on a button, or
//! the answer to our question for their consent (P40).
//!
//! Guarantees: only what the customer writes live counts, never history, echoes, standby or groups; what is no such word
//! costs nothing but a look into settings that are remembered; each word is confirmed once, and a confirmation never.
use std::time::Duration;

use domain::consent::{
    Answer, ConsentSettings, ConsentSource, ConsentState, Effect, Entry, Keyword, Purpose, Said, Start, Statement,
    confirmation, normal, read_answer,
};
use domain::contact::Contact;
use domain::conversation::WINDOW;
use domain::ids::MessageId;
use domain::message::{Direction, Message};
use runtime::clock;
use serde_json::json;
use whatsapp::webhook::{Content, Interactive};

use crate::Apply;
use crate::error::ApplyError;

/// How far back the question is looked for that a text answers.
const LATEST: usize = 10;

/// What could be a word about consent.
struct Spoken<'a> {
    id: Option<&'a str>,
    text: &'a str,
    is_button: bool,
}

impl<'a> Spoken<'a> {
    fn of(content: &'a Content) -> Option<Spoken<'a>> {
        if let Content::Text { body } = content {
            // A long text is none; so it costs no look at the settings.
            return normal(body).map(|_| Spoken { id: None, text: body, is_button: false });
        }
        let (id, title) = if let Content::Button { payload, text } = content {
            (payload.as_deref(), text.as_deref())
        } else if let Content::Interactive(Interactive::ButtonReply { id, title }) = content {
            (id.as_deref(), title.as_deref())
        } else {
            return None;
        };
        Some(Spoken { id, text: title.or(id)?, is_button: true })
    }
}

/// What the person says with `message` about a purpose.
fn statement(contact: &Contact, message: &Message, purpose: Purpose, is_given: bool, text: &str) -> Statement {
    Statement {
        contact: contact.id.clone(),
        purpose,
        is_given,
        said: Said::InSecond(message.at),
        place: message.at,
        source: ConsentSource::Keyword,
        origin: None,
        proof: Some(text.to_owned()),
        channel: Some(message.channel_id.clone()),
        message: Some(message.id.clone()),
        fact: message.id.to_string(),
    }
}

/// The purposes for which this statement holds already: it was told before, and what follows from it may be missing.
fn told(contact: &Contact, statement: impl Fn(Purpose) -> Statement) -> Vec<Purpose> {
    let holds = |purpose: &&Purpose| {
        contact.consents.words.get(*purpose).is_some_and(|word| word.entry == statement(**purpose).id())
    };
    Purpose::ALL.iter().filter(holds).copied().collect()
}

impl Apply {
    /// `message` is stored already.
    pub(crate) async fn consents(&self, content: &Content, message: &Message) -> Result<(), ApplyError> {
        let Some(spoken) = Spoken::of(content) else { return Ok(()) };
        let settings = self.settings.get(clock::now()).await?.consent;
        // A button of another message says nothing about our question, whatever its title.
        let answer = read_answer(spoken.id, Some(spoken.text).filter(|_| !spoken.is_button), &settings.question);
        // A yes is nothing special where nobody is ever asked.
        if let Some((answer, question)) = answer.filter(|(_, question)| question.is_some() || settings.asks())
            && self.answered(answer, question, &spoken, message, &settings).await?
        {
            return Ok(());
        }
        let Some(keyword) = settings.keywords.read(spoken.text, spoken.is_button) else { return Ok(()) };
        let Some(contact) = self.store.contact_get(&message.contact_id).await? else { return Ok(()) };
        let entries = if keyword.effect == Effect::Start {
            self.started(&contact, message, &spoken, &settings).await?
        } else {
            self.stopped(&contact, message, &spoken, keyword, &settings).await?
        };
        self.confirm(&entries, keyword, message, &settings).await
    }

    /// What of it is to be confirmed.
    async fn stopped(
        &self,
        contact: &Contact,
        message: &Message,
        spoken: &Spoken<'_>,
        keyword: Keyword,
        settings: &ConsentSettings,
    ) -> Result<Vec<Entry>, ApplyError> {
        let purposes = keyword.effect.purposes().iter();
        let statements = purposes.map(|purpose| statement(contact, message, *purpose, false, spoken.text)).collect();
        let entries = self.store.consents_tell(contact, statements, settings, clock::now()).await?;
        let Some(start) = contact.consents.start.as_ref().filter(|start| start.at > message.at) else {
            return Ok(entries);
        };
        // The person has taken it back already: that word came before this one.
        let Some(contact) = self.store.contact_get(&contact.id).await? else { return Ok(Vec::new()) };
        let given = |purpose| Statement {
            said: Said::InSecond(start.at),
            place: start.at,
            message: Some(start.message.clone()),
            fact: start.message.to_string(),
            ..statement(&contact, message, purpose, true, &start.text)
        };
        let back = contact.consents.given_back(start.at).into_iter().map(given).collect();
        self.store.consents_tell(&contact, back, settings, clock::now()).await?;
        Ok(Vec::new())
    }

    async fn started(
        &self,
        contact: &Contact,
        message: &Message,
        spoken: &Spoken<'_>,
        settings: &ConsentSettings,
    ) -> Result<Vec<Entry>, ApplyError> {
        let given = |purpose| statement(contact, message, purpose, true, spoken.text);
        let mut purposes = contact.consents.given_back(message.at);
        purposes.extend(told(contact, given));
        if purposes.is_empty() {
            let (at, message, text) = (message.at, message.id.clone(), spoken.text.to_owned());
            self.store.consent_start(&contact.id, &Start { at, message, text }).await?;
            return Ok(Vec::new());
        }
        let statements = purposes.into_iter().map(given).collect();
        Ok(self.store.consents_tell(contact, statements, settings, clock::now()).await?)
    }

    /// Writes back that it was understood, if it changed anything. What came too late for a free-form answer gets none.
    async fn confirm(
        &self,
        entries: &[Entry],
        keyword: Keyword,
        message: &Message,
        settings: &ConsentSettings,
    ) -> Result<(), ApplyError> {
        let is_news = |entry: &&Entry| entry.is_turn && entry.state != ConsentState::Pending;
        let Some(entry) = entries.iter().find(is_news) else { return Ok(()) };
        if message.at.plus(WINDOW) <= clock::now() {
            return Ok(());
        }
        let Some(text) = confirmation(keyword, &settings.confirmation) else { return Ok(()) };
        // In the thread it stands right behind the message that it is about.
        let at = message.at.plus(Duration::from_secs(1));
        let id = MessageId::of_fact(&message.conversation_id, at, &format!("confirmation:{}", entry.id));
        let (channel, contact) = (&message.channel_id, &message.contact_id);
        let confirmed = Message::automatic(id, channel, contact, "text", json!({"body": text}), at);
        self.store.message_queue(&confirmed).await?;
        Ok(())
    }

    /// `false`: nothing waits for such an answer.
    async fn answered(
        &self,
        answer: Answer,
        question: Option<MessageId>,
        spoken: &Spoken<'_>,
        message: &Message,
        settings: &ConsentSettings,
    ) -> Result<bool, ApplyError> {
        let Some(contact) = self.store.contact_get(&message.contact_id).await? else { return Ok(false) };
        let is_tapped = question.is_some();
        let Some(question) = question.or_else(|| contact.consents.open_question().cloned()) else { return Ok(false) };
        let asked = self.store.message_get(&question).await?;
        let quotes_another = message.context.as_deref() != asked.as_ref().and_then(Message::wamid);
        let is_elsewhere = message.context.is_some() && quotes_another;
        if !is_tapped && (is_elsewhere || !self.is_latest(&question, message).await?) {
            return Ok(false);
        }
        let is_given = answer == Answer::Yes;
        let proof = format!("{} - {}", asked.as_ref().map(words_of).unwrap_or_default(), spoken.text);
        let said = |purpose| Statement {
            source: ConsentSource::Confirmation,
            origin: Some(question.to_string()),
            ..statement(&contact, message, purpose, is_given, &proof)
        };
        let mut purposes = contact.consents.asked_by(&question);
        purposes.extend(told(&contact, said));
        let statements: Vec<Statement> = purposes.into_iter().map(said).collect();
        let is_answer = !statements.is_empty();
        self.store.consents_tell(&contact, statements, settings, clock::now()).await?;
        Ok(is_answer)
    }

    /// Whether the question is the last that we said: only then a text is its answer.
    async fn is_latest(&self, question: &MessageId, message: &Message) -> Result<bool, ApplyError> {
        let page = self.store.messages_page(&message.conversation_id, LATEST, None).await?;
        let ours = page.items.into_iter().find(|said| said.direction == Direction::Outbound);
        Ok(ours.is_some_and(|ours| ours.id == *question))
    }
}

/// What the person read.
fn words_of(question: &Message) -> String {
    let text = question.content.pointer("/body/text").or_else(|| question.content.pointer("/name"));
    text.and_then(|text| text.as_str()).unwrap_or_default().to_owned()
}
