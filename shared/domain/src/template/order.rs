//! What is to be done to a template on Meta's side: one order at a time, and the rules of when it may be given.
//!
//! An order is a row beside its template's, so that a list that is read meanwhile never takes it away.
use std::time::Duration;

use crate::ids::TemplateId;
use crate::message::Fault;
use crate::template::{APPROVED, DELETED, Template};
use crate::{Time, words};

/// Our word for a template that Meta was not asked for yet, or has not answered for.
pub const REQUESTED: &str = "REQUESTED";
/// Our word for a template that Meta would not make.
pub const REFUSED: &str = "REFUSED";

/// In which an edit is taken.
pub const EDITABLE: &[&str] = &[APPROVED, "REJECTED", PAUSED];
const PAUSED: &str = "PAUSED";

/// How long a name that was deleted cannot be used again.
pub const NAME_BLOCKED: Duration = Duration::from_secs(30 * DAY);
/// How often an approved template is edited at most, and in what time.
const EDIT_LIMITS: [(usize, Duration); 2] = [(1, Duration::from_secs(DAY)), (10, Duration::from_secs(30 * DAY))];
const DAY: u64 = 24 * 3600;
/// An order that was not settled by then never will be: its task is among the dead letters.
const LOST: Duration = Duration::from_secs(6 * 3600);

words! {
    pub enum Action {
        Create = "create",
        /// Creates a language of an authentication template, or replaces it.
        Upsert = "upsert",
        Edit = "edit",
        Delete = "delete",
        Unpause = "unpause",
    }
}

words! {
    pub enum OrderState {
        Queued = "queued",
        /// Meta was asked, or was about to be.
        Sent = "sent",
        Done = "done",
        /// Meta refused it, or could not be reached in all tries.
        Refused = "refused",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub template_id: TemplateId,
    pub waba_id: String,
    pub name: String,
    pub language: String,
    /// Counts the orders of this template.
    pub number: u32,
    pub action: Action,
    pub state: OrderState,
    /// The body for Meta, but for languages and the handles of uploads; null where the action needs none.
    pub wish: serde_json::Value,
    /// Of a deletion: all languages of the name.
    pub all_languages: bool,
    /// Of an edit: that of an approved template, of which there are not many.
    pub is_counted: bool,
    /// The category that was asked for last; Meta may have given another.
    pub asked_category: Option<String>,
    pub requested_at: Time,
    pub settled_at: Option<Time>,
    pub fault: Option<Fault>,
    /// When edits of the approved template were taken, the latest last.
    pub edits: Vec<Time>,
}

/// Why an order is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Another one is being carried out.
    UnderWay {
        action: Action,
    },
    /// There is one of this name and language.
    Exists,
    Status {
        action: Action,
        status: String,
        takes: &'static [&'static str],
    },
    NameBlocked {
        until: Time,
    },
    TooSoon {
        not_before: Time,
    },
}

impl Order {
    pub fn is_under_way(&self, now: Time) -> bool {
        let is_open = matches!(self.state, OrderState::Queued | OrderState::Sent);
        is_open && self.requested_at.plus(LOST) > now
    }

    /// What stays when it has been carried out, or has not.
    #[must_use]
    pub fn settled(&self, fault: Option<Fault>, now: Time) -> Order {
        let is_done = fault.is_none();
        let mut edits = self.edits.clone();
        if is_done && self.is_counted {
            edits.push(now);
        }
        let [.., (most, span)] = EDIT_LIMITS;
        edits.retain(|at| at.plus(span) > now);
        let edits = edits.split_off(edits.len().saturating_sub(most));
        let state = if is_done { OrderState::Done } else { OrderState::Refused };
        Order { state, fault, edits, settled_at: Some(now), ..self.clone() }
    }
}

fn is_free(order: Option<&Order>, now: Time) -> Result<(), Denied> {
    match order.filter(|order| order.is_under_way(now)) {
        Some(order) => Err(Denied::UnderWay { action: order.action }),
        None => Ok(()),
    }
}

/// Whether a row stands for nothing on Meta's side.
pub fn is_vacant(template: &Template) -> bool {
    matches!(template.status.as_str(), DELETED | REFUSED | REQUESTED)
}

/// Whether the status is our word, which no list of Meta's takes away.
pub fn is_ours(status: &str) -> bool {
    matches!(status, REFUSED | REQUESTED)
}

