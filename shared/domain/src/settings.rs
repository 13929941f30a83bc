//! What the business settles once for all that is sent and received: a section per matter. There is one set of settings; what
//! was never set has its default.
use std::collections::BTreeSet;
use std::time::Duration;

use crate::calendar::Zone;
use crate::consent::ConsentSettings;
use crate::pricing::Country;
use crate::{Time, words};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Everything that can be settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub window: WindowSettings,
    pub limits: LimitSettings,
    pub consent: ConsentSettings,
    pub billing: BillingSettings,
    pub notifications: NotificationSettings,
    pub contacts: ContactSettings,
    /// Who changed them last, and when; `None` while all are as they come.
    pub changed: Option<Changed>,
    /// Grows with each write: a change is written on the revision that it was decided on, or not at all.
    pub revision: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub at: Time,
    /// The id of the key.
    pub by: String,
}

/// The customer service window and the free entry point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSettings {
    /// So many seconds before Meta closes a window nothing free-form is sent any more.
    pub safety_margin_seconds: u32,
    /// So many minutes before it closes `window.closing` is told; 0: never.
    pub closing_notice_minutes: u32,
    /// How many hours a free entry point is taken to last until Meta tells.
    pub entry_point_hours: u32,
}

impl WindowSettings {
    pub const SAFETY_MARGIN_SECONDS_MAX: u32 = 3_600;
    /// Below the length of the window.
    pub const CLOSING_NOTICE_MINUTES_MAX: u32 = 24 * 60 - 1;
    pub const ENTRY_POINT_HOURS_MAX: u32 = 14 * 24;

    pub fn safety_margin(&self) -> Duration {
        Duration::from_secs(u64::from(self.safety_margin_seconds))
    }

    /// `None`: it is not told.
    pub fn closing_notice(&self) -> Option<Duration> {
        let minutes = u64::from(self.closing_notice_minutes);
        (minutes > 0).then(|| Duration::from_secs(minutes.saturating_mul(MINUTE)))
    }

    pub fn entry_point(&self) -> Duration {
        Duration::from_secs(u64::from(self.entry_point_hours).saturating_mul(HOUR))
    }
}

impl Default for WindowSettings {
    fn default() -> WindowSettings {
        WindowSettings { safety_margin_seconds: 120, closing_notice_minutes: 120, entry_point_hours: 72 }
    }
}

/// How much is sent. Caps are of the business's own making and off until it sets them: Meta has limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Marketing templates to one contact, over all channels.
    pub marketing_per_contact: Option<Cap>,
    /// Messages to one contact outside the customer service window, over all channels, marketing among them.
    pub business_initiated_per_contact: Option<Cap>,
    /// A message that is held back for longer is refused.
    pub held_at_most_hours: u32,
}

impl LimitSettings {
    pub const HELD_AT_MOST_HOURS_MAX: u32 = 30 * 24;

    pub fn held_at_most(&self) -> Duration {
        Duration::from_secs(u64::from(self.held_at_most_hours).saturating_mul(HOUR))
    }
}

impl Default for LimitSettings {
    fn default() -> LimitSettings {
        LimitSettings { marketing_per_contact: None, business_initiated_per_contact: None, held_at_most_hours: 24 }
    }
}

/// At most so many messages in any so many hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    pub messages: u32,
    pub hours: u32,
}

impl Cap {
    pub const MESSAGES_MAX: u32 = 50;
    pub const HOURS_MAX: u32 = 30 * 24;

    pub fn span(&self) -> Duration {
        Duration::from_secs(u64::from(self.hours).saturating_mul(HOUR))
    }
}

words! {
    /// Who is told of messages where nobody is there who has the conversation, or owns the contact, and sees it.
    #[derive(Default)]
    pub enum Unassigned {
        Admins = "admins",
        #[default]
        Nobody = "nobody",
    }
}

/// Who is told of what, apart from the rules of each user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotificationSettings {
    pub unassigned: Unassigned,
}

/// What contacts can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSettings {
    /// Where in its life a contact can be, in order.
    pub stages: Vec<String>,
    /// Where a new one is, unless it is told.
    pub default_stage: Option<String>,
}

impl ContactSettings {
    pub const STAGES_MAX: usize = 30;
}

impl Default for ContactSettings {
    fn default() -> ContactSettings {
        let stages: Vec<String> = ["new", "contacted", "qualified", "customer", "lost"].map(str::to_owned).into();
        ContactSettings { default_stage: stages.first().cloned(), stages }
    }
}

/// How Meta charges the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillingSettings {
    /// The IANA name of the account's time zone, in which Meta counts days and months; `None`: UTC. A name and no [`Zone`], so
    /// that only what counts days carries the table of all zones.
    pub time_zone: Option<String>,
    /// Where Meta charges the business its international rate for authentication.
    pub international_authentication: BTreeSet<Country>,
}

impl BillingSettings {
    pub fn zone(&self) -> Zone {
        self.time_zone.as_deref().and_then(Zone::parse).unwrap_or_default()
    }
}
