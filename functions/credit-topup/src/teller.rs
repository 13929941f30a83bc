//! The payment provider, with the key of its API and the secrets that sign its webhooks. Which provider it is, is said here
//! and nowhere else.
//!
//! Guarantee: a key or a secret that proved wrong is read again once, in case it was rotated.
use net::{Http, Token};
use payments::stripe::Stripe;
use payments::{PayError, PayEvent, Provider, WebhookError};
use runtime::{Boot, Fatal, Keyring, Secret, clock};

use crate::error::CreditError;
use crate::event::Webhook;

pub(crate) type Pay = Stripe;

pub(crate) struct Teller {
    http: Http,
    url: String,
    key: Secret,
    secrets: Keyring,
}

impl Teller {
    pub(crate) fn new(boot: &Boot) -> Result<Teller, Fatal> {
        Ok(Teller {
            http: boot.http.clone(),
            url: boot.env("STRIPE_URL")?,
            key: boot.secret(boot.env("STRIPE_KEY_PARAMETER")?),
            secrets: Keyring::new(boot.secret(boot.env("STRIPE_WEBHOOK_SECRETS_PARAMETER")?)),
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

    /// What a webhook tells, if one of the provider's secrets signed it.
    pub(crate) async fn read(&self, event: &Webhook, body: &[u8]) -> Result<Vec<PayEvent>, CreditError> {
        let now = clock::now();
        let header = |name: &str| event.headers.get(name).map(String::as_str);
        let secrets = self.secrets.secrets().await?.ok_or(CreditError::NoSecrets)?;
        match Pay::parse_webhook(&secrets, header, body, now) {
            Err(forged @ WebhookError::Forged) => match self.secrets.renewed().await? {
                Some(secrets) => Ok(Pay::parse_webhook(&secrets, header, body, now)?),
                None => Err(forged.into()),
            },
            outcome => Ok(outcome?),
        }
    }
}

/// The ledger's name of a fact that the provider tells: of each there is one booking for ever.
pub(crate) fn fact(id: &str) -> String {
    format!("{}#{id}", Pay::NAME)
}
