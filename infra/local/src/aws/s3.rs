//! S3 as far as it is needed: objects put, read and deleted one by one, addressed path-style, kept as files. A file
//! holds one line of JSON with the object's headers, then the object; it appears whole or not at all. A read may ask for a
//! range, and a signed one for other headers of the answer.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::authorize::Permission;
use super::clock::{Clock, millis};
use super::digest;
use super::service::{Answer, Failure, Service, answer};
use super::sigv4;
use crate::random;
use crate::template::Bucket;

/// The buckets and their objects. Clones share them.
#[derive(Clone)]
pub(super) struct Objects {
    folder: PathBuf,
    /// By name.
    buckets: Arc<RwLock<BTreeMap<String, Bucket>>>,
    clock: Clock,
}

/// What a path and a method ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) operation: &'static str,
    bucket: String,
    key: String,
}

/// The first line of an object's file.
#[derive(Serialize, Deserialize)]
struct Head {
    content_type: String,
    etag: String,
    put_ms: i64,
    /// `x-amz-meta-*`, by full header name.
    metadata: BTreeMap<String, String>,
}

impl Target {
    pub(super) fn of(method: &Method, path: &str) -> Result<Self, Failure> {
        let operation = match *method {
            Method::PUT => "PutObject",
            Method::GET => "GetObject",
            Method::HEAD => "HeadObject",
            Method::DELETE => "DeleteObject",
            _ => return Err(not_served()),
        };
        let (bucket, key) = path.trim_start_matches('/').split_once('/').ok_or_else(not_served)?;
        let key = decode(key).filter(|key| !key.is_empty()).ok_or_else(not_served)?;
        Ok(Self { operation, bucket: bucket.to_owned(), key })
    }

    /// Reading the head of an object needs the permission to read the object.
    pub(super) fn permission(&self) -> Permission {
        let action = if self.operation == "HeadObject" { "GetObject" } else { self.operation };
        Permission::new(format!("s3:{action}"), format!("arn:aws:s3:::{}/{}", self.bucket, self.key))
    }

    /// What a caller must have to be told that an object does not exist.
    pub(super) fn listing_permission(&self) -> Permission {
        Permission::new("s3:ListBucket", format!("arn:aws:s3:::{}", self.bucket))
    }
}

impl Objects {
    pub(super) fn open(folder: PathBuf, clock: Clock) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, buckets: Arc::default(), clock })
    }

    pub(super) fn provision(&self, bucket: &Bucket) -> io::Result<()> {
        std::fs::create_dir_all(self.folder.join(&bucket.name))?;
        self.buckets.write().unwrap_or_else(PoisonError::into_inner).insert(bucket.name.clone(), bucket.clone());
        Ok(())
    }

    pub(super) fn execute(&self, target: &Target, request: &Parts, body: &Bytes) -> Result<Answer, Failure> {
        let known = self.buckets.read().unwrap_or_else(PoisonError::into_inner).get(&target.bucket).cloned();
        let bucket = known.ok_or_else(|| {
            Failure::new(StatusCode::NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist")
        })?;
        let file = self.folder.join(&bucket.name).join(file_name(&target.key)?);
        match target.operation {
            "PutObject" => self.put(&bucket, &file, &request.headers, body),
            "DeleteObject" => delete(&file),
            _ => {
                let (head, content) = self.read(&bucket, &file)?.ok_or_else(|| {
                    Failure::new(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.")
                })?;
                let mut answer = match range(&request.headers, content.len())? {
                    None if target.operation == "HeadObject" => {
                        with_head(answer(Service::S3, StatusCode::OK, Bytes::new()), &head, content.len())
                    }
                    None => with_head(answer(Service::S3, StatusCode::OK, content.clone()), &head, content.len()),
                    Some(range) => {
                        let part = answer(Service::S3, StatusCode::PARTIAL_CONTENT, content.slice(range.clone()));
                        let mut part = with_head(part, &head, range.len());
                        let of = format!("bytes {}-{}/{}", range.start, range.end - 1, content.len());
                        insert(part.headers_mut(), header::CONTENT_RANGE.as_str(), &of);
                        part
                    }
                };
                overridden(&mut answer, request.uri.query().unwrap_or_default());
                Ok(answer)
            }
        }
    }

    fn put(&self, bucket: &Bucket, file: &Path, headers: &HeaderMap, body: &Bytes) -> Result<Answer, Failure> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if text("if-none-match") == Some("*") && self.read(bucket, file)?.is_some() {
            let message = "At least one of the pre-conditions you specified did not hold";
            return Err(Failure::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", message));
        }
        let names = headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-amz-meta-"));
        let head = Head {
            content_type: text("content-type").unwrap_or("binary/octet-stream").to_owned(),
            etag: format!("\"{}\"", digest::md5_hex(body)),
            put_ms: self.clock.now_ms(),
            metadata: names.filter_map(|name| Some((name.to_owned(), text(name)?.to_owned()))).collect(),
        };
        let mut content = serde_json::to_vec(&head).map_err(io::Error::from).map_err(failed)?;
        content.push(b'\n');
        content.extend_from_slice(body);
        let unfinished = self.folder.join(format!("{}.part", random::uuid()));
        std::fs::write(&unfinished, content).and_then(|()| std::fs::rename(&unfinished, file)).map_err(failed)?;
        let mut answer = answer(Service::S3, StatusCode::OK, Bytes::new());
        insert(answer.headers_mut(), "etag", &head.etag);
        Ok(answer)
    }

    /// The object, unless there is none or the bucket's lifecycle has ended it.
    fn read(&self, bucket: &Bucket, file: &Path) -> Result<Option<(Head, Bytes)>, Failure> {
        let content = match std::fs::read(file) {
            Ok(content) => Bytes::from(content),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let broken = || failed(io::Error::new(io::ErrorKind::InvalidData, format!("{} is no object", file.display())));
        let end = content.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
        let head: Head = serde_json::from_slice(&content[..end]).map_err(|_| broken())?;
        if self.has_expired(bucket.expire_after, head.put_ms) {
            std::fs::remove_file(file).map_err(failed)?;
            return Ok(None);
        }
        Ok(Some((head, content.slice(end + 1..))))
    }

    fn has_expired(&self, after: Option<Duration>, put_ms: i64) -> bool {
        after.is_some_and(|after| self.clock.now_ms() - put_ms > millis(after))
    }
}

/// What is asked for of an object of `length` bytes; nothing if all of it is.
fn range(headers: &HeaderMap, length: usize) -> Result<Option<Range<usize>>, Failure> {
    let Some(asked) = headers.get(header::RANGE).and_then(|range| range.to_str().ok()) else { return Ok(None) };
    let ends = asked.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    match ends.and_then(|(first, last)| Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?))) {
        Some((first, last)) if first < length && first <= last => Ok(Some(first..length.min(last.saturating_add(1)))),
        Some(_) => Err(Failure::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "InvalidRange",
            "The requested range is not satisfiable",
        )),
        None => Err(Failure::new(
            StatusCode::NOT_IMPLEMENTED,
            "NotImplemented",
            "A range without both its ends is not understood here.",
        )),
    }
}

