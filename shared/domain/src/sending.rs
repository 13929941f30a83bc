//! When a message may go out, and what the next step of a send is.
//!
//! A send is claimed on its conversation before Meta is called. So of two workers with the same task one calls, and after
//! a crash the claim tells that Meta may have been called: the message is then in doubt and never sent again blindly.
use crate::Time;
use crate::channel::{Channel, ChannelState};
use crate::conversation::{Conversation, SendClaim};
use crate::message::{Message, State};
use crate::template::{APPROVED, Template};

mod route;

pub use route::{Edge, edge, needs_phone};

/// After so many deliveries of its task a message that Meta keeps putting off is refused. The queue's `maxReceiveCount`
/// is the same number.
pub const TRIES_MAX: u32 = 5;
/// How long Meta's status webhooks may take to settle a message in doubt before a person is asked.
pub const DOUBT_LIMIT: std::time::Duration = std::time::Duration::from_secs(15 * 60);

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
    },
    TemplateNotApproved {
        name: String,
        status: String,
    },
    /// The customer has written nothing to which typing could be shown.
    NothingToAnswer,
    /// The template goes to phones alone, and of the contact none is known (P32).
    PhoneNeeded {
        name: String,
    },
}

impl Refusal {
    /// The last part of the problem's `type`.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::ChannelDisabled => "channel-disabled",
            Refusal::WindowClosed { .. } => "window-closed",
            Refusal::TemplateUnknown { .. } => "template-unknown",
            Refusal::TemplateNotApproved { .. } => "template-not-approved",
            Refusal::NothingToAnswer => "nothing-to-answer",
            Refusal::PhoneNeeded { .. } => "phone-needed",
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
            Refusal::TemplateUnknown { name, language } => format!(
                "No template {name} in language {language} is known for this account. Run POST /v1/templates/sync if it is new."
            ),
            Refusal::TemplateNotApproved { name, status } => {
                format!("Template {name} has status {status}; only APPROVED ones can be sent.")
            }
            Refusal::NothingToAnswer => "The customer has not written in the last 30 days.".to_owned(),
            Refusal::PhoneNeeded { name } => format!(
                "Template {name} is for authentication, which WhatsApp sends to phones only, and no phone of the contact is known. Ask for it with an interactive message of type request_contact_info."
            ),
        }
    }
}

/// The template that a message names, as the mirror knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateUse {
    None,
    Found(Box<Template>),
    Missing { name: String, language: String },
}

/// Whether anything speaks against sending now. The window's rule stands again in the condition of the claim's write.
pub fn permit(
    channel: &Channel,
    conversation: Option<&Conversation>,
    template: &TemplateUse,
    now: Time,
) -> Result<(), Refusal> {
    if channel.state == ChannelState::Disabled {
        return Err(Refusal::ChannelDisabled);
    }
    match template {
        TemplateUse::None => {
            let window = conversation.and_then(|conversation| conversation.window);
            match window {
                Some(window) if window.is_open(now) => Ok(()),
                window => Err(Refusal::WindowClosed { closed_at: window.map(|window| window.closes_at) }),
            }
        }
        TemplateUse::Found(template) if template.status == APPROVED => Ok(()),
        TemplateUse::Found(template) => {
            Err(Refusal::TemplateNotApproved { name: template.name.clone(), status: template.status.clone() })
        }
        TemplateUse::Missing { name, language } => {
            Err(Refusal::TemplateUnknown { name: name.clone(), language: language.clone() })
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The message has its outcome already.
    Nothing,
    /// This attempt was claimed before and left no outcome: Meta may have been called.
    Doubt,
    Refuse(Refusal),
    Claim(SendClaim),
}

pub fn next_step(
    message: &Message,
    channel: &Channel,
    conversation: Option<&Conversation>,
    template: &TemplateUse,
    now: Time,
) -> Step {
    // Its file goes ahead of it: it is sent by the task that follows.
    if message.state() != State::Queued || message.media.is_awaited {
        return Step::Nothing;
    }
    let claim = SendClaim { message: message.id.clone(), attempt: message.attempt };
    if conversation.and_then(|conversation| conversation.sending.as_ref()) == Some(&claim) {
        return Step::Doubt;
    }
    match permit(channel, conversation, template, now) {
        Err(refusal) => Step::Refuse(refusal),
        Ok(()) => Step::Claim(claim),
    }
}

/// From when on a person may decide about a message in doubt: until then a status may still settle it. The time runs from
/// the last call to Meta, which the conversation knows as long as nothing else was sent from it.
pub fn resolvable_at(message: &Message, conversation: Option<&Conversation>) -> Time {
    let claim = SendClaim { message: message.id.clone(), attempt: message.attempt };
    let called = conversation.filter(|conversation| conversation.sending.as_ref() == Some(&claim));
    let called_at = called.and_then(|conversation| conversation.last_outbound_at);
    called_at.map_or(message.received_at, |at| at.max(message.received_at)).plus(DOUBT_LIMIT)
}

/// How long a task waits before its next try: 1, 4, 16, 64 s, as Meta asks for the pair limit.
pub fn pause(deliveries: u32) -> std::time::Duration {
    std::time::Duration::from_secs(4u64.saturating_pow(deliveries.saturating_sub(1).min(3)))
}

#[cfg(test)]
mod tests;
