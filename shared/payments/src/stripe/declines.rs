//! What each of Stripe's reasons for a decline means for the next try.
use super::object::Object;
use crate::decline::{Decline, Hardness};

/// The owner has to be there.
const ACTION_NEEDED: [&str; 6] = [
    "authentication_not_handled",
    "authentication_required",
    "mobile_device_authentication_required",
    "offline_pin_required",
    "online_or_offline_pin_required",
    "payment_intent_authentication_failure",
];

/// This card, or the owner, will say no again. Whatever is not listed may pass another day.
const HARD: [&str; 34] = [
    "card_not_supported",
    "currency_not_supported",
    "do_not_try_again",
    "expired_card",
    "fraudulent",
    "highest_risk_level",
    "incorrect_address",
    "incorrect_cvc",
    "incorrect_number",
    "incorrect_pin",
    "incorrect_zip",
    "invalid_account",
    "invalid_cvc",
    "invalid_expiry_month",
    "invalid_expiry_year",
    "invalid_number",
    "invalid_pin",
    "live_mode_test_card",
    "lost_card",
    "merchant_blacklist",
    "new_account_information_available",
    "not_permitted",
    "payment_method_customer_decline",
    "pickup_card",
    "pin_try_exceeded",
    "restricted_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "security_violation",
    "service_not_allowed",
    "stolen_card",
    "stop_payment_order",
    "testmode_decline",
    "transaction_not_allowed",
];

/// `advice_code`s by which the network forbids another try with the same card as it stands.
const ADVICE_AGAINST: [&str; 2] = ["confirm_card_data", "do_not_try_again"];

/// Reads `error` of an answer, or `last_payment_error` of a payment.
pub(super) fn read(error: &Object<'_>) -> Decline {
    let [code, decline_code, advice] = ["code", "decline_code", "advice_code"].map(|name| error.text(name));
    let among = |list: &[&str]| [&code, &decline_code].into_iter().flatten().any(|code| list.contains(&code.as_str()));
    let hardness = if among(&ACTION_NEEDED) {
        Hardness::ActionNeeded
    } else if among(&HARD) || advice.is_some_and(|advice| ADVICE_AGAINST.contains(&advice.as_str())) {
        Hardness::Hard
    } else {
        Hardness::Soft
    };
    let code = decline_code.or(code).or_else(|| error.text("type")).unwrap_or_default();
    Decline { hardness, code, message: error.text("message") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_decline_is_soft_hard_or_asks_for_the_owner() {
        use Hardness::{ActionNeeded, Hard, Soft};
        for (code, decline_code, advice, hardness) in [
            ("card_declined", Some("insufficient_funds"), Some("try_again_later"), Soft),
            ("card_declined", Some("insufficient_funds"), None, Soft),
            ("card_declined", Some("generic_decline"), None, Soft),
            ("card_declined", Some("do_not_honor"), Some("try_again_later"), Soft),
            ("card_declined", Some("try_again_later"), None, Soft),
            ("card_declined", Some("card_velocity_exceeded"), None, Soft),
            ("card_declined", Some("a_word_of_tomorrow"), None, Soft),
            ("card_declined", None, None, Soft),
            ("processing_error", None, None, Soft),
            ("processing_error", Some("processing_error"), None, Soft),
            ("card_declined", Some("do_not_honor"), Some("do_not_try_again"), Hard),
            ("card_declined", Some("generic_decline"), Some("confirm_card_data"), Hard),
            ("card_declined", Some("stolen_card"), Some("try_again_later"), Hard),
            ("card_declined", Some("lost_card"), None, Hard),
            ("card_declined", Some("pickup_card"), None, Hard),
            ("card_declined", Some("fraudulent"), None, Hard),
            ("expired_card", Some("expired_card"), None, Hard),
            ("expired_card", None, None, Hard),
            ("incorrect_cvc", Some("incorrect_cvc"), None, Hard),
            ("incorrect_number", None, None, Hard),
            ("authentication_required", Some("authentication_required"), None, ActionNeeded),
            ("card_declined", Some("authentication_required"), Some("do_not_try_again"), ActionNeeded),
            ("payment_intent_authentication_failure", None, None, ActionNeeded),
        ] {
            let error = json!({"code": code, "decline_code": decline_code, "advice_code": advice, "message": "No."});
            let decline = read(&Object(&error));
            assert_eq!(decline.hardness, hardness, "{code} {decline_code:?} {advice:?}");
            assert_eq!(decline.code, decline_code.unwrap_or(code));
            assert_eq!(decline.message.as_deref(), Some("No."));
        }
    }

    #[test]
    fn no_reason_is_in_two_lists() {
        assert!(!ACTION_NEEDED.iter().any(|code| HARD.contains(code)));
        for list in [&ACTION_NEEDED[..], &HARD] {
            assert!(list.is_sorted());
        }
    }
}
