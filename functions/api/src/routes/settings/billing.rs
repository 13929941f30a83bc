//! How WhatsApp charges the account: what it tells in its own settings, and not by its API.
use std::collections::BTreeSet;

use domain::settings as entity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fields::{Country, TimeZone, given, nullable};
use crate::problem::Problem;

/// More countries than there are.
const COUNTRIES_MAX: usize = 300;

#[derive(Serialize, ToSchema)]
#[schema(as = BillingSettings)]
pub(super) struct BillingView {
    /// The account's time zone: rates change at its midnight, allowances and volumes begin with its months.
    time_zone: String,
    /// The countries in which WhatsApp charges this business its international rate for authentication.
    international_authentication: Vec<String>,
}

impl From<entity::BillingSettings> for BillingView {
    fn from(billing: entity::BillingSettings) -> BillingView {
        let countries = billing.international_authentication.iter().map(ToString::to_string).collect();
        BillingView { time_zone: billing.zone().name().to_owned(), international_authentication: countries }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BillingPatch {
    /// Null: UTC.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(inline)]
    time_zone: Option<Option<TimeZone>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(max_items = 300, value_type = Option<Vec<Country>>, nullable = false)]
    international_authentication: Option<Vec<Country>>,
}

impl BillingPatch {
    pub(super) fn apply(&self, billing: &mut entity::BillingSettings) -> Result<(), Problem> {
        if let Some(zone) = &self.time_zone {
            billing.time_zone = zone.as_ref().map(|zone| zone.0.clone());
        }
        if let Some(countries) = &self.international_authentication {
            if countries.len() > COUNTRIES_MAX {
                let most = format!("must not be more than {COUNTRIES_MAX}");
                return Err(Problem::field("billing.international_authentication", most));
            }
            let country = |country: &Country| domain::pricing::Country::parse(&country.0);
            billing.international_authentication = countries.iter().filter_map(country).collect::<BTreeSet<_>>();
        }
        Ok(())
    }
}
