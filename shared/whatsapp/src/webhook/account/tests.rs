//! Each field of an account, a number or a business: what it is about, what it tells, and what it stops.
use serde_json::{Value, json};

use super::*;

const AT: Time = Time::from_millis(1_795_000_000_000);

fn read(field: &str, value: &Value) -> News {
    News::read(field, &serde_json::from_str::<Box<RawValue>>(&value.to_string()).unwrap(), AT)
}

fn facts(news: &News) -> Vec<(Fact, String)> {
    let fact = |change: &HealthChange| {
        if let HealthChange::Fact(fact, told) = change { Some((*fact, told.value.clone())) } else { None }
    };
    news.changes.iter().filter_map(fact).collect()
}

/// Blocks with when they end, and lifts.
fn stops(news: &News) -> Vec<(BlockReason, Option<Option<i64>>)> {
    let stop = |change: &HealthChange| {
        if let HealthChange::Block { reason, until, .. } = change {
            return Some((*reason, Some(until.map(Time::seconds))));
        }
        if let HealthChange::Lift { reason, .. } = change { Some((*reason, None)) } else { None }
    };
    news.changes.iter().filter_map(stop).collect()
}

/// The field, its value, under which name it is told, about what, and the facts in it.
type Case = (&'static str, Value, EventKind, About, Vec<(Fact, &'static str)>);

fn of_numbers() -> Vec<Case> {
    use EventKind::*;
    let number = || About::Digits("15550100200".to_owned());
    let dpn = "+1 555-010-0200";
    vec![
        (
            "account_alerts",
            json!({"entity_type": "PHONE_NUMBER", "entity_id": "77", "alert_info": {"alert_type": "PROFILE_PICTURE_LOST"}}),
            AccountAlerted,
            About::NumberId("77".to_owned()),
            vec![(Fact::Alert, "PROFILE_PICTURE_LOST")],
        ),
        (
            "phone_number_quality_update",
            json!({"display_phone_number": dpn, "event": "FLAGGED", "current_limit": "TIER_10K"}),
            QualityChanged,
            number(),
            vec![(Fact::Quality, "FLAGGED"), (Fact::MessagingLimit, "10000")],
        ),
        (
            "phone_number_quality_update",
            json!({"display_phone_number": dpn, "event": "THROUGHPUT_UPGRADE"}),
            ThroughputChanged,
            number(),
            vec![(Fact::Throughput, "high")],
        ),
        (
            "phone_number_name_update",
            json!({"display_phone_number": dpn, "decision": "APPROVED", "requested_verified_name": "Shop"}),
            NameChanged,
            number(),
            vec![(Fact::Name, "APPROVED")],
        ),
        (
            "business_username_updates",
            json!({"display_phone_number": dpn, "username": "shop", "status": "approved"}),
            UsernameChanged,
            number(),
            vec![(Fact::Username, "shop")],
        ),
        (
            "business_username_updates",
            json!({"display_phone_number": dpn, "username": "shop", "status": "deleted"}),
            UsernameChanged,
            number(),
            vec![(Fact::Username, "")],
        ),
        (
            "security",
            json!({"display_phone_number": dpn, "event": "PIN_CHANGED"}),
            ChannelSecurity,
            number(),
            vec![(Fact::Security, "PIN_CHANGED")],
        ),
        (
            "account_settings_update",
            json!({"type": "phone_number_settings", "phone_number_settings": {"phone_number_id": "77", "calling": {}}}),
            SettingsChanged,
            About::NumberId("77".to_owned()),
            vec![(Fact::Settings, "phone_number_settings")],
        ),
    ]
}

