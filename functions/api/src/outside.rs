//! Addresses that callers give us.
use std::time::Duration;

use crate::App;
use crate::problem::{FieldError, Outside, Problem};

/// A name that is not found in this time is refused; the caller waits.
const CHECK_LIMIT: Duration = Duration::from_secs(5);

/// Refuses an address that would not be called.
pub(crate) async fn callable(app: &App, field: &str, address: &str) -> Result<(), Problem> {
    let checked = app.outside.check(address, CHECK_LIMIT).await;
    checked
        .map_err(|error| Outside::AddressRefused(vec![FieldError::new(field, format!("is refused: {error}"))]).into())
}
