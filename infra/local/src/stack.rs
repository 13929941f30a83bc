//! A whole Casement on one machine, in process: the embedded AWS, the functions behind Lambda's and API Gateway's interfaces,
//! event source mappings, schedules and the simulated WhatsApp, wired as the template says.
//!
//! A stack that is dropped, or whose process dies, leaves no function process behind.

mod options;
mod parts;
mod quiesce;
mod secrets;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::time::Duration;

use serde_json::Value;
use simulator::Simulator;

pub use options::Options;
pub use quiesce::Unrest;
pub use secrets::Secrets;

use crate::aws::{ACCOUNT, Aws, REGION, Serving};
use crate::client::Caller;
use crate::http_api::HttpApi;
use crate::lambda::{InvokeError, Lambda};
use crate::live_api::LiveFront;
use crate::mapping::{Hold, Holds, Mappings};
use crate::schedule::{Pace, Schedules};
use crate::seed::{self, Channel};
use crate::template::{self, Template};
use parts::Listeners;

/// How long what is under way may take to end when a stack is shut down.
const GRACE: Duration = Duration::from_secs(2);

/// A running stack.
pub struct Stack {
    template: Template,
    secrets: Secrets,
    aws: Aws,
    lambda: Lambda,
    schedules: Schedules,
    simulator: Option<Simulator>,
    channel: Option<Channel>,
    webhook_url: String,
    stripe_webhook_url: String,
    graph_url: String,
    live_url: Option<String>,
    front: Option<HttpApi>,
    live: Option<LiveFront>,
    mappings: Option<Mappings>,
    holds: Holds,
    _endpoint: Serving,
    /// Held for as long as the data folder is in use.
    _lock: Option<File>,
}

impl Stack {
    /// Starts everything. Function processes start with their first invocation.
    ///
    /// # Errors
    /// One message that says what to change: a port that is taken, a data folder that is in use or damaged, a template that is
    /// not understood (with its line), a binary that is missing, a seed that failed.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let lock = options.data.as_deref().map(parts::lock).transpose()?;
        let secrets = Secrets::open(options.data.as_deref())?;
        let listeners = Listeners::bind(options.port).await?;
        let simulator = match options.graph_url {
            Some(_) => None,
            None => Some(Simulator::start(parts::simulator_config(&options, &secrets)).await?),
        };
        let graph_url =
            options.graph_url.clone().or_else(|| simulator.as_ref().map(Simulator::base_url)).unwrap_or_default();
        let mut parameters = options.parameters.clone();
        parameters.insert("GraphUrl".to_owned(), graph_url.clone());
        // What is called from here is as a rule on this machine.
        parameters.entry("OutsideAddresses".to_owned()).or_insert_with(|| "any".to_owned());
        if let Some(simulator) = &simulator {
            parameters.insert("StripeUrl".to_owned(), simulator.stripe_url());
        }
        let template = template::load(&options.template, &parameters, &listeners.resolver()?)?;

