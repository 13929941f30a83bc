//! What the business set for the variables of a template: a row of its own, so that no sync touches it.
use std::collections::BTreeMap;

use domain::ids::TemplateId;
use domain::template::Fallbacks;
use serde::{Deserialize, Serialize};

use crate::codec::{Row, encode};
use crate::error::StoreError;
use crate::keys;
use crate::table::Store;

#[derive(Serialize, Deserialize)]
struct FallbacksRow {
    header: BTreeMap<String, String>,
    body: BTreeMap<String, String>,
    /// By the button's place.
    buttons: BTreeMap<String, String>,
}

impl Row for FallbacksRow {
    const ENTITY: &'static str = "template-fallbacks";
}

impl Store {
    pub async fn template_fallbacks(&self, id: &TemplateId) -> Result<Fallbacks, StoreError> {
        const OPERATION: &str = "template_fallbacks";
        let found = self.get_row::<FallbacksRow>(OPERATION, &keys::template_fallbacks(id)).await?;
        let Some(row) = found else { return Ok(Fallbacks::default()) };
        let button = |(place, value): (String, String)| Some((place.parse().ok()?, value));
        let buttons = row.buttons.into_iter().filter_map(button).collect();
        Ok(Fallbacks { header: row.header, body: row.body, buttons })
    }

    pub async fn template_set_fallbacks(&self, id: &TemplateId, fallbacks: &Fallbacks) -> Result<(), StoreError> {
        const OPERATION: &str = "template_set_fallbacks";
        let buttons = fallbacks.buttons.iter().map(|(place, value)| (place.to_string(), value.clone()));
        let row =
            FallbacksRow { header: fallbacks.header.clone(), body: fallbacks.body.clone(), buttons: buttons.collect() };
        self.put(OPERATION, encode(OPERATION, &keys::template_fallbacks(id), None, &row)?).await
    }
}
