//! What a webhook about an account, a number or a business means for us: what it is about, which facts it tells, which
//! messages it stops or lets go on.
//!
//! Guarantees: nothing that is not certain stops anything (violations, alerts and announced bans only tell); what is not
//! known is told as a change of the account and kept raw.
use domain::Time;
use domain::event::EventKind;
use domain::health::{BlockReason, Change as HealthChange, Fact, Told};
use domain::pacing::Throughput;
use serde_json::Value;
use serde_json::value::RawValue;

use super::change::{
    AccountEvent, AccountUpdate, BanState, Change, MessagingLimit, PhoneName, PhoneQuality, PhoneQualityEvent,
};
use crate::loose::{self, Loose};

#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// Under which name it is told.
    pub kind: EventKind,
    pub about: About,
    pub changes: Vec<HealthChange>,
}

/// What a change is about. An account is the one of the webhook unless it names another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    Account(Option<String>),
    /// The number with these digits.
    Digits(String),
    /// The number with this id of Meta's.
    NumberId(String),
}

/// Meta's words for restrictions that hold messages back.
const RESTRICTIONS: [(&str, BlockReason); 3] = [
    ("RESTRICTED_BIZ_INITIATED_MESSAGING", BlockReason::RestrictedInitiated),
    ("RESTRICTED_CUSTOMER_INITIATED_MESSAGING", BlockReason::RestrictedReplies),
    ("RESTRICTED_UTILITY_TEMPLATES", BlockReason::RestrictedUtility),
];

/// The digits of a number, however it is written.
pub fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

impl News {
    /// Reads the value of a change of `field` that was told at `at`.
    pub fn read(field: &str, raw: &RawValue, at: Time) -> News {
        let value = loose::object(raw.get()).unwrap_or_default();
        let telling = Telling { value: &value, at };
        match Change::read(field, raw) {
            Change::AccountUpdate(update) => telling.account(&update),
            Change::AccountReview(decision) => {
                telling.fact(EventKind::AccountReviewed, About::Account(None), Fact::Review, decision.word())
            }
            Change::Alert(alert) => {
                let is_number = alert.entity_type.as_deref() == Some("PHONE_NUMBER");
                let number = alert.entity_id.clone().filter(|_| is_number);
                let about = number.map_or(About::Account(None), About::NumberId);
                telling.fact(EventKind::AccountAlerted, about, Fact::Alert, alert.kind.as_deref().unwrap_or_default())
            }
            Change::Capability(capability) => {
                let mut news = telling.fact(EventKind::CapabilityChanged, About::Account(None), Fact::Capability, "");
                news.changes.extend(capability.messaging_limit.map(|limit| telling.limit(&limit)));
                news
            }
            Change::PhoneQuality(quality) => telling.quality(&quality),
            Change::PhoneName(name) => telling.name(&name),
            Change::Security(security) => {
                let about = telling.number();
                telling.fact(EventKind::ChannelSecurity, about, Fact::Security, security.event.word())
            }
            Change::Template(_) | Change::Preference(_) | Change::Unknown => telling.other(),
        }
    }
}

struct Telling<'a> {
    value: &'a Value,
    at: Time,
}

