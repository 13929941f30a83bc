//! Whether a person is to be reached: members of the contact's row, each moved forward by Meta's time only.
use domain::Time;
use domain::ids::ContactId;
use domain::reach::{Marketing, MarketingSource, MarketingState, Reach};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Store, Updated};

#[derive(Default, Serialize, Deserialize)]
pub(super) struct ReachRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    marketing: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    marketing_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    marketing_source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    marketing_paused: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unreachable: Option<i64>,
}

impl ReachRow {
    pub(super) fn read(&self) -> Reach {
        let state = self.marketing.as_deref().and_then(MarketingState::parse);
        let source = self.marketing_source.as_deref().and_then(MarketingSource::parse);
        let marketing = match (state, self.marketing_at, source) {
            (Some(state), Some(at), Some(source)) => Some(Marketing { state, at: Time::from_millis(at), source }),
            _ => None,
        };
        Reach {
            marketing,
            marketing_paused_until: self.marketing_paused.map(Time::from_millis),
            unreachable_since: self.unreachable.map(Time::from_millis),
        }
    }
}

impl Store {
    /// `false`: the person said something later already.
    pub async fn contact_set_marketing(&self, id: &ContactId, choice: &Marketing) -> Result<bool, StoreError> {
        let values = values([
            (":state", s(choice.state.word())),
            (":at", n(choice.at.millis())),
            (":source", s(choice.source.word())),
        ]);
        let expression = "SET #marketing = :state, #marketing_at = :at, #marketing_source = :source";
        let condition = "attribute_exists(#pk) AND (attribute_not_exists(#marketing_at) OR #marketing_at < :at)";
        let updated = self.update("contact_set_marketing", &keys::contact(id), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

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
