//! Where what a filter asks for is looked for: the narrowest place that holds all of it.
use super::{By, Filter, Who, Whose};
use crate::channel::Assignee;
use crate::ids::UserId;

/// Each stands for one place of the store, whose rows are in the filter's order; the rest of the filter is then held against
/// each of them. Where nothing narrower is asked for, the status has places of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Driver {
    /// What is asked for is not in sight of who asks.
    Nowhere,
    /// What waits for an answer, of all or given to one of these.
    Waiting(Option<Vec<Assignee>>),
    /// What is given to one of these.
    Assigned(Vec<Assignee>),
    /// What was last answered by a user.
    Answered(UserId),
    /// Those whose contact a user owns.
    Owned(UserId),
    Labelled(String),
    Snoozed,
    /// Those whose window closes within a time.
    Closing,
    /// Everything, or what is given to nobody.
    All {
        is_unassigned: bool,
    },
}

impl Filter {
    /// Of a filter that was [`Filter::asked_by`] somebody who sees only what is given to `sight`, or everything. Somebody's sight
    /// comes before all else: what they may not see is not even looked at.
    pub fn driver(&self, sight: Option<Vec<Assignee>>) -> Driver {
        let given = match &self.assignee {
            Some(Whose::Of(assignee)) => Some(assignee.clone()),
            Some(Whose::Nobody | Whose::Me) | None => None,
        };
        let is_unassigned = self.assignee == Some(Whose::Nobody);
        let assignees = match (sight, given) {
            (Some(_), None) if is_unassigned => return Driver::Nowhere,
            (Some(sight), Some(given)) if !sight.contains(&given) => return Driver::Nowhere,
            (_, Some(given)) => Some(vec![given]),
            (Some(sight), None) => Some(sight),
            (None, None) => None,
        };
        match (self.by(), assignees) {
            (By::Waiting, assignees) => Driver::Waiting(assignees),
            (By::Closing | By::Activity, Some(assignees)) => Driver::Assigned(assignees),
            (By::Closing, None) => Driver::Closing,
            (By::Activity, None) => self.driver_of_all(),
        }
    }

    /// Further places that hold all of what is asked for, in the order of the driver's: what is not in each of them too need not
    /// be looked at.
    pub fn narrowing(&self, driver: &Driver) -> Vec<Driver> {
        let answered = match &self.replied_by {
            Some(Who::User(user)) => Some(Driver::Answered(user.clone())),
            Some(Who::Me) | None => None,
        };
        let owned = match &self.owner {
            Some(Who::User(user)) => Some(Driver::Owned(user.clone())),
            Some(Who::Me) | None => None,
        };
        match driver {
            Driver::Assigned(_) => answered.into_iter().chain(owned).collect(),
            Driver::Answered(_) => owned.into_iter().collect(),
            Driver::Nowhere
            | Driver::Waiting(_)
            | Driver::Owned(_)
            | Driver::Labelled(_)
            | Driver::Snoozed
            | Driver::Closing
            | Driver::All { .. } => Vec::new(),
        }
    }

    fn driver_of_all(&self) -> Driver {
        match (&self.replied_by, &self.owner, &self.label) {
            (Some(Who::User(user)), ..) => Driver::Answered(user.clone()),
            (_, Some(Who::User(user)), _) => Driver::Owned(user.clone()),
            (.., Some(label)) => Driver::Labelled(label.clone()),
            _ if self.snoozed == Some(true) => Driver::Snoozed,
            _ => Driver::All { is_unassigned: self.assignee == Some(Whose::Nobody) },
        }
    }
}
