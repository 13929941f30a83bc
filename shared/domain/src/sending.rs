//! When a message may go out, and what the next step of a send is.
//!
//! A send is claimed on its conversation before Meta is called. So of two workers with the same task one calls, and after
//! a crash the claim tells that Meta may have been called: the message is then in doubt and never sent again blindly.
use std::time::Duration;

use crate::Time;
use crate::channel::{Channel, ChannelState};
use crate::conversation::{Conversation, SendClaim};
use crate::health::{BlockReason, Health, Nature};
use crate::message::{HoldState, Message, State};
use crate::pacing::{pair, pair_turn};
use crate::reach::Reach;
use crate::settings::Settings;
use crate::template::{APPROVED, MARKETING, Template, UTILITY};

mod consent;
pub mod limits;
mod line;
mod refusal;
mod route;
mod schedule;

use limits::{Sends, Started};

pub use consent::{Grounds, Lack, needs_consent};
pub use line::{HoldPlan, Line, looks_from, waits};
pub use refusal::Refusal;
pub use route::{Edge, edge, needs_phone};
pub use schedule::{AHEAD_MAX, Answered, Due, Schedule, TOLERANCE, Timing, answered, due, may_be_answered, timing};

/// After so many deliveries of its task a message that Meta keeps putting off is refused. The queue's `maxReceiveCount`
/// is the same number.
pub const TRIES_MAX: u32 = 5;
/// How long Meta's status webhooks may take to settle a message in doubt before a person is asked.
pub const DOUBT_LIMIT: Duration = Duration::from_secs(15 * 60);

/// The template that a message names, as the mirror knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateUse {
    None,
    Found(Box<Template>),
    Missing { name: String, language: String },
}

/// All that a decision rests on, the message aside.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    pub channel: &'a Channel,
    /// Of the number and its account together.
    pub health: &'a Health,
    pub reach: &'a Reach,
    pub consent: Grounds<'a>,
    pub conversation: Option<&'a Conversation>,
    /// Why a message ahead of this one in the conversation's line waits, see [`looks_from`].
    pub ahead: Option<BlockReason>,
    pub template: &'a TemplateUse,
    pub settings: &'a Settings,
    /// What the contact was sent outside its windows.
    pub sends: &'a Sends,
    /// Whom the portfolio wrote to first.
    pub started: &'a Started,
    pub now: Time,
}

impl Situation<'_> {
    fn is_open(&self) -> bool {
        let margin = self.settings.window.safety_margin();
        self.conversation.is_some_and(|conversation| conversation.is_within_window(self.now, margin))
    }

    fn category(&self) -> &str {
        match self.template {
            TemplateUse::Found(template) => &template.category,
            TemplateUse::None | TemplateUse::Missing { .. } => "",
        }
    }

    fn nature(&self) -> Nature {
        Nature { is_initiated: !self.is_open(), is_utility: self.category() == UTILITY }
    }
}

/// Whether anything speaks against taking a message to be sent now.
pub fn permit(situation: &Situation) -> Result<(), Refusal> {
    rules(situation)?;
    let mut holding = situation.health.holding(situation.nature(), situation.now);
    if let Some((reason, block)) = holding.find(|(reason, _)| reason.refuses()) {
        return Err(Refusal::ChannelRestricted { reason, until: block.until, detail: block.detail.clone() });
    }
    limits::frequency(situation, None)?;
    limits::messaging(situation)
}

/// What holds for a message at any time, also for one that was taken before. The window's rule stands again in the
/// condition of the claim's write.
fn rules(situation: &Situation) -> Result<(), Refusal> {
    if situation.channel.state == ChannelState::Disabled {
        return Err(Refusal::ChannelDisabled);
    }
    match situation.template {
        TemplateUse::None if situation.is_open() => Ok(()),
        TemplateUse::None => {
            let margin = situation.settings.window.safety_margin();
            let closed_at = situation.conversation.and_then(|known| known.window_closed_at(situation.now, margin));
            Err(Refusal::WindowClosed { closed_at })
        }
        TemplateUse::Found(template) if template.status != APPROVED => {
            Err(Refusal::TemplateNotApproved { name: template.name.clone(), status: template.standing() })
        }
        TemplateUse::Found(template) => {
            consent::check(situation)?;
            if template.category == MARKETING { cooldown(situation) } else { Ok(()) }
        }
        TemplateUse::Missing { name, language } => {
            Err(Refusal::TemplateUnknown { name: name.clone(), language: language.clone(), others: Vec::new() })
        }
    }
}

