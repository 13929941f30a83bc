//! What became of a message that the business sent.
use domain::Time;
use domain::conversation::FreeEntry;
use serde_json::Value;
use serde_json::value::RawValue;

use super::contact::Person;
use crate::errors::GraphError;
use crate::loose::{self, Loose, ReadError};
use crate::open::open_enum;

#[derive(Clone, Debug)]
pub struct Status {
    pub wamid: String,
    pub word: StatusWord,
    /// Meta's time.
    pub at: Option<Time>,
    /// In a group the participant whom this status is about.
    pub recipient: Person,
    pub group_id: Option<String>,
    /// Our own message id, if the message was sent by us.
    pub opaque: Option<String>,
    pub pricing: Option<Pricing>,
    pub conversation: Option<Conversation>,
    pub errors: Vec<GraphError>,
}

open_enum! {
    pub enum StatusWord {
        Sent = "sent",
        Delivered = "delivered",
        Read = "read",
        /// A voice message was played for the first time.
        Played = "played",
        Failed = "failed",
    }
}

/// What Meta charges for, without the amount. On `sent` it is a quote: Meta bills on delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pricing {
    /// Meta will drop it: decide by `kind` and `category`.
    pub billable: Option<bool>,
    /// `PMP` (per message); `CBP` (per conversation) until July 2025.
    pub model: Option<String>,
    pub kind: Option<PricingType>,
    pub category: Option<PricingCategory>,
    /// `paid_exempt` for exempted senders.
    pub subtype: Option<String>,
}

open_enum! {
    pub enum PricingType {
        Regular = "regular",
        FreeCustomerService = "free_customer_service",
        FreeEntryPoint = "free_entry_point",
        FreeGroupCustomerService = "free_group_customer_service",
    }
}

open_enum! {
    pub enum PricingCategory {
        Authentication = "authentication",
        AuthenticationInternational = "authentication_international",
        Marketing = "marketing",
        MarketingLite = "marketing_lite",
        ReferralConversion = "referral_conversion",
        Service = "service",
        Utility = "utility",
        GroupMarketing = "group_marketing",
        GroupService = "group_service",
        GroupUtility = "group_utility",
        GeneralPurposeAi = "general_purpose_ai",
    }
}

/// Since v24 only inside a free entry point window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub id: Option<String>,
    pub origin: Option<PricingCategory>,
    /// Only on `sent`.
    pub expires_at: Option<Time>,
}

impl Status {
    pub fn read(raw: &RawValue) -> Result<Status, ReadError> {
        let value = loose::object(raw.get())?;
        let conversation = value.object("conversation");
        let pricing = value.object("pricing").or_else(|| conversation?.object("pricing"));
        let is_group = value.text("recipient_type").as_deref() == Some("group");
        Ok(Status {
            wamid: value.text("id").ok_or(ReadError::Missing("id"))?,
            word: StatusWord::read(&value.text("status").ok_or(ReadError::Missing("status"))?),
            at: value.time("timestamp"),
            recipient: if is_group { participant(&value) } else { recipient(&value) },
            group_id: value.text("recipient_id").filter(|_| is_group),
            opaque: value.text("biz_opaque_callback_data"),
            pricing: pricing.map(Pricing::read),
            conversation: conversation.map(Conversation::read),
            errors: GraphError::read_list(&value),
        })
    }
}

impl Status {
    /// That the message was free by an entry point, in whichever way this version of the webhook says it. A message that
    /// failed opens none.
    pub fn free_entry(&self, at: Time) -> Option<FreeEntry> {
        let conversation = self.conversation.as_ref();
        let is_origin = conversation.is_some_and(|told| told.origin == Some(PricingCategory::ReferralConversion));
        let is_priced = self.pricing.as_ref().is_some_and(|pricing| {
            pricing.kind == Some(PricingType::FreeEntryPoint)
                || pricing.category == Some(PricingCategory::ReferralConversion)
        });
        let closes_at = conversation.and_then(|told| told.expires_at);
        let is_told = (is_origin || is_priced) && self.word != StatusWord::Failed && self.group_id.is_none();
        is_told.then_some(FreeEntry { at, closes_at })
    }
}

/// Early samples of 2026 name the parent id in other ways.
fn recipient(value: &Value) -> Person {
    let parents = ["recipient_parent_user_id", "parent_recipient_user_id", "parent_user_id"];
    Person::read(value, &["recipient_id"], &["recipient_user_id"], &parents)
}

fn participant(value: &Value) -> Person {
    let wa_ids = ["recipient_participant_id", "participant_recipient_id"];
    let user_ids = ["recipient_participant_user_id", "participant_recipient_user_id"];
    Person::read(value, &wa_ids, &user_ids, &["recipient_participant_parent_user_id"])
}

impl Pricing {
    fn read(value: &Value) -> Pricing {
        Pricing {
            billable: value.flag("billable"),
            model: value.text("pricing_model"),
            kind: value.text("type").map(|word| PricingType::read(&word)),
            category: value.text("category").map(|word| PricingCategory::read(&word)),
            subtype: value.text("subtype"),
        }
    }
}

impl Conversation {
    fn read(value: &Value) -> Conversation {
        let origin = value.object("origin").and_then(|origin| origin.text("type"));
        Conversation {
            id: value.text("id"),
            origin: origin.map(|word| PricingCategory::read(&word)),
            expires_at: value.time("expiration_timestamp"),
        }
    }
}
