//! The customer service window under a moving clock: what opens it, its safety margin, the notice before its end, the free entry
//! point beside it. Times move by Meta's timestamps, which lie as far back as a test wants.
use serde_json::{Value, json};

use crate::world::World;
use crate::world::webhooks::{contact, now, text};

mod entry_point;
mod kinds;
mod margin;
mod notices;
mod refusals;
mod shuffled;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

impl World {
    /// Changes the business's settings.
    pub async fn settle_on(&self, settings: Value) -> Value {
        let answer = self.call("PATCH", "/v1/settings", Some(settings)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Somebody wrote so long ago that their window closes in so many seconds.
    pub async fn closes_in(&self, from: &str, wamid: &str, seconds: i64) -> Value {
        self.deliver_and_settle(&self.written(from, wamid, now() - DAY + seconds, "Hello")).await;
        self.conversation_with(from).await
    }

    /// The minute's look at the windows, and all that follows from it.
    pub async fn windows_are_looked_at(&self) -> Value {
        let report = self.stack.tick("window-expiry").await.unwrap();
        assert_eq!(report["failed"], 0, "{report}");
        self.settle().await;
        report
    }
}

fn seconds(time: &Value) -> i64 {
    domain::Time::parse(time.as_str().unwrap()).unwrap().seconds()
}

/// A webhook of one message of somebody.
fn message(world: &World, from: &str, mut message: Value, at: i64) -> Value {
    let plain = text(from, "wamid.x", at, "");
    for name in ["from", "id", "timestamp"] {
        if message.get(name).is_none() {
            message[name] = plain[name].clone();
        }
    }
    world.messages_webhook(world.value(json!({"contacts": [contact(from, "Somebody")], "messages": [message]})))
}
