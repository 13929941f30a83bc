//! The journal of events, kept for 30 days.
use axum::Json;
use axum::extract::State;
use domain::event as entity;
use runtime::clock;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::area::area;
use crate::fields::{ChannelId, ContactId, ConversationId, EventId, EventKind, Stamp, Word};
use crate::input::{Input, Nothing};
use crate::page::{self, Limit, Listing, Place};
use crate::{Answer, App};

area! {
    ReadEvents: list;
}

const LIST: &str = "events";

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// Only events of this type.
    #[serde(rename = "type")]
    #[param(inline)]
    kind: Option<EventKind>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    cursor: Option<Place>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
struct EventView {
    /// Follows from the fact: an event that is told twice has one id.
    id: EventId,
    #[serde(rename = "type")]
    kind: EventKind,
    at: Stamp,
    channel_id: Option<ChannelId>,
    contact_id: Option<ContactId>,
    conversation_id: Option<ConversationId>,
    #[schema(value_type = Object)]
    data: Value,
}

impl From<entity::Event> for EventView {
    fn from(event: entity::Event) -> EventView {
        EventView {
            id: event.id.into(),
            kind: Word(event.kind),
            at: Stamp(event.at),
            channel_id: event.channel_id.map(ChannelId::from),
            contact_id: event.contact_id.map(ContactId::from),
            conversation_id: event.conversation_id.map(ConversationId::from),
            data: event.data,
        }
    }
}

/// Lists events, the latest first.
#[utoipa::path(get, path = "/v1/events", params(EventsQuery), responses((status = 200, body = Listing<EventView>)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, EventsQuery>) -> Answer<Listing<EventView>> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let kind = query.kind.map(|kind| kind.0);
    let page = app.store.events_page(kind, query.limit.0, cursor.as_ref(), clock::now()).await?;
    Ok(Json(Listing::of(LIST, page, EventView::from)))
}