/// `named` are the templates of this name in all languages, each with its last order.
pub fn may_create(language: &str, named: &[(Template, Option<Order>)], now: Time) -> Result<(), Denied> {
    for (template, order) in named {
        let is_same = template.language == language;
        if is_same {
            is_free(order.as_ref(), now)?;
            if !is_vacant(template) {
                return Err(Denied::Exists);
            }
        }
        if let Some(until) = blocked_until(template, order.as_ref(), is_same).filter(|until| *until > now) {
            return Err(Denied::NameBlocked { until });
        }
    }
    Ok(())
}

/// A deleted language blocks itself; a name that was deleted as a whole blocks all languages. What never was on Meta's side
/// blocks nothing.
fn blocked_until(template: &Template, order: Option<&Order>, is_same: bool) -> Option<Time> {
    let is_whole = |order: &&Order| order.action == Action::Delete && order.all_languages;
    let whole = order.filter(is_whole).filter(|order| order.state == OrderState::Done);
    let deleted_at = match whole.and_then(|order| order.settled_at) {
        Some(at) => Some(at),
        None if template.status == DELETED && is_same => Some(template.synced_at),
        None => None,
    };
    deleted_at.filter(|_| !template.meta_id.is_empty()).map(|at| at.plus(NAME_BLOCKED))
}

pub fn may_edit(template: &Template, order: Option<&Order>, now: Time) -> Result<(), Denied> {
    is_free(order, now)?;
    if !EDITABLE.contains(&template.status.as_str()) {
        let status = template.status.clone();
        return Err(Denied::Status { action: Action::Edit, status, takes: EDITABLE });
    }
    let edits = order.map(|order| order.edits.as_slice()).unwrap_or_default();
    if template.status != APPROVED {
        return Ok(());
    }
    for (most, span) in EDIT_LIMITS {
        let earliest = edits.len().checked_sub(most).and_then(|at| edits.get(at));
        if let Some(not_before) = earliest.map(|at| at.plus(span)).filter(|free| *free > now) {
            return Err(Denied::TooSoon { not_before });
        }
    }
    Ok(())
}

/// In any status.
pub fn may_delete(order: Option<&Order>, now: Time) -> Result<(), Denied> {
    is_free(order, now)
}