        let aws = Aws::open(options.data.as_deref())?;
        aws.provision(&template)?;
        secrets.publish(&template, &aws)?;
        let lambda = parts::functions(&template, &aws, &options, &listeners.aws_url()?)?;
        aws.on_kill({
            let lambda = lambda.clone();
            move |function| lambda.kill(function)
        });
        let endpoint = aws.serve(listeners.aws);
        let front = HttpApi::serve(listeners.api, lambda.clone(), parts::routes(&template), ACCOUNT)?;
        let live = template.live.as_ref().map(|api| LiveFront::serve(listeners.live, &lambda, aws.sockets(), api));
        let live_url = template.outputs.get("LiveUrl").cloned();
        let holds = Holds::default();
        let mappings = match options.poll {
            true => Some(Mappings::start(&template, &aws, &lambda, &holds, options.concurrency, options.time_scale)?),
            false => None,
        };
        let pace = Pace { running: options.schedules, speed: options.speed, time_scale: options.time_scale };
        let schedules = Schedules::start(&template, &lambda, ACCOUNT, REGION, pace);
        let webhook_url = parts::output(&template, "WebhookUrl")?;
        let stripe_webhook_url = parts::output(&template, "StripeWebhookUrl")?;
        let mut stack = Self {
            template,
            secrets,
            aws,
            lambda,
            schedules,
            simulator,
            channel: None,
            webhook_url,
            stripe_webhook_url,
            graph_url,
            live_url,
            front: Some(front),
            live,
            mappings,
            holds,
            _endpoint: endpoint,
            _lock: lock,
        };
        if options.seed {
            stack.seed(&options).await?;
        }
        Ok(stack)
    }

    /// Makes the simulator deliver to this stack, as Meta after its handshake and as Stripe, and connects its number as a channel.
    async fn seed(&mut self, options: &Options) -> anyhow::Result<()> {
        if let Some(simulator) = &self.simulator {
            simulator.set_webhook(&self.webhook_url).await?;
            simulator.set_stripe_webhook(&self.stripe_webhook_url)?;
            seed::template(simulator);
            seed::settings(&self.caller(), options.speed).await?;
        }
        // Nothing is booked where no queue is worked.
        if options.credits && options.poll {
            seed::credits(&self.caller()).await?;
        }
        self.connect_channel().await
    }

    /// Connects the simulator's number as a channel, through the API; nothing to do if it is.
    ///
    /// # Errors
    /// The API refused.
    pub async fn connect_channel(&mut self) -> anyhow::Result<()> {
        self.channel = Some(seed::channel(&self.caller()).await?);
        Ok(())
    }

    /// Base address of the HTTP API, without a slash at the end.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.front.as_ref().map(HttpApi::url).unwrap_or_default()
    }

    #[must_use]
    pub fn webhook_url(&self) -> &str {
        &self.webhook_url
    }

    /// Where Stripe tells its events.
    #[must_use]
    pub fn stripe_webhook_url(&self) -> &str {
        &self.stripe_webhook_url
    }

    /// What Stripe signs its events with.
    #[must_use]
    pub fn stripe_webhook_secret(&self) -> &str {
        &self.secrets.stripe_webhook_secret
    }

    /// Where sockets are opened, with a ticket; none if the template has no WebSocket API.
    #[must_use]
    pub fn live_url(&self) -> Option<&str> {
        self.live_url.as_deref()
    }

    /// Base address of the Graph API that the functions call: the simulator's, unless another was named.
    #[must_use]
    pub fn graph_url(&self) -> &str {
        &self.graph_url
    }

    /// A caller with the administrator's key.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller { api_url: self.api_url(), key: self.admin_key().to_owned() }
    }

    #[must_use]
    pub fn admin_key(&self) -> &str {
        &self.secrets.admin_key
    }

    #[must_use]
    pub fn app_secret(&self) -> &str {
        &self.secrets.app_secret
    }

    #[must_use]
    pub fn verify_token(&self) -> &str {
        &self.secrets.verify_token
    }

    /// The channel that was connected at the start; none without seeding.
    #[must_use]
    pub fn channel(&self) -> Option<&Channel> {
        self.channel.as_ref()
    }

    /// The embedded AWS: queues, streams, faults, the meter.
    #[must_use]
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The functions: their processes, their output.
    #[must_use]
    pub fn lambda(&self) -> &Lambda {
        &self.lambda
    }

    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The simulated WhatsApp; none when another Graph API was named.
    #[must_use]
    pub fn simulator(&self) -> Option<&Simulator> {
        self.simulator.as_ref()
    }

    /// Fires a schedule now, once, and waits. `name` is the schedule's, or its function's logical id or crate.
    ///
    /// # Errors
    /// As the invocation fails.
    pub async fn tick(&self, name: &str) -> Result<Value, InvokeError> {
        Ok(as_json(&self.schedules.tick(name).await?))
    }

    /// Invokes a function, named by its logical id or crate, and waits.
    ///
    /// # Errors
    /// As the invocation fails.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value, InvokeError> {
        Ok(as_json(&self.lambda.invoke(function, event.to_string()).await?))
    }

    /// From now on a function, named by its logical id, begins no batch of a queue or a stream until the hold is dropped.
    pub fn hold(&self, function: &str) -> Hold {
        self.holds.hold(function)
    }

    /// Waits until nothing is under way: no webhook on its way, no message in a queue that a function reads, no record in a
    /// stream, no invocation. Dead-letter queues may hold what they hold, and so may what a function reads that is held.
    ///
    /// # Errors
    /// What was still under way when the time was up.
    pub async fn quiesce(&self, limit: Duration) -> Result<(), Unrest> {
        quiesce::wait(self, limit).await
    }

    /// Ends everything and waits until it is gone.
    ///
    /// # Errors
    /// The simulator's state could not be kept.
    pub async fn shutdown(mut self) -> anyhow::Result<()> {
        let simulated = match self.simulator.take() {
            Some(simulator) => simulator.shutdown().await,
            None => Ok(()),
        };
        if let Some(mappings) = self.mappings.take() {
            mappings.shutdown(GRACE).await;
        }
        drop(self.live.take());
        if let Some(front) = self.front.take() {
            front.shutdown().await;
        }
        self.lambda.shutdown().await;
        simulated
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.lambda.abandon();
    }
}

/// A response as JSON; one that is not JSON as a string.
fn as_json(response: &[u8]) -> Value {
    serde_json::from_slice(response).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(response).into_owned()))
}
