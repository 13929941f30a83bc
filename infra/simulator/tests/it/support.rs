//! A business for the simulator to talk to: a webhook that records what it gets, and a client of the Graph and control sides.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use simulator::{Config, Content, CustomerInput, Inbound, Retry, Simulator};

pub(crate) const ANA: &str = "34600111222";
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// A simulator, the webhook that it tells, and a customer called Ana.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) receiver: Receiver,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What the webhook got.
#[derive(Clone, Default)]
pub(crate) struct Receiver(Arc<Mutex<Inbox>>);

#[derive(Default)]
struct Inbox {
    posts: Vec<Post>,
    /// Answers to give before 200 is given for good.
    answers: VecDeque<u16>,
    verify_token: String,
}

#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// An answer of the Graph or the control side.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Post {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Receiver {
    pub(crate) fn posts(&self) -> Vec<Post> {
        self.0.lock().unwrap().posts.clone()
    }

    /// Every value under a field, in the order of arrival.
    pub(crate) fn values(&self, field: &str) -> Vec<Value> {
        let bodies = self.posts();
        let changes = bodies.iter().flat_map(|post| {
            let body = post.json();
            let entries = body["entry"].as_array().unwrap().clone();
            entries.into_iter().flat_map(|entry| entry["changes"].as_array().unwrap().clone())
        });
        changes.filter(|change| change["field"] == field).map(|change| change["value"].clone()).collect()
    }

    /// Every status, in the order of arrival.
    pub(crate) fn statuses(&self) -> Vec<Value> {
        self.values("messages")
            .iter()
            .flat_map(|value| value["statuses"].as_array().cloned().unwrap_or_default())
            .collect()
    }

    pub(crate) fn status_names(&self) -> Vec<String> {
        self.statuses().iter().map(|status| status["status"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn answer_next_with(&self, answers: impl IntoIterator<Item = u16>) {
        self.0.lock().unwrap().answers.extend(answers);
    }

    async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let app = Router::new().route("/webhook", get(handshake).post(take)).with_state(self.clone());
        tokio::spawn(axum::serve(listener, app).into_future());
        url
    }
}

async fn handshake(State(receiver): State<Receiver>, RawQuery(query): RawQuery) -> (StatusCode, String) {
    let query = query.unwrap_or_default();
    let value = |name: &str| {
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default().to_owned()
    };
    let known =
        value("hub.verify_token") == receiver.0.lock().unwrap().verify_token && value("hub.mode") == "subscribe";
    if known { (StatusCode::OK, value("hub.challenge")) } else { (StatusCode::FORBIDDEN, String::new()) }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    let mut inbox = receiver.0.lock().unwrap();
    inbox.posts.push(Post { headers, body });
    StatusCode::from_u16(inbox.answers.pop_front().unwrap_or(200)).unwrap()
}

/// A fast configuration.
pub(crate) fn config() -> Config {
    let retry = Retry {
        base: Duration::from_millis(20),
        longest: Duration::from_millis(80),
        attempts: 6,
        timeout: Duration::from_secs(2),
    };
    Config { retry, ..Config::default() }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(config()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let receiver = Receiver::default();
        receiver.0.lock().unwrap().verify_token = config.verify_token.clone();
        let url = receiver.serve().await;
        let simulator = Simulator::start(config).await.unwrap();
        simulator.set_webhook(&url).await.unwrap();
        let ana = CustomerInput { name: Some("Ana Gíl".into()), wa_id: Some(ANA.into()), ..CustomerInput::default() };
        simulator.put_customer(ana);
        Self { simulator, receiver, client: Client::builder(TokioExecutor::new()).build(HttpConnector::new()) }
    }

    /// Ana writes, so that her window is open.
    pub(crate) fn ana_writes(&self) -> String {
        self.says(ANA, Content::Text { body: "Hola".into() })
    }

    pub(crate) fn says(&self, from: &str, message: Content) -> String {
        self.simulator.inbound(inbound(from, message)).unwrap().wamid
    }

    /// Waits until everything was delivered.
    pub(crate) async fn settled(&self) {
        assert!(self.simulator.drain(LIMIT).await, "webhooks are still on their way");
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.simulator.base_url()));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        self.ask(request.header("content-type", "application/json").body(body).unwrap()).await
    }

    /// Any request.
    pub(crate) async fn ask(&self, request: Request<Bytes>) -> Result<Answer, String> {
        let response = self.client.request(request.map(Full::from)).await.map_err(|error| format!("{error:?}"))?;
        let (parts, body) = response.into_parts();
        let text =
            String::from_utf8(body.collect().await.map_err(|error| error.to_string())?.to_bytes().to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, text, json })
    }

    /// Posts a message as the business; the product is filled in.
    pub(crate) async fn try_send(&self, body: &Value) -> Result<Answer, String> {
        let mut body = body.clone();
        body["messaging_product"] = "whatsapp".into();
        let (path, token) = (self.messages_path(), self.simulator.config().access_token.clone());
        self.call(Method::POST, &path, Some(&token), Some(&body)).await
    }

    pub(crate) async fn send(&self, body: &Value) -> Answer {
        self.try_send(body).await.unwrap()
    }

    pub(crate) async fn send_text(&self, to: &str, text: &str) -> Answer {
        self.send(&text_to(to, text)).await
    }

    pub(crate) fn messages_path(&self) -> String {
        format!("/v26.0/{}/messages", self.simulator.config().phone_number_id)
    }

    /// Reads as the business.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let token = self.simulator.config().access_token.clone();
        self.call(Method::GET, path, Some(&token), None).await.unwrap()
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Answer {
        self.call(method, &format!("/_control{path}"), None, Some(&body)).await.unwrap()
    }
}

pub(crate) fn inbound(from: &str, message: Content) -> Inbound {
    Inbound { from: from.into(), message, context: None, referral: None, timestamp: None, id: None }
}

pub(crate) fn text_to(to: &str, text: &str) -> Value {
    json!({"to": to, "type": "text", "text": {"body": text}})
}

impl Answer {
    pub(crate) fn code(&self) -> i64 {
        self.json["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error: {}", self.text))
    }

    pub(crate) fn details(&self) -> &str {
        self.json["error"]["error_data"]["details"].as_str().unwrap_or_default()
    }

    pub(crate) fn wamid(&self) -> &str {
        self.json["messages"][0]["id"].as_str().unwrap_or_else(|| panic!("not accepted: {}", self.text))
    }
}
