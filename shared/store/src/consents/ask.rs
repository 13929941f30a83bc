//! Asking a person for their own yes: once for each request, by a message whose id follows from the entry that it is about.
//!
//! Which message it is stands in the entry and on the contact before the message is there, so that message-send finds it
//! permitted; a crash in between is healed by telling the same again.
use domain::Time;
use domain::consent::{
    ConsentSettings, Entry, Purpose, QuestionTemplate, Thread, Way, ask_by_message, ask_by_template, choose,
};
use domain::contact::Contact;
use domain::ids::{ConversationId, MessageId};
use domain::message::Message;
use domain::sending::TemplateUse;
use domain::template::APPROVED;
use serde_json::Value;

use super::by_question;
use crate::error::StoreError;
use crate::table::Store;

const TEMPLATE: &str = "template";

impl Store {
    /// Notes in the entries that ask for a yes which message asks, or why none does.
    pub(super) async fn consents_plan_question(
        &self,
        contact: &Contact,
        entries: &mut [Entry],
        settings: &ConsentSettings,
        now: Time,
    ) -> Result<(), StoreError> {
        let Some(first) = entries.iter().find(|entry| contact.consents.asks(entry)) else { return Ok(()) };
        // Told before, and cut off between its purposes: the question is about all of them.
        let is_told =
            |entry: &&Entry| contact.consents.words.get(&entry.purpose).is_some_and(|held| held.entry == entry.id);
        if let Some(question) = entries.iter().filter(is_told).find_map(|entry| entry.question.clone()) {
            for entry in entries.iter_mut().filter(|entry| contact.consents.asks(entry)) {
                entry.question = Some(question.clone());
            }
            return Ok(());
        }
        let fact = format!("question:{}", first.id);
        let threads = self.threads_of(contact).await?;
        let template = settings.question.template.as_ref();
        let plan = match choose(&threads, first.channel.as_ref(), template.is_some(), now) {
            Ok((thread, Way::Template)) => match self.question_template(thread, template).await? {
                Ok(_) => Ok(thread),
                Err(why) => Err(why),
            },
            Ok((thread, Way::Message)) => Ok(thread),
            Err(why) => Err(why.to_owned()),
        };
        let plan =
            plan.map(|thread| MessageId::of_fact(&ConversationId::of(&thread.channel.id, &contact.thread), now, &fact));
        for entry in entries.iter_mut().filter(|entry| contact.consents.asks(entry)) {
            match &plan {
                Ok(question) => entry.question = Some(question.clone()),
                Err(why) => entry.note = Some(why.clone()),
            }
        }
        Ok(())
    }

    /// Writes the questions of these entries, those that are not there yet.
    pub(super) async fn consents_ask(
        &self,
        contact: &Contact,
        entries: &[Entry],
        settings: &ConsentSettings,
        now: Time,
    ) -> Result<(), StoreError> {
        for (question, about) in by_question(entries) {
            if self.message_get(&question).await?.is_some() {
                continue;
            }
            let threads = self.threads_of(contact).await?;
            let conversation = question.conversation();
            let is_it = |thread: &&Thread| ConversationId::of(&thread.channel.id, &contact.thread) == conversation;
            let Some(thread) = threads.iter().find(is_it) else { continue };
            let template = settings.question.template.as_ref();
            let wanted = Some(&thread.channel.id);
            let purposes: Vec<Purpose> = about.iter().map(|entry| entry.purpose).collect();
            let (kind, content) = match choose(&threads, wanted, template.is_some(), now) {
                Ok((_, Way::Message)) => ("interactive", ask_by_message(&question, &purposes, &settings.question)),
                Ok((thread, Way::Template)) => match (self.question_template(thread, template).await?, template) {
                    (Ok(buttons), Some(template)) => (TEMPLATE, ask_by_template(&question, template, buttons)),
                    // It was there when it was chosen, and is not any more.
                    (Ok(_) | Err(_), _) => continue,
                },
                Err(_) => continue,
            };
            let at = about.first().map_or(now, |entry| entry.recorded_at);
            let message = Message::automatic(question, &thread.channel.id, &contact.thread, kind, content, at);
            self.message_queue(&message).await?;
        }
        Ok(())
    }

    /// The person's thread in each channel.
    async fn threads_of(&self, contact: &Contact) -> Result<Vec<Thread>, StoreError> {
        let mut threads = Vec::new();
        for channel in self.channels_all().await? {
            let id = ConversationId::of(&channel.id, &contact.thread);
            threads.push(Thread { conversation: self.conversation_get(&id).await?, channel });
        }
        Ok(threads)
    }

    /// How many quick replies the template has, or why it cannot ask.
    async fn question_template(
        &self,
        thread: &Thread,
        template: Option<&QuestionTemplate>,
    ) -> Result<Result<usize, String>, StoreError> {
        let Some(QuestionTemplate { name, language }) = template else {
            return Ok(Err("No template is set.".to_owned()));
        };
        let content = serde_json::json!({"name": name, "language": {"code": language}});
        let TemplateUse::Found(found) = self.template_used(&thread.channel.waba_id, TEMPLATE, &content).await? else {
            return Ok(Err(format!("The template {name} in language {language} that asks is not known.")));
        };
        if found.status != APPROVED {
            return Ok(Err(format!("The template {name} that asks has status {}.", found.status)));
        }
        let buttons = quick_replies(&found.components);
        Ok(if buttons == 0 { Err(format!("The template {name} that asks has no quick replies.")) } else { Ok(buttons) })
    }
}

fn quick_replies(components: &Value) -> usize {
    let components = components.as_array().into_iter().flatten();
    let buttons = components.filter_map(|component| component["buttons"].as_array()).flatten();
    let is_reply =
        |button: &&Value| button["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("QUICK_REPLY"));
    buttons.filter(is_reply).count()
}
