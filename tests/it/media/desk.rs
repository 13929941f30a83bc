//! What people do with files: customers send them, agents upload, fetch and send them.
use std::io::Write;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use simulator::{CustomerInput, Inbound, Medium, MediumInput};

use crate::world::World;
use crate::world::webhooks::ANN;

/// What a phone writes at the start of a voice message.
pub fn opus() -> Vec<u8> {
    [b"OggS".as_slice(), &[0; 24], b"OpusHead\x01\x01", &[0; 60]].concat()
}

impl World {
    /// Ann sends a message; everything that follows from it has happened. The conversation with her.
    pub async fn ann_sends(&self, message: Value) -> Value {
        self.ann_sends_soon(message);
        self.settle().await;
        self.conversation().await
    }

    pub fn ann_sends_soon(&self, message: Value) {
        let ann: CustomerInput = serde_json::from_value(json!({"wa_id": ANN, "name": "Ann Ash"})).unwrap();
        self.simulator().put_customer(ann);
        let inbound = json!({"from": ANN, "message": message});
        self.simulator().inbound(serde_json::from_value::<Inbound>(inbound).unwrap()).unwrap();
    }

    /// A file that a customer is about to send.
    pub fn medium(&self, mime_type: &str, content: &[u8]) -> Medium {
        use base64::Engine as _;
        let content = base64::engine::general_purpose::STANDARD.encode(content);
        let input =
            MediumInput { mime_type: Some(mime_type.to_owned()), content: Some(content), ..MediumInput::default() };
        self.simulator().put_medium(&input).unwrap()
    }

    /// The only file of the latest message of a conversation.
    pub async fn latest_file(&self, conversation: &Value) -> Value {
        let thread = self.thread(conversation).await;
        let files = thread[0]["attachments"].as_array().unwrap();
        assert_eq!(files.len(), 1, "{}", thread[0]);
        files[0].clone()
    }

    pub async fn attachment(&self, id: &Value) -> Value {
        self.get(&format!("/v1/attachments/{}", id.as_str().unwrap())).await
    }

    /// Makes the request of a link.
    pub async fn follow(&self, link: &Value, body: &[u8]) -> Response<Bytes> {
        let mut request =
            Request::builder().method(link["method"].as_str().unwrap()).uri(link["url"].as_str().unwrap());
        for (name, value) in link["headers"].as_object().unwrap() {
            request = request.header(name, value.as_str().unwrap());
        }
        self.ask(request.body(Bytes::copy_from_slice(body)).unwrap()).await
    }

    /// Announces a file; what the API says about it.
    pub async fn announce(&self, filename: &str, mime_type: &str, size: usize) -> Value {
        let body = json!({"filename": filename, "mime_type": mime_type, "size": size});
        let answer = self.post("/v1/attachments", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body
    }

    /// Uploads a file; its id.
    pub async fn upload(&self, filename: &str, mime_type: &str, content: &[u8]) -> Value {
        let attachment = self.announce(filename, mime_type, content.len()).await;
        let put = self.follow(&attachment["upload"], content).await;
        assert_eq!(put.status(), 200, "{:?}", put.body());
        attachment["id"].clone()
    }

    /// Answers in a conversation with a message of any type.
    pub async fn answer(&self, conversation: &Value, message: Value) -> crate::world::Answer {
        let mut message = message;
        message["channel_id"] = conversation["channel_id"].clone();
        message["to"] = json!({"contact_id": conversation["contact_id"]});
        self.post("/v1/messages", message).await
    }

    /// As [`World::answer`], until all that follows has happened; the message as it then is.
    pub async fn answer_and_settle(&self, conversation: &Value, message: Value) -> Value {
        let answer = self.answer(conversation, message).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
        self.message(&answer.body["id"]).await
    }

    /// What was uploaded to Meta.
    pub fn uploaded(&self) -> Vec<Medium> {
        self.simulator().media().into_iter().filter(|medium| medium.uploaded).collect()
    }
}

/// A file of about `size` bytes, different for each `seed`.
pub fn content(seed: u8, size: usize) -> Vec<u8> {
    let mut content = Vec::with_capacity(size);
    while content.len() < size {
        write!(content, "{seed} {} ", content.len()).unwrap();
    }
    content
}
