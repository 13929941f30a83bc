//! Changes of the account, of a number, of a template or of a person's preferences.
//!
//! Guarantees: reading never fails; what a change is follows from its members first and from the field second, because
//! fields are missing or wrong in some of Meta's own samples; a change that fits nothing is `Unknown` and stays raw.
use domain::Time;
use serde_json::Value;
use serde_json::value::RawValue;

use super::contact::Person;
use super::template_change::TemplateChange;
use crate::loose::{self, Loose};
use crate::open::open_enum;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Template(TemplateChange),
    AccountUpdate(AccountUpdate),
    AccountReview(Decision),
    Alert(Alert),
    Capability(Capability),
    PhoneQuality(PhoneQuality),
    PhoneName(PhoneName),
    Security(Security),
    Preference(Preference),
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountUpdate {
    pub event: AccountEvent,
    /// Only for events about one number.
    pub phone_number: Option<String>,
    /// The account that a partner's event is about; `waba_id` of the atom is then the partner's.
    pub waba_id: Option<String>,
    pub restrictions: Vec<Restriction>,
    pub violation: Option<String>,
    pub ban_state: Option<BanState>,
    pub country: Option<String>,
}

open_enum! {
    pub enum AccountEvent {
        Deleted = "ACCOUNT_DELETED",
        Offboarded = "ACCOUNT_OFFBOARDED",
        Reconnected = "ACCOUNT_RECONNECTED",
        Restriction = "ACCOUNT_RESTRICTION",
        Violation = "ACCOUNT_VIOLATION",
        AdAccountLinked = "AD_ACCOUNT_LINKED",
        AuthInternationalPrice = "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
        PrimaryCountry = "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
        DisabledUpdate = "DISABLED_UPDATE",
        MarketingTermsSigned = "MM_LITE_TERMS_SIGNED",
        PartnerAdded = "PARTNER_ADDED",
        PartnerRemoved = "PARTNER_REMOVED",
        PartnerAppInstalled = "PARTNER_APP_INSTALLED",
        PartnerAppUninstalled = "PARTNER_APP_UNINSTALLED",
        PartnerCertificationNeeded = "PARTNER_CLIENT_CERTIFICATION_NEEDED",
        PartnerCertificationStatus = "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE",
        VolumeTier = "VOLUME_BASED_PRICING_TIER_UPDATE",
        Verified = "VERIFIED_ACCOUNT",
    }
}

open_enum! {
    pub enum BanState {
        Disable = "DISABLE",
        Reinstate = "REINSTATE",
        ScheduledForDisable = "SCHEDULE_FOR_DISABLE",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// Meta's word, such as `RESTRICTED_BIZ_INITIATED_MESSAGING`.
    pub kind: String,
    pub expires_at: Option<Time>,
}

open_enum! {
    pub enum Decision {
        Approved = "APPROVED",
        Rejected = "REJECTED",
        Pending = "PENDING",
        Deferred = "DEFERRED",
    }
}

/// An alert about a business, an account or a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub entity_type: Option<String>,
    pub entity_id: Option<String>,
    pub severity: Option<String>,
    pub status: Option<String>,
    pub kind: Option<String>,
    pub description: Option<String>,
}

/// What the business may do from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Users whom the business may write to first, per day.
    pub messaging_limit: Option<MessagingLimit>,
    pub phone_numbers_per_business: Option<i64>,
    pub phone_numbers_per_waba: Option<i64>,
}

/// Meta writes it as a number (-1: no limit) and as a tier (`TIER_2K`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessagingLimit {
    Users(i64),
    Unlimited,
    Unknown(String),
}

