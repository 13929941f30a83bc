//! Whether those whom something is assigned to exist.
use domain::channel::Assignee;
use domain::ids::GroupId;
use store::Store;

use crate::problem::{FieldError, Problem};

pub(crate) async fn must_exist(store: &Store, assignee: Option<&Assignee>, field: &str) -> Result<(), Problem> {
    let (is_there, id) = match assignee {
        None => return Ok(()),
        Some(Assignee::User(id)) => (store.user_get(id).await?.is_some(), id.as_str()),
        Some(Assignee::Group(id)) => (store.group_get(id).await?.is_some(), id.as_str()),
        Some(Assignee::Role(role)) => {
            let is_held = store.users_with(*role).await?.iter().any(|user| user.is_active);
            let nobody = || Problem::unknown(field, format!("names the role {role}, which nobody has"));
            return is_held.then_some(()).ok_or_else(nobody);
        }
    };
    if is_there { Ok(()) } else { Err(Problem::unknown(field, format!("names {id}, which does not exist"))) }
}

pub(crate) async fn groups_must_exist(store: &Store, groups: &[GroupId], field: &str) -> Result<(), Problem> {
    let mut missing = Vec::new();
    for (index, id) in groups.iter().enumerate() {
        if store.group_get(id).await?.is_none() {
            missing.push(FieldError::new(format!("{field}[{index}]"), format!("names {id}, which does not exist")));
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(Problem::UnknownReference(missing)) }
}
