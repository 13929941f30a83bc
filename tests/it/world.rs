//! One Casement for one test, on free ports, with a state of its own. When it goes, it checks what must hold after every
//! test: queues drained, no dead letters, the ledger balanced.
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use local::aws::Depth;
use local::stack::{Options, Stack};
use local::workspace::Workspace;
use serde_json::{Value, json};
use simulator::{Simulator, Verbatim};

pub mod consents;
pub mod people;
pub mod receiver;
pub mod webhooks;

/// How long anything may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

pub struct World {
    pub stack: Stack,
    http: net::Http,
    /// Dead letters that the test expects; all others are a failure.
    expected_dead_letters: usize,
}

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// The functions are built once for all tests.
fn workspace() -> &'static Workspace {
    static BUILT: OnceLock<Workspace> = OnceLock::new();
    BUILT.get_or_init(|| {
        let workspace = Workspace::find().unwrap();
        workspace.build_functions().unwrap();
        workspace
    })
}

/// The program that `cargo run` runs, built once for all tests; the functions too.
pub fn casement() -> std::path::PathBuf {
    static BUILT: OnceLock<std::path::PathBuf> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        workspace().build(&["local".to_owned()]).unwrap();
        workspace().binaries.join("local")
    });
    built.clone()
}

impl World {
    pub async fn start() -> World {
        World::with(|_| {}).await
    }

    /// A world in which messages cost what they cost, with ten dollars.
    pub async fn metered() -> World {
        let world = World::priced(|_| {}).await;
        world.adjust(10_000_000, "USD").await;
        world
    }

    /// `change` is told the usual options: windows in real time, waits after a failure a hundred times shorter, schedules
    /// only when a test says so. Messages of its channel cost nothing.
    pub async fn with(change: impl FnOnce(&mut Options)) -> World {
        let world = World::priced(change).await;
        if world.stack.channel().is_some() {
            world.charge("unmetered").await;
        }
        world
    }

    /// As [`World::with`], and messages cost what they cost.
    pub async fn priced(change: impl FnOnce(&mut Options)) -> World {
        let mut options = Options::new(workspace());
        options.time_scale = 100;
        options.schedules = false;
        options.credits = false;
        options.print_output = std::env::var_os("CASEMENT_TEST_OUTPUT").is_some();
        change(&mut options);
        let stack = Stack::start(options).await.unwrap();
        let world = World { stack, http: net::Http::new(None).unwrap(), expected_dead_letters: 0 };
        world.settle().await;
        world
    }

    /// Says what of the channel's messages is charged.
    pub async fn charge(&self, pricing_model: &str) {
        let path = format!("/v1/channels/{}", self.channel().id);
        let answer = self.call("PATCH", &path, Some(json!({"pricing_model": pricing_model}))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Gives or takes credit by hand.
    pub async fn adjust(&self, amount_micros: i64, currency: &str) {
        let adjustment = json!({"amount_micros": amount_micros, "currency": currency, "reason": "A test"});
        let answer = self.post("/v1/credits/adjustments", adjustment).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
    }

    pub fn simulator(&self) -> &Simulator {
        self.stack.simulator().unwrap()
    }

    pub fn channel(&self) -> &local::seed::Channel {
        self.stack.channel().unwrap()
    }

    /// Waits until nothing is under way.
    pub async fn settle(&self) {
        self.stack.quiesce(LIMIT).await.unwrap();
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, None).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.body);
        answer.body
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_as(self.stack.admin_key(), method, path, body, None).await
    }

