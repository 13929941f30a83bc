//! Words of `domain`'s enums in the input and output.
use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// An enum that is written as a word.
pub(crate) trait Vocabulary: Copy + 'static {
    const NAME: &'static str;

    fn all() -> &'static [Self];
    fn word(self) -> &'static str;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word<T>(pub(crate) T);

fn words<T: Vocabulary>() -> Vec<&'static str> {
    T::all().iter().map(|value| value.word()).collect()
}

impl<T: Vocabulary> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<'de, T: Vocabulary> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Word<T>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let found = T::all().iter().find(|value| value.word() == text);
        found
            .map(|value| Word(*value))
            .ok_or_else(|| D::Error::custom(format!("must be one of: {}", words::<T>().join(", "))))
    }
}

impl<T: Vocabulary> PartialSchema for Word<T> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words::<T>())).into()
    }
}

impl<T: Vocabulary> ToSchema for Word<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }
}

/// Each name of the API with the enum that it stands for.
macro_rules! vocabulary {
    ($($name:ident = $words:path),+ $(,)?) => {
        $(
            pub(crate) type $name = $crate::fields::Word<$words>;

            impl $crate::fields::Vocabulary for $words {
                const NAME: &'static str = stringify!($name);

                fn all() -> &'static [$words] {
                    <$words>::ALL
                }

                fn word(self) -> &'static str {
                    <$words>::word(self)
                }
            }
        )+
    };
}
pub(crate) use vocabulary;

vocabulary! {
    BlockReason = domain::health::BlockReason,
    BlockScope = domain::health::Scope,
    Author = domain::message::Author,
    AdjustmentState = domain::wallet::AdjustmentState,
    AttachmentState = domain::attachment::AttachmentState,
    ChannelState = domain::channel::ChannelState,
    Charging = domain::channel::Charging,
    ConsentRule = domain::consent::ConsentRule,
    ConsentSource = domain::consent::ConsentSource,
    ConsentState = domain::consent::ConsentState,
    ContactKind = domain::contact::ContactKind,
    ConversationStatus = domain::conversation::ConversationStatus,
    CostBy = domain::wallet::CostBy,
    MediaKind = domain::attachment::MediaKind,
    ScanState = domain::attachment::Scan,
    DeliveryState = domain::webhook::DeliveryState,
    Direction = domain::message::Direction,
    EntryPointState = domain::conversation::EntryPointState,
    EntryKind = domain::wallet::EntryKind,
    EventKind = domain::event::EventKind,
    FieldModule = domain::contact_field::FieldModule,
    FieldType = domain::contact_field::FieldType,
    FreeReason = domain::pricing::Free,
    IdentityKind = domain::identity::IdentityKind,
    MessageState = domain::message::State,
    NoteKind = domain::template::NoteKind,
    NoteSource = domain::template::NoteSource,
    NotificationKind = domain::notification::NotificationKind,
    NotificationState = domain::notification::NotificationState,
    OffReason = domain::wallet::OffReason,
    PauseReason = domain::webhook::PauseReason,
    RechargePhase = domain::wallet::RechargePhase,
    TopUpMethod = domain::wallet::TopUpMethod,
    TopUpState = domain::wallet::TopUpState,
    PriceState = domain::wallet::PriceState,
    PricingModel = domain::pricing::PricingModel,
    Priority = domain::pacing::Priority,
    ProofDifference = domain::wallet::Difference,
    Purpose = domain::consent::Purpose,
    Reaction = whatsapp::errors::Reaction,
    MarketingApi = domain::channel::MarketingApi,
    Reach = domain::access::Reach,
    ReconciliationState = domain::wallet::ReconciliationState,
    ReadReceipts = domain::channel::ReadReceipts,
    ReplayState = domain::webhook::ReplayState,
    Role = domain::access::Role,
    Scope = domain::access::Permission,
    Source = domain::message::Source,
    Status = domain::message::Status,
    SyncState = domain::template::SyncState,
    TemplateAction = domain::template::order::Action,
    TemplateOrderState = domain::template::order::OrderState,
    TextModule = domain::canned_text::TextModule,
    TextScope = domain::canned_text::ScopeKind,
    Throughput = domain::pacing::Throughput,
    Unassigned = domain::settings::Unassigned,
    Way = domain::notification::Way,
    Weekday = domain::notification::Weekday,
    WebhookState = domain::webhook::WebhookState,
    WindowState = domain::conversation::WindowState,
}
