//! Links that let whoever holds one make one request of S3: the signature stands in the query, with its end.

use std::sync::Arc;

use http::StatusCode;
use http::request::Parts;

use super::{ALGORITHM, Authorization, UNSIGNED_PAYLOAD, canonical_request, check_scope, check_signature, signed_ms};
use crate::aws::principals::{Principal, Principals};
use crate::aws::service::{Common, Failure, Service};

/// Seven days.
const EXPIRES_MAX_S: i64 = 604_800;
const SIGNATURE: &str = "X-Amz-Signature";

/// Whether the query carries a signature.
pub(in crate::aws) fn is_presigned(query: Option<&str>) -> bool {
    value(query.unwrap_or_default(), SIGNATURE).is_some()
}

/// The principal that signed the link, or S3's refusal.
pub(super) fn verify(request: &Parts, principals: &Principals, now_ms: i64) -> Result<Arc<Principal>, Failure> {
    let query = request.uri.query().unwrap_or_default();
    let malformed = || {
        let message = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
                       X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
        Failure::refused("AuthorizationQueryParametersError", message)
    };
    let part = |name: &str| value(query, name).ok_or_else(malformed);
    let (credential, headers) = (part("X-Amz-Credential")?, part("X-Amz-SignedHeaders")?);
    let (time, signature) = (part("X-Amz-Date")?, part(SIGNATURE)?);
    let expires: i64 = part("X-Amz-Expires")?.parse().map_err(|_| malformed())?;
    if part("X-Amz-Algorithm")? != ALGORITHM || !(1..=EXPIRES_MAX_S).contains(&expires) {
        return Err(malformed());
    }
    let header = format!("{ALGORITHM} Credential={credential}, SignedHeaders={headers}, Signature={signature}");
    let authorization = Authorization::parse(&header).ok_or_else(malformed)?;
    let principal = principals.find(authorization.access_key_id).ok_or_else(|| {
        let message = "The AWS Access Key Id you provided does not exist in our records.";
        Failure::common(Service::S3, Common::UnknownKey, message)
    })?;
    if value(query, "X-Amz-Security-Token").as_deref() != principal.session_token.as_deref() {
        let message = "The provided token is malformed or otherwise invalid.";
        return Err(Failure::common(Service::S3, Common::WrongToken, message));
    }
    check_scope(Service::S3, &authorization, &time)?;
    let signed = signed_ms(Service::S3, &time)?;
    if signed + expires * 1000 < now_ms {
        return Err(Failure::new(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired"));
    }
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with(SIGNATURE)).collect();
    let signed_headers = &authorization.signed_headers;
    let canonical = canonical_request(Service::S3, request, &rest.join("&"), signed_headers, UNSIGNED_PAYLOAD)?;
    check_signature(Service::S3, &authorization, &time, &canonical, &principal)?;
    Ok(principal)
}

/// A parameter of a query, decoded.
pub(in crate::aws) fn value(query: &str, name: &str) -> Option<String> {
    let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    crate::aws::s3::decode(found)
}
