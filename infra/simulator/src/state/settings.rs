//! What the control API can change of the simulated Meta's own behaviour.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Behaviour that Meta leaves open, varies by version, or decides by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// How a free-form message outside the window is refused with 131047.
    pub window_refusal: WindowRefusal,
    /// `message_status` in the answer to a template.
    pub template_status: TemplateAnswer,
    /// Service messages of a calendar month that are not charged.
    pub free_service_messages: u32,
    /// Countries where authentication costs its international rate.
    #[serde(default)]
    pub international_authentication: Vec<String>,
    /// Whether there is a payment method: without one what would be charged fails with 131042.
    #[serde(default = "yes")]
    pub payment_method: bool,
    /// Whether the business is exempt from charges, as governments are.
    #[serde(default)]
    pub exempt: bool,
    /// What the analytics say that a message of each category costs, in micro-units; where it is empty they hide the cost, as
    /// they do where a partner is billed.
    #[serde(default)]
    pub rates: BTreeMap<String, i64>,
    /// Length of the free entry point window, before `speed` shortens it.
    pub free_entry_point_hours: u32,
    /// Graph version of the webhook bodies: up to 23 each status carries a `conversation`.
    pub webhook_version: u32,
    /// Messages per second that are accepted; beyond them 130429. 0: no limit.
    #[serde(default)]
    pub throughput_mps: usize,
    /// Whether a customer gets 45 messages at once and then one in six seconds; beyond them 131056.
    #[serde(default)]
    pub pair_limit: bool,
    /// The business's own choice: marketing templates are refused on `/messages` with 131063.
    #[serde(default)]
    pub disable_marketing_messages_on_cloud_api: bool,
    /// How many templates the account may have, each language counted: 250, or 6,000 once the business is verified.
    #[serde(default = "template_limit")]
    pub template_limit: usize,
    /// How webhooks about templates are written.
    #[serde(default)]
    pub template_webhooks: TemplateWebhooks,
}

fn yes() -> bool {
    true
}

fn template_limit() -> usize {
    250
}

/// Meta mostly accepts such a message and fails it by webhook, but may refuse it at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowRefusal {
    Webhook,
    Http,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateAnswer {
    Accepted,
    HeldForQualityAssessment,
    Paused,
}

/// Meta's own pages and samples disagree with what it sends; both forms have been seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateWebhooks {
    #[default]
    Regular,
    /// Languages as `en-US`, quality under the field of statuses, `reason` null where there is none, ids as strings.
    Documented,
}

/// Members of [`Settings`] to change; absent ones stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_refusal: Option<WindowRefusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_status: Option<TemplateAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_service_messages: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub international_authentication: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exempt: Option<bool>,
    /// By Meta's word of the category: `MARKETING` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rates: Option<BTreeMap<String, i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_entry_point_hours: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throughput_mps: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pair_limit: Option<bool>,
    /// The only bearer token from now on; the one before is answered with 190.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_marketing_messages_on_cloud_api: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_limit: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_webhooks: Option<TemplateWebhooks>,
    /// Signs webhooks from now on, as after a rotation of the app secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_secret: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window_refusal: WindowRefusal::Webhook,
            template_status: TemplateAnswer::Accepted,
            free_service_messages: 1_000,
            international_authentication: Vec::new(),
            payment_method: true,
            exempt: false,
            rates: BTreeMap::new(),
            free_entry_point_hours: 72,
            webhook_version: 26,
            throughput_mps: 0,
            pair_limit: false,
            disable_marketing_messages_on_cloud_api: false,
            template_limit: template_limit(),
            template_webhooks: TemplateWebhooks::Regular,
        }
    }
}

impl Settings {
    /// What the analytics say that a message costs; `None`: they do not.
    pub(crate) fn rate_micros(&self, pricing_type: &str, category: &str) -> Option<i64> {
        if self.rates.is_empty() {
            return None;
        }
        let rate = self.rates.get(category).copied().unwrap_or_default();
        Some(if pricing_type == "REGULAR" { rate } else { 0 })
    }

    /// Takes over what the patch names, the secrets aside.
    pub(crate) fn change(&mut self, patch: &SettingsPatch) {
        self.window_refusal = patch.window_refusal.unwrap_or(self.window_refusal);
        self.template_status = patch.template_status.unwrap_or(self.template_status);
        self.free_service_messages = patch.free_service_messages.unwrap_or(self.free_service_messages);
        if let Some(countries) = &patch.international_authentication {
            self.international_authentication.clone_from(countries);
        }
        self.payment_method = patch.payment_method.unwrap_or(self.payment_method);
        self.exempt = patch.exempt.unwrap_or(self.exempt);
        if let Some(rates) = &patch.rates {
            self.rates.clone_from(rates);
        }
        self.free_entry_point_hours = patch.free_entry_point_hours.unwrap_or(self.free_entry_point_hours);
        self.webhook_version = patch.webhook_version.unwrap_or(self.webhook_version);
        self.throughput_mps = patch.throughput_mps.unwrap_or(self.throughput_mps);
        self.pair_limit = patch.pair_limit.unwrap_or(self.pair_limit);
        self.disable_marketing_messages_on_cloud_api =
            patch.disable_marketing_messages_on_cloud_api.unwrap_or(self.disable_marketing_messages_on_cloud_api);
        self.template_limit = patch.template_limit.unwrap_or(self.template_limit);
        self.template_webhooks = patch.template_webhooks.unwrap_or(self.template_webhooks);
    }
}