/// Meta's limit on marketing to the person ends when they write.
fn cooldown(situation: &Situation) -> Result<(), Refusal> {
    match situation.reach.marketing_paused_until {
        Some(until) if situation.now < until && !situation.is_open() => Err(Refusal::MarketingPaused { until }),
        Some(_) | None => Ok(()),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The message has its outcome already.
    Nothing,
    /// This attempt was claimed before and left no outcome: Meta may have been called.
    Doubt,
    Refuse(Refusal),
    /// It goes in a moment.
    Wait(Duration),
    Hold(HoldPlan),
    Claim(ClaimPlan),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPlan {
    pub claim: SendClaim,
    /// When the debt of the conversation's pace is paid after this message.
    pub paid_at: Option<Time>,
    pub line: Line,
}

/// A pause of at most this is waited for by the task itself, and at most [`WAITS_MAX`] times: each costs one of its tries.
const WAIT_MAX: Duration = Duration::from_secs(8);
pub const WAITS_MAX: u32 = 2;

/// `deliveries`: how often the task has come, this time included.
pub fn next_step(message: &Message, situation: &Situation, deliveries: u32) -> Step {
    // Its file goes ahead of it: it is sent by the task that follows.
    if message.state() != State::Queued || message.media.is_awaited {
        return Step::Nothing;
    }
    let (conversation, now) = (situation.conversation, situation.now);
    let claim = SendClaim { message: message.id.clone(), attempt: message.attempt };
    if conversation.and_then(|conversation| conversation.sending.as_ref()) == Some(&claim) {
        return Step::Doubt;
    }
    if let Err(refusal) = may_go(message, situation) {
        return Step::Refuse(refusal);
    }
    let pace = conversation.map(|conversation| &conversation.pace);
    let released = message.dispatch.hold.as_ref().filter(|hold| hold.state != HoldState::Held);
    let paid_at = pace.and_then(|pace| pace.paid_at);
    let barrier = pace.and_then(|pace| pace.held.as_ref()).filter(|_| released.is_none());
    if let Some(reason) = barrier.map(|held| held.reason).or(situation.ahead) {
        let plan = HoldPlan::new(reason, None);
        return Step::Hold(if reason == BlockReason::Pace { in_turn(paid_at, now) } else { plan });
    }
    let is_probe = released.is_some_and(|hold| hold.state == HoldState::Probe);
    // A probe passes what nobody else tells.
    let mut holding = situation.health.holding(situation.nature(), now);
    if let Some((reason, block)) = holding.find(|(reason, _)| !(is_probe && reason.is_probed())) {
        return Step::Hold(HoldPlan::new(reason, block.until));
    }
    if let Err(Refusal::MessagingLimit { room_at, .. }) = limits::messaging(situation) {
        return Step::Hold(HoldPlan::new(BlockReason::MessagingLimit, room_at));
    }
    // A message that waited for its turn has paid for it.
    let has_paid = released.is_some_and(|hold| hold.reason == BlockReason::Pace);
    let line = line::after(message, conversation);
    if has_paid {
        return Step::Claim(ClaimPlan { claim, paid_at: None, line });
    }
    match pair(paid_at, now) {
        Ok(paid_at) => Step::Claim(ClaimPlan { claim, paid_at: Some(paid_at), line }),
        Err(wait) if wait <= WAIT_MAX && deliveries <= WAITS_MAX => Step::Wait(wait),
        Err(_) => Step::Hold(in_turn(paid_at, now)),
    }
}

/// What speaks for good against sending a message that was taken; what only holds it up is another matter.
fn may_go(message: &Message, situation: &Situation) -> Result<(), Refusal> {
    limits::in_time(message, situation.settings, situation.now)?;
    rules(situation)?;
    limits::frequency(situation, Some(message))
}

/// The hold of a message for which the number has no place for `wait`.
pub fn put_off(conversation: Option<&Conversation>, now: Time, wait: Duration) -> HoldPlan {
    let plan = in_turn(conversation.and_then(|conversation| conversation.pace.paid_at), now);
    HoldPlan { until: plan.until.max(Some(now.plus(wait))), ..plan }
}

fn in_turn(paid_at: Option<Time>, now: Time) -> HoldPlan {
    let (turn, paid_at) = pair_turn(paid_at, now);
    HoldPlan { paid_at: Some(paid_at), ..HoldPlan::new(BlockReason::Pace, Some(turn)) }
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
pub fn pause(deliveries: u32) -> Duration {
    Duration::from_secs(4u64.saturating_pow(deliveries.saturating_sub(1).min(3)))
}

#[cfg(test)]
mod tests;