impl Telling<'_> {
    fn told(&self, value: &str) -> Told {
        Told { value: value.to_owned(), details: self.value.clone(), at: self.at }
    }

    fn fact(&self, kind: EventKind, about: About, fact: Fact, value: &str) -> News {
        News { kind, about, changes: vec![HealthChange::Fact(fact, self.told(value))] }
    }

    fn limit(&self, limit: &MessagingLimit) -> HealthChange {
        let text = match limit {
            MessagingLimit::Users(users) => users.to_string(),
            MessagingLimit::Unlimited => "unlimited".to_owned(),
            MessagingLimit::Unknown(text) => text.clone(),
        };
        HealthChange::Fact(Fact::MessagingLimit, self.told(&text))
    }

    fn number(&self) -> About {
        let number = ["display_phone_number", "phone_number"].iter().find_map(|name| self.value.text(name));
        number.map_or(About::Account(None), |number| About::Digits(digits(&number)))
    }

    fn block(&self, reason: BlockReason, until: Option<Time>) -> HealthChange {
        HealthChange::Block { reason, at: self.at, until, detail: self.value.text("event") }
    }

    fn lift(&self, reason: BlockReason) -> HealthChange {
        HealthChange::Lift { reason, at: self.at }
    }

    fn account(&self, update: &AccountUpdate) -> News {
        let about = match &update.phone_number {
            Some(number) => About::Digits(digits(number)),
            None => About::Account(update.waba_id.clone()),
        };
        let news = |kind, changes| News { kind, about: about.clone(), changes };
        let fact = |kind, fact, value: &str| self.fact(kind, about.clone(), fact, value);
        let connection = EventKind::ConnectionChanged;
        use BlockReason::{Banned, Deleted, Offboarded, PartnerRemoved};
        match &update.event {
            AccountEvent::Restriction => news(EventKind::AccountRestricted, self.restrictions(update)),
            AccountEvent::Violation => {
                fact(EventKind::AccountViolated, Fact::Violation, update.violation.as_deref().unwrap_or_default())
            }
            AccountEvent::DisabledUpdate => {
                let state = update.ban_state.as_ref();
                let mut news = fact(EventKind::BanChanged, Fact::Ban, state.map_or("", BanState::word));
                match state {
                    Some(BanState::Disable) => news.changes.push(self.block(Banned, None)),
                    Some(BanState::Reinstate) => news.changes.push(self.lift(Banned)),
                    Some(BanState::ScheduledForDisable | BanState::Unknown(_)) | None => {}
                }
                news
            }
            AccountEvent::Deleted => news(connection, vec![self.block(Deleted, None)]),
            AccountEvent::Offboarded => news(connection, vec![self.block(Offboarded, None)]),
            AccountEvent::PartnerRemoved => news(connection, vec![self.block(PartnerRemoved, None)]),
            AccountEvent::Reconnected => {
                news(connection, [Deleted, Offboarded, PartnerRemoved].map(|reason| self.lift(reason)).to_vec())
            }
            AccountEvent::PartnerAdded => news(connection, vec![self.lift(PartnerRemoved)]),
            AccountEvent::AuthInternationalPrice | AccountEvent::PrimaryCountry | AccountEvent::VolumeTier => {
                fact(EventKind::PricingChanged, Fact::Pricing, update.event.word())
            }
            AccountEvent::AdAccountLinked
            | AccountEvent::MarketingTermsSigned
            | AccountEvent::PartnerAppInstalled
            | AccountEvent::PartnerAppUninstalled
            | AccountEvent::PartnerCertificationNeeded
            | AccountEvent::PartnerCertificationStatus
            | AccountEvent::Verified => fact(EventKind::PartnerChanged, Fact::Partner, update.event.word()),
            AccountEvent::Unknown(_) => news(EventKind::AccountChanged, Vec::new()),
        }
    }

    /// The webhook names all restrictions that there are: those that it does not name are over.
    fn restrictions(&self, update: &AccountUpdate) -> Vec<HealthChange> {
        let change = |(word, reason): (&str, BlockReason)| {
            let named = update.restrictions.iter().find(|restriction| restriction.kind == word);
            named.map_or_else(|| self.lift(reason), |named| self.block(reason, named.expires_at))
        };
        RESTRICTIONS.into_iter().map(change).collect()
    }

    fn quality(&self, quality: &PhoneQuality) -> News {
        let mut news = News { kind: EventKind::QualityChanged, about: self.number(), changes: Vec::new() };
        match quality.event {
            PhoneQualityEvent::ThroughputUpgrade => {
                news.kind = EventKind::ThroughputChanged;
                let told = self.told(Throughput::High.word());
                news.changes.push(HealthChange::Fact(Fact::Throughput, told));
            }
            PhoneQualityEvent::Flagged | PhoneQualityEvent::Unflagged => {
                news.changes.push(HealthChange::Fact(Fact::Quality, self.told(quality.event.word())));
            }
            PhoneQualityEvent::Onboarding
            | PhoneQualityEvent::Upgrade
            | PhoneQualityEvent::Downgrade
            | PhoneQualityEvent::Unknown(_) => {}
        }
        news.changes.extend(quality.limit.as_ref().map(|limit| self.limit(limit)));
        news
    }

    fn name(&self, name: &PhoneName) -> News {
        self.fact(EventKind::NameChanged, self.number(), Fact::Name, name.decision.word())
    }

    /// What only its members tell.
    fn other(&self) -> News {
        let text = |name: &str| self.value.text(name);
        let account = About::Account(None);
        if let Some(settings) = self.value.object("phone_number_settings") {
            let about = settings.text("phone_number_id").map_or(account, About::NumberId);
            return self.fact(EventKind::SettingsChanged, about, Fact::Settings, &text("type").unwrap_or_default());
        }
        if let Some(status) = text("solution_status") {
            return self.fact(EventKind::PartnerChanged, account, Fact::Partner, &status);
        }
        if self.value.get("configuration_name").is_some() {
            let status = text("status").unwrap_or_default();
            return self.fact(EventKind::PaymentsChanged, account, Fact::Payments, &status);
        }
        if let Some(status) = text("status").filter(|_| self.value.get("display_phone_number").is_some()) {
            let username = text("username").filter(|_| status != "deleted").unwrap_or_default();
            return self.fact(EventKind::UsernameChanged, self.number(), Fact::Username, &username);
        }
        News { kind: EventKind::AccountChanged, about: account, changes: Vec::new() }
    }
}

#[cfg(test)]
mod tests;
