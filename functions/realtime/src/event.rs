//! What invokes the function, told apart by its shape: a socket, or tasks from the queue.
use std::collections::HashMap;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Invocation {
    Hints(SqsEvent),
    Socket(SocketEvent),
}

/// That a socket opens, closes, or says something, as API Gateway tells it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketEvent {
    pub request_context: SocketContext,
    pub query_string_parameters: Option<HashMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketContext {
    pub route_key: String,
    pub connection_id: String,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Hints(SqsBatchResponse),
    Socket(SocketAnswer),
}

/// To whoever opens a socket the status of its handshake.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketAnswer {
    pub status_code: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_is_told_apart() {
        let hints = r#"{"Records": [{"messageId": "1", "body": "{}"}]}"#;
        assert!(matches!(serde_json::from_str(hints), Ok(Invocation::Hints(event)) if event.records.len() == 1));
        let socket = r#"{"queryStringParameters": {"ticket": "t"}, "isBase64Encoded": false,
            "requestContext": {"routeKey": "$connect", "connectionId": "L0SM9cOFvHcCIhw=", "eventType": "CONNECT"}}"#;
        let Ok(Invocation::Socket(event)) = serde_json::from_str(socket) else { panic!("no socket") };
        assert_eq!(event.query_string_parameters.unwrap()["ticket"], "t");
        assert_eq!(
            (event.request_context.route_key.as_str(), event.request_context.connection_id.len()),
            ("$connect", 16)
        );
        assert!(serde_json::from_str::<Invocation>("{}").is_err());
        let answer = Answer::Socket(SocketAnswer { status_code: 401 });
        assert_eq!(serde_json::to_string(&answer).unwrap(), r#"{"statusCode":401}"#);
    }
}
