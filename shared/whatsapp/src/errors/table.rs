//! Every error code that Meta is known to use, as data.

/// What kind of trouble a code is, and with it who can end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A rate limit: refused before anything was done.
    Rate,
    /// Meta's trouble.
    Service,
    /// This request will never be accepted.
    Permanent,
    /// The template must change first.
    Template,
    /// The account, the number or the billing: the channel must stop.
    Account,
    /// The recipient: do not try again.
    Recipient,
    /// The token or its permissions.
    Credentials,
}

/// One code, or a range of them.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) class: Class,
    pub(super) reaction: Reaction,
    pub(super) meaning: &'static str,
}

const fn one(code: i64, class: Class, reaction: Reaction, meaning: &'static str) -> Row {
    range(code, code, class, reaction, meaning)
}

const fn range(first: i64, last: i64, class: Class, reaction: Reaction, meaning: &'static str) -> Row {
    Row { first, last, class, reaction, meaning }
}

use super::reaction::Reaction;
use Class::{Account, Credentials, Permanent, Rate, Recipient, Service, Template};
use Reaction::{
    Brake, CloseWindow, Cooldown, InDoubt, NewToken, OtherEdge, Refuse, RetryLater, RetryPair, StopChannel,
    SuppressMarketing, TemplateStale, Unreachable,
};

