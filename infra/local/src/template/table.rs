//! A DynamoDB table on demand, with its global secondary indexes, stream and expiry.

use std::collections::BTreeMap;

use super::fields::{Fields, Text};
use super::model::{AttributeType, Index, KeyAttribute, Projection, Table};
use super::symbols::Symbol;

/// Attribute definitions by name, with their lines.
type Attributes = BTreeMap<String, (usize, AttributeType)>;

const STREAM_VIEWS: [(&str, &str); 4] = [
    ("KEYS_ONLY", "KEYS_ONLY"),
    ("NEW_IMAGE", "NEW_IMAGE"),
    ("OLD_IMAGE", "OLD_IMAGE"),
    ("NEW_AND_OLD_IMAGES", "NEW_AND_OLD_IMAGES"),
];

pub(super) fn read(logical_id: &str, symbol: &Symbol, mut fields: Fields<'_>) -> Option<Table> {
    fields.needs(&["AttributeDefinitions", "BillingMode", "KeySchema"]);
    // Provisioned tables throttle by capacity, which the embedded database does not do.
    fields.choice("BillingMode", &[("PAY_PER_REQUEST", ())]);
    let attributes = attributes(&mut fields);
    let key = key_schema(&mut fields, &attributes);
    let arn = symbol.attribute("Arn")?;
    let indexes: Vec<Index> = fields
        .items("GlobalSecondaryIndexes")
        .into_iter()
        .filter_map(|index| self::index(index, arn, &attributes))
        .collect();

    let stream_view = fields.fields("StreamSpecification").and_then(|mut stream| {
        stream.needs(&["StreamViewType"]);
        stream.choice("StreamViewType", &STREAM_VIEWS)
    });
    let ttl_attribute = fields.fields("TimeToLiveSpecification").and_then(|mut ttl| {
        ttl.needs(&["AttributeName", "Enabled"]);
        let name = ttl.text("AttributeName");
        ttl.boolean("Enabled").filter(|enabled| *enabled).and(name)
    });
    if let Some(mut recovery) = fields.fields("PointInTimeRecoverySpecification") {
        recovery.boolean("PointInTimeRecoveryEnabled");
    }

    let (partition_key, sort_key) = key?;
    let keys = indexes.iter().flat_map(|index| [Some(&index.partition_key), index.sort_key.as_ref()]);
    let used: Vec<&KeyAttribute> = keys.chain([Some(&partition_key), sort_key.as_ref()]).flatten().collect();
    for (name, (line, _)) in &attributes {
        if !used.iter().any(|key| key.name == *name) {
            fields.report(*line, format!("AttributeDefinitions: {name} is no key of the table or of an index"));
        }
    }
    Some(Table {
        logical_id: logical_id.to_owned(),
        name: symbol.reference.clone(),
        arn: arn.to_owned(),
        partition_key,
        sort_key,
        indexes,
        stream_view: stream_view.map(str::to_owned),
        ttl_attribute: ttl_attribute.map(|name| name.value),
    })
}

fn attributes(fields: &mut Fields<'_>) -> Attributes {
    let types = [("S", AttributeType::String), ("N", AttributeType::Number), ("B", AttributeType::Binary)];
    let mut attributes = Attributes::new();
    for mut definition in fields.items("AttributeDefinitions") {
        definition.needs(&["AttributeName", "AttributeType"]);
        let name = definition.text("AttributeName");
        let kind = definition.choice("AttributeType", &types);
        if let (Some(Text { line, value }), Some(kind)) = (name, kind) {
            attributes.insert(value, (line, kind));
        }
    }
    attributes
}

/// A partition key, and after it perhaps a sort key.
fn key_schema(fields: &mut Fields<'_>, attributes: &Attributes) -> Option<(KeyAttribute, Option<KeyAttribute>)> {
    let mut keys = Vec::new();
    for mut element in fields.items("KeySchema") {
        element.needs(&["AttributeName", "KeyType"]);
        let name = element.text("AttributeName")?;
        let partition = element.choice("KeyType", &[("HASH", true), ("RANGE", false)])?;
        if partition != keys.is_empty() || keys.len() > 1 {
            element.report(element.line, "understood: one HASH key, and after it at most one RANGE key");
            return None;
        }
        let Some((_, kind)) = attributes.get(&name.value) else {
            element.report(name.line, format!("{} is not among the AttributeDefinitions", name.value));
            return None;
        };
        keys.push(KeyAttribute { name: name.value, kind: *kind });
    }
    let mut keys = keys.into_iter();
    Some((keys.next()?, keys.next()))
}

fn index(mut fields: Fields<'_>, table_arn: &str, attributes: &Attributes) -> Option<Index> {
    fields.needs(&["IndexName", "KeySchema", "Projection"]);
    let name = fields.text("IndexName");
    let key = key_schema(&mut fields, attributes);
    let projection = fields.fields("Projection").and_then(projection);
    let name = name?.value;
    let (partition_key, sort_key) = key?;
    Some(Index { arn: format!("{table_arn}/index/{name}"), name, partition_key, sort_key, projection: projection? })
}

fn projection(mut fields: Fields<'_>) -> Option<Projection> {
    fields.needs(&["ProjectionType"]);
    let projected = fields.text("ProjectionType")?;
    let words = [("ALL", "ALL"), ("KEYS_ONLY", "KEYS_ONLY"), ("INCLUDE", "INCLUDE")];
    match fields.choose("ProjectionType", &projected, &words)? {
        "ALL" => Some(Projection::All),
        "KEYS_ONLY" => Some(Projection::KeysOnly),
        _ => {
            fields.needs(&["NonKeyAttributes"]);
            let names = fields.texts("NonKeyAttributes");
            Some(Projection::Include(names.into_iter().map(|name| name.value).collect()))
        }
    }
}
