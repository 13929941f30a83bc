//! What the API does with payments, refunds, customers and cards.

use serde_json::{Value, json};

use super::desk::Desk;
use super::errors::StripeError;
use super::form::Form;
use super::{amounts, cards, objects};
use crate::clock;
use crate::ids;
use crate::state::stripe::{Intent, Refund};

const CREATE: &[&str] = &[
    "amount",
    "automatic_payment_methods[allow_redirects]",
    "automatic_payment_methods[enabled]",
    "confirm",
    "currency",
    "customer",
    "description",
    "error_on_requires_action",
    "expand[]",
    "metadata[*]",
    "off_session",
    "payment_method",
    "payment_method_types[]",
    "receipt_email",
];
const LIST: &[&str] = &["created[gte]", "customer", "ending_before", "expand[]", "limit", "starting_after"];
const REFUND: &[&str] = &["amount", "charge", "expand[]", "metadata[*]", "payment_intent", "reason"];

impl Desk<'_> {
    /// Creates a payment and, with `confirm`, charges a card that its customer left behind.
    pub(crate) fn create_intent(&mut self, form: &Form) -> Result<Value, StripeError> {
        form.expect(CREATE)?;
        form.required("amount")?;
        let amount = form.integer("amount")?.unwrap_or_default();
        let currency = form.required("currency")?.to_owned();
        amounts::check(amount, &currency, "amount")?;
        let customer = form.text("customer").map(str::to_owned);
        if let Some(id) = &customer
            && !self.state.stripe.customers.contains_key(id)
        {
            return Err(StripeError::no_such("customer", id, Some("customer")));
        }
        let method = form.text("payment_method").map(|method| self.given(method, customer.as_deref())).transpose()?;
        let (confirms, is_absent) = (form.flag("confirm")?, form.flag("off_session")?);
        form.flag("error_on_requires_action")?;
        if confirms && method.is_none() {
            return Err(StripeError::missing("payment_method"));
        }
        let seq = self.state.next_id();
        let id = self.add_intent(Intent {
            id: ids::stripe("pi_3"),
            seq,
            status: "requires_payment_method".to_owned(),
            amount,
            received: 0,
            refunded: 0,
            currency,
            customer,
            method: None,
            saves_card: false,
            charge: None,
            error: None,
            metadata: form.map("metadata"),
            description: form.text("description").map(str::to_owned),
            session: None,
            created: clock::now_s(),
        });
        if let Some(method) = method.filter(|_| confirms) {
            self.charge(&id, &method, !is_absent)?;
        }
        self.intent(&id).map(objects::intent).ok_or_else(|| StripeError::no_such("payment_intent", &id, None))
    }

    /// A card that a customer left behind, or a test card by its name.
    fn given(&mut self, method: &str, customer: Option<&str>) -> Result<String, StripeError> {
        if cards::find(method).is_some_and(|card| card.name == method) {
            return Ok(self.add_method(method, None));
        }
        let unknown = || StripeError::no_such("PaymentMethod", method, Some("payment_method"));
        let found = self.state.stripe.methods.get(method).ok_or_else(unknown)?;
        match &found.customer {
            Some(owner) if Some(owner.as_str()) == customer => Ok(found.id.clone()),
            Some(_) => {
                let message =
                    "The customer does not have a payment method with this ID. It belongs to another customer.";
                Err(StripeError::invalid("payment_method", message))
            }
            None => {
                let message = "The provided PaymentMethod was previously used with a PaymentIntent without Customer \
                    attachment, or was detached from a Customer. It may not be used again.";
                Err(StripeError::invalid("payment_method", message))
            }
        }
    }

    pub(crate) fn show_intent(&self, id: &str, form: &Form) -> Result<Value, StripeError> {
        form.expect(&["expand[]"])?;
        let intent = self.intent(id).ok_or_else(|| StripeError::no_such("payment_intent", id, None))?;
        let mut object = objects::intent(intent);
        for name in form.list("expand") {
            match (name, &intent.method) {
                ("payment_method", Some(method)) => {
                    let method = self.state.stripe.methods.get(method).map(objects::method);
                    object["payment_method"] = method.unwrap_or_default();
                }
                ("payment_method" | "latest_charge" | "customer", _) => {}
                (other, _) => {
                    let message = format!("This property cannot be expanded ({other}).");
                    return Err(StripeError::invalid("expand", message));
                }
            }
        }
        Ok(object)
    }

    /// The newest first.
    pub(crate) fn list_intents(&self, form: &Form) -> Result<Value, StripeError> {
        form.expect(LIST)?;
        let limit = usize::try_from(form.integer("limit")?.unwrap_or(10)).unwrap_or_default().clamp(1, 100);
        let since = form.integer("created[gte]")?.unwrap_or_default();
        let before = match form.text("starting_after") {
            Some(id) => {
                let unknown = || StripeError::no_such("payment_intent", id, Some("starting_after"));
                self.intent(id).ok_or_else(unknown)?.seq
            }
            None => u64::MAX,
        };
        let fits = |intent: &&Intent| {
            intent.created >= since
                && intent.seq < before
                && form.text("customer").is_none_or(|customer| intent.customer.as_deref() == Some(customer))
        };
        let mut found: Vec<&Intent> = self.state.stripe.intents.values().filter(fits).collect();
        found.sort_by_key(|intent| std::cmp::Reverse(intent.seq));
        let page: Vec<Value> = found.iter().take(limit).map(|intent| objects::intent(intent)).collect();
        Ok(json!({"object": "list", "url": "/v1/payment_intents", "has_more": found.len() > limit, "data": page}))
    }

    pub(crate) fn create_refund(&mut self, form: &Form) -> Result<Value, StripeError> {
        form.expect(REFUND)?;
        let intents = &self.state.stripe.intents;
        let intent = match (form.text("payment_intent"), form.text("charge")) {
            (Some(intent), None) => intents.get(intent),
            (None, Some(charge)) => intents.values().find(|intent| intent.charge.as_deref() == Some(charge)),
            _ => return Err(StripeError::missing("payment_intent")),
        };
        let unknown = || StripeError::no_such("payment_intent", "", Some("payment_intent"));
        let intent = intent.ok_or_else(unknown)?.id.clone();
        let reason = form.text("reason").map(str::to_owned);
        let order = Refund { reason, metadata: form.map("metadata"), ..Refund::default() };
        let refunded = self.refund(&intent, form.integer("amount")?, &order);
        let id = refunded.map_err(|message| StripeError::invalid("amount", message))?;
        Ok(self.state.stripe.refunds.get(&id).map(objects::refund).unwrap_or_default())
    }

    pub(crate) fn create_customer(&mut self, form: &Form) -> Result<Value, StripeError> {
        form.expect(&["email", "expand[]", "metadata[*]", "name"])?;
        let id = self.add_customer(form.text("email").map(str::to_owned), form.text("name").map(str::to_owned));
        Ok(self.state.stripe.customers.get(&id).map(objects::customer).unwrap_or_default())
    }

    /// A customer goes with the cards that they left behind. `false`: there is none such.
    pub(crate) fn delete_customer(&mut self, id: &str) -> bool {
        let Some(customer) = self.state.stripe.customers.remove(id) else { return false };
        for method in self.state.stripe.methods.values_mut().filter(|method| method.customer.as_deref() == Some(id)) {
            method.customer = None;
        }
        self.tell("customer.deleted", objects::customer(&customer));
        true
    }

    /// `false`: no customer has this card.
    pub(crate) fn detach(&mut self, id: &str) -> bool {
        let Some(method) = self.state.stripe.methods.get_mut(id) else { return false };
        let Some(customer) = method.customer.take() else { return false };
        let object = objects::method(method);
        self.tell_change("payment_method.detached", object, Some(json!({"customer": customer})));
        true
    }

    /// The bank issues a card anew. `false`: no customer has this card.
    pub(crate) fn renew(&mut self, id: &str) -> bool {
        let method = self.state.stripe.methods.get_mut(id).filter(|method| method.customer.is_some());
        let Some(method) = method else { return false };
        let before = method.exp_year;
        method.exp_year = before.saturating_add(4);
        let object = objects::method(method);
        self.tell_change("payment_method.automatically_updated", object, Some(json!({"card": {"exp_year": before}})));
        true
    }
}
