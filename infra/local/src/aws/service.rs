//! The services behind the endpoint, and how each of them words an answer on the wire.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::random;

pub(super) type Answer = Response<Full<Bytes>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    DynamoDb,
    Sqs,
    Ssm,
    S3,
    Ses,
    /// The management of API Gateway's sockets.
    Sockets,
}

impl Service {
    /// The service's name in a credential scope.
    pub(super) fn scope_name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
            Self::Ssm => "ssm",
            Self::S3 => "s3",
            Self::Ses => "ses",
            Self::Sockets => "execute-api",
        }
    }

    /// Of the services that go by method and path the one that a request was signed for.
    pub(super) fn of_scope(name: &str) -> Option<Self> {
        [Self::S3, Self::Ses, Self::Sockets].into_iter().find(|service| service.scope_name() == name)
    }

    /// Splits `X-Amz-Target` into the service and its operation.
    pub(super) fn of_target(target: &str) -> Option<(Self, &str)> {
        let (prefix, operation) = target.split_once('.')?;
        match prefix {
            "DynamoDB_20120810" => Some((Self::DynamoDb, operation)),
            "AmazonSQS" => Some((Self::Sqs, operation)),
            "AmazonSSM" => Some((Self::Ssm, operation)),
            _ => None,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::DynamoDb | Self::Sqs => "application/x-amz-json-1.0",
            Self::Ssm => "application/x-amz-json-1.1",
            Self::S3 => "application/xml",
            Self::Ses | Self::Sockets => "application/json",
        }
    }

    /// What stands before the code of an error of the service's own.
    fn namespace(self) -> &'static str {
        match self {
            Self::DynamoDb => "com.amazonaws.dynamodb.v20120810#",
            Self::Sqs => "com.amazonaws.sqs#",
            Self::Ssm | Self::S3 | Self::Ses | Self::Sockets => "",
        }
    }
}

/// The answer to a call that was carried out.
pub(super) fn success(service: Service, body: &Value) -> Answer {
    answer(service, StatusCode::OK, body.to_string())
}

pub(super) fn answer(service: Service, status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(service.content_type()));
    if let Ok(id) = HeaderValue::try_from(random::uuid()) {
        headers.insert("x-amzn-requestid", id);
    }
    answer
}

/// A refusal or failure of a call. Its `Display` is the message; the code is what programs look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub status: StatusCode,
    /// The error's name, such as `QueueDoesNotExist`.
    pub code: &'static str,
    pub message: String,
    /// The name that the older query protocol of SQS gives the error, where it differs.
    pub(super) query_code: Option<&'static str>,
    /// Further members of the error's body.
    pub(super) details: Option<(&'static str, Value)>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failure {}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", format!("the local state failed: {error}"))
    }
}

impl Failure {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), query_code: None, details: None }
    }

    /// A 400, as nearly all refusals of the JSON services are.
    pub(super) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn or_in_query(mut self, code: &'static str) -> Self {
        self.query_code = Some(code);
        self
    }

    /// The refusal that every service shares, in the name and status which this one gives it.
    pub(super) fn common(service: Service, cause: Common, message: impl Into<String>) -> Self {
        let (status, code, query_code) = cause.named_by(service);
        let mut failure = Self::new(status, code, message);
        failure.query_code = query_code;
        failure
    }

    pub(super) fn into_answer(self, service: Service) -> Answer {
        match service {
            Service::S3 => return self.into_xml(),
            Service::Ses | Service::Sockets => return self.into_rest(service),
            Service::DynamoDb | Service::Sqs | Service::Ssm => {}
        }
        let namespace =
            if COMMON_CODES.contains(&self.code) { "com.amazon.coral.service#" } else { service.namespace() };
        let mut body = json!({ "__type": format!("{namespace}{}", self.code), "message": self.message });
        if let (Some((name, value)), Some(members)) = (self.details, body.as_object_mut()) {
            members.insert(name.to_owned(), value);
        }
        let mut answer = answer(service, self.status, body.to_string());
        if service == Service::Sqs {
            let fault = if self.status.is_server_error() { "Receiver" } else { "Sender" };
            let error = format!("{};{fault}", self.query_code.unwrap_or(self.code));
            if let Ok(error) = HeaderValue::try_from(error) {
                answer.headers_mut().insert("x-amzn-query-error", error);
            }
        }
        answer
    }

    /// Services that go by method and path name the error in a header.
    fn into_rest(self, service: Service) -> Answer {
        let mut answer = answer(service, self.status, json!({ "message": self.message }).to_string());
        answer.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.code));
        answer
    }

    fn into_xml(self) -> Answer {
        let message = self.message.replace('&', "&amp;").replace('<', "&lt;");
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{message}</Message></Error>",
            self.code
        );
        answer(Service::S3, self.status, body)
    }
}

