//! What invokes the function, told apart by its shape: a webhook over HTTP, or tasks from the queue.
use std::collections::HashMap;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use runtime::{HttpAnswer, HttpEvent};
use serde::{Deserialize, Serialize};

/// A webhook, with all its headers: which of them signs it is the provider's to say.
pub(crate) type Webhook = HttpEvent<HashMap<String, String>>;

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Invocation {
    Tasks(SqsEvent),
    Webhook(Webhook),
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Tasks(SqsBatchResponse),
    Webhook(HttpAnswer),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_is_told_apart() {
        let tasks = r#"{"Records": [{"messageId": "1", "body": "{}"}]}"#;
        assert!(matches!(serde_json::from_str(tasks), Ok(Invocation::Tasks(event)) if event.records.len() == 1));
        let webhook = r#"{"headers": {"stripe-signature": "t=1"}, "requestContext": {"http": {"method": "POST"}}}"#;
        let Ok(Invocation::Webhook(event)) = serde_json::from_str(webhook) else { panic!("no webhook") };
        assert_eq!(event.headers["stripe-signature"], "t=1");
        assert!(serde_json::from_str::<Invocation>(r#"{"time": "2026-11-22T00:00:00Z"}"#).is_err());
    }
}
