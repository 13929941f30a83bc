//! Meta's side of webhooks: what they say, how their bodies are written and signed, and how they are delivered.

pub(crate) mod deliver;
pub(crate) mod inbound;
pub(crate) mod payload;
pub(crate) mod sign;
pub(crate) mod statuses;
pub(crate) mod template_updates;
