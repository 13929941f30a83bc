//! Everything that the simulated Cloud API remembers, as one value that a snapshot can hold.

pub(crate) mod charges;
pub(crate) mod customers;
pub(crate) mod deliveries;
pub(crate) mod faults;
pub(crate) mod media;
pub(crate) mod pace;
pub(crate) mod plans;
pub(crate) mod reviews;
pub(crate) mod sends;
pub(crate) mod settings;
pub(crate) mod snapshot;
pub(crate) mod stripe;
pub(crate) mod templates;
pub(crate) mod uploads;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::clock;
use charges::Charge;
use customers::Customer;
use deliveries::Delivery;
use faults::FaultOrder;
use media::Medium;
use pace::Pace;
use plans::{PlanOrder, StatusPlan};
use reviews::{Blocked, Course, Due, ReviewOrder, ReviewPlan};
use sends::SendRecord;
use settings::Settings;
use stripe::StripeState;
use templates::Template;
use uploads::{UploadSession, UploadedFile};

/// How long a message can still be reacted to or marked as read.
const SEEN_S: i64 = 30 * 24 * 60 * 60;

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) customers: Vec<Customer>,
    pub(crate) templates: Vec<Template>,
    /// Messages that exist, by wamid: what reactions and read marks may point at.
    pub(crate) seen: BTreeMap<String, Seen>,
    pub(crate) sends: VecDeque<SendRecord>,
    pub(crate) deliveries: BTreeMap<u64, Delivery>,
    pub(crate) faults: Vec<FaultOrder>,
    /// Files, by id.
    #[serde(default)]
    pub(crate) media: BTreeMap<String, Medium>,
    pub(crate) default_plan: StatusPlan,
    pub(crate) plans: Vec<PlanOrder>,
    #[serde(default)]
    pub(crate) default_review: ReviewPlan,
    #[serde(default)]
    pub(crate) reviews: Vec<ReviewOrder>,
    /// By the template's id.
    #[serde(default)]
    pub(crate) courses: BTreeMap<String, Course>,
    /// What is going to happen to templates by itself.
    #[serde(default)]
    pub(crate) agenda: Vec<Due>,
    #[serde(default)]
    pub(crate) blocked: Vec<Blocked>,
    #[serde(default)]
    pub(crate) uploads: BTreeMap<String, UploadSession>,
    #[serde(default)]
    pub(crate) handles: Vec<UploadedFile>,
    /// What was charged for messages that arrived.
    #[serde(default)]
    pub(crate) charges: Vec<Charge>,
    pub(crate) paused: bool,
    /// The last number given out; numbers are never given twice, also over a reset.
    pub(crate) last_id: u64,
    pub(crate) service: ServiceCount,
    #[serde(default)]
    pub(crate) stripe: StripeState,
    /// Where webhooks go. Set anew after each start, since an address on a free port does not outlive its process.
    #[serde(skip)]
    pub(crate) webhook: Option<http::Uri>,
    /// Replaces the configured secret, to play a rotation. Never written to disk.
    #[serde(skip)]
    pub(crate) app_secret: Option<String>,
    /// Replaces the configured token: whoever comes with that one is refused. Never written to disk.
    #[serde(skip)]
    pub(crate) access_token: Option<String>,
    /// What was accepted lately, for the limits.
    #[serde(skip)]
    pub(crate) pace: Pace,
}

/// A message that the simulator knows of.
#[derive(Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) at_s: i64,
    pub(crate) kind: String,
    pub(crate) inbound: bool,
}

/// Service messages of the current calendar month; the first thousand are free.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct ServiceCount {
    month: String,
    count: u32,
}

impl ServiceCount {
    /// Counts one more and says which one of the month it is.
    pub(crate) fn next(&mut self) -> u32 {
        let month = clock::month();
        if self.month != month {
            *self = Self { month, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        self.count
    }
}

impl State {
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Forgets everything but where webhooks go, what they are signed with, and the numbers already given.
    pub(crate) fn reset(&mut self) {
        let fresh = Self {
            last_id: self.last_id,
            webhook: self.webhook.take(),
            app_secret: self.app_secret.take(),
            access_token: self.access_token.take(),
            stripe: self.stripe.fresh(),
            ..Self::default()
        };
        *self = fresh;
    }

    pub(crate) fn see(&mut self, wamid: &str, at_s: i64, kind: &str, inbound: bool) {
        self.seen.insert(wamid.to_owned(), Seen { at_s, kind: kind.to_owned(), inbound });
    }

    /// Drops what is older than anything may still point at, and records beyond `keep`.
    pub(crate) fn trim(&mut self, keep: usize) {
        let oldest = clock::now_s() - SEEN_S;
        self.seen.retain(|_, seen| seen.at_s >= oldest);
        self.media.retain(|_, medium| medium.is_there());
        self.trim_charges(clock::now_s());
        while self.sends.len() > keep {
            self.sends.pop_front();
        }
        self.stripe.trim(keep);
        let mut surplus = self.deliveries.len().saturating_sub(keep);
        self.deliveries.retain(|_, delivery| {
            let drop = surplus > 0 && delivery.is_finished();
            surplus -= usize::from(drop);
            !drop
        });
    }
}
