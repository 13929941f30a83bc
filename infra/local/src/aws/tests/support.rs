//! An endpoint with one table, two queues and one bucket, and a client that signs with AWS's own signer.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::aws::{ACCOUNT, Aws, Principal, REGION, Serving};
use crate::iam::{Effect, Policy, Statement};
use crate::template::{AttributeType, Bucket, Index, KeyAttribute, Projection, Queue, Redrive, Table, Template};
use crate::wall_clock;

pub(in crate::aws) const STREAM: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/Main/stream/now";

/// The endpoint, served on a port of its own.
pub(in crate::aws) struct Endpoint {
    pub(in crate::aws) aws: Aws,
    pub(in crate::aws) address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    _serving: Serving,
}

pub(in crate::aws) struct Reply {
    pub(in crate::aws) status: StatusCode,
    pub(in crate::aws) headers: HeaderMap,
    pub(in crate::aws) body: Bytes,
}

impl Reply {
    pub(in crate::aws) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(in crate::aws) fn code(&self) -> String {
        let body = self.json();
        body["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap().to_owned()
    }
}

impl Endpoint {
    /// An endpoint that knows [`api`], who may do everything.
    pub(in crate::aws) async fn start() -> Self {
        Self::over(Aws::open(None).unwrap()).await
    }

    pub(in crate::aws) async fn over(aws: Aws) -> Self {
        aws.provision(&template()).unwrap();
        aws.principals().register(api());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = aws.serve(listener);
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { aws, address, client, _serving: serving }
    }

    pub(in crate::aws) async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Reply, hyper_util::client::legacy::Error> {
        let response = self.client.request(request.map(Full::from)).await?;
        let (parts, body) = response.into_parts();
        Ok(Reply { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() })
    }

    /// A call of [`api`] that is answered.
    pub(in crate::aws) async fn call(&self, target: &str, body: Value) -> Reply {
        self.send(signed(&api(), self.json_request(target, &body), wall_clock::now_ms())).await.unwrap()
    }

    pub(in crate::aws) fn json_request(&self, target: &str, body: &Value) -> Request<Bytes> {
        Request::post(format!("http://{}/", self.address))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", target)
            .body(Bytes::from(body.to_string()))
            .unwrap()
    }
}

/// Signs for the service that the target names, or for S3.
pub(in crate::aws) fn signed(principal: &Principal, mut request: Request<Bytes>, at_ms: i64) -> Request<Bytes> {
    let target = request.headers().get("x-amz-target").map(|target| target.to_str().unwrap().to_owned());
    let service = match target.as_deref().and_then(|target| target.split('.').next()) {
        Some("AmazonSQS") => "sqs",
        Some("AmazonSSM") => "ssm",
        Some(_) => "dynamodb",
        None => "s3",
    };
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let identity = Credentials::new(
        &principal.access_key_id,
        &principal.secret_access_key,
        principal.session_token.clone(),
        None,
        "test",
    )
    .into();
    let time = UNIX_EPOCH + Duration::from_millis(u64::try_from(at_ms).unwrap());
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name(service)
        .time(time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let headers: Vec<(String, String)> =
        request.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.uri().to_string(),
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        SignableBody::Bytes(request.body()),
    );
    let (instructions, _) = sign(signable.unwrap(), &parameters).unwrap().into_parts();
    instructions.apply_to_request_http1x(&mut request);
    request
}

pub(in crate::aws) fn api() -> Principal {
    principal("Api", &[("*", "*")])
}

/// A function whose role allows the given actions, each on its resource.
pub(in crate::aws) fn principal(function: &str, allowed: &[(&str, &str)]) -> Principal {
    let statement = |(action, resource): &(&str, &str)| Statement {
        effect: Effect::Allow,
        actions: vec![(*action).to_owned()],
        resources: vec![(*resource).to_owned()],
        line: 1,
    };
    Principal {
        access_key_id: format!("LOCAL{function}"),
        secret_access_key: "a secret".to_owned(),
        session_token: Some("a token".to_owned()),
        function: function.to_owned(),
        role: format!("{function}Role"),
        policy: Policy(allowed.iter().map(statement).collect()),
    }
}

pub(in crate::aws) fn queue(name: &str) -> Queue {
    Queue {
        logical_id: name.to_owned(),
        name: name.to_owned(),
        arn: queue_arn(name),
        url: format!("http://localhost/{ACCOUNT}/{name}"),
        fifo: name.ends_with(".fifo"),
        visibility: Duration::from_secs(30),
        delay: Duration::ZERO,
        retention: Duration::from_secs(345_600),
        receive_wait: Duration::ZERO,
        maximum_message_size: 1_048_576,
        content_based_dedup: false,
        dedup_per_group: true,
        redrive: None,
    }
}

pub(in crate::aws) fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// A queue that gives up after two receives.
pub(in crate::aws) fn with_dead_letters(name: &str, dead_letters: &str) -> Queue {
    Queue { redrive: Some(Redrive { target_arn: queue_arn(dead_letters), max_receive_count: 2 }), ..queue(name) }
}

fn template() -> Template {
    let by_id = |queue: Queue| (queue.logical_id.clone(), queue);
    let bucket = Bucket {
        logical_id: "Large".to_owned(),
        name: "large".to_owned(),
        arn: "arn:aws:s3:::large".to_owned(),
        expire_after: Some(Duration::from_secs(86_400)),
    };
    Template {
        tables: BTreeMap::from([("Main".to_owned(), table())]),
        queues: BTreeMap::from([by_id(queue("In")), by_id(queue("In.fifo"))]),
        buckets: BTreeMap::from([("Large".to_owned(), bucket)]),
        ..Template::default()
    }
}

/// `Main`: keys `pk` and `sk`, indexes `list` and `due` with the keys only, a stream and a time to live.
pub(in crate::aws) fn table() -> Table {
    let key = |name: &str| KeyAttribute { name: name.to_owned(), kind: AttributeType::String };
    let arn = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Main");
    let index = |name: &str| Index {
        name: name.to_owned(),
        arn: format!("{arn}/index/{name}"),
        partition_key: key(&format!("{name}_pk")),
        sort_key: Some(key(&format!("{name}_sk"))),
        projection: Projection::KeysOnly,
    };
    Table {
        logical_id: "Main".to_owned(),
        name: "Main".to_owned(),
        indexes: vec![index("list"), index("due")],
        arn,
        partition_key: key("pk"),
        sort_key: Some(key("sk")),
        stream_view: Some("NEW_AND_OLD_IMAGES".to_owned()),
        ttl_attribute: Some("expires_at".to_owned()),
    }
}

/// An item of strings, as DynamoDB's JSON has it.
pub(in crate::aws) fn item(attributes: &[(&str, &str)]) -> Value {
    attributes.iter().map(|(name, value)| ((*name).to_owned(), json!({ "S": value }))).collect()
}