/// Codes that belong to the front of AWS rather than to one service.
const COMMON_CODES: [&str; 6] = [
    "AccessDeniedException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnknownOperationException",
    "UnrecognizedClientException",
];

/// Why any service may refuse a call before looking at what it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Common {
    AccessDenied,
    NoSignature,
    BrokenSignature,
    UnknownKey,
    WrongToken,
    WrongSignature,
    WrongTime,
    Throttled,
    ServerError,
}

impl Common {
    fn named_by(self, service: Service) -> (StatusCode, &'static str, Option<&'static str>) {
        match service {
            Service::S3 => self.named_by_s3(),
            Service::Sqs => self.named_by_sqs(),
            Service::Ses | Service::Sockets => self.named_by_rest(),
            Service::DynamoDb | Service::Ssm => {
                let code = match self {
                    Self::Throttled if service == Service::DynamoDb => "ProvisionedThroughputExceededException",
                    Self::ServerError => return (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", None),
                    Self::Throttled
                    | Self::AccessDenied
                    | Self::NoSignature
                    | Self::BrokenSignature
                    | Self::UnknownKey
                    | Self::WrongToken
                    | Self::WrongSignature
                    | Self::WrongTime => self.json_code(),
                };
                (StatusCode::BAD_REQUEST, code, None)
            }
        }
    }

    fn json_code(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::NoSignature => "MissingAuthenticationTokenException",
            Self::BrokenSignature => "IncompleteSignatureException",
            Self::UnknownKey | Self::WrongToken => "UnrecognizedClientException",
            Self::WrongSignature | Self::WrongTime => "InvalidSignatureException",
            Self::Throttled => "ThrottlingException",
            Self::ServerError => "InternalFailure",
        }
    }

    fn named_by_rest(self) -> (StatusCode, &'static str, Option<&'static str>) {
        match self {
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", None),
            Self::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceErrorException", None),
            Self::AccessDenied
            | Self::NoSignature
            | Self::BrokenSignature
            | Self::UnknownKey
            | Self::WrongToken
            | Self::WrongSignature
            | Self::WrongTime => (StatusCode::FORBIDDEN, self.json_code(), None),
        }
    }

    fn named_by_sqs(self) -> (StatusCode, &'static str, Option<&'static str>) {
        match self {
            Self::AccessDenied => (StatusCode::FORBIDDEN, self.json_code(), Some("AccessDenied")),
            Self::NoSignature => (StatusCode::FORBIDDEN, self.json_code(), Some("MissingAuthenticationToken")),
            Self::BrokenSignature => (StatusCode::BAD_REQUEST, self.json_code(), Some("IncompleteSignature")),
            Self::UnknownKey | Self::WrongToken => {
                (StatusCode::FORBIDDEN, self.json_code(), Some("InvalidClientTokenId"))
            }
            Self::WrongSignature | Self::WrongTime => {
                (StatusCode::FORBIDDEN, self.json_code(), Some("SignatureDoesNotMatch"))
            }
            Self::Throttled => (StatusCode::BAD_REQUEST, "RequestThrottled", None),
            Self::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, self.json_code(), None),
        }
    }

    fn named_by_s3(self) -> (StatusCode, &'static str, Option<&'static str>) {
        let (status, code) = match self {
            Self::AccessDenied | Self::NoSignature => (StatusCode::FORBIDDEN, "AccessDenied"),
            Self::BrokenSignature => (StatusCode::BAD_REQUEST, "AuthorizationHeaderMalformed"),
            Self::UnknownKey => (StatusCode::FORBIDDEN, "InvalidAccessKeyId"),
            Self::WrongToken => (StatusCode::BAD_REQUEST, "InvalidToken"),
            Self::WrongSignature => (StatusCode::FORBIDDEN, "SignatureDoesNotMatch"),
            Self::WrongTime => (StatusCode::FORBIDDEN, "RequestTimeTooSkewed"),
            Self::Throttled => (StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
            Self::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        };
        (status, code, None)
    }
}
