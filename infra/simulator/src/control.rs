//! The control side: everything that a test or a developer can make the simulated Meta and its customers do, as methods here
//! and as the same operations over HTTP under `/_control`.

pub(crate) mod http;
pub(crate) mod orders;
mod stripe;
mod templates;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock;
use crate::core::Core;
use crate::state::State;
use crate::state::charges::Charge;
use crate::state::customers::{Customer, CustomerInput};
use crate::state::deliveries::{Attempt, Delivery, Update};
use crate::state::faults::FaultOrder;
use crate::state::media::{Medium, MediumInput, MediumPatch};
use crate::state::plans::{PlanOrder, StatusPlan};
use crate::state::sends::SendRecord;
use crate::state::settings::{Settings, SettingsPatch};
use crate::webhook::deliver;
use crate::webhook::inbound::{self, Inbound};
use crate::webhook::payload::{self, Shape};
use crate::webhook::sign::signature;
pub use stripe::{Order, StripeKeys};

use orders::{Choice, ControlError, Preference, Raw, Resume, Signing, Told, Verbatim};

/// Controls a running simulator.
#[derive(Clone)]
pub struct Control {
    pub(crate) core: Arc<Core>,
}

impl Control {
    /// Takes a webhook into use after Meta's GET handshake; where that fails nothing changes.
    pub async fn set_webhook(&self, url: &str) -> anyhow::Result<()> {
        let uri = deliver::callback(url)?;
        self.core.poster.handshake(&uri, &self.core.config).await?;
        self.core.open_gate(|state| state.webhook = Some(uri));
        Ok(())
    }

    /// Takes a webhook into use without asking it.
    pub fn set_webhook_unverified(&self, url: &str) -> anyhow::Result<()> {
        let uri = deliver::callback(url)?;
        self.core.open_gate(|state| state.webhook = Some(uri));
        Ok(())
    }

    pub fn webhook(&self) -> Option<String> {
        self.core.read(|state| state.webhook.as_ref().map(ToString::to_string))
    }

    /// Adds a customer, or changes the one with the same phone number or user id.
    pub fn put_customer(&self, input: CustomerInput) -> Customer {
        self.core.write(|state| state.put_customer(input))
    }

    pub fn customers(&self) -> Vec<Customer> {
        self.core.read(|state| state.customers.clone())
    }

    /// The customer with this phone number, user id or username.
    pub fn customer(&self, key: &str) -> Option<Customer> {
        self.core.read(|state| state.customer(key).cloned())
    }

    /// A customer sends something.
    pub fn inbound(&self, inbound: Inbound) -> Result<Told, ControlError> {
        let mut told = self.inbound_batch(vec![inbound], Shape::Changes)?;
        told.pop().ok_or_else(|| ControlError::invalid("messages", "must not be empty"))
    }

    /// Customers send several things that reach the webhook in one body.
    pub fn inbound_batch(&self, messages: Vec<Inbound>, shape: Shape) -> Result<Vec<Told>, ControlError> {
        if messages.is_empty() {
            return Err(ControlError::invalid("messages", "must not be empty"));
        }
        self.core.write(|state| {
            let before = state.customers.clone();
            let told = self.tell(state, &messages, shape);
            if told.is_err() {
                state.customers = before;
            }
            told
        })
    }

    fn tell(&self, state: &mut State, messages: &[Inbound], shape: Shape) -> Result<Vec<Told>, ControlError> {
        let (mut updates, mut told) = (Vec::new(), Vec::new());
        for (at, inbound) in messages.iter().enumerate() {
            let Some(customer) = state.customer_mut(&inbound.from) else {
                let reason = format!("no customer is called '{}'; add one first", inbound.from);
                return Err(ControlError::invalid(&format!("messages[{at}].from"), reason));
            };
            let timestamp = inbound.timestamp.unwrap_or_else(|| clock::inbound_s(self.core.config.speed));
            let wamid = inbound.id.clone().unwrap_or_else(|| inbound::new_id(customer));
            let mut customer = customer.clone();
            let inbound = inbound::with_medium(state, inbound);
            let (update, after) = inbound::update(&self.core.config, &customer, &inbound, &wamid, timestamp);
            customer = after;
            if let Some(kept) = state.customer_mut(&inbound.from) {
                *kept = customer;
            }
            updates.push(update);
            told.push(Told { wamid, timestamp, delivery: 0 });
        }
        let delivery = self.core.send_webhook(state, updates, clock::now_ms(), shape);
        Ok(told.into_iter().map(|one| Told { delivery, ..one }).collect())
    }

