//! The headers and the parameters of Meta's requests.
use serde::Deserialize;

pub type HttpEvent = runtime::HttpEvent<Headers, Handshake>;

#[derive(Debug, Default, Deserialize)]
pub struct Headers {
    #[serde(rename = "x-hub-signature-256")]
    pub(crate) signature: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Handshake {
    #[serde(rename = "hub.mode")]
    pub(crate) mode: Option<String>,
    #[serde(rename = "hub.verify_token")]
    pub(crate) verify_token: Option<String>,
    #[serde(rename = "hub.challenge")]
    pub(crate) challenge: Option<String>,
}
