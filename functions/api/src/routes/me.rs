//! Who the caller is, and what they may do.
use axum::Json;
use axum::extract::{Extension, State};
use domain::access::{Permission, Reach as Reached, Sight};
use serde::Serialize;
use utoipa::ToSchema;

use super::users::UserView;
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{Reach, Role, Scope, Word};
use crate::input::Input;
use crate::{Answer, App};

area! {
    anyone: me;
}

#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
struct MeView {
    /// The id of the user, else of the key; `bootstrap` for the administrator's key of the deployment. What they do is noted
    /// under it.
    actor: String,
    /// The user that the caller acts as.
    user: Option<UserView>,
    role: Role,
    /// Whose work they see.
    reach: Reach,
    /// All that they may do.
    scopes: Vec<Scope>,
}

/// Says who the caller is, and what they may do. Needs a key or token, and no scope.
#[utoipa::path(get, path = "/v1/me", responses((status = 200, body = MeView)))]
async fn me(State(app): State<App>, Extension(caller): Extension<Caller>, _: Input) -> Answer<MeView> {
    let user = match &caller.user {
        Some(id) => app.store.user_get(id).await?,
        None => None,
    };
    // An admin's or an integration's own word about their reach does not count.
    let reach = match (&caller.sight, &user) {
        (Sight::Only { .. }, Some(user)) => user.reach,
        (Sight::Only { .. } | Sight::All, _) => Reached::All,
    };
    let scopes = Permission::ALL.iter().filter(|permission| caller.may(**permission));
    Ok(Json(MeView {
        actor: caller.actor().to_string(),
        user: user.map(UserView::from),
        role: Word(caller.role),
        reach: Word(reach),
        scopes: scopes.map(|permission| Word(*permission)).collect(),
    }))
}
