//! DynamoDB: dynoxide, an embedded server of its own on a loopback port that only this process knows. Every call passes
//! through here, so that what it costs is counted (`capacity`) and readers of a stream are woken.

mod capacity;
mod server;
mod tables;
#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::Context as _;
use bytes::Bytes;
use dynoxide::Database;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use self::server::Server;
use super::database::Durability;
use super::meter::Usage;
use super::service::{Answer, Failure, Service, answer};
use super::streams::Streams;
use crate::template::Table;

/// The headers of a call that dynoxide reads. It looks at whether there is a signature, not at whether it is right.
const FORWARDED: [&str; 4] = ["authorization", "content-type", "x-amz-date", "x-amz-target"];

pub(super) struct DynamoDb {
    database: Database,
    server: Server,
    client: Client<HttpConnector, Full<Bytes>>,
    streams: Streams,
}

impl DynamoDb {
    /// Opens or creates the database file and starts the server.
    pub(super) fn open(path: &Path, durability: Durability) -> anyhow::Result<Self> {
        let database = Database::new(&path.to_string_lossy())?;
        // These set how much SQLite waits for the disk: dynoxide offers nothing finer.
        match durability {
            Durability::Scratch => database.enable_bulk_loading()?, // synchronous = OFF
            Durability::Kept => database.disable_bulk_loading()?,   // synchronous = NORMAL
        }
        let streams = Streams::open(path, durability)?;
        let server = Server::start(database.clone())?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        Ok(Self { database, server, client, streams })
    }

    pub(super) fn provision(&self, table: &Table) -> anyhow::Result<()> {
        tables::provision(&self.database, table).with_context(|| format!("table {}", table.name))
    }

    pub(super) fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Deletes the items whose time to live is over, as DynamoDB does on its own within days; answers how many.
    pub(super) fn sweep_expired(&self) -> anyhow::Result<usize> {
        let deleted = self.database.sweep_ttl()?;
        if deleted > 0 {
            self.streams.notify();
        }
        Ok(deleted)
    }

    /// Carries out one operation; also says what it cost.
    pub(super) async fn execute(
        &self,
        operation: &str,
        headers: &HeaderMap,
        mut body: Value,
    ) -> Result<(Answer, Usage), Failure> {
        let asked = capacity::ask_for_all(operation, &mut body);
        let (status, response) = self.forward(headers, &body).await.map_err(|error| {
            Failure::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerError",
                format!("the embedded DynamoDB did not answer: {error:#}"),
            )
        })?;
        let Ok(mut response) = serde_json::from_slice::<Value>(&response) else {
            return Ok((answer(Service::DynamoDb, status, response), Usage::default()));
        };
        let usage = capacity::usage(operation, &body, &response);
        asked.strip(&mut response);
        if status.is_success() && capacity::is_write(operation) {
            self.streams.notify();
        }
        Ok((answer(Service::DynamoDb, status, response.to_string()), usage))
    }

    async fn forward(&self, headers: &HeaderMap, body: &Value) -> anyhow::Result<(StatusCode, Bytes)> {
        let mut request =
            Request::post(format!("http://{}/", self.server.address())).body(Full::from(body.to_string()))?;
        for name in FORWARDED {
            if let Some(value) = headers.get(name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        request
            .headers_mut()
            .entry(header::CONTENT_TYPE)
            .or_insert(header::HeaderValue::from_static("application/x-amz-json-1.0"));
        let response = self.client.request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
