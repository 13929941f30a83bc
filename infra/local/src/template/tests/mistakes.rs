//! Mistakes that a template can hold, each with the line that it is made on and the beginning of what is said about it.

use super::{SOURCE, complaints};

/// A line of the repository's template (its first occurrence), what it is changed to, and the complaint.
const ONE_LINE: &[(&str, &str, &str)] = &[
    (
        "      VisibilityTimeout: 720",
        "      VisibilityTimeOut: 720",
        "ContactImportQueue: VisibilityTimeOut is not understood; understood: FifoQueue, ",
    ),
    (
        "      VisibilityTimeout: 180",
        "      VisibilityTimeout: 43201",
        "SendQueue: VisibilityTimeout is 43201; understood: a whole number from 0 to 43200",
    ),
    (
        "      VisibilityTimeout: 180",
        "      VisibilityTimeout:",
        "SendQueue: VisibilityTimeout: expected a single value, found nothing",
    ),
    (
        "    Type: AWS::S3::Bucket",
        "    Type: AWS::S3::Buckett",
        "LargeAtoms: Type is AWS::S3::Buckett; understood: AWS::ApiGatewayV2::Api, AWS::ApiGatewayV2::Integration, ",
    ),
    (
        "      ProtocolType: WEBSOCKET",
        "      ProtocolType: HTTP",
        "LiveApi: ProtocolType is HTTP; understood: WEBSOCKET",
    ),
    (
        "      Target: !Sub integrations/${LiveIntegration}",
        "      Target: integrations/other",
        "Target integrations/other is not integrations/ and an integration of this template",
    ),
    ("      AutoDeploy: true", "      AutoDeploy: false", "LiveStage: AutoDeploy is false; understood: true"),
    (
        "    DeletionPolicy: Retain",
        "    DeletionPolice: Retain",
        "Table: DeletionPolice is not understood; understood: Type, DeletionPolicy, ",
    ),
    (
        "          Type: Schedule",
        "          Type: ScheduleV2",
        "TemplateSyncFunction.Daily: Type is ScheduleV2; understood: DynamoDB, HttpApi, SQS, Schedule",
    ),
    (
        "            Schedule: rate(1 minute)",
        "            Schedule: rate(1 minutes)",
        "WindowExpiryFunction.EveryMinute: Schedule rate(1 minutes); understood: rate(1 minute)",
    ),
    (
        "            Method: POST",
        "            Method: post",
        "WebhookIngestFunction.Webhook: Method is post; understood: ANY, ",
    ),
    (
        "            Method: POST",
        "            Method: GET",
        "WebhookIngestFunction.Webhook: GET /webhooks/whatsapp is routed already",
    ),
    (
        "            Path: /v1/{proxy+}",
        "            Path: /v1/{proxy+}/x",
        "ApiFunction.Rest: Path /v1/{proxy+}/x; understood: ",
    ),
    (
        "            Queue: !GetAtt SendQueue.Arn",
        "            Queue: !GetAtt SentQueue.Arn",
        "SentQueue is not a resource of this template",
    ),
    (
        "            Queue: !GetAtt SendQueue.Arn",
        "            Queue: !GetAtt SendQueue.ARN",
        "SendQueue has no attribute ARN; understood: Arn, QueueName, QueueUrl",
    ),
    (
        "            Queue: !GetAtt SendQueue.Arn",
        "            Queue: !Ref SendQueue",
        "MessageSendFunction.Sends: Queue http://127.0.0.1:4566/000000000000/casement-SendQueue.fifo is not a queue",
    ),
    (
        "          TABLE: !Ref Table",
        "          TABLE: !Ref Tabel",
        "Tabel is neither a parameter nor a resource of this template",
    ),
    (
        "          TABLE: !Ref Table",
        "          TABLE: !ImportValue Table",
        "Fn::ImportValue is not understood; understood: Ref, ",
    ),
    (
        "          TABLE: !Ref Table",
        "          AWS_REGION: !Ref Table",
        "InboundApplyFunction.Environment: Lambda sets AWS_REGION itself",
    ),
    (
        "              Resource: !Sub ${Table.Arn}/index/due",
        "              Resource: !Sub ${Tabel.Arn}/index/due",
        "Tabel is not a resource of this template",
    ),
    (
        "              Action: s3:PutObject",
        "              Actions: s3:PutObject",
        "WebhookIngestFunction.Policies.Statement: Actions is not understood; understood: Sid, Effect, Action, Resource",
    ),
    (
        "              Action: s3:PutObject",
        "              Action: ec2:RunInstances",
        "WebhookIngestFunction.Policies.Statement: Action ec2:RunInstances is not understood; understood: service:Name of ",
    ),
    (
        "              Action: s3:PutObject",
        "              Condition: { Bool: { \"aws:SecureTransport\": true } }",
        "WebhookIngestFunction.Policies.Statement: Condition is not understood; ",
    ),
    (
        "      CodeUri: ../functions/api",
        "      CodeUri: ../functions/apy",
        "ApiFunction: CodeUri ../functions/apy is not the folder of a crate",
    ),
    (
        "      Timeout: 120",
        "      Timeout: 901",
        "ContactImportFunction: Timeout is 901; understood: a whole number from 1 to 900",
    ),
    (
        "    Runtime: provided.al2023",
        "    Runtime: python3.13",
        "ApiFunction: Runtime is python3.13; understood: provided.al2023",
    ),
    ("    MemorySize: 128", "    MemorySise: 128", "ApiFunction: MemorySise is not understood; "),
    (
        "  HasAlarmTopic: !Not [!Equals [!Ref AlarmTopicArn, \"\"]]",
        "  HasAlarmTopic: !Exists AlarmTopicArn",
        "Fn::Exists is not understood as a condition; understood: Fn::Equals, Fn::Not",
    ),
    (
        "      AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopicArn], !Ref AWS::NoValue]",
        "      AlarmActions: !If [HasTopic, [], !Ref AWS::NoValue]",
        "HasTopic is not a condition of this template",
    ),
    (
        "      BillingMode: PAY_PER_REQUEST",
        "      BillingMode: PROVISIONED",
        "Table: BillingMode is PROVISIONED; understood: PAY_PER_REQUEST",
    ),
    (
        "        - { AttributeName: due_sk, AttributeType: S }",
        "        - { AttributeName: due_at, AttributeType: S }",
        "Table: AttributeDefinitions: due_at is no key of the table or of an index",
    ),
    (
        "            - { AttributeName: due_sk, KeyType: RANGE }",
        "            - { AttributeName: due_sk, KeyType: HASH }",
        "Table.GlobalSecondaryIndexes.KeySchema: understood: one HASH key, and after it at most one RANGE key",
    ),
    (
        "        deadLetterTargetArn: !GetAtt SendDeadLetters.Arn",
        "        deadLetterTargetArn: !GetAtt RelayFailuresQueue.Arn",
        "SendQueue.RedrivePolicy: the dead-letter queue of a FIFO queue must be FIFO",
    ),
    (
        "Outputs:",
        "Mappings: {}\nOutputs:",
        "the template: Mappings is not understood; understood: AWSTemplateFormatVersion, ",
    ),
];

