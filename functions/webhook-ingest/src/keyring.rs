//! The app secrets, ready to verify with. After a wrong signature they are read again, in case they were rotated; not
//! more often than once a minute, so that junk from outside does not become calls to SSM.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use net::Secrets;
use runtime::{Secret, SecretError, clock};
use whatsapp::signature;

const REREAD_AFTER: Duration = Duration::from_secs(60);

pub(crate) struct Keyring {
    secret: Secret,
    held: Mutex<Option<Held>>,
}

#[derive(Clone)]
struct Held {
    /// `None` if the parameter holds no secret at all: then nothing verifies.
    secrets: Option<Arc<Secrets>>,
    read_at: Instant,
}

impl Keyring {
    pub(crate) fn new(secret: Secret) -> Keyring {
        Keyring { secret, held: Mutex::new(None) }
    }

    pub(crate) async fn load(&self) -> Result<(), SecretError> {
        self.read().await.map(|_| ())
    }

    pub(crate) async fn verify(&self, header: Option<&str>, body: &[u8]) -> Result<bool, SecretError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let held = match held {
            Some(held) => held,
            None => self.read().await?,
        };
        if held.verifies(header, body) {
            return Ok(true);
        }
        // What is no signature at all cannot become one by other secrets.
        let may_be_rotated = header.is_some() && clock::monotonic().duration_since(held.read_at) >= REREAD_AFTER;
        Ok(may_be_rotated && self.read().await?.verifies(header, body))
    }

    async fn read(&self) -> Result<Held, SecretError> {
        let list = self.secret.refresh().await?;
        let secrets = Secrets::parse(&list);
        if secrets.is_err() {
            tracing::error!("the parameter of the app secrets is empty: no webhook can be verified");
        }
        let held = Held { secrets: secrets.ok().map(Arc::new), read_at: clock::monotonic() };
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held.clone());
        Ok(held)
    }
}

impl Held {
    fn verifies(&self, header: Option<&str>, body: &[u8]) -> bool {
        self.secrets.as_ref().is_some_and(|secrets| signature::verify(secrets, header, body))
    }
}
