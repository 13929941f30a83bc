//! Rows to items and back. A row carries its key, its entity and its version; the rest is a plain serde struct.
use std::collections::HashMap;
use std::io::{Read, Write};

use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
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

pub(crate) fn decode<R: Row>(operation: &'static str, item: Attributes) -> Result<R, StoreError> {
    serde_dynamo::from_item(item).map_err(|error| StoreError::row(operation, error))
}

pub(crate) fn text<'a>(item: &'a Attributes, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// Raw JSON at rest. Deflated, a message of a few hundred characters stays within one write unit.
pub(crate) fn pack(json: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing into memory cannot fail; were it to, the text itself is what a reader gets.
    match encoder.write_all(json.as_bytes()).and_then(|()| encoder.finish()) {
        Ok(bytes) => bytes,
        Err(_) => json.as_bytes().to_vec(),
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
        let json = r#"{"body":"Łódź 😀 \u00e9"}"#;
        assert_eq!(unpack("test", &pack(json)).unwrap(), json);
        assert!(unpack("test", b"\xff\xff").is_err());
    }
}