fn of_accounts() -> Vec<Case> {
    use EventKind::*;
    let account = || About::Account(None);
    vec![
        (
            "account_review_update",
            json!({"decision": "REJECTED"}),
            AccountReviewed,
            account(),
            vec![(Fact::Review, "REJECTED")],
        ),
        (
            "business_capability_update",
            json!({"max_daily_conversations_per_business": "TIER_2K", "max_phone_numbers_per_business": 25}),
            CapabilityChanged,
            account(),
            vec![(Fact::Capability, ""), (Fact::MessagingLimit, "2000")],
        ),
        (
            "business_capability_update",
            json!({"max_daily_conversation_per_phone": -1}),
            CapabilityChanged,
            account(),
            vec![(Fact::Capability, ""), (Fact::MessagingLimit, "unlimited")],
        ),
        (
            "partner_solutions",
            json!({"event": "SOLUTION_UPDATED", "solution_id": "1", "solution_status": "ACTIVE"}),
            PartnerChanged,
            account(),
            vec![(Fact::Partner, "ACTIVE")],
        ),
        (
            "payment_configuration_update",
            json!({"configuration_name": "c", "status": "Active"}),
            PaymentsChanged,
            account(),
            vec![(Fact::Payments, "Active")],
        ),
        (
            "account_update",
            json!({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}}),
            AccountViolated,
            account(),
            vec![(Fact::Violation, "SPAM")],
        ),
        (
            "account_update",
            json!({"event": "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE", "country": "DE"}),
            PricingChanged,
            account(),
            vec![(Fact::Pricing, "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE")],
        ),
        (
            "account_update",
            json!({"event": "VERIFIED_ACCOUNT"}),
            PartnerChanged,
            account(),
            vec![(Fact::Partner, "VERIFIED_ACCOUNT")],
        ),
        ("account_update", json!({"event": "OF_A_LATER_DAY"}), AccountChanged, account(), vec![]),
        ("business_status_update", json!({"of": "a shape that nobody saw"}), AccountChanged, account(), vec![]),
    ]
}

#[test]
fn each_field_tells_its_fact_about_its_subject() {
    for (field, value, kind, about, told) in of_numbers().into_iter().chain(of_accounts()) {
        let news = read(field, &value);
        let told: Vec<(Fact, String)> = told.into_iter().map(|(fact, text)| (fact, text.to_owned())).collect();
        assert_eq!((news.kind, &news.about, facts(&news)), (kind, &about, told), "{value}");
        assert!(stops(&news).is_empty(), "{value} only tells");
    }
}

/// P27: what stops, what lifts, and until when.
#[test]
fn restrictions_and_bans_stop_and_their_ends_lift() {
    use BlockReason::*;
    let restricted = |kinds: &[&str]| {
        let info: Vec<Value> =
            kinds.iter().map(|kind| json!({"restriction_type": kind, "expiration": 1_796_000_000})).collect();
        json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": info})
    };
    let ban = |state: &str| json!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state}});
    let (set, until) = (Some(None), Some(Some(1_796_000_000)));
    for (value, expected) in [
        (
            restricted(&["RESTRICTED_BIZ_INITIATED_MESSAGING", "RESTRICTED_ADD_PHONE_NUMBER_ACTION"]),
            vec![(RestrictedInitiated, until), (RestrictedReplies, None), (RestrictedUtility, None)],
        ),
        (
            restricted(&["RESTRICTED_CUSTOMER_INITIATED_MESSAGING", "RESTRICTED_UTILITY_TEMPLATES"]),
            vec![(RestrictedInitiated, None), (RestrictedReplies, until), (RestrictedUtility, until)],
        ),
        (restricted(&[]), vec![(RestrictedInitiated, None), (RestrictedReplies, None), (RestrictedUtility, None)]),
        (ban("DISABLE"), vec![(Banned, set)]),
        (ban("REINSTATE"), vec![(Banned, None)]),
        (ban("SCHEDULE_FOR_DISABLE"), vec![]),
        (json!({"event": "ACCOUNT_DELETED"}), vec![(Deleted, set)]),
        (json!({"event": "ACCOUNT_OFFBOARDED"}), vec![(Offboarded, set)]),
        (json!({"event": "PARTNER_REMOVED"}), vec![(PartnerRemoved, set)]),
        (json!({"event": "PARTNER_ADDED"}), vec![(PartnerRemoved, None)]),
        (json!({"event": "ACCOUNT_RECONNECTED"}), vec![(Deleted, None), (Offboarded, None), (PartnerRemoved, None)]),
    ] {
        assert_eq!(stops(&read("account_update", &value)), expected, "{value}");
    }
    let partner = json!({"event": "PARTNER_REMOVED", "waba_info": {"waba_id": "5"}});
    assert_eq!(read("account_update", &partner).about, About::Account(Some("5".to_owned())));
    let number = json!({"event": "ACCOUNT_OFFBOARDED", "phone_number": "15550100200"});
    assert_eq!(read("account_update", &number).about, About::Digits("15550100200".to_owned()));
}
