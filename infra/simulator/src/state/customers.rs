//! The people on the other side: who they are, what of them a business may see, and when they last wrote.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::State;
use crate::clock::{self, WINDOW_S};
use crate::phone;

/// A WhatsApp user as the control API shows one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    pub name: Option<String>,
    /// Digits of the phone number as WhatsApp spells it.
    pub wa_id: Option<String>,
    /// Business-scoped user id.
    pub bsuid: Option<String>,
    pub parent_bsuid: Option<String>,
    pub username: Option<String>,
    /// The phone number is kept from webhooks, as for a user with a username who is a stranger to the business.
    pub phone_hidden: bool,
    /// Messages arrive; otherwise they fail with 131026 (not on WhatsApp, or the business is blocked).
    pub reachable: bool,
    /// A send that carries another hash fails with 137000.
    pub identity_hash: Option<String>,
    /// Marketing templates fail with 131050.
    pub marketing_stopped: bool,
    /// Meta's time (unix seconds) of the last message that opened or extended the window.
    pub last_inbound_at: Option<i64>,
    /// Meta's time of the click on an advertisement that was not yet answered.
    pub entry_point_at: Option<i64>,
    /// Unix seconds until which the free entry point window runs.
    pub free_until: Option<i64>,
}

/// A customer to add, or members to change of one that is there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerInput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Phone number; formatting and a leading `+` are dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// Made up, with the country of the number, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bsuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_bsuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_hidden: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reachable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_hash: Option<String>,
    /// Webhooks name this user by phone alone, as before 2026.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_bsuid: Option<bool>,
}

impl Customer {
    /// The customer behind a number that nobody described: on WhatsApp, nameless, with a made-up user id.
    pub(crate) fn implied(wa_id: Option<&str>, bsuid: Option<&str>) -> Self {
        let made_up = || crate::ids::bsuid(phone::country(wa_id.unwrap_or_default()));
        Self {
            wa_id: wa_id.map(str::to_owned),
            bsuid: Some(bsuid.map_or_else(made_up, str::to_owned)),
            reachable: true,
            ..Self::default()
        }
    }

    /// The phone number, as far as webhooks show it.
    pub(crate) fn visible_wa_id(&self) -> Option<&str> {
        self.wa_id.as_deref().filter(|_| !self.phone_hidden)
    }

    /// What stands for the person inside a wamid.
    pub(crate) fn label(&self) -> &str {
        self.wa_id.as_deref().or(self.bsuid.as_deref()).unwrap_or_default()
    }

    pub(crate) fn window_open(&self) -> bool {
        self.last_inbound_at.is_some_and(|at| clock::now_s() < at + WINDOW_S)
    }

    fn is_called(&self, key: &str) -> bool {
        let digits = key.strip_prefix('+').unwrap_or(key);
        let by_phone = self.wa_id.as_deref().is_some_and(|wa_id| phone::same_line(wa_id, digits));
        by_phone || [&self.bsuid, &self.parent_bsuid, &self.username].into_iter().flatten().any(|id| id == key)
    }

    fn change(&mut self, input: CustomerInput) {
        let CustomerInput {
            name,
            wa_id,
            bsuid,
            parent_bsuid,
            username,
            phone_hidden,
            reachable,
            identity_hash,
            without_bsuid,
        } = input;
        replace(&mut self.name, name);
        replace(&mut self.wa_id, wa_id);
        replace(&mut self.bsuid, bsuid);
        replace(&mut self.parent_bsuid, parent_bsuid);
        replace(&mut self.username, username);
        replace(&mut self.identity_hash, identity_hash);
        self.phone_hidden = phone_hidden.unwrap_or(self.phone_hidden);
        self.reachable = reachable.unwrap_or(self.reachable);
        if without_bsuid == Some(true) {
            self.bsuid = None;
        }
    }
}

fn replace(member: &mut Option<String>, value: Option<String>) {
    if value.is_some() {
        *member = value;
    }
}

impl State {
    /// The customer with this phone number, user id or username.
    pub(crate) fn customer(&self, key: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| customer.is_called(key))
    }

    pub(crate) fn customer_mut(&mut self, key: &str) -> Option<&mut Customer> {
        self.customers.iter_mut().find(|customer| customer.is_called(key))
    }

    /// Adds a customer, or changes the one with the same phone number or user id.
    pub(crate) fn put_customer(&mut self, mut input: CustomerInput) -> Customer {
        input.wa_id = input.wa_id.map(|number| number.chars().filter(char::is_ascii_digit).collect());
        let keys = [input.wa_id.clone(), input.bsuid.clone()];
        let known = self.customers.iter().position(|one| keys.iter().flatten().any(|key| one.is_called(key)));
        let mut customer = match known {
            Some(at) => self.customers.swap_remove(at),
            None => Customer::implied(input.wa_id.as_deref(), None),
        };
        customer.change(input);
        self.customers.push(customer.clone());
        customer
    }

    /// Reads a value that goes out under `messages` as Meta would have made it: what customers wrote opens their windows,
    /// whoever composed the webhook.
    pub(crate) fn observe(&mut self, value: &Value) {
        for message in value.get("messages").and_then(Value::as_array).into_iter().flatten() {
            self.observe_message(message);
        }
    }

    fn observe_message(&mut self, message: &Value) {
        let text = |name: &str| message.get(name).and_then(Value::as_str);
        let timestamp = message.get("timestamp");
        let at_s = timestamp.and_then(|at| at.as_i64().or_else(|| at.as_str()?.parse().ok()));
        let (Some(id), Some(at_s)) = (text("id"), at_s) else {
            return;
        };
        let kind = text("type").unwrap_or("text");
        self.see(id, at_s, kind, true);
        // A reaction, an edit or a note of the system is no message of the customer; a group has a window of its own.
        if matches!(kind, "reaction" | "edit" | "revoke" | "system") || message.get("group_id").is_some() {
            return;
        }
        let (user_id, wa_id) = (text("from_user_id"), text("from"));
        let Some(key) = user_id.filter(|id| self.customer(id).is_some()).or(wa_id).or(user_id) else {
            return;
        };
        if self.customer(key).is_none() {
            self.customers.push(Customer::implied(wa_id, user_id));
        }
        let Some(customer) = self.customer_mut(key) else {
            return;
        };
        customer.last_inbound_at = customer.last_inbound_at.max(Some(at_s));
        if message.get("referral").is_some() {
            customer.entry_point_at = Some(at_s);
        }
    }
}
