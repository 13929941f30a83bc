//! The types of the API's fields: what each takes is checked where it is read, and said in the OpenAPI document by the same
//! type.
mod assignee;
mod id;
mod members;
pub(crate) mod moment;
mod pattern;
mod rate;
mod stamp;
mod text;
mod whole;
mod word;

use serde::{Deserialize, Deserializer};

pub(crate) use assignee::{AssigneeChoice, AssigneeInput, AssigneeView};
pub(crate) use id::{
    AdjustmentId, ApiKeyId, AttachmentId, CannedTextId, ChannelId, ConsentId, ContactFieldId, ContactId,
    ContactImportId, ConversationId, DeliveryId, DocumentSourceId, EventId, GroupId, Id, Identifier, MessageId, NoteId,
    NotificationId, ReplayId, TemplateId, TopUpId, UserId, ViewId, WebhookId,
};
pub(crate) use members::Members;
pub(crate) use moment::Moment;
pub(crate) use pattern::Pattern;
pub(crate) use rate::Rate;
pub(crate) use stamp::Stamp;
pub(crate) use text::{
    Bsuid, CardId, Country, Currency, Day, Email, FieldKey, Label, MetaId, MimeType, MinuteOfDay, Phone, PhoneEnding,
    Span, Text, TimeZone, WebAddress, Who, Whose, Within,
};
pub(crate) use whole::Whole;
pub(crate) use word::{
    AdjustmentState, AttachmentState, Author, BlockReason, BlockScope, ChannelState, Charging, ConsentRule,
    ConsentSource, ConsentState, ContactKind, ConversationStatus, CostBy, DeliveryState, Direction, EntryKind,
    EntryPointState, EventKind, FieldModule, FieldType, FreeReason, IdentityKind, MarketingApi, MediaKind,
    MessageState, NoteKind, NoteSource, NotificationKind, NotificationState, OffReason, PauseReason, PriceState,
    PricingModel, Priority, ProofDifference, Purpose, Reach, Reaction, ReadReceipts, RechargePhase,
    ReconciliationState, ReplayState, Role, ScanState, Scope, Source, Status, SyncState, TemplateAction,
    TemplateOrderState, TextModule, TextScope, Throughput, TopUpMethod, TopUpState, Unassigned, Vocabulary, Way,
    WebhookState, Weekday, WindowState, Word, vocabulary,
};

/// A member of a PATCH that cannot be cleared: present with a value, or absent.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A member for which null and absence differ.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
