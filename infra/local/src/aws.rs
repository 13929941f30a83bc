//! The part of AWS that the functions call, behind one endpoint on loopback and with AWS's own wire protocols: DynamoDB
//! with streams, SQS, SSM parameters, S3 objects, SES and the sockets of API Gateway. A call must be signed, and allowed by the caller's policy, as in the
//! cloud.
//!
//! The stack itself and the tests use what is `pub` here, within the process and unsigned.

mod authorize;
mod clock;
mod database;
mod digest;
mod dynamodb;
mod faults;
mod mail;
mod meter;
mod principals;
mod s3;
mod service;
mod sigv4;
mod sockets;
mod sqs;
mod ssm;
mod streams;
mod wire;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use clock::Clock;
pub use faults::{Fault, FaultAction, Faults};
pub use mail::{Letter, Mail};
pub use meter::{Caller, Meter, Usage};
pub use principals::{Principal, Principals};
pub use service::Failure;
pub use sockets::{Push, Sockets};
pub use sqs::{Depth, MessageAttribute, MessageAttributes, NewMessage, Received, Sent, Sqs};
pub use streams::Stream;

use crate::template::Template;
use database::Durability;
use dynamodb::DynamoDb;
use s3::Objects;
use ssm::Parameters;

/// The region that everything is in.
pub const REGION: &str = "us-east-1";
/// The account that everything belongs to.
pub const ACCOUNT: &str = "000000000000";

const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// Kills the process of the function with this logical id.
type Kill = Box<dyn Fn(&str) + Send + Sync>;

/// The embedded AWS. Clones share it.
#[derive(Clone)]
pub struct Aws(Arc<Inner>);

struct Inner {
    dynamodb: DynamoDb,
    sqs: Sqs,
    parameters: Parameters,
    objects: Objects,
    mail: Mail,
    sockets: Sockets,
    principals: Principals,
    faults: Faults,
    meter: Meter,
    kill: OnceLock<Kill>,
    clock: Clock,
    /// Holds the folder of a stack that keeps nothing; goes last, after all that is open in it.
    _scratch: Option<TempDir>,
}

impl Aws {
    /// Opens the state in `data`, creating what is missing, or in a folder of its own that goes with it.
    ///
    /// # Errors
    /// When the folder cannot be used; the message names it.
    pub fn open(data: Option<&Path>) -> anyhow::Result<Self> {
        Self::open_with_clock(data, Clock::system())
    }

    /// As [`Self::open`], with another clock for signatures, queues, parameters and objects.
    ///
    /// # Errors
    /// When the folder cannot be used; the message names it.
    pub fn open_with_clock(data: Option<&Path>, clock: Clock) -> anyhow::Result<Self> {
        let Some(folder) = data else {
            let scratch = TempDir::new().context("cannot create a temporary folder")?;
            let folder = scratch.path().to_owned();
            return Self::open_in(folder, Some(scratch), clock);
        };
        Self::open_in(folder.to_owned(), None, clock).with_context(|| {
            format!("the data folder {} cannot be used: name another, or remove it to start afresh", folder.display())
        })
    }

    fn open_in(folder: PathBuf, scratch: Option<TempDir>, clock: Clock) -> anyhow::Result<Self> {
        let durability = if scratch.is_some() { Durability::Scratch } else { Durability::Kept };
        std::fs::create_dir_all(&folder)?;
        let file = |name: &str| folder.join(name);
        Ok(Self(Arc::new(Inner {
            dynamodb: DynamoDb::open(&file("dynamodb.sqlite"), durability).context("dynamodb.sqlite")?,
            sqs: Sqs::open(&file("sqs.sqlite"), durability, clock.clone()).context("sqs.sqlite")?,
            parameters: Parameters::open(&file("ssm.sqlite"), durability, clock.clone()).context("ssm.sqlite")?,
            objects: Objects::open(file("s3"), clock.clone()).context("s3")?,
            mail: Mail::default(),
            sockets: Sockets::default(),
            principals: Principals::default(),
            faults: Faults::default(),
            meter: Meter::default(),
            kill: OnceLock::new(),
            clock,
            _scratch: scratch,
        })))
    }

    /// Creates the template's tables, queues and buckets; those that are there already keep what they hold.
    ///
    /// # Errors
    /// When a table in the data folder differs from the template's.
    pub fn provision(&self, template: &Template) -> anyhow::Result<()> {
        template.tables.values().try_for_each(|table| self.0.dynamodb.provision(table))?;
        template.queues.values().for_each(|queue| self.0.sqs.provision(queue));
        template.buckets.values().try_for_each(|bucket| self.0.objects.provision(bucket))?;
        if let Some(live) = &template.live {
            self.0.sockets.provision(&live.id, &live.stage);
        }
        Ok(())
    }

    /// Serves the endpoint on `listener` until the returned guard is dropped.
    #[must_use]
    pub fn serve(&self, listener: TcpListener) -> Serving {
        let aws = self.clone();
        Serving(tokio::spawn(async move {
            tokio::select! {
                Err(error) = wire::serve(aws.clone(), listener) => tracing::error!(%error, "the AWS endpoint ended"),
                () = sweep_forever(&aws) => {}
            }
        }))
    }

    /// Stores a `SecureString` parameter, over an earlier value.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn put_parameter(&self, name: &str, value: &str) -> Result<(), Failure> {
        self.0.parameters.put_secure(name, value)
    }

    /// Deletes the items whose time to live is over, which the endpoint otherwise does once a minute; answers how many.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn sweep_expired_items(&self) -> anyhow::Result<usize> {
        self.0.dynamodb.sweep_expired()
    }

    /// Names what kills the process of a function, given its logical id, when a fault says so. The first call counts.
    pub fn on_kill(&self, kill: impl Fn(&str) + Send + Sync + 'static) {
        self.0.kill.get_or_init(|| Box::new(kill));
    }

    fn kill(&self, function: &str) {
        if let Some(kill) = self.0.kill.get() {
            kill(function);
        }
    }

    /// The stream with this ARN.
    #[must_use]
    pub fn streams(&self, arn: &str) -> Stream {
        self.0.dynamodb.streams().stream(arn)
    }

    #[must_use]
    pub fn sqs(&self) -> &Sqs {
        &self.0.sqs
    }

    /// The letters that were sent.
    #[must_use]
    pub fn mail(&self) -> &Mail {
        &self.0.mail
    }

    #[must_use]
    pub fn sockets(&self) -> &Sockets {
        &self.0.sockets
    }

    #[must_use]
    pub fn principals(&self) -> &Principals {
        &self.0.principals
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.0.meter
    }

    fn dynamodb(&self) -> &DynamoDb {
        &self.0.dynamodb
    }

    fn parameters(&self) -> &Parameters {
        &self.0.parameters
    }

    fn objects(&self) -> &Objects {
        &self.0.objects
    }

    fn clock(&self) -> &Clock {
        &self.0.clock
    }
}

async fn sweep_forever(aws: &Aws) {
    let mut interval = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        interval.tick().await;
        if let Err(error) = aws.sweep_expired_items() {
            tracing::error!(%error, "expired items could not be deleted");
        }
    }
}

/// The endpoint while it is served. Dropping it ends the endpoint and every connection to it.
#[derive(Debug)]
pub struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}