impl MessagingLimit {
    pub fn read(text: &str) -> MessagingLimit {
        let tier = text.strip_prefix("TIER_").unwrap_or(text);
        let users = match tier.strip_suffix('K') {
            Some(thousands) => thousands.parse::<i64>().ok().and_then(|users| users.checked_mul(1000)),
            None => tier.parse().ok(),
        };
        match users {
            Some(users) if users < 0 => MessagingLimit::Unlimited,
            Some(users) => MessagingLimit::Users(users),
            None if tier == "UNLIMITED" => MessagingLimit::Unlimited,
            None => MessagingLimit::Unknown(text.to_owned()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneQuality {
    pub display_phone_number: Option<String>,
    pub event: PhoneQualityEvent,
    pub limit: Option<MessagingLimit>,
    pub old_limit: Option<MessagingLimit>,
}

open_enum! {
    pub enum PhoneQualityEvent {
        Onboarding = "ONBOARDING",
        Upgrade = "UPGRADE",
        Downgrade = "DOWNGRADE",
        Flagged = "FLAGGED",
        Unflagged = "UNFLAGGED",
        ThroughputUpgrade = "THROUGHPUT_UPGRADE",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneName {
    pub display_phone_number: Option<String>,
    pub decision: Decision,
    pub name: Option<String>,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    pub display_phone_number: Option<String>,
    pub event: SecurityEvent,
    pub requester: Option<String>,
}

open_enum! {
    pub enum SecurityEvent {
        PinChanged = "PIN_CHANGED",
        PinResetRequest = "PIN_RESET_REQUEST",
        PinRequestSuccess = "PIN_REQUEST_SUCCESS",
    }
}

/// A person stopped or resumed marketing messages in WhatsApp itself (P40).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference {
    pub person: Person,
    /// `marketing_messages`.
    pub category: Option<String>,
    pub word: PreferenceWord,
    pub at: Option<Time>,
    pub signup_id: Option<String>,
}

open_enum! {
    pub enum PreferenceWord {
        Stop = "stop",
        Resume = "resume",
        Signup = "signup",
    }
}

impl Change {
    /// Reads the value of a change of `field`, or an item of its `user_preferences`.
    pub fn read(field: &str, raw: &RawValue) -> Change {
        let Ok(value) = loose::object(raw.get()) else { return Change::Unknown };
        if let Some(change) = TemplateChange::read(&value) {
            return Change::Template(change);
        }
        by_members(&value).or_else(|| by_field(field, &value)).unwrap_or(Change::Unknown)
    }
}

fn by_members(value: &Value) -> Option<Change> {
    let has = |names: &[&str]| names.iter().any(|name| value.get(*name).is_some());
    if has(&["alert_info", "alert_type"]) {
        return Some(Change::Alert(Alert::read(value)));
    }
    if let Some(word) = value.text("decision") {
        let decision = Decision::read(&word);
        let is_name = has(&["requested_verified_name", "display_phone_number"]);
        return Some(if is_name {
            Change::PhoneName(PhoneName::read(decision, value))
        } else {
            Change::AccountReview(decision)
        });
    }
    if let Some(word) = value.text("value").filter(|_| has(&["category", "wa_id", "user_id"])) {
        return Some(Change::Preference(Preference::read(&word, value)));
    }
    if let Some(word) = value.text("event") {
        return by_event(&word, value);
    }
    (has(&CAPABILITY_LIMITS) || has(&CAPABILITY_NUMBERS)).then(|| Change::Capability(Capability::read(value)))
}

fn by_event(word: &str, value: &Value) -> Option<Change> {
    if AccountEvent::read(word).is_known() {
        Some(Change::AccountUpdate(AccountUpdate::read(word, value)))
    } else if PhoneQualityEvent::read(word).is_known() {
        Some(Change::PhoneQuality(PhoneQuality::read(word, value)))
    } else if SecurityEvent::read(word).is_known() {
        Some(Change::Security(Security::read(word, value)))
    } else {
        None
    }
}

/// For events whose word is new.
fn by_field(field: &str, value: &Value) -> Option<Change> {
    let word = value.text("event")?;
    match field {
        "account_update" => Some(Change::AccountUpdate(AccountUpdate::read(&word, value))),
        "phone_number_quality_update" => Some(Change::PhoneQuality(PhoneQuality::read(&word, value))),
        "security" => Some(Change::Security(Security::read(&word, value))),
        _ => None,
    }
}

impl AccountUpdate {
    fn read(event: &str, value: &Value) -> AccountUpdate {
        let within = |object: &str, name: &str| value.object(object).and_then(|inner| inner.text(name));
        let restriction = |item: &Value| {
            Some(Restriction { kind: item.text("restriction_type")?, expires_at: item.time("expiration") })
        };
        AccountUpdate {
            event: AccountEvent::read(event),
            phone_number: value.text("phone_number"),
            waba_id: within("waba_info", "waba_id"),
            restrictions: value.list("restriction_info").into_iter().filter_map(restriction).collect(),
            violation: within("violation_info", "violation_type"),
            ban_state: within("ban_info", "waba_ban_state").map(|word| BanState::read(&word)),
            country: value.text("country"),
        }
    }
}

impl Alert {
    /// Some samples have the alert's members beside the entity.
    fn read(value: &Value) -> Alert {
        let info = value.object("alert_info").unwrap_or(value);
        Alert {
            entity_type: value.text("entity_type"),
            entity_id: value.text("entity_id"),
            severity: info.text("alert_severity"),
            status: info.text("alert_status"),
            kind: info.text("alert_type"),
            description: info.text("alert_description"),
        }
    }
}

const CAPABILITY_LIMITS: [&str; 2] = ["max_daily_conversations_per_business", "max_daily_conversation_per_phone"];
const CAPABILITY_NUMBERS: [&str; 2] = ["max_phone_numbers_per_business", "max_phone_numbers_per_waba"];

impl Capability {
    fn read(value: &Value) -> Capability {
        let limit = CAPABILITY_LIMITS.iter().find_map(|name| value.text(name));
        let [per_business, per_waba] = CAPABILITY_NUMBERS.map(|name| value.number(name));
        Capability {
            messaging_limit: limit.map(|text| MessagingLimit::read(&text)),
            phone_numbers_per_business: per_business,
            phone_numbers_per_waba: per_waba,
        }
    }
}

impl PhoneQuality {
    fn read(event: &str, value: &Value) -> PhoneQuality {
        let limit = ["max_daily_conversations_per_business", "current_limit"].iter().find_map(|name| value.text(name));
        PhoneQuality {
            display_phone_number: value.text("display_phone_number"),
            event: PhoneQualityEvent::read(event),
            limit: limit.map(|text| MessagingLimit::read(&text)),
            old_limit: value.text("old_limit").map(|text| MessagingLimit::read(&text)),
        }
    }
}

impl PhoneName {
    fn read(decision: Decision, value: &Value) -> PhoneName {
        PhoneName {
            display_phone_number: value.text("display_phone_number"),
            decision,
            name: value.text("requested_verified_name"),
            reason: value.text("rejection_reason"),
        }
    }
}

impl Security {
    fn read(event: &str, value: &Value) -> Security {
        Security {
            display_phone_number: value.text("display_phone_number"),
            event: SecurityEvent::read(event),
            requester: value.text("requester"),
        }
    }
}

impl Preference {
    fn read(word: &str, value: &Value) -> Preference {
        Preference {
            person: Person::read(value, &["wa_id"], &["user_id"], &["parent_user_id"]),
            category: value.text("category"),
            word: PreferenceWord::read(word),
            at: value.time("timestamp"),
            signup_id: value.text("signup_id"),
        }
    }
}

#[cfg(test)]
mod tests;
