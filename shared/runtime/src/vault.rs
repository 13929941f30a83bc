//! Secrets that are made, or given, while Casement runs: an SSM SecureString each, under one path.
//!
//! Guarantee: what is under a name never changes, so what was read once is good for ever; whoever only writes them needs no
//! permission to read them.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use net::{Aws, AwsError, Service};
use serde_json::{Value, json};

use crate::secret::{Secret, SecretError};

#[derive(Debug, thiserror::Error)]
#[error("a secret could not be kept or removed")]
pub struct VaultError(#[from] AwsError);

#[derive(Clone)]
pub struct Vault {
    aws: Aws,
    path: String,
    read: Arc<Mutex<HashMap<String, Arc<str>>>>,
}

impl Vault {
    /// `path` begins with a slash and ends without one.
    pub fn new(aws: Aws, path: String) -> Vault {
        Vault { aws, path, read: Arc::default() }
    }

    fn parameter(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    /// A call whose answer was lost is made again, and keeps the same.
    pub async fn keep(&self, name: &str, value: &str) -> Result<(), VaultError> {
        let input = json!({"Name": self.parameter(name), "Value": value, "Type": "SecureString", "Overwrite": true});
        let _answer: Value = self.aws.json(Service::Ssm, "PutParameter", &input).await?;
        Ok(())
    }

    /// Removes it; also where it is gone already.
    pub async fn remove(&self, name: &str) -> Result<(), VaultError> {
        let input = json!({"Name": self.parameter(name)});
        match self.aws.json::<_, Value>(Service::Ssm, "DeleteParameter", &input).await {
            Ok(_) => Ok(()),
            Err(AwsError::Refused { code, .. }) if code == "ParameterNotFound" => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub async fn get(&self, name: &str) -> Result<Arc<str>, SecretError> {
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let value = Secret::new(self.aws.clone(), self.parameter(name)).get().await?;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value.clone());
        Ok(value)
    }
}
