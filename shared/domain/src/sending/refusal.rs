//! Why a message is not sent, found before Meta is called: each with the last part of its problem's `type`, and what to do.
use super::consent::Lack;
use super::limits::Capped;
use crate::Time;
use crate::health::BlockReason;
use crate::message::{Fault, Message};
use crate::money::{Currency, Micros};
use crate::pricing::NoRate;
use crate::settings::Cap;
use crate::wallet::Credits;

/// Why a message is not sent, found before Meta is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    ChannelDisabled,
    WindowClosed {
        closed_at: Option<Time>,
    },
    /// The template is not in the mirror of the account's list.
    TemplateUnknown {
        name: String,
        language: String,
        /// The languages that it has, where somebody looked.
        others: Vec<String>,
    },
    /// What the message gives does not fit the template as it is now (P36).
    TemplateParameters {
        wrong: String,
    },
    TemplateNotApproved {
        name: String,
        status: String,
    },
    /// Meta, or trouble with the account, holds this kind of message back.
    ChannelRestricted {
        reason: BlockReason,
        until: Option<Time>,
        detail: Option<String>,
    },
    /// The person has not given the consent that the message needs (P40).
    NoConsent(Lack),
    MarketingPaused {
        until: Time,
    },
    /// Meta's limit on the people whom the business writes to first in a day is reached.
    MessagingLimit {
        limit: u64,
        used: u64,
        room_at: Option<Time>,
    },
    /// A cap of the business's own.
    FrequencyCap {
        capped: Capped,
        cap: Cap,
        not_before: Time,
    },
    /// Its time was over before it could go out: its sender's, or the longest that the business lets messages wait.
    TooLate {
        until: Time,
        held: Option<BlockReason>,
    },
    /// The customer has written nothing to which typing could be shown.
    NothingToAnswer,
    /// The template goes to phones alone, and of the contact none is known (P32).
    PhoneNeeded {
        name: String,
    },
    /// The wallet has less than the message may cost.
    InsufficientCredits {
        needed: Micros,
        available: Micros,
        currency: Option<Currency>,
    },
    /// Nobody knows what the message would cost.
    NoRate(NoRate),
}

impl Refusal {
    /// There is not enough credit for messages that go together.
    pub fn short(messages: &[Message], credits: Option<&Credits>) -> Refusal {
        let prices = || messages.iter().filter_map(|message| message.price.as_ref());
        let currency = prices().next().map(|price| price.quote.currency.clone());
        Refusal::InsufficientCredits {
            needed: Micros::sum(prices().map(|price| price.held)).unwrap_or_default(),
            available: credits.and_then(Credits::available).unwrap_or_default(),
            currency,
        }
    }

    /// Whether it may be over by itself, or by what others do, until a message that goes later is to go.
    pub fn passes(&self) -> bool {
        match self {
            Refusal::WindowClosed { .. }
            | Refusal::TemplateNotApproved { .. }
            | Refusal::ChannelRestricted { .. }
            | Refusal::NoConsent(_)
            | Refusal::MarketingPaused { .. }
            | Refusal::MessagingLimit { .. }
            | Refusal::FrequencyCap { .. }
            | Refusal::InsufficientCredits { .. }
            | Refusal::NoRate(_) => true,
            Refusal::ChannelDisabled
            | Refusal::TemplateUnknown { .. }
            | Refusal::TemplateParameters { .. }
            | Refusal::TooLate { .. }
            | Refusal::NothingToAnswer
            | Refusal::PhoneNeeded { .. } => false,
        }
    }

