//! Rows to items and back. A row carries its key, its entity and its version; the rest is a plain serde struct.
use std::collections::HashMap;
use std::io::Read;
use std::sync::{LazyLock, Mutex, PoisonError};

use aws_sdk_dynamodb::types::AttributeValue;
use flate2::read::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;
use crate::keys::{IndexKey, Key};

pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// What a row is, and in which form.
pub(crate) trait Row: Serialize + DeserializeOwned {
    const ENTITY: &'static str;
    const VERSION: u8 = 1;
}

#[derive(Serialize)]
struct Full<'a, R> {
    pk: &'a str,
    sk: &'a str,
    entity: &'static str,
    v: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_pk: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_sk: Option<&'a str>,
    #[serde(flatten)]
    row: &'a R,
}

pub(crate) fn encode<R: Row>(
    operation: &'static str,
    key: &Key,
    list: Option<&IndexKey>,
    row: &R,
) -> Result<Attributes, StoreError> {
    let (list_pk, list_sk) = list.map(|(pk, sk)| (pk.as_str(), sk.as_str())).unzip();
    let full = Full { pk: &key.pk, sk: &key.sk, entity: R::ENTITY, v: R::VERSION, list_pk, list_sk, row };
    serde_dynamo::to_item(full).map_err(|error| StoreError::row(operation, error))
}

/// A row that says nothing but that it is there.
pub(crate) fn bare(operation: &'static str, key: &Key, entity: &str) -> Result<Attributes, StoreError> {
    let full = serde_json::json!({"pk": key.pk, "sk": key.sk, "entity": entity, "v": 1});
    serde_dynamo::to_item(full).map_err(|error| StoreError::row(operation, error))
}

pub(crate) fn decode<R: Row>(operation: &'static str, item: Attributes) -> Result<R, StoreError> {
    serde_dynamo::from_item(item).map_err(|error| StoreError::row(operation, error))
}

pub(crate) fn text<'a>(item: &'a Attributes, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The compressor's tables are a third of a megabyte: made once, or each message would pay for fresh pages.
static DEFLATE: LazyLock<Mutex<Compress>> = LazyLock::new(|| Mutex::new(Compress::new(Compression::fast(), false)));

/// Raw JSON at rest. Deflated, a message of a few hundred characters stays within one write unit.
pub(crate) fn pack(json: &str) -> Vec<u8> {
    let mut deflate = DEFLATE.lock().unwrap_or_else(PoisonError::into_inner);
    deflate.reset();
    // Text that does not get smaller grows by a few bytes per block.
    let mut packed = Vec::with_capacity(json.len() + json.len() / 512 + 64);
    let mut done = 0;
    loop {
        let rest = json.as_bytes().get(done..).unwrap_or_default();
        let before = deflate.total_in();
        let status = deflate.compress_vec(rest, &mut packed, FlushCompress::Finish);
        done += usize::try_from(deflate.total_in() - before).unwrap_or(rest.len());
        match status {
            Ok(Status::StreamEnd) | Err(_) => return packed,
            Ok(Status::Ok | Status::BufError) => packed.reserve(1024),
        }
    }
}

pub(crate) fn unpack(operation: &'static str, bytes: &[u8]) -> Result<String, StoreError> {
    let mut json = String::new();
    DeflateDecoder::new(bytes).read_to_string(&mut json).map_err(|error| StoreError::row(operation, error))?;
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_text_survives_packing() {
        let dense: String =
            (0..50_000u32).map(|n| char::from_u32(0x4e00 + n.wrapping_mul(7919) % 20_000).unwrap()).collect();
        for json in [r#"{"body":"Łódź 😀 \u00e9"}"#, "", &"a".repeat(100_000), &dense] {
            assert_eq!(unpack("test", &pack(json)).unwrap(), json);
        }
        assert!(unpack("test", b"\xff\xff").is_err());
    }
}
