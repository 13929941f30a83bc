//! The business's settings: one row, written on the revision that was seen. Until there is one, all are at their defaults; a
//! section or a member that the row lacks is, too.
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Time;
use domain::pricing::Country;
use domain::settings::{
    BillingSettings, Cap, Changed, ContactSettings, LimitSettings, NotificationSettings, Settings, Unassigned,
    WindowSettings,
};
use serde::{Deserialize, Serialize};

mod consent;

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys;
use crate::table::{Put, Store};

/// For how long a process goes by what it read.
const FRESH_FOR: Duration = Duration::from_secs(1);

#[derive(Serialize, Deserialize)]
struct SettingsRow {
    #[serde(default)]
    window: WindowRow,
    #[serde(default)]
    limits: LimitsRow,
    #[serde(default)]
    consent: consent::ConsentRow,
    #[serde(default)]
    billing: BillingRow,
    #[serde(default)]
    notifications: NotificationsRow,
    #[serde(default)]
    contacts: ContactsRow,
    changed_at: i64,
    changed_by: String,
    revision: i64,
}

impl Row for SettingsRow {
    const ENTITY: &'static str = "settings";
}

#[derive(Default, Serialize, Deserialize)]
struct WindowRow {
    safety_margin_seconds: Option<u32>,
    closing_notice_minutes: Option<u32>,
    entry_point_hours: Option<u32>,
}

impl WindowRow {
    fn of(window: &WindowSettings) -> WindowRow {
        WindowRow {
            safety_margin_seconds: Some(window.safety_margin_seconds),
            closing_notice_minutes: Some(window.closing_notice_minutes),
            entry_point_hours: Some(window.entry_point_hours),
        }
    }

    fn read(&self) -> WindowSettings {
        let usual = WindowSettings::default();
        WindowSettings {
            safety_margin_seconds: self.safety_margin_seconds.unwrap_or(usual.safety_margin_seconds),
            closing_notice_minutes: self.closing_notice_minutes.unwrap_or(usual.closing_notice_minutes),
            entry_point_hours: self.entry_point_hours.unwrap_or(usual.entry_point_hours),
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct LimitsRow {
    marketing_per_contact: Option<CapRow>,
    business_initiated_per_contact: Option<CapRow>,
    held_at_most_hours: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct CapRow {
    messages: u32,
    hours: u32,
}

impl LimitsRow {
    fn of(limits: &LimitSettings) -> LimitsRow {
        let cap = |cap: Option<Cap>| cap.map(|Cap { messages, hours }| CapRow { messages, hours });
        LimitsRow {
            marketing_per_contact: cap(limits.marketing_per_contact),
            business_initiated_per_contact: cap(limits.business_initiated_per_contact),
            held_at_most_hours: Some(limits.held_at_most_hours),
        }
    }

    fn read(&self) -> LimitSettings {
        let cap = |cap: &CapRow| Cap { messages: cap.messages, hours: cap.hours };
        LimitSettings {
            marketing_per_contact: self.marketing_per_contact.as_ref().map(cap),
            business_initiated_per_contact: self.business_initiated_per_contact.as_ref().map(cap),
            held_at_most_hours: self.held_at_most_hours.unwrap_or(LimitSettings::default().held_at_most_hours),
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct BillingRow {
    time_zone: Option<String>,
    #[serde(default)]
    international_authentication: Vec<String>,
}

impl BillingRow {
    fn of(billing: &BillingSettings) -> BillingRow {
        BillingRow {
            time_zone: billing.time_zone.clone(),
            international_authentication: billing
                .international_authentication
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }

    fn read(self) -> BillingSettings {
        let countries = self.international_authentication.iter().filter_map(|code| Country::parse(code));
        BillingSettings { time_zone: self.time_zone, international_authentication: countries.collect() }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct NotificationsRow {
    unassigned: Option<String>,
}

impl NotificationsRow {
    fn of(notifications: &NotificationSettings) -> NotificationsRow {
        NotificationsRow { unassigned: Some(notifications.unassigned.to_string()) }
    }

    fn read(&self) -> NotificationSettings {
        let unassigned = self.unassigned.as_deref().and_then(Unassigned::parse);
        NotificationSettings { unassigned: unassigned.unwrap_or_default() }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct ContactsRow {
    stages: Option<Vec<String>>,
    default_stage: Option<String>,
}

impl ContactsRow {
    fn of(contacts: &ContactSettings) -> ContactsRow {
        ContactsRow { stages: Some(contacts.stages.clone()), default_stage: contacts.default_stage.clone() }
    }

    fn read(self) -> ContactSettings {
        let set = |stages| ContactSettings { stages, default_stage: self.default_stage };
        self.stages.map_or_else(ContactSettings::default, set)
    }
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Settings, StoreError> {
    let row: SettingsRow = decode(operation, item)?;
    Ok(Settings {
        window: row.window.read(),
        limits: row.limits.read(),
        consent: row.consent.read(),
        billing: row.billing.read(),
        notifications: row.notifications.read(),
        contacts: row.contacts.read(),
        changed: Some(Changed { at: Time::from_millis(row.changed_at), by: row.changed_by }),
        revision: row.revision,
    })
}

impl Store {
    pub async fn settings_get(&self) -> Result<Settings, StoreError> {
        const OPERATION: &str = "settings_get";
        let row = self.get(OPERATION, &keys::settings()).await?;
        row.map_or_else(|| Ok(Settings::default()), |item| read(OPERATION, item))
    }

    /// Writes `next` if the settings are still at its revision; `false` if not.
    pub async fn settings_update(&self, next: &Settings, changed: &Changed) -> Result<bool, StoreError> {
        const OPERATION: &str = "settings_update";
        let row = SettingsRow {
            window: WindowRow::of(&next.window),
            limits: LimitsRow::of(&next.limits),
            consent: consent::ConsentRow::of(&next.consent),
            billing: BillingRow::of(&next.billing),
            notifications: NotificationsRow::of(&next.notifications),
            contacts: ContactsRow::of(&next.contacts),
            changed_at: changed.at.millis(),
            changed_by: changed.by.clone(),
            revision: next.revision.saturating_add(1),
        };
        let item = encode(OPERATION, &keys::settings(), None, &row)?;
        let seen = values([(":seen", n(next.revision))]);
        Ok(self.put_over(OPERATION, item, "#revision = :seen", seen).await? == Put::Written)
    }
}

/// The settings as a process remembers them, for work that is done often: read again when they are a second old.
#[derive(Debug)]
pub struct SettingsReader {
    store: Store,
    held: Mutex<Option<(Time, Settings)>>,
}

impl SettingsReader {
    pub fn new(store: Store) -> SettingsReader {
        SettingsReader { store, held: Mutex::default() }
    }

    pub async fn get(&self, now: Time) -> Result<Settings, StoreError> {
        if let Some(settings) = self.recall(now) {
            return Ok(settings);
        }
        let settings = self.store.settings_get().await?;
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, settings.clone()));
        Ok(settings)
    }

    /// A clock that was set back makes none of it younger.
    fn recall(&self, now: Time) -> Option<Settings> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, settings) = held.as_ref()?;
        (*since <= now && now < since.plus(FRESH_FOR)).then(|| settings.clone())
    }
}
