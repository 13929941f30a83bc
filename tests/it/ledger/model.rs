//! What the ledger must say, kept in plain numbers: every entry must follow from something that was told, and no two from the
//! same. It shares no rule with the ledger itself.
use std::collections::{BTreeMap, HashMap};

use domain::wallet::Entry;

use super::facts::{Fact, Plan, Sending, price_of};

/// Words of Meta's that prove that a message went further than a failure.
const ARRIVED: [&str; 3] = ["delivered", "read", "played"];

/// One message, as its customer would reckon it.
#[derive(Debug)]
pub(super) struct Bill {
    pub(super) held: i64,
    pub(super) expires_at: i64,
    sending: Sending,
    pub(super) is_there: bool,
    /// Something keeps credit for it.
    pub(super) is_open: bool,
    /// A step about it ended without an answer: its row must be looked at.
    pub(super) is_doubtful: bool,
    /// What was held for it was freed.
    is_freed: bool,
    /// What its charge took beyond what was held for it, once that is known.
    beyond: Option<i64>,
    /// Statuses that Meta told, or may have.
    words: Vec<String>,
    /// What the message costs by each word of Meta's on it; zero where it is free.
    prices: Vec<i64>,
    pub(super) charged: Vec<i64>,
    pub(super) reversed: Vec<i64>,
}

#[derive(Debug)]
struct Booked {
    kind: String,
    amount: i64,
    is_asked: bool,
    is_sure: bool,
    has_entry: bool,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) bills: Vec<Bill>,
    by_id: HashMap<String, usize>,
    facts: BTreeMap<String, Booked>,
    pub(super) posted: i64,
    pub(super) seq: u64,
    pub(super) last_at: i64,
    /// What was taken since the last look that nobody asked the balance for.
    pub(super) taken: i64,
}

impl Model {
    pub(super) fn plan(&mut self, plan: &Plan) {
        let price = plan.message.price.as_ref();
        self.by_id.insert(plan.message.id.to_string(), self.bills.len());
        self.bills.push(Bill {
            held: price.map_or(0, |price| price.held.get()),
            expires_at: price.map_or(0, |price| price.expires_at.millis()),
            sending: plan.sending,
            is_there: false,
            is_open: false,
            is_doubtful: false,
            is_freed: false,
            beyond: None,
            words: Vec::new(),
            prices: Vec::new(),
            charged: Vec::new(),
            reversed: Vec::new(),
        });
    }

    pub(super) fn fact(&mut self, fact: &Fact) {
        let (kind, amount) = (fact.kind.to_string(), fact.amount);
        let booked = Booked { kind, amount, is_asked: false, is_sure: false, has_entry: false };
        self.facts.insert(fact.reference.clone(), booked);
    }

    pub(super) fn bill(&mut self, message: &str) -> &mut Bill {
        &mut self.bills[self.by_id[message]]
    }

    pub(super) fn ask(&mut self, reference: &str) {
        self.facts.get_mut(reference).unwrap().is_asked = true;
    }

    pub(super) fn is_booked(&mut self, reference: &str) {
        self.facts.get_mut(reference).unwrap().is_sure = true;
    }

    pub(super) fn held(&self) -> i64 {
        self.bills.iter().filter(|bill| bill.is_open).map(|bill| bill.held).sum()
    }

    pub(super) fn available(&self) -> i64 {
        self.posted - self.held()
    }

