//! S3 objects: whole ones, ones that pass through in pieces, and links that let others read or write one of them.
//!
//! Keys are letters, digits, `-`, `_`, `.` and `/` only, so that no encoding can differ between a signature and a request.
use std::time::Duration;

use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignatureLocation, SigningSettings, UriPathNormalizationMode,
};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RANGE};
use http::{HeaderName, Method, Request, Response};
use http_body_util::{BodyExt, Limited};

use super::{Aws, Service, refusal};
use crate::error::AwsError;
use crate::http_client::{Stream, whole};

/// What S3 says about a refusal is short.
const REFUSAL_BYTES_MAX: usize = 64 * 1024;

/// A request that may be made without credentials until its link expires.
#[derive(Clone, Copy, Debug)]
pub struct Presigned<'a> {
    pub method: &'a Method,
    pub bucket: &'a str,
    pub key: &'a str,
    /// What the request must carry besides, exactly so.
    pub headers: &'a [(HeaderName, String)],
    /// Parameters of the request, percent-encoded.
    pub query: &'a str,
    pub expires_in: Duration,
}

impl Aws {
    fn object(&self, bucket: &str, key: &str) -> String {
        format!("{}/{bucket}/{key}", self.origin(Service::S3))
    }

    pub async fn put_object(&self, bucket: &str, key: &str, body: Bytes) -> Result<(), AwsError> {
        let uri = self.object(bucket, key);
        self.call(Service::S3, "PutObject", || Request::put(&uri).body(body.clone())).await?;
        Ok(())
    }

    pub async fn get_object(&self, bucket: &str, key: &str) -> Result<Bytes, AwsError> {
        let uri = self.object(bucket, key);
        Ok(self.call(Service::S3, "GetObject", || Request::get(&uri).body(Bytes::new())).await?.into_body())
    }

    /// Up to `bytes` of an object from the byte `from` on, of which it must have one, with its headers.
    pub async fn get_object_part(
        &self,
        bucket: &str,
        key: &str,
        from: u64,
        bytes: usize,
    ) -> Result<Response<Bytes>, AwsError> {
        let uri = self.object(bucket, key);
        let last = from.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX)).saturating_sub(1);
        let range = format!("bytes={from}-{last}");
        self.call(Service::S3, "GetObject", || Request::get(&uri).header(RANGE, &range).body(Bytes::new())).await
    }

    pub async fn delete_object(&self, bucket: &str, key: &str) -> Result<(), AwsError> {
        let uri = self.object(bucket, key);
        self.call(Service::S3, "DeleteObject", || Request::delete(&uri).body(Bytes::new())).await?;
        Ok(())
    }

    /// Stores an object of `length` bytes as they come. Tried once: the bytes are gone then. The caller bounds the time.
    pub async fn put_object_stream(
        &self,
        bucket: &str,
        key: &str,
        body: Stream,
        length: u64,
        content_type: &str,
    ) -> Result<(), AwsError> {
        let request = Request::put(self.object(bucket, key)).header(CONTENT_LENGTH, length);
        self.stream("PutObject", request.header(CONTENT_TYPE, content_type).body(body)).await.map(|_| ())
    }

    /// An object whose bytes are read as they are needed. The caller bounds the time.
    pub async fn get_object_stream(&self, bucket: &str, key: &str) -> Result<Response<Stream>, AwsError> {
        self.stream("GetObject", Request::get(self.object(bucket, key)).body(whole(Bytes::new()))).await
    }

    /// A link by which somebody else may make one request.
    pub fn presign(&self, wanted: &Presigned<'_>) -> Result<String, AwsError> {
        let failed = |source| AwsError::Sign { operation: "presign", source };
        let mut uri = self.object(wanted.bucket, wanted.key);
        if !wanted.query.is_empty() {
            uri.push('?');
            uri.push_str(wanted.query);
        }
        let request = Request::builder().method(wanted.method).uri(uri);
        let request = wanted.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let mut request = request.body(()).map_err(|error| failed(error.into()))?;
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(wanted.expires_in);
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        self.sign_with(settings, Service::S3, &mut request, SignableBody::UnsignedPayload).map_err(failed)?;
        Ok(request.uri().to_string())
    }

    async fn stream(
        &self,
        operation: &'static str,
        request: Result<Request<Stream>, http::Error>,
    ) -> Result<Response<Stream>, AwsError> {
        let mut request = request.map_err(|source| AwsError::Sign { operation, source: source.into() })?;
        self.sign(Service::S3, &mut request, SignableBody::UnsignedPayload)
            .map_err(|source| AwsError::Sign { operation, source })?;
        let answer = self.http.exchange(request).await.map_err(|source| AwsError::Send { operation, source })?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, REFUSAL_BYTES_MAX).collect().await.map(|body| body.to_bytes());
        Err(refusal(operation, &Response::from_parts(head, body.unwrap_or_default())))
    }
}