    pub async fn call_as(
        &self,
        key: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
        idempotency_key: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.stack.api_url()));
        request = request.header("authorization", format!("Bearer {key}")).header("content-type", "application/json");
        if let Some(idempotency_key) = idempotency_key {
            request = request.header("idempotency-key", idempotency_key);
        }
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let answer = self.ask(request.body(body).unwrap()).await;
        let text = String::from_utf8_lossy(answer.body());
        let body = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
        Answer { status: answer.status().as_u16(), body }
    }

    /// A request as it stands, to anywhere.
    pub async fn ask(&self, request: Request<Bytes>) -> http::Response<Bytes> {
        self.http.send(request, LIMIT).await.unwrap()
    }

    /// Posts a webhook as it stands, however often at once; the statuses of the answers.
    pub async fn post_webhook(&self, webhook: Verbatim) -> Vec<u16> {
        let attempts = self.simulator().deliver(webhook).await.unwrap();
        attempts.iter().map(|attempt| attempt.status.unwrap_or_else(|| panic!("{attempt:?}"))).collect()
    }

    /// Posts a webhook signed as Meta would, and expects it to be taken.
    pub async fn deliver(&self, body: &Value) {
        assert_eq!(self.post_webhook(Verbatim::new(body.clone())).await, [200]);
    }

    /// As [`World::deliver`], and everything that follows from it has happened.
    pub async fn deliver_and_settle(&self, body: &Value) {
        self.deliver(body).await;
        self.settle().await;
    }

    pub async fn conversations(&self, query: &str) -> Vec<Value> {
        self.get(&format!("/v1/conversations{query}")).await["items"].as_array().unwrap().clone()
    }

    /// The one conversation that there is.
    pub async fn conversation(&self) -> Value {
        let conversations = self.conversations("").await;
        assert_eq!(conversations.len(), 1, "{conversations:?}");
        conversations[0].clone()
    }

    /// The latest message first.
    pub async fn thread(&self, conversation: &Value) -> Vec<Value> {
        let path = format!("/v1/conversations/{}/messages?limit=100", conversation["id"].as_str().unwrap());
        self.get(&path).await["items"].as_array().unwrap().clone()
    }

    /// Answers in a conversation with text.
    pub async fn reply(&self, conversation: &Value, text: &str) -> Answer {
        let message = json!({
            "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
            "type": "text", "text": {"body": text},
        });
        self.post("/v1/messages", message).await
    }

    /// Answers with text, waits for all that follows, and gives the message as it then is.
    pub async fn reply_and_settle(&self, conversation: &Value, text: &str) -> Value {
        let answer = self.reply(conversation, text).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
        self.message(&answer.body["id"]).await
    }

    pub async fn message(&self, id: &Value) -> Value {
        self.get(&format!("/v1/messages/{}", id.as_str().unwrap())).await
    }

    pub async fn events(&self, kind: &str) -> Vec<Value> {
        self.get(&format!("/v1/events?type={kind}&limit=100")).await["items"].as_array().unwrap().clone()
    }

    /// How many bodies of sends Meta has received.
    pub fn sends(&self) -> Vec<simulator::SendRecord> {
        let is_message = |record: &simulator::SendRecord| record.body.get("type").is_some();
        self.simulator().sends().into_iter().filter(is_message).collect()
    }

    pub fn expect_dead_letters(&mut self, count: usize) {
        self.expected_dead_letters = count;
    }

    /// What lies in the dead-letter queues.
    pub fn dead_letters(&self) -> Vec<local::aws::Received> {
        self.dead_letter_queues().iter().flat_map(|arn| self.stack.aws().sqs().peek(arn).unwrap()).collect()
    }

    fn dead_letter_queues(&self) -> Vec<String> {
        let functions = self.stack.template().functions.values();
        let read: Vec<&String> =
            functions.flat_map(|function| &function.sqs).map(|mapping| &mapping.queue_arn).collect();
        let queues = self.stack.template().queues.values();
        queues.map(|queue| queue.arn.clone()).filter(|arn| !read.contains(&arn)).collect()
    }

    async fn check(&self) {
        self.settle().await;
        let dead = self.dead_letters();
        assert_eq!(dead.len(), self.expected_dead_letters, "dead letters: {dead:?}");
        for queue in
            self.stack.template().queues.values().filter(|queue| !self.dead_letter_queues().contains(&queue.arn))
        {
            let depth: Depth = self.stack.aws().sqs().depth(&queue.arn).unwrap();
            assert_eq!(depth.total(), 0, "{} is not drained", queue.name);
        }
        self.check_ledger().await;
    }
}

impl World {
    /// The latest first.
    pub async fn entries(&self, filter: &str) -> Vec<Value> {
        let (mut entries, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/v1/credits/entries?limit=100{filter}{cursor}")).await;
            entries.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { return entries };
            cursor = format!("&cursor={next}");
        }
    }

    async fn check_ledger(&self) {
        let (credits, entries) = (self.get("/v1/credits").await, self.entries("").await);
        let micros = |value: &Value, name: &str| value[name].as_i64().unwrap();
        let mut sum = 0;
        for (entry, seq) in entries.iter().rev().zip(1..) {
            sum += micros(entry, "amount_micros");
            assert_eq!((micros(entry, "seq"), micros(entry, "posted_after_micros")), (seq, sum), "{entry}");
        }
        assert_eq!(micros(&credits, "posted_micros"), sum, "the balance is the sum of the entries");
        let parts = micros(&credits, "available_micros") + micros(&credits, "held_micros");
        assert_eq!(parts, sum, "{credits}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(self.check()));
        }
    }
}
