//! A secret in SSM: read when first needed, cached, read again when it proved wrong. It cannot be printed.
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use net::{Aws, AwsError, Service};
use serde::Deserialize;

#[derive(Debug, thiserror::Error)]
#[error("the parameter {parameter} could not be read")]
pub struct SecretError {
    parameter: String,
    #[source]
    source: AwsError,
}

impl SecretError {
    /// There is no such parameter, which may be meant so.
    pub fn is_missing(&self) -> bool {
        matches!(&self.source, AwsError::Refused { code, .. } if code == "ParameterNotFound")
    }
}

#[derive(Clone)]
pub struct Secret {
    aws: Aws,
    parameter: String,
    cached: Arc<Mutex<Option<Arc<str>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    parameter: Parameter,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    value: String,
}

impl Secret {
    pub fn new(aws: Aws, parameter: String) -> Secret {
        Secret { aws, parameter, cached: Arc::default() }
    }

    /// The secret with a value that is known already; it is read from SSM only when it proves wrong.
    #[must_use]
    pub fn holding(self, value: String) -> Secret {
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.into());
        self
    }

    pub async fn get(&self) -> Result<Arc<str>, SecretError> {
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match cached {
            Some(value) => Ok(value),
            None => self.refresh().await,
        }
    }

    /// Reads the parameter anew: after an authentication failure the value may have been rotated.
    pub async fn refresh(&self) -> Result<Arc<str>, SecretError> {
        let input = serde_json::json!({"Name": self.parameter, "WithDecryption": true});
        let answer: Result<Answer, AwsError> = self.aws.json(Service::Ssm, "GetParameter", &input).await;
        let answer = answer.map_err(|source| SecretError { parameter: self.parameter.clone(), source })?;
        let value: Arc<str> = answer.parameter.value.into();
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.clone());
        Ok(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("parameter", &self.parameter).finish_non_exhaustive()
    }
}
