//! Stripe's public test cards, and what becomes of a charge of each.

/// A test card by its name and its number.
pub(crate) struct Card {
    pub(crate) name: &'static str,
    pub(crate) number: &'static str,
    pub(crate) brand: &'static str,
    pub(crate) ending: Ending,
}

/// What becomes of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Paid,
    Declined(Reason),
    /// The bank wants to see the owner, each time.
    Authenticate,
    /// Charged while the owner is there, declined later.
    FailsWhenSaved,
    /// It takes days, and then somebody says how it ends.
    Pending,
    Disputed {
        reason: &'static str,
        is_inquiry: bool,
    },
    /// Paid; a refund of it fails after it seemed to have come about.
    RefundFails,
    /// Paid; a refund of it stays on its way until somebody says how it ends.
    RefundPends,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) code: &'static str,
    pub(crate) decline_code: Option<&'static str>,
    pub(crate) advice: Option<&'static str>,
    pub(crate) message: &'static str,
}

pub(crate) const GENERIC: Reason = Reason {
    code: "card_declined",
    decline_code: Some("generic_decline"),
    advice: Some("try_again_later"),
    message: "Your card was declined.",
};

pub(crate) const AUTHENTICATION: Reason = Reason {
    code: "authentication_required",
    decline_code: Some("authentication_required"),
    advice: None,
    message: "Your card was declined. This transaction requires authentication.",
};

const fn declined(decline_code: &'static str, advice: &'static str, message: &'static str) -> Ending {
    Ending::Declined(Reason { code: "card_declined", decline_code: Some(decline_code), advice: Some(advice), message })
}

/// A reason that has a code of its own.
const fn refused(code: &'static str, message: &'static str) -> Ending {
    Ending::Declined(Reason { code, decline_code: Some(code), advice: Some("confirm_card_data"), message })
}

const fn card(name: &'static str, number: &'static str, ending: Ending) -> Card {
    Card { name, number, brand: "visa", ending }
}

pub(crate) const CARDS: &[Card] = &[
    card("pm_card_visa", "4242424242424242", Ending::Paid),
    Card { brand: "mastercard", ..card("pm_card_mastercard", "5555555555554444", Ending::Paid) },
    card("pm_card_chargeDeclined", "4000000000000002", Ending::Declined(GENERIC)),
    card("pm_card_visa_chargeDeclined", "4000000000000002", Ending::Declined(GENERIC)),
    card("pm_card_chargeDeclinedInsufficientFunds", "4000000000009995", INSUFFICIENT_FUNDS),
    card("pm_card_visa_chargeDeclinedInsufficientFunds", "4000000000009995", INSUFFICIENT_FUNDS),
    card(
        "pm_card_chargeDeclinedLostCard",
        "4000000000009987",
        declined("lost_card", "do_not_try_again", "Your card was declined."),
    ),
    card(
        "pm_card_chargeDeclinedStolenCard",
        "4000000000009979",
        declined("stolen_card", "do_not_try_again", "Your card was declined."),
    ),
    card(
        "pm_card_chargeDeclinedFraudulent",
        "4100000000000019",
        declined("fraudulent", "do_not_try_again", "Your card was declined."),
    ),
    card(
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        "4000000000006975",
        declined("card_velocity_exceeded", "try_again_later", "Your card was declined for making repeated attempts."),
    ),
    card("pm_card_chargeDeclinedExpiredCard", "4000000000000069", refused("expired_card", "Your card has expired.")),
    card(
        "pm_card_chargeDeclinedIncorrectCvc",
        "4000000000000127",
        refused("incorrect_cvc", "Your card's security code is incorrect."),
    ),
    card(
        "pm_card_chargeDeclinedProcessingError",
        "4000000000000119",
        Ending::Declined(Reason {
            code: "processing_error",
            decline_code: Some("processing_error"),
            advice: Some("try_again_later"),
            message: "An error occurred while processing your card. Try again in a little bit.",
        }),
    ),
    card("pm_card_chargeCustomerFail", "4000000000000341", Ending::FailsWhenSaved),
    // Once set up while the owner is there, it asks no more.
    card("pm_card_authenticationRequiredOnSetup", "4000002500003155", Ending::Paid),
    card("pm_card_authenticationRequired", "4000002760003184", Ending::Authenticate),
    card("pm_card_createDispute", "4000000000000259", disputed("fraudulent", false)),
    card("pm_card_createDisputeProductNotReceived", "4000000000002685", disputed("product_not_received", false)),
    card("pm_card_createDisputeInquiry", "4000000000001976", disputed("fraudulent", true)),
    card("pm_card_refundFail", "4000000000005126", Ending::RefundFails),
    card("pm_card_pendingRefund", "4000000000007726", Ending::RefundPends),
    Card { brand: "bank", ..card("pm_usBankAccount_success", "000123456789", Ending::Pending) },
];

const INSUFFICIENT_FUNDS: Ending =
    declined("insufficient_funds", "try_again_later", "Your card has insufficient funds.");

const fn disputed(reason: &'static str, is_inquiry: bool) -> Ending {
    Ending::Disputed { reason, is_inquiry }
}

/// The card of this name or number, however the number is spaced.
pub(crate) fn find(text: &str) -> Option<&'static Card> {
    let digits = text.replace(' ', "");
    CARDS.iter().find(|card| card.name == text || card.number == digits)
}
