//! `POST /{version}/{phone_number_id}/messages` and `…/marketing_messages`: admits, strikes with ordered faults, accepts or
//! refuses, and records every call with what was made of it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::Method;
use serde_json::{Value, json};

use super::errors::GraphError;
use super::{Call, accept, admit, fault};
use crate::clock;
use crate::core::Core;
use crate::state::faults::{Fault, Operation};
use crate::state::sends::{Outcome, SendRecord, visible_headers};

/// How long a send waits for the webhooks that must be delivered before its own answer.
const BEFORE_ANSWER: Duration = Duration::from_secs(5);

/// The edge that a send came by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Messages,
    /// The Marketing Messages API: marketing templates only.
    Marketing,
}

pub(crate) async fn handle(core: &Arc<Core>, call: &Call, door: Door) -> Response {
    let body: Result<Value, _> = serde_json::from_slice(&call.body);
    let shown = body.as_ref().map_or_else(|_| Value::from(String::from_utf8_lossy(&call.body)), Value::clone);
    let id = core.write(|state| {
        let (id, at_ms) = (state.next_id(), clock::now_ms());
        let (path, headers) = (call.path.clone(), visible_headers(&call.headers));
        state.sends.push_back(SendRecord {
            id,
            at_ms,
            path,
            headers,
            body: shown,
            fault: None,
            outcome: Outcome::Lost,
        });
        id
    });
    let body = match admit_number(core, call)
        .and_then(|()| body.map_err(|error| GraphError::parameter(format!("Invalid JSON: {error}"))))
    {
        Ok(body) => body,
        Err(refusal) => return refuse(core, id, refusal),
    };
    let recipient = ["to", "recipient"].iter().find_map(|name| body.get(name)?.as_str());
    let struck = core.write(|state| state.take_fault(Operation::Messages, recipient));
    if let Some(fault) = &struck {
        note_fault(core, id, fault);
    }
    fault::under(core, &call.link, struck, act(core, id, &body, door)).await
}

fn admit_number(core: &Core, call: &Call) -> Result<(), GraphError> {
    admit(core, call)?;
    if call.node == core.config.phone_number_id {
        Ok(())
    } else {
        Err(GraphError::unsupported(&Method::POST, &call.node))
    }
}

/// The effect of a send and its regular answer.
async fn act(core: &Arc<Core>, id: u64, body: &Value, door: Door) -> Response {
    let accepted = core.write(|state| {
        let accepted = accept::accept(core, state, body, door);
        if let Ok(accepted) = &accepted {
            set_outcome(&mut state.sends, id, accepted.outcome.clone());
        }
        accepted
    });
    match accepted {
        Ok(accepted) => {
            for delivery in accepted.before_answer {
                let tried = core.wait_until(BEFORE_ANSWER, |state| {
                    state.deliveries.get(&delivery).is_none_or(|delivery| !delivery.attempts.is_empty())
                });
                if !tried.await {
                    tracing::warn!(
                        delivery,
                        "simulator: a status that should come before the answer was not delivered in time"
                    );
                }
            }
            Json(accepted.answer).into_response()
        }
        Err(refusal) => refuse(core, id, refusal),
    }
}

fn refuse(core: &Core, id: u64, refusal: GraphError) -> Response {
    let GraphError { status, code, details, .. } = refusal.clone();
    core.write(|state| set_outcome(&mut state.sends, id, Outcome::Refused { status, code, details }));
    refusal.into_response()
}

fn note_fault(core: &Core, id: u64, fault: &Fault) {
    core.write(|state| {
        let Some(record) = state.sends.iter_mut().rev().find(|record| record.id == id) else {
            return;
        };
        record.fault = Some(fault.name().to_owned());
        if let Fault::Error { code, status, details, .. } = fault {
            let status = status.unwrap_or_else(|| GraphError::of(*code).status);
            record.outcome = Outcome::Refused { status, code: *code, details: details.clone() };
        }
    });
}

fn set_outcome(sends: &mut std::collections::VecDeque<SendRecord>, id: u64, outcome: Outcome) {
    if let Some(record) = sends.iter_mut().rev().find(|record| record.id == id) {
        record.outcome = outcome;
    }
}

/// The answer to an accepted message.
pub(crate) fn answer(
    input: &str,
    wa_id: Option<&str>,
    user_id: Option<&str>,
    wamid: &str,
    status: Option<&Value>,
) -> Value {
    let mut contact = json!({"input": input});
    for (name, id) in [("wa_id", wa_id), ("user_id", user_id)] {
        if let (Some(id), Some(contact)) = (id, contact.as_object_mut()) {
            contact.insert(name.to_owned(), id.into());
        }
    }
    let mut message = json!({"id": wamid});
    if let (Some(status), Some(message)) = (status, message.as_object_mut()) {
        message.insert("message_status".to_owned(), status.clone());
    }
    json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]})
}
