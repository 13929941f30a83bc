//! The business's settings: one set, a section per matter. A change names only what it changes.
use axum::Json;
use axum::extract::{Extension, State};
use domain::settings::{self as entity, Cap, LimitSettings, WindowSettings};
use runtime::clock;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{Members, Stamp, Whole, given, nullable};
use crate::input::{Input, Nothing};
use crate::problem::Problem;
use crate::{Answer, App, EDIT_TRIES_MAX};

mod billing;
mod consent;
mod contacts;
mod notifications;

use billing::{BillingPatch, BillingView};
use consent::{ConsentSettingsPatch, ConsentSettingsView};
use contacts::{ContactSettingsPatch, ContactSettingsView};
use notifications::{NotificationsPatch, NotificationsView};

area! {
    ReadSetup: read;
    ManageSetup: change;
}

type SafetyMargin = Whole<0, { WindowSettings::SAFETY_MARGIN_SECONDS_MAX }>;
type ClosingNotice = Whole<0, { WindowSettings::CLOSING_NOTICE_MINUTES_MAX }>;
type EntryPointHours = Whole<1, { WindowSettings::ENTRY_POINT_HOURS_MAX }>;
type HeldAtMost = Whole<1, { LimitSettings::HELD_AT_MOST_HOURS_MAX }>;
type CapMessages = Whole<1, { Cap::MESSAGES_MAX }>;
type CapHours = Whole<1, { Cap::HOURS_MAX }>;

#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
struct SettingsView {
    window: WindowView,
    limits: LimitsView,
    consent: ConsentSettingsView,
    billing: BillingView,
    notifications: NotificationsView,
    contacts: ContactSettingsView,
    /// Null while all are as they come.
    changed_at: Option<Stamp>,
    /// The key that changed them last.
    changed_by: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WindowSettings)]
struct WindowView {
    /// So many seconds before WhatsApp closes a customer service window nothing free-form is sent any more.
    safety_margin_seconds: u32,
    /// So many minutes before it closes the event `window.closing` is told, if the customer still waits for an answer then;
    /// 0: never. Holds for windows that are open already.
    closing_notice_minutes: u32,
    /// How many hours a free entry point is taken to last until WhatsApp tells.
    entry_point_hours: u32,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LimitSettings)]
struct LimitsView {
    /// Marketing templates to one contact, over all channels; null: as many as WhatsApp lets through.
    marketing_per_contact: Option<CapView>,
    /// Messages to one contact outside the customer service window, over all channels, marketing among them; null: no cap.
    business_initiated_per_contact: Option<CapView>,
    /// A message that is held back for longer is refused.
    held_at_most_hours: u32,
}

/// At most so many messages in any so many hours.
#[derive(Serialize, ToSchema)]
#[schema(as = Cap)]
struct CapView {
    messages: u32,
    hours: u32,
}

impl From<Cap> for CapView {
    fn from(cap: Cap) -> CapView {
        CapView { messages: cap.messages, hours: cap.hours }
    }
}

impl From<entity::Settings> for SettingsView {
    fn from(settings: entity::Settings) -> SettingsView {
        let entity::Settings { window, limits, consent, billing, notifications, contacts, changed, revision: _ } =
            settings;
        SettingsView {
            window: WindowView {
                safety_margin_seconds: window.safety_margin_seconds,
                closing_notice_minutes: window.closing_notice_minutes,
                entry_point_hours: window.entry_point_hours,
            },
            limits: LimitsView {
                marketing_per_contact: limits.marketing_per_contact.map(CapView::from),
                business_initiated_per_contact: limits.business_initiated_per_contact.map(CapView::from),
                held_at_most_hours: limits.held_at_most_hours,
            },
            consent: ConsentSettingsView::from(consent),
            billing: BillingView::from(billing),
            notifications: NotificationsView::from(notifications),
            contacts: ContactSettingsView::from(contacts),
            changed_at: changed.as_ref().map(|changed| Stamp(changed.at)),
            changed_by: changed.map(|changed| changed.by),
        }
    }
}

