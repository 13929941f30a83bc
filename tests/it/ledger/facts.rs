//! What happens in the world of a run: messages and what Meta will say of them, and payments.
use std::time::Duration;

use domain::Time;
use domain::ids::{AdjustmentId, ChannelId, ContactId, ConversationId, MessageId};
use domain::message::{Message, StatusReport};
use domain::money::{Currency, Micros};
use domain::pricing::{CardId, Category, Free, Market, PricingModel, Quote};
use domain::wallet::{EntryKind, Price};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::json;

/// What a message of a category costs.
pub(super) const PRICES: [(&str, i64); 4] =
    [("marketing", 90_000), ("utility", 30_000), ("authentication", 45_000), ("service", 7)];
const PEOPLE: u32 = 40;

pub(super) fn euro() -> Currency {
    Currency::parse("EUR").unwrap()
}

pub(super) fn price_of(category: &str) -> i64 {
    PRICES.iter().find(|(name, _)| *name == category).unwrap().1
}

/// The quotes differ in what they leave out.
pub(super) fn quote(category: &str) -> Quote {
    Quote {
        amount: Micros::new(price_of(category)),
        currency: euro(),
        market: Market::new("Germany"),
        category: Category::read(category),
        model: PricingModel::PerMessage,
        card: CardId::parse("card").unwrap(),
        tier_from: if category == "utility" { 100_001 } else { 0 },
        is_fallback: category == "marketing",
        free: None,
    }
}

pub(super) fn free(category: &str) -> Quote {
    Quote {
        amount: Micros::ZERO,
        free: Some(Free::CustomerService),
        is_fallback: false,
        tier_from: 0,
        ..quote(category)
    }
}

/// How the attempt to send a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    Accepted,
    Refused,
    /// No answer came; only Meta's statuses can tell more.
    InDoubt,
    /// No answer came, and a person gives it up.
    Cancelled,
}

/// A message, and all that will become of it. In which order that is told, and how often, the run draws.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) message: Message,
    pub(super) sending: Sending,
    pub(super) reports: Vec<StatusReport>,
}

impl Plan {
    /// `is_held`: it is expected to cost something.
    pub(super) fn draw(random: &mut StdRng, is_held: bool, now: Time) -> Plan {
        let channel = ChannelId::of_number("1");
        let contact = ContactId::derive(&[&random.random_range(0..PEOPLE).to_string()]);
        let id = MessageId::new(&ConversationId::of(&channel, &contact), now, random.random());
        let mut message = Message::automatic(id, &channel, &contact, "text", json!({"body": "Hello"}), now);
        let (category, _) = PRICES.choose(random).unwrap();
        if is_held {
            let expires_at = now.plus(Duration::from_secs(random.random_range(300..20_000)));
            message.price = Some(Price { expires_at, ..Price::hold(quote(category), None, now) });
        }
        let sending = match random.random_range(0..100) {
            0..84 => Sending::Accepted,
            84..90 => Sending::Refused,
            90..96 => Sending::InDoubt,
            _ => Sending::Cancelled,
        };
        let reports = match sending {
            Sending::Accepted | Sending::InDoubt => reports(random, category, now),
            Sending::Refused | Sending::Cancelled => Vec::new(),
        };
        Plan { message, sending, reports }
    }
}

fn reports(random: &mut StdRng, forecast: &str, now: Time) -> Vec<StatusReport> {
    let words: &[&str] = match random.random_range(0..100) {
        0..50 => &["sent", "delivered"],
        50..65 => &["sent", "delivered", "read"],
        65..75 => &["sent", "failed"],
        75..80 => &["failed"],
        // P17: it arrived after all.
        80..88 => &["failed", "delivered"],
        88..94 => &["sent", "failed", "delivered"],
        _ => &[],
    };
    let mut category = match random.random_bool(0.7) {
        true => forecast,
        false => PRICES.choose(random).unwrap().0,
    };
    let is_free = random.random_bool(0.15);
    let mut reports = Vec::new();
    for (second, word) in (1..).zip(words) {
        if random.random_bool(0.1) {
            category = PRICES.choose(random).unwrap().0;
        }
        let is_priced = *word != "failed" && random.random_bool(0.95);
        let kind = if is_free { "free_customer_service" } else { "regular" };
        reports.push(StatusReport {
            status: (*word).to_owned(),
            at: now.plus(Duration::from_secs(second)),
            wamid: Some("wamid.X".to_owned()),
            faults: Vec::new(),
            pricing: is_priced.then(|| json!({"pricing_model": "PMP", "type": kind, "category": category})),
            conversation: None,
            participant: None,
        });
    }
    reports
}

/// A movement of money that no message makes. It may be told often, and counts once.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) kind: EntryKind,
    pub(super) amount: i64,
    pub(super) reference: String,
    /// Only of an adjustment.
    pub(super) adjustment: Option<AdjustmentId>,
}

impl Fact {
    /// What can happen after those `before` it, of which a part can be given back, disputed, and won. `is_rich`: nobody
    /// buys more.
    pub(super) fn draw(random: &mut StdRng, before: &[Fact], is_rich: bool, now: Time) -> Fact {
        use EntryKind::{Adjustment, Dispute, Recharge, Refund, Reinstatement, TopUp};
        let reference = format!("fact-{}", before.len());
        let of = |kind, amount| Fact { kind, amount, reference: reference.clone(), adjustment: None };
        let earlier = |kinds: &[EntryKind], random: &mut StdRng| {
            let found: Vec<&Fact> = before.iter().filter(|fact| kinds.contains(&fact.kind)).collect();
            found.choose(random).map_or(1_000, |fact| fact.amount.abs())
        };
        match random.random_range(if is_rich { 55 } else { 0 }..100) {
            0..35 => of(TopUp, random.random_range(1..20) * 100_000),
            35..55 => of(Recharge, 500_000),
            55..75 => Fact {
                adjustment: Some(AdjustmentId::new(now, random.random())),
                ..of(Adjustment, *[-400_000, -7, 3, 600_000].choose(random).unwrap())
            },
            75..85 => of(Refund, -earlier(&[TopUp, Recharge], random) / random.random_range(1..3)),
            85..93 => of(Dispute, -earlier(&[TopUp, Recharge], random)),
            _ => of(Reinstatement, earlier(&[Dispute], random)),
        }
    }
}
