//! A message template as Meta lists it.
use crate::Time;
use crate::ids::TemplateId;

mod fallbacks;

pub use fallbacks::Fallbacks;

/// The one status in which a template can be sent; Meta's other words are kept as they come.
pub const APPROVED: &str = "APPROVED";
/// Our word for a template that Meta no longer lists.
pub const DELETED: &str = "DELETED";

/// The categories that rules of ours depend on, in Meta's words.
pub const MARKETING: &str = "MARKETING";
pub const UTILITY: &str = "UTILITY";
pub const AUTHENTICATION: &str = "AUTHENTICATION";

/// Meta writes one language as `en-US` and as `en_US`.
pub fn language(code: &str) -> String {
    code.replace('-', "_")
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub id: TemplateId,
    pub waba_id: String,
    /// Meta's id; one per language.
    pub meta_id: String,
    pub name: String,
    pub language: String,
    pub status: String,
    pub category: String,
    /// POSITIONAL or NAMED.
    pub parameter_format: String,
    pub components: serde_json::Value,
    pub quality: Option<String>,
    pub rejected_reason: Option<String>,
    pub synced_at: Time,
}

impl Template {
    /// Whether Meta's side differs, the moment of the sync aside.
    pub fn differs(&self, other: &Template) -> bool {
        Template { synced_at: other.synced_at, ..self.clone() } != *other
    }
}

/// How far a mirror of one account's template list has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateSync {
    pub waba_id: String,
    pub state: SyncState,
    pub requested_at: Time,
    pub finished_at: Option<Time>,
    pub listed: u64,
    pub changed: u64,
    pub deleted: u64,
    pub problem: Option<String>,
}

crate::words! {
    pub enum SyncState {
        Requested = "requested",
        Done = "done",
        Failed = "failed",
    }
}

/// What one complete list means for what we hold: the rows to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncPlan {
    pub changed: Vec<Template>,
    /// Held, but no longer listed; already marked.
    pub deleted: Vec<Template>,
}

/// Compares a list that was read to its end with what is held. A half list must never come here.
pub fn sync(held: &[Template], listed: &[Template], now: Time) -> SyncPlan {
    let find = |templates: &[Template], id: &TemplateId| templates.iter().find(|template| template.id == *id).cloned();
    let changed = listed.iter().filter(|listed| find(held, &listed.id).is_none_or(|held| held.differs(listed)));
    let deleted = held.iter().filter(|held| held.status != DELETED && find(listed, &held.id).is_none());
    SyncPlan {
        changed: changed.cloned().collect(),
        deleted: deleted.map(|held| Template { status: DELETED.to_owned(), synced_at: now, ..held.clone() }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(name: &str, status: &str, at: i64) -> Template {
        Template {
            id: TemplateId::of("waba", name, "en_US"),
            waba_id: "waba".to_owned(),
            meta_id: "1".to_owned(),
            name: name.to_owned(),
            language: "en_US".to_owned(),
            status: status.to_owned(),
            category: "UTILITY".to_owned(),
            parameter_format: "POSITIONAL".to_owned(),
            components: serde_json::json!([]),
            quality: None,
            rejected_reason: None,
            synced_at: Time::from_seconds(at),
        }
    }

    #[test]
    fn a_sync_writes_only_what_differs() {
        let held = [
            template("same", APPROVED, 1),
            template("paused", APPROVED, 1),
            template("gone", APPROVED, 1),
            template("old", DELETED, 1),
        ];
        let listed = [template("same", APPROVED, 2), template("paused", "PAUSED", 2), template("new", "PENDING", 2)];
        let plan = sync(&held, &listed, Time::from_seconds(2));
        let names = |templates: &[Template]| templates.iter().map(|t| t.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&plan.changed), ["paused", "new"]);
        assert_eq!(names(&plan.deleted), ["gone"]);
        assert_eq!(plan.deleted[0].status, DELETED);
    }
}
