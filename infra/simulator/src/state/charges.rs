//! What was charged for messages that arrived: what Meta's analytics are summed up from.

use serde::{Deserialize, Serialize};

use super::State;

/// How far back the analytics look.
const LOOK_BACK_S: i64 = 365 * 24 * 60 * 60;

/// Delivered messages of one kind; a negative volume takes some out of the sums.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// Unix seconds of the delivery; now when absent.
    #[serde(default)]
    pub at: Option<i64>,
    /// Two letters.
    pub country: String,
    /// The number that sent them; the simulator's own when absent.
    #[serde(default)]
    pub phone_number: Option<String>,
    /// `REGULAR` …
    #[serde(default = "regular")]
    pub pricing_type: String,
    /// `MARKETING` …
    pub pricing_category: String,
    #[serde(default = "one")]
    pub volume: i64,
}

fn regular() -> String {
    "REGULAR".to_owned()
}

fn one() -> i64 {
    1
}

impl Charge {
    /// One message that is charged now.
    pub fn regular(country: &str, pricing_category: &str) -> Self {
        let (country, pricing_category) = (country.to_owned(), pricing_category.to_owned());
        Self { at: None, country, phone_number: None, pricing_type: regular(), pricing_category, volume: 1 }
    }

    #[must_use]
    pub fn times(self, volume: i64) -> Self {
        Self { volume, ..self }
    }

    #[must_use]
    pub fn at(self, at: i64) -> Self {
        Self { at: Some(at), ..self }
    }
}

impl State {
    pub(crate) fn trim_charges(&mut self, now_s: i64) {
        self.charges.retain(|charge| charge.at.is_none_or(|at| at >= now_s - LOOK_BACK_S));
    }
}