    /// A customer stops or resumes marketing messages.
    pub fn set_preference(&self, preference: &Preference) -> Result<u64, ControlError> {
        self.core.write(|state| {
            let Some(customer) = state.customer_mut(&preference.from) else {
                return Err(ControlError::invalid("from", format!("no customer is called '{}'", preference.from)));
            };
            customer.marketing_stopped = preference.value == Choice::Stop;
            let customer = customer.clone();
            let update = preference_update(&self.core, &customer, preference.value);
            Ok(self.core.send_webhook(state, vec![update], clock::now_ms(), Shape::Changes))
        })
    }

    /// Any value under any field, wrapped, signed and delivered like all others.
    pub fn raw(&self, raw: Raw) -> u64 {
        let Raw { field, value, entry_id, entry_time } = raw;
        // Fields about the account carry the time of their entry and no number.
        let dated = value.get("metadata").is_none().then(clock::now_s);
        let entry_id = entry_id.unwrap_or_else(|| self.core.config.waba_id.clone());
        let update = Update { entry_id, entry_time: entry_time.or(dated), field, value };
        self.core.write(|state| self.core.send_webhook(state, vec![update], clock::now_ms(), Shape::Changes))
    }

    /// Posts one exact body, once or several times at the same moment, and returns how each was answered. Nothing is repeated.
    pub async fn deliver(&self, verbatim: Verbatim) -> Result<Vec<Attempt>, ControlError> {
        let uri = self.core.read(|state| state.webhook.clone()).ok_or(ControlError::NoWebhook)?;
        let body = verbatim.body.as_str().map_or_else(|| payload::to_meta_json(&verbatim.body), str::to_owned);
        self.observe(&body);
        let secret = verbatim.secret.unwrap_or_else(|| self.core.app_secret());
        let signature = match verbatim.signature {
            Signing::Valid => Some(signature(&secret, body.as_bytes())),
            Signing::Wrong => Some(signature("not the secret", body.as_bytes())),
            Signing::Empty => Some(String::new()),
            Signing::Missing => None,
        };
        let posts = (0..verbatim.times).map(|_| {
            let (core, uri, body) = (Arc::clone(&self.core), uri.clone(), body.clone());
            let sender = deliver::sender(signature.as_deref());
            tokio::spawn(async move { core.poster.post(&uri, body, &sender, core.config.retry.timeout).await })
        });
        let mut attempts = Vec::new();
        for post in posts.collect::<Vec<_>>() {
            attempts.push(post.await.map_err(|error| ControlError::invalid("body", error.to_string()))?);
        }
        self.core.write(|state| state.add_finished(body, attempts.clone()));
        Ok(attempts)
    }

    /// What customers say in a body that someone else composed opens their windows all the same.
    fn observe(&self, body: &str) {
        let Ok(body) = serde_json::from_str::<Value>(body) else {
            return;
        };
        let entries = body.get("entry").and_then(Value::as_array).into_iter().flatten();
        let changes = entries.filter_map(|entry| entry.get("changes")?.as_array()).flatten();
        let messages = changes.filter(|change| change.get("field").and_then(Value::as_str) == Some("messages"));
        self.core
            .write(|state| messages.filter_map(|change| change.get("value")).for_each(|value| state.observe(value)));
    }

    /// The next calls fail as ordered.
    pub fn add_fault(&self, order: impl Into<FaultOrder>) {
        self.core.write(|state| state.faults.push(order.into()));
    }

    /// Faults that have not struck yet.
    pub fn faults(&self) -> Vec<FaultOrder> {
        self.core.read(|state| state.faults.clone())
    }

    pub fn clear_faults(&self) {
        self.core.write(|state| state.faults.clear());
    }

    /// The next accepted messages get these statuses.
    pub fn add_plan(&self, order: impl Into<PlanOrder>) {
        self.core.write(|state| state.plans.push(order.into()));
    }

    /// All messages without an order of their own get these statuses.
    pub fn set_default_plan(&self, plan: StatusPlan) {
        self.core.write(|state| state.default_plan = plan);
    }

    /// The standing plan, and the orders before it.
    pub fn plans(&self) -> (StatusPlan, Vec<PlanOrder>) {
        self.core.read(|state| (state.default_plan.clone(), state.plans.clone()))
    }

    /// What was charged for messages that arrived.
    pub fn charges(&self) -> Vec<Charge> {
        self.core.read(|state| state.charges.clone())
    }

    /// The analytics count it with the others; one of a negative volume makes them lack some.
    pub fn add_charge(&self, charge: Charge) {
        let at = charge.at.or_else(|| Some(clock::now_s()));
        let number = charge.phone_number.clone().or_else(|| Some(self.core.config.display_digits()));
        self.core.write(|state| state.charges.push(Charge { at, phone_number: number, ..charge }));
    }