/// What is to be other than it is; a section or a member that is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettingsPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<WindowPatch>, nullable = false)]
    window: Option<Members<WindowPatch>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<LimitsPatch>, nullable = false)]
    limits: Option<Members<LimitsPatch>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ConsentSettingsPatch>, nullable = false)]
    consent: Option<Members<ConsentSettingsPatch>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<BillingPatch>, nullable = false)]
    billing: Option<Members<BillingPatch>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NotificationsPatch>, nullable = false)]
    notifications: Option<Members<NotificationsPatch>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ContactSettingsPatch>, nullable = false)]
    contacts: Option<Members<ContactSettingsPatch>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WindowPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(inline, nullable = false)]
    safety_margin_seconds: Option<SafetyMargin>,
    #[serde(default, deserialize_with = "given")]
    #[schema(inline, nullable = false)]
    closing_notice_minutes: Option<ClosingNotice>,
    #[serde(default, deserialize_with = "given")]
    #[schema(inline, nullable = false)]
    entry_point_hours: Option<EntryPointHours>,
}

impl WindowPatch {
    fn apply(&self, window: &mut WindowSettings) {
        if let Some(Whole(seconds)) = self.safety_margin_seconds {
            window.safety_margin_seconds = seconds;
        }
        if let Some(Whole(minutes)) = self.closing_notice_minutes {
            window.closing_notice_minutes = minutes;
        }
        if let Some(Whole(hours)) = self.entry_point_hours {
            window.entry_point_hours = hours;
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LimitsPatch {
    /// Null takes the cap away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<CapInput>)]
    marketing_per_contact: Option<Option<Members<CapInput>>>,
    /// Null takes the cap away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<CapInput>)]
    business_initiated_per_contact: Option<Option<Members<CapInput>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(inline, nullable = false)]
    held_at_most_hours: Option<HeldAtMost>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CapInput {
    #[schema(inline)]
    messages: CapMessages,
    #[schema(inline)]
    hours: CapHours,
}

impl CapInput {
    fn cap(&self) -> Cap {
        Cap { messages: self.messages.0, hours: self.hours.0 }
    }
}

impl LimitsPatch {
    fn apply(&self, limits: &mut LimitSettings) {
        let cap = |cap: &Option<Members<CapInput>>| cap.as_ref().map(|Members(cap)| cap.cap());
        if let Some(wanted) = &self.marketing_per_contact {
            limits.marketing_per_contact = cap(wanted);
        }
        if let Some(wanted) = &self.business_initiated_per_contact {
            limits.business_initiated_per_contact = cap(wanted);
        }
        if let Some(Whole(hours)) = self.held_at_most_hours {
            limits.held_at_most_hours = hours;
        }
    }
}

impl SettingsPatch {
    fn apply(&self, settings: &mut entity::Settings) -> Result<(), Problem> {
        if let Some(Members(window)) = &self.window {
            window.apply(&mut settings.window);
        }
        if let Some(Members(limits)) = &self.limits {
            limits.apply(&mut settings.limits);
        }
        if let Some(Members(consent)) = &self.consent {
            consent.apply(&mut settings.consent)?;
        }
        if let Some(Members(notifications)) = &self.notifications {
            notifications.apply(&mut settings.notifications);
        }
        if let Some(Members(billing)) = &self.billing {
            billing.apply(&mut settings.billing)?;
        }
        match &self.contacts {
            Some(Members(contacts)) => contacts.apply(&mut settings.contacts),
            None => Ok(()),
        }
    }
}

/// Reads the settings, with the defaults of what nobody has set.
#[utoipa::path(get, path = "/v1/settings", responses((status = 200, body = SettingsView)))]
async fn read(State(app): State<App>, _: Input) -> Answer<SettingsView> {
    Ok(Json(app.store.settings_get().await?.into()))
}

/// Changes what the body names. It holds for all that is sent and looked at from then on.
#[utoipa::path(
    patch,
    path = "/v1/settings",
    request_body = SettingsPatch,
    responses((status = 200, body = SettingsView))
)]
async fn change(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, .. }: Input<Nothing, Nothing, SettingsPatch>,
) -> Answer<SettingsView> {
    let changed = entity::Changed { at: clock::now(), by: caller.actor().to_string() };
    for _ in 0..EDIT_TRIES_MAX {
        let seen = app.store.settings_get().await?;
        let mut next = seen.clone();
        body.apply(&mut next)?;
        if next == seen {
            return Ok(Json(seen.into()));
        }
        if app.store.settings_update(&next, &changed).await? {
            return Ok(Json(entity::Settings { changed: Some(changed), ..next }.into()));
        }
    }
    Err(Problem::ChangedMeanwhile)
}
