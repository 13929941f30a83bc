//! A user's own rules: by which ways they are told of what, and the hours in which they are not.
use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Extension, State};
use domain::access::Permission;
use domain::calendar::Zone;
use domain::ids;
use domain::notification as entity;
use runtime::clock;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::user;
use crate::auth::Caller;
use crate::fields::{Members, MinuteOfDay, Stamp, TimeZone, UserId, Way, WebAddress, Weekday, Word};
use crate::input::{Input, Nothing};
use crate::outside::callable;
use crate::problem::Problem;
use crate::{Answer, App, EDIT_TRIES_MAX};

/// More than there are ways, or days.
const ITEMS_MAX: usize = 8;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RulesQuery {
    /// Whose; another user is named only with the scope `setup:write`.
    #[param(inline)]
    user_id: Option<UserId>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NotificationRules)]
pub(super) struct RulesView {
    user_id: UserId,
    ways: WaysView,
    /// Whoever knows these addresses may post there.
    slack_webhook_url: Option<String>,
    teams_webhook_url: Option<String>,
    quiet_hours: Option<QuietView>,
    /// Null while they are as they come.
    changed_at: Option<Stamp>,
}

/// By what the user is told of each kind, beside the list.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationWays)]
struct WaysView {
    assignment: Vec<Way>,
    mention: Vec<Way>,
    message: Vec<Way>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = QuietHours)]
struct QuietView {
    time_zone: String,
    /// On which they begin.
    days: Vec<Weekday>,
    from: String,
    to: String,
}

impl From<entity::Rules> for RulesView {
    fn from(rules: entity::Rules) -> RulesView {
        let ways = |kind| rules.ways.get(&kind).into_iter().flatten().map(|way| Word(*way)).collect();
        RulesView {
            ways: WaysView {
                assignment: ways(entity::NotificationKind::Assignment),
                mention: ways(entity::NotificationKind::Mention),
                message: ways(entity::NotificationKind::Message),
            },
            quiet_hours: rules.quiet_hours.map(|quiet| QuietView {
                time_zone: quiet.time_zone.name().to_owned(),
                days: quiet.days.into_iter().map(Word).collect(),
                from: quiet.from.to_string(),
                to: quiet.to.to_string(),
            }),
            user_id: rules.user_id.into(),
            slack_webhook_url: rules.slack_url,
            teams_webhook_url: rules.teams_url,
            changed_at: rules.changed_at.map(Stamp),
        }
    }
}

/// All rules of a user: what is absent is off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRules {
    #[schema(value_type = NewWays)]
    ways: Members<NewWays>,
    /// The address of an incoming webhook of Slack: of the public internet, over HTTPS.
    #[schema(inline)]
    slack_webhook_url: Option<WebAddress>,
    /// The address of an incoming webhook of Teams: of the public internet, over HTTPS.
    #[schema(inline)]
    teams_webhook_url: Option<WebAddress>,
    #[schema(value_type = Option<NewQuietHours>)]
    quiet_hours: Option<Members<NewQuietHours>>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWays {
    #[serde(default)]
    #[schema(max_items = 8)]
    assignment: Vec<Way>,
    #[serde(default)]
    #[schema(max_items = 8)]
    mention: Vec<Way>,
    #[serde(default)]
    #[schema(max_items = 8)]
    message: Vec<Way>,
}

/// Hours in which nothing is pushed; what came in them is told at their end, all at once.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewQuietHours {
    #[schema(inline)]
    time_zone: TimeZone,
    /// On which they begin.
    #[schema(max_items = 8)]
    days: Vec<Weekday>,
    #[schema(inline)]
    from: MinuteOfDay,
    /// On the next day unless it is later than `from`; where both are the same, they last a day.
    #[schema(inline)]
    to: MinuteOfDay,
}

fn set<T: Ord + Copy>(field: &str, words: &[Word<T>]) -> Result<BTreeSet<T>, Problem> {
    if words.len() > ITEMS_MAX {
        return Err(Problem::field(field, format!("must have at most {ITEMS_MAX} items")));
    }
    Ok(words.iter().map(|word| word.0).collect())
}

