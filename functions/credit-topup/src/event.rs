//! What invokes the function, told apart by its shape: a webhook over HTTP, or tasks from the queue.
use std::collections::HashMap;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Invocation {
    Tasks(SqsEvent),
    Webhook(HttpEvent),
}

/// What of API Gateway's event (payload format 2.0) matters here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
    /// Their names come in small letters.
    pub headers: HashMap<String, String>,
    pub body: Option<String>,
    #[serde(default)]
    pub is_base64_encoded: bool,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Tasks(SqsBatchResponse),
    Webhook(HttpAnswer),
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpAnswer {
    pub status_code: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_is_told_apart() {
        let tasks = r#"{"Records": [{"messageId": "1", "body": "{}"}]}"#;
        assert!(matches!(serde_json::from_str(tasks), Ok(Invocation::Tasks(event)) if event.records.len() == 1));
        let webhook =
            r#"{"version": "2.0", "headers": {"stripe-signature": "t=1"}, "body": "{}", "isBase64Encoded": true}"#;
        let Ok(Invocation::Webhook(event)) = serde_json::from_str(webhook) else { panic!("no webhook") };
        assert!(event.is_base64_encoded && event.headers["stripe-signature"] == "t=1");
        assert!(serde_json::from_str::<Invocation>(r#"{"time": "2026-11-22T00:00:00Z"}"#).is_err());
    }
}
