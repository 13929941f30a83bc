//! Counts a message that goes out outside the window: its person among those whom the portfolio writes to first, itself among
//! what the contact is sent.
//!
//! It is counted before it is claimed, and then looked whether the limit still holds: of many that are sent at the same time none
//! is one too many. A crash in between leaves a person counted who was not written to, until the day is over; so does a refusal
//! of Meta's. Another try of the same message finds itself counted.
use domain::Time;
use domain::health::BlockReason;
use domain::sending::HoldPlan;
use domain::sending::limits::{count, messaging_limit};

use crate::error::SendError;
use crate::{Loaded, Sender};

impl Sender {
    /// Gives the hold of a message for which there is no room.
    pub(crate) async fn count(&self, loaded: &Loaded, now: Time) -> Result<Option<HoldPlan>, SendError> {
        let Some(count) = count(&loaded.situation(now), &loaded.message) else { return Ok(None) };
        let contact = &loaded.contact;
        if let Some(hour) = count.enters {
            self.store.started_add(&contact.id, hour, 1).await?;
            // Whoever was counted before only moves on.
            let limit = messaging_limit(&loaded.health).filter(|_| count.leaves.is_none());
            if let Some(limit) = limit {
                let started = self.store.started(now).await?;
                if started.used(now) > limit {
                    self.store.started_add(&contact.id, hour, -1).await?;
                    return Ok(Some(HoldPlan::new(BlockReason::MessagingLimit, started.room_at(limit, now))));
                }
            }
        }
        let is_counted = self.store.contact_count(&contact.id, &contact.sends, &count.sends).await?;
        let over = if is_counted { count.leaves } else { count.enters };
        if let Some(hour) = over {
            self.store.started_add(&contact.id, hour, -1).await?;
        }
        if is_counted { Ok(None) } else { Err(SendError::Changed) }
    }
}
