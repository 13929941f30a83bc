//! Verifies the signature of a request (AWS Signature Version 4): the canonical request is computed anew from what came
//! over the wire, so a request is taken only if its method, path, query, signed headers and body are what was signed.

use std::sync::Arc;

use http::HeaderMap;
use http::request::Parts;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::principals::{Principal, Principals};
use super::service::{Common, Failure, Service};
use super::{REGION, digest};

mod presigned;

pub(super) use presigned::{is_presigned, value};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";
/// How far a request's time may be from ours.
const MAX_SKEW_MS: i64 = 5 * 60 * 1000;
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The parts of an `Authorization` header.
struct Authorization<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for part in header.strip_prefix(ALGORITHM)?.split(',') {
            match part.trim().split_once('=')? {
                ("Credential", value) => credential = Some(value),
                ("SignedHeaders", value) => signed_headers = Some(value),
                ("Signature", value) => signature = Some(value),
                _ => return None,
            }
        }
        let mut scope = credential?.split('/');
        let (access_key_id, date, region, service) = (scope.next()?, scope.next()?, scope.next()?, scope.next()?);
        if scope.next() != Some("aws4_request") || scope.next().is_some() {
            return None;
        }
        let signed_headers = signed_headers?.split(';').collect();
        Some(Self { access_key_id, date, region, service, signed_headers, signature: signature? })
    }

    fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }

    fn signing_key(&self, secret: &str) -> ring::hmac::Tag {
        let date = digest::hmac_sha256(format!("AWS4{secret}").as_bytes(), self.date.as_bytes());
        let region = digest::hmac_sha256(date.as_ref(), self.region.as_bytes());
        let service = digest::hmac_sha256(region.as_ref(), self.service.as_bytes());
        digest::hmac_sha256(service.as_ref(), b"aws4_request")
    }
}

/// The service that the request was signed for, as far as its header can be read: how those are told that have no target.
pub(super) fn signed_for(headers: &HeaderMap) -> Option<Service> {
    let authorization = text(headers, "authorization").and_then(Authorization::parse)?;
    Service::of_scope(authorization.service)
}

/// The principal that signed the request, or the refusal in the words of `service`.
pub(super) fn verify(
    service: Service,
    request: &Parts,
    body: &[u8],
    principals: &Principals,
    now_ms: i64,
) -> Result<Arc<Principal>, Failure> {
    if service == Service::S3 && is_presigned(request.uri.query()) {
        return presigned::verify(request, principals, now_ms);
    }
    let fail = |cause, message: &str| Failure::common(service, cause, message);
    let header = text(&request.headers, "authorization")
        .ok_or_else(|| fail(Common::NoSignature, "Request is missing Authentication Token"))?;
    let authorization = Authorization::parse(header).ok_or_else(|| {
        fail(
            Common::BrokenSignature,
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
        )
    })?;
    let principal = principals.find(authorization.access_key_id).ok_or_else(|| match service {
        Service::S3 => fail(Common::UnknownKey, "The AWS Access Key Id you provided does not exist in our records."),
        Service::DynamoDb | Service::Sqs | Service::Ssm | Service::Ses | Service::Sockets => {
            fail(Common::UnknownKey, "The security token included in the request is invalid.")
        }
    })?;
    if text(&request.headers, "x-amz-security-token") != principal.session_token.as_deref() {
        return Err(fail(Common::WrongToken, "The security token included in the request is invalid."));
    }
    let time = text(&request.headers, "x-amz-date").ok_or_else(|| {
        fail(Common::BrokenSignature, "Authorization header requires existence of a 'X-Amz-Date' header.")
    })?;
    check_scope(service, &authorization, time)?;
    check_time(service, time, now_ms)?;
    let payload = payload_hash(service, &request.headers, body)?;
    let query = request.uri.query().unwrap_or_default();
    let canonical = canonical_request(service, request, query, &authorization.signed_headers, &payload)?;
    check_signature(service, &authorization, time, &canonical, &principal)?;
    Ok(principal)
}