impl NewWays {
    fn ways(&self) -> Result<BTreeMap<entity::NotificationKind, BTreeSet<entity::Way>>, Problem> {
        Ok(BTreeMap::from([
            (entity::NotificationKind::Assignment, set("ways.assignment", &self.assignment)?),
            (entity::NotificationKind::Mention, set("ways.mention", &self.mention)?),
            (entity::NotificationKind::Message, set("ways.message", &self.message)?),
        ]))
    }
}

impl NewQuietHours {
    fn quiet_hours(&self) -> Result<entity::QuietHours, Problem> {
        let minute = |name: &str, given: &MinuteOfDay| {
            entity::Minute::parse(&given.0)
                .ok_or_else(|| Problem::field(format!("quiet_hours.{name}"), "must be a minute"))
        };
        let zone = Zone::parse(&self.time_zone.0);
        Ok(entity::QuietHours {
            time_zone: zone.ok_or_else(|| Problem::field("quiet_hours.time_zone", "must be a time zone"))?,
            days: set("quiet_hours.days", &self.days)?,
            from: minute("from", &self.from)?,
            to: minute("to", &self.to)?,
        })
    }
}

/// Whose rules are meant.
async fn whose(app: &App, caller: &Caller, query: &RulesQuery) -> Result<ids::UserId, Problem> {
    let Some(named) = query.user_id.as_ref().map(|id| &id.0) else { return Ok(user(caller)?.clone()) };
    if caller.user.as_ref() == Some(named) {
        return Ok(named.clone());
    }
    // Who is there is told to whom may know.
    let is_there = caller.may(Permission::ManageSetup) && app.store.user_get(named).await?.is_some();
    if is_there { Ok(named.clone()) } else { Err(Problem::unknown("user_id", "names nobody whose rules you may see")) }
}

/// Reads the caller's rules, or those of another user.
#[utoipa::path(get, path = "/v1/notification-rules", params(RulesQuery), responses((status = 200, body = RulesView)))]
pub(super) async fn read_rules(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, .. }: Input<Nothing, RulesQuery>,
) -> Answer<RulesView> {
    let user = whose(&app, &caller, &query).await?;
    Ok(Json(app.store.notification_rules(&user).await?.into()))
}

/// Writes the caller's rules, or those of another user, in place of the ones before. They hold for what happens from then on,
/// and what waits for the end of quiet hours goes by those of then.
#[utoipa::path(
    put,
    path = "/v1/notification-rules",
    params(RulesQuery),
    request_body = NewRules,
    responses((status = 200, body = RulesView))
)]
pub(super) async fn change_rules(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, body, .. }: Input<Nothing, RulesQuery, NewRules>,
) -> Answer<RulesView> {
    let ways = body.ways.0.ways()?;
    let quiet_hours = body.quiet_hours.map(|Members(quiet)| quiet.quiet_hours()).transpose()?;
    let (slack_url, teams_url) = (body.slack_webhook_url.map(|url| url.0), body.teams_webhook_url.map(|url| url.0));
    let (user_id, now) = (whose(&app, &caller, &query).await?, clock::now());
    let saved = app.store.notification_rules(&user_id).await?;
    for (field, wanted, before) in
        [("slack_webhook_url", &slack_url, &saved.slack_url), ("teams_webhook_url", &teams_url, &saved.teams_url)]
    {
        if let Some(url) = wanted.as_ref().filter(|_| wanted != before) {
            callable(&app, field, url).await?;
        }
    }
    for _ in 0..EDIT_TRIES_MAX {
        let seen = app.store.notification_rules(&user_id).await?;
        let next = entity::Rules {
            ways: ways.clone(),
            slack_url: slack_url.clone(),
            teams_url: teams_url.clone(),
            quiet_hours: quiet_hours.clone(),
            changed_at: Some(now),
            ..seen
        };
        if app.store.notification_rules_write(&next, now).await? {
            return Ok(Json(next.into()));
        }
    }
    Err(Problem::ChangedMeanwhile)
}
