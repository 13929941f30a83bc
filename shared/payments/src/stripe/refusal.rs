//! An answer of Stripe's that is no success: a card that was declined, or an error.
use http::Response;
use serde_json::Value;

use super::declines;
use super::object::Object;
use crate::decline::Decline;
use crate::error::PayError;

const SHOULD_RETRY: &str = "stripe-should-retry";

#[derive(Debug)]
pub(super) enum Refusal {
    Declined { payment: Option<String>, decline: Decline },
    Error(PayError),
}

pub(super) fn read<B: AsRef<[u8]>>(answer: &Response<B>) -> Refusal {
    let status = answer.status().as_u16();
    let body: Option<Value> = serde_json::from_slice(answer.body().as_ref()).ok();
    let Some(error) = body.as_ref().and_then(|body| Object(body).object("error")) else {
        return Refusal::Error(PayError::Unreadable { status });
    };
    let kind = error.word("type");
    if kind == "card_error" {
        return Refusal::Declined { payment: error.id("payment_intent"), decline: declines::read(&error) };
    }
    let message = error.word("message").to_owned();
    let code = error.text("code").unwrap_or_else(|| kind.to_owned());
    // Stripe's own word goes before what the status would mean.
    let again = match answer.headers().get(SHOULD_RETRY).map(|value| value.as_bytes()) {
        Some(b"true") => true,
        Some(b"false") => false,
        _ => matches!(status, 409 | 424 | 429 | 500..),
    };
    Refusal::Error(match status {
        _ if again => PayError::Busy { status, code },
        400 if kind == "idempotency_error" => PayError::KeyReused { message },
        401 | 403 => PayError::Credentials { status, message },
        _ => PayError::Refused { code, message, param: error.text("param") },
    })
}