    /// The last part of the problem's `type`.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::ChannelDisabled => "channel-disabled",
            Refusal::WindowClosed { .. } => "window-closed",
            Refusal::TemplateUnknown { .. } => "template-unknown",
            Refusal::TemplateParameters { .. } => "template-parameters",
            Refusal::TemplateNotApproved { .. } => "template-not-approved",
            Refusal::ChannelRestricted { .. } => "channel-restricted",
            Refusal::NoConsent(_) => "no-consent",
            Refusal::MarketingPaused { .. } => "marketing-cooldown",
            Refusal::MessagingLimit { .. } => "messaging-limit",
            Refusal::FrequencyCap { .. } => "frequency-cap",
            Refusal::TooLate { .. } => "too-late",
            Refusal::NothingToAnswer => "nothing-to-answer",
            Refusal::PhoneNeeded { .. } => "phone-needed",
            Refusal::InsufficientCredits { .. } => "insufficient-credits",
            Refusal::NoRate(_) => NoRate::CODE,
        }
    }

    pub fn explain(&self) -> String {
        match self {
            Refusal::ChannelDisabled => "The channel is disabled; enable it or send from another one.".to_owned(),
            Refusal::WindowClosed { closed_at: Some(at) } => {
                format!("The customer service window closed at {at}. Send an approved template, or wait for the customer to write.")
            }
            Refusal::WindowClosed { closed_at: None } => {
                "The customer has not written in the last 24 hours. Send an approved template, or wait for the customer to write."
                    .to_owned()
            }
            Refusal::TemplateUnknown { name, language, others } if !others.is_empty() => {
                format!("Template {name} is not there in language {language}; it is in: {}.", others.join(", "))
            }
            Refusal::TemplateParameters { wrong } => {
                format!("The template was changed after the message was taken, which does not fit it any more: {wrong}.")
            }
            Refusal::TemplateUnknown { name, language, .. } => format!(
                "No template {name} in language {language} is known for this account. Run POST /v1/templates/sync if it is new."
            ),
            Refusal::TemplateNotApproved { name, status } => {
                format!("Template {name} has status {status}; only APPROVED ones can be sent.")
            }
            Refusal::ChannelRestricted { reason, until, detail } => {
                let until = until.map_or_else(|| "until it is lifted".to_owned(), |until| format!("until {until}"));
                let detail = detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
                format!("Messages of this kind are blocked ({reason}) {until}{detail}. GET the channel for its health.")
            }
            Refusal::NoConsent(lack) => lack.explain(),
            Refusal::MarketingPaused { until } => {
                format!("WhatsApp limits marketing to this person; not before {until}.")
            }
            Refusal::MessagingLimit { limit, used, room_at } => {
                let room = room_at.map_or_else(|| "when WhatsApp raises it".to_owned(), |at| format!("at {at}"));
                format!("WhatsApp lets the business write first to {limit} people in a day, and {used} were written to. There is room {room}.")
            }
            Refusal::FrequencyCap { capped, cap: Cap { messages, hours }, not_before } => {
                let what = match capped {
                    Capped::Marketing => "marketing messages",
                    Capped::BusinessInitiated => "messages outside the customer service window",
                };
                format!("The settings let a contact have at most {messages} {what} in {hours} hours; not before {not_before}.")
            }
            Refusal::TooLate { until, held } => {
                let held = held.map(|reason| format!(" It was held back ({reason}).")).unwrap_or_default();
                format!("It was not to be sent from {until} on.{held}")
            }
            Refusal::NothingToAnswer => "The customer has not written in the last 30 days.".to_owned(),
            Refusal::InsufficientCredits { needed, available, currency } => format!(
                "It may cost {needed} {currency}, and {available} {currency} can be spent. Buy credits by POST /v1/credits/top-ups, or see GET /v1/credits for what is held.", currency = currency.as_ref().map_or("", Currency::code)
            ),
            Refusal::NoRate(missing) => missing.explain(),
            Refusal::PhoneNeeded { name } => format!(
                "Template {name} is for authentication, which WhatsApp sends to phones only, and no phone of the contact is known. Ask for it with an interactive message of type request_contact_info."
            ),
        }
    }
}

impl From<&Refusal> for Fault {
    fn from(refusal: &Refusal) -> Fault {
        Fault { code: 0, title: refusal.code().to_owned(), details: Some(refusal.explain()) }
    }
}
