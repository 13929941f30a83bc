//! The table alone: the embedded DynamoDB as the template describes it, and our store over it, in this process.
//!
//! Guarantee: nothing is tried again on the way, so that a fault which meets a call ends the operation there, as the end of its
//! process would.
use std::collections::BTreeMap;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use local::aws::{ACCOUNT, Aws, Principal, REGION, Serving};
use local::iam::{Effect, Policy, Statement};
use local::template::{self, Resolver};
use local::workspace::Workspace;
use store::Store;
use tokio::net::TcpListener;

/// Whose calls faults and the meter know by this name.
pub const CALLER: &str = "Ledger";

pub struct Table {
    pub aws: Aws,
    pub store: Store,
    _serving: Serving,
}

impl Table {
    pub async fn start() -> Table {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let resolver = Resolver {
            region: REGION.to_owned(),
            account: ACCOUNT.to_owned(),
            aws_endpoint: endpoint.clone(),
            api_endpoint: endpoint.clone(),
            live_endpoint: "ws://127.0.0.1:3".to_owned(),
        };
        let mut template = template::load(&Workspace::find().unwrap().template(), &BTreeMap::new(), &resolver).unwrap();
        // Nobody reads the stream here, and one that is not read makes every write slower than the one before.
        template.tables.values_mut().for_each(|table| table.stream_view = None);
        let name = template.tables.values().next().unwrap().name.clone();
        let aws = Aws::open(None).unwrap();
        aws.provision(&template).unwrap();
        Table::at(aws, name, listener)
    }

    /// The table of a stack that runs already.
    pub async fn of(aws: Aws, name: String) -> Table {
        Table::at(aws, name, TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn at(aws: Aws, name: String, listener: TcpListener) -> Table {
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let client = client(&aws, &endpoint);
        let serving = aws.serve(listener);
        Table { aws, store: Store::new(client, name), _serving: serving }
    }
}

/// For somebody who may do everything at an AWS that is served at `endpoint`.
pub fn client(aws: &Aws, endpoint: &str) -> Client {
    let principal = principal();
    let credentials = Credentials::new(&principal.access_key_id, &principal.secret_access_key, None, None, "test");
    aws.principals().register(principal);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .http_client(net::Http::new(None).unwrap())
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// One who may do everything.
fn principal() -> Principal {
    let all = vec!["*".to_owned()];
    let statement = Statement { effect: Effect::Allow, actions: all.clone(), resources: all, line: 1 };
    Principal {
        access_key_id: "LOCAL".to_owned(),
        secret_access_key: "a secret".to_owned(),
        session_token: None,
        function: CALLER.to_owned(),
        role: format!("{CALLER}Role"),
        policy: Policy(vec![statement]),
    }
}
