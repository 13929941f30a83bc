//! What a call costs in DynamoDB's units. The database is asked for the whole account of every call, and the caller
//! gets the part of it that it asked for.
//!
//! dynoxide reports none for a write that its condition stopped, though AWS bills it by the larger of the item that is
//! there and the one put, and a cancelled transaction by twice that for each of its items. So the item that is there is
//! asked for too, and the cost is computed here.

use dynoxide::types::{Item, item_size};
use serde::Deserialize;
use serde_json::Value;

use crate::aws::meter::Usage;

const CAPACITY: &str = "ReturnConsumedCapacity";
const OLD_ITEM: &str = "ReturnValuesOnConditionCheckFailure";
/// What a write unit carries.
const WRITE_UNIT_BYTES: usize = 1024;

/// What the caller asked for, before more was asked in its name.
pub(super) struct Asked {
    capacity: String,
    /// Whether each write shows the item that stopped it.
    old_items: Vec<bool>,
}

/// Whether the operation may change an item.
pub(super) fn is_write(operation: &str) -> bool {
    matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems")
}

fn is_read(operation: &str) -> bool {
    matches!(operation, "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems")
}

/// Makes the request ask for the whole account and for the items that stop it.
pub(super) fn ask_for_all(operation: &str, body: &mut Value) -> Asked {
    let mut asked = Asked { capacity: "NONE".to_owned(), old_items: Vec::new() };
    if (is_write(operation) || is_read(operation))
        && let Some(members) = body.as_object_mut()
    {
        let known = ["NONE", "TOTAL", "INDEXES"];
        let given = members.get(CAPACITY).map_or(Some("NONE"), Value::as_str).filter(|given| known.contains(given));
        if let Some(given) = given {
            asked.capacity = given.to_owned();
            members.insert(CAPACITY.to_owned(), Value::from("INDEXES"));
        }
    }
    for write in writes_of(operation, body) {
        asked.old_items.push(write.get(OLD_ITEM).and_then(Value::as_str) == Some("ALL_OLD"));
        if let Some(members) = write.as_object_mut().filter(|members| members.contains_key("ConditionExpression")) {
            members
                .entry(OLD_ITEM)
                .and_modify(|value| {
                    if value == "NONE" {
                        *value = Value::from("ALL_OLD")
                    }
                })
                .or_insert(Value::from("ALL_OLD"));
        }
    }
    asked
}

/// The parts of a request that may carry a condition, in order.
fn writes_of<'a>(operation: &str, body: &'a mut Value) -> Vec<&'a mut Value> {
    match operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => vec![body],
        "TransactWriteItems" => {
            let items = body.get_mut("TransactItems").and_then(Value::as_array_mut).into_iter().flatten();
            items.filter_map(|item| item.as_object_mut()?.values_mut().next()).collect()
        }
        _ => Vec::new(),
    }
}

impl Asked {
    /// Takes out of the answer what was not asked for.
    pub(super) fn strip(&self, response: &mut Value) {
        let Some(members) = response.as_object_mut() else { return };
        if self.capacity == "NONE" {
            members.remove("ConsumedCapacity");
        } else if self.capacity == "TOTAL"
            && let Some(consumed) = members.get_mut("ConsumedCapacity")
        {
            for account in one_or_many_mut(consumed).iter_mut().filter_map(Value::as_object_mut) {
                account.retain(|name, _| {
                    !matches!(name.as_str(), "Table" | "GlobalSecondaryIndexes" | "LocalSecondaryIndexes")
                });
            }
        }
        if let Some(reasons) = members.get_mut("CancellationReasons").and_then(Value::as_array_mut) {
            for (reason, _) in reasons.iter_mut().zip(&self.old_items).filter(|(_, asked)| !**asked) {
                remove_item(reason);
            }
        } else if is_failed_condition(response) && self.old_items == [false] {
            remove_item(response);
        }
    }
}

fn remove_item(value: &mut Value) {
    if let Some(members) = value.as_object_mut() {
        members.remove("Item");
    }
}

/// The units that the answer reports, or those of a write that a condition stopped. The call itself is not counted.
pub(super) fn usage(operation: &str, request: &Value, response: &Value) -> Usage {
    let mut usage = Usage::default();
    for account in one_or_many(&response["ConsumedCapacity"]) {
        // A transaction repeated with its token reads, and writes nothing.
        if is_read(operation) || account.get("ReadCapacityUnits").is_some() {
            usage.read_units += units(account);
        } else {
            usage.table_write_units += units(&account["Table"]);
            let indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]
                .map(|kind| account[kind].as_object().into_iter().flatten());
            usage.index_write_units += indexes.into_iter().flatten().map(|(_, index)| units(index)).sum::<f64>();
        }
    }
    if is_failed_condition(response) {
        usage.table_write_units += stopped_write_units(request, response);
    } else if let Some(reasons) = response["CancellationReasons"].as_array() {
        let writes = request["TransactItems"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_object()?.values().next());
        usage.table_write_units +=
            writes.zip(reasons).map(|(write, reason)| 2.0 * stopped_write_units(write, reason)).sum::<f64>();
    }
    usage
}

fn stopped_write_units(write: &Value, failure: &Value) -> f64 {
    let bytes =
        [&write["Item"], &failure["Item"]].map(|item| Item::deserialize(item).map_or(0, |item| item_size(&item)));
    let units = bytes.into_iter().max().unwrap_or_default().div_ceil(WRITE_UNIT_BYTES).max(1);
    u32::try_from(units).map_or(f64::MAX, f64::from)
}

fn is_failed_condition(response: &Value) -> bool {
    response["__type"].as_str().is_some_and(|kind| kind.ends_with("#ConditionalCheckFailedException"))
}

fn units(account: &Value) -> f64 {
    account["CapacityUnits"].as_f64().unwrap_or_default()
}

/// Operations on several tables report a list.
fn one_or_many(value: &Value) -> &[Value] {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice)
}

fn one_or_many_mut(value: &mut Value) -> &mut [Value] {
    if value.is_array() {
        return value.as_array_mut().map_or(&mut [], Vec::as_mut_slice);
    }
    std::slice::from_mut(value)
}
