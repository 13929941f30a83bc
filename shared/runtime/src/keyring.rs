//! The secrets that sign webhooks, ready to verify with. After a wrong signature they are read again, in case they were rotated;
//! not more often than once a minute, so that junk from outside does not become calls to SSM.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use net::Secrets;

use crate::clock;
use crate::secret::{Secret, SecretError};

const REREAD_AFTER: Duration = Duration::from_secs(60);

pub struct Keyring {
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
    pub fn new(secret: Secret) -> Keyring {
        Keyring { secret, held: Mutex::new(None) }
    }

    /// What is known of them. `None`: there are none.
    pub async fn secrets(&self) -> Result<Option<Arc<Secrets>>, SecretError> {
        match self.held() {
            Some(held) => Ok(held.secrets),
            None => self.read().await,
        }
    }

    /// For what none of the known ones signed. `None`: they were read lately, or there are none.
    pub async fn renewed(&self) -> Result<Option<Arc<Secrets>>, SecretError> {
        let is_fresh = |held: Held| clock::monotonic().duration_since(held.read_at) < REREAD_AFTER;
        if self.held().is_some_and(is_fresh) { Ok(None) } else { self.read().await }
    }

    fn held(&self) -> Option<Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn read(&self) -> Result<Option<Arc<Secrets>>, SecretError> {
        let list = self.secret.refresh().await?;
        let secrets = Secrets::parse(&list).ok().map(Arc::new);
        if secrets.is_none() {
            tracing::error!("a parameter of signing secrets is empty: no webhook can be verified");
        }
        let held = Held { secrets: secrets.clone(), read_at: clock::monotonic() };
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(secrets)
    }
}
