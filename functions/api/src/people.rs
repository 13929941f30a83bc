//! Whether those whom something is given to, or who are to be told of it, are there: nobody hears of what goes to somebody who
//! is not active, or to a role that nobody has (P44).
use domain::access::User;
use domain::channel::Assignee;
use domain::conversation::Conversation;
use domain::ids::{GroupId, UserId};
use store::Store;

use crate::problem::{FieldError, Problem};

pub(crate) async fn must_exist(store: &Store, assignee: Option<&Assignee>, field: &str) -> Result<(), Problem> {
    let wrong = match assignee {
        None => None,
        Some(Assignee::User(id)) => active(store, id).await?.err(),
        Some(Assignee::Group(id)) => store.group_get(id).await?.is_none().then(|| missing(id.as_str())),
        Some(Assignee::Role(role)) => {
            let is_held = store.users_with(*role).await?.iter().any(|user| user.is_active);
            (!is_held).then(|| format!("names the role {role}, which nobody has"))
        }
    };
    wrong.map_or(Ok(()), |wrong| Err(Problem::unknown(field, wrong)))
}

/// That all of `users` can be told of what stands in a conversation: they are there, and see it as it is now (P45).
pub(crate) async fn must_see(
    store: &Store,
    conversation: &Conversation,
    users: &[UserId],
    field: &str,
) -> Result<(), Problem> {
    let mut errors = Vec::new();
    for (index, id) in users.iter().enumerate() {
        let wrong = match active(store, id).await? {
            Ok(user) if store.sight_of(&user).await?.sees(conversation.assignee.as_ref()) => None,
            Ok(_) => Some(format!("names {id}, who does not see the conversation")),
            Err(wrong) => Some(wrong),
        };
        errors.extend(wrong.map(|wrong| FieldError::new(format!("{field}[{index}]"), wrong)));
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::UnknownReference(errors)) }
}

pub(crate) async fn groups_must_exist(store: &Store, groups: &[GroupId], field: &str) -> Result<(), Problem> {
    let mut errors = Vec::new();
    for (index, id) in groups.iter().enumerate() {
        if store.group_get(id).await?.is_none() {
            errors.push(FieldError::new(format!("{field}[{index}]"), missing(id.as_str())));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::UnknownReference(errors)) }
}

/// The user, or what is wrong about a field that names them.
async fn active(store: &Store, id: &UserId) -> Result<Result<User, String>, Problem> {
    Ok(match store.user_get(id).await? {
        Some(user) if user.is_active => Ok(user),
        Some(_) => Err(format!("names {id}, who is not active")),
        None => Err(missing(id.as_str())),
    })
}

fn missing(id: &str) -> String {
    format!("names {id}, which does not exist")
}
