//! What a contact was sent outside its windows: members of its row, written with the claim of such a send.
use domain::Time;
use domain::ids::ContactId;
use domain::sending::limits::{Sends, Sent};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Store, Updated};

const MARKETING: &str = "m";
const OTHER: &str = "o";

#[derive(Default, Serialize, Deserialize)]
pub(super) struct SendsRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started: Option<i64>,
    /// `<time>:<mark>:<m|o>` each, the oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sends: Option<String>,
}

impl SendsRow {
    pub(super) fn read(&self) -> Sends {
        let recent = self.sends.iter().flat_map(|sends| sends.split_whitespace()).filter_map(read);
        Sends { started: self.started, recent: recent.collect() }
    }
}

fn read(text: &str) -> Option<Sent> {
    let mut parts = text.split(':');
    let (at, mark, kind) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    Some(Sent { at: Time::from_millis(at), mark, is_marketing: kind == MARKETING })
}

fn write(sends: &Sends) -> String {
    let kind = |sent: &Sent| if sent.is_marketing { MARKETING } else { OTHER };
    let sent = |sent: &Sent| format!("{}:{}:{}", sent.at.millis(), sent.mark, kind(sent));
    sends.recent.iter().map(sent).collect::<Vec<_>>().join(" ")
}

impl Store {
    /// `false`: something else was counted since `seen`.
    pub async fn contact_count(&self, id: &ContactId, seen: &Sends, next: &Sends) -> Result<bool, StoreError> {
        let mut values = values([(":sends", s(write(next)))]);
        let mut conditions = vec!["attribute_exists(#pk)"];
        let mut expression = "SET #sends = :sends".to_owned();
        if let Some(started) = next.started {
            expression.push_str(", #started = :started");
            values.insert(":started".to_owned(), n(started));
        }
        match seen.started {
            Some(started) => {
                conditions.push("#started = :seen_started");
                values.insert(":seen_started".to_owned(), n(started));
            }
            None => conditions.push("attribute_not_exists(#started)"),
        }
        if seen.recent.is_empty() {
            conditions.push("(attribute_not_exists(#sends) OR #sends = :seen_sends)");
        } else {
            conditions.push("#sends = :seen_sends");
        }
        values.insert(":seen_sends".to_owned(), s(write(seen)));
        let condition = conditions.join(" AND ");
        let updated = self.update("contact_count", &keys::contact(id), &expression, &condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_reads_back() {
        let sent = |at, mark, is_marketing| Sent { at: Time::from_millis(at), mark, is_marketing };
        for recent in [vec![], vec![sent(1_795_000_000_123, 7, true), sent(1_795_000_000_124, u32::MAX, false)]] {
            let sends = Sends { started: Some(498_611), recent };
            let row = SendsRow { started: sends.started, sends: Some(write(&sends)) };
            assert_eq!(row.read(), sends);
        }
        assert_eq!(SendsRow::default().read(), Sends::default());
    }
}
