//! What a function says of a batch: the items that failed, as `ReportBatchItemFailures` defines it.

use serde_json::Value;

/// The identifiers of the items that the function reports as failed; none when it reports success.
///
/// # Errors
/// Why the response counts as the failure of the whole batch.
pub(super) fn failed_items(response: &[u8]) -> Result<Vec<String>, String> {
    if response.is_empty() {
        return Ok(Vec::new());
    }
    let response: Value =
        serde_json::from_slice(response).map_err(|error| format!("the response is not JSON: {error}"))?;
    let items = match response.get("batchItemFailures") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err("batchItemFailures is not a list".to_owned()),
    };
    let identifier = |item: &Value| match item.get("itemIdentifier").and_then(Value::as_str) {
        Some(id) if !id.is_empty() => Ok(id.to_owned()),
        _ => Err("an item of batchItemFailures has no itemIdentifier".to_owned()),
    };
    items.iter().map(identifier).collect()
}
