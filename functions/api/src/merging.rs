//! Merge fields in requests: which there are, and what is said of those that cannot be meant or have no value.
use domain::merge::{Catalog, Missing, Wrong};

use crate::App;
use crate::problem::{FieldError, Problem};

/// The fields that there are today.
pub(crate) async fn catalog(app: &App) -> Result<Catalog, Problem> {
    Ok(Catalog::new(&app.store.contact_fields_all().await?.fields))
}

/// `field`: the member that holds the text.
pub(crate) fn unknown(field: &str, wrong: &[Wrong]) -> Vec<FieldError> {
    wrong.iter().map(|wrong| FieldError::new(field, wrong.explain())).collect()
}

pub(crate) fn missing(field: &str, missing: &[Missing], catalog: &Catalog) -> Vec<FieldError> {
    missing.iter().map(|missing| FieldError::new(field, missing.explain(catalog))).collect()
}