pub fn may_unpause(template: &Template, order: Option<&Order>, now: Time) -> Result<(), Denied> {
    is_free(order, now)?;
    if template.status != PAUSED {
        let status = template.status.clone();
        return Err(Denied::Status { action: Action::Unpause, status, takes: &[PAUSED] });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{merge, sync};

    fn template(language: &str, status: &str) -> Template {
        Template {
            id: TemplateId::of("waba", "offer", language),
            waba_id: "waba".to_owned(),
            meta_id: "1".to_owned(),
            name: "offer".to_owned(),
            language: language.to_owned(),
            status: status.to_owned(),
            category: "MARKETING".to_owned(),
            parameter_format: "POSITIONAL".to_owned(),
            components: serde_json::json!([]),
            quality: None,
            rejected_reason: None,
            more: crate::template::More::default(),
            course: crate::template::Course::default(),
            synced_at: Time::from_seconds(0),
        }
    }

    fn order(action: Action, state: OrderState) -> Order {
        Order {
            template_id: TemplateId::of("waba", "offer", "en_US"),
            waba_id: "waba".to_owned(),
            name: "offer".to_owned(),
            language: "en_US".to_owned(),
            number: 1,
            action,
            state,
            wish: serde_json::Value::Null,
            all_languages: false,
            is_counted: false,
            asked_category: None,
            requested_at: Time::from_seconds(0),
            settled_at: Some(Time::from_seconds(0)),
            fault: None,
            edits: Vec::new(),
        }
    }

    const HOUR: i64 = 3600;
    const MONTH: i64 = 30 * 24 * HOUR;

    #[test]
    fn a_name_is_free_when_nothing_has_it_and_nothing_had_it_lately() {
        let whole = Order { all_languages: true, ..order(Action::Delete, OrderState::Done) };
        let never = Template { meta_id: String::new(), ..template("en_US", DELETED) };
        let blocked = Err(Denied::NameBlocked { until: Time::from_seconds(MONTH) });
        for (what, named, at, expected) in [
            ("nothing", vec![], 1, Ok(())),
            ("another language", vec![(template("fr", APPROVED), None)], 1, Ok(())),
            ("this one", vec![(template("en_US", APPROVED), None)], 1, Err(Denied::Exists)),
            ("a refused one", vec![(template("en_US", REFUSED), None)], 1, Ok(())),
            ("a deleted one", vec![(template("en_US", DELETED), None)], MONTH - 1, blocked.clone()),
            ("one deleted long ago", vec![(template("en_US", DELETED), None)], MONTH, Ok(())),
            ("another deleted language", vec![(template("fr", DELETED), None)], 1, Ok(())),
            ("a name deleted as a whole", vec![(template("fr", DELETED), Some(whole))], 1, blocked),
            ("one that never was", vec![(never, None)], 1, Ok(())),
            (
                "one that is being made",
                vec![(template("en_US", REQUESTED), Some(order(Action::Create, OrderState::Sent)))],
                1,
                Err(Denied::UnderWay { action: Action::Create }),
            ),
            (
                "one whose making was lost",
                vec![(template("en_US", REQUESTED), Some(order(Action::Create, OrderState::Sent)))],
                7 * HOUR,
                Ok(()),
            ),
        ] {
            assert_eq!(may_create("en_US", &named, Time::from_seconds(at)), expected, "{what}");
        }
    }

    #[test]
    fn an_approved_template_is_edited_once_a_day_and_ten_times_a_month() {
        let edited = |hours: &[i64]| Order {
            edits: hours.iter().map(|hour| Time::from_seconds(hour * HOUR)).collect(),
            ..order(Action::Edit, OrderState::Done)
        };
        let ten: Vec<i64> = (0..10).map(|day| day * 24).collect();
        let late = |hour: i64| Err(Denied::TooSoon { not_before: Time::from_seconds(hour * HOUR) });
        for (status, edits, hour, expected) in [
            (APPROVED, edited(&[]), 1, Ok(())),
            (APPROVED, edited(&[0]), 23, late(24)),
            (APPROVED, edited(&[0]), 24, Ok(())),
            (APPROVED, edited(&ten), 10 * 24, late(30 * 24)),
            (APPROVED, edited(&ten), 30 * 24, Ok(())),
            ("REJECTED", edited(&[0]), 1, Ok(())),
            ("PAUSED", edited(&ten), 10 * 24, Ok(())),
        ] {
            let found = may_edit(&template("en_US", status), Some(&edits), Time::from_seconds(hour * HOUR));
            assert_eq!(found, expected, "{status} at {hour}");
        }
    }

    #[test]
    fn each_action_has_its_statuses() {
        let now = Time::from_seconds(1);
        for (status, edits, unpauses) in [
            (APPROVED, true, false),
            ("REJECTED", true, false),
            ("PAUSED", true, true),
            ("PENDING", false, false),
            ("DISABLED", false, false),
            ("IN_APPEAL", false, false),
            (REFUSED, false, false),
            (DELETED, false, false),
        ] {
            let template = template("en_US", status);
            assert_eq!(may_edit(&template, None, now).is_ok(), edits, "edit {status}");
            assert_eq!(may_unpause(&template, None, now).is_ok(), unpauses, "unpause {status}");
        }
        let busy = order(Action::Edit, OrderState::Queued);
        assert_eq!(may_delete(Some(&busy), now), Err(Denied::UnderWay { action: Action::Edit }));
        assert_eq!(may_delete(None, now), Ok(()));
    }

    #[test]
    fn what_was_asked_since_a_list_was_begun_stands() {
        let at = |status: &str, seconds: i64| Template {
            synced_at: Time::from_seconds(seconds),
            ..template("en_US", status)
        };
        for (held, listed, expected) in [
            (at("PENDING", 3), None, "PENDING"),
            (at(DELETED, 3), Some(at(APPROVED, 2)), DELETED),
            (at(DELETED, 1), Some(at(APPROVED, 2)), APPROVED),
            (at(REQUESTED, 1), None, REQUESTED),
            (at(REFUSED, 1), None, REFUSED),
            (at(REQUESTED, 1), Some(at("PENDING", 2)), "PENDING"),
            (at(APPROVED, 1), None, DELETED),
        ] {
            let plan = sync(std::slice::from_ref(&held), listed.as_slice(), Time::from_seconds(2));
            let written = plan.changed.iter().chain(&plan.deleted).next();
            let found = written.map_or(held.clone(), |listed| merge(Some(&held), listed));
            assert_eq!(found.status, expected, "{held:?}");
        }
    }

    #[test]
    fn only_edits_that_were_taken_count() {
        let at = Time::from_seconds(HOUR);
        let edit = Order { is_counted: true, ..order(Action::Edit, OrderState::Sent) };
        assert_eq!(edit.settled(None, at).edits, [at]);
        let fault = Fault { code: 100, title: "Invalid parameter".to_owned(), details: None };
        let refused = edit.settled(Some(fault), at);
        assert_eq!((refused.state, refused.edits), (OrderState::Refused, vec![]));
        let later = Time::from_seconds(HOUR + MONTH);
        assert_eq!(edit.settled(None, at).settled(None, later).edits, [later], "what is long ago is forgotten");
    }
}
