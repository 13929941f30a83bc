//! What a message will cost, as far as that can be known before Meta tells: a forecast, which decides what is held.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Card, Category, Country, Free, Market, NoRate, PricingModel, Quote};
use crate::{Time, words};

/// A conversation that is paid for lasts so long.
pub const CONVERSATION: Duration = Duration::from_secs(24 * 3600);

words! {
    /// What is open with the recipient.
    pub enum Window {
        Closed = "closed",
        /// The customer service window.
        Open = "open",
        /// A free entry point, whatever the window is.
        EntryPoint = "entry_point",
    }
}

#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The recipient's; `None` where neither phone nor BSUID tells.
    pub country: Option<Country>,
    /// The template's; [`Category::SERVICE`] for what is none.
    pub category: Category,
    pub window: Window,
    /// Meta charges the account its international rate for authentication in this country.
    pub is_international: bool,
    pub at: Time,
    pub usage: &'a Usage,
}

/// What was used before, as far as we have counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Service messages of the number that were free this month.
    pub service: u64,
    /// Charged messages of this month.
    pub charged: BTreeMap<(Market, Category), u64>,
    /// When the contact's last conversation of each category began that was paid for.
    pub conversations: BTreeMap<Category, Time>,
}

impl Usage {
    pub(super) fn volume(&self, market: &Market, category: &Category) -> u64 {
        self.charged.get(&(market.clone(), category.clone())).copied().unwrap_or_default()
    }

    /// Whether a conversation that is paid for covers a message of this time. Within its length on either side: of two messages
    /// the later one may have been settled first, and one payment covers both. What is no template goes with any of them.
    pub(super) fn covers(&self, category: &Category, at: Time) -> bool {
        let covers = |began: &Time| began.minus(CONVERSATION) < at && at < began.plus(CONVERSATION);
        let mut of_category =
            self.conversations.iter().filter(|(of, _)| *of == category || *category == Category::SERVICE);
        of_category.any(|(_, began)| covers(began))
    }
}

/// What must be known of earlier messages before a quote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    pub service: bool,
    pub volume: Option<(Market, Category)>,
    /// Of which categories conversations may be open.
    pub conversations: BTreeSet<Category>,
}

/// What the quote depends on; `ask` needs no usage for that.
pub fn needs(card: &Card, ask: &Ask) -> Needs {
    let market = card.market(ask.country);
    let category = rated(card, &market, ask);
    let service = category == Category::SERVICE && card.rules.free_service_messages > 0;
    Needs { service, ..needs_of(card, &market, &category) }
}

/// What the rate depends on, once Meta has told that the message is charged.
pub fn needs_of(card: &Card, market: &Market, category: &Category) -> Needs {
    Needs {
        service: false,
        volume: card.has_tiers(market, category).then(|| (market.clone(), category.clone())),
        conversations: conversations(card, category),
    }
}

fn conversations(card: &Card, category: &Category) -> BTreeSet<Category> {
    match card.model {
        PricingModel::PerMessage => BTreeSet::new(),
        PricingModel::PerConversation => card.categories().chain([category]).cloned().collect(),
    }
}

/// What the message costs by this card.
pub fn quote(card: &Card, ask: &Ask) -> Result<Quote, NoRate> {
    let market = card.market(ask.country);
    let category = rated(card, &market, ask);
    if let Some(why) = free(card, &category, ask) {
        return Ok(card.free(&market, &category, why));
    }
    let volume = ask.usage.volume(&market, &category);
    card.charge(&market, &category, volume).ok_or_else(|| card.no_rate(ask.country, market, category))
}

/// Authentication counts as international only where the card has such a rate.
fn rated(card: &Card, market: &Market, ask: &Ask) -> Category {
    let international = Category::AUTHENTICATION_INTERNATIONAL;
    let is_international =
        ask.is_international && ask.category == Category::AUTHENTICATION && card.has_rate(market, &international);
    if is_international { international } else { ask.category.clone() }
}

fn free(card: &Card, category: &Category, ask: &Ask) -> Option<Free> {
    let rules = &card.rules;
    if ask.window == Window::EntryPoint && rules.is_entry_point_free {
        return Some(Free::EntryPoint);
    }
    if ask.window != Window::Closed && rules.free_in_window.contains(category) {
        return Some(Free::OpenWindow);
    }
    if *category == Category::SERVICE && ask.usage.service < rules.free_service_messages {
        return Some(Free::Allowance);
    }
    let is_paid = card.model == PricingModel::PerConversation && ask.usage.covers(category, ask.at);
    is_paid.then_some(Free::OpenConversation)
}
