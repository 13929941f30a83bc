//! Checkout sessions: ordered by the business, paid by a buyer, over in time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::desk::Desk;
use super::errors::StripeError;
use super::form::Form;
use super::{amounts, cards, objects};
use crate::clock;
use crate::core::Core;
use crate::ids;
use crate::state::stripe::{Intent, Session};

const PARAMETERS: &[&str] = &[
    "adaptive_pricing[enabled]",
    "allowed_payment_method_types[]",
    "automatic_tax[enabled]",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_creation",
    "customer_email",
    "excluded_payment_method_types[]",
    "expand[]",
    "expires_at",
    "invoice_creation[enabled]",
    "line_items[][price_data][currency]",
    "line_items[][price_data][product_data][description]",
    "line_items[][price_data][product_data][name]",
    "line_items[][price_data][unit_amount]",
    "line_items[][quantity]",
    "locale",
    "metadata[*]",
    "mode",
    "payment_intent_data[description]",
    "payment_intent_data[metadata][*]",
    "payment_intent_data[receipt_email]",
    "payment_intent_data[setup_future_usage]",
    "success_url",
];

/// Between half an hour and a day from now.
const LIFE_S: std::ops::RangeInclusive<i64> = 30 * 60 - 60..=24 * 60 * 60;

impl Desk<'_> {
    pub(crate) fn create_session(&mut self, form: &Form) -> Result<Value, StripeError> {
        form.expect(PARAMETERS)?;
        let session = self.read_session(form)?;
        let id = session.id.clone();
        self.state.stripe.sessions.insert(id.clone(), session);
        expire_in_time(self.core, &id, self.state.stripe.sessions[&id].expires_at);
        self.session(&id).ok_or_else(|| StripeError::no_such("checkout.session", &id, None))
    }

    fn read_session(&self, form: &Form) -> Result<Session, StripeError> {
        match form.required("mode")? {
            "payment" => {}
            other => return Err(StripeError::invalid("mode", format!("This simulator has no mode {other}"))),
        }
        let price = |name: &str| form.required(&format!("line_items[0][price_data]{name}"));
        let currency = price("[currency]")?.to_owned();
        let quantity = form.integer("line_items[0][quantity]")?;
        let quantity = quantity.ok_or_else(|| StripeError::missing("line_items[0][quantity]"))?;
        price("[unit_amount]")?;
        let unit = form.integer("line_items[0][price_data][unit_amount]")?.unwrap_or_default();
        let amount = unit.saturating_mul(quantity);
        amounts::check(amount, &currency, "line_items[0][price_data][unit_amount]")?;
        let customer = form.text("customer").map(str::to_owned);
        if let Some(id) = &customer
            && !self.state.stripe.customers.contains_key(id)
        {
            return Err(StripeError::no_such("customer", id, Some("customer")));
        }
        for other in ["customer_creation", "customer_email"] {
            if customer.is_some() && form.text(other).is_some() {
                let message = format!("You may only specify one of these parameters: customer, {other}.");
                return Err(StripeError::invalid("customer", message));
            }
        }
        let now = clock::now_s();
        let expires_at = form.integer("expires_at")?.unwrap_or(now + LIFE_S.end());
        if !LIFE_S.contains(&(expires_at - now)) {
            let message =
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.";
            return Err(StripeError::invalid("expires_at", message));
        }
        Ok(Session {
            id: ids::stripe("cs_test_a1"),
            status: "open".to_owned(),
            payment_status: "unpaid".to_owned(),
            amount,
            currency,
            title: price("[product_data][name]")?.to_owned(),
            customer,
            makes_customer: form.text("customer_creation") == Some("always"),
            email: form.text("customer_email").map(str::to_owned),
            saves_card: form.text("payment_intent_data[setup_future_usage]") == Some("off_session"),
            reference: form.text("client_reference_id").map(str::to_owned),
            metadata: form.map("metadata"),
            intent_metadata: form.map("payment_intent_data[metadata]"),
            description: form.text("payment_intent_data[description]").map(str::to_owned),
            success_url: form.required("success_url")?.to_owned(),
            cancel_url: form.text("cancel_url").map(str::to_owned),
            intent: None,
            created: now,
            expires_at,
        })
    }

    /// As the API shows it.
    pub(crate) fn session(&self, id: &str) -> Option<Value> {
        let page = format!("{}/stripe/pay/{id}", self.core.base_url);
        self.state.stripe.sessions.get(id).map(|session| objects::session(session, &page))
    }

    fn change_session(&mut self, id: &str, change: impl FnOnce(&mut Session)) {
        if let Some(session) = self.state.stripe.sessions.get_mut(id) {
            change(session);
        }
    }

    fn tell_session(&mut self, kind: &str, id: &str) {
        if let Some(session) = self.session(id) {
            self.tell(kind, session);
        }
    }

    /// The buyer pays with a card, by its name or number. A decline leaves the session open, for another try.
    pub(crate) fn pay(&mut self, id: &str, card: &str) -> Result<(), StripeError> {
        let card = cards::find(card).ok_or_else(|| StripeError::coded("incorrect_number", "card", "No test card"))?;
        let open = self.state.stripe.sessions.get(id).filter(|session| session.status == "open").cloned();
        let session = open.ok_or_else(|| StripeError::invalid("session", "This Checkout Session is not open."))?;
        let intent = match &session.intent {
            Some(intent) => intent.clone(),
            None => self.intent_of(&session),
        };
        let customer = self.intent(&intent).and_then(|intent| intent.customer.clone());
        let method = self.add_method(card.name, customer.filter(|_| session.saves_card));
        self.charge(&intent, &method, true)?;
        let is_paid = self.intent(&intent).is_some_and(|intent| intent.status == "succeeded");
        self.change_session(id, |session| {
            "complete".clone_into(&mut session.status);
            if is_paid { "paid" } else { "unpaid" }.clone_into(&mut session.payment_status);
        });
        self.tell_session("checkout.session.completed", id);
        Ok(())
    }

    /// The payment of a session, made with the buyer's first try.
    fn intent_of(&mut self, session: &Session) -> String {
        let customer = match &session.customer {
            None if session.makes_customer => Some(self.add_customer(session.email.clone(), None)),
            customer => customer.clone(),
        };
        let seq = self.state.next_id();
        let intent = self.add_intent(Intent {
            id: ids::stripe("pi_3"),
            seq,
            status: "requires_payment_method".to_owned(),
            amount: session.amount,
            received: 0,
            refunded: 0,
            currency: session.currency.clone(),
            customer: customer.clone(),
            method: None,
            saves_card: session.saves_card,
            charge: None,
            error: None,
            metadata: session.intent_metadata.clone(),
            description: session.description.clone(),
            session: Some(session.id.clone()),
            created: clock::now_s(),
        });
        self.change_session(&session.id, |session| {
            session.intent = Some(intent.clone());
            session.customer = customer;
        });
        intent
    }

    /// A payment that took its time came, or did not.
    pub(crate) fn settle_session(&mut self, id: &str, succeeds: bool) {
        if succeeds {
            self.change_session(id, |session| "paid".clone_into(&mut session.payment_status));
        }
        let kind = if succeeds { "async_payment_succeeded" } else { "async_payment_failed" };
        self.tell_session(&format!("checkout.session.{kind}"), id);
    }

    /// `false`: it is not open.
    pub(crate) fn expire(&mut self, id: &str) -> bool {
        let is_open = self.state.stripe.sessions.get(id).is_some_and(|session| session.status == "open");
        if is_open {
            self.change_session(id, |session| "expired".clone_into(&mut session.status));
            self.tell_session("checkout.session.expired", id);
        }
        is_open
    }
}

/// Lets a session run out by itself.
pub(crate) fn expire_in_time(core: &Arc<Core>, id: &str, expires_at: i64) {
    let (core, id) = (Arc::clone(core), id.to_owned());
    tokio::spawn(async move {
        let left = Duration::from_secs(u64::try_from(expires_at - clock::now_s()).unwrap_or_default());
        tokio::select! {
            () = core.stopped() => {}
            () = tokio::time::sleep(left) => {
                core.write(|state| Desk { core: &core, state, key: None }.expire(&id));
            }
        }
    });
}
