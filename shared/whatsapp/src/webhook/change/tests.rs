//! Changes, correctly and wrongly labelled.
use super::*;
use crate::templates::{Category, QualityScore, TemplateStatus};
use crate::webhook::TemplateRef;

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).unwrap()
}

fn own(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn template_change(field: &str, members: &str) -> TemplateChange {
    let json = format!(
        r#"{{"message_template_id":806312974732579,"message_template_name":"n","message_template_language":"en-US",{members}}}"#
    );
    let Change::Template(change) = Change::read(field, raw(&json)) else { panic!("{json}") };
    let id = TemplateRef { id: own("806312974732579"), name: own("n"), language: own("en_US") };
    assert_eq!(change.template(), &id);
    change
}

#[test]
fn a_template_change_is_told_by_its_members() {
    let status = template_change(
        "message_template_status_update",
        r#""event":"REJECTED","reason":"NONE","rejection_info":{"reason":"R"}"#,
    );
    let TemplateChange::Status(status) = status else { panic!() };
    assert_eq!((status.status, status.reason), (TemplateStatus::Rejected, own("R")));

    // Meta's own sample has the wrong field.
    let quality = template_change(
        "message_template_status_update",
        r#""previous_quality_score":"GREEN","new_quality_score":"YELLOW""#,
    );
    let TemplateChange::Quality(quality) = quality else { panic!() };
    assert_eq!((quality.previous, quality.current), (Some(QualityScore::Green), QualityScore::Yellow));

    let pending = template_change(
        "template_category_update",
        r#""new_category":"UTILITY","correct_category":"MARKETING","category_update_timestamp":9"#,
    );
    let TemplateChange::Category(pending) = pending else { panic!() };
    assert_eq!(
        (pending.previous, pending.current, pending.upcoming),
        (None, Some(Category::Utility), Some(Category::Marketing))
    );

    let done =
        template_change("template_category_update", r#""previous_category":"UTILITY","new_category":"MARKETING""#);
    let TemplateChange::Category(done) = done else { panic!() };
    assert_eq!(
        (done.previous, done.current, done.upcoming),
        (Some(Category::Utility), Some(Category::Marketing), None)
    );

    for members in [
        r#""category":"UTILITY","correct_category":"MARKETING""#,
        r#""current_category":"UTILITY","suggested_category":"MARKETING""#,
    ] {
        let TemplateChange::CategoryGuess(guess) = template_change("template_correct_category_detection", members)
        else {
            panic!()
        };
        assert_eq!((guess.current, guess.suggested), (Some(Category::Utility), Category::Marketing));
    }
    assert!(matches!(template_change("x", r#""message_template_element":"Hi""#), TemplateChange::Components(_)));
    assert!(matches!(template_change("x", r#""later":1"#), TemplateChange::Unknown(_)));
}

#[test]
fn account_changes_are_told_by_members_and_then_by_field() {
    let read = |field: &str, json: &str| Change::read(field, raw(json));
    let Change::AccountUpdate(update) = read(
        "",
        r#"{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"R","expiration":"9"},{}]}"#,
    ) else {
        panic!()
    };
    assert_eq!(update.restrictions, [Restriction { kind: "R".into(), expires_at: Some(Time::from_seconds(9)) }]);
    let Change::AccountUpdate(update) = read("account_update", r#"{"event":"LATER","waba_info":{"waba_id":5}}"#) else {
        panic!()
    };
    assert_eq!((update.event, update.waba_id), (AccountEvent::Unknown("LATER".into()), own("5")));
    let Change::AccountUpdate(update) =
        read("account_update", r#"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"DISABLE"}}"#)
    else {
        panic!()
    };
    assert_eq!(update.ban_state, Some(BanState::Disable));

    assert_eq!(read("account_review_update", r#"{"decision":"DEFERRED"}"#), Change::AccountReview(Decision::Deferred));
    let Change::PhoneName(name) =
        read("x", r#"{"decision":"APPROVED","requested_verified_name":"N","rejection_reason":null}"#)
    else {
        panic!()
    };
    assert_eq!((name.decision, name.name, name.reason), (Decision::Approved, own("N"), None));
    for json in [r#"{"entity_id":1,"alert_info":{"alert_type":"T"}}"#, r#"{"entity_id":"1","alert_type":"T"}"#] {
        let Change::Alert(alert) = read("account_alerts", json) else { panic!() };
        assert_eq!((alert.entity_id, alert.kind), (own("1"), own("T")));
    }
    let Change::PhoneQuality(quality) =
        read("", r#"{"event":"FLAGGED","current_limit":"TIER_10K","old_limit":"TIER_X"}"#)
    else {
        panic!()
    };
    assert_eq!(
        (quality.limit, quality.old_limit),
        (Some(MessagingLimit::Users(10_000)), Some(MessagingLimit::Unknown("TIER_X".into())))
    );
    let Change::Security(security) = read("security", r#"{"event":"PIN_CHANGED"}"#) else { panic!() };
    assert_eq!(security.event, SecurityEvent::PinChanged);
    for (field, json) in [("x", "{}"), ("messages", "[1]"), ("partner_solutions", r#"{"event":"SOLUTION_CREATED"}"#)] {
        assert_eq!(read(field, json), Change::Unknown, "{json}");
    }
}

#[test]
fn the_messaging_limit_is_a_number_or_a_tier() {
    for (json, limit) in [
        ("2000", MessagingLimit::Users(2000)),
        ("-1", MessagingLimit::Unlimited),
        (r#""TIER_2K""#, MessagingLimit::Users(2000)),
        (r#""TIER_250""#, MessagingLimit::Users(250)),
        (r#""TIER_UNLIMITED""#, MessagingLimit::Unlimited),
        (r#""TIER_NOT_SET""#, MessagingLimit::Unknown("TIER_NOT_SET".into())),
    ] {
        let json = format!(r#"{{"max_daily_conversations_per_business":{json},"max_phone_numbers_per_waba":25}}"#);
        let Change::Capability(capability) = Change::read("business_capability_update", raw(&json)) else { panic!() };
        assert_eq!(capability.messaging_limit, Some(limit));
        assert_eq!(capability.phone_numbers_per_waba, Some(25));
    }
}

#[test]
fn a_preference_is_read_with_its_person() {
    let json = r#"{"user_id":"US.1","category":"marketing_messages","value":"stop","timestamp":9}"#;
    let Change::Preference(preference) = Change::read("user_preferences", raw(json)) else { panic!() };
    assert_eq!(
        (preference.word, preference.person.user_id, preference.at),
        (PreferenceWord::Stop, own("US.1"), Some(Time::from_seconds(9)))
    );
}
