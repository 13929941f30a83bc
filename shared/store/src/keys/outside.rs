//! The keys of what is told to other systems, and fetched from them.
use domain::Time;
use domain::ids::{DeliveryId, DocumentSourceId, ReplayId, WebhookId};

use super::{DUE_SHARDS, IndexKey, Key, key};

/// The partition of the webhooks: few of them, read together.
pub(crate) const WEBHOOKS: &str = "webhooks";

pub(crate) fn webhook(id: &WebhookId) -> Key {
    key(WEBHOOKS, id.as_str())
}

/// Deliveries stand in their webhook's partition, in the order of their events.
pub(crate) fn delivery(id: &DeliveryId) -> Key {
    key(id.webhook().as_str(), format!("d#{}", id.place()))
}

pub(crate) const DELIVERIES: (&str, &str) = ("d#", "d#~");

/// Deliveries of a webhook that did not go well, by where they are.
pub(crate) fn list_deliveries(id: &DeliveryId, state: &str) -> IndexKey {
    (list_deliveries_of(&id.webhook(), state), id.place().to_owned())
}

pub(crate) fn list_deliveries_of(webhook: &WebhookId, state: &str) -> String {
    format!("deliveries#{webhook}#{state}")
}

/// Deliveries that are to be tried again, by when.
pub(crate) fn due_deliveries(shard: u8) -> String {
    format!("deliveries#{shard}")
}

pub(crate) fn due_delivery(at: Time, id: &DeliveryId) -> IndexKey {
    let shard = id.as_str().bytes().last().unwrap_or_default() % DUE_SHARDS;
    (due_deliveries(shard), format!("{}#{id}", at.sortable()))
}

pub(crate) fn replay(id: &ReplayId) -> Key {
    key(id.as_str(), "replay")
}

/// Where the events of a time begin within their day.
pub(crate) fn events_from(at: Time) -> String {
    at.sortable()
}

/// The partition of the document sources: few of them, read together.
pub(crate) const DOCUMENT_SOURCES: &str = "document-sources";

pub(crate) fn document_source(id: &DocumentSourceId) -> Key {
    key(DOCUMENT_SOURCES, id.as_str())
}
