//! How much may be sent: Meta's limit on the people whom the business writes to first, the business's own caps on one contact, and
//! how long a message may wait.
use serde_json::{Value, json};

use crate::world::World;
use crate::world::webhooks::now;

mod caps;
mod crashes;
mod people;
mod waiting;

/// One of many strangers.
fn stranger(index: usize) -> String {
    format!("165055530{index:02}")
}

impl World {
    /// Meta tells how many people may be written to first in a day.
    async fn limited_to(&self, limit: Value) {
        let value = json!({"max_daily_conversations_per_business": limit, "max_phone_numbers_per_business": 20});
        self.account_told("business_capability_update", now(), value).await;
    }

    async fn started(&self) -> Value {
        self.health().await["started"].clone()
    }
}
