//! What a message costs: dated cards of rates, the market of a recipient, a quote before the message goes out, and what Meta's
//! word makes of it.
//!
//! Every amount stands in a card, none in the code. What no card has a rate for is refused, or priced by the fallback that the
//! card names for it; nothing is free because a rate is missing.
mod card;
mod country;
mod quote;
mod settle;
mod sheet;
mod shipped;

use std::borrow::Cow;
use std::fmt;

use crate::calendar::Date;
use crate::money::{Currency, Micros};
use crate::{Time, words};

pub use card::{Card, Markets, Rules, Tier, in_force};
pub use country::Country;
pub use quote::{Ask, CONVERSATION, Needs, Usage, Window, needs, needs_of, quote};
pub use settle::{Basis, Requote, Told, requote, requote_before_send, told};
pub use sheet::{EVERYWHERE, LINES_MAX, Line, Problem, Sheet};
pub use shipped::shipped;

words! {
    /// What is charged for.
    #[derive(Default)]
    pub enum PricingModel {
        /// Each delivered message.
        #[default]
        PerMessage = "per_message",
        /// A day of messages of one category, by its first one.
        PerConversation = "per_conversation",
    }
}

/// The name that a card goes by: small letters, digits, `.`, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId(String);

impl CardId {
    pub const LENGTH_MAX: usize = 64;

    pub fn parse(text: &str) -> Option<CardId> {
        let is_good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        let good = (1..=CardId::LENGTH_MAX).contains(&text.len()) && text.bytes().all(is_good);
        good.then(|| CardId(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Countries that have one price, by Meta's name of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Market(Cow<'static, str>);

impl Market {
    /// Where a recipient is whose country is not known, or in no market of the card.
    pub const UNKNOWN: Market = Market(Cow::Borrowed("unknown"));

    pub fn new(name: &str) -> Market {
        Market(Cow::Owned(name.trim().to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of message is charged for, in Meta's words; one that we do not know is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category(Cow<'static, str>);

impl Category {
    pub const MARKETING: Category = Category(Cow::Borrowed("marketing"));
    pub const UTILITY: Category = Category(Cow::Borrowed("utility"));
    pub const AUTHENTICATION: Category = Category(Cow::Borrowed("authentication"));
    pub const AUTHENTICATION_INTERNATIONAL: Category = Category(Cow::Borrowed("authentication_international"));
    /// What is no template.
    pub const SERVICE: Category = Category(Cow::Borrowed("service"));
    /// Meta charged for a message and did not say for what.
    pub const UNKNOWN: Category = Category(Cow::Borrowed("unknown"));

    /// Meta writes one category as `authentication-international`, as `AUTHENTICATION_INTERNATIONAL` and in words.
    pub fn read(word: &str) -> Category {
        Category(Cow::Owned(word.trim().to_lowercase().replace(['-', ' '], "_")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

words! {
    /// Why a message costs nothing.
    pub enum Free {
        /// The customer came by an ad or a page and was answered.
        EntryPoint = "entry_point",
        /// The category costs nothing in an open customer service window.
        OpenWindow = "open_window",
        /// It is among the free service messages of the month.
        Allowance = "allowance",
        /// A conversation of its category is paid for and still open.
        OpenConversation = "open_conversation",
        /// Meta told that the window or the allowance made it free.
        CustomerService = "customer_service",
        /// Meta told that the business is exempt from charges.
        Exempt = "exempt",
        /// Meta told that it is free, for a reason that we do not know.
        NotBillable = "not_billable",
    }
}

/// What a message costs, and what that follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub amount: Micros,
    pub currency: Currency,
    pub market: Market,
    pub category: Category,
    pub model: PricingModel,
    pub card: CardId,
    /// The volume tier: from which message of the month on the rate applies; 0 for the first one.
    pub tier_from: u64,
    /// The card has no rate for the market and the category, but a fallback.
    pub is_fallback: bool,
    /// `None`: it is charged.
    pub free: Option<Free>,
}

/// A card that was loaded, without its rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    pub id: CardId,
    pub currency: Currency,
    pub model: PricingModel,
    pub valid_from: Date,
    pub source: String,
    pub at: Time,
    /// The id of the key that loaded it.
    pub by: String,
    /// Grows each time that another card is loaded in its place: a content is never changed.
    pub revision: i64,
}

impl Loaded {
    pub fn of(card: &Card, by: &str, at: Time, revision: i64) -> Loaded {
        Loaded {
            id: card.id.clone(),
            currency: card.currency.clone(),
            model: card.model,
            valid_from: card.valid_from,
            source: card.source.clone(),
            at,
            by: by.to_owned(),
            revision,
        }
    }
}

/// Why a message has no price. It is not sent then: it could only be free by accident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoRate {
    /// No card is in force.
    Card {
        currency: Currency,
        model: PricingModel,
        on: Date,
    },
    /// The recipient is in no market of the card.
    Market {
        card: CardId,
        country: Option<Country>,
        category: Category,
    },
    Rate {
        card: CardId,
        market: Market,
        category: Category,
    },
}

impl NoRate {
    /// The last part of the problem's `type`.
    pub const CODE: &'static str = "no-rate";

    pub fn explain(&self) -> String {
        let load = "by PUT /v1/credits/rates";
        match self {
            NoRate::Card { currency, model, on } => {
                let currency = currency.code();
                format!("No card of {model} rates in {currency} is in force on {on}. Load one {load}.")
            }
            NoRate::Market { card, country, category } => {
                let whose = country.map_or_else(
                    || "The recipient's country is not known".to_owned(),
                    |country| format!("Country {country} is in no market of card {card}"),
                );
                format!("{whose}, and card {card} has no fallback for {category}. Load a card with one {load}.")
            }
            NoRate::Rate { card, market, category } => format!(
                "Card {card} has no rate for {category} messages in market {market} and no fallback for them. Load a card with either {load}."
            ),
        }
    }
}

#[cfg(test)]
mod tests;
