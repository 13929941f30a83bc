//! Signed calls to SQS, SSM, S3 (its objects: [`s3`]) and what tells people something: SES and sockets ([`told`]). Every call is tried a few times where its failure passes by itself; callers make only
//! calls that are safe to repeat (queue sends carry a deduplication id, puts name their key).
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use domain::Retry;
use http::{Request, Response, Uri};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::AwsError;
use crate::http_client::Http;

mod s3;
mod told;

pub use s3::Presigned;
pub use told::{Mail, Reached};

const CALL_TIMEOUT: Duration = Duration::from_secs(4);
const TRIES_MAX: u32 = 3;

type Source = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Sqs,
    Ssm,
    S3,
    Ses,
    /// The management of API Gateway's sockets.
    Sockets,
}

impl Service {
    /// The name in the signature's scope.
    fn name(self) -> &'static str {
        match self {
            Service::Sqs => "sqs",
            Service::Ssm => "ssm",
            Service::S3 => "s3",
            Service::Ses => "ses",
            Service::Sockets => "execute-api",
        }
    }

    /// The name in host names.
    fn host(self) -> &'static str {
        match self {
            Service::Ses => "email",
            Service::Sqs | Service::Ssm | Service::S3 | Service::Sockets => self.name(),
        }
    }

    fn target(self, operation: &str) -> String {
        match self {
            Service::Sqs => format!("AmazonSQS.{operation}"),
            Service::Ssm => format!("AmazonSSM.{operation}"),
            Service::S3 | Service::Ses | Service::Sockets => operation.to_owned(),
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Service::Sqs => "application/x-amz-json-1.0",
            Service::Ssm => "application/x-amz-json-1.1",
            Service::S3 => "application/octet-stream",
            Service::Ses | Service::Sockets => "application/json",
        }
    }
}

/// Where and as whom to call.
#[derive(Clone, Debug)]
pub struct Aws {
    http: Http,
    region: String,
    identity: Identity,
    /// One endpoint for all services in place of AWS's own (`AWS_ENDPOINT_URL`).
    endpoint: Option<String>,
    now: fn() -> SystemTime,
}

impl Aws {
    pub fn new(
        http: Http,
        region: String,
        credentials: Credentials,
        endpoint: Option<String>,
        now: fn() -> SystemTime,
    ) -> Aws {
        Aws { http, region, identity: credentials.into(), endpoint, now }
    }

    /// Opens the connection that the first call to `service` will use.
    pub async fn warm(&self, service: Service) {
        if let Ok(origin) = format!("{}/", self.origin(service)).parse::<Uri>() {
            self.http.warm(&origin).await;
        }
    }

    /// Calls an operation of a JSON service.
    pub async fn json<I: Serialize, O: DeserializeOwned>(
        &self,
        service: Service,
        operation: &'static str,
        input: &I,
    ) -> Result<O, AwsError> {
        let body = serde_json::to_vec(input).map_err(|source| AwsError::Decode { operation, source: source.into() })?;
        let body = Bytes::from(body);
        let uri = format!("{}/", self.origin(service));
        let answer = self.call(service, operation, || {
            Request::post(&uri)
                .header("content-type", service.content_type())
                .header("x-amz-target", service.target(operation))
                .body(body.clone())
        });
        let answer = answer.await?;
        // An operation without a result may answer with no body at all.
        let body = if answer.body().is_empty() { b"{}" } else { answer.body().as_ref() };
        serde_json::from_slice(body).map_err(|source| AwsError::Decode { operation, source: source.into() })
    }

    fn origin(&self, service: Service) -> String {
        match &self.endpoint {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None => format!("https://{}.{}.amazonaws.com", service.host(), self.region),
        }
    }

    async fn call(
        &self,
        service: Service,
        operation: &'static str,
        request: impl Fn() -> Result<Request<Bytes>, http::Error>,
    ) -> Result<Response<Bytes>, AwsError> {
        let mut tries = 1;
        loop {
            let unsigned = request().map_err(|source| AwsError::Sign { operation, source: source.into() })?;
            let error = match self.call_once(service, operation, unsigned).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match error.retry() {
                Retry::Never => return Err(error),
                Retry::Now | Retry::After(_) if tries >= TRIES_MAX => return Err(error),
                Retry::Now => {}
                Retry::After(pause) => tokio::time::sleep(pause * tries).await,
            }
            tries += 1;
        }
    }

    async fn call_once(
        &self,
        service: Service,
        operation: &'static str,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, AwsError> {
        let body = request.body().clone();
        self.sign(service, &mut request, SignableBody::Bytes(&body))
            .map_err(|source| AwsError::Sign { operation, source })?;
        let answer =
            self.http.send(request, CALL_TIMEOUT).await.map_err(|source| AwsError::Send { operation, source })?;
        if answer.status().is_success() { Ok(answer) } else { Err(refusal(operation, &answer)) }
    }

    fn sign<B>(&self, service: Service, request: &mut Request<B>, body: SignableBody<'_>) -> Result<(), Source> {
        let mut settings = SigningSettings::default();
        if service == Service::S3 {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        self.sign_with(settings, service, request, body)
    }

    fn sign_with<B>(
        &self,
        settings: SigningSettings,
        service: Service,
        request: &mut Request<B>,
        body: SignableBody<'_>,
    ) -> Result<(), Source> {
        let parameters = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name(service.name())
            .time((self.now)())
            .settings(settings)
            .build()?
            .into();
        let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let uri = request.uri().to_string();
        let signable = SignableRequest::new(request.method().as_str(), &uri, headers, body)?;
        let (instructions, _signature) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

/// AWS's JSON services put the code in `__type` (with a prefix before `#`), or into a header (with an address behind `:`); S3
/// answers XML with `<Code>`.
fn refusal(operation: &'static str, answer: &Response<Bytes>) -> AwsError {
    let body = String::from_utf8_lossy(answer.body());
    let json: Option<serde_json::Value> = serde_json::from_str(&body).ok();
    let member = |names: [&str; 2]| {
        let json = json.as_ref()?;
        names.iter().find_map(|name| json.get(name)?.as_str().map(str::to_owned))
    };
    let element = |name: &str| Some(body.split_once(&format!("<{name}>"))?.1.split_once('<')?.0.to_owned());
    let header = answer.headers().get("x-amzn-errortype").and_then(|code| code.to_str().ok());
    let header = header.map(|code| code.split(':').next().unwrap_or_default().to_owned());
    let code = member(["__type", "code"]).or(header).or_else(|| element("Code")).unwrap_or_default();
    let message = member(["message", "Message"]).or_else(|| element("Message")).unwrap_or_default();
    AwsError::Refused {
        operation,
        status: answer.status().as_u16(),
        code: code.rsplit('#').next().unwrap_or_default().to_owned(),
        message,
    }
}
