//! The endpoint on the wire: takes HTTP/1.1 connections and brings each request to its service, after its signature was
//! verified, the faults that a test armed were applied, and the caller's policy was asked.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::faults::FaultAction;
use super::meter::Usage;
use super::principals::Principal;
use super::s3::Target;
use super::service::{Answer, Common, Failure, Service, success};
use super::{Aws, Mail, authorize, service, sigv4, sockets};

/// More than any operation takes here: a DynamoDB request may have 16 MiB, the largest medium of WhatsApp's 100.
const MAX_BODY_BYTES: usize = 128 * 1024 * 1024;

/// The caller's connection is closed without an answer.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection was dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

/// A request whose service and operation are known.
struct Call {
    service: Service,
    operation: String,
    parts: Parts,
    body: Bytes,
}

/// Serves until the future is dropped, which ends every connection too.
pub(super) async fn serve(aws: Aws, listener: TcpListener) -> anyhow::Result<Infallible> {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.context("the AWS endpoint cannot accept connections")?;
        stream.set_nodelay(true)?;
        connections.spawn(connection(aws.clone(), stream));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(aws: Aws, stream: TcpStream) {
    let service = service_fn(move |request| {
        let aws = aws.clone();
        async move { answer(&aws, request).await }
    });
    let served = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection to the AWS endpoint ended");
    }
}

async fn answer(aws: &Aws, request: Request<Incoming>) -> Result<Answer, Dropped> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY_BYTES).collect().await else { return Err(Dropped) };
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let (service, operation) = match target.and_then(Service::of_target) {
        Some((service, operation)) => (service, operation.to_owned()),
        None if sigv4::is_presigned(parts.uri.query()) => (Service::S3, parts.method.to_string()),
        None => match sigv4::signed_for(&parts.headers) {
            Some(service) => (service, parts.method.to_string()),
            None => return Ok(unknown().into_answer(Service::DynamoDb)),
        },
    };
    let call = Call { service, operation, parts, body: body.to_bytes() };
    respond(aws, call).await.or_else(|stop| match stop {
        Stop::Refused(failure) => Ok(failure.into_answer(service)),
        Stop::Dropped => Err(Dropped),
    })
}

fn unknown() -> Failure {
    Failure::refused(
        "UnknownOperationException",
        "The AWS endpoint serves DynamoDB, SQS and SSM by X-Amz-Target, and what is signed for s3, ses and execute-api.",
    )
}

/// Why there is no ordinary answer.
enum Stop {
    Refused(Failure),
    Dropped,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

async fn respond(aws: &Aws, mut call: Call) -> Result<Answer, Stop> {
    let now = aws.clock().now_ms();
    let caller = sigv4::verify(call.service, &call.parts, &call.body, aws.principals(), now)?;
    let target = place(&call)?;
    if let Some(target) = &target {
        target.operation().clone_into(&mut call.operation);
    }
    let fault = aws.faults().next(&caller.function, &call.operation);
    let (result, usage) = match before(aws, &call, &caller, fault).await {
        Ok(()) => execute(aws, &call, &caller, target.as_ref()).await,
        Err(stop) => (Err(stop), Usage::default()),
    };
    aws.meter().add(&caller.function, &call.operation, Usage { requests: 1, ..usage });
    after(aws, &caller, fault)?;
    result
}

/// What a fault does instead of, or before, the call.
async fn before(aws: &Aws, call: &Call, caller: &Principal, fault: Option<FaultAction>) -> Result<(), Stop> {
    match fault {
        Some(FaultAction::Throttle) => Err(Failure::common(call.service, Common::Throttled, "Rate exceeded").into()),
        Some(FaultAction::ServerError) => {
            Err(Failure::common(call.service, Common::ServerError, "Internal server error").into())
        }
        Some(FaultAction::TransactionConflict) => Err(conflict(call).into()),
        Some(FaultAction::DropBeforeExecuting) => Err(Stop::Dropped),
        Some(FaultAction::KillBeforeExecuting) => {
            aws.kill(&caller.function);
            Err(Stop::Dropped)
        }
        Some(FaultAction::Delay(duration)) => {
            tokio::time::sleep(duration).await;
            Ok(())
        }
        Some(FaultAction::DropAfterExecuting | FaultAction::KillAfterExecuting) | None => Ok(()),
    }
}

/// What a fault does to the answer of a call that was executed.
fn after(aws: &Aws, caller: &Principal, fault: Option<FaultAction>) -> Result<(), Stop> {
    match fault {
        Some(FaultAction::KillAfterExecuting) => {
            aws.kill(&caller.function);
            Err(Stop::Dropped)
        }
        Some(FaultAction::DropAfterExecuting) => Err(Stop::Dropped),
        Some(
            FaultAction::Throttle
            | FaultAction::ServerError
            | FaultAction::TransactionConflict
            | FaultAction::DropBeforeExecuting
            | FaultAction::KillBeforeExecuting
            | FaultAction::Delay(_),
        )
        | None => Ok(()),
    }
}

fn conflict(call: &Call) -> Failure {
    if call.operation != "TransactWriteItems" {
        return Failure::refused("TransactionConflictException", "Transaction is ongoing for the item");
    }
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let count = body["TransactItems"].as_array().map_or(1, Vec::len);
    let mut reasons = vec![json!({ "Code": "None" }); count];
    reasons[0] = json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
    let message = "Transaction cancelled, please refer cancellation reasons for specific reasons";
    Failure {
        details: Some(("CancellationReasons", Value::Array(reasons))),
        ..Failure::refused("TransactionCanceledException", message)
    }
}

/// What a call is about of a service that goes by method and path.
enum Place {
    Object(Target),
    Letter,
    Socket(sockets::Target),
}

impl Place {
    fn operation(&self) -> &'static str {
        match self {
            Self::Object(target) => target.operation,
            Self::Letter => "SendEmail",
            Self::Socket(target) => target.operation(),
        }
    }
}

