//! Webhooks: [`split`] turns a body into atoms without reading more of it than it must; the typed readers below are for
//! whoever applies an atom later.
mod account;
mod call;
mod change;
mod contact;
mod content;
mod interactive;
mod kind;
mod message;
mod raw;
mod split;
mod status;
mod sync;
mod system;
mod template_change;

pub use account::{About, News, digits};
pub use call::{Call, CallDirection, CallEvent};
pub use change::{
    AccountEvent, AccountUpdate, Alert, BanState, Capability, Change, Decision, MessagingLimit, PhoneName,
    PhoneQuality, PhoneQualityEvent, Preference, PreferenceWord, Restriction, Security, SecurityEvent,
};
pub use contact::{Contact, Person};
pub use content::{Content, Item, Location, Media, Order, SharedContact, SharedPhone};
pub use interactive::{CallPermission, FlowReply, FlowResponse, Interactive, PermissionResponse};
pub use kind::Kind;
pub use message::{Context, Message, Referral};
pub use split::{Atom, NotAWebhook, split};
pub use status::{Conversation, Pricing, PricingCategory, PricingType, Status, StatusWord};
pub use sync::{ContactSync, SyncAction};
pub use system::{System, SystemKind};
pub use template_change::{CategoryChange, CategoryGuess, QualityChange, StatusChange, TemplateChange, TemplateRef};

#[cfg(test)]
mod tests;
