//! The start of a function: its environment and its clients.
use std::future::Future;
use std::path::Path;
use std::process::ExitCode;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig};
use net::{Aws, Http};
use queue::Queue;

use crate::fatal::{Fatal, chain};
use crate::secret::Secret;
use crate::{clock, log};

/// Runs `main` to its end, which for a Lambda function is the end of its environment.
pub fn start<F: Future<Output = Result<(), Fatal>>>(main: impl FnOnce(Boot) -> F) -> ExitCode {
    log::install();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(async { main(Boot::from_environment()?).await }),
        Err(error) => Err(Fatal::set_up("tokio", error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fatal) => {
            tracing::error!(error = chain(&fatal), "the function could not start");
            ExitCode::FAILURE
        }
    }
}

/// What a function is built from. Clones of a client share its connections.
pub struct Boot {
    pub http: Http,
    pub aws: Aws,
    credentials: Credentials,
    region: String,
    endpoint: Option<String>,
}

#[expect(clippy::disallowed_methods, reason = "this is the seam")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn required(name: &str) -> Result<String, Fatal> {
    variable(name).ok_or_else(|| Fatal::Variable { name: name.to_owned() })
}

impl Boot {
    /// Reads the variables that Lambda and the SDKs define.
    fn from_environment() -> Result<Boot, Fatal> {
        let bundle = variable("AWS_CA_BUNDLE");
        let http = Http::new(bundle.as_deref().map(Path::new)).map_err(|error| Fatal::set_up("HTTP", error))?;
        let (key, secret) = (required("AWS_ACCESS_KEY_ID")?, required("AWS_SECRET_ACCESS_KEY")?);
        let credentials = Credentials::new(key, secret, variable("AWS_SESSION_TOKEN"), None, "environment");
        let region = required("AWS_REGION")?;
        let endpoint = variable("AWS_ENDPOINT_URL");
        let aws = Aws::new(http.clone(), region.clone(), credentials.clone(), endpoint.clone(), clock::system_now);
        Ok(Boot { http, aws, credentials, region, endpoint })
    }

    /// A variable of the template.
    pub fn env(&self, name: &str) -> Result<String, Fatal> {
        required(name)
    }

    pub fn secret(&self, parameter: String) -> Secret {
        Secret::new(self.aws.clone(), parameter)
    }

    pub fn queue(&self, url: String) -> Queue {
        Queue::new(self.aws.clone(), url)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the seam")]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            // The credentials never change and the answers are read whole: what guards renewal and streams is only cost.
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(self.endpoint.clone());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// Opens the connection that the first call to the table will use.
    pub async fn warm_dynamodb(&self) {
        let origin = match &self.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => format!("https://dynamodb.{}.amazonaws.com", self.region),
        };
        if let Ok(origin) = format!("{}/", origin.trim_end_matches('/')).parse() {
            self.http.warm(&origin).await;
        }
    }
}
