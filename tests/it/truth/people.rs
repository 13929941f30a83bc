//! Customers by their number: what they write, what became of it, and what Meta received for them.
use local::mapping::Hold;
use serde_json::{Value, json};
use simulator::{Fault, FaultOrder, SendRecord};

use crate::world::webhooks::{contact, now, text};
use crate::world::{Answer, World};

pub const WEBHOOK_INGEST: &str = "WebhookIngestFunction";
pub const INBOUND_APPLY: &str = "InboundApplyFunction";
pub const EVENT_RELAY: &str = "EventRelayFunction";
pub const MESSAGE_SEND: &str = "MessageSendFunction";
pub const MEDIA_TRANSFER: &str = "MediaTransferFunction";
pub const API: &str = "ApiFunction";

/// The wa_id of one of many customers.
pub fn number(customer: usize) -> String {
    format!("1650555{customer:04}")
}

impl World {
    /// A world in which what failed comes again almost at once.
    pub async fn hasty() -> World {
        World::with(|options| options.time_scale = 1000).await
    }

    /// A world in which the tries of a send are seconds apart: long enough for something else to happen meanwhile.
    pub async fn patient() -> World {
        World::with(|options| options.time_scale = 5).await
    }

    /// Somebody writes a text, now; the webhook was taken.
    pub async fn writes(&self, from: &str, wamid: &str, body: &str) {
        self.deliver(&self.written(from, wamid, now(), body)).await;
    }

    /// The webhook of a text of somebody whose name is their number.
    pub fn written(&self, from: &str, wamid: &str, at: i64, body: &str) -> Value {
        let members = json!({"contacts": [contact(from, from)], "messages": [text(from, wamid, at, body)]});
        self.messages_webhook(self.value(members))
    }

    /// Somebody wrote ten minutes ago, and all that follows from it has happened.
    pub async fn met(&self, from: &str) -> Value {
        self.deliver(&self.written(from, &format!("wamid.{from}.hello"), now() - 600, "Hello")).await;
        self.settle().await;
        self.conversation_with(from).await
    }

    pub async fn contact_with(&self, wa_id: &str) -> Value {
        let found = self.get(&format!("/v1/contacts?phone=%2B{wa_id}")).await;
        found["items"].get(0).unwrap_or_else(|| panic!("nobody has the number {wa_id}")).clone()
    }

    pub async fn find_conversation(&self, wa_id: &str) -> Option<Value> {
        let found = self.get(&format!("/v1/contacts?phone=%2B{wa_id}")).await;
        let contact = found["items"].get(0)?["id"].clone();
        let (mut theirs, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/v1/conversations?limit=100{cursor}")).await;
            let items = page["items"].as_array().unwrap().iter();
            theirs.extend(items.filter(|conversation| conversation["contact_id"] == contact).cloned());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert!(theirs.len() <= 1, "one conversation at most: {theirs:?}");
        theirs.pop()
    }

    pub async fn conversation_with(&self, wa_id: &str) -> Value {
        self.find_conversation(wa_id).await.unwrap_or_else(|| panic!("no conversation with {wa_id}"))
    }

    /// The texts of a thread, the earliest first.
    pub async fn texts(&self, wa_id: &str) -> Vec<String> {
        let thread = self.thread(&self.conversation_with(wa_id).await).await;
        thread.iter().rev().map(|message| message["text"]["body"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The messages to somebody that Meta took, whatever we were told of it.
    pub fn received_by(&self, wa_id: &str) -> Vec<SendRecord> {
        let to = format!("+{wa_id}");
        self.simulator().accepted().into_iter().filter(|send| send.body["to"] == to.as_str()).collect()
    }

    /// Waits until Meta was called with a message to somebody so many times.
    pub async fn called_for(&self, wa_id: &str, times: usize) {
        let to = format!("+{wa_id}");
        let calls = || self.sends().iter().filter(|send| send.body["to"] == to.as_str()).count();
        self.until(|| calls() >= times).await;
    }

    /// Asks for a send that Meta puts off at first, with `code`; it is not tried again until the hold is dropped. For patient
    /// worlds, whose last try is far.
    pub async fn put_off(&self, code: i64, send: impl Future<Output = Answer>) -> (Answer, Hold) {
        self.simulator().add_fault(FaultOrder::from(Fault::error(code)).times(u32::MAX));
        let calls = self.sends().len();
        let taken = send.await;
        assert_eq!(taken.status, 202, "{}", taken.body);
        self.until(|| self.sends().len() > calls).await;
        let held = self.stack.hold(MESSAGE_SEND);
        self.settle().await;
        self.simulator().clear_faults();
        (taken, held)
    }

    /// Waits for something that is about to happen.
    pub async fn until(&self, happened: impl Fn() -> bool) {
        for _ in 0..2000 {
            if happened() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("it did not happen within 20 s");
    }

    /// How many calls of AWS a function has made since the meter was last taken.
    pub fn calls_of(&self, function: &str) -> u32 {
        let taken = self.stack.aws().meter().take();
        let ours = taken.iter().filter(|((caller, _), _)| caller == function);
        ours.map(|(_, usage)| u32::try_from(usage.requests).unwrap()).sum()
    }
}