    pub fn clear_charges(&self) {
        self.core.write(|state| state.charges.clear());
    }

    /// Back to sent, delivered, read for every message.
    pub fn clear_plans(&self) {
        self.core.write(|state| (state.default_plan, state.plans) = (StatusPlan::default(), Vec::new()));
    }

    /// A file that a customer can send.
    pub fn put_medium(&self, input: &MediumInput) -> Result<Medium, ControlError> {
        let mime_type = input.mime_type.as_deref().unwrap_or("image/jpeg");
        let content = input.bytes(mime_type).ok_or_else(|| ControlError::invalid("content", "must be base64"))?;
        Ok(self.core.write(|state| {
            let mut medium = state.put_medium(mime_type, input.filename.as_deref(), content, false);
            state.media.remove(&medium.id);
            medium.id = input.id.clone().unwrap_or(medium.id);
            medium.file_size = input.file_size.unwrap_or(medium.file_size);
            state.media.insert(medium.id.clone(), medium.clone());
            medium
        }))
    }

    /// Every file that Meta holds, by id.
    pub fn media(&self) -> Vec<Medium> {
        self.core.read(|state| state.media.values().cloned().collect())
    }

    /// Lets a file expire, or its downloads fail, be slow, or be larger than they are.
    pub fn change_medium(&self, id: &str, patch: &MediumPatch) -> Result<Medium, ControlError> {
        self.core.write(|state| {
            let medium = state.media.get_mut(id).ok_or_else(|| ControlError::unknown("medium", id))?;
            medium.change(patch);
            Ok(medium.clone())
        })
    }

    /// Every call to the send edges, oldest first.
    pub fn sends(&self) -> Vec<SendRecord> {
        self.core.read(|state| state.sends.iter().cloned().collect())
    }

    /// The sends that were accepted, whatever their senders were told.
    pub fn accepted(&self) -> Vec<SendRecord> {
        self.core.read(|state| state.sends.iter().filter(|send| send.is_accepted()).cloned().collect())
    }

    pub fn clear_sends(&self) {
        self.core.write(|state| state.sends.clear());
    }

    /// Every webhook body with its attempts, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.core.read(|state| state.deliveries.values().cloned().collect())
    }

    pub fn delivery(&self, id: u64) -> Option<Delivery> {
        self.core.read(|state| state.deliveries.get(&id).cloned())
    }

    /// Forgets deliveries that are done or given up.
    pub fn clear_deliveries(&self) {
        self.core.write(|state| state.deliveries.retain(|_, delivery| !delivery.is_finished()));
    }

    /// Holds webhooks back.
    pub fn pause(&self) {
        self.core.open_gate(|state| state.paused = true);
    }

    /// Lets webhooks leave again, those that were held back in bodies of several updates if so ordered.
    pub fn resume(&self, resume: Resume) {
        self.core.open_gate(|state| {
            state.paused = false;
            if let Some(size) = resume.batch {
                for id in state.merge_due(size, resume.shape) {
                    deliver::start(&self.core, id);
                }
            }
        });
    }

    /// Waits until nothing is on its way to the webhook any more; `false` when the time was up first.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.core.wait_until(limit, |state| state.pending() == 0).await
    }

    pub fn settings(&self) -> Settings {
        self.core.read(|state| state.settings.clone())
    }

    pub fn change_settings(&self, patch: SettingsPatch) -> Settings {
        self.core.write(|state| {
            state.settings.change(&patch);
            state.app_secret = patch.app_secret.or_else(|| state.app_secret.take());
            state.access_token = patch.access_token.or_else(|| state.access_token.take());
            state.settings.clone()
        })
    }

    /// Forgets everything but the webhook and its secret.
    pub fn reset(&self) {
        self.core.open_gate(|state| state.reset());
    }
}

fn preference_update(core: &Core, customer: &Customer, choice: Choice) -> Update {
    let (value, detail) = match choice {
        Choice::Stop => ("stop", "User requested to stop marketing messages"),
        Choice::Resume => ("resume", "User requested to resume marketing messages"),
    };
    let mut preference =
        json!({"detail": detail, "category": "marketing_messages", "value": value, "timestamp": clock::now_s()});
    if let Some(preference) = preference.as_object_mut() {
        payload::put(preference, "wa_id", customer.visible_wa_id());
        payload::put(preference, "user_id", customer.bsuid.as_deref());
    }
    let contact = payload::contact(customer, customer.visible_wa_id(), true);
    let update = payload::messages(
        &core.config,
        vec![("contacts", json!([contact])), ("user_preferences", json!([preference]))],
    );
    Update { field: "user_preferences".into(), ..update }
}
