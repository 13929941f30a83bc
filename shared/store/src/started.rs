//! How many people the portfolio wrote to first, by the hour. A day's counts are spread over a few rows, so that none of them is
//! hot, and go with their time to live; all numbers of a deployment belong to one portfolio.
use std::collections::BTreeMap;
use std::time::Duration;

use domain::Time;
use domain::ids::ContactId;
use domain::sending::limits::{Started, hour};

use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, STARTED_SHARDS};
use crate::table::Store;

const ENTITY: &str = "started";
const HOURS_A_DAY: i64 = 24;
/// Counts are of use for a day and an hour after theirs.
const KEPT: Duration = Duration::from_secs(3 * 24 * 3600);

/// The attribute of an hour of its day.
fn attribute(hour: i64) -> String {
    format!("h{}", hour.rem_euclid(HOURS_A_DAY))
}

impl Store {
    /// Counts a person in an hour, or, with -1, no more.
    pub async fn started_add(&self, contact: &ContactId, hour: i64, people: i64) -> Result<(), StoreError> {
        let day = hour.div_euclid(HOURS_A_DAY);
        let name = attribute(hour);
        let expires_at = Time::from_seconds(hour.saturating_mul(3600)).plus(KEPT).seconds();
        let values =
            values([(":entity", s(ENTITY)), (":v", n(1)), (":expires", n(expires_at)), (":people", n(people))]);
        let expression = format!(
            "SET #entity = :entity, #v = :v, #expires_at = if_not_exists(#expires_at, :expires) ADD #{name} :people"
        );
        // Whatever is there: each count is one of its own.
        let condition = "attribute_not_exists(#pk) OR #entity = :entity";
        self.update("started_add", &keys::started_of(day, contact), &expression, condition, values).await?;
        Ok(())
    }

    /// The counts of today and yesterday, in which the moving day lies.
    pub async fn started(&self, now: Time) -> Result<Started, StoreError> {
        const OPERATION: &str = "started";
        let today = hour(now).div_euclid(HOURS_A_DAY);
        let days = [today.saturating_sub(1), today];
        let keys: Vec<(i64, keys::Key)> = days
            .into_iter()
            .flat_map(|day| (0..STARTED_SHARDS).map(move |shard| (day, keys::started(day, shard))))
            .collect();
        let wanted: Vec<keys::Key> = keys.iter().map(|(_, key)| key.clone()).collect();
        let mut started = BTreeMap::new();
        for item in self.get_many(OPERATION, &wanted).await? {
            let pk = crate::codec::text(&item, "pk");
            let Some((day, _)) = keys.iter().find(|(_, key)| Some(key.pk.as_str()) == pk) else { continue };
            for hour in (0..HOURS_A_DAY).map(|hour| day.saturating_mul(HOURS_A_DAY).saturating_add(hour)) {
                let count = item.get(&attribute(hour)).and_then(|value| value.as_n().ok()?.parse::<i64>().ok());
                if let Some(count) = count {
                    let sum = started.entry(hour).or_insert(0i64);
                    *sum = sum.saturating_add(count);
                }
            }
        }
        Ok(Started(started))
    }
}
