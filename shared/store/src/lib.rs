//! The DynamoDB table: one file per entity, keys built in one place, every write that matters conditional.
//!
//! Guarantees: writing anything twice leaves what writing it once leaves; a condition that failed is an outcome with the
//! old row, never an error; nothing here reads a clock.
#![doc = include_str!("../README.md")]

mod api_keys;
mod attachments;
mod audit;
mod canned_texts;
mod changes;
mod channels;
mod codec;
mod consents;
mod contact_fields;
mod contact_imports;
mod contacts;
mod conversations;
mod cursor;
mod documents;
mod effects;
mod error;
mod events;
mod expression;
mod health;
mod idempotency;
mod inbox;
mod keys;
mod live;
mod messages;
mod notes;
mod notifications;
mod pace;
mod people;
mod rates;
mod settings;
mod started;
mod table;
mod templates;
mod views;
mod wallet;
mod webhooks;

pub use attachments::{Held, MetaFile};
pub use audit::AuditOf;
pub use canned_texts::{CannedFilter, CannedWrite};
pub use changes::{Change, Item, change};
pub use contacts::Moment;
pub use conversations::{DueSnooze, DueWindow, DueWindows, PickedUp, Terms};
pub use cursor::{Cursor, Page};
pub use effects::Met;
pub use error::StoreError;
pub use idempotency::{Claim, Claimed};
pub use inbox::{COUNT_MAX, Count, Found, Search};
pub use live::Socket;
pub use messages::{Inserted, NewAnnotation, NewMessage, Outcome, Placeholder, Queued};
pub use notifications::Summary;
pub use people::{Login, UserWrite};
pub use rates::{Counts, Priced, RatesReader, Subject};
pub use settings::SettingsReader;
pub use table::{Put, Store};
pub use templates::{Held as HeldTemplate, Placement, TemplateFilter};
pub use views::VIEWS_MAX;
pub use wallet::{Accepted, Booked, Booking, Bookings, Counted, EntryFilter, Proved, Side, Taken, Till};
pub use webhooks::WebhooksReader;
