//! The definitions of contacts' fields: one row of all, so that no two of them take one label and whoever reads them reads them
//! at once. It is written on the revision that was seen.
use domain::Time;
use domain::contact_field::{ContactField, ContactFields, FieldModule, FieldType};
use domain::ids::ContactFieldId;
use serde::{Deserialize, Serialize};

use crate::codec::{Row, encode};
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys;
use crate::table::{Put, Store};

#[derive(Serialize, Deserialize)]
struct FieldsRow {
    fields: Vec<FieldRow>,
    revision: i64,
}

impl Row for FieldsRow {
    const ENTITY: &'static str = "contact-fields";
}

#[derive(Serialize, Deserialize)]
struct FieldRow {
    id: String,
    key: String,
    label: String,
    module: String,
    kind: String,
    #[serde(default)]
    options: Vec<String>,
    required: bool,
    created_at: i64,
}

impl FieldRow {
    fn of(field: &ContactField) -> FieldRow {
        FieldRow {
            id: field.id.to_string(),
            key: field.key.clone(),
            label: field.label.clone(),
            module: field.module.to_string(),
            kind: field.kind.to_string(),
            options: field.options.clone(),
            required: field.is_required,
            created_at: field.created_at.millis(),
        }
    }

    fn read(self) -> Option<ContactField> {
        Some(ContactField {
            id: ContactFieldId::parse(&self.id)?,
            key: self.key,
            label: self.label,
            module: FieldModule::parse(&self.module)?,
            kind: FieldType::parse(&self.kind)?,
            options: self.options,
            is_required: self.required,
            created_at: Time::from_millis(self.created_at),
        })
    }
}

impl Store {
    /// The oldest first.
    pub async fn contact_fields_all(&self) -> Result<ContactFields, StoreError> {
        const OPERATION: &str = "contact_fields_all";
        let Some(row) = self.get_row::<FieldsRow>(OPERATION, &keys::contact_fields()).await? else {
            return Ok(ContactFields::default());
        };
        let read =
            |field: FieldRow| field.read().ok_or_else(|| StoreError::row(OPERATION, "a field that is unreadable"));
        let fields = row.fields.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(ContactFields { fields, revision: row.revision })
    }

    /// Writes `next` if the definitions are still at its revision; `false` if not.
    pub async fn contact_fields_update(&self, next: &ContactFields) -> Result<bool, StoreError> {
        const OPERATION: &str = "contact_fields_update";
        let fields = next.fields.iter().map(FieldRow::of).collect();
        let row = FieldsRow { fields, revision: next.revision.saturating_add(1) };
        let item = encode(OPERATION, &keys::contact_fields(), None, &row)?;
        let seen = values([(":seen", n(next.revision))]);
        Ok(self.put_over(OPERATION, item, "#revision = :seen", seen).await? == Put::Written)
    }
}
