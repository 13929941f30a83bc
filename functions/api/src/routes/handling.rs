//! What is done with a conversation: who has it, whether it is open, when it comes back, what it is labelled with.
use axum::extract::{Extension, State};
use domain::access::Sight;
use domain::channel::Assignee;
use domain::conversation::{LABELS_MAX, SNOOZE_MAX, TakenBy};
use domain::ids;
use domain::inbox::Note;
use runtime::clock;
use serde::Deserialize;
use store::PickedUp;
use utoipa::ToSchema;

use super::conversations::{ConversationView, acted, shown};
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{AssigneeChoice, AssigneeInput, ConversationId, Label, Members, Moment, Text, Whole};
use crate::input::{Input, Nothing};
use crate::people::must_exist;
use crate::problem::Problem;
use crate::sight::{self, missing};
use crate::{Answer, App};

area! {
    WriteInbox: assign, pick_up, hand_over, close, reopen, snooze, wake, change;
}

type Minutes = Whole<1, { 366 * 24 * 60 }>;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PickUp {
    /// Also from another user. For those who see everything.
    #[serde(default)]
    force: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HandOver {
    #[schema(value_type = AssigneeChoice)]
    to: AssigneeInput,
    /// An internal note to them.
    note: Option<Text<4000>>,
}

/// One of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Snooze {
    until: Option<Moment>,
    minutes: Option<Minutes>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConversationPatch {
    #[schema(value_type = Option<LabelsPatch>)]
    labels: Option<Members<LabelsPatch>>,
}

/// Labels that others put on or take off at the same time stay as they want them.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LabelsPatch {
    #[serde(default)]
    #[schema(max_items = 20)]
    add: Vec<Label>,
    #[serde(default)]
    #[schema(max_items = 20)]
    remove: Vec<Label>,
}

/// Gives the conversation to a user, to a group, to everybody who has a role, or to nobody.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/assign",
    params(("id" = ConversationId, Path)),
    request_body = Option<AssigneeChoice>,
    responses((status = 200, body = ConversationView))
)]
async fn assign(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::ConversationId, Nothing, Option<AssigneeInput>>,
) -> Answer<ConversationView> {
    sight::conversation(&app, &caller, &id).await?;
    let assignee = body.and_then(|body| body.0);
    must_exist(&app.store, assignee.as_ref(), "body").await?;
    let outcome = app.store.conversation_assign(&id, assignee, &caller.actor(), clock::now()).await;
    acted(&app, &caller, &id, outcome).await
}

/// Takes the conversation, from nobody or from a group. Of two who take it at once one does, and the other is told who.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/pick-up",
    params(("id" = ConversationId, Path)),
    request_body = PickUp,
    responses((status = 200, body = ConversationView))
)]
async fn pick_up(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::ConversationId, Nothing, PickUp>,
) -> Answer<ConversationView> {
    sight::conversation(&app, &caller, &id).await?;
    let user = caller.user.as_ref().ok_or(Problem::UserNeeded)?;
    if body.force && caller.sight != Sight::All {
        return Err(Problem::field("force", "is for those who see everything"));
    }
    match app.store.conversation_pick_up(&id, user, body.force, clock::now()).await? {
        PickedUp::Yes(conversation) => shown(&app, &caller, *conversation).await,
        PickedUp::Taken(TakenBy(by)) => Err(Problem::AlreadyTaken { by }),
        PickedUp::Missing => Err(missing(&id)),
    }
}

