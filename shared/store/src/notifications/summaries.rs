//! What follows a user's quiet hours: one row for each user, which comes due once for each time that something waited.
use domain::Time;
use domain::ids::UserId;
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{Values, n, s, values};
use crate::keys::{self, DUE, DUE_SHARDS};
use crate::table::{Order, Put, Range, Store, Updated};

const WAITING: &str = "waiting";
const DUE_NOW: &str = "due";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub user_id: UserId,
    pub at: Time,
    /// Whether its time has come.
    pub is_due: bool,
    /// Tells it from the ones before.
    pub number: u32,
}

#[derive(Serialize, Deserialize)]
struct SummaryRow {
    user_id: String,
    at: i64,
    state: String,
    number: u32,
    /// While it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_sk: Option<String>,
}

impl Row for SummaryRow {
    const ENTITY: &'static str = "summary";
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Summary, StoreError> {
    let row: SummaryRow = decode(operation, item)?;
    Ok(Summary {
        user_id: UserId::parse(&row.user_id).ok_or_else(|| StoreError::row(operation, "a summary's user"))?,
        at: Time::from_millis(row.at),
        is_due: row.state == DUE_NOW,
        number: row.number,
    })
}

impl Store {
    /// Has a summary told to the user at `at`; one that waits already is moved there only if that is earlier.
    pub async fn summary_plan(&self, user: &UserId, at: Time) -> Result<(), StoreError> {
        const OPERATION: &str = "summary_plan";
        let row = |number| {
            let (due_pk, due_sk) = keys::due_summary(user, at);
            let row = SummaryRow {
                user_id: user.to_string(),
                at: at.millis(),
                state: WAITING.to_owned(),
                number,
                due_pk: Some(due_pk),
                due_sk: Some(due_sk),
            };
            encode(OPERATION, &keys::summary(user), None, &row)
        };
        let Put::Exists(item) = self.put_new(OPERATION, row(1)?).await? else { return Ok(()) };
        let before = read(OPERATION, item)?;
        let (number, state) = match before.is_due {
            true => (before.number.saturating_add(1), DUE_NOW),
            false if at < before.at => (before.number, WAITING),
            false => return Ok(()),
        };
        let condition = "#state = :state AND #number = :number AND #at = :at";
        let seen = values([(":state", s(state)), (":number", n(before.number)), (":at", n(before.at.millis()))]);
        // Refused: somebody else planned it meanwhile.
        self.put_over(OPERATION, row(number)?, condition, seen).await?;
        Ok(())
    }

    /// Moves what waits to `at`, be that earlier or later; where nothing waits, nothing is planned.
    pub(super) async fn summary_move(&self, user: &UserId, at: Time) -> Result<(), StoreError> {
        let (due_pk, due_sk) = keys::due_summary(user, at);
        let values =
            values([(":waiting", s(WAITING)), (":at", n(at.millis())), (":pk", s(due_pk)), (":sk", s(due_sk))]);
        let expression = "SET #at = :at, #due_pk = :pk, #due_sk = :sk";
        self.update("summary_move", &keys::summary(user), expression, "#state = :waiting", values).await?;
        Ok(())
    }

    pub async fn summary_get(&self, user: &UserId) -> Result<Option<Summary>, StoreError> {
        const OPERATION: &str = "summary_get";
        self.get(OPERATION, &keys::summary(user)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// Those whose time has come by `now`, at most `limit` of each shard.
    pub async fn summaries_due(&self, now: Time, limit: usize) -> Result<Vec<Summary>, StoreError> {
        const OPERATION: &str = "summaries_due";
        let until = keys::due_until(now);
        let mut due = Vec::new();
        for shard in 0..DUE_SHARDS {
            let pk = keys::due_summaries(shard);
            let range = Range { index: Some(DUE), pk: &pk, range: Some(("0", &until)), order: Order::Ascending, limit };
            let entries = self.query(OPERATION, range, None).await?.items;
            for item in self.rows_of(OPERATION, &entries).await? {
                due.push(read(OPERATION, item)?);
            }
        }
        due.retain(|summary| !summary.is_due && summary.at <= now);
        Ok(due)
    }

    /// Has it told; `false` if that was done meanwhile, or its time was moved.
    pub async fn summary_wake(&self, summary: &Summary) -> Result<bool, StoreError> {
        let (number, at) = (n(summary.number), n(summary.at.millis()));
        let values: Values = values([(":due", s(DUE_NOW)), (":waiting", s(WAITING)), (":number", number), (":at", at)]);
        let expression = "SET #state = :due REMOVE #due_pk, #due_sk";
        let condition = "#state = :waiting AND #number = :number AND #at = :at";
        let key = keys::summary(&summary.user_id);
        let updated = self.update("summary_wake", &key, expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}
