//! One request to one receiver.
use std::time::Duration;

use bytes::Bytes;
use domain::event::Event;
use domain::webhook::{Attempt, Delivery, Webhook};
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{Request, Response};
use net::{Bounds, OutsideError};
use runtime::clock;
use serde_json::{Value, json};

use crate::Deliver;
use crate::error::DeliverError;
use crate::sign::signature;

const BOUNDS: Bounds = Bounds { time: Duration::from_secs(15), bytes: 1024 };
const AGENT: &str = "casement-webhooks/1";

impl Deliver {
    /// What came of it, and for how long the receiver wants to be left alone.
    pub(crate) async fn post(
        &self,
        webhook: &Webhook,
        delivery: &Delivery,
    ) -> Result<(Attempt, Option<Duration>), DeliverError> {
        let (at, began) = (clock::now(), clock::monotonic());
        let body = payload(&delivery.event).to_string();
        let mut signatures = Vec::new();
        for secret in webhook.secrets(at) {
            let secret = self.secrets.get(secret.as_str()).await?;
            let signed = signature(&secret, delivery.event.id.as_str(), at.seconds(), &body);
            signatures.push(signed.ok_or(DeliverError::OddSecret)?);
        }
        let request = Request::post(&webhook.url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, AGENT)
            .header("webhook-id", delivery.event.id.as_str())
            .header("webhook-timestamp", at.seconds().to_string())
            .header("webhook-signature", signatures.join(" "))
            .body(Bytes::from(body))?;
        let answer = self.outside.send(request, BOUNDS).await;
        let took = clock::monotonic().duration_since(began).as_millis();
        let took_ms = u32::try_from(took).unwrap_or(u32::MAX);
        let retry_after = answer.as_ref().ok().and_then(retry_after);
        Ok((attempt(at, took_ms, answer), retry_after))
    }
}

/// The event as `GET /v1/events` shows it, in the form of Standard Webhooks.
pub(crate) fn payload(event: &Event) -> Value {
    json!({
        "type": event.kind.word(),
        "timestamp": event.at.to_string(),
        "data": {
            "id": event.id.as_str(), "type": event.kind.word(), "at": event.at.to_string(),
            "channel_id": event.channel_id.as_ref().map(|id| id.as_str()),
            "contact_id": event.contact_id.as_ref().map(|id| id.as_str()),
            "conversation_id": event.conversation_id.as_ref().map(|id| id.as_str()),
            "data": event.data,
        },
    })
}

fn attempt(at: domain::Time, took_ms: u32, answer: Result<Response<Bytes>, OutsideError>) -> Attempt {
    match answer {
        Ok(answer) => {
            let text = String::from_utf8_lossy(answer.body()).into_owned();
            let answer_text = (!text.is_empty()).then_some(text);
            Attempt { at, took_ms, status: Some(answer.status().as_u16()), answer: answer_text, problem: None }
        }
        Err(error) => Attempt { at, took_ms, status: None, answer: None, problem: Some(error.to_string()) },
    }
}

/// In seconds; the form with a date is not worth a parser.
fn retry_after(answer: &Response<Bytes>) -> Option<Duration> {
    let value = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}