/// Gives the conversation to somebody else, with a note to them. Repeated with its `Idempotency-Key` after somebody did
/// something else with the conversation, it changes nothing.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/hand-over",
    params(("id" = ConversationId, Path)),
    request_body = HandOver,
    responses((status = 200, body = ConversationView))
)]
async fn hand_over(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, fingerprint, .. }: Input<ids::ConversationId, Nothing, HandOver>,
) -> Answer<ConversationView> {
    let conversation = app.store.conversation_get(&id).await?.ok_or_else(|| missing(&id))?;
    let to = body.to.0.ok_or_else(|| Problem::field("to", "must name somebody"))?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    // Repeated, it may have taken the conversation out of the caller's sight already.
    let is_done = ticket.is_repeated && conversation.assignee.as_ref() == Some(&to);
    if !is_done && !caller.sight.sees(conversation.assignee.as_ref()) {
        return Err(missing(&id));
    }
    // What somebody did with it since the first request is the later wish, whoever has it by now.
    let is_turned = conversation.turned.as_ref().is_some_and(|turned| turned.by.is_some() && ticket.at < turned.at);
    if ticket.is_repeated && (is_turned || app.store.conversation_given_since(&id, ticket.at).await?) {
        return shown(&app, &caller, conversation).await;
    }
    must_exist(&app.store, Some(&to), "to").await?;
    let mentions = match &to {
        Assignee::User(user) => vec![user.clone()],
        Assignee::Group(_) | Assignee::Role(_) => Vec::new(),
    };
    let note = body.note.map(|body| Note {
        id: ids::NoteId::new(ticket.at, ticket.entropy),
        conversation_id: id.clone(),
        author: caller.actor(),
        body: body.0,
        mentions,
        created_at: ticket.at,
    });
    let outcome = app.store.conversation_hand_over(&id, to, &caller.actor(), note.as_ref(), clock::now()).await;
    acted(&app, &caller, &id, outcome).await
}

/// Closes the conversation, which also ends its wait for an answer. A message of the customer opens it again, and one that comes at
/// the same moment keeps it open.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/close",
    params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationView))
)]
async fn close(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ConversationId>,
) -> Answer<ConversationView> {
    sight::conversation(&app, &caller, &id).await?;
    acted(&app, &caller, &id, app.store.conversation_close(&id, &caller.actor(), clock::now()).await).await
}

/// Opens a closed conversation.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/reopen",
    params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationView))
)]
async fn reopen(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ConversationId>,
) -> Answer<ConversationView> {
    sight::conversation(&app, &caller, &id).await?;
    acted(&app, &caller, &id, app.store.conversation_reopen(&id, &caller.actor(), clock::now()).await).await
}

/// Puts the conversation off: it is out of the lists until then, or until the customer writes.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/snooze",
    params(("id" = ConversationId, Path)),
    request_body = Snooze,
    responses((status = 200, body = ConversationView))
)]
async fn snooze(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::ConversationId, Nothing, Snooze>,
) -> Answer<ConversationView> {
    sight::conversation(&app, &caller, &id).await?;
    let now = clock::now();
    let until = match (body.until, body.minutes) {
        (Some(Moment(until)), None) if now < until && until <= now.plus(SNOOZE_MAX) => until,
        (Some(_), None) => return Err(Problem::field("until", "must lie ahead, within 366 days")),
        (None, Some(Whole(minutes))) => now.plus(std::time::Duration::from_secs(60 * u64::from(minutes))),
        (..) => return Err(Problem::field("until", "or minutes must be given, and not both")),
    };
    acted(&app, &caller, &id, app.store.conversation_snooze(&id, until, &caller.actor(), now).await).await
}

/// Takes a conversation back that was put off.
#[utoipa::path(
    delete,
    path = "/v1/conversations/{id}/snooze",
    params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationView))
)]
async fn wake(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ConversationId>,
) -> Answer<ConversationView> {
    sight::conversation(&app, &caller, &id).await?;
    acted(&app, &caller, &id, app.store.conversation_wake(&id, &caller.actor(), clock::now()).await).await
}

/// Puts labels on the conversation and takes others off.
#[utoipa::path(
    patch,
    path = "/v1/conversations/{id}",
    params(("id" = ConversationId, Path)),
    request_body = ConversationPatch,
    responses((status = 200, body = ConversationView))
)]
async fn change(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::ConversationId, Nothing, ConversationPatch>,
) -> Answer<ConversationView> {
    sight::conversation(&app, &caller, &id).await?;
    let texts = |labels: Vec<Label>| labels.into_iter().map(|label| label.0).collect::<Vec<String>>();
    let LabelsPatch { add, remove } = body.labels.map(|labels| labels.0).unwrap_or_default();
    for (name, list) in [("labels.add", &add), ("labels.remove", &remove)] {
        if list.len() > LABELS_MAX {
            return Err(Problem::field(name, format!("must have at most {LABELS_MAX} labels")));
        }
    }
    let (on, off) = (texts(add), texts(remove));
    let labelled = app.store.conversation_label(&id, &on, &off, clock::now()).await?.ok_or_else(|| missing(&id))?;
    if !on.iter().all(|label| labelled.labels.contains(label)) {
        return Err(Problem::field("labels.add", format!("would leave more than {LABELS_MAX} labels on it")));
    }
    shown(&app, &caller, labelled).await
}