/// What a signed link wants its answer to say.
fn overridden(answer: &mut Answer, query: &str) {
    for (parameter, name) in [
        ("response-content-disposition", header::CONTENT_DISPOSITION),
        ("response-content-type", header::CONTENT_TYPE),
        ("response-cache-control", header::CACHE_CONTROL),
    ] {
        if let Some(value) = sigv4::value(query, parameter) {
            insert(answer.headers_mut(), name.as_str(), &value);
        }
    }
}

fn delete(file: &Path) -> Result<Answer, Failure> {
    match std::fs::remove_file(file) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    Ok(answer(Service::S3, StatusCode::NO_CONTENT, Bytes::new()))
}

fn with_head(mut answer: Answer, head: &Head, length: usize) -> Answer {
    let headers = answer.headers_mut();
    insert(headers, header::CONTENT_TYPE.as_str(), &head.content_type);
    insert(headers, header::CONTENT_LENGTH.as_str(), &length.to_string());
    insert(headers, header::ETAG.as_str(), &head.etag);
    if let Ok(put) = jiff::Timestamp::from_millisecond(head.put_ms) {
        insert(headers, header::LAST_MODIFIED.as_str(), &put.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    }
    for (name, value) in &head.metadata {
        insert(headers, name, value);
    }
    answer
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(name), HeaderValue::try_from(value)) {
        headers.insert(name, value);
    }
}

/// A key as one file name: letters, digits, dots, dashes and underscores stay, the rest is percent-encoded.
fn file_name(key: &str) -> Result<String, Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let name: String = key
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    if name.len() > 250 {
        return Err(Failure::refused(
            "KeyTooLongError",
            "Your key is too long: as a file name it may have 250 characters here",
        ));
    }
    Ok(if name.trim_matches('.').is_empty() { name.replace('.', "%2E") } else { name })
}

pub(super) fn decode(encoded: &str) -> Option<String> {
    let mut bytes = encoded.bytes();
    let mut decoded = Vec::with_capacity(encoded.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut value = [0];
        hex::decode_to_slice([bytes.next()?, bytes.next()?], &mut value).ok()?;
        decoded.extend(value);
    }
    String::from_utf8(decoded).ok()
}

fn not_served() -> Failure {
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        "The local S3 serves objects only: PUT, GET, HEAD and DELETE of /bucket/key",
    )
}

fn failed(error: io::Error) -> Failure {
    Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", format!("the local store failed: {error}"))
}
