//! Files that the simulated Meta holds: what customers sent and what businesses uploaded.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::State;
use crate::{clock, ids};

/// How long Meta keeps what customers send, and what businesses upload.
const RECEIVED_S: i64 = 7 * 24 * 60 * 60;
const UPLOADED_S: i64 = 30 * 24 * 60 * 60;
/// How long the address of a file is good.
const ADDRESS_MS: i64 = 5 * 60 * 1000;

/// A file on Meta's side, as the control API shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Medium {
    pub id: String,
    pub mime_type: String,
    pub filename: Option<String>,
    /// What Meta says that its size is, in bytes.
    pub file_size: u64,
    /// In hex.
    pub sha256: String,
    /// By a business, and not by a customer.
    pub uploaded: bool,
    /// Unix seconds.
    pub expires_at: i64,
    /// How many of the next downloads fail.
    pub fail_downloads: u32,
    /// How many of the next addresses are over at once.
    pub dead_addresses: u32,
    /// How long each download waits before its first byte.
    pub slow_ms: u64,
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub content: Bytes,
    /// Addresses that were given out, with their ends in unix milliseconds.
    #[serde(default)]
    addresses: BTreeMap<String, i64>,
}

/// A file that a customer is about to send. What is absent is made up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediumInput {
    pub id: Option<String>,
    pub mime_type: Option<String>,
    pub filename: Option<String>,
    /// In base64.
    pub content: Option<String>,
    /// What Meta claims, in place of the size of the content.
    pub file_size: Option<u64>,
}

/// What becomes of a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediumPatch {
    /// Meta forgets it.
    pub expire: bool,
    /// So many of the next addresses are over before anybody can use them.
    pub dead_addresses: Option<u32>,
    pub fail_downloads: Option<u32>,
    pub slow_ms: Option<u64>,
    pub file_size: Option<u64>,
}

fn write<S: Serializer>(content: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64.encode(content))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    BASE64.decode(text).map(Bytes::from).map_err(serde::de::Error::custom)
}

impl Medium {
    pub(crate) fn is_there(&self) -> bool {
        clock::now_s() < self.expires_at
    }

    /// The digest as webhooks write it.
    pub(crate) fn sha256_base64(&self) -> String {
        BASE64.encode(hex::decode(&self.sha256).unwrap_or_default())
    }

    /// A fresh address, by its last part.
    pub(crate) fn address(&mut self) -> String {
        let token = ids::digits(24);
        let life = if self.dead_addresses > 0 { 0 } else { ADDRESS_MS };
        self.dead_addresses = self.dead_addresses.saturating_sub(1);
        self.addresses.insert(token.clone(), clock::now_ms() + life);
        token
    }
}

impl State {
    pub(crate) fn put_medium(
        &mut self,
        mime_type: &str,
        filename: Option<&str>,
        content: Bytes,
        uploaded: bool,
    ) -> Medium {
        let kept = if uploaded { UPLOADED_S } else { RECEIVED_S };
        let medium = Medium {
            id: ids::digits(16),
            mime_type: mime_type.to_owned(),
            filename: filename.map(str::to_owned),
            file_size: u64::try_from(content.len()).unwrap_or(u64::MAX),
            sha256: hex::encode(digest(&SHA256, &content)),
            uploaded,
            expires_at: clock::now_s() + kept,
            fail_downloads: 0,
            dead_addresses: 0,
            slow_ms: 0,
            content,
            addresses: BTreeMap::new(),
        };
        self.media.insert(medium.id.clone(), medium.clone());
        medium
    }

    /// The file that an address leads to, while it does.
    pub(crate) fn medium_at(&mut self, address: &str) -> Option<&mut Medium> {
        let now = clock::now_ms();
        let good = |medium: &&mut Medium| medium.addresses.get(address).is_some_and(|end| now < *end);
        self.media.values_mut().filter(|medium| medium.is_there()).find(good)
    }
}

impl Medium {
    pub(crate) fn change(&mut self, patch: &MediumPatch) {
        if patch.expire {
            self.expires_at = clock::now_s();
        }
        self.dead_addresses = patch.dead_addresses.unwrap_or(self.dead_addresses);
        self.fail_downloads = patch.fail_downloads.unwrap_or(self.fail_downloads);
        self.slow_ms = patch.slow_ms.unwrap_or(self.slow_ms);
        self.file_size = patch.file_size.unwrap_or(self.file_size);
    }
}

impl MediumInput {
    /// The content; `None` if it is not base64.
    pub(crate) fn bytes(&self, mime_type: &str) -> Option<Bytes> {
        match &self.content {
            Some(text) => BASE64.decode(text).ok().map(Bytes::from),
            None => Some(Bytes::from(format!("A file of type {mime_type}, made up by the simulator.\n"))),
        }
    }
}