    /// Takes the next entry of the ledger: it must continue what was before, and follow from what was told.
    pub(super) fn entry(&mut self, entry: &Entry) {
        let amount = entry.line.amount.get();
        assert_eq!(entry.seq, self.seq + 1, "numbers have no gaps");
        assert_eq!(entry.posted_after.get(), self.posted + amount, "each entry says the balance with it: {entry:?}");
        assert!(entry.at.millis() >= self.last_at, "the times of entries follow their numbers: {entry:?}");
        (self.seq, self.posted, self.last_at) = (entry.seq, self.posted + amount, entry.at.millis());
        let (kind, reference) = (entry.line.kind.word(), entry.line.reference.as_str());
        match kind {
            "charge" => {
                let bill = self.bill(reference);
                bill.charge(-amount);
                self.taken += bill.beyond.unwrap_or(-amount).max(0);
            }
            "reversal" => self.bill(reference).reverse(amount),
            _ => {
                let fact = self.facts.get_mut(reference).unwrap_or_else(|| panic!("nobody told {entry:?}"));
                assert!(fact.is_asked, "nobody asked yet for {entry:?}");
                assert_eq!((fact.kind.as_str(), fact.amount), (kind, amount), "{entry:?}");
                assert!(!std::mem::replace(&mut fact.has_entry, true), "a second time: {entry:?}");
                self.taken += (-amount).max(0);
            }
        }
    }

    /// What was answered as booked must be there; at the end all that was asked for.
    pub(super) fn facts_are_booked(&self, is_end: bool) {
        for (reference, fact) in &self.facts {
            let is_due = fact.is_sure || (is_end && fact.is_asked);
            assert!(!is_due || fact.has_entry, "{reference} is lost: {fact:?}");
        }
    }
}

impl Bill {
    pub(super) fn hear(&mut self, word: &str, pricing: Option<&serde_json::Value>) {
        self.words.push(word.to_owned());
        if let Some(pricing) = pricing {
            let is_free = pricing["type"] != "regular";
            self.prices.push(if is_free { 0 } else { price_of(pricing["category"].as_str().unwrap()) });
        }
    }

    /// A step freed what was held, and told so; `charged`: it took the price from it.
    pub(super) fn free(&mut self, freed: i64, charged: Option<i64>) {
        if freed > 0 {
            assert!(!std::mem::replace(&mut self.is_freed, true), "freed a second time: {self:?}");
            assert_eq!(freed, self.held, "{self:?}");
            self.is_open = false;
        }
        self.beyond = charged.map(|charged| charged - freed).or(self.beyond);
    }

    fn charge(&mut self, price: i64) {
        assert!(self.is_there && self.charged.is_empty(), "charged {price} for {self:?}");
        assert!(price > 0 && self.prices.contains(&price), "charged {price} for {self:?}");
        assert!(!self.is_dead(), "charged {price} for {self:?}");
        self.charged.push(price);
    }

    fn reverse(&mut self, price: i64) {
        assert!(self.charged == [price] && self.reversed.is_empty(), "reversed {price} of {self:?}");
        assert!(self.words.iter().any(|word| word == "failed"), "reversed {price} of {self:?}");
        self.reversed.push(price);
    }

    /// It never went out.
    fn is_dead(&self) -> bool {
        matches!(self.sending, Sending::Refused | Sending::Cancelled)
    }

    /// Everything was told of it: what must it have cost, and what may its price's state be?
    pub(super) fn is_right(&self, state: Option<&str>, now: i64) -> bool {
        let net = self.charged.iter().sum::<i64>() - self.reversed.iter().sum::<i64>();
        let has = |word: &str| self.words.iter().any(|told| told == word);
        let has_failed = has("failed") && !ARRIVED.iter().any(|word| has(word));
        let ended: &[Option<&str>] = match self.held {
            0 => &[None],
            _ => &[Some("voided"), Some("expired")],
        };
        if state == Some("expired") && now < self.expires_at {
            return false;
        }
        if self.reversed.len() == 1 {
            return net == 0 && state == Some("reversed");
        }
        if self.is_dead() || has_failed || (!self.prices.is_empty() && self.prices.iter().all(|price| *price == 0)) {
            return net == 0 && ended.contains(&state);
        }
        if self.prices.is_empty() {
            let is_silent = match state {
                None => self.held == 0,
                Some("voided") => self.held > 0 && has("failed"),
                Some(state) => self.held > 0 && ["held", "expired"].contains(&state),
            };
            // In doubt it stays held.
            let is_in_doubt = self.sending == Sending::InDoubt && self.words.is_empty();
            return net == 0 && is_silent && (!is_in_doubt || state != Some("expired"));
        }
        state == Some("posted") && self.charged.len() == 1
    }
}
