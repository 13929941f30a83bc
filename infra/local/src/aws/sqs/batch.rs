//! What SQS asks of a batch as a whole, and how the outcomes of its entries are answered.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::errors;
use crate::aws::service::Failure;

const MAX_ENTRIES: usize = 10;
const MAX_ID_LENGTH: usize = 80;

/// Refuses a batch that is empty or too long, or whose ids are malformed or repeated.
pub(super) fn check_ids<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), Failure> {
    if ids.len() == 0 {
        return Err(errors::empty_batch());
    }
    if ids.len() > MAX_ENTRIES {
        return Err(errors::too_many_entries(ids.len()));
    }
    let mut seen = HashSet::new();
    for id in ids {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if id.is_empty() || id.len() > MAX_ID_LENGTH || !id.bytes().all(is_allowed) {
            return Err(errors::invalid_id());
        }
        if !seen.insert(id) {
            return Err(errors::repeated_id(id));
        }
    }
    Ok(())
}

/// The answer to a batch: each entry under its id, with what came of it or why it failed.
pub(super) fn outcome(entries: impl Iterator<Item = (String, Result<Value, Failure>)>) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, result) in entries {
        match result {
            Ok(mut value) => {
                if let Some(members) = value.as_object_mut() {
                    members.insert("Id".to_owned(), Value::String(id));
                }
                successful.push(value);
            }
            Err(failure) => failed.push(json!({
                "Id": id,
                "Code": failure.query_code.unwrap_or(failure.code),
                "Message": failure.message,
                "SenderFault": !failure.status.is_server_error(),
            })),
        }
    }
    json!({ "Successful": successful, "Failed": failed })
}
