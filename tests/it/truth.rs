//! Truth under failure (DESIGN section 4): what `/v1` shows, and what Meta received, is the same whatever is doubled,
//! reordered, delayed, lost or killed on the way.

mod batches;
pub mod crashes;
mod large;
mod order;
pub mod people;
mod placeholders;
mod portrait;
mod sends;
mod signatures;
mod statuses;
mod throttling;
mod windows;
