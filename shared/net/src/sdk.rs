//! Lets `aws-sdk-dynamodb` send through [`Http`]: one TLS set-up and one connection pool in a function.
use std::time::Duration;

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::error::SendError;
use crate::http_client::Http;

/// DynamoDB answers in milliseconds; past this the SDK's own retry does better than waiting.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            // DynamoDB's requests are always whole in memory; only a streamed body has no bytes.
            let (head, body) = request.into_parts();
            let body = body.bytes().map(Bytes::copy_from_slice).unwrap_or_default();
            let answer =
                http.send(http::Request::from_parts(head, body), CALL_TIMEOUT).await.map_err(|error| match error {
                    SendError::NotSent { .. } => ConnectorError::io(error.into()),
                    SendError::Unanswered { .. } => ConnectorError::timeout(error.into()),
                })?;
            HttpResponse::try_from(answer.map(SdkBody::from)).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

impl HttpClient for Http {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        None
    }
}