fn check_signature(
    service: Service,
    authorization: &Authorization<'_>,
    time: &str,
    canonical: &str,
    principal: &Principal,
) -> Result<(), Failure> {
    let to_sign =
        format!("{ALGORITHM}\n{time}\n{}\n{}", authorization.scope(), digest::sha256_hex(canonical.as_bytes()));
    let key = authorization.signing_key(&principal.secret_access_key);
    if hex::encode(digest::hmac_sha256(key.as_ref(), to_sign.as_bytes())) == authorization.signature {
        return Ok(());
    }
    let message = "The request signature we calculated does not match the signature you provided. \
                   Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    Err(Failure::common(service, Common::WrongSignature, message))
}

fn check_scope(service: Service, authorization: &Authorization<'_>, time: &str) -> Result<(), Failure> {
    let wrong = |message: String| Err(Failure::common(service, Common::WrongSignature, message));
    if authorization.service != service.scope_name() {
        return wrong(format!("Credential should be scoped to correct service: '{}'.", service.scope_name()));
    }
    if authorization.region != REGION {
        return wrong(format!("Credential should be scoped to a valid region, not '{}'.", authorization.region));
    }
    if !time.starts_with(authorization.date) {
        return wrong(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{time}'."
        ));
    }
    Ok(())
}

/// When a request says that it was signed.
fn signed_ms(service: Service, time: &str) -> Result<i64, Failure> {
    DateTime::strptime(TIME_FORMAT, time)
        .and_then(|civil| civil.to_zoned(TimeZone::UTC))
        .map(|zoned| zoned.timestamp().as_millisecond())
        .map_err(|_| {
            Failure::common(
                service,
                Common::BrokenSignature,
                format!("Date must be in ISO-8601 'basic format'. Got '{time}'."),
            )
        })
}

fn check_time(service: Service, time: &str, now_ms: i64) -> Result<(), Failure> {
    let signed_ms = signed_ms(service, time)?;
    let now =
        jiff::Timestamp::from_millisecond(now_ms).map(|now| now.strftime(TIME_FORMAT).to_string()).unwrap_or_default();
    let message = if signed_ms + MAX_SKEW_MS < now_ms {
        format!("Signature expired: {time} is now earlier than {now} - 5 min.")
    } else if signed_ms - MAX_SKEW_MS > now_ms {
        format!("Signature not yet current: {time} is still later than {now} + 5 min.")
    } else {
        return Ok(());
    };
    Err(Failure::common(service, Common::WrongTime, message))
}

/// The hash of the body that was signed. S3 states it in a header, which must be true.
fn payload_hash(service: Service, headers: &HeaderMap, body: &[u8]) -> Result<String, Failure> {
    let computed = digest::sha256_hex(body);
    if service != Service::S3 {
        return Ok(computed);
    }
    match text(headers, "x-amz-content-sha256") {
        None => {
            Err(Failure::refused("InvalidRequest", "Missing required header for this request: x-amz-content-sha256"))
        }
        Some(UNSIGNED_PAYLOAD) => Ok(UNSIGNED_PAYLOAD.to_owned()),
        Some(stated) if stated == computed => Ok(computed),
        Some(stated) if stated.starts_with("STREAMING-") => Err(Failure::new(
            http::StatusCode::NOT_IMPLEMENTED,
            "NotImplemented",
            "A body signed in chunks is not understood here.",
        )),
        Some(_) => Err(Failure::refused(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )),
    }
}

fn canonical_request(
    service: Service,
    request: &Parts,
    query: &str,
    signed: &[&str],
    payload: &str,
) -> Result<String, Failure> {
    let must_be_signed = |name: &str| name == "host" || name.starts_with("x-amz-");
    if let Some(name) =
        request.headers.keys().map(http::HeaderName::as_str).find(|name| must_be_signed(name) && !signed.contains(name))
    {
        let message = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
        return Err(Failure::common(service, Common::WrongSignature, message));
    }
    let mut headers = String::new();
    for name in signed {
        let values: Vec<String> = request.headers.get_all(*name).iter().map(canonical_value).collect();
        headers += &format!("{name}:{}\n", values.join(","));
    }
    Ok(format!(
        "{}\n{}\n{}\n{headers}\n{}\n{payload}",
        request.method,
        canonical_path(service, request.uri.path()),
        canonical_query(query),
        signed.join(";"),
    ))
}

fn canonical_value(value: &http::HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// S3 signs the path as it is sent; the other services encode it once more.
fn canonical_path(service: Service, path: &str) -> String {
    if service == Service::S3 {
        return path.to_owned();
    }
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(&str, &str)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
