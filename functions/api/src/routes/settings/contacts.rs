//! Where in their lives contacts can be.
use std::collections::BTreeSet;

use domain::settings as entity;
use domain::settings::ContactSettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fields::{Text, given, nullable};
use crate::problem::Problem;

type Stage = Text<64>;

#[derive(Serialize, ToSchema)]
#[schema(as = ContactSettings)]
pub(super) struct ContactSettingsView {
    /// The stages that a contact can be in, in order.
    stages: Vec<String>,
    /// Where a new contact is, unless it is told.
    default_stage: Option<String>,
}

impl From<entity::ContactSettings> for ContactSettingsView {
    fn from(contacts: entity::ContactSettings) -> ContactSettingsView {
        ContactSettingsView { stages: contacts.stages, default_stage: contacts.default_stage }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactSettingsPatch {
    /// Takes the place of all. Contacts keep a stage that is no more.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_items = 1, max_items = 30, value_type = Option<Vec<String>>)]
    stages: Option<Vec<Stage>>,
    /// One of the stages; null: none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(inline)]
    default_stage: Option<Option<Stage>>,
}

impl ContactSettingsPatch {
    pub(super) fn apply(&self, contacts: &mut ContactSettings) -> Result<(), Problem> {
        if let Some(stages) = &self.stages {
            let distinct: BTreeSet<&Stage> = stages.iter().collect();
            let max = ContactSettings::STAGES_MAX;
            if stages.is_empty() || stages.len() > max || distinct.len() < stages.len() {
                return Err(Problem::field("contacts.stages", format!("must have 1 to {max} stages, each once")));
            }
            contacts.stages = stages.iter().map(|stage| stage.0.clone()).collect();
        }
        if let Some(stage) = &self.default_stage {
            contacts.default_stage = stage.as_ref().map(|stage| stage.0.clone());
        }
        match &contacts.default_stage {
            Some(stage) if !contacts.stages.contains(stage) => {
                Err(Problem::field("contacts.default_stage", "must be one of the stages"))
            }
            _ => Ok(()),
        }
    }
}
