//! A user's rules, and the marks of what was told by which way.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::Time;
use domain::calendar::Zone;
use domain::ids::UserId;
use domain::notification::{Minute, NotificationKind, QuietHours, Rules, Way, Weekday};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Put, Store};

/// Longer than anything is told anew.
const TOLD_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

#[derive(Serialize, Deserialize)]
struct RulesRow {
    user_id: String,
    ways: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slack_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    teams_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet_hours: Option<QuietRow>,
    changed_at: i64,
    revision: u32,
}

#[derive(Serialize, Deserialize)]
struct QuietRow {
    time_zone: String,
    days: Vec<String>,
    from: String,
    to: String,
}

impl Row for RulesRow {
    const ENTITY: &'static str = "notification-rules";
}

#[derive(Serialize, Deserialize)]
struct ToldRow {
    fact: String,
    expires_at: i64,
}

impl Row for ToldRow {
    const ENTITY: &'static str = "told";
}

fn quiet_row(quiet: &QuietHours) -> QuietRow {
    QuietRow {
        time_zone: quiet.time_zone.name().to_owned(),
        days: quiet.days.iter().map(ToString::to_string).collect(),
        from: quiet.from.to_string(),
        to: quiet.to.to_string(),
    }
}

fn read_quiet(row: &QuietRow) -> Option<QuietHours> {
    Some(QuietHours {
        time_zone: Zone::parse(&row.time_zone)?,
        days: row.days.iter().filter_map(|day| Weekday::parse(day)).collect(),
        from: Minute::parse(&row.from)?,
        to: Minute::parse(&row.to)?,
    })
}

fn read(operation: &'static str, item: Attributes) -> Result<Rules, StoreError> {
    let row: RulesRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("notification rules with {what} unreadable"));
    // A kind or a way of a later version is nobody's wish here.
    let ways = row.ways.iter().filter_map(|(kind, ways)| {
        let ways: BTreeSet<Way> = ways.iter().filter_map(|way| Way::parse(way)).collect();
        Some((NotificationKind::parse(kind)?, ways))
    });
    let quiet = row.quiet_hours.as_ref().map(|quiet| read_quiet(quiet).ok_or_else(|| odd("quiet hours")));
    Ok(Rules {
        user_id: UserId::parse(&row.user_id).ok_or_else(|| odd("their user"))?,
        ways: ways.collect(),
        quiet_hours: quiet.transpose()?,
        slack_url: row.slack_url,
        teams_url: row.teams_url,
        changed_at: Some(Time::from_millis(row.changed_at)),
        revision: row.revision,
    })
}

impl Store {
    /// Those of a user who said nothing are the usual ones.
    pub async fn notification_rules(&self, user: &UserId) -> Result<Rules, StoreError> {
        const OPERATION: &str = "notification_rules";
        let item = self.get(OPERATION, &keys::notification_rules(user)).await?;
        item.map_or_else(|| Ok(Rules::usual(user.clone())), |item| read(OPERATION, item))
    }

    /// Writes `next` if the rules are still at its revision; `false` if not. A summary that waits goes by their quiet hours from
    /// then on: it comes at the end of those in which `at` lies, or at once. Cut off in between, the same request again moves it.
    pub async fn notification_rules_write(&self, next: &Rules, at: Time) -> Result<bool, StoreError> {
        const OPERATION: &str = "notification_rules_write";
        let ways = |ways: &BTreeSet<Way>| ways.iter().map(ToString::to_string).collect();
        let row = RulesRow {
            user_id: next.user_id.to_string(),
            ways: next.ways.iter().map(|(kind, own)| (kind.to_string(), ways(own))).collect(),
            slack_url: next.slack_url.clone(),
            teams_url: next.teams_url.clone(),
            quiet_hours: next.quiet_hours.as_ref().map(quiet_row),
            changed_at: at.millis(),
            revision: next.revision.saturating_add(1),
        };
        let item = encode(OPERATION, &keys::notification_rules(&next.user_id), None, &row)?;
        let seen = values([(":seen", n(next.revision))]);
        if self.put_over(OPERATION, item, "#revision = :seen", seen).await? != Put::Written {
            return Ok(false);
        }
        self.summary_move(&next.user_id, next.quiet_until(at).unwrap_or(at)).await?;
        Ok(true)
    }

    /// Takes it upon the caller to tell a user of `subject` by one way; `false` if `fact` about it was told, or is being told.
    pub async fn told_claim(
        &self,
        user: &UserId,
        subject: &str,
        way: Way,
        fact: &str,
        now: Time,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "told_claim";
        let row = ToldRow { fact: fact.to_owned(), expires_at: now.plus(TOLD_KEPT).seconds() };
        let item = encode(OPERATION, &keys::told(user, subject, way), None, &row)?;
        Ok(self.put_over(OPERATION, item, "#fact <> :fact", values([(":fact", s(fact))])).await? == Put::Written)
    }

    /// It was not told: somebody else may.
    pub async fn told_release(&self, user: &UserId, subject: &str, way: Way, fact: &str) -> Result<(), StoreError> {
        let key = keys::told(user, subject, way);
        self.delete("told_release", &key, "#fact = :fact", values([(":fact", s(fact))])).await
    }
}
