//! What invokes the function, told apart by its shape: a webhook over HTTP, tasks from the queue, or the daily schedule.
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
    Daily(Daily),
}

#[derive(Debug, Deserialize)]
pub struct Daily {
    pub source: String,
    /// When the schedule fired: a run that is repeated later, or by hand, is about the same day.
    pub time: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Tasks(SqsBatchResponse),
    Webhook(HttpAnswer),
    /// In how many ways the ledger does not add up, and how many accounts were held against Meta's word.
    Daily {
        differences: usize,
        reconciled: usize,
    },
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
        let daily = r#"{"source": "aws.events", "time": "2026-11-22T00:00:00Z"}"#;
        assert!(matches!(serde_json::from_str(daily), Ok(Invocation::Daily(_))));
        assert!(serde_json::from_str::<Invocation>(r#"{"time": "2026-11-22T00:00:00Z"}"#).is_err());
    }
}