#[test]
fn a_mistake_in_the_template_is_reported_with_its_line() {
    for (line, replacement, expected) in ONE_LINE {
        let at = SOURCE.lines().position(|candidate| candidate == *line).unwrap_or_else(|| panic!("no line {line}"));
        let changed: Vec<&str> =
            SOURCE.lines().enumerate().map(|(number, old)| if number == at { replacement } else { old }).collect();
        let found = complaints(&changed.join("\n"));
        let wanted = format!("{}: {expected}", at + 1);
        assert!(found.iter().any(|complaint| complaint.starts_with(&wanted)), "wanted {wanted}\nfound {found:#?}");
    }
}

/// Whole templates, with everything that is said about them.
const WHOLE: &[(&str, &[&str])] = &[
    ("", &["1: the template is empty"]),
    ("a: [", &["2: not valid YAML: while parsing a node, did not find expected node content"]),
    (
        "Transform: x\n",
        &[
            "1: the template: Resources is missing",
            "1: the template: Transform is x; understood: AWS::Serverless-2016-10-31",
        ],
    ),
    (
        "Transform: AWS::Serverless-2016-10-31\nResources: {}\n---\nResources: {}\n",
        &["3: a template is one YAML document; a second one begins here"],
    ),
    (
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Q: &queue
    Type: AWS::SQS::Queue
    Type: AWS::SQS::Queue
  P: *queue
  R: !!map {}
",
        &[
            "3: CloudFormation knows no YAML anchors (&name)",
            "5: Type is given twice",
            "6: CloudFormation knows no YAML aliases (*name)",
            "7: the tag tag:yaml.org,2002:!map is not one of CloudFormation's",
        ],
    ),
    (
        "Transform: AWS::Serverless-2016-10-31
Parameters:
  Size: { Type: Number, Default: big }
  Name: { Type: String }
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      FifoThroughputLimit: perQueue
      DelaySeconds: [1]
      MessageRetentionPeriod: { Ref: Size, Fn::Sub: x }
      MaximumMessageSize: !Sub ${Size
      RedrivePolicy: { deadLetterTargetArn: !Join [':', [arn, !Ref AWS::Region]], maxReceiveCount: 5 }
Outputs:
  A: { Value: !GetAtt Q }
",
        &[
            "3: Size: big is not a whole number",
            "4: Name: has no default, and no value is given for it",
            "9: Q: FifoThroughputLimit is for FIFO queues only",
            "10: Q: DelaySeconds: expected a single value, found a list",
            "11: Ref must stand alone in its map",
            "12: Fn::Sub: a ${ without its }",
            "13: Q.RedrivePolicy: deadLetterTargetArn arn:eu-central-1 is not a queue of this template",
            "15: Fn::GetAtt takes Resource.Attribute",
        ],
    ),
];

#[test]
fn all_mistakes_are_reported_together_in_the_order_of_their_lines() {
    for (text, expected) in WHOLE {
        assert_eq!(complaints(text), *expected, "{text}");
    }
}
