//! Answers to interactive messages.
use domain::Time;
use serde_json::Value;

use crate::loose::Loose;
use crate::open::open_enum;

#[derive(Clone, Debug, PartialEq)]
pub enum Interactive {
    ButtonReply {
        id: Option<String>,
        title: Option<String>,
    },
    ListReply {
        id: Option<String>,
        title: Option<String>,
        description: Option<String>,
    },
    /// The answer of a Flow, or an address (`nfm_reply`).
    FlowReply(FlowReply),
    CallPermission(CallPermission),
    /// How the customer chose to pay.
    PaymentMethod(Value),
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct FlowReply {
    /// `flow` or `address_message`.
    pub name: Option<String>,
    pub body: Option<String>,
    pub response: FlowResponse,
}

/// Meta sends the answer as JSON inside a string.
#[derive(Clone, Debug, PartialEq)]
pub enum FlowResponse {
    Json(Value),
    /// The string held no JSON.
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPermission {
    pub response: PermissionResponse,
    pub is_permanent: bool,
    pub expires_at: Option<Time>,
    /// `user_action` or `automatic`.
    pub source: Option<String>,
}

open_enum! {
    pub enum PermissionResponse {
        Accept = "accept",
        Reject = "reject",
    }
}

impl Interactive {
    /// `None` if WhatsApp could not render the answer and left out what it says.
    pub(super) fn read(interactive: &Value) -> Option<Interactive> {
        let kind = interactive.text("type")?;
        let reply = interactive.object(&kind)?;
        let (id, title) = (reply.text("id"), reply.text("title"));
        Some(match kind.as_str() {
            "button_reply" => Interactive::ButtonReply { id, title },
            "list_reply" => Interactive::ListReply { id, title, description: reply.text("description") },
            "nfm_reply" => Interactive::FlowReply(FlowReply {
                name: reply.text("name"),
                body: reply.text("body"),
                response: FlowResponse::read(reply.get("response_json").unwrap_or(&Value::Null)),
            }),
            "call_permission_reply" => Interactive::CallPermission(CallPermission {
                response: PermissionResponse::read(&reply.text("response").unwrap_or_default()),
                is_permanent: reply.flag("is_permanent").unwrap_or_default(),
                expires_at: reply.time("expiration_timestamp"),
                source: reply.text("response_source"),
            }),
            "payment_method" => Interactive::PaymentMethod(reply.clone()),
            _ => Interactive::Unknown(kind),
        })
    }
}

impl FlowResponse {
    fn read(response: &Value) -> FlowResponse {
        match response.as_str() {
            Some(text) => match serde_json::from_str(text) {
                Ok(json) => FlowResponse::Json(json),
                Err(_) => FlowResponse::Text(text.to_owned()),
            },
            None => FlowResponse::Json(response.clone()),
        }
    }
}
