//! The parts that a stack is put together from, each made from the template and the options.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use tokio::net::TcpListener;

use super::{Options, Secrets};
use crate::aws::{ACCOUNT, Aws, Principal, REGION};
use crate::http_api::Routes;
use crate::iam::Policy;
use crate::lambda::{FunctionSpec, Lambda};
use crate::random;
use crate::template::{Function, LogFormat, Resolver, Template};

/// Takes the data folder for this process, so that no second one writes into it.
pub(super) fn lock(folder: &Path) -> anyhow::Result<File> {
    let unusable = || format!("the data folder {} cannot be used: name another with --data", folder.display());
    fs::create_dir_all(folder).with_context(unusable)?;
    let file =
        File::options().create(true).truncate(false).write(true).open(folder.join("lock")).with_context(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!(
                "the data folder {} is in use by another Casement: end that one, or name another with --data",
                folder.display()
            )
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(unusable),
    }
}

/// The doors of a stack, bound before anything refers to their addresses.
pub(super) struct Listeners {
    pub(super) api: TcpListener,
    pub(super) aws: TcpListener,
    pub(super) live: TcpListener,
}

impl Listeners {
    pub(super) async fn bind(port: u16) -> anyhow::Result<Self> {
        let api = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
            if error.kind() == ErrorKind::AddrInUse {
                anyhow!("port {port} is taken: choose another with --port (0 takes any free one)")
            } else {
                anyhow!("cannot listen on port {port}: {error}")
            }
        })?;
        let aws = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot listen for the functions' calls of AWS")?;
        let live = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen for sockets")?;
        Ok(Self { api, aws, live })
    }

    pub(super) fn aws_url(&self) -> anyhow::Result<String> {
        Ok(url(self.aws.local_addr()?))
    }

    pub(super) fn resolver(&self) -> anyhow::Result<Resolver> {
        Ok(Resolver {
            region: REGION.to_owned(),
            account: ACCOUNT.to_owned(),
            aws_endpoint: self.aws_url()?,
            api_endpoint: url(self.api.local_addr()?),
            live_endpoint: format!("ws://{}", self.live.local_addr()?),
        })
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

pub(super) fn simulator_config(options: &Options, secrets: &Secrets) -> simulator::Config {
    let usual = simulator::Config::default();
    simulator::Config {
        access_token: secrets.access_token.clone(),
        app_secret: secrets.app_secret.clone(),
        verify_token: secrets.verify_token.clone(),
        stripe_key: secrets.stripe_key.clone(),
        stripe_webhook_secrets: vec![secrets.stripe_webhook_secret.clone()],
        data: options.data.clone(),
        speed: options.speed,
        retry: simulator::Retry {
            base: (usual.retry.base / options.time_scale.max(1)).max(Duration::from_millis(5)),
            ..usual.retry
        },
        ..usual
    }
}

/// The functions, each with credentials of its own that the endpoint knows and its policy binds.
pub(super) fn functions(template: &Template, aws: &Aws, options: &Options, aws_url: &str) -> anyhow::Result<Lambda> {
    let mut specs = Vec::new();
    for function in template.functions.values() {
        let program = options.binaries.join(&function.name);
        ensure!(
            program.is_file(),
            "the binary {} is missing: build the functions first (start without --no-build)",
            program.display()
        );
        let principal = principal(function);
        let mut environment = function.environment.clone();
        environment.extend(credentials(&principal, aws_url));
        aws.principals().register(principal);
        let reserved = function.reserved_concurrency.and_then(|reserved| usize::try_from(reserved).ok());
        specs.push(FunctionSpec {
            logical_id: function.logical_id.clone(),
            name: function.name.clone(),
            function_name: function.function_name.clone(),
            arn: function.arn.clone(),
            log_group: function.log_group.clone(),
            log_format: match function.log_format {
                LogFormat::Text => "Text",
                LogFormat::Json => "JSON",
            },
            program,
            region: REGION.to_owned(),
            memory_mb: function.memory_mb,
            timeout: function.timeout,
            environment,
            concurrency: reserved.unwrap_or(options.concurrency).max(1),
        });
    }
    Ok(Lambda::new(specs, options.print_output))
}

fn principal(function: &Function) -> Principal {
    Principal {
        access_key_id: format!("LOCAL{}", function.logical_id),
        secret_access_key: random::token::<20>(),
        session_token: Some(random::token::<32>()),
        function: function.logical_id.clone(),
        role: function.role_name.clone(),
        policy: Policy(function.statements.clone()),
    }
}

/// The variables by which every AWS client finds its credentials and its endpoint.
fn credentials(principal: &Principal, aws_url: &str) -> BTreeMap<String, String> {
    let token = principal.session_token.iter().map(|token| ("AWS_SESSION_TOKEN", token.as_str()));
    let variables = [
        ("AWS_ACCESS_KEY_ID", principal.access_key_id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", principal.secret_access_key.as_str()),
        ("AWS_ENDPOINT_URL", aws_url),
    ];
    variables.into_iter().chain(token).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub(super) fn routes(template: &Template) -> Routes {
    let mut routes = Routes::default();
    for function in template.functions.values() {
        for route in &function.routes {
            routes.add(&route.method, &route.path, &function.logical_id);
        }
    }
    routes
}

/// The value of a parameter that the local stack needs to know by name.
pub(super) fn parameter<'a>(template: &'a Template, name: &str) -> anyhow::Result<&'a str> {
    template.parameters.get(name).map(String::as_str).with_context(|| format!("the template has no parameter {name}"))
}

/// The value of an output that the local stack needs to know by name.
pub(super) fn output(template: &Template, name: &str) -> anyhow::Result<String> {
    template.outputs.get(name).cloned().with_context(|| format!("the template has no output {name}"))
}
