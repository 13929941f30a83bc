//! Takes Meta's webhooks in: handshake, signature, split into atoms, one batched send to the queue, 200.
//!
//! Guarantees: 200 only when every atom is durable in SQS, or in S3 with a pointer in SQS; nothing is stored or told
//! without a valid signature over the exact bytes; a success writes no log line.
mod entries;
mod event;

use std::sync::Arc;

use net::{Aws, AwsError, Secrets, Service};
use queue::{Queue, SendFailure};
use runtime::{Boot, Fatal, HttpAnswer, Keyring, Secret, SecretError, chain, clock};
use whatsapp::signature;

pub use event::{Handshake, Headers, HttpEvent};

pub struct Ingest {
    queue: Queue,
    aws: Aws,
    bucket: String,
    keys: Keyring,
    verify_token: Secret,
}

/// Why a webhook could not be stored; Meta sends it again.
#[derive(Debug, thiserror::Error)]
enum IngestError {
    #[error("the app secrets are not to be had")]
    Secrets(#[from] SecretError),
    #[error("the atoms could not be queued")]
    Queue(#[from] SendFailure),
    #[error("a large atom could not be stored")]
    Store(#[from] AwsError),
    #[error("an atom could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl Ingest {
    /// Reads the app secrets and opens the connection to the queue, so that the first webhook finds both.
    pub async fn new(boot: &Boot) -> Result<Ingest, Fatal> {
        let ingest = Ingest {
            queue: boot.queue(boot.env("INBOUND_QUEUE_URL")?),
            aws: boot.aws.clone(),
            bucket: boot.env("LARGE_ATOMS_BUCKET")?,
            keys: Keyring::new(boot.secret(boot.env("APP_SECRETS_PARAMETER")?)),
            verify_token: boot.secret(boot.env("VERIFY_TOKEN_PARAMETER")?),
        };
        let (keys, ()) = futures::join!(ingest.keys.secrets(), ingest.aws.warm(Service::Sqs));
        if let Err(error) = keys {
            // A webhook may find them later; until then Meta is told to come again.
            tracing::error!(error = chain(&error), "the app secrets could not be read at the start");
        }
        Ok(ingest)
    }

    pub async fn handle(&self, event: HttpEvent) -> HttpAnswer {
        match event.method() {
            "GET" => self.handshake(&event).await,
            _ => self.webhook(&event).await,
        }
    }

    /// Meta asks whether this is the address it was told: the challenge comes back as the bare body (P11).
    async fn handshake(&self, event: &HttpEvent) -> HttpAnswer {
        let token = match self.verify_token.get().await {
            Ok(token) => token,
            Err(error) => {
                tracing::error!(error = chain(&error), "the verify token could not be read");
                return HttpAnswer::empty(500);
            }
        };
        let Some(asked) = &event.query_string_parameters else { return HttpAnswer::empty(403) };
        let good = asked.mode.as_deref() == Some("subscribe") && asked.verify_token.as_deref() == Some(token.trim());
        match &asked.challenge {
            Some(challenge) if good => HttpAnswer::text(200, challenge),
            Some(_) | None => HttpAnswer::empty(403),
        }
    }

    async fn webhook(&self, event: &HttpEvent) -> HttpAnswer {
        let Some(bytes) = event.bytes() else { return HttpAnswer::empty(400) };
        match self.store(event.headers.signature.as_deref(), &bytes).await {
            Ok(true) => HttpAnswer::empty(200),
            Ok(false) => HttpAnswer::empty(401),
            Err(error) => {
                tracing::error!(error = chain(&error), "a webhook was not stored; Meta will send it again");
                HttpAnswer::empty(500)
            }
        }
    }

    /// `false`: the signature is missing or wrong.
    async fn store(&self, signature: Option<&str>, body: &[u8]) -> Result<bool, IngestError> {
        if !self.is_signed(signature, body).await? {
            return Ok(false);
        }
        let entries = entries::of(body, clock::now(), &self.bucket)?;
        let large = entries.large.into_iter().map(|(key, atom)| self.put_large(key, atom));
        futures::future::try_join_all(large).await?;
        self.queue.send(&entries.queued).await?;
        Ok(true)
    }

    async fn is_signed(&self, header: Option<&str>, body: &[u8]) -> Result<bool, SecretError> {
        let is_by =
            |secrets: Option<Arc<Secrets>>| secrets.is_some_and(|known| signature::verify(&known, header, body));
        if is_by(self.keys.secrets().await?) {
            return Ok(true);
        }
        // What is no signature at all cannot become one by other secrets.
        Ok(header.is_some() && is_by(self.keys.renewed().await?))
    }

    async fn put_large(&self, key: String, atom: bytes::Bytes) -> Result<(), AwsError> {
        self.aws.put_object(&self.bucket, &key, atom).await
    }
}
