//! What becomes of templates on Meta's side: the plan by which each one is reviewed, what happened to it so far, and what is
//! still going to happen to it by itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::State;
use crate::clock;

/// How long the name of a deleted template stays taken.
const NAME_BLOCKED_MS: i64 = 30 * DAY_MS;
pub(crate) const HOUR_MS: i64 = 60 * 60 * 1000;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// How a template that was created or edited is reviewed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewPlan {
    /// How long it is PENDING.
    pub after_ms: u64,
    pub verdict: Verdict,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    #[default]
    Approve,
    /// Approved under another category than was asked for; the answer to the creation names it already if `at_once`.
    ApproveAs {
        category: String,
        #[serde(default)]
        at_once: bool,
    },
    Reject(Rejection),
    /// It stays PENDING until an order by the control API.
    Wait,
}

/// Why a template is rejected, in Meta's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    #[serde(default = "invalid_format")]
    pub reason: String,
    /// Told in `rejection_info` beside the reason in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommendation: Option<String>,
}

/// The plan of the next `times` templates that come to review.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewOrder {
    pub plan: ReviewPlan,
    #[serde(default = "once")]
    pub times: u32,
    /// Only templates of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Something that happens to a template. Times that are not given are Meta's, divided by `Config::speed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    Approve {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
    },
    Reject(Rejection),
    /// For low quality: 3 hours the first time, 6 the second; the third time it is disabled. `by_rate` pauses it in pacing
    /// instead, until it is unpaused.
    Pause {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        for_ms: Option<i64>,
        #[serde(default)]
        by_rate: bool,
    },
    Unpause,
    Disable,
    Reinstate,
    Flag,
    Quality {
        score: String,
    },
    /// Announced now and done a day later; at once and without notice where `in_ms` is 0.
    Category {
        category: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_ms: Option<i64>,
    },
    /// Hidden, and deleted after 28 days.
    Archive {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        for_ms: Option<i64>,
    },
    Unarchive,
    /// Reviewed again by the plan.
    Appeal,
    Lock,
    LimitExceeded,
    PendingDeletion,
    Delete,
    /// Gone from the list, and its webhook is lost.
    Vanish,
    /// The text was changed by Meta or in its own manager.
    Components {
        components: Vec<Value>,
    },
}

/// What happened to a template so far, as far as it decides on what may happen next.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Course {
    pub(crate) pauses: u32,
    /// When the approved template was edited, unix milliseconds.
    pub(crate) edits: Vec<i64>,
    pub(crate) before_archive: Option<String>,
    /// Counts its changes of status: what was going to happen by itself before one of them does not.
    pub(crate) turn: u64,
}

/// Something that is going to happen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Due {
    pub(crate) id: u64,
    pub(crate) at_ms: i64,
    pub(crate) template: String,
    pub(crate) act: Act,
    /// Not if the template has had another status since.
    pub(crate) turn: Option<u64>,
}

/// A name that may not be used again yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Blocked {
    name: String,
    /// All languages where there is none.
    language: Option<String>,
    until_ms: i64,
}

fn once() -> u32 {
    1
}

fn invalid_format() -> String {
    "INVALID_FORMAT".into()
}

impl Default for ReviewPlan {
    fn default() -> Self {
        Self { after_ms: 50, verdict: Verdict::Approve }
    }
}

impl Default for Rejection {
    fn default() -> Self {
        Self { reason: invalid_format(), recommendation: None }
    }
}

impl From<Verdict> for ReviewOrder {
    fn from(verdict: Verdict) -> Self {
        Self { plan: ReviewPlan { verdict, ..ReviewPlan::default() }, times: 1, name: None }
    }
}

impl State {
    /// The plan for a template that comes to review now.
    pub(crate) fn take_review(&mut self, name: &str) -> ReviewPlan {
        let fits = |order: &ReviewOrder| order.name.as_deref().is_none_or(|wanted| wanted == name);
        let Some(at) = self.reviews.iter().position(fits) else {
            return self.default_review.clone();
        };
        let Some(order) = self.reviews.get_mut(at) else {
            return self.default_review.clone();
        };
        order.times = order.times.saturating_sub(1);
        let plan = order.plan.clone();
        if order.times == 0 {
            self.reviews.remove(at);
        }
        plan
    }

    pub(crate) fn course(&mut self, template: &str) -> &mut Course {
        self.courses.entry(template.to_owned()).or_default()
    }

    pub(crate) fn block_name(&mut self, name: &str, language: Option<&str>, speed: u32) {
        let now = clock::now_ms();
        self.blocked.retain(|one| one.until_ms > now);
        let until_ms = now + NAME_BLOCKED_MS / i64::from(speed.max(1));
        self.blocked.push(Blocked { name: name.to_owned(), language: language.map(str::to_owned), until_ms });
    }

    pub(crate) fn is_blocked(&self, name: &str, language: &str) -> bool {
        let now = clock::now_ms();
        self.blocked.iter().any(|one| {
            one.until_ms > now && one.name == name && one.language.as_deref().is_none_or(|only| only == language)
        })
    }
}
