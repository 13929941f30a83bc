//! Links into S3: good as they were signed and until they expire.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{Method, Request, StatusCode};

use super::support::{Endpoint, api, signed};
use crate::aws::REGION;
use crate::wall_clock::now_ms;

/// A link that was signed at a time, for five minutes.
fn link(endpoint: &Endpoint, method: &Method, path: &str, at_ms: i64) -> String {
    let principal = api();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(300));
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let (key, secret) = (&principal.access_key_id, &principal.secret_access_key);
    let identity = Credentials::new(key, secret, principal.session_token.clone(), None, "test").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("s3")
        .time(UNIX_EPOCH + Duration::from_millis(u64::try_from(at_ms).unwrap()))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let mut request =
        Request::builder().method(method).uri(format!("http://{}{path}", endpoint.address)).body(()).unwrap();
    let uri = request.uri().to_string();
    let signable =
        SignableRequest::new(method.as_str(), &uri, std::iter::empty(), SignableBody::UnsignedPayload).unwrap();
    let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
    instructions.apply_to_request_http1x(&mut request);
    request.uri().to_string()
}

#[tokio::test]
async fn a_link_is_good_as_it_was_signed_and_until_it_expires() {
    let endpoint = Endpoint::start().await;
    let path = "/large/folder/key";
    let put = Request::put(format!("http://{}{path}", endpoint.address)).body(Bytes::from("0123456789")).unwrap();
    assert_eq!(endpoint.send(signed(&api(), put, now_ms())).await.unwrap().status, StatusCode::OK);
    let at = |minutes: i64, query: &str| {
        link(&endpoint, &Method::GET, &format!("{path}{query}"), now_ms() + minutes * 60_000)
    };
    let named = "?response-content-disposition=attachment%3B%20filename%3D%22a.txt%22";
    for (name, url, status) in [
        ("fresh", at(0, ""), StatusCode::OK),
        ("four minutes old", at(-4, ""), StatusCode::OK),
        ("six minutes old", at(-6, ""), StatusCode::FORBIDDEN),
        ("for another method", link(&endpoint, &Method::PUT, path, now_ms()), StatusCode::FORBIDDEN),
        ("for another key", at(0, "").replace("/key?", "/other?"), StatusCode::FORBIDDEN),
        ("with more time", at(-6, "").replace("Expires=300", "Expires=3000"), StatusCode::FORBIDDEN),
        ("for ever", at(0, "").replace("Expires=300", "Expires=9999999"), StatusCode::BAD_REQUEST),
        ("without its token", at(0, "").replace("X-Amz-Security-Token", "X-Amz-Token"), StatusCode::BAD_REQUEST),
        ("with a name", at(0, named), StatusCode::OK),
        ("with another name", at(0, named).replace("a.txt", "a.exe"), StatusCode::FORBIDDEN),
    ] {
        let answer = endpoint.send(Request::get(url).body(Bytes::new()).unwrap()).await.unwrap();
        assert_eq!(answer.status, status, "{name}: {:?}", answer.body);
    }
    let answer = endpoint.send(Request::get(at(0, named)).body(Bytes::new()).unwrap()).await.unwrap();
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"a.txt\"");
    for (range, status, body, of) in [
        ("bytes=0-3", StatusCode::PARTIAL_CONTENT, "0123", "bytes 0-3/10"),
        ("bytes=4-99", StatusCode::PARTIAL_CONTENT, "456789", "bytes 4-9/10"),
        ("bytes=10-99", StatusCode::RANGE_NOT_SATISFIABLE, "", ""),
    ] {
        let part = Request::get(at(0, "")).header("range", range).body(Bytes::new()).unwrap();
        let answer = endpoint.send(part).await.unwrap();
        assert_eq!(answer.status, status, "{range}");
        if status == StatusCode::PARTIAL_CONTENT {
            assert_eq!(
                (answer.body.as_ref(), answer.headers["content-range"].to_str().unwrap()),
                (body.as_bytes(), of),
                "{range}"
            );
        }
    }
}
