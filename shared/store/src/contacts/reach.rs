//! Whether a person is to be reached: members of the contact's row, each moved forward by Meta's time only.
use domain::Time;
use domain::ids::ContactId;
use domain::reach::Reach;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys;
use crate::table::Store;

#[derive(Default, Serialize, Deserialize)]
pub(super) struct ReachRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    marketing_paused: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unreachable: Option<i64>,
}

impl ReachRow {
    pub(super) fn read(&self) -> Reach {
        Reach {
            marketing_paused_until: self.marketing_paused.map(Time::from_millis),
            unreachable_since: self.unreachable.map(Time::from_millis),
        }
    }
}

impl Store {
    pub(crate) async fn contact_pause_marketing(&self, id: &ContactId, until: Time) -> Result<(), StoreError> {
        self.contact_move(id, "marketing_paused", until).await
    }

    pub(crate) async fn contact_unreachable(&self, id: &ContactId, since: Time) -> Result<(), StoreError> {
        self.contact_move(id, "unreachable", since).await
    }

    async fn contact_move(&self, id: &ContactId, name: &str, to: Time) -> Result<(), StoreError> {
        let expression = format!("SET #{name} = :to");
        let condition = format!("attribute_exists(#pk) AND (attribute_not_exists(#{name}) OR #{name} < :to)");
        let values = values([(":to", n(to.millis()))]);
        self.update("contact_move", &keys::contact(id), &expression, &condition, values).await?;
        Ok(())
    }
}