fn place(call: &Call) -> Result<Option<Place>, Failure> {
    let (method, path) = (&call.parts.method, call.parts.uri.path());
    match call.service {
        Service::S3 => Ok(Some(Place::Object(Target::of(method, path)?))),
        Service::Sockets => Ok(Some(Place::Socket(sockets::Target::of(method, path)?))),
        Service::Ses if (method, path) == (&Method::POST, "/v2/email/outbound-emails") => Ok(Some(Place::Letter)),
        Service::Ses => {
            let message = "Of SES only POST /v2/email/outbound-emails is served here.";
            Err(Failure::new(StatusCode::NOT_FOUND, "NotFoundException", message))
        }
        Service::DynamoDb | Service::Sqs | Service::Ssm => Ok(None),
    }
}

/// Asks the caller's policy, then the service. The cost is known also when the call fails.
async fn execute(
    aws: &Aws,
    call: &Call,
    caller: &Arc<Principal>,
    place: Option<&Place>,
) -> (Result<Answer, Stop>, Usage) {
    let placed = match place {
        Some(Place::Object(target)) => Some(object(aws, call, caller, target)),
        Some(Place::Letter) => Some(letter(aws, call, caller)),
        Some(Place::Socket(target)) => Some(socket(aws, call, caller, target)),
        None => None,
    };
    if let Some(answer) = placed {
        return (answer.map_err(Stop::from), Usage::default());
    }
    let body: Value = match serde_json::from_slice(&call.body) {
        Ok(body) => body,
        Err(error) => {
            return (Err(Failure::refused("SerializationException", error.to_string()).into()), Usage::default());
        }
    };
    if let Err(denied) =
        authorize::check(call.service, caller, &authorize::permissions(call.service, &call.operation, &body))
    {
        return (Err(denied.into()), Usage::default());
    }
    let result = match call.service {
        Service::DynamoDb => match aws.dynamodb().execute(&call.operation, &call.parts.headers, body).await {
            Ok((answer, usage)) => return (Ok(answer), usage),
            Err(failure) => Err(failure),
        },
        Service::Sqs => aws.sqs().execute(caller, &call.operation, &body).await,
        Service::Ssm => aws.parameters().execute(&call.operation, &body),
        Service::S3 | Service::Ses | Service::Sockets => Err(unknown()),
    };
    (result.map(|value| success(call.service, &value)).map_err(Stop::from), Usage::default())
}

fn letter(aws: &Aws, call: &Call, caller: &Principal) -> Result<Answer, Failure> {
    let body: Value = serde_json::from_slice(&call.body)
        .map_err(|error| Failure::new(StatusCode::BAD_REQUEST, "BadRequestException", error.to_string()))?;
    let [address, domain] = Mail::permissions(&body);
    authorize::check(Service::Ses, caller, &[domain])
        .or_else(|_| authorize::check(Service::Ses, caller, &[address]))?;
    Ok(success(Service::Ses, &aws.mail().send(&body)?))
}

fn socket(aws: &Aws, call: &Call, caller: &Principal, target: &sockets::Target) -> Result<Answer, Failure> {
    authorize::check(Service::Sockets, caller, &[aws.sockets().permission(target)])?;
    aws.sockets().push(target, &call.body)?;
    Ok(service::answer(Service::Sockets, StatusCode::OK, Bytes::new()))
}

fn object(aws: &Aws, call: &Call, caller: &Principal, target: &Target) -> Result<Answer, Failure> {
    authorize::check(Service::S3, caller, &[target.permission()])?;
    let result = aws.objects().execute(target, &call.parts, &call.body);
    match result {
        Err(failure) if failure.status == StatusCode::NOT_FOUND && failure.code == "NoSuchKey" => {
            // AWS tells nobody that a key is free who may not list the bucket.
            authorize::check(Service::S3, caller, &[target.listing_permission()])?;
            Err(failure)
        }
        result => result,
    }
}
