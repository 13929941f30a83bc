//! Creates the template's tables, with their indexes, streams and time to live.

use anyhow::bail;
use dynoxide::Database;
use serde_json::{Value, json};

use crate::template::{AttributeType, Index, KeyAttribute, Projection, Table};

/// Creates the table unless it is there. One that is there must have the keys and indexes of the template.
pub(super) fn provision(database: &Database, table: &Table) -> anyhow::Result<()> {
    let wanted = definition(table);
    if database.get_table_metadata(&table.name)?.is_none() {
        database.create_table(serde_json::from_value(wanted)?)?;
    } else {
        let described = database.describe_table(serde_json::from_value(json!({ "TableName": table.name }))?)?;
        let found = &serde_json::to_value(described)?["Table"];
        if shape(found) != shape(&wanted) {
            bail!(
                "the data folder holds it with other keys or indexes than the template has; \
                 name another folder or remove this one"
            );
        }
    }
    if let Some(attribute) = &table.ttl_attribute {
        let specification = json!({ "AttributeName": attribute, "Enabled": true });
        let current = database.get_table_metadata(&table.name)?;
        if current.is_none_or(|current| !current.ttl_enabled) {
            let request = json!({ "TableName": table.name, "TimeToLiveSpecification": specification });
            database.update_time_to_live(serde_json::from_value(request)?)?;
        }
    }
    Ok(())
}

/// What makes two tables the same: the keys, and each index with its keys and projection.
fn shape(table: &Value) -> Value {
    let mut indexes: Vec<Value> = table["GlobalSecondaryIndexes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|index| json!([index["IndexName"], index["KeySchema"], index["Projection"]]))
        .collect();
    indexes.sort_by_key(Value::to_string);
    json!([table["KeySchema"], indexes])
}

fn definition(table: &Table) -> Value {
    let mut attributes: Vec<&KeyAttribute> = Vec::new();
    let index_keys =
        table.indexes.iter().flat_map(|index| std::iter::once(&index.partition_key).chain(&index.sort_key));
    for key in std::iter::once(&table.partition_key).chain(&table.sort_key).chain(index_keys) {
        if !attributes.contains(&key) {
            attributes.push(key);
        }
    }
    let attributes: Vec<Value> = attributes
        .iter()
        .map(|key| json!({ "AttributeName": key.name, "AttributeType": type_name(key.kind) }))
        .collect();
    let mut definition = json!({
        "TableName": table.name,
        "KeySchema": key_schema(&table.partition_key, table.sort_key.as_ref()),
        "AttributeDefinitions": attributes,
        "BillingMode": "PAY_PER_REQUEST",
    });
    if !table.indexes.is_empty() {
        definition["GlobalSecondaryIndexes"] = table.indexes.iter().map(index_definition).collect();
    }
    if let Some(view) = &table.stream_view {
        definition["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
    }
    definition
}

fn index_definition(index: &Index) -> Value {
    let projection = match &index.projection {
        Projection::All => json!({ "ProjectionType": "ALL" }),
        Projection::KeysOnly => json!({ "ProjectionType": "KEYS_ONLY" }),
        Projection::Include(names) => json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": names }),
    };
    json!({
        "IndexName": index.name,
        "KeySchema": key_schema(&index.partition_key, index.sort_key.as_ref()),
        "Projection": projection,
    })
}

fn key_schema(partition_key: &KeyAttribute, sort_key: Option<&KeyAttribute>) -> Value {
    let keys = std::iter::once((partition_key, "HASH")).chain(sort_key.map(|key| (key, "RANGE")));
    keys.map(|(key, kind)| json!({ "AttributeName": key.name, "KeyType": kind })).collect()
}

fn type_name(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "S",
        AttributeType::Number => "N",
        AttributeType::Binary => "B",
    }
}
