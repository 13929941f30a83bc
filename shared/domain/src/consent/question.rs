//! Asking a person for their own yes, and reading their answer.
use serde_json::{Value, json};

use super::Purpose;
use super::keywords::normal;
use super::settings::{QuestionSettings, QuestionTemplate};
use crate::Time;
use crate::channel::{Channel, ChannelState};
use crate::conversation::Conversation;
use crate::ids::{ChannelId, MessageId};

const YES: &str = "consent-yes:";
const NO: &str = "consent-no:";

/// Whole messages that mean yes, and no, while a question waits for its answer.
const YES_WORDS: &[&str] = &[
    "yes",
    "y",
    "yes please",
    "ok",
    "okay",
    "si",
    "sí",
    "sim",
    "oui",
    "ja",
    "tak",
    "ano",
    "áno",
    "igen",
    "da",
    "да",
    "так",
    "ναι",
    "evet",
    "نعم",
    "כן",
    "بله",
    "ہاں",
    "हाँ",
    "हां",
    "হ্যাঁ",
    "ஆம்",
    "అవును",
    "是",
    "好",
    "はい",
    "네",
    "예",
    "ใช่",
    "có",
    "ya",
    "oo",
    "kyllä",
    "taip",
    "jā",
    "jah",
    "ndiyo",
];
const NO_WORDS: &[&str] = &[
    "no",
    "n",
    "no thanks",
    "não",
    "nao",
    "non",
    "nein",
    "nee",
    "nie",
    "ne",
    "nem",
    "nu",
    "нет",
    "не",
    "ні",
    "όχι",
    "οχι",
    "hayır",
    "hayir",
    "لا",
    "לא",
    "خیر",
    "نہیں",
    "नहीं",
    "না",
    "இல்லை",
    "కాదు",
    "不",
    "いいえ",
    "아니요",
    "ไม่",
    "không",
    "tidak",
    "hindi",
    "nej",
    "nei",
    "ei",
    "hapana",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
}

/// The id of the button that gives this answer to this question.
pub fn answer_id(answer: Answer, question: &MessageId) -> String {
    let prefix = match answer {
        Answer::Yes => YES,
        Answer::No => NO,
    };
    format!("{prefix}{question}")
}

/// What a button's id, or else a whole message, says. The question is named by a button only.
pub fn read_answer(
    id: Option<&str>,
    text: Option<&str>,
    settings: &QuestionSettings,
) -> Option<(Answer, Option<MessageId>)> {
    for (prefix, answer) in [(YES, Answer::Yes), (NO, Answer::No)] {
        if let Some(question) = id.and_then(|id| id.strip_prefix(prefix)).and_then(MessageId::parse) {
            return Some((answer, Some(question)));
        }
    }
    let text = normal(text?)?;
    let has = |own: &[String], usual: &[&str]| match own {
        [] => usual.iter().any(|word| normal(word).as_deref() == Some(&text)),
        own => own.iter().any(|word| normal(word).as_deref() == Some(&text)),
    };
    if has(&settings.yes_words, YES_WORDS) {
        return Some((Answer::Yes, None));
    }
    has(&settings.no_words, NO_WORDS).then_some((Answer::No, None))
}

/// Where a person could be asked.
#[derive(Clone, Debug)]
pub struct Thread {
    pub channel: Channel,
    pub conversation: Option<Conversation>,
}

impl Thread {
    fn is_open(&self, now: Time) -> bool {
        let window = self.conversation.as_ref().and_then(|conversation| conversation.window);
        window.is_some_and(|window| window.is_open(now))
    }

    fn last_written(&self) -> Option<Time> {
        let conversation = self.conversation.as_ref()?;
        conversation.last_inbound_at.max(conversation.last_outbound_at)
    }
}

/// By which kind of message the person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Message,
    Template,
}

/// In which thread a person is asked, and how; or why they cannot be. An open window comes first, then the thread in which
/// something was written last; one of several channels is never guessed for somebody who has no thread.
pub fn choose<'a>(
    threads: &'a [Thread],
    wanted: Option<&ChannelId>,
    has_template: bool,
    now: Time,
) -> Result<(&'a Thread, Way), &'static str> {
    let is_eligible = |thread: &&Thread| {
        thread.channel.state == ChannelState::Active && wanted.is_none_or(|wanted| *wanted == thread.channel.id)
    };
    let eligible: Vec<&Thread> = threads.iter().filter(is_eligible).collect();
    let open = eligible.iter().filter(|thread| thread.is_open(now));
    if let Some(thread) = open.max_by_key(|thread| thread.last_written()) {
        return Ok((thread, Way::Message));
    }
    if !has_template {
        return Err(
            "No window is open and no template to ask with is set (consent.question.template in the settings).",
        );
    }
    let known = eligible.iter().filter(|thread| thread.conversation.is_some());
    match (known.max_by_key(|thread| thread.last_written()), eligible.as_slice()) {
        (Some(thread), _) => Ok((thread, Way::Template)),
        (None, [only]) => Ok((only, Way::Template)),
        (None, []) => Err("There is no active channel to ask from."),
        (None, _) => Err("There are several channels; name the one to ask from (channel_id)."),
    }
}

fn about(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Service => "answers and codes",
        Purpose::Utility => "news about your orders and appointments",
        Purpose::Marketing => "offers and news",
    }
}

/// The content of an interactive message that asks.
pub fn ask_by_message(question: &MessageId, purposes: &[Purpose], settings: &QuestionSettings) -> Value {
    let named: Vec<&str> = purposes.iter().map(|purpose| about(*purpose)).collect();
    let usual = || format!("Would you like to receive {} from us here on WhatsApp?", named.join(", and "));
    let button = |answer, title: &Option<String>, usual: &str| {
        let title = title.as_deref().unwrap_or(usual);
        json!({"type": "reply", "reply": {"id": answer_id(answer, question), "title": title}})
    };
    json!({
        "type": "button",
        "body": {"text": settings.text.clone().unwrap_or_else(usual)},
        "action": {"buttons": [
            button(Answer::Yes, &settings.yes, "Yes"), button(Answer::No, &settings.no, "No"),
        ]},
    })
}

/// The content of a template message that asks. `buttons`: how many quick replies the template has.
pub fn ask_by_template(question: &MessageId, template: &QuestionTemplate, buttons: usize) -> Value {
    let answers = [(0, Answer::Yes), (1, Answer::No)].into_iter().take(buttons);
    let button = |(index, answer): (usize, Answer)| {
        let payload = json!({"type": "payload", "payload": answer_id(answer, question)});
        json!({"type": "button", "sub_type": "quick_reply", "index": index.to_string(), "parameters": [payload]})
    };
    json!({
        "name": template.name, "language": {"code": template.language},
        "components": answers.map(button).collect::<Vec<_>>(),
    })
}
