//! What a number may send in a slot of time, shared out to processes in blocks.
use domain::Time;
use domain::ids::ChannelId;
use domain::pacing::{Priority, block, slot};
use serde::{Deserialize, Serialize};

use crate::codec::{Row, decode};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Store, Updated};

/// How often a block is asked for again when others take theirs at the same time.
const TRIES_MAX: u32 = 6;

#[derive(Default, Serialize, Deserialize)]
struct PaceRow {
    slot: i64,
    taken: u32,
}

impl Row for PaceRow {
    const ENTITY: &'static str = "pace";
}

impl Store {
    /// Takes a block of the slot that holds `now`: which slot, and how many; 0 if nothing is left of it.
    pub async fn pace_lease(
        &self,
        channel: &ChannelId,
        limit: u32,
        priority: Priority,
        now: Time,
    ) -> Result<(i64, u32), StoreError> {
        const OPERATION: &str = "pace_lease";
        let ours = slot(now);
        let mut seen: Option<PaceRow> = None;
        for _ in 0..TRIES_MAX {
            let known = seen.take().unwrap_or_default();
            if known.slot > ours {
                return Ok((ours, 0));
            }
            let taken = if known.slot == ours { known.taken } else { 0 };
            let count = block(limit, priority, taken);
            if count == 0 {
                return Ok((ours, 0));
            }
            let values = values([
                (":entity", s(PaceRow::ENTITY)),
                (":v", n(PaceRow::VERSION)),
                (":slot", n(ours)),
                (":taken", n(taken.saturating_add(count))),
                (":seen", n(taken)),
            ]);
            let expression = "SET #entity = :entity, #v = :v, #slot = :slot, #taken = :taken";
            let condition = if taken == 0 {
                "attribute_not_exists(#pk) OR #slot < :slot OR (#slot = :slot AND #taken = :seen)"
            } else {
                "#slot = :slot AND #taken = :seen"
            };
            match self.update(OPERATION, &keys::pace(channel), expression, condition, values).await? {
                Updated::Done => return Ok((ours, count)),
                Updated::Refused(item) => seen = item.map(|item| decode(OPERATION, item)).transpose()?,
            }
        }
        Ok((ours, 0))
    }
}
