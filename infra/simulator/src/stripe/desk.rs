//! Stripe with its books open: what can be done to its objects, each act told by events as it is done.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Value, json};

use super::cards::{self, Ending, Reason};
use super::errors::StripeError;
use super::objects;
use crate::clock;
use crate::core::Core;
use crate::ids;
use crate::state::State;
use crate::state::stripe::{Customer, Event, Intent, Method};
use crate::webhook::deliver;

pub(crate) struct Desk<'a> {
    pub(crate) core: &'a Arc<Core>,
    pub(crate) state: &'a mut State,
    /// The key of the request by which it is done.
    pub(crate) key: Option<String>,
}

impl Desk<'_> {
    /// Tells something: at once and once, unless it was ordered otherwise.
    pub(crate) fn tell(&mut self, kind: &str, object: Value) {
        self.tell_change(kind, object, None);
    }

    pub(crate) fn tell_change(&mut self, kind: &str, object: Value, previous: Option<Value>) {
        let id = ids::stripe("evt_1");
        let mut event = json!({
            "id": id, "object": "event", "api_version": super::VERSION, "created": clock::now_s(), "livemode": false,
            "pending_webhooks": 1, "type": kind, "data": {"object": object},
            "request": {"id": null, "idempotency_key": self.key},
        });
        if let Some(previous) = previous {
            event["data"]["previous_attributes"] = previous;
        }
        // Stripe writes its events over several lines, which a signature over anything but the bytes does not survive.
        let body = serde_json::to_string_pretty(&event).unwrap_or_default();
        let plan = self.state.stripe.take_plan(kind);
        self.state.stripe.events.push_back(Event { id, kind: kind.to_owned(), body: body.clone() });
        self.deliver(&body, plan.copies, plan.delay_ms);
    }

    /// Puts an event on its way; Stripe has none for whom it has no address.
    pub(crate) fn deliver(&mut self, body: &str, copies: u32, delay_ms: i64) {
        if self.state.stripe.endpoint.is_none() {
            return;
        }
        for _ in 0..copies {
            let id = self.state.add_event(body.to_owned(), clock::now_ms().saturating_add(delay_ms));
            deliver::start(self.core, id);
        }
    }

    pub(crate) fn add_customer(&mut self, email: Option<String>, name: Option<String>) -> String {
        let customer =
            Customer { id: ids::stripe("cus_"), email, name, metadata: Default::default(), created: clock::now_s() };
        self.tell("customer.created", objects::customer(&customer));
        let id = customer.id.clone();
        self.state.stripe.customers.insert(id.clone(), customer);
        id
    }

    /// A card as it is given: each time a method of its own.
    pub(crate) fn add_method(&mut self, card: &str, customer: Option<String>) -> String {
        let id = ids::stripe("pm_1");
        let (exp_year, created) = (2034, clock::now_s());
        let method =
            Method { id: id.clone(), card: card.to_owned(), customer, exp_year, script: VecDeque::new(), created };
        self.state.stripe.methods.insert(id.clone(), method);
        id
    }

    pub(crate) fn add_intent(&mut self, intent: Intent) -> String {
        let id = intent.id.clone();
        self.tell("payment_intent.created", objects::intent(&intent));
        self.state.stripe.intents.insert(id.clone(), intent);
        id
    }

    pub(crate) fn intent(&self, id: &str) -> Option<&Intent> {
        self.state.stripe.intents.get(id)
    }

    /// Tries to charge what an intent asks for. `is_present`: the owner is there, so that the bank can ask.
    pub(crate) fn charge(&mut self, intent: &str, method: &str, is_present: bool) -> Result<(), StripeError> {
        let ending = self.ending(method);
        self.change(intent, |intent| {
            intent.method = Some(method.to_owned());
            intent.charge = Some(ids::stripe("ch_3"));
            intent.error = None;
        });
        match ending {
            Ending::Declined(reason) => return Err(self.decline(intent, method, reason)),
            Ending::Authenticate if !is_present => return Err(self.decline(intent, method, cards::AUTHENTICATION)),
            Ending::FailsWhenSaved if !is_present => return Err(self.decline(intent, method, cards::GENERIC)),
            Ending::Pending => {
                self.change(intent, |intent| intent.status = "processing".to_owned());
                self.tell_intent("payment_intent.processing", intent);
            }
            Ending::Disputed { reason, is_inquiry } => {
                self.succeed(intent);
                self.dispute(intent, None, reason, is_inquiry);
            }
            Ending::Paid
            | Ending::Authenticate
            | Ending::FailsWhenSaved
            | Ending::RefundFails
            | Ending::RefundPends => self.succeed(intent),
        }
        Ok(())
    }

    /// What becomes of a charge of this method now.
    fn ending(&mut self, method: &str) -> Ending {
        let method = self.state.stripe.methods.get_mut(method);
        let card = method.map(|method| method.script.pop_front().unwrap_or_else(|| method.card.clone()));
        let card = card.and_then(|card| cards::find(&card));
        card.map_or(Ending::Declined(cards::GENERIC), |card| card.ending)
    }

    fn decline(&mut self, intent: &str, method: &str, reason: Reason) -> StripeError {
        let error = StripeError::new(402, "card_error", Some(reason.code), reason.message);
        let details = json!({
            "type": "card_error", "code": reason.code, "decline_code": reason.decline_code,
            "advice_code": reason.advice, "message": reason.message,
        });
        self.change(intent, |intent| {
            intent.status = "requires_payment_method".to_owned();
            intent.error = Some(details);
            intent.method = None;
        });
        self.tell_intent("payment_intent.payment_failed", intent);
        let shown = |name: &str, value: Value| (name.to_owned(), value);
        let more = [
            shown("charge", self.intent(intent).map(|intent| json!(intent.charge)).unwrap_or_default()),
            shown("decline_code", json!(reason.decline_code)),
            shown("advice_code", json!(reason.advice)),
            shown("payment_intent", self.intent(intent).map(objects::intent).unwrap_or_default()),
            shown("payment_method", self.state.stripe.methods.get(method).map(objects::method).unwrap_or_default()),
        ];
        StripeError { more: more.into_iter().filter(|(_, value)| !value.is_null()).collect(), ..error }
    }

    /// The money came.
    pub(crate) fn succeed(&mut self, intent: &str) {
        self.change(intent, |intent| {
            intent.status = "succeeded".to_owned();
            intent.received = intent.amount;
        });
        let Some(intent) = self.intent(intent).cloned() else { return };
        if let (true, Some(method)) = (intent.saves_card, &intent.method)
            && let Some(method) = self.state.stripe.methods.get_mut(method)
        {
            method.customer = intent.customer.clone();
        }
        self.tell("charge.succeeded", objects::charge(&intent));
        self.tell("payment_intent.succeeded", objects::intent(&intent));
    }

    pub(crate) fn change(&mut self, intent: &str, change: impl FnOnce(&mut Intent)) {
        if let Some(intent) = self.state.stripe.intents.get_mut(intent) {
            change(intent);
        }
    }

    pub(crate) fn tell_intent(&mut self, kind: &str, intent: &str) {
        if let Some(object) = self.intent(intent).map(objects::intent) {
            self.tell(kind, object);
        }
    }
}
