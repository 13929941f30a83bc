//! The start of a function: its environment and its clients.
use std::future::Future;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig};
use net::{Allowed, Aws, Http, Outside};
use queue::Queue;
use send_wrapper::SendWrapper;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

use crate::fatal::{Fatal, chain};
use crate::runtime_api::{End, RuntimeApi};
use crate::secret::Secret;
use crate::vault::Vault;
use crate::{clock, log};

/// Runs `main` to its end, which for a Lambda function is the end of its environment.
pub fn start<F: Future<Output = Result<(), Fatal>> + 'static>(main: impl FnOnce(Boot) -> F) -> ExitCode {
    log::install();
    exit(executor().and_then(|executor| executor.block_on(apart(main(Boot::from_environment()?)))?))
}

/// As [`start`], for a function whose processor time counts: the events come over a connection of our own.
pub fn serve<S, I, O, F>(init: impl AsyncFnOnce(&Boot) -> Result<S, Fatal>, handle: fn(Rc<S>, I) -> F) -> ExitCode
where
    S: 'static,
    I: DeserializeOwned,
    O: Serialize + 'static,
    F: Future<Output = O> + 'static,
{
    log::install();
    exit(serve_events(init, handle))
}

fn serve_events<S, I, O, F>(
    init: impl AsyncFnOnce(&Boot) -> Result<S, Fatal>,
    handle: fn(Rc<S>, I) -> F,
) -> Result<(), Fatal>
where
    S: 'static,
    I: DeserializeOwned,
    O: Serialize + 'static,
    F: Future<Output = O> + 'static,
{
    let lambda = |error: io::Error| Fatal::Lambda(error.into());
    let executor = executor()?;
    let function = Rc::new(executor.block_on(async { init(&Boot::from_environment()?).await })?);
    let mut api = RuntimeApi::connect(required("AWS_LAMBDA_RUNTIME_API")?).map_err(lambda)?;
    loop {
        let invocation = api.next().map_err(lambda)?;
        let outcome = match serde_json::from_slice(invocation.event) {
            Ok(event) => executor.block_on(apart(handle(function.clone(), event))).map_err(|error| chain(&error)),
            Err(error) => Err(format!("the event cannot be read: {error}")),
        };
        let answer = outcome.and_then(|answer| serde_json::to_vec(&answer).map_err(|error| error.to_string()));
        let (end, body) = match answer {
            Ok(body) => (End::Response, body),
            Err(message) => {
                tracing::error!(error = message, "an event could not be answered");
                let error = serde_json::json!({"errorType": "Unanswered", "errorMessage": message});
                (End::Error, error.to_string().into_bytes())
            }
        };
        let request_id = invocation.request_id;
        api.answer(&request_id, end, &body).map_err(lambda)?;
    }
}

fn executor() -> Result<Runtime, Fatal> {
    Builder::new_current_thread().enable_all().build().map_err(|error| Fatal::set_up("tokio", error))
}

/// As a task of its own: the future that the thread itself blocks on costs two system calls more each time it is woken.
async fn apart<F: Future<Output: 'static> + 'static>(future: F) -> Result<F::Output, Fatal> {
    let task = tokio::spawn(SendWrapper::new(async { SendWrapper::new(future.await) }));
    task.await.map(SendWrapper::take).map_err(|error| Fatal::Lambda(error.into()))
}

fn exit(outcome: Result<(), Fatal>) -> ExitCode {
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
    ca_bundle: Option<String>,
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
        let ca_bundle = variable("AWS_CA_BUNDLE");
        let http = Http::new(ca_bundle.as_deref().map(Path::new)).map_err(|error| Fatal::set_up("HTTP", error))?;
        let (key, secret) = (required("AWS_ACCESS_KEY_ID")?, required("AWS_SECRET_ACCESS_KEY")?);
        let credentials = Credentials::new(key, secret, variable("AWS_SESSION_TOKEN"), None, "environment");
        let region = required("AWS_REGION")?;
        let endpoint = variable("AWS_ENDPOINT_URL");
        let aws = Aws::new(http.clone(), region.clone(), credentials.clone(), endpoint.clone(), clock::system_now);
        Ok(Boot { http, aws, credentials, region, endpoint, ca_bundle })
    }

    /// A variable of the template.
    pub fn env(&self, name: &str) -> Result<String, Fatal> {
        required(name)
    }

    pub fn secret(&self, parameter: String) -> Secret {
        Secret::new(self.aws.clone(), parameter)
    }

    /// Secrets under a path of SSM.
    pub fn vault(&self, path: String) -> Vault {
        Vault::new(self.aws.clone(), path)
    }

    pub fn queue(&self, url: String) -> Queue {
        Queue::new(self.aws.clone(), url)
    }

    /// The client for addresses that users gave; `allowed` is what the deployment lets them be.
    pub fn outside(&self, allowed: &str) -> Result<Outside, Fatal> {
        let allowed =
            Allowed::parse(allowed).ok_or_else(|| Fatal::Variable { name: "OUTSIDE_ADDRESSES".to_owned() })?;
        let bundle = self.ca_bundle.as_deref().map(Path::new);
        Outside::new(allowed, bundle).map_err(|error| Fatal::set_up("HTTP", error))
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
