//! Messages for later (P48): they go at their time, once, if they may by then; what may not is refused or cancelled and told.
use serde_json::{Value, json};

use crate::world::webhooks::now;
use crate::world::{Answer, World};

mod again;
mod cancelling;
mod crashes;
mod lists;
mod times;

/// RFC 3339.
fn at(seconds: i64) -> String {
    domain::Time::from_seconds(seconds).to_string()
}

impl World {
    /// Asks for a text to somebody at a time, in seconds since 1970; with whatever else.
    async fn later(&self, conversation: &Value, body: &str, due: i64, more: Value) -> Answer {
        let mut message = json!({
            "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
            "type": "text", "text": {"body": body}, "send_at": at(due),
        });
        for (name, member) in more.as_object().into_iter().flatten() {
            message[name] = member.clone();
        }
        self.post("/v1/messages", message).await
    }

    /// As [`World::later`], of what is taken; its id.
    async fn scheduled(&self, conversation: &Value, body: &str, due: i64, more: Value) -> Value {
        let answer = self.later(conversation, body, due, more).await;
        assert_eq!((answer.status, &answer.body["state"]), (202, &json!("scheduled")), "{}", answer.body);
        self.settle().await;
        answer.body["id"].clone()
    }

    /// Until a time is over, by the clock of the functions.
    async fn comes(&self, due: i64) {
        while now() <= due {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    async fn cancel(&self, id: &Value) -> Answer {
        self.call("POST", &format!("/v1/messages/{}/cancel", id.as_str().unwrap()), None).await
    }

    /// The state, and why.
    async fn outcome(&self, id: &Value) -> (String, String) {
        let message = self.message(id).await;
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (word(&message["state"]), word(&message["errors"][0]["title"]))
    }
}

/// So far ahead that what a test does before is done by then, also on a busy machine.
const SOON: i64 = 25;

fn is(state: &str, why: &str) -> (String, String) {
    (state.to_owned(), why.to_owned())
}