/// Sorted by code; no two rows overlap.
pub(super) const TABLE: &[Row] = &[
    one(0, Credentials, NewToken, "the token is invalid"),
    one(1, Service, InDoubt, "unknown: the request or Meta's server"),
    one(2, Service, RetryLater, "service down"),
    one(3, Credentials, NewToken, "the app lacks the capability for this method"),
    one(4, Rate, RetryLater, "the app's call limit is reached"),
    one(10, Credentials, NewToken, "a permission is not granted or was removed"),
    one(17, Rate, RetryLater, "the user's call limit is reached"),
    one(33, Permanent, Refuse, "the object was deleted or is not visible"),
    one(100, Permanent, Refuse, "invalid parameter"),
    one(104, Credentials, NewToken, "a token is required"),
    one(190, Credentials, NewToken, "the token has expired or is invalid"),
    range(200, 299, Credentials, NewToken, "permission missing"),
    one(368, Account, StopChannel, "the account is restricted for breaking a policy"),
    one(613, Rate, RetryLater, "a call limit is reached"),
    one(803, Permanent, Refuse, "the object does not exist"),
    one(80_007, Rate, RetryLater, "the account's limit of management calls is reached"),
    one(130_403, Recipient, Refuse, "the business has blocked this user"),
    one(130_429, Rate, RetryLater, "the number's throughput is reached"),
    one(130_472, Recipient, Cooldown, "the user is in an experiment of Meta's without marketing messages"),
    one(130_497, Account, Refuse, "the business may not message this country"),
    one(131_000, Service, InDoubt, "something went wrong at Meta"),
    one(131_005, Credentials, NewToken, "access denied"),
    one(131_008, Permanent, Refuse, "a required parameter is missing"),
    one(131_009, Permanent, Refuse, "a parameter's value is invalid"),
    one(131_014, Permanent, Refuse, "the media link could not be fetched (old form of 131053)"),
    one(131_016, Service, RetryLater, "service unavailable"),
    one(131_020, Permanent, Refuse, "not possible for this group"),
    one(131_021, Permanent, Refuse, "recipient and sender are the same"),
    one(131_026, Recipient, Unreachable, "undeliverable: not on WhatsApp, an old app, or blocked by the user"),
    one(131_030, Permanent, Refuse, "the recipient is not in the test number's list"),
    one(131_031, Account, StopChannel, "the account is locked"),
    one(131_035, Permanent, Refuse, "no-storage mode: a webhook could not be delivered in time and is lost"),
    one(131_036, Permanent, Refuse, "no-storage mode: a device did not get the message in time"),
    one(131_037, Account, StopChannel, "the number needs an approved display name"),
    one(131_041, Permanent, Refuse, "not possible for this group"),
    one(131_042, Account, StopChannel, "payment problem"),
    one(131_044, Account, Refuse, "payment problem for calls"),
    one(131_045, Account, StopChannel, "the number's registration is broken"),
    one(131_047, Permanent, CloseWindow, "the customer service window is closed"),
    one(131_048, Account, Brake, "spam limit: send less, for hours or days"),
    one(131_049, Recipient, Cooldown, "Meta chose not to deliver marketing to this user"),
    one(131_050, Recipient, SuppressMarketing, "the user stopped marketing messages of this business"),
    one(131_051, Permanent, Refuse, "unsupported message type"),
    one(131_052, Permanent, Refuse, "the customer's media could not be downloaded"),
    one(131_053, Permanent, Refuse, "the media could not be uploaded or fetched"),
    one(131_055, Permanent, OtherEdge, "not allowed for the Marketing Messages API"),
    one(131_056, Rate, RetryPair, "too many messages from this number to this user"),
    one(131_057, Service, RetryLater, "the account is in maintenance"),
    one(131_059, Permanent, Refuse, "the paging cursor is invalid: start the list again"),
    one(131_060, Permanent, Refuse, "the message is not available"),
    one(131_061, Template, OtherEdge, "a template with a bid cannot go by /messages"),
    one(131_062, Permanent, Refuse, "a BSUID cannot get this message: use the phone"),
    one(131_063, Permanent, OtherEdge, "marketing is switched off on the Cloud API"),
    one(131_064, Rate, RetryLater, "a limit of the template's classification is reached"),
    one(131_065, Permanent, Refuse, "a maximum price is not available in this country"),
    one(131_070, Permanent, Refuse, "another responder owns the thread"),
    range(131_200, 131_299, Permanent, Refuse, "not possible for this group"),
    one(132_000, Permanent, Refuse, "the number of parameters does not match the template"),
    one(132_001, Template, TemplateStale, "the template does not exist in this language or is not approved"),
    one(132_005, Permanent, Refuse, "the text with its parameters is too long"),
    one(132_007, Template, TemplateStale, "the template's content breaks a policy"),
    one(132_008, Template, TemplateStale, "the template's format is wrong"),
    one(132_012, Permanent, Refuse, "a parameter's format does not match the template"),
    one(132_015, Template, TemplateStale, "the template is paused"),
    one(132_016, Template, TemplateStale, "the template is disabled"),
    one(132_018, Permanent, Refuse, "a parameter of the template is wrong"),
    one(132_068, Template, TemplateStale, "the Flow is blocked"),
    one(132_069, Rate, RetryLater, "the Flow is throttled"),
    one(133_000, Service, Refuse, "an earlier deregistration is incomplete"),
    one(133_004, Service, RetryLater, "the server is unavailable for now"),
    one(133_005, Permanent, Refuse, "the PIN is wrong"),
    one(133_006, Permanent, Refuse, "the number must be verified first"),
    range(133_008, 133_009, Permanent, Refuse, "too many, or too fast, guesses of the PIN"),
    one(133_010, Account, StopChannel, "the number is not registered"),
    one(133_015, Service, Refuse, "the number was deleted just now: wait five minutes"),
    one(133_016, Account, StopChannel, "too many registrations: locked for 72 hours"),
    one(134_011, Account, Refuse, "the payment terms are not accepted"),
    one(134_100, Permanent, OtherEdge, "not a marketing template"),
    one(134_101, Service, Refuse, "the template is still being synchronised"),
    one(134_102, Template, OtherEdge, "the template is unavailable"),
    one(135_000, Permanent, Refuse, "a generic error of the request"),
    range(136_024, 136_025, Permanent, Refuse, "the code could not be requested or verified"),
    one(137_000, Recipient, Refuse, "the user's identity has changed"),
    range(138_000, 138_999, Permanent, Refuse, "a call is not possible"),
    range(139_000, 139_103, Permanent, Refuse, "a Flow, or the list of blocked users"),
    range(147_001, 147_005, Permanent, Refuse, "the username is not possible"),
    one(1_752_041, Permanent, Refuse, "the onboarding was asked for before"),
    range(2_388_001, 2_388_299, Template, Refuse, "the template could not be made"),
    one(2_494_100, Service, RetryLater, "maintenance"),
    one(2_494_191, Permanent, Refuse, "another responder owns the thread"),
    range(2_593_107, 2_593_109, Permanent, Refuse, "the phone's history cannot be synchronised"),
];

/// Meta's word for "look at the subcode".
const INVALID_PARAMETER: i64 = 100;

pub(super) fn row(code: i64, subcode: Option<i64>) -> Option<&'static Row> {
    let find = |code: i64| {
        let after = TABLE.partition_point(|row| row.first <= code);
        TABLE.get(after.checked_sub(1)?).filter(|row| code <= row.last)
    };
    let by_subcode = subcode.filter(|_| code == INVALID_PARAMETER).and_then(find);
    by_subcode.or_else(|| find(code))
}

/// The class of a code; `None` for a code that is not known.
pub fn class(code: i64, subcode: Option<i64>) -> Option<Class> {
    row(code, subcode).map(|row| row.class)
}

/// What a code means, for people.
pub fn meaning(code: i64, subcode: Option<i64>) -> Option<&'static str> {
    row(code, subcode).map(|row| row.meaning)
}
