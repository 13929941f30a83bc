//! The secrets of a local stack: made up at its first start, kept in its data folder, readable by their owner only.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::parts;
use crate::aws::Aws;
use crate::random;
use crate::template::Template;

const FILE: &str = "secrets.json";

/// What a deployer would put into SSM. The file may be edited, to call a Graph API that knows other secrets.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Key of the first administrator.
    pub admin_key: String,
    /// Signs webhooks.
    pub app_secret: String,
    pub verify_token: String,
    /// For the Graph API.
    pub access_token: String,
    /// For Stripe's API.
    #[serde(default = "stripe_key")]
    pub stripe_key: String,
    /// Signs Stripe's events.
    #[serde(default = "stripe_webhook_secret")]
    pub stripe_webhook_secret: String,
}

fn stripe_key() -> String {
    format!("sk_test_{}", random::token::<24>())
}

fn stripe_webhook_secret() -> String {
    format!("whsec_{}", random::token::<24>())
}

impl Secrets {
    pub(super) fn open(data: Option<&Path>) -> anyhow::Result<Self> {
        let Some(folder) = data else { return Ok(Self::generate()) };
        if let Some(secrets) = Self::read(folder)? {
            return Ok(secrets);
        }
        let (path, secrets) = (folder.join(FILE), Self::generate());
        secrets.write(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(secrets)
    }

    /// Those of the stack that keeps its data in `folder`, if it was started once.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn read(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join(FILE);
        if !path.try_exists().with_context(|| format!("cannot read {}", path.display()))? {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let damaged = || format!("{} is damaged: mend it, or remove it to have it made anew", path.display());
        serde_json::from_str(&text).map(Some).with_context(damaged)
    }

    fn generate() -> Self {
        Self {
            admin_key: format!("admin_{}", random::token::<16>()),
            app_secret: random::token::<16>(),
            verify_token: random::token::<12>(),
            access_token: format!("EAA{}", random::token::<24>()),
            stripe_key: stripe_key(),
            stripe_webhook_secret: stripe_webhook_secret(),
        }
    }

    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        Ok(file.sync_all()?)
    }

    /// Puts the secrets where the template's parameters say that the functions look for them.
    pub(super) fn publish(&self, template: &Template, aws: &Aws) -> anyhow::Result<()> {
        let admin_key_hash = hex::encode(digest(&SHA256, self.admin_key.as_bytes()));
        for (parameter, value) in [
            ("AppSecretsParameter", &self.app_secret),
            ("VerifyTokenParameter", &self.verify_token),
            ("AccessTokenParameter", &self.access_token),
            ("AdminKeyParameter", &admin_key_hash),
            ("StripeKeyParameter", &self.stripe_key),
            ("StripeWebhookSecretsParameter", &self.stripe_webhook_secret),
        ] {
            aws.put_parameter(parts::parameter(template, parameter)?, value)?;
        }
        Ok(())
    }
}
