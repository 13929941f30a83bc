//! The payment provider, with the key of its API and the secrets that sign its webhooks. Which provider it is, is said here
//! and nowhere else.
//!
//! Guarantee: a key or a secret that proved wrong is read again once, in case it was rotated; after a forged webhook not more
//! often than once a minute, so that junk from outside does not become calls to SSM.
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::Time;
use net::{Http, Secrets, Token};
use payments::stripe::Stripe;
use payments::{PayError, PayEvent, Provider, WebhookError};
use runtime::{Boot, Fatal, Secret, clock};

use crate::error::CreditError;
use crate::event::HttpEvent;

pub(crate) type Pay = Stripe;

const REREAD_AFTER: Duration = Duration::from_secs(60);

pub(crate) struct Teller {
    http: Http,
    url: String,
    key: Secret,
    secrets: Secret,
    reread_at: Mutex<Option<Instant>>,
}

impl Teller {
    pub(crate) fn new(boot: &Boot) -> Result<Teller, Fatal> {
        Ok(Teller {
            http: boot.http.clone(),
            url: boot.env("STRIPE_URL")?,
            key: boot.secret(boot.env("STRIPE_KEY_PARAMETER")?),
            secrets: boot.secret(boot.env("STRIPE_WEBHOOK_SECRETS_PARAMETER")?),
            reread_at: Mutex::new(None),
        })
    }

    /// Asks the provider, with a key that was rotated if need be.
    pub(crate) async fn ask<T>(&self, question: impl AsyncFn(&Pay) -> Result<T, PayError>) -> Result<T, CreditError> {
        match question(&self.provider(&self.key.get().await?)?).await {
            Err(error) if error.is_about_credentials() => {
                Ok(question(&self.provider(&self.key.refresh().await?)?).await?)
            }
            outcome => Ok(outcome?),
        }
    }

    fn provider(&self, key: &str) -> Result<Pay, CreditError> {
        let key = Token::new(key).ok_or(CreditError::NoKey)?;
        Ok(Pay::new(self.http.clone(), &self.url, key))
    }

    /// What a webhook tells, if its signature is one of the provider's.
    pub(crate) async fn read(&self, event: &HttpEvent, body: &[u8]) -> Result<Vec<PayEvent>, CreditError> {
        let now = clock::now();
        match parse(&self.secrets.get().await?, &event.headers, body, now) {
            Err(CreditError::Webhook(WebhookError::Forged)) if self.may_reread() => {
                parse(&self.secrets.refresh().await?, &event.headers, body, now)
            }
            outcome => outcome,
        }
    }

    fn may_reread(&self) -> bool {
        let mut reread_at = self.reread_at.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::monotonic();
        let is_due = reread_at.is_none_or(|at| now.duration_since(at) >= REREAD_AFTER);
        if is_due {
            *reread_at = Some(now);
        }
        is_due
    }
}

fn parse(list: &str, headers: &HashMap<String, String>, body: &[u8], now: Time) -> Result<Vec<PayEvent>, CreditError> {
    let secrets = Secrets::parse(list).map_err(|_| CreditError::NoSecrets)?;
    Ok(Pay::parse_webhook(&secrets, |name| headers.get(name).map(String::as_str), body, now)?)
}

/// The ledger's name of a fact that the provider tells: of each there is one booking for ever.
pub(crate) fn fact(id: &str) -> String {
    format!("{}#{id}", Pay::NAME)
}
