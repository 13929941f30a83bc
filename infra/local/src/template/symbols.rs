//! What `Ref` and `GetAtt` of each resource answer. Known before any property is read, so that resources may refer to each
//! other in any order. Names are formed here and nowhere else, close to the names that CloudFormation would generate.

use std::collections::BTreeMap;

use super::Resolver;
use super::context::STACK;

/// The resource types of the local stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Alarm,
    Bucket,
    Function,
    HttpApi,
    LivePart(Part),
    LogGroup,
    Queue,
    Table,
}

/// What a WebSocket API is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Api,
    Integration,
    Permission,
    Route,
    Stage,
}

/// Resource types as the template spells them.
pub(super) const KINDS: [(&str, Kind); 12] = [
    ("AWS::ApiGatewayV2::Api", Kind::LivePart(Part::Api)),
    ("AWS::ApiGatewayV2::Integration", Kind::LivePart(Part::Integration)),
    ("AWS::ApiGatewayV2::Route", Kind::LivePart(Part::Route)),
    ("AWS::ApiGatewayV2::Stage", Kind::LivePart(Part::Stage)),
    ("AWS::CloudWatch::Alarm", Kind::Alarm),
    ("AWS::DynamoDB::Table", Kind::Table),
    ("AWS::Lambda::Permission", Kind::LivePart(Part::Permission)),
    ("AWS::Logs::LogGroup", Kind::LogGroup),
    ("AWS::S3::Bucket", Kind::Bucket),
    ("AWS::SQS::Queue", Kind::Queue),
    ("AWS::Serverless::Function", Kind::Function),
    ("AWS::Serverless::HttpApi", Kind::HttpApi),
];

#[derive(Clone, Debug)]
pub(super) struct Symbol {
    pub(super) kind: Kind,
    pub(super) reference: String,
    attributes: Vec<(&'static str, String)>,
}

/// By logical id.
#[derive(Default)]
pub(super) struct Symbols(pub(super) BTreeMap<String, Symbol>);

/// The properties that decide about a resource's name and attributes.
#[derive(Clone, Copy)]
pub(super) struct Traits {
    /// SQS asks of a FIFO queue that its name ends in `.fifo`.
    pub(super) fifo: bool,
    /// Only a table with a stream has the ARN of one.
    pub(super) stream: bool,
}

impl Symbols {
    pub(super) fn get(&self, logical_id: &str) -> Option<&Symbol> {
        self.0.get(logical_id)
    }

    /// Logical id of the resource of this kind whose attribute has this value.
    pub(super) fn find(&self, kind: Kind, attribute: &str, value: &str) -> Option<&str> {
        let mut ids = self.0.iter().filter(|(_, symbol)| {
            symbol.kind == kind && symbol.attribute(attribute).is_some_and(|found| found == value)
        });
        ids.next().map(|(id, _)| id.as_str())
    }
}

impl Symbol {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn attribute_names(&self) -> String {
        let names: Vec<&str> = self.attributes.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    pub(super) fn new(kind: Kind, logical_id: &str, traits: Traits, env: &Resolver) -> Self {
        let Resolver { region, account, aws_endpoint, api_endpoint, live_endpoint } = env;
        let name = format!("{STACK}-{logical_id}");
        let (reference, attributes) = match kind {
            Kind::Alarm => {
                let arn = format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}");
                (name, vec![("Arn", arn)])
            }
            Kind::Bucket => {
                let name = name.to_ascii_lowercase();
                let arn = format!("arn:aws:s3:::{name}");
                (name, vec![("Arn", arn)])
            }
            Kind::Function => {
                let arn = format!("arn:aws:lambda:{region}:{account}:function:{name}");
                (name, vec![("Arn", arn)])
            }
            Kind::HttpApi => (name, vec![("ApiEndpoint", api_endpoint.clone())]),
            Kind::LivePart(Part::Api) => (name, vec![("ApiEndpoint", live_endpoint.clone())]),
            Kind::LivePart(Part::Integration | Part::Permission | Part::Route | Part::Stage) => (name, Vec::new()),
            Kind::LogGroup => {
                let arn = format!("arn:aws:logs:{region}:{account}:log-group:{name}:*");
                (name, vec![("Arn", arn)])
            }
            Kind::Queue => {
                let name = if traits.fifo { format!("{name}.fifo") } else { name };
                let arn = format!("arn:aws:sqs:{region}:{account}:{name}");
                let url = format!("{aws_endpoint}/{account}/{name}");
                (url.clone(), vec![("Arn", arn), ("QueueName", name), ("QueueUrl", url)])
            }
            Kind::Table => {
                let arn = format!("arn:aws:dynamodb:{region}:{account}:table/{name}");
                let mut attributes = vec![("Arn", arn.clone())];
                if traits.stream {
                    // AWS names a stream by the time of its creation; this one has none before the table exists.
                    attributes.push(("StreamArn", format!("{arn}/stream/2026-01-01T00:00:00.000")));
                }
                (name, attributes)
            }
        };
        Self { kind, reference, attributes }
    }
}
